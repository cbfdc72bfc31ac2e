//! A mark by which an attempt's work is known again at vendors that list work and take no key of ours: its seed.

use domain::sign::sha256;
use domain::vendor::Order;
use serde_json::Value;

/// The seed that an order asks for, else one that only its attempt has.
pub(crate) fn seed(order: &Order) -> u32 {
    let asked = order.number("seed").and_then(|seed| u32::try_from(seed).ok());
    asked.unwrap_or_else(|| own(order))
}

/// Whether a seed in a list says that the work is of this attempt. A seed that the caller chose says nothing:
/// another attempt may have it as well.
pub(crate) fn is_of(order: &Order, seed: &Value) -> bool {
    order.number("seed").is_none() && seed.as_u64() == Some(u64::from(own(order)))
}

/// Not above what any vendor takes: 31 bits.
fn own(order: &Order) -> u32 {
    let hash = sha256(order.attempt.as_str().as_bytes());
    u32::from_str_radix(&hash[..8], 16).unwrap_or(0) >> 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::{AttemptId, JobId};
    use domain::vendor::Effort;
    use serde_json::json;

    fn order(number: u32, params: Value) -> Order {
        let job = JobId::new(domain::Time(0), [7; 10]);
        Order {
            vendor: "double".into(),
            attempt: AttemptId::new(&job, "make", number),
            kind: "image.generate".into(),
            model: "any".into(),
            effort: Effort::Standard,
            params: params.as_object().unwrap().clone(),
            inputs: Default::default(),
            outputs: Default::default(),
            webhook: None,
            deadline_s: 60,
        }
    }

    #[test]
    fn each_attempt_has_a_seed_of_its_own_unless_the_caller_chose_one() {
        let (one, other) = (order(1, json!({})), order(2, json!({})));
        assert_ne!(seed(&one), seed(&other));
        assert!(seed(&one) <= i32::MAX as u32);
        assert!(is_of(&one, &seed(&one).into()));
        assert!(!is_of(&one, &seed(&other).into()));
        assert!(!is_of(&one, &Value::Null));
        let chosen = order(1, json!({ "seed": 7 }));
        assert_eq!(seed(&chosen), 7);
        assert!(!is_of(&chosen, &json!(7)), "others may have chosen it as well");
    }
}
