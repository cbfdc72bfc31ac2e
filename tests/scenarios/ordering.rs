//! Orders of prints: none without a verdict, and never two.

use crate::harness::hosts;
use crate::harness::lambdas::{running, signal};
use crate::harness::stack::root;
use crate::harness::until::until;
use crate::harness::world::World;
use domain::gate::Lists;
use domain::id::{JobId, TenantId};
use domain::pipeline::Pipeline;
use domain::ports::{Bucket, Objects, Put};
use domain::record::PublicationState;
use domain::state::JobState;
use media::{Mode, probe};
use publishers::partner_double::{Manner, Partner};
use publishers::signature::Secret;
use serde_json::{Value, json};
use std::process::Command;

const ORDER: &str = include_str!("../../infra/pipelines/print-order.yaml");

/// The one address that this stack may call besides public ones.
const ADDRESS: &str = "127.0.0.1:8799";

/// A partner at that address, once whoever had it before has given it back.
async fn partner(manners: &[Manner]) -> Partner {
    until("the partner's address is free", 10, async || {
        Partner::start(ADDRESS, manners, false).ok()
    })
    .await
}

/// Orders two postcards; pipelines name https only, and the partner of a test speaks plain HTTP.
async fn order(world: &World, tenant: &TenantId, accept_unjudged: bool) -> JobId {
    let mut pipeline = Pipeline::parse(ORDER).unwrap();
    let publish = pipeline.steps.iter_mut().find(|step| step.name == "order").unwrap();
    publish.with["target"]["url"] = json!(format!("http://{ADDRESS}/v1"));
    let inputs = json!({
        "prompt": "a lighthouse", "copies": 2, "accept_unjudged": accept_unjudged,
        "ship_to": { "name": "A. Reader", "city": "Leeds" },
    });
    world.accept_with(tenant, pipeline, &inputs, &world.flow).await
}

#[tokio::test]
async fn nothing_is_ordered_while_moderation_is_unsure_or_out_of_order() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    let partner = partner(&[]).await;
    let caller = world.tenant().await;
    // Nobody judged what the picture shows, and nobody answers for it.
    let unsure = order(&world, &caller.tenant, false).await;
    // The tenant's lists cannot be read: who would judge is out of order.
    let other = world.tenant().await;
    let how = Put { media_type: "application/json".into(), ..Put::default() };
    let lists = Lists::object_key(&other.tenant);
    world.objects.put(Bucket::Assets, &lists, b"{ \"terms\": [".to_vec(), &how).await.unwrap();
    let outage = order(&world, &other.tenant, true).await;
    until("somebody is asked", 90, async || {
        let view = world.job(&unsure).await;
        view.reviews.into_iter().find(|review| review.id.gate() == "safe")
    })
    .await;
    let failed = world.ends(&outage, JobState::Failed, 90).await;
    for view in [&world.job(&unsure).await, &failed] {
        assert!(view.publications.is_empty(), "{:?}", view.publications);
    }
    caller.cancel(&unsure).await;
    world.ends(&unsure, JobState::Canceled, 60).await;
    assert!(partner.asked().is_empty(), "{:?}", partner.asked());
}

#[tokio::test]
async fn a_postcard_is_ordered_once_though_publish_dies_and_the_partner_loses_its_answer() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    let partner = partner(&[Manner::Slow(8_000)]).await;
    let caller = world.tenant().await;
    let job = order(&world, &caller.tenant, true).await;
    until("the order is in the partner's books", 90, async || partner.orders().first().cloned())
        .await;
    for pid in running(&world.stack, "publish") {
        signal(pid, "KILL");
    }
    let view = world.ends(&job, JobState::Succeeded, 60).await;
    let [publication] = view.publications.as_slice() else { panic!("{:?}", view.publications) };
    assert_eq!(publication.state, PublicationState::Done);
    assert_eq!(publication.location.as_deref(), Some("http://127.0.0.1:8799/v1/orders/o-1"));

    // The flow's call once more, as a queue would deliver it again.
    let call = json!({
        "job": job, "run": 1, "round": 1, "wave": view.plan.wave_of("order"), "item": 0, "event": 1,
        "traceparent": view.job.traceparent,
    });
    assert_eq!(world.cloud.invoke("publish", &call).await["ok"], true);
    let [order] = partner.orders().try_into().unwrap();
    assert_eq!(partner.asked().iter().filter(|asked| asked.method == "POST").count(), 1);
    let secret = Secret::of(&world.signing_key(), &caller.tenant);
    assert!(partner.asked().iter().all(|asked| asked.signed_by(&secret)));
    let file = is_as_asked(&world, &order, &publication.sha256).await;
    let source = view.assets.values().find(|asset| asset.step == "large").unwrap();
    looks_as_painted(&file, &world.bytes(Bucket::Assets, &source.key).await);
}

/// What the partner was told, and the file that it can fetch.
async fn is_as_asked(world: &World, order: &Value, sha256: &str) -> Vec<u8> {
    assert_eq!((&order["copies"], &order["product"]), (&json!(2), &json!("postcard/a6")));
    assert_eq!(order["ship_to"], json!({ "name": "A. Reader", "city": "Leeds" }));
    let sheet = json!({ "width_mm": 105, "height_mm": 148, "bleed_mm": 3, "dpi": 300 });
    assert_eq!(order["sheet"], sheet);
    let file = world.http.get(order["file"]["url"].as_str().unwrap()).send().await.unwrap();
    let bytes = file.bytes().await.unwrap();
    assert_eq!(domain::sign::sha256(&bytes), sha256);
    let probe = probe(&bytes).unwrap();
    // 111 × 154 mm at 300 dots per inch.
    assert_eq!((probe.width, probe.height, probe.dpi), (1311, 1819, Some(300)));
    assert_eq!((probe.mode, probe.icc), (Mode::Cmyk, true));
    bytes.to_vec()
}

/// Another reader, libtiff with Little CMS, shows the print's colours as the picture's own.
fn looks_as_painted(print: &[u8], source: &[u8]) {
    let folder = std::env::temp_dir().join(format!("galley-print-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let files = [folder.join("print.tif"), folder.join("source.png")];
    std::fs::write(&files[0], print).unwrap();
    std::fs::write(&files[1], source).unwrap();
    let said = Command::new("python3")
        .arg(root().join("infra/local/printed.py"))
        .args(&files)
        .output()
        .expect("Python runs");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    std::fs::remove_dir_all(&folder).unwrap();
    let said: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(said["mode"], "CMYK", "{said}");
    assert_eq!((&said["photometric"], &said["size"]), (&json!(5), &json!([1311, 1819])));
    assert_eq!(said["dpi"], json!([300.0, 300.0]));
    assert_eq!(said["profile"], "ISO Coated v2 300% (basICColor)");
    let note = "Effective-DPI=300; trimmed 105 x 148 mm, bleed 3 mm";
    assert_eq!(said["note"], note);
    let far = |name: &str| said["delta_e"][name].as_f64().unwrap();
    assert!(far("median") < 3.0, "{said}");
    // What ink on paper cannot show at all.
    assert!(far("most") < 30.0, "{said}");
}
