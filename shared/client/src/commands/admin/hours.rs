//! `galley admin tenants hours`: when a tenant publishes.
use domain::{
    ports::Table,
    publish::window::{DAYS, Hours, Usual, zone},
};
use serde_json::json;

use super::{deployment::Deployment, tenants};
use crate::{
    failure::{Exit, Failure},
    paint,
    session::Session,
};

/// Show or say in which hours and which zone a tenant publishes
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin tenants hours acme                     # shows them
  galley admin tenants hours acme --zone Europe/Berlin --from 09:00 --to 17:30 --days mon,tue,wed,thu,fri
  galley admin tenants hours acme --zone America/New_York   # a zone, and any hour
  galley admin tenants hours acme --none

They hold for windows of pipelines that name no hours or no zone of their own; what has no window is published
at once. What is scheduled stays where it is.")]
pub(super) struct Args {
    /// Name of the tenant
    name: String,
    /// IANA zone of its clocks
    #[arg(long, value_name = "ZONE", value_parser = known)]
    zone: Option<String>,
    /// When its hours begin, such as 09:00
    #[arg(long, value_name = "HH:MM", requires = "to")]
    from: Option<String>,
    /// When they are over, such as 17:30; before --from it is that time of the next day
    #[arg(long, value_name = "HH:MM", requires = "from")]
    to: Option<String>,
    /// The days that they begin on: mon,tue,…; every day without
    #[arg(long, value_name = "DAYS", value_delimiter = ',', requires = "from")]
    days: Vec<String>,
    /// Any hour, and UTC
    #[arg(long, conflicts_with_all = ["zone", "from"])]
    none: bool,
}

fn known(name: &str) -> Result<String, String> {
    match zone(name) {
        Some(_) => Ok(name.to_owned()),
        None => Err("write one of IANA's, such as Europe/Berlin".into()),
    }
}

pub(super) async fn run(
    args: Args,
    deployment: &Deployment,
    session: &Session,
) -> Result<Exit, Failure> {
    let name = args.name.clone();
    let usual = usual(&deployment.table, &name, wanted(args)?).await?;
    if session.json {
        paint::json(&json!(usual))?;
        return Ok(Exit::Succeeded);
    }
    paint::line(&format!("zone   {}", usual.zone.as_deref().unwrap_or("UTC")))?;
    match &usual.hours {
        None => paint::line("hours  any")?,
        Some(Hours { days, from, to }) => {
            let days = if days.is_empty() { "every day".to_owned() } else { days.join(", ") };
            paint::line(&format!("hours  {from} to {to}, {days}"))?;
        }
    }
    Ok(Exit::Succeeded)
}

/// What is asked for; none where it is only shown.
fn wanted(args: Args) -> Result<Option<Usual>, Failure> {
    let Args { zone, from, to, days, none, .. } = args;
    let hours = from.zip(to).map(|(from, to)| Hours { days, from, to });
    if let Some((field, why)) = hours.as_ref().and_then(Hours::fault) {
        let fix = match field {
            "days" => format!("use {}", DAYS.join(", ")),
            _ => "write times of a day from 00:00 to 24:00".into(),
        };
        return Err(Failure::here(why, &fix));
    }
    let wanted = Usual { zone, hours };
    Ok((none || !wanted.is_empty()).then_some(wanted))
}

async fn usual(table: &dyn Table, name: &str, wanted: Option<Usual>) -> Result<Usual, Failure> {
    let before = tenants::record(table, name).await?;
    let Some(wanted) = wanted else { return Ok(before.publishes) };
    Ok(tenants::with(table, name, json!({ "publishes": wanted })).await?.publishes)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::fakes::{Faults, MemoryTable, NOW};
    use domain::{store::Write, tenant::TenantRecord};

    use super::*;

    #[tokio::test]
    async fn hours_take_the_place_of_those_before_and_none_takes_them_away() {
        let table = MemoryTable::new(Arc::new(Faults::default()));
        let acme = tenants::named("acme").unwrap();
        let record = TenantRecord::new(acme.clone(), "standard", NOW);
        table.plant(Write::put(TenantRecord::key(&acme), &record).unwrap());
        assert_eq!(usual(&table, "acme", None).await.unwrap(), Usual::default());
        let hours = Hours { days: vec!["mon".into()], from: "09:00".into(), to: "17:00".into() };
        let office = Usual { zone: Some("Europe/Berlin".into()), hours: Some(hours) };
        assert_eq!(usual(&table, "acme", Some(office.clone())).await.unwrap(), office);
        assert_eq!(usual(&table, "acme", None).await.unwrap(), office);
        let none = usual(&table, "acme", Some(Usual::default())).await.unwrap();
        assert_eq!(none, Usual::default());
        assert!(usual(&table, "nobody", None).await.is_err());
    }

    #[test]
    fn hours_that_are_none_are_refused() {
        let args = |from: &str, days: &[&str]| Args {
            name: "acme".into(),
            zone: None,
            from: Some(from.into()),
            to: Some("17:00".into()),
            days: days.iter().map(|day| (*day).to_owned()).collect(),
            none: false,
        };
        assert!(wanted(args("25:00", &[])).is_err());
        assert!(wanted(args("09:00", &["monday"])).is_err());
        assert!(wanted(args("09:00", &["mon"])).unwrap().is_some());
    }
}
