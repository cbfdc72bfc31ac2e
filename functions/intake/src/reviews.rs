//! Reviews: listed, shown, claimed, decided and taken back; and a job's audit chain.

use crate::Intake;
use crate::answer::{self, Answered, echo};
use crate::auth::Asked;
use crate::body::{self, shown};
use crate::clock::first;
use crate::{jobs, query};
use aws::http::HttpResponse;
use domain::audit::{self, Chain};
use domain::id::{AssetId, ReviewId, TenantId};
use domain::pipeline::Problem;
use domain::problem::{ProblemDocument, ProblemType};
use domain::review::{
    self, Asked as Wanted, Decision, Desk, Focal, Refusal, ReviewRecord, review_json,
};
use serde_json::{Map, Value, json};

/// The fields of a decision.
const FIELDS: [&str; 7] = ["decision", "note", "subject", "upload", "alt", "caption", "focal"];

/// `GET /v1/reviews`: those that wait, the longest first; or those that are over, the latest first.
pub(crate) async fn list(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &["state", "limit", "cursor"])?;
    let limit = query::number(asked.request, "limit", 20_u32, 1..=100)?;
    let waits = match asked.request.query.get("state").map(String::as_str) {
        None | Some("open") => true,
        Some("closed") => false,
        Some(other) => {
            let detail = format!("it is {:?} — use open or closed", echo(other));
            return Err(ProblemDocument::parameter("state", detail).into());
        }
    };
    let after = cursor(intake, asked, waits)?;
    let mut page = review::list(intake.table, asked.tenant(), (waits, after), limit + 1).await?;
    let more = page.len() > limit as usize;
    page.truncate(limit as usize);
    let last = page.last().filter(|_| more).map(|review| review.sk_job.clone());
    let next = last.map(|last| intake.signing_key.seal("reviews", &(asked.tenant(), waits, last)));
    let reviews: Vec<Value> = page.iter().map(review_json).collect();
    let body = json!({ "reviews": reviews, "next": next });
    Ok(HttpResponse::json(200, &body).with("cache-control", "no-store"))
}

fn cursor(
    intake: &Intake<'_>,
    asked: &Asked<'_>,
    waits: bool,
) -> Result<Option<String>, ProblemDocument> {
    let Some(text) = asked.request.query.get("cursor") else { return Ok(None) };
    let opened: Option<(TenantId, bool, String)> = intake.signing_key.open("reviews", text);
    let own = opened.filter(|(tenant, of, _)| tenant == asked.tenant() && *of == waits);
    own.map(|(_, _, last)| Some(last)).ok_or_else(|| {
        let detail =
            "it is no cursor of these reviews — take `next` of the page before, or leave it out";
        ProblemDocument::parameter("cursor", detail)
    })
}

/// `GET /v1/reviews/{id}`.
pub(crate) async fn read(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let id = id(asked)?;
    let review = review::read(intake.table, asked.tenant(), &id).await?;
    Ok(shown_now(&review.ok_or_else(|| asked.nothing())?))
}

/// `POST /v1/reviews/{id}/claim`.
pub(crate) async fn claim(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let (desk, id) = (desk(intake), id(asked)?);
    answered(asked, review::claim(&desk, asked.person()?, &id, asked.now).await?)
}

/// `POST /v1/reviews/{id}/release`.
pub(crate) async fn release(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let (desk, id) = (desk(intake), id(asked)?);
    answered(asked, review::release(&desk, asked.person()?, &id, asked.now).await?)
}

/// `POST /v1/reviews/{id}/decide`.
pub(crate) async fn decide(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let id = id(asked)?;
    // Another's review does not exist, whatever is said about it.
    let there = review::read(intake.table, asked.tenant(), &id).await?;
    there.ok_or_else(|| asked.nothing())?;
    let mut problems = Vec::new();
    let fields = body::object(asked.request, &FIELDS, &mut problems)?;
    let wanted = wanted(&fields, &mut problems);
    let Some(wanted) = wanted.filter(|_| problems.is_empty()) else {
        return Err(ProblemDocument::fields(ProblemType::InvalidBody, &problems).into());
    };
    let salt = first(intake.clock.random());
    let (desk, person) = (desk(intake), asked.person()?);
    answered(asked, review::decide(&desk, person, &id, &wanted, salt, asked.now).await?)
}

/// `POST /v1/reviews/{id}/undo`.
pub(crate) async fn undo(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let (desk, id) = (desk(intake), id(asked)?);
    let salt = first(intake.clock.random());
    answered(asked, review::undo(&desk, asked.person()?, &id, salt, asked.now).await?)
}

/// `GET /v1/jobs/{id}/audit`: all that is stored of the chain, and what is wrong with it.
pub(crate) async fn audit(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let job = jobs::own(intake, asked).await?.job;
    let kept = Chain::Job(job.id.clone()).read(intake.table).await?;
    let flaws = audit::verify(&kept, job.erased.is_some());
    let body = json!({
        "job": job.id, "erased": job.erased.is_some(), "verified": flaws.is_empty(),
        "flaws": flaws, "head": kept.head, "entries": kept.entries, "said": kept.said,
        "unreadable": kept.unreadable,
    });
    Ok(HttpResponse::json(200, &body).with("cache-control", "no-store"))
}

pub(crate) fn desk<'a>(intake: &'a Intake<'_>) -> Desk<'a> {
    let Intake { table, objects, queue, undo_s, .. } = *intake;
    Desk { table, objects, queue, undo_s }
}

fn id(asked: &Asked<'_>) -> Answered<ReviewId> {
    Ok(ReviewId::parse(asked.id).map_err(|_| asked.nothing())?)
}

fn shown_now(review: &ReviewRecord) -> HttpResponse {
    HttpResponse::json(200, &review_json(review)).with("cache-control", "no-store")
}

fn answered(asked: &Asked<'_>, answer: Result<ReviewRecord, Refusal>) -> Answered {
    match answer {
        Ok(review) => Ok(shown_now(&review)),
        Err(refusal) => Err(problem(asked, &refusal).into()),
    }
}

fn problem(asked: &Asked<'_>, refusal: &Refusal) -> ProblemDocument {
    let detail = refusal.to_string();
    match refusal {
        Refusal::Unknown => answer::no("review", asked.id),
        Refusal::Role(..) => ProblemDocument::new(ProblemType::RoleMissing, detail),
        Refusal::Incomplete(_) => {
            let fix = "see what each decision needs in the description of this route";
            ProblemDocument::body(ProblemType::InvalidBody, detail, fix)
        }
        Refusal::NotShown(_) => {
            let fix = "name an asset of the review's subjects";
            field("/subject", detail, fix)
        }
        Refusal::Upload(_) => {
            field("/upload", detail, "create one by POST /v1/uploads, and PUT the bytes to its url")
        }
        _ => ProblemDocument::new(ProblemType::ReviewRefused, detail),
    }
}

fn field(pointer: &str, detail: String, fix: &str) -> ProblemDocument {
    ProblemDocument::fields(ProblemType::InvalidBody, &[Problem::new(pointer, detail, fix)])
}

/// The decision in a body; none where there is none, and then a problem was reported.
fn wanted(fields: &Map<String, Value>, problems: &mut Vec<Problem>) -> Option<Wanted> {
    let decision = fields.get("decision").and_then(Value::as_str).and_then(Decision::parse);
    if decision.is_none() {
        let detail = match fields.get("decision") {
            None => "the decision is missing".into(),
            Some(other) => format!("decision is {}", shown(other)),
        };
        let names = Decision::ALL.map(Decision::as_str).join(", ");
        problems.push(Problem::new("/decision", detail, format!("use one of {names}")));
    }
    let mut text = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => {
            let detail = format!("{name} is {}", shown(other));
            problems.push(Problem::new(&format!("/{name}"), detail, "give a text"));
            None
        }
    };
    let (note, upload) = (text("note"), text("upload"));
    let (alt, caption, subject) = (text("alt"), text("caption"), text("subject"));
    let subject = subject.and_then(|id| {
        let asset = AssetId::parse(&id).ok();
        if asset.is_none() {
            let detail = format!("{:?} is no asset's id", echo(&id));
            problems.push(Problem::new(
                "/subject",
                detail,
                "name an asset of the review's subjects",
            ));
        }
        asset
    });
    let focal = match fields.get("focal").filter(|focal| !focal.is_null()) {
        None => None,
        Some(focal) => {
            let read = serde_json::from_value::<Focal>(focal.clone()).ok();
            if read.is_none() {
                let fix = "give shares of the picture, such as { \"x\": 0.5, \"y\": 0.3 }";
                problems.push(Problem::new("/focal", format!("focal is {}", shown(focal)), fix));
            }
            read
        }
    };
    Some(Wanted { note, subject, upload, alt, caption, focal, ..Wanted::new(decision?) })
}
