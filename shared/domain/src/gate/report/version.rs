//! The whole report: each version of a policy by itself, the people who decide, what was planted, and the models.

use super::criteria::{self, Agreement, OfCriterion};
use super::pace::{Pace, paces};
use super::{Row, Rows, Trend, trends};
use crate::gate::Verdict;
use crate::gate::policy::Policy;
use crate::id::{PersonId, ReviewId};
use crate::time::Time;
use std::collections::{BTreeMap, BTreeSet};

/// Passes that people were asked about, unannounced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sampled {
    /// How many were to be asked about.
    pub asked: usize,
    /// How many of them people decided.
    pub decided: usize,
    /// How many they refused: passes that should have been none.
    pub refused: usize,
}

/// What was known to be bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planted {
    /// How many came to a verdict.
    pub judged: usize,
    /// How many the gate let pass.
    pub gate_missed: usize,
    /// How many people decided.
    pub decided: usize,
    /// How many they let pass.
    pub people_missed: usize,
}

/// What was known to be bad, and was let pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Missed {
    /// Which verdict.
    pub id: ReviewId,
    /// When it was judged.
    pub at: Time,
    /// Whether the gate let it pass.
    pub gate: bool,
    /// Who let it pass; nobody where people did not.
    pub people: Vec<PersonId>,
}

/// One version of a policy.
#[derive(Clone, Debug, PartialEq)]
pub struct OfVersion {
    /// Which.
    pub version: u32,
    /// How often its rule said pass, review and fail; what was planted is not among them.
    pub said: [usize; 3],
    /// How many verdicts people decided.
    pub decided: usize,
    /// How far the verdicts pass and fail agree with people: the rest are overrides.
    pub agreement: Agreement,
    /// Passes that people were asked about.
    pub sampled: Sampled,
    /// What was known to be bad.
    pub planted: Planted,
    /// How long people took.
    pub pace: Pace,
    /// Each criterion.
    pub criteria: Vec<OfCriterion>,
}

/// All that is told of a policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The policy.
    pub policy: String,
    /// From when.
    pub since: Time,
    /// Until when.
    pub until: Time,
    /// Whether it covers all of that time, and not only the newest verdicts of it.
    pub whole: bool,
    /// Of how many verdicts it is made.
    pub verdicts: usize,
    /// Its versions, the newest first.
    pub versions: Vec<OfVersion>,
    /// How long each person took.
    pub people: BTreeMap<PersonId, Pace>,
    /// How long all of them took.
    pub pace: Pace,
    /// What was known to be bad and let pass, the newest first.
    pub missed: Vec<Missed>,
    /// How often each model's work passes.
    pub trends: Vec<Trend>,
}

impl Report {
    /// The report of these verdicts; of a version whose document is not at hand nothing is tried anew.
    pub fn of(
        policy: &str,
        Rows { rows, whole }: &Rows,
        documents: &BTreeMap<u32, Policy>,
        (since, until): (Time, Time),
    ) -> Self {
        let versions: BTreeSet<u32> = rows.iter().map(|row| row.version).collect();
        let versions = versions.into_iter().rev().map(|version| {
            let own: Vec<&Row> = rows.iter().filter(|row| row.version == version).collect();
            of(version, &own, documents.get(&version))
        });
        let (people, pace) = paces(rows.iter());
        Self {
            policy: policy.to_owned(),
            since,
            until,
            whole: *whole,
            verdicts: rows.len(),
            versions: versions.collect(),
            people,
            pace,
            missed: rows.iter().filter_map(missed).collect(),
            trends: trends(rows, until),
        }
    }
}

fn of(version: u32, rows: &[&Row], policy: Option<&Policy>) -> OfVersion {
    let mut of = OfVersion {
        version,
        said: [0; 3],
        decided: 0,
        agreement: Agreement::default(),
        sampled: Sampled::default(),
        planted: Planted::default(),
        pace: paces(rows.iter().copied()).1,
        criteria: Vec::new(),
    };
    for row in rows {
        let approved = row.approved();
        of.decided += usize::from(approved.is_some());
        if row.planted {
            of.planted.judged += 1;
            of.planted.gate_missed += usize::from(row.verdict == Verdict::Pass);
            of.planted.decided += usize::from(approved.is_some());
            of.planted.people_missed += usize::from(approved == Some(true));
            continue;
        }
        of.said[row.verdict as usize] += 1;
        if row.sampled {
            of.sampled.asked += 1;
            of.sampled.decided += usize::from(approved.is_some());
            of.sampled.refused += usize::from(approved == Some(false));
        }
        if let (Some(good), Verdict::Pass | Verdict::Fail) = (approved, row.verdict) {
            of.agreement.add(row.verdict == Verdict::Pass, good);
        }
    }
    let names: BTreeSet<&String> = rows.iter().flat_map(|row| row.criteria.keys()).collect();
    of.criteria = names.into_iter().map(|name| criteria::of(name, rows, policy)).collect();
    of
}

fn missed(row: &Row) -> Option<Missed> {
    let gate = row.verdict == Verdict::Pass;
    let approved = row.approved() == Some(true);
    let words = row.people.iter().flat_map(|people| &people.words).filter(|_| approved);
    let people = words.map(|word| word.by.clone()).collect();
    // As long as people may still be asked, who asked knows of it, and nobody else.
    let over = row.people.is_some() || row.verdict == Verdict::Fail;
    let missed = Missed { id: row.id.clone(), at: row.at, gate, people };
    (row.planted && over && (gate || approved)).then_some(missed)
}
