//! What the description shows: short, true to the shapes by test.

use domain::ordered::ordered;
use domain::problem::ProblemType;
use serde_json::{Value, json};

const JOB: &str = "j01hf7yat0041040g2081040g21";
const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const AT: &str = "2026-03-13T15:05:02.123Z";

pub(super) fn request() -> Value {
    json!({
        "pipeline": "hero-image", "inputs": { "prompt": "a red kite over hills" },
        "labels": { "campaign": "spring" },
    })
}

fn summary() -> Value {
    json!({
        "id": JOB, "state": "running", "terminal": false, "retryable": false, "degraded": [],
        "pipeline": "hero-image", "version": 1, "run": 1, "round": 1,
        "labels": { "campaign": "spring" }, "created_at": AT, "updated_at": AT,
        "cost": { "usd": 0.0006 },
        "links": {
            "self": format!("/v1/jobs/{JOB}"), "events": format!("/v1/jobs/{JOB}/events"),
            "cancel": format!("/v1/jobs/{JOB}/cancel"), "retry": format!("/v1/jobs/{JOB}/retry"),
        },
    })
}

pub(super) fn job() -> Value {
    let mut job = summary();
    job["cost"]["attempts"] = json!(1);
    job["steps"] = json!([
        {
            "name": "generate", "kind": "image.generate", "state": "succeeded",
            "attempts": [{
                "id": format!("{JOB}.generate.1"), "state": "succeeded", "host": "gpu-7", "model": "sketch-1", "fraction": 1.0,
                "usd": 0.0006, "started_at": AT, "ended_at": AT, "error": null,
            }],
            "outputs": [asset()["id"]], "started_at": AT, "ended_at": AT, "timings": timings(1.5),
        },
        { "name": "large", "kind": "image.upscale", "state": "waiting", "attempts": [], "outputs": [],
          "started_at": AT, "waiting_for": {
              "lane": "gpu", "why": "slots", "detail": "the slots are busy", "position": 3, "estimate_s": 12.5,
              "slots": 2, "busy": 2,
          }, "timings": timings(0.0) },
    ]);
    job["assets"] = json!([asset()]);
    job["publications"] = json!([]);
    job["timings"] = timings(1.5);
    job
}

fn timings(running: f64) -> Value {
    json!({ "queued": 0.2, "waiting": 0.4, "running": running, "gated": 0.0, "published": 0.0 })
}

pub(super) fn accepted() -> Value {
    let mut job = job();
    job["token"] = json!("jt_eyJqb2Ii….Zm9v");
    job
}

pub(super) fn jobs() -> Value {
    json!({ "jobs": [summary()], "next": null })
}

fn asset() -> Value {
    json!({
        "id": format!("{JOB}.generate.image.0"), "step": "generate", "port": "image", "sha256": SHA256,
        "media_type": "image/png", "bytes": 412_345, "width": 1024, "height": 576, "made_from": [],
        "created_at": AT,
    })
}

pub(super) fn asset_with_url() -> Value {
    let mut asset = asset();
    asset["url"] = json!("https://bucket.s3.amazonaws.com/acme/…?X-Amz-Signature=…");
    asset["url_expires_at"] = json!(AT);
    asset
}

pub(super) fn upload() -> Value {
    json!({
        "upload": "direct/0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a.jpg",
        "url": "https://bucket.s3.amazonaws.com/uploads/acme/…?X-Amz-Signature=…",
        "headers": { "content-type": "image/jpeg" }, "expires_at": AT,
    })
}

pub(super) fn events() -> Value {
    json!({
        "events": [{ "n": 4, "at": AT, "type": "step.progress", "step": "generate",
                     "attempt": format!("{JOB}.generate.1"), "data": { "fraction": 0.5 } }],
        "last": 4, "terminal": false,
    })
}

pub(super) fn lanes() -> Value {
    json!({ "lanes": [{
        "lane": "gpu", "hold": null, "hosts": 1, "slots": 2, "busy": 2,
        "models": ["sketch-1"], "kinds": ["image.generate", "image.upscale"], "rate": { "starts": 30, "per_s": 60 },
        "waiting": 12, "oldest_wait_s": 41.2,
        "typical": [{ "kind": "image.generate", "model": "sketch-1", "renders": 240, "seconds": 8.4 }],
        "yours": { "waiting": 3, "running": 1 },
    }] })
}

pub(super) fn watch_token() -> Value {
    json!({ "token": "jt_eyJqb2IiOiJq….c2lnbmF0dXJl", "expires_at": AT, "stream": "wss://stream.example.com/live" })
}

pub(super) fn spend() -> Value {
    let sum = || json!({ "jobs": 2, "attempts": 6, "usd": 0.0036, "micro_usd": 3600 });
    let (mut on, mut of) = (sum(), sum());
    on["day"] = json!("2026-03-13");
    of["value"] = json!("spring");
    of["days"] = json!([on]);
    json!({
        "by": "label.campaign", "from": "2026-02-12", "to": "2026-03-13", "values": [of],
        "total": sum(), "next": null,
    })
}

pub(super) fn stream() -> Value {
    let event = &events()["events"][0];
    json!(format!("retry: 500\n\nid: {}\ndata: {}\n\n", event["n"], ordered(event.clone())))
}

pub(super) fn playlist() -> Value {
    json!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:0\n\
         #EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-MAP:URI=\"https://…/000.mp4?…\"\n\
         #EXTINF:1.000000,\nhttps://…/001.mp4?…\n"
    )
}

pub(super) fn document() -> Value {
    json!({
        "name": "sketch", "budget_usd": 0.05, "inputs": { "prompt": { "type": "text", "max_length": 500 } },
        "steps": { "paint": { "kind": "image.generate", "with": { "prompt": "{{ inputs.prompt }}", "width": 512, "height": 512 } } },
    })
}

fn version() -> Value {
    json!({ "name": "sketch", "version": 1, "sha256": SHA256, "description": null, "created_at": AT })
}

pub(super) fn pipeline_version() -> Value {
    let mut version = version();
    version["pipeline"] = document();
    version
}

pub(super) fn pipelines() -> Value {
    json!({ "pipelines": [version()] })
}

pub(super) fn stored() -> Value {
    json!({ "name": "sketch", "version": 1, "sha256": SHA256 })
}

pub(super) fn checked() -> Value {
    json!({ "valid": true, "name": "sketch", "waves": [{ "fn": "lane", "steps": ["paint"] }] })
}

pub(super) fn page() -> Value {
    ProblemType::InvalidParameter.page()
}

pub(super) fn pages() -> Value {
    json!({ "errors": [page()] })
}

pub(super) fn quote() -> Value {
    let usd = json!({ "draft": 0.011, "standard": 0.042, "final": 0.167 });
    json!({
        "pipeline": "hero-image", "version": 1, "possible": true, "within_budget": true,
        "tenants_budget": { "period": "month", "usd": 200.0, "left_usd": 151.2 },
        "budget_usd": 0.5, "least_usd": 0.042, "most_usd": 0.126, "notes": [],
        "steps": [{
            "name": "generate", "kind": "image.generate", "choose": "first", "effort": "standard",
            "attempts": 3, "conditional": false,
            "candidates": [{
                "model": "openai/gpt-image-1", "lane": "openai", "vendor": "openai", "usd": usd,
                "typical_s": 20, "wait_s": 0, "as_of": "2026-11-20", "old": false,
            }],
            "passed_over": [{
                "model": "fal/fal-ai/flux/dev", "passes": false,
                "why": "its vendor is not set up: there is no key",
            }],
        }],
    })
}

pub(super) fn models() -> Value {
    json!({ "models": [{
        "model": "openai/gpt-image-1", "vendor": "openai", "kind": "image.generate",
        "sizes": { "exact": [{ "width": 1024, "height": 1024 }] }, "formats": ["image/png"],
        "transparent": true, "seeded": false, "seconds": null,
        "price": { "per": "output", "by_effort": { "draft": 0.011, "standard": 0.042, "final": 0.167 } },
        "how": "waiting", "output_life_s": null, "typical_s": 20, "rank": 85,
        "as_of": "2026-11-20", "old": false, "source": "the vendor's price list",
        "state": "ready", "detail": null,
    }] })
}
