//! `galley admin moderation`: what a tenant will not have.
use std::path::{Path, PathBuf};

use aws::S3Objects;
use domain::{
    gate::{Fingerprint, Known, LISTS_MOST, Lists},
    id::{AssetId, TenantId},
    ports::{Bucket, Objects, Put, Table},
    view::JobView,
};
use serde_json::Value;

use super::{deployment::Deployment, lists, tenants::present};
use crate::{
    documents,
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// Say which terms and pictures a tenant's gates object to
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin moderation get acme > acme.json
  galley admin moderation put acme acme.json
  galley admin moderation ban acme j01m7w9vekf69myba5e4t7pvntw.large.1.0 --reason withdrawn")]
pub(super) struct Args {
    /// Bucket of assets, where the lists lie; the local stack's or the profile's own by default
    #[arg(
        long,
        global = true,
        env = "GALLEY_ASSETS_BUCKET",
        hide_env_values = true,
        value_name = "NAME"
    )]
    bucket: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Put(Store),
    Get(Get),
    /// Ban a picture that a job made or took in: it may not be shown
    Ban(Picture),
    /// Protect a picture that a job made or took in: it belongs to somebody else
    Protect(Picture),
}

/// Store a tenant's lists, in place of those there are
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin moderation put acme moderation.yaml

The document, YAML or JSON, has up to three lists:
  terms: [gore, { term: blood, action: review }]    # no prompt may have them
  banned: [{ sha256: \"37e4…\", phash: \"3333cc33cc3473cc\", reason: withdrawn }]
  protected: [{ sha256: \"94a5…\", reason: another's trademark }]
Without a perceptual hash only the very same bytes are found.")]
struct Store {
    /// Name of the tenant
    tenant: String,
    /// The lists, YAML or JSON
    file: PathBuf,
}

/// Print a tenant's lists, so that they can be edited and put again
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin moderation get acme > acme.json
  galley admin moderation get acme --json | jq '.banned | length'")]
struct Get {
    /// Name of the tenant
    tenant: String,
}

/// Put a picture on a list
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin moderation ban acme j01m7w9vekf69myba5e4t7pvntw.large.1.0 --reason withdrawn
  galley admin moderation protect acme j01m7w9vp1w3dtvwwnqd823xw0g.cutout.1.0

Copies are found, resized and recompressed ones too, where a gate.moderation has judged it before.")]
struct Picture {
    /// Name of the tenant whose list it is
    tenant: String,
    /// Id of the asset, as `galley get JOB` shows it
    asset: String,
    /// Why it is on the list
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

pub(super) async fn run(
    args: Args,
    deployment: &Deployment,
    session: &Session,
) -> Result<Exit, Failure> {
    let table = &deployment.table;
    let objects: S3Objects = deployment.assets(args.bucket)?;
    let (tenant, stored) = match args.command {
        Command::Get(Get { tenant }) => {
            let lists = Lists::read(&objects, &present(table, &tenant).await?).await?;
            if session.json {
                paint::json(&lists)?;
            } else {
                paint::line(&format!("{:#}", serde_json::json!(lists)))?;
            }
            return Ok(Exit::Succeeded);
        }
        Command::Put(Store { tenant, file }) => {
            let tenant = present(table, &tenant).await?;
            let lists = of_file(&file)?;
            write(&objects, &tenant, &lists).await?;
            (tenant, lists)
        }
        Command::Ban(picture) => add(table, &objects, &picture, |lists| &mut lists.banned).await?,
        Command::Protect(picture) => {
            add(table, &objects, &picture, |lists| &mut lists.protected).await?
        }
    };
    if session.json {
        paint::json(&stored)?;
    } else {
        let (terms, banned) = (stored.terms.len(), stored.banned.len());
        let protected = stored.protected.len();
        paint::line(&format!(
            "{tenant}: {terms} terms, {banned} banned and {protected} protected pictures"
        ))?;
    }
    Ok(Exit::Succeeded)
}

fn of_file(file: &Path) -> Result<Lists, Failure> {
    let document = documents::value(file, "correct the file")?;
    lists::check(&document).map_err(|problems| {
        for problem in &problems {
            note(&documents::problem(file, problem));
        }
        Failure::here("the lists were not stored", "correct the places above")
    })
}

async fn write(objects: &dyn Objects, tenant: &TenantId, lists: &Lists) -> Result<(), Failure> {
    let bytes = serde_json::json!(lists).to_string().into_bytes();
    if bytes.len() as u64 > LISTS_MOST {
        return Err(Failure::here("the lists would be larger than 4 MiB", "take entries out"));
    }
    let how = Put { media_type: "application/json".into(), replace: true, ..Put::default() };
    objects.put(Bucket::Assets, &Lists::object_key(tenant), bytes, &how).await?;
    Ok(())
}

/// Puts a picture on a list; one that is there already gets the new reason.
async fn add(
    table: &dyn Table,
    objects: &dyn Objects,
    picture: &Picture,
    list: fn(&mut Lists) -> &mut Vec<Known>,
) -> Result<(TenantId, Lists), Failure> {
    let tenant = present(table, &picture.tenant).await?;
    let known = known(table, picture).await?;
    if known.phash.is_none() {
        note("no gate has taken its perceptual hash: only the very same bytes will be found");
    }
    let mut lists = Lists::read(objects, &tenant).await?;
    let entries = list(&mut lists);
    entries.retain(|it| !it.sha256.eq_ignore_ascii_case(&known.sha256));
    entries.push(known);
    write(objects, &tenant, &lists).await?;
    Ok((tenant, lists))
}

/// What the table knows of a picture.
async fn known(table: &dyn Table, picture: &Picture) -> Result<Known, Failure> {
    let none = || {
        let next = "`galley get JOB` shows the assets of a job, give one's id in full";
        Failure::here(format!("there is no asset {}", picture.asset), next)
    };
    let id = AssetId::parse(&picture.asset).map_err(|_| none())?;
    let view = JobView::read(table, &id.job()).await?.ok_or_else(none)?;
    let asset = view.assets.get(&id).ok_or_else(none)?;
    let scored = view.steps.values().find_map(|step| {
        let scores = step.verdict.as_ref()?.get("scores")?;
        scores.get(id.as_str())?.get("phash").and_then(Value::as_str).map(str::to_owned)
    });
    let phash = asset.phash.clone().or(scored);
    Ok(Known {
        sha256: asset.sha256.clone(),
        phash: phash.map(Fingerprint::try_from).transpose()?,
        reason: picture.reason.clone(),
    })
}

#[cfg(test)]
mod tests {
    use domain::{
        Time,
        fakes::{World, publishable},
        store::Write,
        tenant::TenantRecord,
    };
    use serde_json::json;

    use super::*;

    /// A world with the tenant acme and one job, whose pictures are these.
    fn world() -> (World, JobView) {
        let (world, mut view) = (World::default(), publishable(&json!({"kind": "s3"})));
        let acme = TenantRecord::new(TenantId::parse("acme").unwrap(), "standard", Time(1));
        world.table.plant(Write::create(TenantRecord::key(&acme.tenant), &acme).unwrap());
        let judged = view.assets.keys().next().unwrap().clone();
        let scores = json!({judged.as_str(): {"phash": "3333cc33cc3473cc"}});
        view.steps.get_mut("safe").unwrap().verdict = Some(json!({"scores": scores}));
        world.plant_job(&view);
        (world, view)
    }

    fn picture(asset: &AssetId, reason: &str) -> Picture {
        Picture { tenant: "acme".into(), asset: asset.to_string(), reason: reason.into() }
    }

    async fn ban(world: &World, picture: &Picture) -> Result<Lists, Failure> {
        let added = add(&world.table, &world.objects, picture, |lists| &mut lists.banned).await?;
        Ok(added.1)
    }

    #[tokio::test]
    async fn a_picture_is_on_a_list_once_with_its_latest_reason() {
        let (world, view) = world();
        let judged = view.assets.values().next().unwrap();
        ban(&world, &picture(&judged.id, "draft")).await.unwrap();
        ban(&world, &picture(&judged.id, "withdrawn")).await.unwrap();
        let lists = Lists::read(&world.objects, &TenantId::parse("acme").unwrap()).await.unwrap();
        assert_eq!(lists.banned.len(), 1);
        assert_eq!(lists.banned[0].sha256, judged.sha256);
        assert_eq!(lists.banned[0].reason, "withdrawn");
        assert_eq!(lists.banned[0].phash, Some(Fingerprint(0x3333_cc33_cc34_73cc)));
    }

    #[tokio::test]
    async fn a_picture_that_no_gate_judged_is_found_by_its_bytes_alone() {
        let (world, view) = world();
        let other = view.assets.keys().nth(1).unwrap();
        assert_eq!(ban(&world, &picture(other, "")).await.unwrap().banned[0].phash, None);
    }

    #[tokio::test]
    async fn what_is_not_there_changes_no_list() {
        let (world, view) = world();
        let before = world.listing();
        let nowhere = AssetId::new(&view.job.id, "generate", "9", 0);
        let told = ban(&world, &picture(&nowhere, "")).await.unwrap_err().to_string();
        assert_eq!(told, format!("there is no asset {nowhere}"));
        let stranger = Picture { tenant: "other".into(), ..picture(&nowhere, "") };
        assert!(ban(&world, &stranger).await.is_err());
        assert_eq!(world.listing(), before);
    }
}
