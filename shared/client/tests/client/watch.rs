//! Following: each event once, over cuts, and the job's own exit code.
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

use serde_json::Value;

use crate::{
    api::{Api, Reply, job, log, page},
    galley::{command, galley},
};

/// A job that has ended so.
fn ended(state: &'static str) -> Api {
    Api::new(move |request, _| match request.line().as_str() {
        "GET /v1/jobs/j1" => Reply::Json(200, job(state)),
        "POST /v1/jobs" => Reply::Json(202, job("accepted")),
        _ => page(request, &log(state)),
    })
}

/// A job that still runs: a page of two events, then a cut, then the rest.
fn cut() -> Api {
    let calls = AtomicUsize::new(0);
    Api::new(move |request, _| match request.path.split('?').next().unwrap() {
        "/v1/jobs/j1" => Reply::Json(200, job("succeeded")),
        _ => match calls.fetch_add(1, Ordering::SeqCst) {
            0 => {
                let events = &log("succeeded")[..2];
                Reply::Json(
                    200,
                    serde_json::json!({"events": events, "last": 2, "terminal": false}),
                )
            }
            1 => Reply::Lost,
            _ => page(request, &log("succeeded")),
        },
    })
}

#[test]
fn a_cut_watch_goes_on_from_the_last_event() {
    let api = cut();
    let ran = galley(&api, &["watch", "j1", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let events: Vec<Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<_> = events.iter().map(|event| event["n"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    let asked: Vec<_> = api.lines().into_iter().filter(|line| line.contains("events")).collect();
    let expected = ["after=0", "after=2", "after=2", "after=5"];
    assert_eq!(asked.len(), expected.len(), "{asked:?}");
    for (line, after) in asked.iter().zip(expected) {
        assert!(line.ends_with(after), "{line} {after}");
    }
}

#[test]
fn the_api_is_asked_to_hold_only_while_there_is_something_to_wait_for() {
    let api = cut();
    galley(&api, &["watch", "j1"]);
    let holds: Vec<_> = api
        .seen()
        .iter()
        .filter(|request| request.path.contains("events"))
        .map(|request| request.header("prefer").map(str::to_owned))
        .collect();
    let hold = Some(String::from("wait=20"));
    assert_eq!(holds, [hold.clone(), hold.clone(), hold, None]);
}

#[test]
fn without_a_terminal_there_is_one_plain_line_per_event() {
    let ran = galley(&ended("succeeded"), &["watch", "j1"]);
    let expected = "\
2026-11-20T10:00:01Z    1 job.accepted         -
2026-11-20T10:00:02Z    2 step.started         generate  on h1
2026-11-20T10:00:03Z    3 step.progress        generate  50%
2026-11-20T10:00:04Z    4 step.succeeded       generate  $0.0123
2026-11-20T10:00:05Z    5 job.succeeded        -         $0.0123
succeeded  hero-image@3  j1  $0.0123  42.5 s
";
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, expected, ""));
}

#[test]
fn many_publications_are_told_by_the_places_they_share() {
    let api = Api::new(|request, _| match request.line().as_str() {
        "GET /v1/jobs/j1" => {
            let mut job = job("succeeded");
            let done = |n| {
                serde_json::json!({"step": "publish", "target": "s3", "state": "done",
                "location": format!("s3://public/heroes/{n}.webp")})
            };
            job["publications"] = (0..4).map(done).collect();
            Reply::Json(200, job)
        }
        _ => page(request, &log("succeeded")),
    });
    let told = galley(&api, &["watch", "j1"]).out;
    assert!(told.ends_with("\n  publish  s3  done  s3://public/heroes/  4 assets\n"), "{told}");
    assert_eq!(galley(&api, &["get", "j1"]).out.matches(".webp").count(), 4);
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_watching_and_says_how_to_go_on() {
    let api = Api::new(|request, _| match request.line().as_str() {
        "GET /v1/jobs/j1" => Reply::Json(200, job("running")),
        _ => {
            let events = if request.path.ends_with("after=0") { &log("x")[..2] } else { &[] };
            Reply::Json(200, serde_json::json!({"events": events, "last": 2, "terminal": false}))
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), &["watch", "j1"]);
    command.env("GALLEY_API", &api.url).env("GALLEY_KEY", "gk_demo_secret");
    let mut galley = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(galley.stdout.take().unwrap()).lines();
    lines.by_ref().take(2).for_each(|line| drop(line.unwrap()));
    let interrupted = Command::new("kill").args(["-INT", &galley.id().to_string()]).status();
    assert!(interrupted.unwrap().success());
    let ended = galley.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    let told = String::from_utf8(ended.stderr).unwrap();
    assert!(told.contains("`galley watch j1 --after 2` follows it again"), "{told}");
}

#[test]
fn watching_after_a_number_begins_behind_it() {
    let ran = galley(&ended("succeeded"), &["watch", "j1", "--after", "4", "--json"]);
    assert_eq!(ran.out.lines().count(), 1);
    assert!(ran.out.contains("job.succeeded"));
}

#[track_caller]
fn check(state: &'static str, code: i32) {
    assert_eq!(galley(&ended(state), &["watch", "j1"]).code, code, "watch, {state}");
    let submit = ["submit", "hero-image", "--watch", "--json"];
    assert_eq!(galley(&ended(state), &submit).code, code, "submit --watch, {state}");
}

#[test]
fn the_exit_code_is_what_became_of_the_job() {
    check("succeeded", 0);
    check("rejected", 2);
    check("failed", 1);
    check("canceled", 1);
    check("expired", 1);
    check("a-state-of-2031", 1);
}

#[test]
fn retry_shows_only_the_new_run() {
    let retried = AtomicUsize::new(0);
    let api = Api::new(move |request, _| match request.line().as_str() {
        "POST /v1/jobs/j1/retry" => {
            retried.store(1, Ordering::SeqCst);
            let mut job = job("running");
            job["run"] = 2.into();
            Reply::Json(202, job)
        }
        "GET /v1/jobs/j1" => match retried.load(Ordering::SeqCst) {
            0 => Reply::Json(200, job("failed")),
            _ => Reply::Json(200, job("succeeded")),
        },
        _ => {
            let mut log = log("failed");
            if retried.load(Ordering::SeqCst) == 1 {
                log.push(serde_json::json!({"n": 6, "at": "t", "type": "job.retried", "data": {}}));
                log.push(
                    serde_json::json!({"n": 7, "at": "t", "type": "job.succeeded", "data": {}}),
                );
            }
            page(request, &log)
        }
    });
    let ran = galley(&api, &["retry", "j1", "--watch", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let numbers: Vec<_> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["n"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [6, 7]);
}

#[test]
fn a_log_of_several_pages_is_read_to_its_end() {
    let api = Api::new(|request, _| match page(request, &log("succeeded")) {
        Reply::Json(status, mut page) => {
            page["events"].as_array_mut().unwrap().truncate(2);
            Reply::Json(status, page)
        }
        other => other,
    });
    assert_eq!(galley(&api, &["events", "j1", "--json"]).out.lines().count(), 5);
    assert_eq!(galley(&api, &["events", "j1", "--after", "3"]).out.lines().count(), 2);
}
