//! How a policy is held to its own word: the share of its passes that people look at.

use crate::pipeline::{Problems, shown};
use serde_json::{Map, Value};

/// Reads `sample: 2 %`, or `sample: 0.02`.
pub(super) fn sample(root: &Map<String, Value>, problems: &mut Problems) -> f64 {
    let Some(value) = root.get("sample") else { return 0.0 };
    let share = match value {
        Value::String(text) => percent(text),
        value => value.as_f64(),
    };
    let share = share.filter(|share| (0.0..=1.0).contains(share));
    if share.is_none() {
        let fix = "write the share of passes that people look at, such as 2 % or 0.02";
        problems.add("/sample", format!("sample is {}", shown(value)), fix);
    }
    share.unwrap_or(0.0)
}

fn percent(text: &str) -> Option<f64> {
    let number: f64 = text.trim().strip_suffix('%')?.trim().parse().ok()?;
    Some(number / 100.0)
}

#[cfg(test)]
mod tests {
    use crate::gate::policy::Policy;

    const BRAND: &str =
        "name: brand\nowner: design\ncriteria: { sharp: { evaluator: technical } }\n";

    #[test]
    fn a_share_is_written_in_percent_or_as_a_number() {
        let policy = |more: &str| Policy::parse(&format!("{BRAND}{more}")).unwrap();
        for (text, share) in
            [("", 0.0), ("sample: 2 %", 0.02), ("sample: 0.5%", 0.005), ("sample: 0.02", 0.02)]
        {
            assert_eq!(policy(text).sample, share, "{text}");
        }
        assert_eq!(policy("").digest(), policy("sample: 0").digest());
        let sampled = policy("sample: 2 %");
        assert_eq!(sampled.document()["sample"], 0.02);
        assert_eq!(Policy::parse(&sampled.document().to_string()).unwrap(), sampled);
    }

    #[test]
    fn what_is_no_share_is_told_with_its_place() {
        for (text, detail) in [
            ("sample: 2", "sample is 2"),
            ("sample: 101 %", "sample is \"101 %\""),
            ("sample: often", "sample is \"often\""),
            ("sample: -1 %", "sample is \"-1 %\""),
        ] {
            let problems = Policy::parse(&format!("{BRAND}{text}")).unwrap_err();
            assert_eq!(
                (problems[0].pointer.as_str(), problems[0].detail.as_str()),
                ("/sample", detail)
            );
            assert_eq!(
                problems[0].fix,
                "write the share of passes that people look at, such as 2 % or 0.02"
            );
        }
    }
}
