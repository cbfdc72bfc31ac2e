//! `galley admin triggers`: what starts jobs by itself, for all tenants.
use domain::{
    Time,
    trigger::{self, On, TriggerRecord},
};
use serde_json::json;

use super::deployment::Deployment;
use crate::{
    failure::{Exit, Failure},
    paint,
    session::Session,
};

/// List the triggers of all tenants; tenants keep theirs with `galley triggers`
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin triggers
  galley admin triggers --json | jq .pipeline")]
pub(super) struct Args {}

pub(super) async fn run(
    _args: Args,
    deployment: &Deployment,
    session: &Session,
) -> Result<Exit, Failure> {
    for trigger in trigger::all(&deployment.table).await? {
        show(&trigger, aws::clock::now(), session)?;
    }
    Ok(Exit::Succeeded)
}

fn show(trigger: &TriggerRecord, now: Time, session: &Session) -> std::io::Result<()> {
    if session.json {
        // As its tenant sees it: an operator needs no secrets either.
        let mut json = trigger.json(now);
        json["tenant"] = json!(trigger.tenant);
        return paint::json(&json);
    }
    let on = match &trigger.on {
        On::S3 { prefix, suffix } => format!("s3 {prefix}*{}", suffix.as_deref().unwrap_or("")),
        On::EventBridge { pattern } => format!("eventbridge {pattern}"),
        On::Webhook(_) => "webhook".into(),
        On::Schedule(schedule) => {
            let when = schedule.cron.as_deref().or(schedule.rate.as_deref()).unwrap_or_default();
            format!("schedule {when} {}", schedule.timezone.as_deref().unwrap_or_default())
        }
    };
    let (tenant, name, pipeline) = (trigger.tenant.as_str(), &trigger.name, &trigger.pipeline);
    paint::line(&format!("{tenant:12} {name:24} {} → {pipeline}", on.trim_end()))
}
