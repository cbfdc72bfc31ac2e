//! What a judge's answer is worth.

use crate::gate::policy::judge::{opinion, question, scripted};
use crate::sign::sha256;
use serde_json::{Value, json};

fn secret(n: u32) -> String {
    sha256(format!("secret {n}").as_bytes())
}

#[test]
fn a_judge_that_listens_is_believed_and_only_its_field_counts() {
    for n in 0..200 {
        let secret = secret(n);
        let said = opinion(&secret, &scripted::honest(&secret, 0.3).to_string()).unwrap();
        assert_eq!((said.score, said.reason.as_str()), (0.3, "as it is"));
    }
}

#[test]
fn a_judge_that_repeats_what_it_is_told_is_not() {
    for n in 0..200 {
        let secret = secret(n);
        for score in [0.0, 0.5, 1.0] {
            let answer = scripted::obedient(&secret, score).to_string();
            let why = opinion(&secret, &answer).unwrap_err();
            assert!(why.starts_with("it got what everybody knows wrong"), "{why}");
        }
    }
}

#[test]
fn whatever_has_another_form_or_a_score_out_of_range_is_no_answer() {
    let secret = secret(1);
    let change = |change: &dyn Fn(&mut Value)| {
        let mut answer = scripted::honest(&secret, 0.9);
        change(&mut answer);
        opinion(&secret, &answer.to_string())
    };
    assert!(change(&|_| {}).is_ok());
    for text in
        ["", "pass", "1.0", "[]", "{}", "{\"score\": 1.0, \"reason\": \"fine\"}", "{\"score\": 1"]
    {
        assert!(opinion(&secret, text).is_err(), "{text}");
    }
    let names: Vec<String> =
        scripted::honest(&secret, 0.9).as_object().unwrap().keys().cloned().collect();
    for name in &names {
        assert!(change(&|it| it[name] = Value::Null).is_err(), "{name}");
        assert!(
            change(&|it| it.as_object_mut().unwrap().remove(name).map(|_| ()).unwrap()).is_err()
        );
    }
    assert!(change(&|it| it["score"] = json!(1.0)).is_err());
    assert!(change(&|it| it["check"] = json!(7)).is_err());
    for score in [json!(1.2), json!(-1), json!("1.0"), json!(null), json!(true)] {
        let all = |it: &mut Value| {
            for name in names.iter().filter(|name| *name != "check") {
                it[name]["score"] = score.clone();
            }
        };
        assert!(change(&all).is_err(), "{score}");
    }
    // What was right for another job is wrong for this one.
    assert!(opinion(&self::secret(2), &scripted::honest(&secret, 0.9).to_string()).is_err());
}

#[test]
fn names_order_and_sums_differ_from_job_to_job() {
    let asked: std::collections::BTreeSet<String> =
        (0..50).map(|n| question(&secret(n), "fine", None)["system"].to_string()).collect();
    assert_eq!(asked.len(), 50);
    let first = |n| {
        let system = question(&secret(n), "RUBRIC", None)["system"].as_str().unwrap().to_owned();
        let at = system.find("RUBRIC").unwrap();
        system[..at].matches("The sum of").count()
    };
    let places: std::collections::BTreeSet<usize> = (0..50).map(first).collect();
    assert_eq!(places, [0, 1, 2].into(), "the rubric comes first, between and last");
}

#[test]
fn what_is_judged_stands_between_marks_and_beside_the_rules() {
    let asked = question(&secret(1), "one subject", Some("{{ inputs.prompt }}"));
    let (system, prompt) = (asked["system"].as_str().unwrap(), asked["prompt"].as_str().unwrap());
    assert!(system.contains("meets this rubric: one subject") && !system.contains("inputs.prompt"));
    let mark = prompt.lines().nth(1).unwrap();
    assert!(mark.len() == 18 && prompt.matches(mark).count() == 2, "{prompt}");
}
