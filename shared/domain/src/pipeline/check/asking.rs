//! Whether a step that a model does says which, once, and nothing that its models contradict.

use serde_json::Value;

use super::super::asking::{Cache, Class};
use super::super::kinds::{Function, Kind, Param};
use super::super::problem::{Problems, child};
use super::super::read::Sketch;
use super::super::types::{PortType, Type};

pub(super) fn check(step: &Sketch, problems: &mut Problems) {
    let Some(kind) = step.kind.filter(|kind| kind.function() == Function::Lane) else { return };
    let asking = &step.asking;
    let place = |field: &str| child(&step.pointer, field);
    let several = !asking.models.is_empty() || asking.class.is_some();
    let model = child(&place("with"), "model");
    if several && step.with.contains_key("model") {
        let other = if asking.models.is_empty() { "class" } else { "models" };
        let detail = format!("model and {other} are both given");
        let fix = "write the model into models, or take one of them out";
        problems.add(&model, detail, fix);
    }
    if !several && asking.choose.is_some() {
        let fix = "add models or class, or take choose out";
        problems.add(&place("choose"), "there is only one model to choose", fix);
    }
    let defaults = kind.param("model").is_some_and(|param| param.default.is_some());
    if !several && !defaults && !step.with.contains_key("model") {
        let fix = "add model: VENDOR/MODEL; or models, or class, to the step";
        problems.add(&model, format!("{} needs a model", kind.as_str()), fix);
    }
    let picture = |param: &Param| matches!(param.ty, Type::Image | Type::Images);
    if matches!(asking.cache, Some(Cache::Near(_))) && !kind.spec().params.iter().any(picture) {
        let detail = format!("{} takes no picture that could be near another one", kind.as_str());
        problems.add(&place("cache"), detail, "write on, or take cache out");
    }
    if let Some(class) = &asking.class {
        pictures(step, kind, class, problems);
    }
}

/// What is said of pictures, where there are any.
fn pictures(step: &Sketch, kind: Kind, class: &Class, problems: &mut Problems) {
    let place = |field: &str| child(&child(&step.pointer, "class"), field);
    if !kind.spec().outputs.iter().any(|output| output.ty == PortType::Image) {
        let asked = [
            ("min_megapixels", class.min_megapixels.is_some()),
            ("transparent", class.transparent),
        ];
        for (field, _) in asked.into_iter().filter(|(_, asked)| *asked) {
            let detail = format!("{} makes no picture", kind.as_str());
            problems.add(&place(field), detail, format!("take {field} out"));
        }
        return;
    }
    let Some(least) = class.min_megapixels else { return };
    let most = |name: &str| match kind.param(name)?.ty {
        Type::Integer { max, .. } => Some(max),
        _ => None,
    };
    let millions = |pixels: i64| pixels as f64 / 1e6;
    if let Some(most) = most("width").zip(most("height")).map(|(width, height)| width * height)
        && millions(most) < least
    {
        let detail =
            format!("class asks for {least} megapixels, more than {} makes", kind.as_str());
        return problems.add(
            &place("min_megapixels"),
            detail,
            format!("ask for {} at most", millions(most)),
        );
    }
    let side = |name: &str| step.with.get(name).and_then(Value::as_i64);
    if let Some(pixels) = side("width").zip(side("height")).map(|(width, height)| width * height)
        && millions(pixels) < least
    {
        let detail = format!(
            "width and height are {} megapixels, and class asks for {least}",
            millions(pixels)
        );
        let fix = "make them larger, or leave them out: then they are as class asks";
        problems.add(&place("min_megapixels"), detail, fix);
    }
}
