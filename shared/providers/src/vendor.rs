//! What an adapter of a vendor is: one file, one of these.

use crate::desk::Desk;
use async_trait::async_trait;
use domain::Time;
use domain::vendor::{Answer, Handle, Heard, Model, Order, Outcome, Webhook};

/// A vendor. Calls are made once; whoever made them decides on what follows.
#[async_trait]
pub trait Vendor: std::fmt::Debug + Send + Sync {
    /// Its name, such as `openai`: before the slash in models, its lane, and where its keys lie.
    fn name(&self) -> &'static str;

    /// Where its API is; empty where only the operator knows.
    fn base(&self) -> &'static str;

    /// Whether it is one of AWS's own, which can be called by the function's role: then a key may be `role`.
    fn by_role(&self) -> bool {
        false
    }

    /// What it can do, and for how much.
    fn models(&self) -> &'static [Model];

    /// Asks for work. It may be paid for from here on.
    async fn start(&self, desk: &Desk<'_>, order: &Order) -> Answer;

    /// How accepted work stands. Free to repeat. Not called of vendors that answer when they are done.
    ///
    /// A refusal for `Credentials` says nothing of the work: it makes us try another key.
    async fn check(&self, _desk: &Desk<'_>, _order: &Order, _handle: &Handle) -> Answer {
        Outcome::Unknown(format!("{} cannot be asked about work", self.name())).into()
    }

    /// Looks for work that may have been accepted: by our key, or in a list. Free to repeat.
    ///
    /// `Refused` only where it is certain that nothing was accepted.
    async fn find(&self, _desk: &Desk<'_>, _order: &Order) -> Answer {
        Outcome::Unknown(format!("{} does not let one look for work", self.name())).into()
    }

    /// Asks for accepted work to be stopped; how it ended is found by a check.
    async fn cancel(
        &self,
        _desk: &Desk<'_>,
        _order: &Order,
        _handle: &Handle,
    ) -> domain::Result<()> {
        Ok(())
    }

    /// Who sent a webhook, and of what it tells. Only a verified one is believed; what it tells is only
    /// which work to ask about, so that a webhook can never say more than a check would.
    async fn hear(&self, _desk: &Desk<'_>, _webhook: &Webhook, _now: Time) -> Heard {
        Heard::Nothing
    }
}
