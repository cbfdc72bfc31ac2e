//! How a policy is held to its own word: the share of its passes that people look at, and how much is planted.

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

/// Most pictures that a policy plants each day.
pub(super) const PLANT_MOST: u32 = 24;

/// Reads `plant: 3 per day`, or `plant: 3`.
pub(super) fn plant(root: &Map<String, Value>, problems: &mut Problems) -> u32 {
    let Some(value) = root.get("plant") else { return 0 };
    let number = match value {
        Value::String(text) => {
            let number = text.trim().strip_suffix("per day").map(str::trim);
            number.and_then(|number| number.parse().ok())
        }
        value => value.as_u64(),
    };
    let number = number.and_then(|number| u32::try_from(number).ok());
    let number = number.filter(|number| *number <= PLANT_MOST);
    if number.is_none() {
        let fix = format!("write how many are planted, such as 3 per day; at most {PLANT_MOST}");
        problems.add("/plant", format!("plant is {}", shown(value)), fix);
    }
    number.unwrap_or(0)
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
    fn a_number_of_plants_is_written_with_or_without_its_unit() {
        let policy = |more: &str| Policy::parse(&format!("{BRAND}{more}")).unwrap();
        for (text, each_day) in
            [("", 0), ("plant: 3 per day", 3), ("plant: 24", 24), ("plant: 0", 0)]
        {
            assert_eq!(policy(text).plant, each_day, "{text}");
        }
        let planted = policy("plant: 3 per day");
        assert_eq!(Policy::parse(&planted.document().to_string()).unwrap(), planted);
        for text in ["plant: 25", "plant: -1", "plant: 1.5", "plant: daily", "plant: 3 per week"] {
            let problems = Policy::parse(&format!("{BRAND}{text}")).unwrap_err();
            assert_eq!(problems[0].pointer, "/plant", "{text}");
            assert_eq!(
                problems[0].fix,
                "write how many are planted, such as 3 per day; at most 24"
            );
        }
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
