//! `galley admin erase`: bytes, prompts and derived copies go for good; a tombstone stays.
use std::{collections::BTreeSet, io::IsTerminal};

use domain::{
    Time,
    erase::{Erased, Erasing, close, copies, erase_job, erase_tenant},
    id::{AssetId, JobId, TenantId},
    record::JobRecord,
    store::from_item,
    view::JobView,
};

use super::deployment::{Deployment, Named};
use crate::{
    failure::{Exit, Failure},
    paint::{self, WARN, note, paint},
    session::Session,
};

/// Erase a job, an asset or a tenant for good
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin erase --job j01m7w9vekf69myba5e4t7pvntw --reason 'asked to by the person shown'
  galley admin erase --asset j01m7w9vekf69myba5e4t7pvntw.cutout.1.0 --reason 'wrong logo' --yes
  galley admin erase --tenant acme --reason 'contract ended' --yes

What goes: the bytes, in every version, at the uploads and in the public bucket too; all that was made from
them, also in the tenant's later jobs; prompts, parameters, reasons and messages of the jobs concerned, and
deliveries of their news, also those that are still to be tried.
What stays: a tombstone with hash, time and reason, and what was paid.
What other places hold (a webhook's receiver, a partner, a cache) is out of reach; it is listed, so that you
can ask them. The table's backups keep what they have until they expire (35 days).

A job must have ended. To repeat a command is safe: it goes on where the first one stopped. If it never
does, the sweep goes on with what was begun.")]
pub(super) struct Args {
    #[command(flatten)]
    what: What,
    /// Why, for the tombstone
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    buckets: Named,
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct What {
    /// A job, by its whole id
    #[arg(long, value_name = "ID")]
    job: Option<String>,
    /// An asset and all that was made from it, by its whole id
    #[arg(long, value_name = "ID")]
    asset: Option<String>,
    /// All that a tenant has
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
}

enum Scope {
    Job(JobId),
    Asset(AssetId),
    Tenant(TenantId),
}

pub(super) async fn run(
    args: Args,
    deployment: &Deployment,
    session: &Session,
) -> Result<Exit, Failure> {
    let scope = scope(&args.what)?;
    if !(args.yes || agreed(&args.what)?) {
        return Err(Failure::here("nothing was erased", "say yes, or pass --yes"));
    }
    let objects = deployment.buckets(args.buckets)?;
    let erasing = Erasing { table: &deployment.table, eraser: &objects };
    let gone = erase(&erasing, &scope, &args.reason, aws::clock::now()).await?;
    if session.json {
        paint::json(&gone)?;
        return Ok(Exit::Succeeded);
    }
    let Erased { jobs, assets, objects, left } = gone;
    paint::line(&format!("erased {jobs} jobs, {assets} assets, {objects} objects"))?;
    for one in left {
        note(&paint(WARN, &format!("out of reach: {one}")));
    }
    Ok(Exit::Succeeded)
}

fn scope(what: &What) -> Result<Scope, Failure> {
    let next = "`galley list` and `galley get JOB` show ids; give the whole one";
    let bad = |error: domain::Error| Failure::here(error.to_string(), next);
    if let Some(job) = &what.job {
        return JobId::parse(job).map(Scope::Job).map_err(bad);
    }
    if let Some(asset) = &what.asset {
        return AssetId::parse(asset).map(Scope::Asset).map_err(bad);
    }
    super::tenants::named(what.tenant.as_deref().unwrap_or_default()).map(Scope::Tenant)
}

/// Asks whoever sits there; without somebody there the answer is no.
fn agreed(what: &What) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    let named = [("job", &what.job), ("asset", &what.asset), ("tenant", &what.tenant)];
    for (kind, name) in named.iter().filter_map(|(kind, name)| Some((kind, name.as_ref()?))) {
        note(&format!("This erases {kind} {name} for good. Type yes to go on:"));
    }
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

async fn erase(
    erasing: &Erasing<'_>,
    scope: &Scope,
    reason: &str,
    now: Time,
) -> Result<Erased, Failure> {
    match scope {
        Scope::Job(job) => with_copies(erasing, job, None, reason, now).await,
        Scope::Asset(asset) => {
            let roots = BTreeSet::from([asset.clone()]);
            with_copies(erasing, &asset.job(), Some(roots), reason, now).await
        }
        Scope::Tenant(tenant) => {
            let open = close(erasing, tenant, reason, now).await?;
            if !open.is_empty() {
                let names: Vec<_> = open.iter().map(JobId::as_str).collect();
                let what =
                    format!("{tenant} is closed, but has jobs that run: {}", names.join(" "));
                return Err(Failure::here(what, "repeat the command when they have ended"));
            }
            Ok(erase_tenant(erasing, tenant, reason, now).await?)
        }
    }
}

/// A job, then the copies that later jobs took of it, then the copies of those.
async fn with_copies(
    erasing: &Erasing<'_>,
    job: &JobId,
    roots: Option<BTreeSet<AssetId>>,
    reason: &str,
    now: Time,
) -> Result<Erased, Failure> {
    let mut gone = Erased::default();
    let mut waiting = vec![(job.clone(), roots)];
    while let Some((job, roots)) = waiting.pop() {
        gone.and(erase_job(erasing, &job, roots.as_ref(), reason, now).await?);
        let view = JobView::expect(erasing.table, &job).await?;
        let erased = view.assets.values().filter(|asset| asset.erased.is_some());
        let erased = erased.map(|asset| asset.id.clone()).collect();
        for (later, copies) in copies(erasing, &view.job.tenant, &job, &erased).await? {
            if running(erasing, &later).await? {
                gone.left.push(format!("job {later} has a copy and still runs: repeat this later"));
            } else {
                waiting.push((later, Some(copies)));
            }
        }
    }
    Ok(gone)
}

async fn running(erasing: &Erasing<'_>, job: &JobId) -> Result<bool, Failure> {
    let items = erasing.table.get(&[JobRecord::key(job)]).await?;
    let record: Option<JobRecord> = items[0].as_ref().map(from_item).transpose()?;
    Ok(record.is_some_and(|job| !job.state.terminal()))
}

#[cfg(test)]
mod tests {
    use domain::fakes::{NOW, World};
    use domain::job::{End, settle};
    use domain::state::JobState;

    use super::*;

    const PIPELINE: &str = r#"
name: one
inputs: { prompt: { type: text } }
budget_usd: 0.50
steps:
  generate: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}" } }
  good: { kind: gate.quality, with: { images: "{{ generate.image }}" } }
"#;

    #[tokio::test]
    async fn a_job_that_runs_is_told_with_what_to_do_and_one_that_ended_is_erased() {
        let world = World::default();
        let prompt = serde_json::json!({ "prompt": "a zebra" });
        let job = world.job(1, PIPELINE, prompt).await;
        let scope = Scope::Job(job.clone());
        let running = erase(&world.erasing(), &scope, "x", NOW).await.unwrap_err();
        assert!(running.to_string().contains("cancel it"), "{running}");
        let failed = End { job, run: 1, end: JobState::Failed, event: 1, reason: None };
        settle(&world.table, &failed, NOW).await.unwrap();
        let gone = erase(&world.erasing(), &scope, "x", NOW).await.unwrap();
        assert_eq!(gone.jobs, 1);
        assert!(!world.listing().contains("zebra"));
    }

    #[test]
    fn an_id_that_is_none_is_told() {
        let what = What { job: Some("hero".into()), asset: None, tenant: None };
        assert!(scope(&what).is_err());
    }
}
