//! One trace from the caller through functions, messages and hosts.

use crate::harness::hosts;
use crate::harness::world::World;
use aws::clock;
use aws::trace::Trace;
use domain::state::JobState;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const HERO: &str = include_str!("../../infra/pipelines/hero-image.yaml");

#[tokio::test]
async fn all_that_is_logged_for_a_job_is_one_tree_below_its_caller() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let since = clock::now().0;
    let trace = Trace::root(clock::random());
    let pipeline = domain::pipeline::Pipeline::parse(HERO).unwrap();
    let document = domain::pipeline::document(&pipeline);
    let request = json!({ "pipeline": document, "inputs": { "prompt": "a boat" } });
    let headers = [("traceparent", trace.to_string())];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let accepted = caller.send(Method::POST, "/v1/jobs", &headers, Some(request.to_string())).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    let job = accepted.job();
    let view = world.ends(&job, JobState::Succeeded, 90).await;

    // Who logged what of this trace: span by span.
    let mut spans: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut speakers: BTreeSet<String> = BTreeSet::new();
    let mut take = |who: &str, line: &Value| {
        if line["trace_id"] == json!(trace.trace_id) {
            let text = |name: &str| line[name].as_str().map(str::to_owned);
            let parent = text("parent_id").or_else(|| text("parent_span_id"));
            let span = text("span_id").expect("a line of a trace names its span");
            let known = (parent.expect("a span below the caller's has a parent"), who.to_owned());
            let before = spans.insert(span, known.clone());
            assert!(before.is_none_or(|before| before == known), "{line}");
            speakers.insert(who.to_owned());
        }
    };
    for function in world.stack.functions.keys() {
        for line in world.cloud.logged(function, since).await {
            take(function, &line);
        }
    }
    for host in &world.stack.hosts {
        let text = std::fs::read_to_string(&host.process.log).unwrap();
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .for_each(|line| take("host", &line));
    }
    let everybody = ["callback", "dispatch", "gate", "host", "intake", "publish", "settle", "step"];
    assert_eq!(speakers.iter().map(String::as_str).collect::<Vec<_>>(), everybody);
    for (span, (parent, who)) in &spans {
        assert!(
            *parent == trace.span_id || spans.contains_key(parent),
            "{who}: {span} hangs below {parent}"
        );
    }
    assert_eq!(view.job.traceparent.split('-').nth(1), Some(trace.trace_id.as_str()));
    let renders = spans.values().filter(|(_, who)| who == "host").count();
    assert_eq!(renders, 3, "a span for each render");
}
