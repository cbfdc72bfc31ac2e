//! What callers see of a job.

use super::timings::Timings;
use crate::chunk;
use crate::gate::Loops;
use crate::id::{JobId, ReviewId};
use crate::pipeline::Candidate;
use crate::publish::window::{WindowRecord, WindowState};
use crate::record::{AssetRecord, AttemptRecord, JobRecord, StepRecord, Tombstone};
use crate::review::review_json;
use crate::skip::degraded;
use crate::view::JobView;
use serde_json::{Value, json};

/// A job without its steps, as lists show it.
pub fn summary_json(job: &JobRecord) -> Value {
    let mut answer = json!({
        "id": job.id, "state": job.state, "terminal": job.state.terminal(),
        "retryable": job.retryable(), "degraded": job.degraded,
        "pipeline": job.pipeline, "version": job.version,
        "run": job.run, "round": job.round, "labels": job.labels,
        "created_at": job.created_at.rfc3339(), "updated_at": job.updated_at.rfc3339(),
        "cost": { "usd": job.spent.usd() },
        "links": {
            "self": format!("/v1/jobs/{}", job.id),
            "events": format!("/v1/jobs/{}/events", job.id),
            "cancel": format!("/v1/jobs/{}/cancel", job.id),
            "retry": format!("/v1/jobs/{}/retry", job.id),
        },
    });
    if let Some(webhook) = &job.webhook {
        answer["webhook"] = crate::notify::webhook_json(webhook);
    }
    if let Some(person) = &job.submitted_by {
        answer["submitted_by"] = json!(person);
    }
    if let Some(at) = job.not_before {
        answer["not_before"] = json!(at.rfc3339());
    }
    if let Some(ended) = job.ended_at {
        answer["ended_at"] = json!(ended.rfc3339());
    }
    if let Some(reason) = &job.reason {
        answer["reason"] = json!(reason);
    }
    if let Some(erased) = &job.erased {
        answer["erased"] = tombstone_json(erased);
    }
    answer
}

/// A job with all that is known of it.
pub fn job_json(view: &JobView) -> Value {
    let mut answer = summary_json(&view.job);
    answer["cost"] = json!({ "usd": view.job.spent.usd(), "attempts": view.attempts.len() });
    let steps = view.pipeline.steps.iter().map(|step| {
        let attempts = view.attempts.iter().filter(|attempt| attempt.id.step() == step.name);
        let attempts: Vec<_> = attempts.collect();
        let mut shown =
            step_json(&view.job.id, &view.step(&step.name), step.kind.as_str(), &attempts);
        shown["timings"] = view.timings(&step.name).json();
        if let Some(when) = &step.when {
            shown["when"] = json!(when);
        }
        let waits = |window: &&WindowRecord| {
            window.step == step.name && window.state == WindowState::Scheduled
        };
        if let Some(window) = view.windows.iter().find(waits) {
            shown["opens_at"] = json!(window.opens_at.rfc3339());
        }
        if let Some(candidate) = &step.candidate {
            let Candidate { of, number, most, gate, .. } = candidate;
            shown["candidate"] = json!({ "of": of, "number": number, "most": most, "gate": gate });
        }
        if let Some(each) = &step.each {
            shown["foreach"] = json!({ "step": each.step, "item": each.item });
        }
        shown
    });
    if let Some(mandate) = &view.mandate {
        answer["mandate"] = json!(mandate);
    }
    if view.pipeline.steps.iter().any(|step| chunk::playable(step.kind)) {
        let playlist = format!("/v1/jobs/{}/playlist.m3u8", view.job.id);
        answer["links"]["playlist"] = json!(playlist);
    }
    answer["degraded"] = json!(degraded(view));
    answer["steps"] = steps.collect();
    let mut timings = Timings::default();
    view.pipeline.steps.iter().for_each(|step| timings += view.timings(&step.name));
    answer["timings"] = timings.json();
    answer["assets"] = view.assets.values().map(asset_json).collect();
    let publications = view.publications.iter().map(|publication| {
        json!({
            "step": publication.step, "target": publication.target, "asset": publication.asset,
            "state": publication.state, "location": publication.location, "error": publication.error,
        })
    });
    answer["publications"] = publications.collect();
    if !view.reviews.is_empty() {
        answer["reviews"] = view.reviews.iter().map(review_json).collect();
    }
    if view.job.state.open() && view.reviews.iter().any(|review| review.state.waits()) {
        answer["waiting"] = json!("review");
    }
    answer
}

fn step_json(job: &JobId, step: &StepRecord, kind: &str, attempts: &[&AttemptRecord]) -> Value {
    let mut answer = json!({
        "name": step.name, "kind": kind, "state": step.state,
        "attempts": attempts.iter().map(|attempt| attempt_json(attempt)).collect::<Vec<_>>(),
        "outputs": step.outputs.values().flatten().collect::<Vec<_>>(),
    });
    let times = [("started_at", step.started_at), ("ended_at", step.ended_at)];
    for (name, time) in times.into_iter().filter_map(|(name, time)| Some((name, time?))) {
        answer[name] = json!(time.rfc3339());
    }
    if let Some(verdict) = &step.verdict {
        answer["verdict"] = shown_verdict(verdict);
        if let Some(loops) = Loops::of(verdict) {
            answer["loops"] = json!({ "count": loops.count, "spent_usd": loops.spent.usd() });
        }
    }
    if let Some(error) = &step.error {
        answer["error"] = json!(error);
    }
    if let Some(skipped) = step.skipped.as_ref().filter(|_| step.used.is_none()) {
        answer["reason"] = json!(skipped.reason);
    }
    if let Some(used) = &step.used {
        answer["used"] = json!(used);
    }
    if let Some(reused) = &step.reused {
        answer["reused"] = json!({
            "attempt": reused.attempt, "assets": reused.assets, "saved_usd": reused.saved.usd(),
        });
        if let Some(near) = &reused.near {
            answer["reused"]["near"] = json!(near);
        }
    }
    let judges = kind.starts_with("gate.");
    if step.state == crate::state::StepState::Waiting && judges {
        answer["waiting_for"] = json!({ "review": ReviewId::new(job, &step.name, step.round) });
    } else if step.state == crate::state::StepState::Waiting {
        answer["waiting_for"] = json!({ "lane": crate::lane::GPU });
    }
    answer
}

/// A verdict without what is kept of the best try: its bytes are told as that of its round.
fn shown_verdict(verdict: &Value) -> Value {
    let mut verdict = verdict.clone();
    if let Some(fields) = verdict.as_object_mut() {
        fields.remove("kept");
    }
    verdict
}

fn attempt_json(attempt: &AttemptRecord) -> Value {
    let work = &attempt.work;
    let model = work.ask.is_some().then(|| work.model());
    let mut answer = json!({
        "id": attempt.id, "state": attempt.state, "host": attempt.host,
        "model": model.map_or_else(|| json!(work.params.get("model")), |model| json!(model)),
        "fraction": attempt.fraction,
        "usd": attempt.usd.map(|usd| usd.usd()),
        "started_at": attempt.started_at.rfc3339(),
        "ended_at": attempt.ended_at.map(|ended| ended.rfc3339()),
        "error": attempt.error,
    });
    if let Some(served) = &attempt.called.served {
        answer["served"] = json!(served);
    }
    answer
}

/// An asset, without a way to its bytes.
pub fn asset_json(asset: &AssetRecord) -> Value {
    let mut answer = json!({
        "id": asset.id, "step": asset.step, "port": asset.port, "sha256": asset.sha256,
        "media_type": asset.media_type, "bytes": asset.bytes, "width": asset.width,
        "height": asset.height, "made_from": asset.made_from,
        "created_at": asset.created_at.rfc3339(),
    });
    if let Some(erased) = &asset.erased {
        answer["erased"] = tombstone_json(erased);
    }
    if let Some(seconds) = asset.seconds {
        answer["seconds"] = json!(seconds);
    }
    if let Some(edited) = &asset.edited {
        answer["edited"] = json!({
            "by": edited.by, "at": edited.at.rfc3339(), "replaced": edited.replaced,
            "alt": edited.alt, "caption": edited.caption, "focal": edited.focal,
        });
    }
    if let Some(text) = &asset.text {
        answer["text"] = json!(text);
    }
    answer
}

fn tombstone_json(tombstone: &Tombstone) -> Value {
    json!({ "at": tombstone.at.rfc3339(), "reason": tombstone.reason })
}
