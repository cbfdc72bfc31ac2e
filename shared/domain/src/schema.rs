//! The number of the form that records and messages are written in, so that two releases can share a table.
//!
//! Number 1 had none. A release reads its own form and the one before it: new fields have defaults. It refuses a
//! newer form with an error that loses nothing, because whoever asked asks again: the queue brings its message back and
//! keeps it among the dead letters in the end, the state machine tries again, a caller gets a 503.

use crate::error::{Error, Result};
use serde_json::Value;

/// The form that this release writes.
pub const WRITTEN: u64 = 2;
/// The name of the field.
pub const FIELD: &str = "v";

/// Refuses what a later release wrote.
pub fn readable(form: Option<&Value>, what: &str) -> Result<()> {
    let form = form.map_or(Some(1), Value::as_u64);
    match form {
        Some(form) if form <= WRITTEN => Ok(()),
        _ => {
            let form = form.map_or_else(|| "unknown form".into(), |form| format!("form {form}"));
            Err(Error::Again(format!(
                "{what} is of {form}, and this release reads up to {WRITTEN}: deploy the later one again"
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::lane::{HostRecord, Message, SlotRecord};
    use crate::state::JobState;
    use crate::store::{Item, from_item, sort_key};
    use crate::view::JobView;
    use serde_json::json;

    /// A job, its log and its lane as the first release left them in the table.
    const RELEASE_1: &str = include_str!("schema/release-1.json");

    fn of(kind: &str) -> Vec<Item> {
        let items: Vec<Item> = serde_json::from_str(RELEASE_1).unwrap();
        let pk = |item: &Item| item["pk"].as_str().unwrap().to_owned();
        items.into_iter().filter(|item| pk(item).starts_with(kind)).collect()
    }

    #[test]
    fn a_job_of_the_previous_release_is_read_whole() {
        let items = of("JOB#");
        assert!(items.iter().all(|item| !item.contains_key(FIELD)));
        let job = JobView::from_items(&items).unwrap().unwrap();
        assert_eq!(job.job.state, JobState::Succeeded);
        assert_eq!((job.steps.len(), job.attempts.len()), (7, 3));
        assert!(!job.assets.is_empty() && !job.publications.is_empty());
        assert_eq!(job.plan.waves.iter().map(|wave| wave.steps.len()).sum::<usize>(), 7);
    }

    #[test]
    fn events_hosts_and_slots_of_the_previous_release_are_read() {
        for item in of("LOG#") {
            from_item::<Event>(&item).unwrap();
        }
        for item in of("LANE#") {
            match sort_key(&item).split('#').next().unwrap() {
                "HOST" => drop(from_item::<HostRecord>(&item).unwrap()),
                _ => drop(from_item::<SlotRecord>(&item).unwrap()),
            }
        }
    }

    #[test]
    fn a_message_of_the_previous_release_is_read() {
        let message = include_str!("../../../events/dispatch.json");
        let message: Value = serde_json::from_str(message).unwrap();
        readable(message.get(FIELD), "it").unwrap();
        serde_json::from_value::<Message>(message).unwrap();
    }

    #[test]
    fn what_a_later_release_wrote_is_left_for_it() {
        let mut item = of("JOB#").remove(0);
        item.insert(FIELD.into(), json!(3));
        let refused = from_item::<Event>(&item).unwrap_err();
        let place = format!("record {} {}", item["pk"].as_str().unwrap(), sort_key(&item));
        let rest = "is of form 3, and this release reads up to 2: deploy the later one again";
        assert_eq!(refused, Error::Again(format!("{place} {rest}")));
        assert!(readable(Some(&json!("three")), "it").is_err());
    }
}
