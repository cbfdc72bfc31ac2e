//! What comes of decisions: for the gate, the job, the execution, and what may be published.

use super::*;
use crate::fakes::every_fault;
use crate::gate::Lists;
use crate::gate::policy::{Pinned, Policy, copies};
use crate::publish::{cleared, ready};

/// When a decision of [`NOW`] is in effect.
const THEN: Time = Time(NOW.0 + 30_000);

#[tokio::test]
async fn an_approval_lets_exactly_the_bytes_go_out_that_were_shown() {
    let world = asked("").await;
    waits(&world).await;
    assert_eq!(told(&world), None, "nobody decided");
    assert!(ready(&view(&world).await, "publish").is_err());
    approve(&world, "anna").await.unwrap();
    assert!(cleared(&view(&world).await, &painted()).is_err(), "it can be taken back still");
    in_effect(&world, THEN).await;
    assert_eq!(told(&world).unwrap(), json!({ "ok": true }));
    let view = view(&world).await;
    assert_eq!((ready(&view, "publish"), cleared(&view, &painted())), (Ok(()), Ok(())));
    let other = AssetRecord { sha256: sha256(b"other"), ..painted() };
    assert!(cleared(&view, &other).is_err());
    let verdict = view.step("safe").verdict.unwrap();
    assert_eq!(
        (&verdict["verdict"], &verdict["approved"]["by"]),
        (&json!("review"), &json!(["anna"]))
    );
}

#[tokio::test]
async fn what_failed_too_often_goes_out_only_by_an_approval_of_exactly_the_last_try() {
    let then = ", on_fail: { retry: generate, attempts: 2, then: review }";
    let world = asked_after(then, Verdict::Fail, 499_999).await;
    waits(&world).await;
    let before = view(&world).await;
    assert!(ready(&before, "publish").is_err() && cleared(&before, &painted()).is_err());
    assert_eq!(before.reviews[0].verdict["verdict"], "fail", "people see what the gate said");
    approve(&world, "anna").await.unwrap();
    in_effect(&world, THEN).await;
    let view = view(&world).await;
    assert_eq!((ready(&view, "publish"), cleared(&view, &painted())), (Ok(()), Ok(())));
    assert!(cleared(&view, &AssetRecord { sha256: sha256(b"other"), ..painted() }).is_err());
}

#[tokio::test]
async fn a_token_that_comes_after_the_decision_is_told_at_once() {
    let world = asked("").await;
    approve(&world, "anna").await.unwrap();
    in_effect(&world, THEN).await;
    assert_eq!(told(&world), None, "nobody waits");
    waits(&world).await;
    assert_eq!(told(&world).unwrap(), json!({ "ok": true }));
}

#[tokio::test]
async fn a_rejection_ends_the_job_and_an_optional_gate_only_its_own_way() {
    let world = asked("").await;
    waits(&world).await;
    let no = Asked::new(Decision::Reject).with_note("not our fox");
    say(&world, "anna", no.clone(), NOW).await.unwrap();
    in_effect(&world, THEN).await;
    assert_eq!(told(&world).unwrap(), json!({ "end": "rejected" }));
    let ended = view(&world).await;
    assert_eq!(ended.job.reason.as_deref(), Some("safe: rejected by anna"));
    assert_eq!(ended.step("safe").state, StepState::Failed);
    let world = asked(", on_error: skip").await;
    waits(&world).await;
    say(&world, "anna", no, NOW).await.unwrap();
    in_effect(&world, THEN).await;
    assert_eq!(told(&world).unwrap(), json!({ "ok": true }));
    let view = view(&world).await;
    assert_eq!(view.step("safe").state, StepState::Skipped);
    assert!(cleared(&view, &painted()).is_err());
}

#[tokio::test]
async fn what_a_person_rejects_is_known_to_the_policies_that_compare_with_it() {
    let world = asked("").await;
    let policy = "{ name: brand, owner: ed, criteria: { copies: { evaluator: copies } } }";
    let pinned = Pinned {
        version: 1,
        sha256: String::new(),
        policy: Policy::parse(policy).unwrap_or_else(|problems| panic!("{problems:?}")),
        secret: String::new(),
    };
    let JobView { plan, mut pipeline, .. } = view(&world).await;
    let good = pipeline.steps.iter_mut().find(|step| step.name == "good").unwrap();
    good.pinned = Some(Box::new(pinned));
    put(&world, PlanRecord::key(&job()), &PlanRecord { plan, pipeline, mandate: None });
    waits(&world).await;
    let tenant = person("anna").tenant;
    let sets = [copies::Set::Rejected];
    let mut lists = Lists::default();
    copies::recall(&world.table, &tenant, &sets, &mut lists, THEN).await.unwrap();
    assert!(lists.rejected.is_empty());
    say(&world, "anna", Asked::new(Decision::Reject), NOW).await.unwrap();
    in_effect(&world, THEN).await;
    copies::recall(&world.table, &tenant, &sets, &mut lists, THEN).await.unwrap();
    let known: Vec<_> = lists.rejected.iter().map(|one| (&*one.sha256, &*one.reason)).collect();
    assert_eq!(known, [(&*painted().sha256, "rejected by anna")]);
}

#[tokio::test]
async fn a_regenerate_goes_back_to_what_made_it_with_the_note_in_the_prompt() {
    let world = asked("").await;
    waits(&world).await;
    let again = Asked::new(Decision::Regenerate).with_note("brighter, and no hat");
    say(&world, "anna", again, NOW).await.unwrap();
    in_effect(&world, THEN).await;
    assert_eq!(told(&world).unwrap(), json!({ "goto": 0, "round": 2 }));
    let view = view(&world).await;
    assert_eq!((view.job.round, view.step("generate").state), (2, StepState::Pending));
    let prompt = view.parameters("generate").unwrap()["prompt"].clone();
    assert_eq!(prompt, "a fox\n\nbrighter, and no hat");
    assert_eq!(view.step("safe").state, StepState::Pending);
    assert_eq!(view.reviews[0].state, ReviewState::Closed);
}

#[tokio::test]
async fn a_regenerate_that_the_budget_cannot_pay_is_refused() {
    let world = asked("").await;
    let spent = Write::set(JobRecord::key(&job()), json!({ "spent": 499_999, "budget": 500_000 }));
    world.table.write(vec![spent]).await.unwrap();
    let again = Asked::new(Decision::Regenerate).with_note("brighter");
    let refused = say(&world, "anna", again, NOW).await.unwrap_err();
    assert!(matches!(refused, Refusal::Budget(..)), "{refused}");
}

#[tokio::test]
async fn an_edit_takes_the_assets_place_and_only_its_bytes_may_go_out() {
    let world = asked("").await;
    waits(&world).await;
    let png = [crate::fakes::PNG, b"retouched"].concat();
    let key = crate::upload::key(&person("anna").tenant, "direct/retouched.png");
    world.objects.plant(Bucket::Uploads, &key, png.clone());
    let edit = Asked {
        upload: Some("direct/retouched.png".into()),
        alt: Some("a red fox in snow".into()),
        ..Asked::new(Decision::Edit)
    };
    say(&world, "anna", edit, NOW).await.unwrap();
    in_effect(&world, THEN).await;
    // `good` has judged the other bytes, so it judges again.
    assert_eq!(told(&world).unwrap(), json!({ "goto": 1, "round": 2 }));
    let mut view = view(&world).await;
    let id = view.step("generate").outputs["image"][0].clone();
    let edited = view.assets[&id].clone();
    assert_eq!((&edited.sha256, &edited.made_from), (&sha256(&png), &vec![painted().id]));
    assert_eq!(edited.edited.as_ref().unwrap().alt.as_deref(), Some("a red fox in snow"));
    assert_eq!(view.step("good").state, StepState::Pending);
    assert_eq!(cleared(&view, &edited), Ok(()));
    view.steps.remove("good");
    assert!(cleared(&view, &painted()).is_err(), "what was replaced is not approved");
}

#[tokio::test]
async fn an_edit_of_the_best_of_several_stands_wherever_that_one_is() {
    let world = asked("").await;
    waits(&world).await;
    let mut candidate = view(&world).await.step("generate");
    candidate.name = "generate~2".into();
    put(&world, StepRecord::key(&job(), "generate~2"), &candidate);
    let png = [crate::fakes::PNG, b"retouched"].concat();
    let key = crate::upload::key(&person("anna").tenant, "direct/retouched.png");
    world.objects.plant(Bucket::Uploads, &key, png);
    let edit = Asked { upload: Some("direct/retouched.png".into()), ..Asked::new(Decision::Edit) };
    say(&world, "anna", edit, NOW).await.unwrap();
    in_effect(&world, THEN).await;
    let view = view(&world).await;
    let of = |step: &str| view.step(step).outputs["image"][0].clone();
    assert_ne!(of("generate"), painted().id);
    assert_eq!(of("generate"), of("generate~2"), "who takes the best takes what was made of it");
}

#[tokio::test]
async fn a_correction_approves_the_same_bytes_and_is_kept_with_them() {
    let world = asked("").await;
    waits(&world).await;
    let focal = Some(Focal { x: 0.25, y: 0.5 });
    let edit = Asked { caption: Some("Fox".into()), focal, ..Asked::new(Decision::Edit) };
    say(&world, "anna", edit, NOW).await.unwrap();
    in_effect(&world, THEN).await;
    assert_eq!(told(&world).unwrap(), json!({ "ok": true }));
    let view = view(&world).await;
    let kept = view.assets[&painted().id].edited.clone().unwrap();
    assert_eq!((kept.caption.as_deref(), kept.focal, kept.replaced), (Some("Fox"), focal, None));
    assert_eq!(cleared(&view, &painted()), Ok(()));
}

#[tokio::test]
async fn an_upload_of_another_medium_or_of_nobody_is_refused() {
    let world = asked("").await;
    let edit = |id: &str| Asked { upload: Some(id.into()), ..Asked::new(Decision::Edit) };
    let refused = say(&world, "anna", edit("direct/none.png"), NOW).await.unwrap_err();
    assert_eq!(refused.to_string(), "there is no upload \"direct/none.png\"");
    let key = crate::upload::key(&person("anna").tenant, "direct/film.mp4");
    world.objects.plant(Bucket::Uploads, &key, crate::fakes::MP4);
    let refused = say(&world, "anna", edit("direct/film.mp4"), NOW).await.unwrap_err();
    assert!(refused.to_string().contains("what it would replace is image/png"), "{refused}");
}

#[tokio::test]
async fn every_fault_of_deciding_waiting_and_taking_effect_leaves_one_clean_world() {
    let all = [
        Asked::new(Decision::Approve).with_note("fine"),
        Asked::new(Decision::Reject),
        Asked::new(Decision::Regenerate).with_note("brighter"),
        Asked { caption: Some("Fox".into()), ..Asked::new(Decision::Edit) },
    ];
    for decision in all {
        let prepare = async || asked("").await;
        let act = async |world: &World| {
            let desk = desk(world, &world.table);
            let message =
                Wait { review: true, job: job(), run: 1, round: 1, wave: 1, token: "t1".into() };
            wait(&world.table, (&world.flow, &world.queue), &message, NOW).await?;
            let said = decide(&desk, &person("anna"), &review_id(), &decision, SALT, NOW).await?;
            said.expect("the same decision of the same person is no other one");
            due(&world.table, (&world.flow, &world.queue), &review_id(), THEN).await.map(drop)
        };
        every_fault(prepare, act, World::listing).await;
    }
}

#[tokio::test]
async fn every_fault_of_claiming_letting_go_and_taking_back_leaves_one_clean_world() {
    let open = async || asked("").await;
    let claims = async |world: &World| {
        let (desk, anna) = (desk(world, &world.table), person("anna"));
        claim(&desk, &anna, &review_id(), NOW).await?.map(drop).expect("nobody else has it");
        Ok(())
    };
    every_fault(open, claims, World::listing).await;
    let claimed = async || {
        let world = asked("").await;
        claims(&world).await.unwrap();
        world
    };
    let releases = async |world: &World| {
        let (desk, anna) = (desk(world, &world.table), person("anna"));
        release(&desk, &anna, &review_id(), NOW).await?.map(drop).expect("it is hers, or free");
        Ok(())
    };
    every_fault(claimed, releases, World::listing).await;
    let all = [
        Asked::new(Decision::Approve).with_note("fine"),
        Asked::new(Decision::Reject),
        Asked::new(Decision::Regenerate).with_note("brighter"),
        Asked { caption: Some("Fox".into()), ..Asked::new(Decision::Edit) },
    ];
    for decision in all {
        let decided = async || {
            let world = asked("").await;
            say(&world, "anna", decision.clone(), NOW).await.unwrap();
            world
        };
        let back = async |world: &World| {
            let (desk, anna) = (desk(world, &world.table), person("anna"));
            undo(&desk, &anna, &review_id(), SALT, NOW).await?.map(drop).expect("it is in time");
            Ok(())
        };
        every_fault(decided, back, World::listing).await;
    }
}

#[tokio::test]
async fn every_fault_of_expiring_and_canceling_leaves_one_clean_world() {
    let act = async |world: &World| {
        due(&world.table, (&world.flow, &world.queue), &review_id(), NOW.plus_s(61)).await.map(drop)
    };
    let prepare = async || {
        let world = asked(", review: { expires_s: 60 }").await;
        waits(&world).await;
        world.faults.clear();
        world
    };
    every_fault(prepare, act, World::listing).await;
    let cancel = async |world: &World| {
        crate::job::cancel(&world.table, &world.flow, &world.queue, &job(), NOW).await.map(drop)
    };
    every_fault(prepare, cancel, World::listing).await;
}

#[tokio::test]
async fn after_an_erase_the_words_are_gone_and_the_chain_verifies() {
    let world = asked("").await;
    waits(&world).await;
    let no = Asked::new(Decision::Reject).with_note("she looks like my neighbour");
    say(&world, "anna", no, NOW).await.unwrap();
    in_effect(&world, THEN).await;
    let end = crate::job::End {
        job: job(),
        run: 1,
        end: crate::state::JobState::Rejected,
        event: 0,
        reason: None,
    };
    crate::job::settle(&world.table, &end, THEN).await.unwrap();
    assert!(world.listing().contains("my neighbour"));
    crate::erase::erase_job(&world.erasing(), &job(), None, "asked to", THEN).await.unwrap();
    let left = world.listing();
    assert!(!left.contains("my neighbour") && !left.contains("nobody judged"), "{left}");
    let kept = Chain::Job(job()).read(&world.table).await.unwrap();
    assert_eq!((verify(&kept, true), kept.entries.len()), (Vec::new(), 1));
    assert_eq!(kept.entries[0].who, "anna");
}
