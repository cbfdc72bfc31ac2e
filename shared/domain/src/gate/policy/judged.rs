//! A job's gates by policy: the version pinned when the job is accepted, and a step for each question that
//! somebody else answers.
//!
//! Those steps are work of lanes as any other: ledger, circuits, retries, quotes and budgets hold for them. None of
//! them ends the job; what they did not answer the gate calls unanswered.

use super::judge;
use super::{Criterion, Evaluator, Policy, PolicyRecord};
use crate::error::Result;
use crate::id::{JobId, TenantId};
use crate::pipeline::{
    Cache, Each, Gated, Kind, OnError, Pipeline, Problem, Retry, Step, child, looking_at, name_of,
    of_item,
};
use crate::ports::Table;
use crate::sign::{SigningKey, sha256};
use crate::version::VersionRef;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A policy as a gate of one job is judged by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pinned {
    /// Its version.
    pub version: u32,
    /// Its digest.
    pub sha256: String,
    /// The policy.
    pub policy: Policy,
    /// By what the gate's judges are told from those who repeat what they are shown; nobody outside knows it.
    pub secret: String,
}

/// That a step asks somebody about a criterion of a gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asks {
    /// The gate.
    pub gate: String,
    /// The criterion.
    pub criterion: String,
}

/// A question is asked again once.
const ATTEMPTS: u32 = 2;

/// From what the secrets of a job's gates are drawn.
pub fn seed(key: &SigningKey, job: &JobId) -> String {
    key.derive("judges", job.as_str())
}

/// The policies that the gates of a pipeline want and have not got yet.
pub fn wanted(pipeline: &Pipeline) -> BTreeSet<VersionRef> {
    pipeline.steps.iter().filter(|step| unpinned(step)).filter_map(named).collect()
}

fn unpinned(step: &Step) -> bool {
    step.kind == Kind::Policy && step.pinned.is_none()
}

fn named(step: &Step) -> Option<VersionRef> {
    VersionRef::parse(step.with.get("policy")?.as_str()?)
}

/// The same, with the policies read from the table; nothing is read where no gate wants one.
pub async fn pin_stored(
    table: &dyn Table,
    tenant: &TenantId,
    gated: Gated,
    seed: &str,
) -> Result<std::result::Result<Gated, Vec<Problem>>> {
    let found = super::named(table, tenant, wanted(gated.pipeline())).await?;
    Ok(pin(gated, &found, seed))
}

/// Pins the policies, and puts the steps in that ask.
///
/// The problem is a policy that is not there, or a job that would have too many steps.
pub fn pin(
    gated: Gated,
    found: &BTreeMap<VersionRef, PolicyRecord>,
    seed: &str,
) -> std::result::Result<Gated, Vec<Problem>> {
    if !gated.pipeline().steps.iter().any(unpinned) {
        return Ok(gated);
    }
    let mut problems = Vec::new();
    let chosen = candidates(gated.pipeline());
    let gated = gated.with_steps(|steps| {
        let mut all = Vec::with_capacity(steps.len());
        for mut step in steps {
            if unpinned(&step) {
                match named(&step).and_then(|which| found.get(&which)) {
                    Some(record) => {
                        let secret = sha256(format!("{seed}\n{}", step.name).as_bytes());
                        let pinned = Pinned {
                            version: record.version,
                            sha256: record.sha256.clone(),
                            policy: record.policy.clone(),
                            secret,
                        };
                        let alone = vec![Looks { number: 1, with: step.with.clone() }];
                        let looks = chosen.get(&step.name).unwrap_or(&alone);
                        let asking = asking(&step, &pinned, looks);
                        step.after.extend(asking.iter().map(|step| step.name.clone()));
                        // What the pipeline says of people counts more.
                        step.review.get_or_insert_with(|| pinned.policy.review.clone());
                        step.pinned = Some(Box::new(pinned));
                        all.extend(asking);
                    }
                    None => problems.push(unknown(&step)),
                }
            }
            all.push(step);
        }
        all
    });
    if !problems.is_empty() {
        return Err(problems);
    }
    gated.fits()?;
    Ok(gated)
}

fn unknown(step: &Step) -> Problem {
    let said = step.with.get("policy").and_then(Value::as_str).unwrap_or_default();
    let name = step.each.as_ref().map_or(&step.name, |each| &each.step);
    let place = child(&child(&child("/pipeline/steps", name), "with"), "policy");
    let fix = "store it by PUT /v1/policies/{name}, or name one of GET /v1/policies";
    Problem::new(&place, format!("there is no policy {said}"), fix)
}

/// The step that asks about a criterion of a gate, of the candidate of that number: no document can have such a name.
pub fn step_of(gate: &Step, criterion: &str, number: u32) -> String {
    let first = match &gate.each {
        Some(each) => of_item(&format!("{}--{criterion}", each.step), &each.item),
        None => format!("{}--{criterion}", gate.name),
    };
    name_of(&first, number)
}

/// What a gate looks at when it looks at one candidate.
struct Looks {
    number: u32,
    with: Map<String, Value>,
}

/// Of each gate that chooses among candidates, how it looks at each of them.
fn candidates(pipeline: &Pipeline) -> BTreeMap<String, Vec<Looks>> {
    let gates = pipeline.steps.iter().map(|gate| {
        let candidates = pipeline.candidates(&gate.name).into_iter();
        let looks = candidates.map(|(step, candidate)| Looks {
            number: candidate.number,
            with: looking_at(&gate.with, &candidate.of, &step.name),
        });
        (gate.name.clone(), looks.collect::<Vec<_>>())
    });
    gates.filter(|(_, looks)| !looks.is_empty()).collect()
}

/// The secret of one criterion.
pub fn secret_of(pinned: &Pinned, criterion: &str) -> String {
    sha256(format!("{}\n{criterion}", pinned.secret).as_bytes())
}

fn asking(gate: &Step, pinned: &Pinned, looks: &[Looks]) -> Vec<Step> {
    let criteria = pinned.policy.criteria.iter();
    criteria
        .filter(|(_, criterion)| criterion.evaluator.asks())
        .flat_map(|(name, criterion)| looks.iter().map(move |looks| (name, criterion, looks)))
        .map(|(name, criterion, looks)| {
            let (kind, with) = question(&looks.with, name, criterion, &secret_of(pinned, name));
            let step = gate.each.as_ref().map_or(&gate.name, |each| &each.step);
            Step {
                name: step_of(gate, name, looks.number),
                kind,
                with,
                deadline_s: criterion.whole("deadline_s").unwrap_or(120),
                lane: None,
                retry: Retry { attempts: ATTEMPTS },
                on_fail: None,
                review: None,
                on_error: OnError::Skip,
                cache: Some(Cache::Off),
                each: gate
                    .each
                    .clone()
                    .map(|each| Each { step: format!("{step}--{name}"), ..each }),
                mandated: None,
                pinned: None,
                asks: Some(Asks { gate: gate.name.clone(), criterion: name.clone() }),
                ..gate.clone()
            }
        })
        .collect()
}

/// What is asked of whom.
fn question(
    of_gate: &Map<String, Value>,
    name: &str,
    criterion: &Criterion,
    secret: &str,
) -> (Kind, Map<String, Value>) {
    let (images, prompt) = (of_gate.get("images"), of_gate.get("prompt"));
    let mut with = Map::new();
    let kind = match criterion.evaluator {
        Evaluator::Judge => {
            let caption = prompt.and_then(Value::as_str);
            with = judge::question(secret, criterion.text("rubric"), caption);
            with.extend(images.map(|images| ("context".to_owned(), images.clone())));
            with.insert("max_tokens".into(), json!(2_000));
            Kind::Write
        }
        other => {
            with.extend(prompt.map(|prompt| ("text".to_owned(), prompt.clone())));
            with.extend(images.map(|images| ("images".to_owned(), images.clone())));
            if other == Evaluator::Moderation {
                Kind::Moderate
            } else {
                with.insert("criterion".into(), json!(name));
                let settings = criterion.with.get("settings");
                with.extend(settings.map(|it| ("settings".to_owned(), it.clone())));
                Kind::Score
            }
        }
    };
    with.insert("model".into(), json!(criterion.text("model")));
    (kind, with)
}
