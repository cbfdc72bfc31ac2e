//! Never two orders: every call to the world fails in turn, and the partner breaks in every way.

use super::*;
use domain::fakes::every_fault;
use domain::pipeline::Kind;
use domain::record::PublicationState;
use publishers::partner_double::{Manner, Partner};
use publishers::{Guarded, PrintPartner, Signed};
use std::cell::RefCell;
use std::rc::Rc;

/// A job with a print, to be ordered from this partner.
fn job(partner: &Partner) -> JobView {
    let mut view = publishable(&json!({ "kind": "s3" }));
    for step in &mut view.pipeline.steps {
        match step.name.as_str() {
            "ladder" => {
                step.kind = Kind::Print;
                step.with = json!({ "image": "{{ generate.image }}", "width_mm": 90, "height_mm": 50, "dpi": 300, "bleed_mm": 0 })
                    .as_object().unwrap().clone();
            }
            "publish" => {
                let url = format!("http://127.0.0.1:{}", partner.port);
                step.with["assets"] = json!("{{ ladder.image }}");
                step.with["target"] =
                    json!({ "kind": "print-partner", "url": url, "product": "card" });
                step.with.insert("copies".into(), json!(2));
                step.with.insert("ship_to".into(), json!({ "city": "Leeds" }));
            }
            _ => {}
        }
    }
    if let Some(made) = view.steps.get_mut("ladder") {
        let mut prints = made.outputs.remove("images").unwrap();
        prints.truncate(1);
        made.outputs.insert("image".into(), prints);
    }
    view
}

async fn order(world: &World, partner: &Partner, job: &JobView) -> Result<Value> {
    let client = Guarded::new([format!("127.0.0.1:{}", partner.port)]);
    let key = |_| -> publishers::Reading { Box::pin(async { Ok("deployment".into()) }) };
    let target = PrintPartner::new(Signed::new(&world.objects, &world.table, client, key));
    let targets: Targets<'_> = [("print-partner", &target as &dyn Target)].into();
    let publishing = Publishing {
        table: &world.table,
        objects: &world.objects,
        targets: &targets,
        hub: None,
        notary: None,
    };
    handle(&publishing, publish_call(job), NOW).await
}

fn references(partner: &Partner) -> Vec<String> {
    let mut all: Vec<String> = partner
        .orders()
        .iter()
        .map(|order| order["reference"].as_str().unwrap().to_owned())
        .collect();
    all.sort();
    all
}

/// The print is ordered, and not twice.
#[track_caller]
fn ordered_once(partner: &Partner, job: &JobView) {
    let print = &job.steps["ladder"].outputs["image"][0];
    assert_eq!(references(partner), [Post::id(&job.job.id, "publish", print)]);
}

#[tokio::test]
async fn a_careless_partner_prints_nothing_twice_however_the_process_dies() {
    // Each world has a partner of its own, whose books live across the world's runs.
    let current: RefCell<Option<Rc<(Partner, JobView)>>> = RefCell::default();
    let of_now = || current.borrow().clone().unwrap();
    let prepare = async || {
        let partner = Partner::start("127.0.0.1:0", &[], true).unwrap();
        let job = job(&partner);
        let world = world(&job);
        *current.borrow_mut() = Some(Rc::new((partner, job)));
        world
    };
    let act = async |world: &World| {
        let now = of_now();
        order(world, &now.0, &now.1).await.map(drop)
    };
    every_fault(prepare, act, |_| references(&of_now().0).join("\n")).await;
    let last = of_now();
    ordered_once(&last.0, &last.1);
}

#[tokio::test]
async fn a_partner_that_breaks_in_any_way_gets_each_order_once() {
    use Manner::{Breaks, Busy, HangsUp, Loses, Stumbles};
    for careless in [false, true] {
        for manners in [
            &[Loses][..],
            &[Stumbles],
            &[Breaks, Loses],
            &[HangsUp, Busy, Breaks],
            &[Busy, HangsUp, Stumbles],
        ] {
            let partner = Partner::start("127.0.0.1:0", manners, careless).unwrap();
            let job = job(&partner);
            let world = world(&job);
            let mut calls = 0;
            while order(&world, &partner, &job).await.is_err() {
                calls += 1;
                assert!(calls < 4, "the state machine calls no more often");
            }
            ordered_once(&partner, &job);
            assert!(0 < calls, "something had to be asked again");
        }
    }
}

#[tokio::test]
async fn a_refused_order_fails_the_step_in_the_partners_words() {
    let partner = Partner::start("127.0.0.1:0", &[Manner::Refuses], false).unwrap();
    let job = job(&partner);
    let world = world(&job);
    assert_eq!(order(&world, &partner, &job).await.unwrap()["end"], "failed");
    let view = view(&world, &job).await;
    assert_eq!(
        view.step("publish").error.as_deref(),
        Some("the print partner answered 422: we do not ship there")
    );
    assert!(partner.orders().is_empty());
}

#[tokio::test]
async fn an_unknown_order_stays_unknown_while_the_partner_cannot_be_asked() {
    let partner = Partner::start("127.0.0.1:0", &[Manner::Loses], false).unwrap();
    let job = job(&partner);
    let world = world(&job);
    order(&world, &partner, &job).await.unwrap_err();
    // The partner is gone: another port, where nobody listens.
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let client = Guarded::new([format!("127.0.0.1:{gone}")]);
    let key = |_| -> publishers::Reading { Box::pin(async { Ok("deployment".into()) }) };
    let target = PrintPartner::new(Signed::new(&world.objects, &world.table, client, key));
    let targets: Targets<'_> = [("print-partner", &target as &dyn Target)].into();
    let publishing = Publishing {
        table: &world.table,
        objects: &world.objects,
        targets: &targets,
        hub: None,
        notary: None,
    };
    handle(&publishing, publish_call(&job), NOW).await.unwrap_err();
    let view = view(&world, &job).await;
    let states: Vec<_> = view.publications.iter().map(|publication| publication.state).collect();
    assert_eq!(states, [PublicationState::Unknown]);
    assert_eq!(partner.orders().len(), 1);
}
