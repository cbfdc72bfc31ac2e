//! Publishes a wave: every asset of every publish step in it, if a verdict covers its very bytes.
//!
//! This crate must never know a target; it asks whichever the pipeline names.

mod account;
mod count;
mod due;
mod facts;
mod hub;
mod seal;
mod steps;
mod takedown;
mod task;
mod wave;
mod window;

use domain::Result;
use domain::call::Call;
use domain::id::TenantId;
use domain::ports::{Notary, Objects, Table};
use domain::time::Now;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

use domain::publish::Question;
pub use domain::publish::{Spoke, Target};
pub use hub::{Hub, Spokes};

/// The targets by the kind that pipelines name.
pub type Targets<'a> = BTreeMap<&'static str, &'a dyn Target>;

/// What publishing needs of the world.
#[derive(Clone, Copy)]
pub struct Publishing<'a> {
    /// Jobs and the ledger.
    pub table: &'a dyn Table,
    /// The assets' bytes.
    pub objects: &'a dyn Objects,
    /// Where they go.
    pub targets: &'a Targets<'a>,
    /// Where posts go; none where they go nowhere.
    pub hub: Option<Hub<'a>>,
    /// Who seals what goes out; none where nobody has a key for it.
    pub notary: Option<&'a dyn Notary>,
}

/// What publish is called for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Asked {
    /// By the state machine: a wave.
    Call(Call),
    /// By the API or the console: an account.
    About {
        /// Which, and what of it.
        account: Question,
    },
    /// By the API: something was taken down, so its places are asked.
    TakeDown {
        /// The take-down.
        takedown: String,
        /// Whose it is.
        tenant: TenantId,
    },
    /// By the sweep: something of what was published is due.
    Due {
        /// Always true.
        due: bool,
    },
}

impl From<Call> for Asked {
    fn from(call: Call) -> Self {
        Self::Call(call)
    }
}

/// Publishes the wave of a call, or does what else it is called for. Safe to repeat: what is there is not sent again.
pub async fn handle(
    publishing: &Publishing<'_>,
    asked: impl Into<Asked>,
    clock: impl Now,
) -> Result<Value> {
    let call = match asked.into() {
        Asked::Call(call) => call,
        Asked::About { account } => {
            let tried = publishing.tried(&account, clock.now()).await?;
            tracing::info!(connection = account.connection, opens = ?tried.opens, "tried");
            return Ok(json!(tried));
        }
        Asked::TakeDown { takedown, tenant } => {
            let told = publishing.take_down(&tenant, &takedown, &clock).await?;
            tracing::info!("publish: {told}");
            return Ok(told);
        }
        Asked::Due { .. } => {
            let told = publishing.due(&clock).await?;
            tracing::info!("publish: {told}");
            return Ok(told);
        }
    };
    let told = publishing.wave(&call, &clock).await?;
    tracing::info!(job.id = %call.job, call.wave, "publish: {told}");
    Ok(told)
}

#[cfg(test)]
mod tests;
