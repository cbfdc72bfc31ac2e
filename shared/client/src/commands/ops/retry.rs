//! `galley ops retry`: the next run of a job, whoever's it is.
use domain::{id::JobId, job, view::JobView};
use serde_json::json;

use crate::{
    commands::deployment::Deployment,
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// Try a job again that ended without success; what succeeded is kept
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley ops retry j01m7w9p7jffk8k64v4ewj46z1a

Tenants do the same with `galley retry` and their key. A retry that is repeated starts no second run.")]
pub(super) struct Args {
    /// The job's whole id
    job: String,
}

pub(super) async fn run(
    args: Args,
    deployment: &Deployment,
    session: &Session,
) -> Result<Exit, Failure> {
    let bad = |_| Failure::here(format!("`{}` is no job's id", args.job), "give it whole: j01…");
    let id = JobId::parse(&args.job).map_err(bad)?;
    let (table, flow) = (&deployment.table, deployment.flow()?);
    if JobView::read(table, &id).await?.is_none() {
        let next = "check --stack or --table: it may be another deployment's";
        return Err(Failure::here(format!("there is no job {id}"), next));
    }
    job::retry(table, &flow, &id, aws::clock::now()).await.map_err(|error| match error {
        domain::Error::Invalid(why) => Failure::here(why, format!("`galley get {id}` shows it")),
        other => other.into(),
    })?;
    let job = JobView::expect(table, &id).await?.job;
    match session.json {
        true => paint::json(&json!({ "job": id, "run": job.run, "state": job.state }))?,
        false => note(&format!("{id} is {}, run {}", job.state, job.run)),
    }
    Ok(Exit::Succeeded)
}
