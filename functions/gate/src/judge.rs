//! One gate's verdict, from its parameters and what was seen.

use crate::look::Picture;
use domain::gate::{self, Action, Asked, Judgement, Lists, Sample, Term, Verdict, Word};
use serde_json::{Map, Value, json};

type Params = Map<String, Value>;

/// The verdict of a `gate.quality` on pictures; where there are only sounds and films, nothing is said of them here.
pub(crate) fn quality(params: &Params, pictures: &[Picture<'_>], plays: bool) -> Judgement {
    if plays && pictures.is_empty() {
        return Judgement::new(&[]);
    }
    let mut judgement = Judgement::new(&[("quality", 1)]);
    let asked = Asked::of(params).unwrap_or_else(|why| {
        judgement.object(Verdict::Review, why);
        Asked::default()
    });
    judgement.thresholds = asked.thresholds();
    if pictures.is_empty() {
        judgement.object(Verdict::Fail, "there is no picture");
    }
    for picture in pictures {
        judgement.subjects.extend(picture.look.subject.clone());
        match &picture.look.seen {
            Ok(seen) => {
                judgement.scores.insert(picture.asset.to_string(), seen.measured.scores());
                gate::quality(&asked, &picture.name, &seen.measured, &mut judgement);
                let merit = gate::merit(&asked, &seen.measured);
                // As good as the worst of them.
                judgement.score = match (judgement.score, merit) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                };
            }
            Err((verdict, why)) => judgement.object(*verdict, format!("{} {why}", picture.name)),
        }
    }
    judgement
}

/// The verdict of a `gate.moderation`; `words` are those that a tenant's gate found, or why it could not.
pub(crate) fn moderation(
    params: &Params,
    pictures: &[Picture<'_>],
    lists: &Lists,
    words: Option<Result<Vec<Word>, String>>,
) -> Judgement {
    let mut judgement = Judgement::new(&[("terms", 1), ("likeness", 1)]);
    match params.get("prompt") {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) => {
            let terms = terms(params, lists, &mut judgement);
            gate::prompt("the prompt", text, &terms, &mut judgement);
        }
        Some(_) => judgement.object(Verdict::Review, "the prompt is no text"),
    }
    match words {
        None => {}
        Some(Ok(words)) => {
            let terms = terms(params, lists, &mut judgement);
            words.iter().for_each(|Word { place, text }| {
                gate::prompt(place, text, &terms, &mut judgement);
            });
        }
        Some(Err(why)) => judgement.object(Verdict::Review, why),
    }
    let wants_pictures = params.contains_key("images");
    if wants_pictures && pictures.is_empty() {
        judgement.object(Verdict::Review, "there is no picture to compare");
    }
    for picture in pictures {
        compare(picture, lists, &mut judgement);
    }
    if wants_pictures {
        judgement.image_content = Some("not_judged".into());
        if params.get("accept_unjudged") != Some(&json!(true)) {
            let why = "nobody judged what the pictures show, and accept_unjudged is not set";
            judgement.object(Verdict::Review, why);
        }
    }
    judgement
}

/// The tenant's terms and the step's own.
pub(crate) fn terms(params: &Params, lists: &Lists, judgement: &mut Judgement) -> Vec<Term> {
    let own: Vec<&Value> = params
        .get("terms")
        .and_then(Value::as_array)
        .map_or_else(Vec::new, |all| all.iter().collect());
    if params.get("terms").is_some_and(|terms| !terms.is_array())
        || own.iter().any(|term| !term.is_string())
    {
        judgement.object(Verdict::Review, "the step's terms cannot be read");
    }
    let own = own.into_iter().filter_map(Value::as_str);
    let own = own.map(|term| Term { term: term.to_owned(), action: Action::Fail });
    lists.terms.iter().cloned().chain(own).collect()
}

fn compare(picture: &Picture<'_>, lists: &Lists, judgement: &mut Judgement) {
    judgement.subjects.extend(picture.look.subject.clone());
    let phash = match &picture.look.seen {
        Ok(seen) => Some(seen.phash),
        Err((verdict, why)) => {
            judgement.object(*verdict, format!("{} {why}", picture.name));
            None
        }
    };
    // Bytes that nobody could decode may still be bytes that everybody knows.
    if let Some(subject) = &picture.look.subject {
        let sample = Sample { name: &picture.name, sha256: &subject.sha256, phash };
        let scores = gate::likeness(&sample, lists, judgement);
        judgement.scores.insert(picture.asset.to_string(), scores);
    }
}
