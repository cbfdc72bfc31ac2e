//! A decision as one transaction: verdicts, steps, job and events together.

use super::decide::{Decision, Judged};
use super::report;
use super::verdict::{Judgement, Verdict};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::lane::outcome;
use crate::record::{StepRecord, Told};
use crate::review;
use crate::skip::Ending;
use crate::state::{JobState, StepState};
use crate::store::{Change as Kind, Write};
use crate::time::Time;
use crate::view::JobView;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A transaction takes 100 changes; one is left for who watches the job.
const CHANGES_MOST: usize = 99;

/// What is to be written, reported and told.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The writes, all or none.
    pub writes: Vec<Write>,
    /// What they are reported as: one `gate.verdict` for each gate.
    pub events: Vec<Event>,
    /// What the execution is told.
    pub outcome: Value,
}

/// What the execution is told of a wave of gates without any work; or the gates that are to be judged.
///
/// A wave is answered as one: what one of its gates was told in this round, all were.
pub fn answered(call: &Call, view: &JobView, gates: &[String]) -> Result<Value, Vec<String>> {
    let told = |gate: &String| view.steps.get(gate)?.told.clone();
    if let Some(told) = gates.iter().filter_map(told).find(|told| told.round == call.round) {
        return Ok(told.outcome);
    }
    if call.round < view.job.round {
        return Ok(outcome::end(JobState::Canceled));
    }
    let mut open = Vec::new();
    for gate in gates {
        match call.answered(view, gate) {
            Some(answer) if answer.get("end").is_some() => return Ok(answer),
            Some(_) => {}
            None => open.push(gate.clone()),
        }
    }
    if open.is_empty() { Ok(outcome::ok()) } else { Err(open) }
}

/// The change that a decision makes; `began` is when the gates were taken up, and `gaps` are those that
/// were skipped before they were judged.
pub fn change(
    call: &Call,
    view: &JobView,
    (judged, mut gaps): (&[Judged], Vec<Ending>),
    decision: &Decision,
    (began, now): (Time, Time),
) -> Result<Change> {
    let failed = gaps.iter().find(|gap| gap.state != StepState::Skipped);
    let outcome = match decision {
        // A gate whose condition cannot be told.
        _ if failed.is_some() => outcome::end(JobState::Failed),
        Decision::Go => outcome::ok(),
        Decision::Back { wave, round, .. } => json!({ "goto": wave, "round": round }),
        Decision::Review { reviewers } => json!({ "review": reviewers.len() }),
        Decision::End { .. } => outcome::end(JobState::Rejected),
    };
    let asks = failed.is_none();
    let told = Told { round: call.round, outcome: outcome.clone() };
    let mut records: BTreeMap<String, StepRecord> = BTreeMap::new();
    // What gates of this very call made of it comes over this.
    for (step, made) in judged.iter().flat_map(|gate| &gate.made) {
        records.insert(step.clone(), made.onto(&view.step(step)));
    }
    for gap in &gaps {
        let mut record = view.step(gap.step());
        record.round = told.round;
        record.verdict = None;
        record.started_at = Some(began);
        record.told = Some(told.clone());
        gap.close(&mut record, now);
        records.insert(record.name.clone(), record);
    }
    let mut events: Vec<Event> = gaps.iter().map(|gap| gap.event(now)).collect();
    let (mut reviews, mut rows): (Vec<Write>, Vec<Write>) = (Vec::new(), Vec::new());
    for gate in judged {
        let mut record = judged_step(view.step(&gate.gate), &gate.judgement, &told, now)?;
        record.started_at = Some(began);
        events.push(event(gate, decision, now));
        rows.extend(report::judged(view, call, gate, now)?);
        if let Some(people) = decision.asks(&gate.gate).filter(|_| asks) {
            record.state = StepState::Waiting;
            (record.error, record.ended_at) = (None, None);
            let of = (gate.gate.as_str(), &gate.judgement);
            let (write, event) = review::open(view, call, of, people, now)?;
            reviews.push(write);
            events.push(event);
        }
        if let Some(gap) = without(view, gate, decision, &record) {
            let gap = gap.after(&gaps);
            gap.close(&mut record, now);
            events.push(gap.event(now));
            gaps.push(gap);
        }
        records.insert(record.name.clone(), record);
    }
    if let Decision::Back { round, steps, notes, models, .. } = decision {
        for step in steps {
            let known = records.get(step).or_else(|| view.steps.get(step));
            if let Some(record) = known {
                let (note, model) = (notes.get(step).cloned(), models.get(step).cloned());
                let record = StepRecord { note, model, ..again(record, *round) };
                records.insert(step.clone(), record);
            }
        }
    }
    let of_job = of_job(call, view, decision, now);
    let of_job = gaps.iter().fold(of_job, |write, gap| gap.mark(write));
    let mut writes = vec![of_job];
    for record in records.values() {
        writes.push(call.replace(view, record)?);
    }
    writes.extend(reviews);
    // A wave so wide that they do not fit in goes without the last of them: what was judged counts more.
    rows.truncate(CHANGES_MOST.saturating_sub(writes.len() + events.len()));
    writes.extend(rows);
    Ok(Change { writes, events, outcome })
}

/// The gap that a gate leaves which did not pass, where the job goes on all the same; its verdict stays,
/// and clears nothing.
fn without(
    view: &JobView,
    gate: &Judged,
    decision: &Decision,
    record: &StepRecord,
) -> Option<Ending> {
    let sent_back = match decision {
        Decision::Go | Decision::Review { .. } => false,
        Decision::Back { steps, .. } => steps.contains(&gate.gate),
        Decision::End { .. } => true,
    };
    let error = record.error.as_deref().filter(|_| !sent_back)?;
    Some(Ending::failed(view, &gate.gate, StepState::Failed, error))
        .filter(|ending| ending.state == StepState::Skipped)
}

/// The job stays open, and learns of a new round or of the reason for its end.
fn of_job(call: &Call, view: &JobView, decision: &Decision, now: Time) -> Write {
    let mut write = call.if_open(now).when_is("round", view.job.round);
    if let Kind::Update { set, .. } = &mut write.change {
        match decision {
            Decision::Go | Decision::Review { .. } => {}
            Decision::Back { round, .. } => {
                set.insert("round".into(), (*round).into());
            }
            Decision::End { reason } => {
                set.insert("reason".into(), reason.as_str().into());
            }
        }
    }
    write
}

fn judged_step(
    mut record: StepRecord,
    judgement: &Judgement,
    told: &Told,
    now: Time,
) -> Result<StepRecord> {
    let verdict = serde_json::to_value(judgement)
        .map_err(|cause| Error::Fault(format!("verdict of {}: {cause}", record.name)))?;
    record.round = told.round;
    // Only a pass is kept when the job is retried.
    record.state = match judgement.verdict {
        Verdict::Pass => StepState::Succeeded,
        Verdict::Review | Verdict::Fail => StepState::Failed,
    };
    record.error = match judgement.verdict {
        Verdict::Pass => None,
        Verdict::Review => Some(format!("needs review: {}", judgement.reasons.join("; "))),
        Verdict::Fail => Some(judgement.reasons.join("; ")),
    };
    record.ended_at = Some(now);
    record.verdict = Some(verdict);
    record.skipped = None;
    record.told = Some(told.clone());
    Ok(record)
}

/// What of a verdict stays when the flow goes back: counts, and what was tried.
const CARRIED: [&str; 3] = ["loops", "tries", "kept"];

/// A step that is to be made again: what the last round made is gone; what it was told and all counts stay.
pub(crate) fn again(old: &StepRecord, round: u32) -> StepRecord {
    let of = |name: &str| Some((name.to_owned(), old.verdict.as_ref()?.get(name)?.clone()));
    let mut carried: Map<String, Value> = CARRIED.into_iter().filter_map(of).collect();
    if !carried.is_empty() {
        carried.insert("verdict".into(), json!("superseded"));
    }
    StepRecord {
        round,
        state: StepState::Pending,
        attempts_before: old.attempts,
        token: None,
        deadline_at: None,
        started_at: None,
        ended_at: None,
        outputs: BTreeMap::new(),
        skipped: None,
        used: None,
        follows: None,
        reused: None,
        note: None,
        model: None,
        verdict: Some(carried).filter(|carried| !carried.is_empty()).map(Value::Object),
        error: None,
        ..old.clone()
    }
}

fn event(gate: &Judged, decision: &Decision, now: Time) -> Event {
    let Judged { gate, judgement, .. } = gate;
    let mut event = Event::new(now, "gate.verdict")
        .step(gate)
        .with("gate", gate)
        .with("verdict", judgement.verdict)
        .with("reasons", &judgement.reasons)
        .with("scores", &judgement.scores);
    let sent_back = matches!(decision, Decision::Back { .. });
    if let Some(best) = judgement.tries.iter().find(|tried| tried.best && !sent_back) {
        event = event.with("best", json!({ "round": best.round, "step": best.step }));
    }
    match decision {
        Decision::Back { round, .. } if judgement.verdict == Verdict::Fail => {
            event.with("next_round", round)
        }
        _ => event,
    }
}
