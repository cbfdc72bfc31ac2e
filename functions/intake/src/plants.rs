//! Pictures that are known to be bad, for a policy to plant: for editors alone.

use crate::Intake;
use crate::answer::{self, Answered};
use crate::auth::Asked;
use crate::body::{self, shown};
use crate::query;
use aws::http::HttpResponse;
use domain::Error;
use domain::gate::plant::{self, Added, PLANTS_MOST, Plant};
use domain::gate::policy::PolicyRecord;
use domain::id::{AssetId, JobId};
use domain::pipeline::Problem;
use domain::ports::Bucket;
use domain::problem::{ProblemDocument, ProblemType};
use domain::record::AssetRecord;
use domain::store::from_item;
use domain::upload;
use domain::version::{self, VersionRef};
use serde_json::{Map, Value, json};

/// Most characters of why, and of a prompt.
const WORDS_MOST: usize = 2_000;

/// `POST /v1/policies/{name}/plants`.
pub(crate) async fn add(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    policy(intake, asked).await?;
    let mut problems = Vec::new();
    let known = ["upload", "asset", "why", "prompt"];
    let fields = body::object(asked.request, &known, &mut problems)?;
    let why = words(&fields, "why", &mut problems);
    let prompt = words(&fields, "prompt", &mut problems);
    if why.is_none() && !fields.contains_key("why") {
        let fix = "say what is wrong with it, such as \"six fingers\"";
        problems.push(Problem::new("/why", "why is missing", fix));
    }
    let source = match (fields.get("upload"), fields.get("asset")) {
        (Some(id), None) => from_upload(intake, asked, id).await?,
        (None, Some(id)) => from_asset(intake, asked, id).await?,
        _ => Err(Problem::new("", "it names no picture, or two", "name an upload, or an asset")),
    };
    let (bytes, of) = match source {
        Ok(source) if problems.is_empty() => source,
        Ok(_) => return Err(invalid(&problems)),
        Err(problem) => {
            problems.push(problem);
            return Err(invalid(&problems));
        }
    };
    let person = asked.person()?;
    let policy = asked.id.to_owned();
    let there = plant::list(intake.table, asked.tenant(), &policy).await?;
    if PLANTS_MOST <= there.len() {
        let detail = format!("there are {} of them", there.len());
        return Err(invalid(&[Problem::new("", detail, "take some out first")]));
    }
    let why = why.unwrap_or_default();
    let added = Added { policy, bytes, why, prompt, of };
    let (table, objects) = (intake.table, intake.objects);
    let plant = plant::add(table, objects, asked.tenant(), (added, &person.id), asked.now).await?;
    let plant = plant.ok_or_else(|| {
        let place = if fields.contains_key("upload") { "/upload" } else { "/asset" };
        let fix = "bring image/jpeg, image/png or image/webp";
        invalid(&[Problem::new(place, "it is no picture that we know", fix)])
    })?;
    tracing::info!(tenant = %asked.tenant(), policy = plant.policy, "a plant was added");
    Ok(HttpResponse::json(201, &plant_json(&plant)))
}

/// `GET /v1/policies/{name}/plants`.
pub(crate) async fn list(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    policy(intake, asked).await?;
    let plants = plant::list(intake.table, asked.tenant(), asked.id).await?;
    let plants: Vec<Value> = plants.iter().map(plant_json).collect();
    let answer = json!({ "plants": plants });
    Ok(HttpResponse::json(200, &answer).with("cache-control", "no-store"))
}

/// `DELETE /v1/plants/{id}`.
pub(crate) async fn remove(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let by = &asked.person()?.id;
    match plant::remove(intake.table, asked.tenant(), (asked.id, by), asked.now).await? {
        true => Ok(HttpResponse::json(200, &json!({ "id": asked.id, "deleted": true }))),
        false => Err(asked.nothing().into()),
    }
}

/// The policy must be there.
async fn policy(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered<()> {
    let which = VersionRef::parse(asked.id).filter(|which| which.version.is_none());
    let which = which.ok_or_else(|| answer::no("policy", asked.id))?;
    let record = version::get::<PolicyRecord>(intake.table, asked.tenant(), &which).await?;
    record.map(drop).ok_or_else(|| answer::no("policy", asked.id).into())
}

/// A picture's bytes and the job that made it, where one did; or why there is none.
type Source = Result<(Vec<u8>, Option<JobId>), Problem>;

async fn from_upload(intake: &Intake<'_>, asked: &Asked<'_>, id: &Value) -> Answered<Source> {
    let text = id.as_str().unwrap_or_default();
    let missing = || {
        let fix = "create one by POST /v1/uploads, and PUT the bytes to its url";
        Problem::new("/upload", format!("there is no upload {}", shown(id)), fix)
    };
    if !upload::is_id(text) {
        return Ok(Err(missing()));
    }
    let key = upload::key(asked.tenant(), text);
    Ok(bytes(intake, Bucket::Uploads, &key, "/upload")
        .await?
        .and_then(|bytes| bytes.map(|bytes| (bytes, None)).ok_or_else(missing)))
}

async fn from_asset(intake: &Intake<'_>, asked: &Asked<'_>, id: &Value) -> Answered<Source> {
    let missing = || {
        let detail = format!("there is no asset {}", shown(id));
        Problem::new("/asset", detail, "name an asset of one of your jobs")
    };
    let Some(id) = id.as_str().and_then(|id| AssetId::parse(id).ok()) else {
        return Ok(Err(missing()));
    };
    let found = intake.table.get(&[AssetRecord::record_key(&id)]).await?;
    let record: Option<AssetRecord> = found[0].as_ref().map(from_item).transpose()?;
    let own = record.filter(|asset| asset.tenant == *asked.tenant() && asset.erased.is_none());
    let Some(asset) = own else { return Ok(Err(missing())) };
    Ok(bytes(intake, Bucket::Assets, &asset.key, "/asset")
        .await?
        .and_then(|bytes| bytes.map(|bytes| (bytes, Some(id.job()))).ok_or_else(missing)))
}

async fn bytes(
    intake: &Intake<'_>,
    bucket: Bucket,
    key: &str,
    place: &str,
) -> Answered<Result<Option<Vec<u8>>, Problem>> {
    match intake.objects.get(bucket, key, upload::BYTES_MOST).await {
        Err(Error::Invalid(_)) => {
            let detail = format!("it has more than {} bytes", upload::BYTES_MOST);
            Ok(Err(Problem::new(place, detail, "bring a smaller file")))
        }
        answer => Ok(Ok(answer?)),
    }
}

fn words(
    fields: &Map<String, Value>,
    name: &'static str,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    let value = fields.get(name)?;
    let text = value.as_str().map(str::trim);
    let text = text.filter(|text| (1..=WORDS_MOST).contains(&text.chars().count()));
    if text.is_none() {
        let detail = format!("{name} is {}", shown(value));
        let fix = format!("use a text of 1 to {WORDS_MOST} characters");
        problems.push(Problem::new(&format!("/{name}"), detail, fix));
    }
    text.map(str::to_owned)
}

fn invalid(problems: &[Problem]) -> answer::Stop {
    ProblemDocument::fields(ProblemType::InvalidBody, problems).into()
}

fn plant_json(plant: &Plant) -> Value {
    json!({
        "id": plant.sha256, "policy": plant.policy, "why": plant.why, "prompt": plant.prompt,
        "media_type": plant.media_type, "bytes": plant.bytes, "by": plant.by,
        "at": plant.at.rfc3339(),
    })
}
