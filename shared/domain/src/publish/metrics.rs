//! What targets count of what was published: read an hour, a day and a week after it was there, each once.

use super::Counts;
use crate::error::Result;
use crate::id::JobId;
use crate::ports::Table;
use crate::post::Able;
use crate::record::{PostingRecord, job_pk};
use crate::store::{Item, Key, Write, from_item};
use crate::takedown::PUBLISHED;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// When figures are read: by its name, and so many seconds after it was there.
pub const READINGS: [(&str, u32); 3] = [("1h", 3600), ("1d", 24 * 3600), ("7d", 7 * 24 * 3600)];
/// How long a reading that failed waits, in seconds; after the last of these it is missed.
const WAITS: [u32; 6] = [300, 900, 3600, 4 * 3600, 8 * 3600, 24 * 3600];
const PREFIX: &str = "COUNTS#";

/// What a target said at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Which one: `1h`, `1d` or `7d`.
    pub after: String,
    /// When it was read.
    pub at: Time,
    /// What it counts, by its own names.
    pub counts: Counts,
}

/// The readings of one publication.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CountsRecord {
    /// The step that published it.
    pub step: String,
    /// The kind of target.
    pub target: String,
    /// When it was there.
    pub published_at: Time,
    /// What was read.
    #[serde(default)]
    pub readings: Vec<Reading>,
    /// Which reading is next, by its place in [`READINGS`].
    pub next: usize,
    /// How often the next one failed.
    #[serde(default)]
    pub tries: u32,
    /// Why it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Hash of the due index; none where nothing more is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_pk: Option<String>,
    /// When the next one is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Time>,
}

impl CountsRecord {
    /// Where the readings of a publication lie.
    pub fn key(job: &JobId, step: &str) -> Key {
        Key::new(job_pk(job), format!("{PREFIX}{step}"))
    }

    /// Readings of something that is there since now; none where its target tells no figures.
    pub fn fresh(step: &str, target: &str, now: Time) -> Option<Self> {
        let counts = Able::of(target).is_some_and(|able| able.verbs.metrics);
        counts.then(|| Self {
            step: step.to_owned(),
            target: target.to_owned(),
            published_at: now,
            readings: Vec::new(),
            next: 0,
            tries: 0,
            error: None,
            due_pk: Some(PUBLISHED.into()),
            due_at: Some(now.plus_s(READINGS[0].1)),
        })
    }

    /// The readings of a publication; none where there are none.
    pub async fn read(table: &dyn Table, job: &JobId, step: &str) -> Result<Option<Self>> {
        let items = table.get(&[Self::key(job, step)]).await?;
        items.first().and_then(Option::as_ref).map(from_item).transpose()
    }

    /// After a target told its figures. What was missed before is not made up for.
    pub fn told(&self, counts: Counts, now: Time) -> Self {
        let due = |(_, after): &(&str, u32)| self.published_at.plus_s(*after) <= now;
        let last = READINGS.iter().rposition(due).unwrap_or(self.next).max(self.next);
        let mut new = self.clone();
        if let Some((after, _)) = READINGS.get(last) {
            new.readings.push(Reading { after: (*after).to_owned(), at: now, counts });
        }
        new.go_on(last + 1)
    }

    /// After a target told nothing: it is asked again later, until the reading is missed.
    pub fn failed(&self, why: &str, now: Time) -> Self {
        let wait = WAITS.get(self.tries as usize);
        let mut new = match wait {
            Some(wait) => {
                Self { tries: self.tries + 1, due_at: Some(now.plus_s(*wait)), ..self.clone() }
            }
            None => self.clone().go_on(self.next + 1),
        };
        new.error = Some(why.to_owned());
        new
    }

    /// Nothing more is read: it is not there any more.
    pub fn over(&self) -> Self {
        Self { due_pk: None, due_at: None, ..self.clone() }
    }

    fn go_on(mut self, next: usize) -> Self {
        let after = READINGS.get(next).map(|(_, after)| self.published_at.plus_s(*after));
        (self.next, self.tries, self.error) = (next, 0, None);
        (self.due_pk, self.due_at) = (after.map(|_| PUBLISHED.to_owned()), after);
        self
    }

    /// This in place of what was read, if nobody wrote it meanwhile.
    pub fn instead_of(&self, job: &JobId, old: &Self) -> Result<Write> {
        let write = Write::put(Self::key(job, &self.step), self)?;
        Ok(write.when_is("due_at", old.due_at))
    }

    /// The latest figures.
    pub fn latest(&self) -> Option<&Reading> {
        self.readings.last()
    }
}

/// The job and the step that a key of the due index names.
pub fn counts_of_due(item: &Item) -> Option<(JobId, String)> {
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    let job = text("pk")?.strip_prefix("JOB#")?;
    Some((JobId::parse(job).ok()?, text("sk")?.strip_prefix(PREFIX)?.to_owned()))
}

/// What callers see of the figures of a publication.
pub fn shown_counts(job: &JobId, posting: &PostingRecord, counts: Option<&CountsRecord>) -> Value {
    let able = Able::of(&posting.target);
    let counted = able.is_some_and(|able| able.verbs.metrics);
    let name = able.map_or(posting.target.as_str(), |able| able.name);
    let why = (!counted).then(|| format!("{name} tells no figures"));
    let readings = counts.map(|counts| counts.readings.iter().map(reading).collect::<Vec<_>>());
    json!({
        "id": PostingRecord::public_id(job, &posting.step), "target": posting.target,
        "counted": counted, "readings": readings.unwrap_or_default(),
        "next_at": counts.and_then(|counts| counts.due_at).map(Time::rfc3339),
        "error": counts.and_then(|counts| counts.error.clone()).or(why),
    })
}

fn reading(reading: &Reading) -> Value {
    json!({ "after": reading.after, "at": reading.at.rfc3339(), "counts": reading.counts })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::NOW;

    fn fresh() -> CountsRecord {
        CountsRecord::fresh("say", "bluesky", NOW).unwrap()
    }

    fn likes(n: u64) -> Counts {
        Counts::from([("likes".to_owned(), n)])
    }

    #[test]
    fn figures_are_read_after_an_hour_a_day_and_a_week() {
        let mut counts = fresh();
        for (place, (_, after)) in READINGS.iter().enumerate() {
            assert_eq!(counts.due_at, Some(NOW.plus_s(*after)));
            counts = counts.told(likes(place as u64), NOW.plus_s(*after + 20));
        }
        let names: Vec<&str> = counts.readings.iter().map(|one| one.after.as_str()).collect();
        assert_eq!((names, counts.due_at), (vec!["1h", "1d", "7d"], None));
    }

    #[test]
    fn what_was_missed_is_not_made_up_for() {
        let counts = fresh().told(likes(1), NOW.plus_s(2 * 24 * 3600));
        assert_eq!((counts.readings[0].after.as_str(), counts.next), ("1d", 2));
        assert_eq!(counts.due_at, Some(NOW.plus_s(7 * 24 * 3600)));
    }

    #[test]
    fn a_reading_that_fails_is_tried_again_and_at_last_missed() {
        let (mut counts, mut now) = (fresh(), NOW.plus_s(3600));
        for _ in WAITS {
            counts = counts.failed("no answer", now);
            assert_eq!((counts.next, counts.error.as_deref()), (0, Some("no answer")));
            now = counts.due_at.unwrap();
        }
        counts = counts.failed("no answer", now);
        assert_eq!((counts.next, counts.tries, counts.readings.len()), (1, 0, 0));
    }

    #[test]
    fn a_target_that_tells_no_figures_is_never_asked() {
        assert_eq!(CountsRecord::fresh("say", "wordpress", NOW), None);
    }
}
