//! What jobs would cost and which models there are, as callers see it; and what no budget pays is refused.

use super::*;
use domain::lane;
use domain::money::MicroUsd;
use domain::store::Key;
use domain::tenant::TenantRecord;

fn said(steps: Value, budget: f64) -> Value {
    json!({ "pipeline": { "name": "say", "budget_usd": budget, "steps": steps }, "inputs": {} })
}

fn spoken(model: &str) -> Value {
    json!({ "say": { "kind": "audio.speak", "with": { "text": "a red kite", "model": model } } })
}

/// A world in which this vendor is set up.
async fn with(vendor: &str) -> World {
    let world = world().await;
    let host = json!({
        "host": vendor, "address": "", "models": ["*"], "kinds": ["audio.speak", "image.generate"],
        "usd_per_slot_second": 0, "state": "ready", "slots": 1, "until": i64::MAX,
    });
    let slot = json!({ "host": vendor, "lease_until": 0 });
    let key = |sk: &str| Key::new(lane::pk(vendor), sk);
    world.table.plant(Write::put(key(&format!("HOST#{vendor}")), &host).unwrap());
    world.table.plant(Write::put(key(&format!("SLOT#{vendor}#000")), &slot).unwrap());
    world.faults.clear();
    world
}

fn ask(body: &Value) -> HttpRequest {
    request("POST", "/v1/quotes").body(body)
}

#[tokio::test]
async fn a_quote_names_candidates_with_prices_and_makes_no_job() {
    let world = with("brio").await;
    let before = world.listing();
    let answer = send(&world, ask(&said(spoken("brio/voice"), 1.0))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let quote = json_of(&answer);
    assert_eq!((&quote["least_usd"], &quote["most_usd"]), (&json!(0.001), &json!(0.003)));
    let candidate = &quote["steps"][0]["candidates"][0];
    assert_eq!((&candidate["model"], &candidate["wait_s"]), (&json!("brio/voice"), &json!(0)));
    assert_eq!(candidate["usd"], json!({ "draft": 0.001, "standard": 0.001, "final": 0.001 }));
    assert_eq!(world.listing(), before, "and nothing was written");
}

#[tokio::test]
async fn every_one_of_several_candidates_is_quoted_and_counts_against_the_budget() {
    let several = |budget: f64| {
        let mut steps = spoken("brio/voice");
        steps["say"]["best_of"] = json!(3);
        steps["good"] = json!({ "kind": "gate.quality", "with": { "audio": "{{ say.audio }}" } });
        said(steps, budget)
    };
    let world = with("brio").await;
    let quote = json_of(&send(&world, ask(&several(1.0))).await);
    let names: Vec<_> = quote["steps"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["say", "say~2", "say~3"]);
    assert_eq!((&quote["least_usd"], &quote["most_usd"]), (&json!(0.003), &json!(0.009)));
    let submit = request("POST", "/v1/jobs").body(&several(0.0029));
    assert_eq!(send(&world, submit).await.status, 402);
}

#[tokio::test]
async fn a_stored_pipeline_is_quoted_as_the_job_would_run() {
    let world = world().await;
    let quote = json_of(&send(&world, ask(&hero())).await);
    assert_eq!((&quote["pipeline"], &quote["version"]), (&json!("hero-image"), &json!(1)));
    let names: Vec<_> = quote["steps"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["generate", "cutout", "large"]);
    assert_eq!(quote["steps"][0]["candidates"][0]["usd"]["draft"], Value::Null);
    assert_eq!(quote["possible"], true, "hosts of one's own may yet come");
}

#[tokio::test]
async fn what_a_vendor_without_a_key_would_do_is_told_and_has_no_price() {
    let quote = json_of(&send(&world().await, ask(&said(spoken("brio/voice"), 1.0))).await);
    assert_eq!((&quote["possible"], &quote["least_usd"]), (&json!(false), &Value::Null));
    let over = &quote["steps"][0]["passed_over"][0];
    assert_eq!(over["why"], "its vendor is not set up: there is no key");
}

#[tokio::test]
async fn the_table_is_listed_whole_or_in_part() {
    let world = with("brio").await;
    let models = async |query: &str| {
        let answer = send(&world, request("GET", &format!("/v1/models{query}"))).await;
        json_of(&answer)["models"].as_array().unwrap().clone()
    };
    assert_eq!(models("").await.len(), Models::for_tests().rows().len());
    let voices = models("?kind=audio.speak").await;
    assert_eq!((voices.len(), &voices[0]["state"]), (1, &json!("ready")));
    let asters = models("?vendor=aster").await;
    assert!(asters.iter().all(|row| row["vendor"] == "aster" && row["state"] == "not_set_up"));
}

#[tokio::test]
async fn a_job_that_its_budget_cannot_pay_is_refused_before_anything_is_on_record() {
    let world = with("brio").await;
    let before = world.listing();
    let submit = request("POST", "/v1/jobs").body(&said(spoken("brio/voice"), 0.0001));
    let answer = send(&world, submit).await;
    assert_eq!(answer.status, 402, "{}", answer.body);
    assert_eq!(world.listing(), before);
    let enough = request("POST", "/v1/jobs").body(&said(spoken("brio/voice"), 0.001));
    assert_eq!(send(&world, enough).await.status, 202);
}

#[tokio::test]
async fn a_budget_that_does_not_bear_one_render_of_ones_own_hosts_is_refused_too() {
    let painted = |budget: f64| {
        let steps = json!({
            "paint": { "kind": "image.generate", "with": { "prompt": "a fox" } },
            "good": { "kind": "gate.quality", "with": { "images": "{{ paint.image }}" } },
        });
        request("POST", "/v1/jobs").body(&said(steps, budget))
    };
    let alone = world().await;
    assert_eq!(send(&alone, painted(0.0119)).await.status, 202, "nobody is there to say a price");
    let world = world().await;
    world.host("host-a", 1).await;
    let before = world.listing();
    let answer = send(&world, painted(0.0119)).await;
    assert_eq!(
        super::malformed::read(&answer),
        "402 over-budget\n/pipeline/budget_usd: paint costs about $0.012 on your hosts, and its budget is $0.0119 — \
         raise budget_usd, or ask for cheaper models or less effort: POST /v1/quotes shows their prices"
    );
    assert_eq!(world.listing(), before);
    assert_eq!(send(&world, painted(0.012)).await.status, 202, "as its claim counts it");
}

/// A world whose tenant may spend so much in a month, of which so much is taken.
async fn budgeted(limit: i64, taken: i64) -> World {
    let world = with("brio").await;
    let mut record = TenantRecord::new(tenant("acme"), "standard", NOW);
    record.budget.month = Some(MicroUsd(limit));
    world.table.plant(Write::put(TenantRecord::key(&tenant("acme")), &record).unwrap());
    let key = Key::new("SPEND#acme#budget", "2023-11");
    world.table.plant(Write::put(key, &json!({ "micros": taken })).unwrap());
    world
}

#[tokio::test]
async fn a_job_that_is_more_than_its_tenant_has_left_is_refused_before_anything_is_on_record() {
    let world = budgeted(1_000_000, 999_500).await;
    let before = world.listing();
    let submit = || request("POST", "/v1/jobs").body(&said(spoken("brio/voice"), 1.0));
    let answer = send(&world, submit()).await;
    assert_eq!(
        super::malformed::read(&answer),
        "402 over-budget\n: it costs at least $0.001, and $0.0005 of its tenant's $1 for the month is left — \
         it goes on with the next month, in UTC; your operator can raise it"
    );
    assert_eq!(world.listing(), before);
    let theirs = send(&world, submit().by("beta")).await;
    assert_eq!(theirs.status, 202, "another tenant's budget is its own");
    assert_eq!(send(&budgeted(1_000_000, 999_000).await, submit()).await.status, 202);
}

#[tokio::test]
async fn a_tenant_that_has_nothing_left_starts_nothing_that_costs_and_retries_nothing() {
    let world = budgeted(1_000_000, 0).await;
    let job = submitted(&world, &hero(), "k1").await;
    super::jobs::end(&world, &job, domain::state::JobState::Failed).await;
    alter(&world, Key::new("SPEND#acme#budget", "2023-11"), json!({ "micros": 1_000_000 }));
    let spent = "402 over-budget\n: $0 of its tenant's $1 for the month is left — \
                 it goes on with the next month, in UTC; your operator can raise it";
    let another = send(&world, request("POST", "/v1/jobs").body(&hero())).await;
    assert_eq!(super::malformed::read(&another), spent);
    let retry = send(&world, request("POST", &format!("/v1/jobs/{job}/retry"))).await;
    assert_eq!(super::malformed::read(&retry), spent);
    let gates = json!({ "good": { "kind": "gate.moderation", "with": { "prompt": "a fox" } } });
    let free = send(&world, request("POST", "/v1/jobs").body(&said(gates, 0.0))).await;
    assert_eq!(free.status, 202, "what costs nothing goes on: {}", free.body);
}

#[tokio::test]
async fn a_quote_tells_what_is_left_of_the_tenants_budget() {
    let world = budgeted(1_000_000, 999_500).await;
    let quote = json_of(&send(&world, ask(&said(spoken("brio/voice"), 1.0))).await);
    let left = json!({ "period": "month", "usd": 1.0, "left_usd": 0.0005 });
    assert_eq!((&quote["tenants_budget"], &quote["within_budget"]), (&left, &json!(false)));
}

#[tokio::test]
async fn a_sound_is_brought_as_pictures_are_and_never_as_one() {
    let world = world().await;
    let put = |name: &str, bytes: &[u8]| {
        let key = format!("uploads/acme/direct/{name}");
        world.objects.plant(domain::ports::Bucket::Uploads, &key, bytes);
    };
    put("song.wav", b"RIFF\0\0\0\0WAVEfmt ");
    put("cup.png", domain::fakes::PNG);
    let job = |upload: &str| {
        let with = json!({ "audio": "{{ inputs.song }}", "model": "ours" });
        let steps = json!({ "voice": { "kind": "audio.separate", "with": with } });
        let inputs = json!({ "song": { "type": "audio" } });
        let pipeline =
            json!({ "name": "voice", "budget_usd": 1, "inputs": inputs, "steps": steps });
        let given = json!({ "song": { "upload": upload } });
        request("POST", "/v1/jobs").body(&json!({ "pipeline": pipeline, "inputs": given }))
    };
    let taken = json_of(&send(&world, job("direct/song.wav")).await);
    assert_eq!(taken["assets"][0]["media_type"], "audio/wav");
    assert_eq!(
        super::malformed::read(&send(&world, job("direct/cup.png")).await),
        "422 invalid-inputs\n/inputs/song/upload: its bytes are image/png — \
         bring audio/mpeg, audio/wav, audio/flac, audio/ogg, audio/mp4"
    );
}
