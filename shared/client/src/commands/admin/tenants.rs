//! `galley admin tenants`: who may ask, and with which keys.
use domain::{
    Time,
    id::TenantId,
    ports::Table,
    store::{Item, Key, Query, Write, Written, from_item, sort_key},
    tenant::{self, ApiKey, KeyRecord, ROTATION_S, TENANTS, TenantRecord},
};
use serde_json::{Value, json};

use super::{budget, deployment::Deployment, gates, hours, keep, rank, secret, sources};
use crate::{
    failure::{Exit, Failure},
    paint::{self, DIM, note, paint},
    session::Session,
};

/// Add tenants; list, rotate and revoke their keys; say what they keep and are asked
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley admin tenants add acme --tier premium
  galley admin tenants list
  galley admin tenants rotate acme
  galley admin tenants revoke acme 0f3c9a1be2d4
  galley admin tenants rank acme --slots 4
  galley admin tenants sources acme cms.example
  galley admin tenants secret acme
  galley admin tenants keep acme --intermediates 7
  galley admin tenants budget acme --month 200 --day 20
  galley admin tenants hours acme --zone Europe/Berlin --from 09:00 --to 17:00
  galley admin tenants gates acme house-rules.yaml")]
pub(super) enum Command {
    Add(Add),
    List(List),
    Rotate(Rotate),
    Revoke(Revoke),
    Rank(rank::Args),
    Sources(sources::Args),
    Secret(secret::Args),
    Keep(keep::Args),
    Budget(budget::Args),
    Hours(hours::Args),
    Gates(gates::Args),
}

/// Add a tenant and print its first key, once
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin tenants add acme
  galley admin tenants add acme --tier premium > acme.key")]
pub(super) struct Add {
    /// Name of the tenant: lower-case letters, digits, hyphens
    name: String,
    /// Tier: how much head start its work has
    #[arg(long, default_value = "standard")]
    tier: String,
}

/// List tenants and their keys
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin tenants list
  galley admin tenants list --json | jq .tenant")]
pub(super) struct List {}

/// Print a new key; the one before it stays valid for a day
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin tenants rotate acme > acme.key")]
pub(super) struct Rotate {
    /// Name of the tenant
    name: String,
}

/// End a key at once
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin tenants revoke acme 0f3c9a1be2d4")]
pub(super) struct Revoke {
    /// Name of the tenant
    name: String,
    /// The key's short name, as `list` shows it
    #[arg(value_name = "KEYID")]
    key_id: String,
}

pub(super) async fn run(
    command: Command,
    deployment: &Deployment,
    session: &Session,
) -> Result<Exit, Failure> {
    let table = &deployment.table;
    let (now, random) = (aws::clock::now(), aws::clock::random());
    match command {
        Command::Add(Add { name, tier }) => {
            let key = add(table, (&name, &tier), now, random).await?;
            hand_over(&key, session)?;
        }
        Command::Rotate(Rotate { name }) => {
            let key = rotate(table, &name, now, random).await?;
            hand_over(&key, session)?;
            note(&format!("the key before it stays valid for {} hours", ROTATION_S / 3600));
        }
        Command::Revoke(Revoke { name, key_id }) => {
            revoke(table, &name, &key_id, now).await?;
            note(&format!("{key_id} of {name} is not valid any more"));
        }
        Command::List(List {}) => {
            for (tenant, keys) in list(table).await? {
                show(&tenant, &keys, now, session)?;
            }
        }
        Command::Keep(args) => return keep::run(args, deployment, session).await,
        Command::Budget(args) => return budget::run(args, deployment, session).await,
        Command::Hours(args) => return hours::run(args, deployment, session).await,
        Command::Gates(args) => return gates::run(args, table, session).await,
        Command::Rank(args) => return rank::run(args, table, session).await,
        Command::Sources(args) => return sources::run(args, table, session).await,
        Command::Secret(args) => return secret::run(args, deployment, session).await,
    }
    Ok(Exit::Succeeded)
}

async fn add(
    table: &dyn Table,
    (name, tier): (&str, &str),
    now: Time,
    random: [u8; 16],
) -> Result<ApiKey, Failure> {
    let tenant = named(name)?;
    let key = ApiKey::new(&tenant, random);
    let record = TenantRecord::new(tenant, tier, now);
    let writes = vec![Write::create(TenantRecord::key(&record.tenant), &record)?, key.issue(now)?];
    match table.write(writes).await? {
        Written::Done => Ok(key),
        Written::Refused(_) => Err(Failure::here(
            format!("there is a tenant {name} already"),
            format!("`galley admin tenants rotate {name}` makes another key"),
        )),
    }
}

async fn rotate(
    table: &dyn Table,
    name: &str,
    now: Time,
    random: [u8; 16],
) -> Result<ApiKey, Failure> {
    let tenant = present(table, name).await?;
    let key = ApiKey::new(&tenant, random);
    let keys = keys(table, &tenant).await?;
    match table.write(tenant::rotate(&key, &keys, now)?).await? {
        Written::Done => Ok(key),
        Written::Refused(_) => Err(Failure::here(
            format!("the keys of {name} changed meanwhile; nothing was done"),
            "try again",
        )),
    }
}

async fn revoke(table: &dyn Table, name: &str, key_id: &str, now: Time) -> Result<(), Failure> {
    let tenant = present(table, name).await?;
    let keys = keys(table, &tenant).await?;
    let Some((place, record)) = keys.iter().find(|(_, record)| record.key_id == key_id) else {
        let known: Vec<_> = keys.iter().map(|(_, record)| record.key_id.as_str()).collect();
        let next = format!("its keys are {}", known.join(", "));
        return Err(Failure::here(format!("{name} has no key {key_id}"), next));
    };
    if record.valid(now) {
        // The record stays: it says that there was such a key, and until when.
        table.write(vec![Write::set(place.clone(), json!({ "valid_until": now }))]).await?;
    }
    Ok(())
}

/// Every tenant with its keys, the oldest key first.
async fn list(table: &dyn Table) -> Result<Vec<(TenantRecord, Vec<KeyRecord>)>, Failure> {
    let mut all = Vec::new();
    for item in table.query(&Query::partition(TENANTS)).await? {
        let record: TenantRecord = from_item(&item)?;
        let mut keys: Vec<_> =
            keys(table, &record.tenant).await?.into_iter().map(|(_, record)| record).collect();
        keys.sort_by_key(|key| key.created_at);
        all.push((record, keys));
    }
    Ok(all)
}

async fn keys(table: &dyn Table, tenant: &TenantId) -> Result<Vec<(Key, KeyRecord)>, Failure> {
    let pk = tenant::pk(tenant);
    let items = table.query(&Query::prefix(pk.clone(), "KEY#")).await?;
    let keys = items
        .iter()
        .map(|item| Ok((Key::new(pk.clone(), sort_key(item)), from_item::<KeyRecord>(item)?)));
    keys.collect()
}

pub(super) fn named(name: &str) -> Result<TenantId, Failure> {
    TenantId::parse(name).map_err(|_| {
        let next = "a name has 1 to 40 lower-case letters, digits and hyphens";
        Failure::here(format!("{name:?} cannot be a tenant"), next)
    })
}

/// A tenant that must be there.
pub(super) async fn present(table: &dyn Table, name: &str) -> Result<TenantId, Failure> {
    found(table, name).await.map(|(tenant, _)| tenant)
}

/// What is known of a tenant that must be there.
pub(super) async fn record(table: &dyn Table, name: &str) -> Result<TenantRecord, Failure> {
    let (_, item) = found(table, name).await?;
    Ok(from_item(&item)?)
}

async fn found(table: &dyn Table, name: &str) -> Result<(TenantId, Item), Failure> {
    let tenant = named(name)?;
    let item = table.get(&[TenantRecord::key(&tenant)]).await?.remove(0);
    let item = item.ok_or_else(|| {
        let next = "`galley admin tenants list` shows them, `… add` makes one";
        Failure::here(format!("there is no tenant {name}"), next)
    })?;
    Ok((tenant, item))
}

/// What is known of a tenant after these fields of it were set; null removes one.
pub(super) async fn with(
    table: &dyn Table,
    name: &str,
    fields: Value,
) -> Result<TenantRecord, Failure> {
    let tenant = present(table, name).await?;
    table.write(vec![Write::set(TenantRecord::key(&tenant), fields)]).await?;
    record(table, name).await
}

/// The one moment the key is seen: on stdout, alone, so that it can be piped to where it belongs.
fn hand_over(key: &ApiKey, session: &Session) -> std::io::Result<()> {
    note(&format!("{} of {}; shown this once, stored only as a hash", key.id(), key.tenant));
    if session.json {
        return paint::json(
            &json!({"tenant": key.tenant, "key_id": key.id(), "key": key.reveal()}),
        );
    }
    paint::line(key.reveal())
}

fn show(
    tenant: &TenantRecord,
    keys: &[KeyRecord],
    now: Time,
    session: &Session,
) -> std::io::Result<()> {
    if session.json {
        let keys = keys.iter().map(|key| {
            let until = key.valid_until.map(Time::rfc3339);
            json!({"key_id": key.key_id, "created_at": key.created_at.rfc3339(), "valid_until": until})
        });
        let mut json = json!(tenant);
        json["created_at"] = tenant.created_at.rfc3339().into();
        json["keys"] = keys.collect();
        return paint::json(&json);
    }
    let created = paint(DIM, &tenant.created_at.rfc3339());
    paint::line(&format!("{:20} {:10} {created}", tenant.tenant.as_str(), tenant.tier))?;
    if !tenant.sources.is_empty() {
        paint::line(&format!("  hears {}", tenant.sources.join(", ")))?;
    }
    if let Some(mandate) = tenant.mandate.in_force() {
        paint::line(&format!("  asks for {} before each publish", mandate.gates.join(", ")))?;
    }
    for key in keys {
        let until = match key.valid_until {
            None => "valid".into(),
            Some(until) if key.valid(now) => format!("valid until {}", until.rfc3339()),
            Some(until) => format!("ended {}", until.rfc3339()),
        };
        paint::line(&format!("  {} {until}", key.key_id))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::fakes::{Faults, MemoryTable};

    use super::*;

    const DAY_MS: i64 = 24 * 3600 * 1000;

    fn table() -> MemoryTable {
        MemoryTable::new(Arc::new(Faults::default()))
    }

    async fn valid(table: &MemoryTable, now: Time) -> Vec<String> {
        let all = list(table).await.unwrap();
        let keys = all[0].1.iter().filter(|key| key.valid(now));
        keys.map(|key| key.key_id.clone()).collect()
    }

    #[tokio::test]
    async fn a_new_tenant_has_one_key_that_the_table_does_not_know() {
        let table = table();
        let key = add(&table, ("acme", "premium"), Time(1), [1; 16]).await.unwrap();
        assert!(key.reveal().starts_with("gk_acme_"));
        assert!(!table.listing().contains(key.reveal()));
        assert!(table.peek(&key.record_key()).is_some());
        let all = list(&table).await.unwrap();
        assert_eq!((all.len(), all[0].0.tier.as_str()), (1, "premium"));
        assert_eq!(valid(&table, Time(2)).await, [key.id()]);
    }

    #[tokio::test]
    async fn a_tenant_is_not_added_twice() {
        let table = table();
        let first = add(&table, ("acme", "standard"), Time(1), [2; 16]).await.unwrap();
        let again = add(&table, ("acme", "premium"), Time(2), [3; 16]).await.unwrap_err();
        assert_eq!(again.to_string(), "there is a tenant acme already");
        assert_eq!(valid(&table, Time(3)).await, [first.id()]);
    }

    #[tokio::test]
    async fn two_keys_are_valid_while_rotating_and_never_three() {
        let table = table();
        let first = add(&table, ("acme", "standard"), Time(1), [4; 16]).await.unwrap();
        let second = rotate(&table, "acme", Time(2), [8; 16]).await.unwrap();
        assert_eq!(valid(&table, Time(3)).await, [first.id(), second.id()]);
        let third = rotate(&table, "acme", Time(4), [9; 16]).await.unwrap();
        assert_eq!(valid(&table, Time(5)).await, [second.id(), third.id()]);
        assert_eq!(valid(&table, Time(5 + DAY_MS)).await, [third.id()]);
    }

    #[tokio::test]
    async fn a_revoked_key_ends_at_once_and_again_changes_nothing() {
        let table = table();
        let key = add(&table, ("acme", "standard"), Time(1), [5; 16]).await.unwrap();
        revoke(&table, "acme", &key.id(), Time(5)).await.unwrap();
        assert!(valid(&table, Time(5)).await.is_empty());
        let before = table.listing();
        revoke(&table, "acme", &key.id(), Time(9)).await.unwrap();
        assert_eq!(table.listing(), before);
    }

    #[tokio::test]
    async fn names_that_are_wrong_are_told_with_what_would_be_right() {
        let table = table();
        let key = add(&table, ("acme", "standard"), Time(1), [6; 16]).await.unwrap();
        let told = |failure: Failure| match failure {
            Failure::Here { what, next } => format!("{what}: {next}"),
            other => panic!("{other}"),
        };
        let bad = told(add(&table, ("Acme!", "standard"), Time(1), [7; 16]).await.unwrap_err());
        assert!(bad.starts_with("\"Acme!\" cannot be a tenant: a name has"), "{bad}");
        let missing = told(rotate(&table, "nobody", Time(1), [10; 16]).await.unwrap_err());
        assert!(missing.starts_with("there is no tenant nobody"), "{missing}");
        let no_key = told(revoke(&table, "acme", "x", Time(1)).await.unwrap_err());
        assert_eq!(no_key, format!("acme has no key x: its keys are {}", key.id()));
    }
}
