//! `galley admin people`: who decides and edits for a tenant, and with which personal keys.
use domain::{
    Time,
    id::{PersonId, TenantId},
    person::{PREFIX, PersonRecord, PersonalKey, Role},
    ports::Table,
    store::{Query, Write, Written, from_item},
    tenant,
};
use serde_json::json;

use super::tenants::present;
use crate::{
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// Put people on record, list and remove them
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley admin people put acme anna --role reviewer --group brand
  galley admin people list acme
  galley admin people remove acme anna

A personal key (gp_…) opens the API for one person of a tenant: everybody may look, editors and operators may
change, reviewers decide. Audit records say who it was.")]
pub(super) enum Command {
    Put(Put),
    List(List),
    Remove(Remove),
}

/// Put a person on record and print their key, once; or change what they may do
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin people put acme anna --role reviewer > anna.key
  galley admin people put acme anna --role reviewer --role editor --group brand --group leads
  galley admin people put acme anna --role reviewer --new-key

Roles and groups are replaced by those named. Who is on record already keeps their key, unless --new-key is given.")]
pub(super) struct Put {
    /// Name of the tenant
    tenant: String,
    /// Who it is: lower-case letters, digits, - . @ +
    person: String,
    /// As people call them; their id where it is not given
    #[arg(long)]
    name: Option<String>,
    /// What they may do: reviewer, editor, operator
    #[arg(long = "role", value_name = "ROLE", required = true, value_parser = role)]
    roles: Vec<Role>,
    /// A group of people that they belong to
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
    /// Give them another key; the one before it is not valid any more
    #[arg(long)]
    new_key: bool,
}

/// List a tenant's people
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin people list acme
  galley admin people list acme --json | jq .id")]
pub(super) struct List {
    /// Name of the tenant
    tenant: String,
}

/// Remove a person; their key is not valid any more, and what they decided stays
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin people remove acme anna")]
pub(super) struct Remove {
    /// Name of the tenant
    tenant: String,
    /// Who it is
    person: String,
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "use reviewer, editor or operator".to_owned())
}

pub(super) async fn run(
    command: Command,
    table: &dyn Table,
    session: &Session,
) -> Result<Exit, Failure> {
    match command {
        Command::Put(args) => {
            let (record, key) = put(table, args, aws::clock::now(), aws::clock::random()).await?;
            match key {
                Some(key) if session.json => {
                    paint::json(&json!({ "id": record.id, "key": key.reveal() }))?;
                }
                Some(key) => {
                    paint::line(key.reveal())?;
                    note("this is shown once: keep it now");
                }
                None => note(&format!("{} is on record, with the key from before", record.id)),
            }
        }
        Command::List(List { tenant }) => {
            for record in list(table, &tenant).await? {
                show(&record, session)?;
            }
        }
        Command::Remove(Remove { tenant, person }) => {
            remove(table, &tenant, &person).await?;
            note(&format!("{person} of {tenant} is let in no more"));
        }
    }
    Ok(Exit::Succeeded)
}

fn named(person: &str) -> Result<PersonId, Failure> {
    PersonId::parse(person).map_err(|_| {
        let fix = "write up to 64 of lower-case letters, digits, - . @ +";
        Failure::here(format!("{person:?} names nobody"), fix)
    })
}

async fn on_record(
    table: &dyn Table,
    tenant: &TenantId,
    person: &PersonId,
) -> Result<Option<PersonRecord>, Failure> {
    let items = table.get(&[PersonRecord::key(tenant, person)]).await?;
    Ok(items[0].as_ref().map(from_item).transpose()?)
}

async fn put(
    table: &dyn Table,
    args: Put,
    now: Time,
    random: [u8; 16],
) -> Result<(PersonRecord, Option<PersonalKey>), Failure> {
    let tenant = present(table, &args.tenant).await?;
    let id = named(&args.person)?;
    let before = on_record(table, &tenant, &id).await?;
    let key = (before.is_none() || args.new_key).then(|| PersonalKey::new(&tenant, &id, random));
    let known = before.as_ref();
    let record = PersonRecord {
        name: args.name.or(known.map(|known| known.name.clone())).unwrap_or(args.person),
        roles: args.roles.into_iter().collect(),
        groups: args.groups.into_iter().collect(),
        key_sha256: match (&key, known) {
            (Some(key), _) => key.sha256(),
            (None, known) => known.map(|known| known.key_sha256.clone()).unwrap_or_default(),
        },
        created_at: known.map_or(now, |known| known.created_at),
        id,
    };
    table.write(vec![record.put(&tenant)?]).await?;
    Ok((record, key))
}

async fn list(table: &dyn Table, name: &str) -> Result<Vec<PersonRecord>, Failure> {
    let tenant = present(table, name).await?;
    let items = table.query(&Query::prefix(tenant::pk(&tenant), PREFIX)).await?;
    Ok(items.iter().map(from_item).collect::<domain::Result<_>>()?)
}

async fn remove(table: &dyn Table, name: &str, person: &str) -> Result<(), Failure> {
    let tenant = present(table, name).await?;
    let gone = Write::delete(PersonRecord::key(&tenant, &named(person)?));
    match table.write(vec![gone]).await? {
        Written::Done => Ok(()),
        Written::Refused(_) => Err(Failure::here(
            format!("there is no {person} of {name}"),
            format!("`galley admin people list {name}` shows who is there"),
        )),
    }
}

fn show(record: &PersonRecord, session: &Session) -> Result<(), Failure> {
    let PersonRecord { id, name, roles, groups, created_at, .. } = record;
    if session.json {
        let created_at = created_at.rfc3339();
        let shown = json!({
            "id": id, "name": name, "roles": roles, "groups": groups, "created_at": created_at,
        });
        return Ok(paint::json(&shown)?);
    }
    let roles: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let line = format!("{id}  {name}  {}  {}", roles.join(","), groups.join(","));
    Ok(paint::line(line.trim_end())?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{
        fakes::{Faults, MemoryTable},
        tenant::TenantRecord,
    };

    use super::*;

    fn args(roles: &[Role], new_key: bool) -> Put {
        Put {
            tenant: "acme".into(),
            person: "anna".into(),
            name: None,
            roles: roles.to_vec(),
            groups: vec!["brand".into()],
            new_key,
        }
    }

    fn table() -> MemoryTable {
        let table = MemoryTable::new(Arc::new(Faults::default()));
        let acme = TenantRecord::new(TenantId::parse("acme").unwrap(), "standard", Time(1));
        table.plant(Write::create(TenantRecord::key(&acme.tenant), &acme).unwrap());
        table
    }

    #[tokio::test]
    async fn a_key_is_given_once_and_another_one_only_when_it_is_asked_for() {
        let table = table();
        let (_, key) = put(&table, args(&[Role::Reviewer], false), Time(1), [1; 16]).await.unwrap();
        let key = key.unwrap();
        let (changed, none) =
            put(&table, args(&[Role::Editor], false), Time(2), [2; 16]).await.unwrap();
        assert_eq!((none, changed.created_at), (None, Time(1)));
        assert!(changed.clone().lets_in(&key).unwrap().has(Role::Editor));
        let (again, _) = put(&table, args(&[Role::Editor], true), Time(3), [3; 16]).await.unwrap();
        assert_eq!(again.lets_in(&key), None);
        assert_eq!(list(&table, "acme").await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn who_is_removed_is_not_there_to_be_removed_again() {
        let table = table();
        put(&table, args(&[Role::Reviewer], false), Time(1), [1; 16]).await.unwrap();
        remove(&table, "acme", "anna").await.unwrap();
        assert!(remove(&table, "acme", "anna").await.is_err());
        assert!(remove(&table, "nobodys", "anna").await.is_err());
    }
}
