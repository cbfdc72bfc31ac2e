//! What gates say of good and bad prompts and pictures, and what the job does with it.

use super::stage::*;
use crate::*;
use domain::fakes::World;
use domain::record::{JobRecord, StepRecord};
use domain::sign::sha256;
use domain::state::StepState;
use domain::store::Write;
use media::{Limits, decode, phash};
use serde_json::json;

const ALL: &[(&str, &str)] = &[("safe", SAFE), ("good", GOOD)];

#[tokio::test]
async fn good_prompt_and_picture_pass_and_the_verdict_names_the_bytes() {
    let world = stage(ALL, "a fox in the snow", &fine());
    assert_eq!(run(&world).await.unwrap(), json!({"ok": true, "event": 7}));
    let asset = asset(&fine(), 1).id;
    for gate in ["safe", "good"] {
        let verdict = verdict(&world, gate).await;
        assert_eq!(verdict["verdict"], json!("pass"), "{verdict}");
        assert_eq!(verdict["subjects"], json!([{"asset": asset, "sha256": sha256(&fine())}]));
        assert_eq!(verdict["reasons"], json!([]));
        let step = view(&world).await.step(gate);
        assert_eq!((step.state, step.round), (StepState::Succeeded, 1));
    }
    let safe = verdict(&world, "safe").await;
    assert_eq!(safe["image_content"], json!("not_judged"));
    assert_eq!(safe["scores"]["terms_compared"], json!(1));
    assert_eq!(safe["evaluators"], json!({"terms": 1, "likeness": 1}));
    let good = verdict(&world, "good").await;
    assert_eq!(good["image_content"], Value::Null);
    assert_eq!(good["scores"][asset.as_str()]["width"], json!(96));
    assert_eq!(good["thresholds"]["min_width"], json!(90));
    assert_eq!(good["thresholds"]["sharpness_min"], json!(17.0));
    let events = [event(&world, 6).unwrap(), event(&world, 7).unwrap()];
    for (event, gate) in events.iter().zip(["safe", "good"]) {
        assert_eq!((event.kind.as_str(), event.step.as_deref()), ("gate.verdict", Some(gate)));
        assert_eq!((&event.data["gate"], &event.data["verdict"]), (&json!(gate), &json!("pass")));
    }
}

#[tokio::test]
async fn the_usual_case_takes_one_read_one_get_of_lists_and_one_write() {
    for (gates, lists) in [(ALL, 1), (&ALL[1..], 0)] {
        let world = stage(gates, "a fox", &fine());
        world.faults.clear();
        run(&world).await.unwrap();
        let object = 1;
        assert_eq!(world.faults.calls(), 1 + lists + object + 1, "the picture is read once");
    }
}

#[track_caller]
fn assert_rejected(outcome: &Value, view: &JobView, reason: &str) {
    assert_eq!(outcome["end"], json!("rejected"));
    assert_eq!(view.job.reason.as_deref(), Some(reason));
}

#[tokio::test]
async fn a_print_passes_by_the_dots_of_its_source_and_no_more() {
    let picture = decode(&fine(), &Limits::default()).unwrap();
    // 96 × 64 pixels at 300 dots per inch.
    let (focus, enlarge) = (media::Focus::CENTRE, media::Enlarge::Allowed);
    let (width_mm, height_mm, bleed_mm) = (8.128, 5.4187, 0.0);
    let inks = media::PrintFile::Cmyk(media::Separation::default());
    let paper =
        |dpi, file| media::Paper { width_mm, height_mm, bleed_mm, dpi, focus, enlarge, file };
    let gate = "{ kind: gate.quality, with: { images: '{{ large.image }}', min_dpi: 300 } }";
    let few = Some("good: large.image has 150 dpi, asked are at least 300");
    for (dpi, file, reason) in [
        (300, media::PrintFile::Png, None),
        (150, media::PrintFile::Png, few),
        (600, media::PrintFile::Png, None),
        (300, inks, None),
        (150, inks, few),
        (600, inks, None),
    ] {
        let bytes = media::print(&picture, &paper(dpi, file)).unwrap().file.bytes;
        let world = stage(&[("good", gate)], "a fox", &bytes);
        let outcome = run(&world).await.unwrap();
        match reason {
            Some(reason) => assert_rejected(&outcome, &view(&world).await, reason),
            None => assert_eq!(outcome["ok"], json!(true), "{outcome}"),
        }
    }
    let world = stage(&[("good", gate)], "a fox", &fine());
    let said = "good: large.image says no dpi, asked are at least 300";
    assert_rejected(&run(&world).await.unwrap(), &view(&world).await, said);
}

#[tokio::test]
async fn a_print_must_be_in_the_inks_that_are_asked_and_say_so() {
    let picture = decode(&fine(), &Limits::default()).unwrap();
    let paper = |file| media::Paper {
        width_mm: 8.128,
        height_mm: 5.4187,
        bleed_mm: 0.0,
        dpi: 300,
        focus: media::Focus::CENTRE,
        enlarge: media::Enlarge::Never,
        file,
    };
    let gate = "{ kind: gate.quality, with: { images: '{{ large.image }}', color: cmyk, icc: true, format: tiff } }";
    let inks = media::PrintFile::Cmyk(media::Separation::default());
    for (file, reason) in [
        (inks, None),
        (media::PrintFile::Tiff, Some("good: large.image is rgb, asked is cmyk")),
        (media::PrintFile::Png, Some("good: large.image is png, asked is tiff")),
    ] {
        let bytes = media::print(&picture, &paper(file)).unwrap().file.bytes;
        let world = stage(&[("good", gate)], "a fox", &bytes);
        let outcome = run(&world).await.unwrap();
        match reason {
            Some(reason) => assert_rejected(&outcome, &view(&world).await, reason),
            None => assert_eq!(outcome["ok"], json!(true), "{outcome}"),
        }
    }
}

#[tokio::test]
async fn a_term_in_the_prompt_rejects_the_job() {
    let world = stage(ALL, "a fox and G0re", &fine());
    let outcome = run(&world).await.unwrap();
    assert_rejected(&outcome, &view(&world).await, "safe: the prompt has the term \"gore\"");
    let view = view(&world).await;
    assert_eq!(view.step("safe").state, StepState::Failed);
    assert_eq!(view.step("good").state, StepState::Succeeded);
    assert_eq!(event(&world, 6).unwrap().data["reasons"], verdict(&world, "safe").await["reasons"]);
}

#[tokio::test]
async fn the_tenants_terms_count_as_the_steps_own_do() {
    let world = stage(ALL, "a fox with a knife", &fine());
    lists(&world, json!({"terms": ["sword", {"term": "knife", "action": "review"}]}));
    let outcome = run(&world).await.unwrap();
    assert_eq!(outcome["review"], json!(1));
    assert_eq!(
        verdict(&world, "safe").await["reasons"],
        json!(["the prompt has the term \"knife\""])
    );
    assert_eq!(verdict(&world, "safe").await["verdict"], json!("review"));
}

#[tokio::test]
async fn a_copy_of_a_banned_picture_is_found_by_its_looks_and_by_its_bytes() {
    let hash = phash(&decode(&fine(), &Limits::default()).unwrap()).unwrap();
    for (sha256, hash) in [("00".to_owned(), Some(hash)), (sha256(&fine()), None)] {
        let world = stage(ALL, "a fox", &fine());
        let hash = hash.map(|hash| format!("{hash:016x}"));
        let known = json!({"sha256": sha256, "phash": hash, "reason": "court order 12"});
        lists(&world, json!({"banned": [known]}));
        let outcome = run(&world).await.unwrap();
        let reason = "safe: large.image is a banned picture (court order 12)";
        assert_rejected(&outcome, &view(&world).await, reason);
    }
    let world = stage(ALL, "a fox", &squares(96, 64, 2));
    lists(&world, json!({"banned": [{"sha256": "00", "phash": format!("{hash:016x}")}]}));
    assert_eq!(run(&world).await.unwrap()["ok"], json!(true), "another picture passes");
}

#[tokio::test]
async fn pictures_that_nobody_judged_need_a_review_unless_the_pipeline_accepts_that() {
    let step = "{ kind: gate.moderation, with: { images: '{{ large.image }}' } }";
    let world = stage(&[("safe", step)], "a fox", &fine());
    let outcome = run(&world).await.unwrap();
    let why = "nobody judged what the pictures show, and accept_unjudged is not set";
    assert_eq!(outcome["review"], json!(1));
    assert_eq!(view(&world).await.step("safe").state, StepState::Waiting);
    let verdict = verdict(&world, "safe").await;
    assert_eq!(verdict["reasons"], json!([why]));
    assert_eq!(verdict["verdict"], json!("review"));
    assert_eq!(verdict["image_content"], json!("not_judged"));
}

#[tokio::test]
async fn a_prompt_alone_is_judged_and_no_picture_is_named() {
    let step = "{ kind: gate.moderation, with: { prompt: '{{ inputs.prompt }}' } }";
    let world = stage(&[("words", step), ("good", GOOD)], "a fox", &fine());
    // It needs nothing but an input, so it is a wave of its own before the picture is painted.
    let first = Call { wave: 0, ..call() };
    let outcome = handle(&world.table, &world.objects, first, NOW).await.unwrap();
    assert_eq!(outcome["ok"], json!(true));
    let verdict = verdict(&world, "words").await;
    assert_eq!((&verdict["subjects"], &verdict["image_content"]), (&json!([]), &Value::Null));
}

#[tokio::test]
async fn a_fail_goes_back_until_the_tries_are_used_up() {
    let world = stage(&[("safe", SAFE), ("good", TRIED)], "a fox", &fine());
    let mut n = 5;
    for round in 1..=2 {
        let outcome = handle(&world.table, &world.objects, at(round, n), NOW).await.unwrap();
        n += 2;
        assert_eq!(outcome, json!({"goto": 0, "round": round + 1, "event": n}));
        let view = view(&world).await;
        assert_eq!(view.job.round, round + 1);
        for step in ["large", "safe", "good"] {
            let step = view.step(step);
            assert_eq!((step.state, step.round), (StepState::Pending, round + 1), "{}", step.name);
            assert!(step.outputs.is_empty() && step.error.is_none());
        }
        assert_eq!(view.step("large").attempts_before, round);
        assert_eq!(event(&world, n).unwrap().data["next_round"], json!(round + 1));
        made(&world, &asset(&fine(), round + 1), round + 1);
    }
    let outcome = handle(&world.table, &world.objects, at(3, n), NOW).await.unwrap();
    let miss = "good: large.image has 96 pixels of width, asked are at least 100";
    let reason = format!("{miss} (sent back 2 times, as often as it may be)");
    assert_rejected(&outcome, &view(&world).await, &reason);
    let loops = json!({"run": 1, "count": 2, "spent_before": 20_000});
    assert_eq!(verdict(&world, "good").await["loops"], loops);
}

#[tokio::test]
async fn a_better_second_picture_passes() {
    let world = stage(&[("safe", SAFE), ("good", TRIED)], "a fox", &fine());
    run(&world).await.unwrap();
    let better = squares(104, 64, 3);
    made(&world, &asset(&better, 2), 2);
    world.objects.plant(domain::ports::Bucket::Assets, &asset(&better, 2).key, better.clone());
    let outcome = handle(&world.table, &world.objects, at(2, 7), NOW).await.unwrap();
    assert_eq!(outcome, json!({"ok": true, "event": 9}));
    let subjects = json!([{"asset": asset(&better, 2).id, "sha256": sha256(&better)}]);
    assert_eq!(verdict(&world, "good").await["subjects"], subjects);
}

#[tokio::test]
async fn tries_stop_when_their_money_is_spent() {
    let world = stage(&[("good", TRIED)], "a fox", &fine());
    run(&world).await.unwrap();
    made(&world, &asset(&fine(), 2), 2);
    spend(&world, 199_900).await;
    let outcome = handle(&world.table, &world.objects, at(2, 6), NOW).await.unwrap();
    let miss = "good: large.image has 96 pixels of width, asked are at least 100";
    let reason = format!("{miss} (another try costs about $0.0002, and $0.0001 is left for it)");
    assert_rejected(&outcome, &view(&world).await, &reason);
}

#[tokio::test]
async fn each_try_is_painted_with_another_seed() {
    let world = stage(&[("good", TRIED)], "a fox", &fine());
    for (round, seed) in [(2, 8), (3, 9)] {
        let outcome = handle(&world.table, &world.objects, at(round - 1, 5), NOW).await.unwrap();
        assert_eq!((&outcome["goto"], &outcome["round"]), (&json!(0), &json!(round)));
        let message = json!({
            "job": call().job, "run": 1, "round": round, "wave": 0, "item": 0, "token": "t",
            "traceparent": call().traceparent, "event": outcome["event"],
        });
        let message = serde_json::from_value(message).unwrap();
        world.lanes().take(&message, NOW).await.unwrap();
        let waiting = format!("#{}.large.{round} ", call().job);
        let listing = world.table.listing();
        let line = listing.lines().find(|line| line.contains(&waiting)).unwrap();
        assert!(line.contains(&format!("\"seed\":{seed}")), "{line}");
        let mut step = view(&world).await.step("large");
        assert_eq!((step.attempts, step.attempts_before), (round, round - 1));
        step.state = StepState::Succeeded;
        step.outputs.insert("image".into(), vec![asset(&fine(), 1).id]);
        plant(&world, StepRecord::key(&call().job, "large"), &step);
    }
}

fn at(round: u32, event: u64) -> Call {
    Call { round, event, ..call() }
}

async fn spend(world: &World, micros: i64) {
    let write = Write::set(JobRecord::key(&call().job), json!({})).plus("spent", micros);
    domain::ports::Table::write(&world.table, vec![write]).await.unwrap();
}

#[tokio::test]
async fn a_retried_job_keeps_what_passed_and_judges_the_rest_again() {
    let world = stage(ALL, "a fox and gore", &fine());
    run(&world).await.unwrap();
    let retried = json!({"run": 2, "round": 2, "state": "accepted", "inputs": {"prompt": "a fox"}});
    let write = Write::set(JobRecord::key(&call().job), retried);
    domain::ports::Table::write(&world.table, vec![write]).await.unwrap();
    let second = Call { run: 2, ..at(2, 7) };
    let outcome = handle(&world.table, &world.objects, second, NOW).await.unwrap();
    assert_eq!(outcome, json!({"ok": true, "event": 8}), "one gate, one event");
    let key = StepRecord::key(&call().job, "good");
    assert_eq!(world.table.peek(&key).unwrap()["round"], json!(1), "kept from the first run");
}
