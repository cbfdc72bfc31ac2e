//! Jobs, and all that they show of themselves.

use super::{anything, count, dollars, list, object, one_of, or_null, schema, text};
use domain::state::{AttemptState, JobState, StepState};
use serde_json::{Value, json};

pub(super) fn schemas() -> Value {
    let mut accepted = whole();
    accepted["token"] = text(
        "Reads this job, its events and its assets for a day: for whoever shall follow it without a key.",
    );
    json!({
        "JobRequest": request(),
        "JobState": one_of("Where it stands. Go by `terminal` to tell whether it has ended.", JobState::ALL.iter().map(|state| state.as_str())),
        "JobSummary": object("A job as lists show it.", summary(), OPTIONAL),
        "Job": object("A job with all that is known of it.", whole(), OPTIONAL),
        "AcceptedJob": object("A job, with its token.", accepted, OPTIONAL),
        "WatchToken": object("What a browser watches a job with.", json!({
            "token": text("It begins with `jt_`."),
            "expires_at": schema("Time"),
            "stream": text("Address of the WebSocket API."),
        }), &[]),
        "Jobs": object("One page of a tenant's jobs, newest first.", json!({
            "jobs": list("JobSummary"),
            "next": or_null(text("The `cursor` of the next page; null on the last one.")),
        }), &[]),
        "Step": step(),
        "Timings": timings(),
        "Attempt": attempt(),
        "Verdict": verdict(),
        "Publication": publication(),
        "Event": event(),
        "Events": object("A part of a job's log.", json!({
            "events": list("Event"),
            "last": count("The number of the last event there is."),
            "terminal": { "type": "boolean", "description": "Whether the job has ended: nothing more will come unless somebody retries it." },
        }), &[]),
    })
}

fn request() -> Value {
    object(
        "What is to be made.",
        json!({
            "pipeline": {
                "description": "A stored one, `hero-image` or `hero-image@3`, or the document itself.",
                "oneOf": [
                    { "type": "string", "pattern": "^[a-z][a-z0-9-]{0,63}(@[1-9][0-9]{0,5})?$" },
                    schema("Pipeline"),
                ],
            },
            "inputs": {
                "type": ["object", "null"], "additionalProperties": true,
                "description": "As the pipeline declares them; media as {\"upload\": ID} or {\"asset\": ID}.",
            },
            "labels": { "oneOf": [schema("Labels"), { "type": "null" }] },
            "webhook": { "oneOf": [schema("WebhookRequest"), { "type": "null" }] },
            "not_before": {
                "type": ["string", "null"], "format": "date-time",
                "description": "When it may begin at the earliest, at most 90 days from now; it begins within two minutes of that.",
            },
        }),
        &["inputs", "labels", "webhook", "not_before"],
    )
}

const OPTIONAL: &[&str] = &[
    "webhook",
    "not_before",
    "ended_at",
    "reason",
    "erased",
    "mandate",
    "waiting_for",
    "submitted_by",
    "waiting",
    "reviews",
];

fn summary() -> Value {
    json!({
        "id": schema("JobId"),
        "state": schema("JobState"),
        "terminal": { "type": "boolean", "description": "Whether its run is over." },
        "retryable": { "type": "boolean", "description": "Whether another run may mend it." },
        "degraded": {
            "type": "array", "description": "What it went on without because of errors; empty where it lacks nothing.",
            "items": object("A step that failed, or lacked what it needs.", json!({
                "step": text("The step."), "reason": text("What happened to it."),
            }), &[]),
        },
        "pipeline": text("The pipeline's name."),
        "version": or_null(count("The pipeline's version; null where the document came with the job.")),
        "run": count("Which run it is, from 1."),
        "round": count("How often steps were begun anew, from 1."),
        "labels": schema("Labels"),
        "webhook": schema("JobWebhook"),
        "not_before": schema("Time"),
        "submitted_by": text("The person who submitted it; absent where a tenant's key or a trigger did."),
        "created_at": schema("Time"),
        "updated_at": schema("Time"),
        "ended_at": schema("Time"),
        "reason": text("Why it ended as it did."),
        "erased": schema("Tombstone"),
        "cost": object("What its finished attempts cost.", json!({
            "usd": dollars("In US dollars."),
            "attempts": count("How many attempts there were; on a job alone."),
        }), &["attempts"]),
        "links": object("What can be asked of it.", json!({
            "self": text("It."), "events": text("Its log."),
            "cancel": text("For POST."), "retry": text("For POST."),
            "playlist": text("Of a job that makes video or sound, on a job alone: what there is so far, as HLS."),
        }), &["playlist"]),
    })
}

fn whole() -> Value {
    let mut fields = summary();
    fields["waiting_for"] = schema("WaitingFor");
    fields["waiting"] = one_of("What the job waits for, where people are asked.", ["review"]);
    fields["reviews"] = list("Review");
    fields["steps"] = list("Step");
    fields["assets"] = list("Asset");
    fields["publications"] = list("Publication");
    fields["timings"] = schema("Timings");
    fields["mandate"] = object(
        "Its tenant's gates that the present run is under; absent where there are none.",
        json!({
            "digest": text("Which version of them."),
            "gates": {
                "type": "array", "items": { "type": "string" },
                "description": "As the tenant calls them; the steps that they became begin with `tenant-`.",
            },
        }),
        &[],
    );
    fields
}

fn step() -> Value {
    object(
        "One step of the pipeline.",
        json!({
            "name": text("Its name in the pipeline."),
            "kind": text("What it does, such as `image.generate`."),
            "state": one_of("Where it stands in this round.", StepState::ALL.iter().map(|state| state.as_str())),
            "attempts": list("Attempt"),
            "outputs": { "type": "array", "items": schema("AssetId"), "description": "What it made." },
            "timings": schema("Timings"),
            "started_at": schema("Time"),
            "ended_at": schema("Time"),
            "verdict": schema("Verdict"),
            "loops": object("Of a gate that sent the flow back: how often, and for how much.", json!({
                "count": count("How often, in this run."),
                "spent_usd": dollars("What the job has spent since the first time, as of the gate's last verdict."),
            }), &[]),
            "error": text("Why it failed."),
            "when": text("The condition under which it is done."),
            "opens_at": text("When its window opens, while it waits for it."),
            "reason": text("Why it was skipped: its condition, an error, or what it needs."),
            "used": text("The step whose outputs stand in for its own."),
            "reused": object("The earlier result that it was given, where it made nothing itself.", json!({
                "attempt": text("The attempt that made it."),
                "assets": { "type": "array", "items": schema("AssetId"), "description": "The assets that it made." },
                "saved_usd": dollars("What that cost, and this did not."),
                "near": object("How near it is, where it was made from pictures that only look like these.", json!({
                    "distance": count("By how many of 64 bits the pictures' perceptual hashes differ."),
                    "bound": count("By how many they may, as the step says."),
                    "like": {
                        "type": "object", "additionalProperties": schema("AssetId"),
                        "description": "The pictures that it was made from, by parameter.",
                    },
                }), &[]),
            }), &["near"]),
            "waiting_for": schema("WaitingFor"),
            "foreach": object("Of a step that is done for each item of a list.", json!({
                "step": text("The step as the pipeline has it."), "item": text("The item."),
            }), &[]),
            "candidate": object("Of one of several candidates, the best of which goes on.", json!({
                "of": text("The first of them: once the gate has chosen, it has what the best one made."),
                "number": count("Which one it is, from 1."),
                "most": count("How many there are."),
                "gate": text("The gate that chooses."),
            }), &[]),
        }),
        &[
            "started_at",
            "ended_at",
            "verdict",
            "loops",
            "error",
            "when",
            "opens_at",
            "reason",
            "used",
            "reused",
            "waiting_for",
            "foreach",
            "candidate",
        ],
    )
}

fn timings() -> Value {
    let seconds = |about: &str| json!({ "type": "number", "minimum": 0, "description": about });
    object(
        "Where the time went, in seconds; of a job the sum of its steps. Only what is over is counted.",
        json!({
            "queued": seconds("From when it could begin until a function had taken it up."),
            "waiting": seconds("In a lane, until a slot was free."),
            "running": seconds("In slots, or in the function that does it."),
            "gated": seconds("Judged."),
            "published": seconds("On the way to its target."),
        }),
        &[],
    )
}

fn attempt() -> Value {
    object(
        "One try of one step, as the ledger has it.",
        json!({
            "id": text("Job, step and number."),
            "state": one_of("What is known of it.", AttemptState::ALL.iter().map(|state| state.as_str())),
            "host": text("The GPU host that it is or was at."),
            "model": or_null(text("The model that it asked for.")),
            "served": text("The model that served, where its vendor says so: a version of the one that was asked for, as a rule."),
            "fraction": { "type": "number", "minimum": 0, "maximum": 1, "description": "How much of it is done." },
            "usd": or_null(dollars("What it cost; null until that is known.")),
            "started_at": schema("Time"),
            "ended_at": or_null(json!({ "type": "string", "format": "date-time" })),
            "error": or_null(text("Why it ended without outputs.")),
        }),
        &["served"],
    )
}

fn verdict() -> Value {
    object(
        "What a gate said, and what led to it.",
        json!({
            "verdict": one_of("`review` where a person must look at it.", ["pass", "review", "fail"]),
            "subjects": { "type": "array", "description": "What was judged, by its bytes.", "items":
                object("One asset.", json!({ "asset": schema("AssetId"), "sha256": schema("Sha256") }), &[]) },
            "scores": anything("What was measured."),
            "thresholds": anything("What the scores were held against."),
            "reasons": { "type": "array", "items": { "type": "string" }, "description": "Why it did not pass." },
            "evaluators": { "type": "object", "additionalProperties": { "type": "integer" }, "description": "What judged, and in which version." },
            "image_content": text("`not_judged` where nobody looked at what the pictures show."),
            "mandate": text("Of a tenant's gate: the digest of the mandate that it was given under."),
            "loops": anything("How often this gate sent the flow back."),
            "score": { "type": "number", "minimum": 0, "maximum": 1, "description": "How good it is." },
            "tries": { "type": "array", "description": "All that it looked at in this run, where that was more than one thing.", "items":
                object("What one round, or one candidate of it, came to.", json!({
                    "round": count("The round that made it."),
                    "step": text("The step that made it, of several candidates."),
                    "subjects": { "type": "array", "items": anything("An asset, and its SHA-256."), "description": "What was judged." },
                    "verdict": one_of("What was said of it; none where it was not made.", ["pass", "review", "fail"]),
                    "score": { "type": "number", "minimum": 0, "maximum": 1, "description": "How good it is." },
                    "reasons": { "type": "array", "items": { "type": "string" }, "description": "Why it did not pass, or was not made." },
                    "best": { "type": "boolean", "description": "Whether it is the one that goes on." },
                }), &["step", "subjects", "verdict", "score", "reasons", "best"]) },
            "approved": anything("That people approved it: the review, who, when, and exactly which bytes."),
        }),
        &["image_content", "mandate", "loops", "score", "tries", "approved"],
    )
}

fn publication() -> Value {
    object(
        "One asset going to one target.",
        json!({
            "step": text("The step that publishes."),
            "target": text("The kind of target."),
            "asset": schema("AssetId"),
            "state": one_of("Where it stands.", ["started", "unknown", "done", "failed"]),
            "location": or_null(text("Where it can be seen.")),
            "error": or_null(text("Why it failed.")),
        }),
        &[],
    )
}

fn event() -> Value {
    object(
        "One numbered entry of a job's log. Numbers have no gaps.",
        json!({
            "n": count("Its number, from 1."),
            "at": schema("Time"),
            "type": text("What happened, such as `step.succeeded`."),
            "step": text("The step it is about."),
            "attempt": text("The attempt it is about."),
            "data": anything("What else there is to say; of `step.preview` and `step.chunk` a `url` to look at."),
        }),
        &["step", "attempt", "data"],
    )
}
