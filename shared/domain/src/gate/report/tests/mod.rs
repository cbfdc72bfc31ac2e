//! Reports with figures that were computed by hand.

mod counted;
mod paced;
mod recorded;
mod trended;
mod tried;
mod watched;

use super::*;
use crate::gate::Verdict;
use crate::gate::policy::{Policy, Said};
use crate::id::{JobId, PersonId, ReviewId};
use crate::review::Decision;
use crate::time::Time;
use std::collections::{BTreeMap, BTreeSet};

const NOON: Time = Time(1_700_000_000_000 / 86_400_000 * 86_400_000 + 43_200_000);
const DAY_MS: i64 = 86_400_000;

const BRAND: &str = "
name: brand
owner: design
criteria:
  sharp: { evaluator: technical }
  look: { evaluator: judge, with: { model: chat/scribe, rubric: fine }, pass_at: 0.8, fail_at: 0.4 }
";

fn brand() -> Policy {
    Policy::parse(BRAND).unwrap()
}

/// A verdict by version 1, in which the judge gave this score and all else was well.
fn row(n: i64, score: f64) -> Row {
    let said = match score {
        ..0.4 => Said::Fail,
        0.4..0.8 => Said::Doubtful,
        _ => Said::Pass,
    };
    let verdict = [Verdict::Pass, Verdict::Review, Verdict::Fail][said as usize];
    let thresholds = Some((0.8, 0.4));
    let look = Mark { said, score: Some(score), by: "chat/scribe".into(), thresholds };
    let sharp =
        Mark { said: Said::Pass, score: Some(1.0), by: "technical 1".into(), thresholds: None };
    Row {
        id: ReviewId::new(&JobId::new(Time(n), [7; 10]), "good", 1),
        at: Time(NOON.0 + n * 60_000),
        version: 1,
        verdict,
        sampled: false,
        planted: false,
        pipeline: "hero".into(),
        pipeline_version: Some(4),
        maker: Some("generate".into()),
        score: Some((1.0 + score) / 2.0),
        criteria: BTreeMap::from([("look".into(), look), ("sharp".into(), sharp)]),
        made_by: BTreeSet::from(["fal/flux".into()]),
        people: None,
        expires_at: 0,
    }
}

/// The same, and what this person decided after so many milliseconds.
fn decided(row: Row, by: &str, decision: Decision, took_ms: i64) -> Row {
    let at = Time(row.at.0 + 600_000);
    let since = Some(Time(at.0 - took_ms));
    let word = Word { by: PersonId::parse(by).unwrap(), decision, at, since };
    let people = People { decision: Some(decision), replaced: false, words: vec![word] };
    Row { people: Some(people), ..row }
}

fn report(rows: Vec<Row>) -> Report {
    let rows = Rows { rows, whole: true };
    let documents = BTreeMap::from([(1, brand())]);
    Report::of("brand", &rows, &documents, (Time(NOON.0 - 30 * DAY_MS), NOON))
}
