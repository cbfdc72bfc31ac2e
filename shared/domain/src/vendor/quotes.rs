//! What a job will cost, told before it is submitted: each step's candidates, with a price for each effort.

use super::choose::{Asked, Because, Offer, Weighed};
use super::models::Models;
use super::standing::{Standing, Standings};
use crate::lane::LaneView;
use crate::money::MicroUsd;
use crate::pipeline::{Function, Kind, Pipeline, Reference, Scope, Step, resolve};
use crate::time::Time;
use crate::vendor::{Effort, Wish};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A job that might be submitted: its pipeline as it would run, and what it would be given.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The pipeline, with a step for each item.
    pub pipeline: &'a Pipeline,
    /// Its inputs, defaults filled in.
    pub inputs: &'a Map<String, Value>,
    /// Its labels.
    pub labels: &'a BTreeMap<String, String>,
}

/// A step that a model does, with what is known of it before the job runs.
struct Known<'a> {
    step: &'a Step,
    params: Map<String, Value>,
    input: Option<(u32, u32)>,
}

impl Known<'_> {
    fn asked(&self) -> Asked<'_> {
        Asked { step: self.step, params: &self.params, input: self.input }
    }
}

/// A step that one's own hosts do.
#[derive(Clone, Debug)]
pub struct Own<'a> {
    /// The step.
    pub step: &'a Step,
    /// The lane of the hosts.
    pub lane: String,
    /// The model; empty where the host decides.
    pub model: String,
    /// Its parameters, as far as they are known.
    pub params: Map<String, Value>,
}

/// More than a second in a slot costs, in millionths of a dollar: a budget that bears a render at this price bears it.
const DEAR_MICROS: i64 = 5_000;

impl Own<'_> {
    /// Whether a budget may be too small for it, so that it is worth looking who is there and for how much.
    pub fn tight(&self, budget: MicroUsd) -> bool {
        let seconds = i64::from(self.step.kind.expected_slot_s(&self.params));
        budget.0 < seconds.saturating_mul(DEAR_MICROS)
    }

    /// What a claim in its lane would count for it; none where nobody does such work there now.
    pub fn costs(&self, lane: &LaneView, now: Time) -> Option<MicroUsd> {
        let model = Some(self.model.as_str()).filter(|model| !model.is_empty());
        lane.render_costs(self.step.kind, model, &self.params, now)
    }
}

/// What one job costs: at least, and at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// Each step once, by its cheapest model; steps under a condition may cost nothing.
    pub least: MicroUsd,
    /// Each step as often as it may be attempted, by its dearest model; never more than the budget.
    pub most: MicroUsd,
}

impl<'a> Plan<'a> {
    /// What models do, in the order of the work: documents may have their steps in any.
    fn steps(&self) -> impl Iterator<Item = Known<'a>> {
        let plan = *self;
        let lane = |step: &&Step| step.kind.function() == Function::Lane;
        let names = plan.pipeline.plan().waves.into_iter().flat_map(|wave| wave.steps);
        let steps = names.filter_map(move |name| plan.pipeline.step(&name));
        steps.filter(lane).map(move |step| Known {
            step,
            params: plan.known(step),
            input: plan.input(step, 0),
        })
    }

    /// The parameters that follow from inputs and labels; what a step will give is not there yet.
    fn known(&self, step: &Step) -> Map<String, Value> {
        let outputs = |_: &str, _: &str| None;
        let (inputs, labels) = (self.inputs, self.labels);
        let scope = Scope { inputs, labels, each: step.each.as_ref(), outputs: &outputs };
        let one = |(name, value): (&String, &Value)| {
            let one = Map::from_iter([(name.clone(), value.clone())]);
            resolve(&one, &scope).ok().into_iter().flatten().collect::<Vec<_>>()
        };
        step.with.iter().flat_map(one).collect()
    }

    /// The size of the picture that goes into a step, where it follows from what the steps before it are asked for.
    fn input(&self, step: &Step, deep: usize) -> Option<(u32, u32)> {
        let from = step.with.get("image").and_then(Reference::of)?;
        let Reference::Port { step, .. } = from else { return None };
        let step = self.pipeline.step(&step).filter(|_| deep < self.pipeline.steps.len())?;
        let side = |name| {
            self.known(step).get(name).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok())
        };
        let own = side("width").zip(side("height"));
        let input = || self.input(step, deep + 1);
        match step.kind {
            Kind::Generate => own,
            Kind::Edit => own.or_else(input),
            Kind::RemoveBackground => input(),
            Kind::Upscale => {
                let (input, factor) = (input()?, side("factor")?);
                Some((input.0.saturating_mul(factor), input.1.saturating_mul(factor)))
            }
            _ => None,
        }
    }

    /// The lanes that have to be looked at.
    pub fn lanes(&self, models: &Models) -> BTreeSet<String> {
        let of = |known: Known<'_>| -> Vec<String> {
            known.asked().lanes(models).into_iter().map(str::to_owned).collect()
        };
        self.steps().flat_map(of).collect()
    }

    /// The least that it costs whoever is there now, as far as vendors' prices tell; or each step that no model can do.
    ///
    /// For a job that is submitted: nothing is read for it. What runs on one's own hosts counts as nothing, for their
    /// prices are theirs to tell.
    pub fn least(&self, models: &Models) -> Result<MicroUsd, Vec<(String, String)>> {
        let (mut least, mut nobody) = (MicroUsd(0), Vec::new());
        for known in self.steps() {
            let (asked, lane) = (known.asked(), Standing::default());
            let (offers, reasons) = asked.offers(models);
            if offers.is_empty() {
                let why = super::Why { reasons, held: Vec::new() };
                nobody.push((known.step.name.clone(), why.to_string()));
            }
            let price = |offer: &Offer<'_>| {
                offer.row.map_or(MicroUsd(0), |_| offer.quote(&asked, &asked.wish(), &lane))
            };
            if known.step.when.is_none() {
                least = least + offers.iter().map(price).min().unwrap_or_default();
            }
        }
        if nobody.is_empty() { Ok(least) } else { Err(nobody) }
    }

    /// The steps that nobody but one's own hosts does, and that are always done: each with the parameters that are known,
    /// its lane, and the model it names.
    pub fn own(&self, models: &Models) -> Vec<Own<'a>> {
        let of = |known: Known<'a>| {
            let (offers, _) = known.asked().offers(models);
            let [offer] = offers.as_slice() else { return None };
            let own = offer.row.is_none() && known.step.when.is_none();
            let (lane, model) = (offer.lane.to_owned(), offer.model.clone());
            own.then(|| Own { step: known.step, lane, model, params: known.params.clone() })
        };
        self.steps().filter_map(of).collect()
    }

    /// The quote, as callers see it.
    pub fn quote(
        &self,
        models: &Models,
        lanes: &BTreeMap<String, LaneView>,
        now: Time,
    ) -> (Value, Option<Range>) {
        let budget = MicroUsd(self.pipeline.budget_micros);
        let (mut range, mut possible) = (Range::default(), true);
        let (mut steps, mut notes) = (Vec::new(), BTreeSet::new());
        for known in self.steps() {
            let (asked, step) = (known.asked(), known.step);
            let each_s = step.kind.expected_slot_s(&known.params);
            let standing = |(name, view): (&String, &LaneView)| {
                (name.clone(), Standing::of(view, step.kind.as_str(), each_s, now))
            };
            let standings = Standings(lanes.iter().map(standing).collect());
            let weighed = asked.weigh(models, &standings, budget, now);
            let quotes: Vec<MicroUsd> = match weighed.free.is_empty() {
                false => weighed.free.iter().map(|candidate| candidate.quote).collect(),
                true => weighed.why.held.iter().map(|candidate| candidate.quote).collect(),
            };
            possible &= !quotes.is_empty();
            if step.when.is_none() {
                range.least = range.least + quotes.iter().copied().min().unwrap_or_default();
            }
            let dearest = quotes.iter().copied().max().unwrap_or_default();
            range.most.0 += dearest.0.saturating_mul(i64::from(step.retry.attempts));
            steps.push(step_json(&asked, models, &standings, &weighed, &mut notes, now));
        }
        let again = self.pipeline.steps.iter().filter_map(|step| step.on_fail.as_ref());
        range.most.0 += again.map(|on_fail| on_fail.budget_micros).sum::<i64>();
        range.most = range.most.min(budget);
        let known = possible.then_some(range);
        let json = json!({
            "pipeline": self.pipeline.name, "budget_usd": budget.usd(), "possible": possible,
            "within_budget": possible && range.least <= budget,
            "least_usd": known.map(|range| range.least.usd()),
            "most_usd": known.map(|range| range.most.usd()),
            "steps": steps, "notes": notes,
        });
        (json, known)
    }
}

fn step_json(
    asked: &Asked<'_>,
    models: &Models,
    standings: &Standings,
    weighed: &Weighed,
    notes: &mut BTreeSet<String>,
    now: Time,
) -> Value {
    let step = asked.step;
    let (offers, _) = asked.offers(models);
    let mut candidates = Vec::new();
    for candidate in &weighed.free {
        let name = candidate.name();
        let Some(offer) = offers.iter().find(|offer| offer.name() == name) else { continue };
        let standing = standings.of(offer.lane);
        if let Some(row) = offer.row.filter(|row| row.old(now)) {
            let as_of = row.as_of;
            notes.insert(format!(
                "the price of {name} is of {as_of}, more than 90 days ago: it may have changed"
            ));
        }
        let known = offer.row.is_some() || standing.per_second.is_some();
        if !known {
            notes.insert(format!(
                "no host of your own that has a price does {} now",
                step.kind.as_str()
            ));
        }
        let usd = |(word, effort): (&str, Effort)| {
            let wish = Wish { effort, ..asked.wish() };
            let usd = offer.quote(asked, &wish, standing).usd();
            (word.to_owned(), known.then_some(usd).into())
        };
        candidates.push(json!({
            "model": name, "lane": offer.lane, "vendor": offer.row.map(|row| row.vendor),
            "usd": Effort::NAMES.map(usd).into_iter().collect::<Map<_, Value>>(),
            "typical_s": offer.typical_s(asked), "wait_s": standing.wait_s,
            "as_of": offer.row.map(|row| row.as_of), "old": offer.row.is_some_and(|row| row.old(now)),
        }));
    }
    let passed = |(model, because): &(String, Because)| json!({ "model": model, "why": because.to_string(), "passes": because.passes() });
    json!({
        "name": step.name, "kind": step.kind.as_str(), "choose": step.choose,
        "effort": step.effort, "attempts": step.retry.attempts, "conditional": step.when.is_some(),
        "candidates": candidates,
        "passed_over": weighed.why.reasons.iter().map(passed).collect::<Vec<_>>(),
    })
}
