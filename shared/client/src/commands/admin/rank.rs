//! `galley admin tenants rank`: where a tenant stands in the lanes.
use domain::{lane::HEAD_START_MOST_S, ports::Table, tenant::TenantRecord};
use serde_json::{Map, json};

use super::tenants::{record, with};
use crate::{
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// Say where a tenant stands in the lanes: its tier, its head start, its cap
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin tenants rank acme --tier premium --head-start 300
  galley admin tenants rank acme --slots 4
  galley admin tenants rank acme --no-cap

Within a tier, the tenant that has used the lane least goes first. Among tiers, the first item with the earliest
virtual start does: when it was asked for, less its head start. What is not named stays as it is.
It counts for jobs that are submitted from then on.")]
pub(super) struct Args {
    /// Name of the tenant
    name: String,
    /// The tier that it shares with others of that name
    #[arg(long)]
    tier: Option<String>,
    /// How many seconds earlier its work counts as asked for
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(0..=i64::from(HEAD_START_MOST_S)))]
    head_start: Option<u32>,
    /// How many slots of a lane it may hold at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    slots: Option<u32>,
    /// As many slots as there are
    #[arg(long, conflicts_with = "slots")]
    no_cap: bool,
}

pub(super) async fn run(args: Args, table: &dyn Table, session: &Session) -> Result<Exit, Failure> {
    let record = rank(table, args).await?;
    if session.json {
        let TenantRecord { tenant, tier, head_start_s, slots_most, .. } = record;
        let shown = json!({
            "tenant": tenant, "tier": tier, "head_start_s": head_start_s, "slots_most": slots_most,
        });
        paint::json(&shown)?;
    } else {
        let cap = record.slots_most.map_or("no cap".into(), |most| format!("at most {most} slots"));
        let TenantRecord { tenant, tier, head_start_s, .. } = record;
        note(&format!("{tenant} is of tier {tier}, {head_start_s} s ahead, with {cap}"));
    }
    Ok(Exit::Succeeded)
}

async fn rank(table: &dyn Table, args: Args) -> Result<TenantRecord, Failure> {
    let mut fields = json!({});
    if let Some(tier) = &args.tier {
        fields["tier"] = json!(tier);
    }
    if let Some(seconds) = args.head_start {
        fields["head_start_s"] = json!(seconds);
    }
    if args.slots.is_some() || args.no_cap {
        fields["slots_most"] = json!(args.slots);
    }
    match fields.as_object().is_some_and(Map::is_empty) {
        true => record(table, &args.name).await,
        false => with(table, &args.name, fields).await,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{
        Time,
        fakes::{Faults, MemoryTable},
        store::Write,
    };

    use super::super::tenants::named;
    use super::*;

    #[tokio::test]
    async fn what_is_named_changes_and_the_rest_stays() {
        let table = MemoryTable::new(Arc::new(Faults::default()));
        let acme = TenantRecord::new(named("acme").unwrap(), "premium", Time(1));
        table.plant(Write::create(TenantRecord::key(&acme.tenant), &acme).unwrap());
        let nothing = || Args {
            name: "acme".into(),
            tier: None,
            head_start: None,
            slots: None,
            no_cap: false,
        };
        let capped = rank(&table, Args { slots: Some(4), ..nothing() }).await.unwrap();
        assert_eq!((capped.slots_most, capped.head_start_s), (Some(4), 300));
        let lower = Args { tier: Some("standard".into()), head_start: Some(0), ..nothing() };
        let lower = rank(&table, lower).await.unwrap();
        assert_eq!(
            (lower.tier.as_str(), lower.head_start_s, lower.slots_most),
            ("standard", 0, Some(4))
        );
        let open = rank(&table, Args { no_cap: true, ..nothing() }).await.unwrap();
        assert_eq!(open.slots_most, None);
        assert!(rank(&table, Args { name: "nobody".into(), ..nothing() }).await.is_err());
    }
}
