//! The page that tells how good the gates are.

use super::Desk;
use crate::person::Role;
use domain::Time;
use domain::fakes::NOW;
use domain::gate::policy::{Policy, put};
use domain::id::{JobId, ReviewId, TenantId};
use domain::review::ReviewRecord;
use domain::store::{Key, Write, from_item};
use serde_json::json;

const BRAND: &str = "
name: brand
owner: design
criteria: { look: { evaluator: judge, with: { model: chat/scribe, rubric: fine } } }
";

/// A desk whose policy judged a hundred and sixty pictures in eight days, one of them wrongly.
async fn judged() -> Desk {
    let desk = Desk::new();
    let acme = TenantId::parse("acme").unwrap();
    put(&desk.world.table, &acme, Policy::parse(BRAND).unwrap(), "ed", NOW).await.unwrap();
    for back in 0..8 {
        for n in 0..20 {
            let at = Time(NOW.0 - back * 86_400_000 - n * 1_000);
            let wrong = (back, n) == (1, 0);
            let score = if back == 0 { 0.5 } else { 0.9 };
            let said = if back == 0 { "doubtful" } else { "pass" };
            let verdict = if back == 0 { "review" } else { "pass" };
            let id = ReviewId::new(&JobId::new(at, [n as u8; 10]), "good", 1);
            let word = json!({ "by": "mia@example.com", "decision": "reject", "at": at.plus_s(9), "since": at.plus_s(8) });
            let mut row = json!({
                "id": id, "at": at, "version": 1, "verdict": verdict, "score": score, "sampled": wrong,
                "criteria": { "look": { "said": said, "score": score, "by": "chat/<scribe>", "thresholds": [0.8, 0.4] } },
                "expires_at": 1,
            });
            if wrong {
                row["people"] = json!({ "decision": "reject", "words": [word] });
            }
            let key = Key::new("VERDICTS#acme#brand", format!("{:015}#{id}", at.0));
            desk.world.table.plant(Write::put(key, &row).unwrap());
        }
    }
    desk
}

#[tokio::test]
async fn the_page_tells_agreement_haste_other_thresholds_and_who_left_its_band() {
    let desk = judged().await;
    for page in ["gates", "gates?policy=brand&days=30"] {
        let answer = desk.get(&desk.seat("acme", &[Role::Reviewer]), page).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        for part in [
            "160 verdicts",
            "140 pass, 20 review, 0 fail",
            "0 of 1 (0 %)",
            "1 false passes, 0 false failures",
            "1 of 1 decided, 1 refused",
            "mia@example.com",
            "1.0 s",
            "Other thresholds of look",
            "0.80, now",
            "look by chat/&lt;scribe&gt;",
            "Today 0 of 20",
            "class=\"band\"",
            "state flat\">off",
        ] {
            assert!(answer.body.contains(part), "{part}: {}", answer.body);
        }
        assert!(!answer.body.contains(" style="), "the page's policy forbids styles within");
    }
}

#[tokio::test]
async fn anothers_policy_does_not_exist_and_days_without_sense_are_thirty() {
    let desk = judged().await;
    let own = desk.seat("acme", &[Role::Reviewer]);
    let other = desk.seat("beta", &[Role::Reviewer]);
    assert_eq!(desk.get(&other, "gates?policy=brand").await.status, 404);
    assert!(!desk.get(&other, "gates").await.body.contains("brand"));
    assert_eq!(desk.get(&own, "gates?policy=no-such").await.status, 404);
    for days in ["0", "91", "many"] {
        let answer = desk.get(&own, &format!("gates?days={days}")).await;
        assert!(answer.body.contains("value=\"30\""), "{days}");
    }
}

#[tokio::test]
async fn a_decision_knows_since_when_its_page_was_before_somebody() {
    let (desk, id) = super::reviews::asked_for().await;
    let seat = desk.seat("acme", &[Role::Reviewer]);
    let page = desk.get(&seat, &format!("reviews/{id}")).await.body;
    let shown = page.split("name=\"shown\"").nth(1).and_then(|rest| rest.split("value=\"").nth(1));
    let shown = shown.and_then(|rest| rest.split('"').next()).unwrap();
    let since = async |shown: &str| {
        let (desk, id) = super::reviews::asked_for().await;
        let form = [("decision", "approve"), ("shown", shown)];
        assert_eq!(desk.post(&seat, &format!("reviews/{id}/decide"), &form).await.status, 303);
        let item = desk.world.table.peek(&ReviewRecord::key(&id)).unwrap();
        from_item::<ReviewRecord>(&item).unwrap().votes[0].since
    };
    assert_eq!(since(shown).await, Some(NOW));
    assert_eq!(since("made up").await, None);
}
