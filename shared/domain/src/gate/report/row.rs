//! One verdict by a policy as it is kept for the report: what each criterion said, and what people said of it.

use super::made::{judge_of, makers};
use crate::call::Call;
use crate::error::Result;
use crate::gate::policy::{Answer, Said};
use crate::gate::{By, Judged, Judgement, Verdict};
use crate::id::{PersonId, ReviewId, TenantId};
use crate::ports::Table;
use crate::review::{Decided, Decision, ReviewRecord};
use crate::store::{From, Item, Key, Query, Write, from_item, sort_key};
use crate::time::Time;
use crate::view::JobView;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// For how long a verdict is kept for the report, in seconds: a quarter of a year.
pub const KEPT_S: u32 = 90 * 86_400;
/// Most verdicts of a policy that a report is made of: the newest.
pub const ROWS_MOST: usize = 3_000;
/// How many one reading brings.
const STRIDE: u32 = 500;
/// Among how many of the latest one is sought that was not planted.
const LATEST: u32 = 50;

/// What a criterion came to, without its words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// How it ended.
    pub said: Said,
    /// From 0 to 1; none where it is not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Who said so: the evaluator with its version, or the model as it was served.
    pub by: String,
    /// From where it passes, and below which it fails, where it is held against that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<(f64, f64)>,
}

impl Mark {
    /// The answer that it was.
    pub(super) fn answer(&self, said: Said) -> Answer {
        let Self { score, by, thresholds, .. } = self.clone();
        Answer { said, score, reasons: Vec::new(), by, usd: None, thresholds }
    }
}

/// What one person said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// Who.
    pub by: PersonId,
    /// What.
    pub decision: Decision,
    /// When.
    pub at: Time,
    /// Since when they had it before them, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
}

/// What came of a review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct People {
    /// The decision; none where nobody decided in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// Whether other bytes took the place of what was shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaced: bool,
    /// What each of them said.
    #[serde(default)]
    pub words: Vec<Word>,
}

/// One verdict by a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Which: job, gate and round.
    pub id: ReviewId,
    /// When.
    pub at: Time,
    /// By which version of the policy.
    pub version: u32,
    /// What the policy's rule said, whatever people were asked.
    pub verdict: Verdict,
    /// Whether people were asked although it passed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sampled: bool,
    /// Whether it was known to be bad.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub planted: bool,
    /// The job's pipeline.
    #[serde(default)]
    pub pipeline: String,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline_version: Option<u32>,
    /// The step that made what was judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maker: Option<String>,
    /// The weighted mean of the criteria.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// What each criterion came to.
    pub criteria: BTreeMap<String, Mark>,
    /// The models that had a part in what was judged, as they were served.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub made_by: BTreeSet<String>,
    /// What came of a review; none while none is decided, and where nobody was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<People>,
    /// When it goes, in seconds since the Unix epoch.
    pub expires_at: i64,
}

impl Row {
    /// Whether it was good, as far as anybody knows: what was planted is not; of the rest people's word counts.
    pub fn good(&self) -> Option<bool> {
        let approved = self.approved();
        if self.planted { Some(false) } else { approved }
    }

    /// Whether people took it as it was; none where they did not say.
    pub fn approved(&self) -> Option<bool> {
        let people = self.people.as_ref()?;
        Some(match people.decision? {
            Decision::Approve => true,
            Decision::Edit => !people.replaced,
            Decision::Reject | Decision::Regenerate => false,
        })
    }
}

/// The partition of a policy's verdicts.
pub(super) fn pk(tenant: &TenantId, policy: &str) -> String {
    format!("VERDICTS#{tenant}#{policy}")
}

/// By time: the newest are read, and a repetition writes the same.
fn key(tenant: &TenantId, policy: &str, (at, id): (Time, &ReviewId)) -> Key {
    Key::new(pk(tenant, policy), format!("{}#{id}", place(at)))
}

/// Where the verdicts of a time begin.
pub(super) fn place(at: Time) -> String {
    format!("{:015}", at.0.max(0))
}

/// The write by which a verdict is kept for the report; none where no policy gave it.
pub(crate) fn judged(
    view: &JobView,
    call: &Call,
    gate: &Judged,
    now: Time,
) -> Result<Option<Write>> {
    let Judgement { policy: Some(policy), .. } = &gate.judgement else { return Ok(None) };
    let said = &gate.judgement;
    let id = ReviewId::new(&view.job.id, &gate.gate, call.round);
    let criteria = said.criteria.iter().map(|(name, answer)| {
        let by = judge_of(view, &gate.gate, name).unwrap_or_else(|| answer.by.clone());
        let Answer { said, score, thresholds, .. } = answer.clone();
        (name.clone(), Mark { said, score, by, thresholds })
    });
    let planted = said.planted(&view.planted);
    let maker = said.subjects.first().and_then(|subject| view.assets.get(&subject.asset));
    let row = Row {
        at: now,
        version: policy.version,
        verdict: said.machine.unwrap_or(said.verdict),
        sampled: said.machine == Some(Verdict::Pass) && !planted,
        planted,
        pipeline: view.job.pipeline.clone(),
        pipeline_version: view.job.version,
        maker: maker.map(|asset| asset.step.clone()),
        score: said.score,
        criteria: criteria.collect(),
        made_by: makers(view, &said.subjects),
        people: None,
        expires_at: now.plus_s(KEPT_S).unix_s(),
        id: id.clone(),
    };
    let key = key(&view.job.tenant, &policy.name, (now, &id));
    // A crash before the answer runs the gate again: then all of it is on record.
    Ok(Some(Write::put(key, &row)?))
}

/// The write by which what people decided is kept beside the verdict; none where no policy gave that.
pub(crate) fn decided(review: &ReviewRecord, decided: &Decided) -> Option<Write> {
    let by: By = serde_json::from_value(review.verdict.get("policy")?.clone()).ok()?;
    let words = review.votes.iter().map(|vote| Word {
        by: vote.by.clone(),
        decision: vote.decision,
        at: vote.at,
        since: vote.since,
    });
    let replaced = review.edited.as_ref().is_some_and(|edited| edited.replacement.is_some());
    let people = People { decision: decided.decision, replaced, words: words.collect() };
    let key = key(&review.tenant, &by.name, (review.opened_at, &review.id));
    // An earlier release kept no row. What is written then is none, and goes like one.
    let expires_at = review.opened_at.plus_s(KEPT_S).unix_s();
    Some(Write::count(key).also("people", people).also("expires_at", expires_at))
}

/// Verdicts of a policy, the newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// The verdicts.
    pub rows: Vec<Row>,
    /// Whether these are all of the time that was asked for.
    pub whole: bool,
}

/// Reads a policy's verdicts since a time: the newest, and no more than about so many.
pub async fn read(
    table: &dyn Table,
    tenant: &TenantId,
    policy: &str,
    (since, most): (Time, usize),
) -> Result<Rows> {
    let least = place(since);
    let mut found = Rows::default();
    let mut after = None;
    while found.rows.len() < most {
        let pk = pk(tenant, policy);
        let from = From::Partition { pk, prefix: String::new(), after: after.clone() };
        let items = table.query(&Query { from, backwards: true, limit: STRIDE }).await?;
        for item in &items {
            if sort_key(item) < least.as_str() {
                found.whole = true;
                return Ok(found);
            }
            found.rows.extend(row(item)?);
        }
        after = items.last().map(|item| sort_key(item).to_owned());
        if items.len() < STRIDE as usize {
            found.whole = true;
            return Ok(found);
        }
    }
    Ok(found)
}

/// The last verdict of a policy on what was not planted, among the latest few.
pub(crate) async fn latest(
    table: &dyn Table,
    tenant: &TenantId,
    policy: &str,
) -> Result<Option<Row>> {
    let from = From::Partition { pk: pk(tenant, policy), prefix: String::new(), after: None };
    let items = table.query(&Query { from, backwards: true, limit: LATEST }).await?;
    for item in &items {
        if let Some(row) = row(item)?.filter(|row| !row.planted) {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// The verdict in an item; none in what has people's word alone.
pub(super) fn row(item: &Item) -> Result<Option<Row>> {
    match item.get("verdict").is_some_and(Value::is_string) {
        true => from_item(item).map(Some),
        false => Ok(None),
    }
}
