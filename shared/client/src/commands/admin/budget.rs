//! `galley admin tenants budget`: what a tenant may spend.
use aws::clock;
use domain::{
    Time,
    budget::{self, Budget},
    money::MicroUsd,
    ports::Table,
    store::Written,
};
use serde_json::json;

use super::{deployment::Deployment, tenants};
use crate::{
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
    show,
};

/// Show or say what a tenant may spend in a day and in a month
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin tenants budget acme                    # shows it, and what is left
  galley admin tenants budget acme --month 200 --day 20
  galley admin tenants budget acme --none

Days and months are UTC. What is spent counts, and what attempts that are under way will probably cost. A job
that would cost more than is left is refused with 402; a step that comes to its turn when too little is left
fails. What is not named is not limited. Jobs that were accepted before a tenant's first budget are not counted.")]
pub(super) struct Args {
    /// Name of the tenant
    name: String,
    /// Dollars of a calendar month
    #[arg(long, value_name = "USD", value_parser = dollars)]
    month: Option<MicroUsd>,
    /// Dollars of a day
    #[arg(long, value_name = "USD", value_parser = dollars)]
    day: Option<MicroUsd>,
    /// Limit nothing
    #[arg(long, conflicts_with_all = ["month", "day"])]
    none: bool,
}

fn dollars(text: &str) -> Result<MicroUsd, String> {
    let usd = text.parse::<f64>().ok().filter(|usd| (0.0..=1_000_000_000.0).contains(usd));
    let usd = usd.ok_or("write dollars, such as 200 or 0.50")?;
    Ok(MicroUsd((usd * 1e6).round() as i64))
}

pub(super) async fn run(
    args: Args,
    deployment: &Deployment,
    session: &Session,
) -> Result<Exit, Failure> {
    let Args { name, month, day, none } = args;
    let wanted = Budget { day, month };
    let wanted = (none || !wanted.is_empty()).then_some(wanted);
    let (table, now) = (&deployment.table, clock::now());
    let budget = budget(table, &name, wanted, now).await?;
    let left = budget.left(table, &tenants::named(&name)?, now).await?;
    if session.json {
        let usd = |micros: Option<MicroUsd>| micros.map(MicroUsd::usd);
        let left = left.map(|left| json!({ "period": left.period, "usd": left.micros().usd() }));
        paint::json(
            &json!({ "day_usd": usd(budget.day), "month_usd": usd(budget.month), "left": left }),
        )?;
        return Ok(Exit::Succeeded);
    }
    let shown = |limit: Option<MicroUsd>| limit.map_or("any".into(), |usd| show::usd(usd.usd()));
    paint::line(&format!("a day    {}", shown(budget.day)))?;
    paint::line(&format!("a month  {}", shown(budget.month)))?;
    match left {
        Some(left) => note(&left.to_string()),
        None => note("nothing is limited"),
    }
    Ok(Exit::Succeeded)
}

/// The tenant's budget, after the one that is wanted took its place. Counting begins with the first one.
async fn budget(
    table: &dyn Table,
    name: &str,
    wanted: Option<Budget>,
    now: Time,
) -> Result<Budget, Failure> {
    let before = tenants::record(table, name).await?;
    let Some(wanted) = wanted else { return Ok(before.budget) };
    if before.budget.is_empty() && !wanted.is_empty() {
        let writes = budget::begin(table, &before.tenant, now).await?;
        if table.write(writes).await? != Written::Done {
            return Err(Failure::here(
                "the counters were changed by somebody else",
                "run it again",
            ));
        }
    }
    Ok(tenants::with(table, name, json!({ "budget": wanted })).await?.budget)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::fakes::{Faults, MemoryTable, NOW};
    use domain::{store::Write, tenant::TenantRecord};

    use super::*;

    #[tokio::test]
    async fn a_budget_takes_the_place_of_the_one_before_and_counting_begins_with_the_first() {
        let table = MemoryTable::new(Arc::new(Faults::default()));
        let acme = tenants::named("acme").unwrap();
        let record = TenantRecord::new(acme.clone(), "standard", NOW);
        table.plant(Write::put(TenantRecord::key(&acme), &record).unwrap());
        assert_eq!(budget(&table, "acme", None, NOW).await.unwrap(), Budget::default());
        let month = Budget { month: Some(MicroUsd(5)), day: None };
        let given = budget(&table, "acme", Some(month.clone()), NOW).await.unwrap();
        assert_eq!(given, month);
        assert!(table.listing().contains("SPEND#acme#budget"));
        let more = Budget { month: Some(MicroUsd(9)), day: Some(MicroUsd(1)) };
        assert_eq!(budget(&table, "acme", Some(more.clone()), NOW).await.unwrap(), more);
        let none = budget(&table, "acme", Some(Budget::default()), NOW).await.unwrap();
        assert_eq!(none, Budget::default());
        assert!(budget(&table, "nobody", None, NOW).await.is_err());
    }

    #[test]
    fn dollars_are_exact_to_the_millionth() {
        assert_eq!(dollars("0.000001"), Ok(MicroUsd(1)));
        assert_eq!(dollars("200"), Ok(MicroUsd(200_000_000)));
        assert!(dollars("-1").is_err() && dollars("much").is_err());
    }
}
