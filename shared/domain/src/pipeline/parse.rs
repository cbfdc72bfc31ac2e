//! From text to a checked pipeline, or to all that is wrong with it.

use serde_json::{Map, Value};

use super::asking::{Choose, Class};
use super::check;
use super::document::{self, Document};
use super::expand::aims;
use super::kinds::{Function, Kind, Param};
use super::model::{OnFail, Pipeline, Retry, Step, TARGETS};
use super::problem::{Marks, Problem, Problems};
use super::read::{self, Draft, Sketch};
use super::types::Type;

/// The lane of lane steps that name none.
const LANE: &str = "gpu";
/// The widest picture that is painted.
const WIDEST: i64 = 2_048;
/// Attempts of a step that names no number.
const ATTEMPTS: u32 = 3;

impl Pipeline {
    /// Reads a YAML or JSON document and checks all that can be known before a job pays.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        Self::parse_under(text, false)
    }

    /// The same for a tenant who may have mandatory gates: where it has, pipelines need none of their own.
    pub fn parse_under(text: &str, mandate: bool) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let document = document::read(text, &mut problems);
        Self::checked(document, mandate, problems)
    }

    /// The same for a document that came inside another one; its problems have no lines.
    ///
    /// The steps are then in the order of their names.
    pub fn from_value(value: &Value) -> Result<Self, Vec<Problem>> {
        Self::from_value_under(value, false)
    }

    /// The same for a tenant who may have mandatory gates.
    pub fn from_value_under(value: &Value, mandate: bool) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let document = document::from_value(value, &mut problems);
        Self::checked(document, mandate, problems)
    }

    fn checked(
        document: Option<Document>,
        mandate: bool,
        mut problems: Problems,
    ) -> Result<Self, Vec<Problem>> {
        let Some(document) = document else { return Err(problems.finish(&Marks::new())) };
        let draft = read::draft(&document, &mut problems);
        let unjudged = check::check(&draft, mandate, &mut problems);
        if problems.is_empty()
            && let Some(pipeline) = build(draft)
        {
            return Ok(Self { unjudged, ..pipeline });
        }
        Err(problems.finish(&document.marks))
    }
}

/// `None` where something is missing, and then a problem was reported for it.
fn build(draft: Draft) -> Option<Pipeline> {
    let budget_micros = draft.budget_micros?;
    let steps = draft.steps.into_iter().map(|sketch| step(sketch, budget_micros));
    let steps = steps.collect::<Option<_>>()?;
    let inputs = draft.inputs.into_iter().map(|(name, input)| Some((name, input?)));
    Some(Pipeline {
        name: draft.name,
        description: draft.description,
        labels: draft.labels,
        inputs: inputs.collect::<Option<_>>()?,
        budget_micros,
        unjudged: false,
        steps,
    })
}

/// A step with its defaults; none where something is missing.
pub(super) fn step(sketch: Sketch, budget_micros: i64) -> Option<Step> {
    let kind: Kind = sketch.kind?;
    let mut with = sketch.with;
    let asking = sketch.asking;
    if let Some(class) = &asking.class {
        as_asked(kind, class, &mut with);
    }
    fill(kind.spec().params, &mut with);
    let several = !asking.models.is_empty() || asking.class.is_some();
    if several {
        with.remove("model");
    }
    let unsaid = if asking.models.is_empty() { Choose::Cheapest } else { Choose::First };
    let on_fail = match sketch.on_fail {
        None => None,
        Some(on_fail) => Some(OnFail {
            retry: on_fail.retry?,
            attempts: on_fail.attempts?,
            budget_micros: on_fail.budget_micros.unwrap_or(budget_micros),
            then: on_fail.then,
            reason: on_fail.reason,
            model: on_fail.model,
        }),
    };
    let aims = with.get(TARGETS).and_then(aims);
    let lane = sketch.lane.or_else(|| (kind.function() == Function::Lane).then(|| LANE.into()));
    Some(Step {
        name: sketch.name,
        kind,
        with,
        after: sketch.after,
        deadline_s: sketch.deadline_s.unwrap_or(kind.spec().deadline_s),
        lane,
        retry: Retry { attempts: sketch.attempts.unwrap_or(ATTEMPTS) },
        on_fail,
        review: sketch.review,
        when: sketch.when,
        on_error: sketch.on_error,
        foreach: sketch.foreach.or(aims),
        choose: asking.choose.unwrap_or(if several { unsaid } else { Choose::First }),
        models: asking.models,
        class: asking.class,
        effort: asking.effort,
        on_unknown: asking.on_unknown,
        cache: asking.cache,
        best_of: sketch.best_of,
        candidate: None,
        each: None,
        mandated: None,
        pinned: None,
        asks: None,
    })
}

/// Asks for what the class asks of models, where the step does not say it itself.
fn as_asked(kind: Kind, class: &Class, with: &mut Map<String, Value>) {
    if class.transparent && kind.param("transparent").is_some() {
        with.entry("transparent").or_insert(true.into());
    }
    let sized = kind.param("width").is_some() && kind.param("height").is_some();
    let unsaid = !with.contains_key("width") && !with.contains_key("height");
    if let Some(least) = class.min_megapixels.filter(|_| sized && unsaid) {
        // As wide as the defaults are, in steps that painters like, and never wider than they paint.
        let side = |share: f64| ((least * 1e6 * share).sqrt() / 64.0).ceil() as i64 * 64;
        let (width, height) = (side(16.0 / 9.0), side(9.0 / 16.0));
        let square = side(1.0);
        let fits = width <= WIDEST;
        with.insert("width".into(), if fits { width } else { square.min(WIDEST) }.into());
        with.insert("height".into(), if fits { height } else { square.min(WIDEST) }.into());
    }
}

/// Spells out the defaults, also of the fields of what is given.
fn fill(params: &[Param], with: &mut Map<String, Value>) {
    for param in params {
        if let Some(default) = param.default_value() {
            with.entry(param.name).or_insert(default);
        }
        match (param.ty, with.get_mut(param.name)) {
            (Type::Record(fields), Some(Value::Object(map))) => fill(fields, map),
            (Type::Records { fields, .. }, Some(Value::Array(items))) => {
                items.iter_mut().filter_map(Value::as_object_mut).for_each(|map| fill(fields, map));
            }
            _ => {}
        }
    }
}
