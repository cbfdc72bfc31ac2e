//! `galley admin tenants keep`: how long what a tenant made is kept.
use domain::{erase::Retention, ports::Table};
use serde_json::json;

use super::{deployment::Deployment, tenants};
use crate::{
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// Show or say how long bytes and texts are kept, by class
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin tenants keep acme                                      # shows the policy
  galley admin tenants keep acme --intermediates 7 --inputs 30 --texts 90
  galley admin tenants keep acme --forever

Days count from a job's acceptance. inputs: what callers brought; outputs: what was published, or what nothing
else was made from; intermediates: all between; texts: prompts, parameters and reasons. What is not named is
kept for ever. A policy holds for jobs that are accepted after it. What was published stays published.")]
pub(super) struct Args {
    /// Name of the tenant
    name: String,
    /// Days that inputs are kept
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36500))]
    inputs: Option<u32>,
    /// Days that intermediates are kept
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36500))]
    intermediates: Option<u32>,
    /// Days that outputs are kept
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36500))]
    outputs: Option<u32>,
    /// Days that texts are kept
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36500))]
    texts: Option<u32>,
    /// Keep everything for ever
    #[arg(long, conflicts_with_all = ["inputs", "intermediates", "outputs", "texts"])]
    forever: bool,
}

pub(super) async fn run(
    args: Args,
    deployment: &Deployment,
    session: &Session,
) -> Result<Exit, Failure> {
    let Args { name, inputs, intermediates, outputs, texts, forever } = args;
    let wanted = Retention { inputs, intermediates, outputs, texts };
    let wanted = (forever || wanted != Retention::default()).then_some(wanted);
    let policy = policy(&deployment.table, &name, wanted).await?;
    if session.json {
        paint::json(&policy)?;
        return Ok(Exit::Succeeded);
    }
    let days = |days: Option<u32>| days.map_or("for ever".into(), |days| format!("{days} days"));
    for (class, kept) in [
        ("inputs", policy.inputs),
        ("intermediates", policy.intermediates),
        ("outputs", policy.outputs),
        ("texts", policy.texts),
    ] {
        paint::line(&format!("{class:14} {}", days(kept)))?;
    }
    note("for jobs accepted from now on");
    Ok(Exit::Succeeded)
}

/// The tenant's policy, after the one that is wanted took its place.
async fn policy(
    table: &dyn Table,
    name: &str,
    wanted: Option<Retention>,
) -> Result<Retention, Failure> {
    let record = match wanted {
        None => tenants::record(table, name).await?,
        Some(wanted) => tenants::with(table, name, json!({ "keep": wanted })).await?,
    };
    Ok(record.keep)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::fakes::{Faults, MemoryTable};
    use domain::{Time, store::Write, tenant::TenantRecord};

    use super::*;

    #[tokio::test]
    async fn a_policy_takes_the_place_of_the_one_before() {
        let table = MemoryTable::new(Arc::new(Faults::default()));
        let acme = tenants::named("acme").unwrap();
        let record = TenantRecord::new(acme, "standard", Time(1));
        table.plant(Write::put(TenantRecord::key(&record.tenant), &record).unwrap());
        let week = Retention { inputs: Some(7), ..Retention::default() };
        assert_eq!(policy(&table, "acme", None).await.unwrap(), Retention::default());
        assert_eq!(policy(&table, "acme", Some(week.clone())).await.unwrap(), week);
        assert_eq!(policy(&table, "acme", None).await.unwrap(), week);
        let forever = Some(Retention::default());
        assert_eq!(policy(&table, "acme", forever).await.unwrap(), Retention::default());
        assert!(policy(&table, "nobody", None).await.is_err());
    }
}
