//! What people change of what they approve: another file, other words; and how they look closely.

use super::pages::{asset, plant};
use super::reviews::{alter, asked_for, decide, record};
use super::{Desk, Seat};
use crate::person::Role;
use domain::fakes::{MP4, NOW, PNG};
use domain::id::ReviewId;
use domain::ports::Bucket;
use domain::review::ReviewState;
use serde_json::{Value, json};

async fn ticket(desk: &Desk, seat: &Seat, id: &ReviewId, file: (&str, &str)) -> (u16, String) {
    let form = [("media_type", file.0), ("bytes", file.1)];
    let answer = desk.post(seat, &format!("reviews/{id}/upload"), &form).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn corrected_words_are_an_edit_and_the_next_form_has_them() {
    let (desk, id) = asked_for().await;
    alter(&desk, &id, json!({ "rules": { "approvals": 2, "expires_s": 600 } }));
    let seat = desk.seat("acme", &[Role::Reviewer]);
    let subject = record(&desk, &id).subjects[0].asset.clone();
    let form = [
        ("decision", "edit"),
        ("subject", subject.as_str()),
        ("alt", "a \"red\" kite"),
        ("x", "25"),
        ("y", "50"),
    ];
    assert_eq!(decide(&desk, &seat, &id, &form).await, 303);
    let change = record(&desk, &id).edited.unwrap().change;
    assert_eq!(
        (change.alt.as_deref(), change.focal.map(|focal| (focal.x, focal.y))),
        (Some("a \"red\" kite"), Some((0.25, 0.5)))
    );
    let ben = desk.seat_called("acme", &[Role::Reviewer], "ben");
    let page = desk.get(&ben, &format!("reviews/{id}")).await.body;
    for part in [
        "<dd>a &quot;red&quot; kite</dd>",
        "name=\"x\" type=\"number\" min=\"0\" max=\"100\" step=\"0.1\" value=\"25\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn another_file_goes_straight_into_the_bucket_and_takes_the_assets_place() {
    let (desk, id) = asked_for().await;
    alter(&desk, &id, json!({ "rules": { "approvals": 2, "expires_s": 600 } }));
    let seat = desk.seat("acme", &[Role::Reviewer]);
    let (status, body) = ticket(&desk, &seat, &id, ("image/png", "2000000")).await;
    assert_eq!(status, 201, "{body}");
    let told: Value = serde_json::from_str(&body).unwrap();
    assert!(told["url"].as_str().unwrap().contains("/uploads/acme/direct/"), "{told}");
    let upload = told["upload"].as_str().unwrap();
    let subject = record(&desk, &id).subjects[0].clone();
    let edit = [("decision", "edit"), ("subject", subject.asset.as_str()), ("upload", upload)];
    assert_eq!(decide(&desk, &seat, &id, &edit).await, 400, "nothing was put there yet");
    assert_eq!(record(&desk, &id).state, ReviewState::Open);
    let retouched = [PNG, b"retouched"].concat();
    desk.world.objects.plant(Bucket::Uploads, &format!("uploads/acme/{upload}"), retouched);
    for _ in 0..2 {
        assert_eq!(decide(&desk, &seat, &id, &edit).await, 303, "the same twice is one");
    }
    let review = record(&desk, &id);
    assert_eq!((review.votes.len(), review.state), (1, ReviewState::Open));
    let new = review.subjects[0].clone();
    assert_ne!(new.sha256, subject.sha256);
    // Whoever approves next sees the new file, beside the one that it replaces.
    let ben = desk.seat_called("acme", &[Role::Reviewer], "ben");
    let page = desk.get(&ben, &format!("reviews/{id}")).await.body;
    assert!(page.contains("replaced by hand") && page.contains(&new.sha256), "{page}");
    assert!(page.contains("Before: large image"), "{page}");
    assert!(desk.get(&ben, "reviews").await.body.contains(&new.sha256), "and in the queue");
}

#[tokio::test]
async fn a_file_that_would_not_be_taken_is_refused_before_it_is_sent() {
    let (desk, id) = asked_for().await;
    let seat = desk.seat("acme", &[Role::Reviewer]);
    let refused = [
        (("application/pdf", "9"), 400, "The file is application/pdf. Choose one of image/jpeg"),
        (("", "9"), 400, "The file is of no type that is known."),
        (("image/png", "0"), 400, "The file has 0 B, and at most 64.0 MB are taken."),
        (("image/png", "67108865"), 400, "The file has 64.0 MB, and at most 64.0 MB are taken."),
    ];
    for (file, status, why) in refused {
        let answer = ticket(&desk, &seat, &id, file).await;
        assert!(answer.0 == status && answer.1.contains(why), "{answer:?}");
    }
    assert_eq!(ticket(&desk, &seat, &id, ("audio/x-wav", "9")).await.0, 201, "as Firefox calls it");
    let editor = desk.seat("acme", &[Role::Editor]);
    assert_eq!(ticket(&desk, &editor, &id, ("image/png", "9")).await.0, 403);
    let other = desk.seat("beta", &Role::ALL);
    assert_eq!(ticket(&desk, &other, &id, ("image/png", "9")).await.0, 404);
    alter(&desk, &id, json!({ "state": "decided" }));
    assert_eq!(ticket(&desk, &seat, &id, ("image/png", "9")).await.0, 409);
}

#[tokio::test]
async fn a_file_of_another_kind_than_it_says_is_found_out_when_it_is_decided_on() {
    let (desk, id) = asked_for().await;
    let seat = desk.seat("acme", &[Role::Reviewer]);
    let (_, body) = ticket(&desk, &seat, &id, ("image/png", "2000000")).await;
    let told: Value = serde_json::from_str(&body).unwrap();
    let upload = told["upload"].as_str().unwrap();
    desk.world.objects.plant(Bucket::Uploads, &format!("uploads/acme/{upload}"), MP4);
    let edit = [("decision", "edit"), ("upload", upload)];
    let answer = desk.post(&seat, &format!("reviews/{id}/decide"), &edit).await;
    let why = "The upload is video/mp4, and what it would replace is image/png.";
    assert!(answer.status == 400 && answer.body.contains(why), "{}", answer.body);
}

#[tokio::test]
async fn films_are_stepped_sounds_are_drawn_and_flagged_seconds_looped() {
    let (desk, id) = asked_for().await;
    let seat = desk.seat("acme", &[Role::Reviewer]);
    let film = json!({ "fps": 12.5, "black": [[1.0, 2.0]], "frozen": [], "sound": null });
    let sound = json!({ "silent": [[0.25, 1.5]], "cut": [[2.0, 2.05]] });
    let parts = [
        (
            "video/mp4",
            film,
            vec![
                "<video",
                "data-fps=\"12.5\"",
                "data-step=\"-1\"",
                "data-loop=\"1 2\"",
                "Loop black 1.0–2.0 s",
            ],
        ),
        (
            "audio/wav",
            sound,
            vec![
                "<audio",
                "<canvas class=\"wave\"",
                "data-loop=\"0.25 1.5\"",
                "Loop clipping 2.0–2.0 s",
            ],
        ),
    ];
    for (media_type, scores, wanted) in parts {
        let mut made = asset(&id.job(), "film.1.out", None);
        made.media_type = media_type.into();
        plant(&desk, &[&made]);
        let verdict = json!({ "verdict": "review", "scores": { made.id.as_str(): scores } });
        let subjects = json!([{ "asset": made.id, "sha256": made.sha256 }]);
        alter(&desk, &id, json!({ "subjects": subjects, "verdict": verdict }));
        let page = desk.get(&seat, &format!("reviews/{id}")).await.body;
        for part in wanted {
            assert!(page.contains(part), "{part}: {page}");
        }
    }
}

#[tokio::test]
async fn candidates_and_earlier_rounds_are_shown_side_by_side_with_the_best_one_marked() {
    let (desk, id) = asked_for().await;
    let seat = desk.seat("acme", &[Role::Reviewer]);
    let page = async || desk.get(&seat, &format!("reviews/{id}")).await.body;
    assert!(!page().await.contains("id=\"tries\""), "there was one thing to look at");
    let made = ["paint.1.out", "paint~2.1.out"].map(|name| asset(&id.job(), name, None));
    plant(&desk, &made.iter().collect::<Vec<_>>());
    let of = |at: usize| json!([{ "asset": made[at].id, "sha256": made[at].sha256 }]);
    let tries = json!([
        { "round": 1, "step": "paint", "subjects": of(0), "verdict": "fail", "score": 0.31, "reasons": ["is <blurred>"] },
        { "round": 1, "step": "paint~2", "subjects": of(1), "verdict": "review", "score": 0.74, "best": true },
        { "round": 1, "step": "paint~3", "reasons": ["no host took it"] },
    ]);
    alter(
        &desk,
        &id,
        json!({ "subjects": of(1), "verdict": { "verdict": "review", "tries": tries } }),
    );
    let page = page().await;
    let (_, shown) = page.split_once("id=\"tries\"").unwrap();
    for part in
        ["31 %", "is &lt;blurred&gt;", "paint~2", "74 %", ">best<", ">not made<", "no host took it"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[tokio::test]
async fn who_may_only_look_is_told_so_before_they_try() {
    let (desk, id) = asked_for().await;
    let page = async |seat: &Seat| desk.get(seat, &format!("reviews/{id}")).await.body;
    let editor = page(&desk.seat("acme", &[Role::Editor])).await;
    assert!(editor.contains("Deciding needs the role <b>reviewer</b>"), "{editor}");
    assert!(editor.contains("data-key=\"a\" disabled") && !editor.contains("id=\"edit\""));
    alter(&desk, &id, json!({ "groups": ["brand"], "expires_at": NOW.plus_s(600) }));
    let outsider = page(&desk.seat("acme", &[Role::Reviewer])).await;
    assert!(outsider.contains("This is for <b>brand</b> to decide."), "{outsider}");
}
