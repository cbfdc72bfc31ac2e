//! What gates of one call look at and by, read once; and one gate's verdict, on one thing or on the best of several.

use crate::judge;
use crate::kind;
use crate::look::Looked;
use crate::played::{Player, judged as assets, plays};
use crate::policy;
use domain::Result;
use domain::Time;
use domain::call::Call;
use domain::gate::policy::copies::{self, Set};
use domain::gate::{self, Judged, Judgement, Lists};
use domain::id::ReviewId;
use domain::pipeline::Kind;
use domain::ports::{Objects, Table};
use domain::record::Skipped;
use domain::skip::{Ending, Turn, turn};
use domain::state::StepState;
use domain::view::JobView;

/// What gates look at and by.
pub(crate) struct Bench<'a> {
    table: &'a dyn Table,
    objects: &'a dyn Objects,
    lists: Lists,
    looked: Looked,
    player: Player,
}

impl<'a> Bench<'a> {
    /// Reads the lists of a tenant, where one of the gates wants them.
    pub(crate) async fn read(
        table: &'a dyn Table,
        objects: &'a dyn Objects,
        view: &JobView,
        gates: &[String],
        now: Time,
    ) -> Result<Self> {
        let moderates =
            |gate: &String| matches!(kind(view, gate), Ok(Kind::Moderation | Kind::Policy));
        let mut lists = match gates.iter().any(moderates) {
            true => Lists::read(objects, &view.job.tenant).await?,
            false => Lists::default(),
        };
        let sets = [Set::Rejected, Set::Published];
        let sets: Vec<Set> = sets.into_iter().filter(|set| copies::asked(view, *set)).collect();
        copies::recall(table, &view.job.tenant, &sets, &mut lists, now).await?;
        let (looked, player) = (Looked::default(), Player::default());
        Ok(Self { table, objects, lists, looked, player })
    }

    /// A gate with its verdict; or how it ends without one.
    pub(crate) async fn gate(
        &mut self,
        view: &JobView,
        gate: &str,
        call: &Call,
    ) -> Result<std::result::Result<Judged, Ending>> {
        let candidates = view.candidates(gate);
        if candidates.is_empty() {
            if let Turn::Not(ending) = turn(view, gate, call.run)? {
                return Ok(Err(ending));
            }
            let judgement = self.judge(view, (gate, 1), call).await?;
            return Ok(Ok(Judged::new(gate, judgement)));
        }
        let seen = candidates.iter().find_map(|candidate| candidate.view.as_ref());
        if let Some(why) = view.no_candidate(gate) {
            return Ok(Err(match view.candidates_optional(gate) {
                true => {
                    let skipped = Skipped { run: call.run, reason: why, error: true };
                    Ending::skipped(view, gate, skipped)
                }
                false => Ending::failed(view, gate, StepState::Failed, &why),
            }));
        }
        // Its turn is the same whichever of them it looks at.
        if let Turn::Not(ending) = turn(seen.unwrap_or(view), gate, call.run)? {
            return Ok(Err(ending));
        }
        let mut said = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let judgement = match &candidate.view {
                Some(view) => Some(self.judge(view, (gate, candidate.number), call).await?),
                None => None,
            };
            said.push((candidate, judgement));
        }
        let missing =
            || domain::Error::Fault(format!("{gate} of {} has nothing to look at", call.job));
        Judged::best(view, gate, call.round, said).ok_or_else(missing).map(Ok)
    }

    /// The verdict of a gate on what it looks at in this view of the job; by what was asked about that candidate.
    async fn judge(
        &mut self,
        view: &JobView,
        (gate, number): (&str, u32),
        call: &Call,
    ) -> Result<Judgement> {
        let params = view.parameters(gate)?;
        let definition = view.definition(gate)?;
        let assets = assets(view, &params)?;
        let (films, images): (Vec<_>, Vec<_>) =
            assets.iter().copied().partition(|asset| plays(asset));
        for asset in &images {
            self.looked.look(self.objects, asset).await?;
        }
        for asset in &films {
            self.player.play(self.objects, asset).await?;
        }
        let mandated = definition.mandated.as_ref();
        let judged_by = match mandated {
            Some(_) => self.looked.readable(self.objects, view, &images).await?,
            None => images.clone(),
        };
        let pictures = self.looked.at(&judged_by);
        // A gate of the tenant's knows no pipeline's prompts: it asks what went into the bytes.
        let words = match mandated {
            Some(_) if kind(view, gate)? != Kind::Quality => {
                Some(gate::words(self.table, view, &assets).await?)
            }
            _ => None,
        };
        let mut judgement = match kind(view, gate)? {
            Kind::Moderation => judge::moderation(&params, &pictures, &self.lists, words),
            Kind::Policy => policy::judged(&policy::Seen {
                view,
                gate: definition,
                number,
                params: &params,
                pictures: &pictures,
                films: &films,
                player: &self.player,
                lists: &self.lists,
                review: ReviewId::new(&call.job, gate, call.round),
                words,
            }),
            _ => judge::quality(&params, &pictures, !films.is_empty()),
        };
        match kind(view, gate)? {
            Kind::Quality => self.player.quality(&params, &films, &mut judgement),
            // Its criteria say themselves what they make of what plays.
            Kind::Policy => {}
            _ => self.player.unjudged(&films, &mut judgement),
        }
        judgement.mandate = mandated.map(|mandated| mandated.mandate.clone());
        Ok(judgement)
    }
}
