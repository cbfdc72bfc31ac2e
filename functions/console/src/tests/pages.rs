//! Each page, for each role, and for nobody else.

use super::Desk;
use crate::person::Role;
use domain::Time;
use domain::catalog;
use domain::fakes::{NOW, PNG};
use domain::id::{AssetId, JobId, TenantId};
use domain::pipeline::Pipeline;
use domain::record::{AssetRecord, JobRecord, StepRecord};
use domain::store::{Key, Write, from_item};
use serde_json::json;

pub(super) const HERO: &str = include_str!("../../../../infra/pipelines/hero-image.yaml");

/// A desk with a finished job of `acme`, one of its assets, a pipeline and a host.
async fn furnished() -> (Desk, JobId, AssetId) {
    let desk = Desk::new();
    let acme = TenantId::parse("acme").unwrap();
    desk.world.host("gpu-1", 2).await;
    let hero = Pipeline::parse(HERO).unwrap();
    catalog::put(&desk.world.table, &acme, hero, NOW).await.unwrap();
    let job = desk.world.job(1, HERO, json!({ "prompt": "a <b>red</b> kite" })).await;
    let done = json!({ "state": "succeeded", "ended_at": NOW.plus_s(9), "labels": { "campaign": "spring" } });
    alter(&desk, JobRecord::key(&job), done);
    let asset = asset(&job, "generate.1.image", Some("00000000000000ff"));
    desk.world.table.plant(Write::put(AssetRecord::record_key(&asset.id), &asset).unwrap());
    (desk, job, asset.id)
}

pub(super) fn asset(job: &JobId, name: &str, phash: Option<&str>) -> AssetRecord {
    let id = AssetId::parse(&format!("{job}.{name}")).unwrap();
    AssetRecord {
        key: format!("acme/{job}/{name}.png"),
        id,
        tenant: TenantId::parse("acme").unwrap(),
        step: "generate".into(),
        port: "image".into(),
        sha256: domain::sign::sha256(name.as_bytes()),
        media_type: "image/png".into(),
        bytes: PNG.len() as u64,
        width: Some(1024),
        height: Some(576),
        seconds: None,
        phash: phash.map(str::to_owned),
        upload: None,
        erased: None,
        text: None,
        made_from: vec![],
        deterministic: false,
        made_by: None,
        edited: None,
        created_at: NOW,
    }
}

pub(super) fn plant(desk: &Desk, assets: &[&AssetRecord]) {
    for asset in assets {
        desk.world.table.plant(Write::put(AssetRecord::record_key(&asset.id), asset).unwrap());
    }
}

fn alter(desk: &Desk, key: Key, fields: serde_json::Value) {
    let mut item = desk.world.table.peek(&key).unwrap();
    item.extend(fields.as_object().unwrap().clone());
    desk.world.table.plant(Write::put(key, &item).unwrap());
}

#[tokio::test]
async fn every_page_is_there_for_every_role_and_tells_no_secret() {
    let (desk, job, asset) = furnished().await;
    let pages = [
        "jobs",
        "jobs?state=succeeded&words=KITE&pipeline=hero-image&from=2023-01-01",
        "assets",
        "pipelines",
        "pipelines/hero-image",
        "pipelines/hero-image?version=1",
        "lanes",
        "gates",
        "gates?days=7",
        "figures",
        "audit",
        &format!("jobs/{job}/audit"),
        "figures?by=label.campaign",
        &format!("jobs/{job}"),
        &format!("assets/{asset}"),
    ];
    for role in Role::ALL {
        let seat = desk.seat("acme", &[role]);
        for page in pages {
            let answer = desk.get(&seat, page).await;
            assert_eq!(answer.status, 200, "{page} {}", answer.body);
            for secret in ["gk_", "secret", "AQC", "taskToken", "\"token\""] {
                assert!(!answer.body.contains(secret), "{page}: {secret}");
            }
            assert!(!answer.body.contains("<b>red"), "what people write stays text: {page}");
            assert!(answer.body.contains("<main") && answer.body.contains("lang=\"en\""));
        }
        let first = desk.get(&seat, "").await;
        assert_eq!(first.headers["location"], "/console/reviews");
    }
}

#[tokio::test]
async fn what_belongs_to_another_tenant_does_not_exist() {
    let (desk, job, asset) = furnished().await;
    let own = desk.seat("acme", &Role::ALL);
    let other = desk.seat("beta", &Role::ALL);
    let named = [
        format!("jobs/{job}"),
        format!("jobs/{job}/audit"),
        format!("assets/{asset}"),
        format!("assets/{asset}/file"),
        "pipelines/hero-image".into(),
        format!("assets?like={asset}"),
    ];
    for page in &named {
        assert!(desk.get(&own, page).await.status < 400, "{page}");
        assert_eq!(desk.get(&other, page).await.status, 404, "{page}");
    }
    for page in ["jobs", "assets", "pipelines", "figures"] {
        let answer = desk.get(&other, page).await;
        assert!(
            !answer.body.contains("&lt;b&gt;red") && !answer.body.contains(job.as_str()),
            "{page}"
        );
    }
    for page in [
        "jobs/x",
        "assets/x",
        "assets/../jobs",
        "pipelines/X",
        "jobs/j1/erase",
        "review",
        "reviews/x",
    ] {
        assert_eq!(desk.get(&own, page).await.status, 404, "{page}");
    }
    let why = [("reason", "asked to")];
    for page in [format!("jobs/{job}/erase"), format!("assets/{asset}/erase")] {
        assert_eq!(desk.post(&other, &page, &why).await.status, 404, "{page}");
    }
}

#[tokio::test]
async fn a_search_finds_jobs_by_words_labels_state_and_day() {
    let (desk, job, _) = furnished().await;
    let seat = desk.seat("acme", &[Role::Reviewer]);
    let found = async |query: &str| {
        desk.get(&seat, &format!("jobs?{query}"))
            .await
            .body
            .contains(&format!("/console/jobs/{job}"))
    };
    for hit in [
        "words=kite",
        "words=RED+kite",
        "state=succeeded",
        "pipeline=hero-image",
        "from=2023-11-14",
    ] {
        assert!(found(hit).await, "{hit}");
    }
    for miss in [
        "words=boat",
        "words=kite+boat",
        "state=failed",
        "pipeline=other",
        "from=2023-11-15",
        "label=campaign%3Dautumn",
    ] {
        assert!(!found(miss).await, "{miss}");
    }
}

#[tokio::test]
async fn like_pictures_are_found_the_most_alike_first() {
    let (desk, job, wanted) = furnished().await;
    for (name, phash) in [
        ("near.1.image", "00000000000000fe"),
        ("nearer.1.image", "00000000000000ff"),
        ("far.1.image", "ffffffffffffff00"),
    ] {
        let asset = asset(&job, name, Some(phash));
        desk.world.table.plant(Write::put(AssetRecord::record_key(&asset.id), &asset).unwrap());
    }
    // One whose likeness only a gate has measured.
    let judged = asset(&job, "judged.1.image", None);
    let scores = json!({ judged.id.as_str(): { "phash": "00000000000000fd" } });
    let mut step = StepRecord::pending("safe", 1);
    step.verdict = Some(json!({ "verdict": "pass", "scores": scores }));
    desk.world.table.plant(Write::put(StepRecord::key(&job, "safe"), &step).unwrap());
    plant(&desk, &[&judged]);
    let seat = desk.seat("acme", &[Role::Reviewer]);
    let body = desk.get(&seat, &format!("assets?like={wanted}")).await.body;
    let at = |name: &str| body.find(&format!("/console/assets/{job}.{name}\" aria-label"));
    assert!(at("nearer.1.image").unwrap() < at("near.1.image").unwrap(), "{body}");
    assert!(at("judged.1.image").is_some(), "{body}");
    assert_eq!((at("far.1.image"), at("generate.1.image")), (None, None));
    let page = desk.get(&seat, &format!("assets/{job}.judged.1.image")).await.body;
    assert!(page.contains("Similar pictures"), "{page}");
}

#[tokio::test]
async fn only_operators_see_hosts() {
    let (desk, ..) = furnished().await;
    let seen =
        async |role| desk.get(&desk.seat("acme", &[role]), "lanes").await.body.contains("gpu-1");
    assert!(seen(Role::Operator).await);
    assert!(!seen(Role::Editor).await && !seen(Role::Reviewer).await);
}

#[tokio::test]
async fn editors_put_an_erasure_on_record_and_the_sweep_does_it() {
    let (desk, job, asset) = furnished().await;
    let page = format!("assets/{asset}/erase");
    let why = [("reason", "asked to")];
    let reviewer = desk.seat("acme", &[Role::Reviewer]);
    assert_eq!(desk.post(&reviewer, &page, &why).await.status, 403);
    let editor = desk.seat("acme", &[Role::Editor]);
    assert_eq!(desk.post(&editor, &page, &[("reason", " ")]).await.status, 400);
    let answer = desk.post(&editor, &page, &why).await;
    assert_eq!(
        (answer.status, answer.headers["location"].as_str()),
        (303, format!("/console/assets/{asset}").as_str())
    );
    let job_record: JobRecord =
        from_item(&desk.world.table.peek(&JobRecord::key(&job)).unwrap()).unwrap();
    assert_eq!(job_record.erased.unwrap().reason, "asked to (mia@example.com)");
    let erasing = desk.world.erasing();
    domain::erase::resume(&erasing, &job, NOW).await.unwrap();
    let page = desk.get(&editor, &format!("assets/{asset}")).await.body;
    assert!(page.contains("erased") && !page.contains("Download"), "{page}");
    assert_eq!(desk.get(&editor, &format!("assets/{asset}/file")).await.status, 409);
}

#[tokio::test]
async fn a_job_under_way_is_seen_live_and_cannot_be_erased() {
    let desk = Desk::new();
    let job = desk.world.job(1, HERO, json!({ "prompt": "a kite" })).await;
    let seat = desk.seat("acme", &[Role::Editor]);
    let page = desk.get(&seat, &format!("jobs/{job}")).await.body;
    let (_, events) = page.split_once("data-events=\"").unwrap();
    let address = events.split('"').next().unwrap().replace("&amp;", "&");
    assert!(address.starts_with(&format!("/v1/jobs/{job}/events?after=1&token=jt_")), "{address}");
    let token = crate::form::fields(address.split_once('?').unwrap().1.as_bytes())["token"].clone();
    let key = &desk.world.settings.signing_key;
    let opened = domain::tenant::JobToken::open(&token, key, NOW).unwrap();
    assert!(
        opened.job == job && opened.fits_an_address(NOW) && opened.until < Time(NOW.0 + 1_000_000)
    );
    let answer = desk.post(&seat, &format!("jobs/{job}/erase"), &[("reason", "x")]).await;
    assert_eq!(answer.status, 409);
}
