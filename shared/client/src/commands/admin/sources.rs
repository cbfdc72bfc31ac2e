//! `galley admin tenants sources`: whose events on the bus a tenant's triggers may hear.
use domain::{ports::Table, store::Write, tenant::TenantRecord, trigger::is_own};
use serde_json::json;

use super::tenants::present;
use crate::{
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// Say whose events on the bus a tenant's triggers may hear
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin tenants sources acme cms.example
  galley admin tenants sources acme 'cms.*' shop.example
  galley admin tenants sources acme --none

Everybody's systems send to one bus: a tenant hears those senders that are named here, and no others.
What is named replaces what was named before; triggers that are there already stay.")]
pub(super) struct Args {
    /// Name of the tenant
    name: String,
    /// Sources as senders write them; `cms.*` for all that begin so
    #[arg(value_name = "SOURCE", required_unless_present = "none")]
    sources: Vec<String>,
    /// No sender at all
    #[arg(long, conflicts_with = "sources")]
    none: bool,
}

pub(super) async fn run(args: Args, table: &dyn Table, session: &Session) -> Result<Exit, Failure> {
    let sources = grant(table, &args.name, args.sources).await?;
    if session.json {
        paint::json(&json!({"tenant": args.name, "sources": sources}))?;
    } else {
        let named = if sources.is_empty() { "nobody".into() } else { sources.join(", ") };
        note(&format!("triggers of {} may hear {named} on the bus", args.name));
    }
    Ok(Exit::Succeeded)
}

async fn grant(
    table: &dyn Table,
    name: &str,
    sources: Vec<String>,
) -> Result<Vec<String>, Failure> {
    let tenant = present(table, name).await?;
    for source in &sources {
        let open = source.strip_suffix('*').unwrap_or(source);
        let ours = is_own(open)
            || source.ends_with('*')
                && domain::trigger::OWN.iter().any(|own| own.starts_with(open));
        if open.is_empty() || open.contains('*') || ours {
            let next =
                "name a sender such as cms.example, or cms.*; Galley's own news starts no jobs";
            return Err(Failure::here(format!("{source:?} is no sender to hear"), next));
        }
    }
    let fields =
        json!({ "sources": if sources.is_empty() { json!(null) } else { json!(sources) } });
    table.write(vec![Write::set(TenantRecord::key(&tenant), fields)]).await?;
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{
        Time,
        fakes::{Faults, MemoryTable},
        store::from_item,
    };

    use super::super::tenants::named;
    use super::*;

    #[tokio::test]
    async fn what_is_named_replaces_what_was_and_our_own_news_cannot_be_named() {
        let table = MemoryTable::new(Arc::new(Faults::default()));
        let acme = TenantRecord::new(named("acme").unwrap(), "standard", Time(1));
        table.plant(Write::create(TenantRecord::key(&acme.tenant), &acme).unwrap());
        let heard = || {
            let item = table.peek(&TenantRecord::key(&acme.tenant)).unwrap();
            from_item::<TenantRecord>(&item).unwrap().sources
        };
        grant(&table, "acme", vec!["cms.example".into()]).await.unwrap();
        grant(&table, "acme", vec!["cms.*".into(), "shop".into()]).await.unwrap();
        assert_eq!(heard(), ["cms.*", "shop"]);
        for source in ["galley", "galley.jobs", "aws.s3", "*", "g*", "a*b"] {
            let failure = grant(&table, "acme", vec![source.into()]).await.unwrap_err();
            assert_eq!(failure.to_string(), format!("{source:?} is no sender to hear"));
        }
        assert_eq!(heard(), ["cms.*", "shop"]);
        grant(&table, "acme", Vec::new()).await.unwrap();
        assert!(heard().is_empty());
        assert!(grant(&table, "nobody", Vec::new()).await.is_err());
    }
}
