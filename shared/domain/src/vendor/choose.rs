//! Which model does a step: who can at all, who may now, and in which order they are asked.
//!
//! Nothing is read or awaited here: the step, its parameters, the capability table, how the lanes stand and what is
//! left of the budget go in; candidates in order come out, or what each model lacks.

use super::models::{Models, of_vendor};
use super::quote::Wish;
use super::standing::{Standing, Standings};
use crate::money::MicroUsd;
use crate::pipeline::{Choose, Class, Step};
use crate::time::Time;
use crate::vendor::Model;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::cmp::Reverse;
use std::fmt;

/// What a model of one's own hosts is thought to be worth, where no operator said so.
const OWN_RANK: u8 = 50;

/// A model that may do a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The lane in which it is asked.
    pub lane: String,
    /// Whose it is; none of one's own hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// The model, as its vendor or the hosts name it.
    pub model: String,
    /// What an attempt will probably cost.
    pub quote: MicroUsd,
}

impl Candidate {
    /// As pipelines name it.
    pub fn name(&self) -> String {
        match &self.vendor {
            Some(vendor) => format!("{vendor}/{}", self.model),
            None => self.model.clone(),
        }
    }
}

/// Who may do a step, in the order in which they are asked; never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Candidates(pub Vec<Candidate>);

impl Candidates {
    /// The one that is asked first.
    pub fn first(&self) -> Option<&Candidate> {
        self.0.first()
    }

    /// The one that is asked after all of these, by their names.
    pub fn after(&self, tried: &[String]) -> Option<&Candidate> {
        self.0.iter().find(|candidate| !tried.contains(&candidate.name()))
    }
}

/// Why a model is no candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// There is none of that name.
    Unknown,
    /// It does other things.
    Kind(String),
    /// What it lacks.
    Lacks(String),
    /// It would cost so much, and only so much is left.
    Budget(MicroUsd, MicroUsd),
    /// We have no key for its vendor.
    NotSetUp,
    /// An operator holds its lane, for this reason.
    Held(String),
    /// It failed too often in a row, and is tried again then.
    Open(Time),
}

impl Because {
    /// Whether it passes without anybody's changing the pipeline.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Held(_) | Self::Open(_))
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("there is no such model"),
            Self::Kind(kind) => write!(f, "does no {kind}"),
            Self::Lacks(what) => f.write_str(what),
            Self::Budget(quote, left) => {
                let (quote, left) = (quote.usd(), left.0.max(0) as f64 / 1e6);
                write!(f, "costs about ${quote}, and ${left} of the budget is left")
            }
            Self::NotSetUp => f.write_str("its vendor is not set up: there is no key"),
            Self::Held(why) => write!(f, "an operator holds its lane: {why}"),
            Self::Open(until) => {
                write!(f, "failed too often in a row; it is tried again at {}", until.rfc3339())
            }
        }
    }
}

/// Why nobody may do a step: what each model lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Why {
    /// Each model, and why not.
    pub reasons: Vec<(String, Because)>,
    /// Those that could, were they not held up now, in the order in which they would be asked.
    pub held: Vec<Candidate>,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.reasons.is_empty() {
            return f.write_str("no model can do it");
        }
        let each = self.reasons.iter().map(|(model, because)| format!("{model}: {because}"));
        write!(f, "no model can do it: {}", each.collect::<Vec<_>>().join("; "))
    }
}

/// Who may do a step now, and what keeps the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weighed {
    /// Those that may, in the order in which they are asked.
    pub free: Vec<Candidate>,
    /// The others.
    pub why: Why,
}

/// A step that is to be done, with what is known when it is.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The step.
    pub step: &'a Step,
    /// Its parameters, with references replaced as far as they can be.
    pub params: &'a Map<String, Value>,
    /// Width and height of the picture that goes in, where there is one and it is there already.
    pub input: Option<(u32, u32)>,
}

/// A model that can do a step, whether it may now or not.
#[derive(Clone, Debug)]
pub struct Offer<'a> {
    /// The lane in which it would be asked.
    pub lane: &'a str,
    /// The model, as its vendor or the hosts name it.
    pub model: String,
    /// Its row; none of one's own hosts.
    pub row: Option<&'a Model>,
}

impl Offer<'_> {
    /// As pipelines name it.
    pub fn name(&self) -> String {
        self.row.map_or(self.model.clone(), |row| format!("{}/{}", row.vendor, self.model))
    }

    /// What an attempt will probably cost.
    pub fn quote(&self, asked: &Asked<'_>, wish: &Wish<'_>, lane: &Standing) -> MicroUsd {
        let Some(row) = self.row else {
            let seconds = i64::from(asked.step.kind.expected_slot_s(asked.params));
            let least = MicroUsd(asked.step.kind.spec().floor_micros);
            return lane.per_second.map_or(least, |per_second| MicroUsd(per_second.0 * seconds));
        };
        row.quote(wish)
    }

    /// How long it takes as a rule, in seconds.
    pub fn typical_s(&self, asked: &Asked<'_>) -> u32 {
        self.row.map_or_else(|| asked.step.kind.expected_slot_s(asked.params), |row| row.typical_s)
    }

    fn rank(&self, lane: &Standing) -> u8 {
        let of_row = self.row.map_or(OWN_RANK, |row| row.rank);
        lane.ranks.get(&self.model).copied().unwrap_or(of_row)
    }

    /// Why it may not be asked now, whatever it costs.
    fn held_up(&self, lane: &Standing, now: Time) -> Option<Because> {
        // Work for one's own hosts waits in their lane for as long as it must.
        self.row?;
        if !lane.ready {
            return Some(Because::NotSetUp);
        }
        if let Some(why) = &lane.hold {
            return Some(Because::Held(why.clone()));
        }
        lane.open_until(&self.model, now).map(Because::Open)
    }
}

impl<'a> Asked<'a> {
    /// What a row is asked.
    pub fn wish(&self) -> Wish<'a> {
        Wish { params: self.params, input: self.input, effort: self.step.effort }
    }

    /// The lanes that the choice is between, its own first.
    pub fn lanes(&self, models: &'a Models) -> Vec<&'a str> {
        let (offers, _) = self.offers(models);
        let mut lanes: Vec<&str> = offers.iter().map(|offer| offer.lane).collect();
        lanes.sort_unstable_by_key(|lane| (Some(*lane) != self.step.lane.as_deref(), *lane));
        lanes.dedup();
        lanes
    }

    /// Who can do it at all, in the order of the document or the table, and why others cannot.
    pub fn offers(&self, models: &'a Models) -> (Vec<Offer<'a>>, Vec<(String, Because)>) {
        let names = self.names();
        let each: Vec<_> = match names.is_empty() && self.step.class.is_some() {
            true => {
                let rows = models.of_kind(self.step.kind.as_str());
                rows.map(|row| self.able(row, row.model)).collect()
            }
            false => names.iter().map(|name| self.named(name, models)).collect(),
        };
        let (mut offers, mut reasons) = (Vec::new(), Vec::new());
        each.into_iter().for_each(|each| match each {
            Ok(offer) => offers.push(offer),
            Err(reason) => reasons.push(reason),
        });
        (offers, reasons)
    }

    fn named(&self, name: &str, models: &'a Models) -> Result<Offer<'a>, (String, Because)> {
        let Some((_, model)) = of_vendor(name) else {
            let lane = self.step.lane.as_deref().unwrap_or(crate::lane::GPU);
            return Ok(Offer { lane, model: name.to_owned(), row: None });
        };
        let kind = self.step.kind.as_str();
        match models.find(name, kind) {
            Some(row) => self.able(row, model),
            None if models.kinds_of(name).is_empty() => Err((name.to_owned(), Because::Unknown)),
            None => Err((name.to_owned(), Because::Kind(kind.to_owned()))),
        }
    }

    /// The offer of a row, if it lacks nothing.
    fn able(&self, row: &'a Model, model: &str) -> Result<Offer<'a>, (String, Because)> {
        let any = Class::default();
        let offer = Offer { lane: row.vendor, model: model.to_owned(), row: Some(row) };
        match row.lacks(&self.wish(), self.step.class.as_ref().unwrap_or(&any)) {
            Some(lack) => Err((offer.name(), Because::Lacks(lack))),
            None => Ok(offer),
        }
    }

    /// The models that the step names.
    fn names(&self) -> Vec<String> {
        if !self.step.models.is_empty() {
            return self.step.models.clone();
        }
        self.params.get("model").and_then(Value::as_str).map(str::to_owned).into_iter().collect()
    }

    /// Who may do it now, in the order in which they are asked; or why nobody may.
    pub fn candidates(
        &self,
        models: &Models,
        lanes: &Standings,
        left: MicroUsd,
        now: Time,
    ) -> Result<Candidates, Why> {
        let Weighed { free, why } = self.weigh(models, lanes, left, now);
        if free.is_empty() { Err(why) } else { Ok(Candidates(free)) }
    }

    /// The same, with what keeps the others.
    pub fn weigh(&self, models: &Models, lanes: &Standings, left: MicroUsd, now: Time) -> Weighed {
        let (offers, mut reasons) = self.offers(models);
        let (mut free, mut held) = (Vec::new(), Vec::new());
        for offer in &offers {
            let lane = lanes.of(offer.lane);
            let quote = offer.quote(self, &self.wish(), lane);
            let candidate = Candidate {
                lane: offer.lane.to_owned(),
                vendor: offer.row.map(|row| row.vendor.to_owned()),
                model: offer.model.clone(),
                quote,
            };
            let ranked = (self.place(offer, quote, lane), candidate);
            if left < quote {
                reasons.push((offer.name(), Because::Budget(quote, left)));
            } else if let Some(because) = offer.held_up(lane, now) {
                if because.passes() {
                    held.push(ranked);
                }
                reasons.push((offer.name(), because));
            } else {
                free.push(ranked);
            }
        }
        Weighed { free: in_order(free), why: Why { reasons, held: in_order(held) } }
    }

    /// Where an offer stands among the others: least first; equals stay in their order.
    fn place(
        &self,
        offer: &Offer<'_>,
        quote: MicroUsd,
        lane: &Standing,
    ) -> (bool, Reverse<u8>, i64) {
        // One's own hosts are never left out, only put last while none is there.
        let away = offer.row.is_none() && (!lane.ready || lane.hold.is_some());
        let typical = i64::from(offer.typical_s(self));
        let (rank, least) = match self.step.choose {
            Choose::First => (0, 0),
            Choose::Cheapest => (0, quote.0),
            Choose::Fastest => (0, typical),
            Choose::Soonest => (0, typical + i64::from(lane.wait_s.unwrap_or_default())),
            Choose::Best => (offer.rank(lane), quote.0),
        };
        (away, Reverse(rank), least)
    }
}

fn in_order<K: Ord>(mut ranked: Vec<(K, Candidate)>) -> Vec<Candidate> {
    ranked.sort_by(|(a, _), (b, _)| a.cmp(b));
    ranked.into_iter().map(|(_, candidate)| candidate).collect()
}
