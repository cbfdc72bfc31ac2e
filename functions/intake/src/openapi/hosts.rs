//! What GPU hosts call: answered by another function, described here so that one document has it all.

use super::build::{Operation, operation, schema};
use domain::problem::ProblemType as P;
use serde_json::{Value, json};

type Described = (&'static str, &'static str, Operation, Value);

/// Method, address, what it does, who may.
pub(super) fn operations() -> Vec<Described> {
    let key = || json!([{ "endpointKey": [] }]);
    let common = [P::NotAHost, P::InvalidReport, P::TryAgain, P::Internal];
    let report = operation("report", "hosts", "Report what happened to a render")
        .about("Numbered, at least once, until a 2xx answers. The same report again changes nothing.")
        .header("Galley-Timestamp", json!({ "type": "string", "pattern": "^[0-9]+$" }), "Seconds since 1970; at most 300 from now.")
        .json_body(schema("Report"), json!({
            "v": 1, "attempt": "j01hf7yat0041040g2081040g21.generate.1", "seq": 3, "context": "…",
            "kind": "progress", "fraction": 0.5,
        }))
        .answer(200, "It was taken in.", schema("ReportAnswer"), json!({ "continue": true }));
    let announce = operation("announceHost", "hosts", "Announce a host, or renew it")
        .json_body(schema("Announcement"), json!({
            "host": "gpu-7", "address": "http://10.0.3.7:8080", "slots": 1, "models": ["sketch-1"],
            "kinds": ["image.generate"], "usd_per_slot_second": 0.0004, "state": "ready", "renew_s": 30,
        }))
        .answer(200, "It is on record.", schema("Nothing"), json!({}));
    let depart = operation("removeHost", "hosts", "Take a host off the record").answer(
        200,
        "It is gone.",
        schema("Nothing"),
        json!({}),
    );
    let vendor = operation("vendorWebhook", "hosts", "Tell that a vendor's work has news")
        .about("Posted by a vendor to the address that came with the order, signed as its contract says. It is believed only in which work it is about.")
        .answer(200, "It was taken in.", schema("Nothing"), json!({}));
    let vendor_problems = [P::NotAVendor, P::InvalidReport, P::TryAgain, P::Internal];
    vec![
        (
            "POST",
            "/v1/vendors/{vendor}/{attempt}/{secret}",
            vendor.problems(&vendor_problems),
            json!([]),
        ),
        (
            "POST",
            "/v1/reports/{attempt}",
            report.problems(&common),
            json!([{ "reportSignature": [] }]),
        ),
        ("PUT", "/v1/hosts/{host}", announce.problems(&common), key()),
        ("DELETE", "/v1/hosts/{host}", depart.problems(&common), key()),
    ]
}
