//! All gates of a wave in one call: look at the pictures once, judge, decide, write it all together.
//!
//! A gate fails closed: what cannot be evaluated is for a person to review, or fails; it never passes.
//! A verdict names the SHA-256 of the bytes that were read for it.

mod judge;
mod look;
mod played;
mod policy;

use domain::call::Call;
use domain::event::{Committed, commit};
use domain::gate::policy::copies::{self, Set};
use domain::gate::{self, Decision, Judged, Lists, answered, change, decide};
use domain::id::ReviewId;
use domain::lane::outcome;
use domain::pipeline::{Function, Kind};
use domain::ports::{Objects, Table};
use domain::review::count_reviewers;
use domain::skip::{Ending, Turn, turn};
use domain::time::Now;
use domain::view::JobView;
use domain::{Error, Result};
use look::Looked;
use played::{Player, judged as assets, plays};
use serde_json::Value;

/// Judges the gates of the wave that the call names, unless that was done before; gives the outcome.
pub async fn handle(
    table: &dyn Table,
    objects: &dyn Objects,
    call: Call,
    clock: impl Now,
) -> Result<Value> {
    let began = clock.now();
    let view = call.read(table).await?;
    let gates = call.steps(&view)?;
    for gate in &gates {
        kind(&view, gate)?;
    }
    let open = match answered(&call, &view, &gates) {
        Ok(answer) => return Ok(answer),
        Err(open) => open,
    };
    let moderates =
        |gate: &String| matches!(kind(&view, gate), Ok(Kind::Moderation | Kind::Policy));
    let mut lists = match open.iter().any(moderates) {
        true => Lists::read(objects, &view.job.tenant).await?,
        false => Lists::default(),
    };
    let sets = [Set::Rejected, Set::Published];
    let sets: Vec<Set> = sets.into_iter().filter(|set| copies::asked(&view, *set)).collect();
    copies::recall(table, &view.job.tenant, &sets, &mut lists, began).await?;
    let (mut looked, mut player) = (Looked::default(), Player::default());
    let mut judged = Vec::with_capacity(open.len());
    let mut gaps: Vec<Ending> = Vec::new();
    for gate in open {
        if let Turn::Not(ending) = turn(&view, &gate, call.run)? {
            gaps.push(ending.after(&gaps));
            continue;
        }
        let params = view.parameters(&gate)?;
        let assets = assets(&view, &params)?;
        let (films, images): (Vec<_>, Vec<_>) =
            assets.iter().copied().partition(|asset| plays(asset));
        for asset in &images {
            looked.look(objects, asset).await?;
        }
        for asset in &films {
            player.play(objects, asset).await?;
        }
        let mandated = view.definition(&gate)?.mandated.as_ref();
        let judged_by = match mandated {
            Some(_) => looked.readable(objects, &view, &images).await?,
            None => images.clone(),
        };
        let pictures = looked.at(&judged_by);
        let mut judgement = match kind(&view, &gate)? {
            Kind::Moderation => {
                // A gate of the tenant's knows no pipeline's prompts: it asks what went into the bytes.
                let words = match mandated {
                    Some(_) => Some(gate::words(table, &view, &assets).await?),
                    None => None,
                };
                judge::moderation(&params, &pictures, &lists, words)
            }
            Kind::Policy => {
                let words = match mandated {
                    Some(_) => Some(gate::words(table, &view, &assets).await?),
                    None => None,
                };
                let review = ReviewId::new(&call.job, &gate, call.round);
                let gate = view.definition(&gate)?;
                policy::judged(&policy::Seen {
                    view: &view,
                    gate,
                    params: &params,
                    pictures: &pictures,
                    films: &films,
                    player: &player,
                    lists: &lists,
                    review,
                    words,
                })
            }
            _ => judge::quality(&params, &pictures, !films.is_empty()),
        };
        match kind(&view, &gate)? {
            Kind::Quality => player.quality(&params, &films, &mut judgement),
            // Its criteria say themselves what they make of what plays.
            Kind::Policy => {}
            _ => player.unjudged(&films, &mut judgement),
        }
        judgement.mandate = mandated.map(|mandated| mandated.mandate.clone());
        judged.push(Judged { gate, judgement });
    }
    let mut decision = decide(&view, &call, &mut judged);
    if let Decision::Review { reviewers } = &mut decision {
        count_reviewers(table, &view, reviewers).await?;
    }
    let change = change(&call, &view, (&judged, gaps), &decision, (began, clock.now()))?;
    match commit(table, &call.job, call.event, change.writes, &change.events).await? {
        Committed::Done(n) => Ok(outcome::at(change.outcome, n)),
        Committed::Refused(_) => {
            // A twin was here, or the job was canceled meanwhile.
            let answer = answered(&call, &call.read(table).await?, &gates);
            answer.map_err(|open| Error::Again(format!("{open:?} of {} were changed", call.job)))
        }
    }
}

/// What a gate judges by; a wave of anything else is not ours to judge.
fn kind(view: &JobView, gate: &str) -> Result<Kind> {
    let kind = view.pipeline.step(gate).map(|step| step.kind);
    kind.filter(|kind| kind.function() == Function::Gate)
        .ok_or_else(|| Error::Invalid(format!("{gate} of job {} is no gate", view.job.id)))
}

#[cfg(test)]
mod tests;
