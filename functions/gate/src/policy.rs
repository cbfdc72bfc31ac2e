//! A gate by policy: each criterion by its evaluator, then the rule over all of them.

use crate::judge;
use crate::look::Picture;
use crate::played::Player;
use domain::gate::policy::{
    self, Answer, Criterion, Evaluator, Pinned, Said, scored, secret_of, step_of, weigh,
};
use domain::gate::{self, By, Judgement, Lists, Verdict, Word};
use domain::id::ReviewId;
use domain::pipeline::Step;
use domain::record::AssetRecord;
use domain::view::JobView;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

type Params = Map<String, Value>;

/// What a gate by policy knows.
pub(crate) struct Seen<'a> {
    pub(crate) view: &'a JobView,
    pub(crate) gate: &'a Step,
    /// Which of several candidates is looked at, from 1.
    pub(crate) number: u32,
    pub(crate) params: &'a Params,
    pub(crate) pictures: &'a [Picture<'a>],
    /// What plays, and what was found there.
    pub(crate) films: &'a [&'a AssetRecord],
    pub(crate) player: &'a Player,
    pub(crate) lists: &'a Lists,
    /// What a review of this verdict would be called.
    pub(crate) review: ReviewId,
    /// The words that went into the pictures, of a tenant's gate; or why nobody knows them.
    pub(crate) words: Option<Result<Vec<Word>, String>>,
}

/// The verdict of a `gate.policy`.
pub(crate) fn judged(seen: &Seen<'_>) -> Judgement {
    let mut judgement = Judgement::new(&[]);
    for picture in seen.pictures {
        judgement.subjects.extend(picture.look.subject.clone());
        if let Ok(looked) = &picture.look.seen {
            let mut scores = looked.measured.scores();
            scores["phash"] = json!(looked.phash);
            if let Some(lines) = looked.lettering {
                scores["lettering"] = json!(lines);
            }
            judgement.scores.insert(picture.asset.to_string(), scores);
        }
    }
    judgement.subjects.extend(seen.player.subjects(seen.films));
    judgement.scores.extend(seen.player.scores(seen.films));
    let Some(pinned) = seen.gate.pinned.as_deref() else {
        judgement.object(Verdict::Review, "its policy was not pinned when the job was accepted");
        return judgement;
    };
    if seen.params.contains_key("images") && seen.pictures.is_empty() && seen.films.is_empty() {
        judgement.object(Verdict::Review, "there is no picture");
    }
    let policy = &pinned.policy;
    let answers: BTreeMap<String, Answer> = policy
        .criteria
        .iter()
        .map(|(name, criterion)| (name.clone(), seen.answer(pinned, name, criterion)))
        .collect();
    let weighed = weigh(policy, &answers);
    judgement.verdict = judgement.verdict.max(weighed.verdict);
    judgement.reasons.extend(weighed.reasons);
    for criterion in policy.criteria.values() {
        judgement.evaluators.insert(criterion.evaluator.as_str().to_owned(), 1);
    }
    judgement.policy = Some(By {
        name: policy.name.clone(),
        version: pinned.version,
        sha256: pinned.sha256.clone(),
    });
    judgement.criteria = answers;
    judgement.score = weighed.score;
    let planted = judgement.planted(&seen.view.planted);
    policy::sample(pinned, &seen.review, planted, &mut judgement);
    judgement
}

impl Seen<'_> {
    fn answer(&self, pinned: &Pinned, name: &str, criterion: &Criterion) -> Answer {
        match criterion.evaluator {
            Evaluator::Technical => self.technical(criterion),
            Evaluator::Copies => self.copies(criterion),
            Evaluator::Terms => self.terms(criterion),
            Evaluator::Moderation | Evaluator::Judge | Evaluator::Endpoint => {
                self.asked(pinned, name, criterion)
            }
        }
    }

    fn technical(&self, criterion: &Criterion) -> Answer {
        if self.pictures.is_empty() && self.films.is_empty() {
            return Answer::unanswered("technical 1", "there is nothing to measure");
        }
        let plays = !self.films.is_empty();
        let mut judgement = judge::quality(&criterion.with, self.pictures, plays);
        self.player.quality(&criterion.with, self.films, &mut judgement);
        told("technical 1", judgement)
    }

    /// Why there is nothing, or more than pictures, for who looks at pictures only.
    fn no_pictures(&self, does: &str) -> Option<String> {
        match self.films.first() {
            Some(film) => {
                Some(format!("{}.{} is no picture, and it {does} those", film.step, film.port))
            }
            None => {
                self.pictures.is_empty().then(|| format!("it {does} pictures, and there is none"))
            }
        }
    }

    /// Words that must not be there: in the prompt, and in whatever went into what a tenant's gate judges.
    fn terms(&self, criterion: &Criterion) -> Answer {
        let by = "terms 1";
        let none = Lists::default();
        let known = criterion.with.get("lists") != Some(&json!(false));
        let lists = if known { self.lists } else { &none };
        let mut judgement = Judgement::new(&[]);
        let terms = judge::terms(&criterion.with, lists, &mut judgement);
        let mut read = false;
        match self.params.get("prompt") {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => {
                read = true;
                gate::prompt("the prompt", text, &terms, &mut judgement);
            }
            Some(_) => return Answer::unanswered(by, "the prompt is no text"),
        }
        match &self.words {
            None => {}
            Some(Ok(words)) => {
                read = true;
                for Word { place, text } in words {
                    gate::prompt(place, text, &terms, &mut judgement);
                }
            }
            Some(Err(why)) => return Answer::unanswered(by, why.clone()),
        }
        match read {
            true => told(by, judgement),
            false => Answer::unanswered(by, "there are no words to look through"),
        }
    }

    fn copies(&self, criterion: &Criterion) -> Answer {
        if let Some(why) = self.no_pictures("compares") {
            return Answer::unanswered("copies 1", why);
        }
        let sets = criterion.with.get("against").and_then(Value::as_array);
        let sets: Vec<&str> = sets.into_iter().flatten().filter_map(Value::as_str).collect();
        let most =
            (criterion.whole("distance").unwrap_or(6), criterion.whole("near").unwrap_or(10));
        let mut judgement = Judgement::new(&[]);
        for picture in self.pictures {
            let phash = match &picture.look.seen {
                Ok(seen) => Some(seen.phash),
                Err((verdict, why)) => {
                    judgement.object(*verdict, format!("{} {why}", picture.name));
                    None
                }
            };
            if let Some(subject) = &picture.look.subject {
                let sample = gate::Sample { name: &picture.name, sha256: &subject.sha256, phash };
                gate::copies(&sample, self.lists, &sets, most, &mut judgement);
            }
        }
        told("copies 1", judgement)
    }

    /// What somebody else answered before the gate's turn came.
    fn asked(&self, pinned: &Pinned, name: &str, criterion: &Criterion) -> Answer {
        let model = criterion.text("model");
        let step = step_of(self.gate, name, self.number);
        let answer = self.read(pinned, name, criterion, &step, model);
        let usd = self.view.attempts.iter().filter(|it| it.work.attempt.step() == step);
        let usd = usd
            .filter_map(|attempt| attempt.usd)
            .reduce(|one, other| domain::money::MicroUsd(one.0.saturating_add(other.0)));
        Answer { usd, ..answer }
    }

    fn read(
        &self,
        pinned: &Pinned,
        name: &str,
        criterion: &Criterion,
        step: &str,
        model: &str,
    ) -> Answer {
        if criterion.evaluator == Evaluator::Judge
            && let Some(why) = self.spoken_to(criterion)
        {
            return Answer::unanswered(model, why);
        }
        if criterion.evaluator != Evaluator::Endpoint
            && let Some(film) = self.films.first()
        {
            let why = format!("{}.{} is no picture, and was not judged", film.step, film.port);
            return Answer::unanswered(model, why);
        }
        // Bytes that are not those on record were shown to nobody.
        if let Some((name, why)) = self.pictures.iter().find_map(changed) {
            return Answer::unanswered(model, format!("{name} {why}"));
        }
        let record = self.view.step(step);
        let Some(text) = self.said(step) else {
            let skipped = record.skipped.map(|skipped| skipped.reason);
            let why = skipped.or(record.error).unwrap_or_else(|| "no answer came".into());
            return Answer::unanswered(model, why);
        };
        let opinion = match criterion.evaluator {
            Evaluator::Judge => policy::judge::opinion(&secret_of(pinned, name), &text)
                .map(|opinion| (opinion.score, opinion.reason, false)),
            _ => reading(&text),
        };
        match opinion {
            Err(why) => Answer::unanswered(model, why),
            Ok((score, reason, flagged)) => {
                let mut answer = scored(criterion, model, score, &reason);
                // Who classifies for a living has said what it thinks, whatever our thresholds.
                if flagged && answer.said != Said::Unanswered {
                    answer.said = Said::Fail;
                }
                answer
            }
        }
    }

    /// What the step that asked has as its answer, in this round.
    fn said(&self, step: &str) -> Option<String> {
        let record = self.view.steps.get(step)?;
        let done = record.state == domain::state::StepState::Succeeded && record.used.is_none();
        let asset = record.outputs.values().flatten().next().filter(|_| done)?;
        self.view.assets.get(asset)?.text.clone()
    }

    /// Why a judge may have been spoken to by what it was shown.
    fn spoken_to(&self, criterion: &Criterion) -> Option<String> {
        if let Some(Value::String(caption)) = self.params.get("prompt")
            && let Some(why) = policy::aimed(caption)
        {
            return Some(format!("the words may be meant for the judge: {why}"));
        }
        if criterion.text("lettering") == "accept" {
            return None;
        }
        self.pictures.iter().find_map(|picture| match &picture.look.seen {
            Ok(seen) => seen
                .lettering
                .map(|_| format!("{} has lettering on it, which a judge may obey", picture.name)),
            Err(_) => Some(format!("{} cannot be looked at for lettering by us", picture.name)),
        })
    }
}

/// A picture whose bytes are not to be had, or not those on record.
fn changed(picture: &Picture<'_>) -> Option<(String, String)> {
    match &picture.look.seen {
        Err((Verdict::Fail, why)) => Some((picture.name.clone(), why.clone())),
        _ => None,
    }
}

/// The answer of a classifier or scorer: `{"score": 0..1, "reason": …, "flagged": …}`.
fn reading(text: &str) -> Result<(f64, String, bool), String> {
    let answer: Value =
        serde_json::from_str(text).map_err(|_| "its answer is no JSON".to_owned())?;
    let score = answer["score"].as_f64().ok_or("its answer has no score")?;
    let reason: String =
        answer["reason"].as_str().unwrap_or_default().trim().chars().take(500).collect();
    let flagged = match &answer["flagged"] {
        Value::Null | Value::Bool(false) => false,
        Value::Bool(true) => true,
        _ => return Err("its answer is not in the form that was asked for".into()),
    };
    Ok((score, reason, flagged))
}

/// What a local evaluator's objections come to. What it could not look at is not answered.
fn told(by: &str, judgement: Judgement) -> Answer {
    let said = match judgement.verdict {
        Verdict::Pass => Said::Pass,
        Verdict::Fail => Said::Fail,
        Verdict::Review => Said::Doubtful,
    };
    Answer::plain(said, by, judgement.reasons)
}
