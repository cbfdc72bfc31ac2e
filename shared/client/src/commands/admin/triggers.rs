//! `galley admin triggers`: what starts jobs by itself.
use std::path::{Path, PathBuf};

use domain::{
    Time,
    catalog::{self, PipelineRef},
    ports::Table,
    trigger::{self, On, TriggerRecord, check_trigger},
};

use super::tenants::{named, present};
use crate::{
    documents,
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// Store, list and remove triggers
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley admin triggers put acme pipelines/triggers/product-photo-upload.yaml
  galley admin triggers list
  galley admin triggers remove acme product-photo-upload")]
pub(super) enum Command {
    Put(Put),
    List(List),
    Remove(Remove),
}

/// Store a tenant's trigger, in place of one of the same name
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin triggers put acme pipelines/triggers/product-photo-upload.yaml

The document names what it waits for, the pipeline, and where the inputs come from:
  name: product-photo-upload
  on: { s3: { suffix: .jpg } }
  pipeline: product-photo
  inputs: { photo: { upload_key: \"{{ event.detail.object.key }}\" } }")]
pub(super) struct Put {
    /// Name of the tenant whose jobs it makes
    tenant: String,
    /// The trigger, YAML or JSON
    file: PathBuf,
}

/// List the triggers of all tenants
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin triggers list
  galley admin triggers list --json | jq .pipeline")]
pub(super) struct List {}

/// Remove a tenant's trigger
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin triggers remove acme product-photo-upload")]
pub(super) struct Remove {
    /// Name of the tenant
    tenant: String,
    /// Name of the trigger
    name: String,
}

pub(super) async fn run(
    command: Command,
    table: &dyn Table,
    session: &Session,
) -> Result<Exit, Failure> {
    match command {
        Command::Put(Put { tenant, file }) => {
            let stored = put(table, &tenant, &file, aws::clock::now()).await?;
            show(&stored, session)?;
        }
        Command::List(List {}) => {
            for trigger in trigger::all(table).await? {
                show(&trigger, session)?;
            }
        }
        Command::Remove(Remove { tenant, name }) => {
            if !trigger::remove(table, &named(&tenant)?, &name).await? {
                let next = "`galley admin triggers list` shows them";
                return Err(Failure::here(format!("{tenant} has no trigger {name}"), next));
            }
            note(&format!("trigger {name} of {tenant} is gone"));
        }
    }
    Ok(Exit::Succeeded)
}

async fn put(
    table: &dyn Table,
    tenant: &str,
    file: &Path,
    now: Time,
) -> Result<TriggerRecord, Failure> {
    let tenant = present(table, tenant).await?;
    let document = documents::value(file, "correct the file")?;
    let trigger = check_trigger(&tenant, &document, now).map_err(|problems| {
        for problem in &problems {
            note(&documents::problem(file, problem));
        }
        Failure::here("the trigger was not stored", "correct the places above")
    })?;
    trigger::put(table, &trigger).await?;
    // It may come later, but until then every occurrence is lost.
    let pipeline = PipelineRef::parse(&trigger.pipeline);
    if let Some(pipeline) = pipeline
        && catalog::get(table, &tenant, &pipeline).await?.is_none()
    {
        note(&format!("{tenant} has no pipeline {pipeline} yet; push it, or no job can start"));
    }
    Ok(trigger)
}

fn show(trigger: &TriggerRecord, session: &Session) -> std::io::Result<()> {
    if session.json {
        let mut json = serde_json::json!(trigger);
        json["created_at"] = trigger.created_at.rfc3339().into();
        return paint::json(&json);
    }
    let on = match &trigger.on {
        On::S3 { prefix, suffix } => format!("s3 {prefix}*{}", suffix.as_deref().unwrap_or("")),
        On::EventBridge { source, detail_type } => format!("eventbridge {source} {detail_type}"),
    };
    let (tenant, name, pipeline) = (trigger.tenant.as_str(), &trigger.name, &trigger.pipeline);
    paint::line(&format!("{tenant:12} {name:24} {on} → {pipeline}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{
        fakes::{Faults, MemoryTable},
        store::Write,
        tenant::TenantRecord,
    };

    use super::*;

    const UPLOAD: &str = "name: photos\non: { s3: { suffix: .jpg } }\npipeline: product-photo\n\
                          inputs: { photo: { upload_key: '{{ event.detail.object.key }}' } }\n";

    fn table() -> MemoryTable {
        let table = MemoryTable::new(Arc::new(Faults::default()));
        let acme = TenantRecord::new(named("acme").unwrap(), "standard", Time(1));
        table.plant(Write::create(TenantRecord::key(&acme.tenant), &acme).unwrap());
        table
    }

    async fn put_text(table: &MemoryTable, tenant: &str, text: &str) -> Result<String, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("trigger.yaml");
        std::fs::write(&file, text).unwrap();
        put(table, tenant, &file, Time(2)).await.map(|trigger| trigger.name)
    }

    #[tokio::test]
    async fn a_trigger_of_the_same_name_is_replaced() {
        let table = table();
        assert_eq!(put_text(&table, "acme", UPLOAD).await.unwrap(), "photos");
        put_text(&table, "acme", &UPLOAD.replace(".jpg", ".png")).await.unwrap();
        let all = trigger::all(&table).await.unwrap();
        assert_eq!(all.len(), 1);
        assert!(matches!(&all[0].on, On::S3 { suffix: Some(suffix), .. } if suffix == ".png"));
    }

    #[tokio::test]
    async fn a_trigger_that_cannot_work_is_not_stored() {
        let table = table();
        let foreign = UPLOAD.replace("suffix: .jpg", "prefix: uploads/other/");
        let failure = put_text(&table, "acme", &foreign).await.unwrap_err();
        assert_eq!(failure.to_string(), "the trigger was not stored");
        let failure = put_text(&table, "nobody", UPLOAD).await.unwrap_err();
        assert_eq!(failure.to_string(), "there is no tenant nobody");
        assert!(trigger::all(&table).await.unwrap().is_empty());
    }
}
