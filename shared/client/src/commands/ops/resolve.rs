//! `galley ops resolve`: the operator's word on an attempt that nobody else can settle.
use std::time::Duration;

use domain::{
    id::AttemptId,
    lane::{Resolution, Word},
    money::MicroUsd,
    ports::{Queue, Table},
    record::AttemptRecord,
    store::from_item,
};

use super::confirm::confirm;
use crate::{
    commands::deployment::Deployment,
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// How often the ledger is looked at for the word, twice a second.
const LOOKS: usize = 120;

/// Settle an attempt of unknown outcome by what you found out
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley ops resolve j01m7w9p7jffk8k64v4ewj46z1a.generate.1 --as unpaid --why 'the host was wiped'
  galley ops resolve j01m7w9p7jffk8k64v4ewj46z1a.generate.1 --as paid --usd 0.04 --why 'on the bill' --yes

paid: its cost is booked and the step is tried again as far as its attempts go; should the output still come,
it is adopted. unpaid: nothing is booked, and the step may be tried again. Who said so and why stays on the
ledger. The same word twice changes nothing, another word afterwards is refused.")]
pub(super) struct Args {
    /// The attempt, JOB.STEP.NUMBER
    attempt: String,
    /// What became of it
    #[arg(long = "as", value_name = "WORD")]
    word: Outcome,
    /// How you know
    #[arg(long, value_name = "TEXT")]
    why: String,
    /// Who says so
    #[arg(long, env = "USER", value_name = "NAME")]
    by: String,
    /// What it cost in dollars; else the time that passed is counted, up to the step's deadline
    #[arg(long, value_name = "DOLLARS")]
    usd: Option<f64>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Outcome {
    Paid,
    Unpaid,
}

pub(super) async fn run(
    args: Args,
    deployment: &Deployment,
    session: &Session,
) -> Result<Exit, Failure> {
    let said = said(&args)?;
    let id = &said.resolve;
    let attempt = read(deployment, id).await?;
    let next = "`galley ops stuck` shows what can be resolved";
    let stands = said.stands(&attempt, aws::clock::now()).map_err(|error| match error {
        domain::Error::Invalid(why) => Failure::here(why, next),
        other => other.into(),
    })?;
    if !stands {
        let word = said.word.as_str();
        confirm(args.yes, &format!("{id} at host {} goes on the ledger as {word}", attempt.host))?;
    }
    // Dispatch acts, with the conditions that everything else on the ledger obeys.
    deployment.queue()?.send(&serde_json::to_value(&said).unwrap_or_default(), 0).await?;
    for _ in 0..LOOKS {
        let attempt = read(deployment, id).await?;
        if attempt.state.over() {
            return tell(&attempt, session);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let next = "is it in `galley ops dlq list`? The same command again is safe";
    Err(Failure::here(format!("dispatch has not taken the word on {id} in"), next))
}

fn said(args: &Args) -> Result<Resolution, Failure> {
    let bad =
        |_| Failure::here(format!("`{}` is no attempt", args.attempt), "give JOB.STEP.NUMBER");
    let usd = args.usd.map(|usd| MicroUsd((usd * 1e6).round() as i64));
    if usd.is_some_and(|usd| usd.0 < 0) || args.usd.is_some_and(|usd| !usd.is_finite()) {
        return Err(Failure::here("--usd is no price", "give dollars, such as 0.04"));
    }
    let word = match args.word {
        Outcome::Paid => Word::Paid,
        Outcome::Unpaid => Word::Unpaid,
    };
    let resolve = AttemptId::parse(&args.attempt).map_err(bad)?;
    Ok(Resolution { resolve, word, by: args.by.clone(), why: args.why.clone(), usd })
}

async fn read(deployment: &Deployment, id: &AttemptId) -> Result<AttemptRecord, Failure> {
    let items = deployment.table.get(&[AttemptRecord::key(id)]).await?;
    let none = || Failure::here(format!("attempt {id} is not on the ledger"), "check --stack");
    Ok(from_item(items[0].as_ref().ok_or_else(none)?)?)
}

fn tell(attempt: &AttemptRecord, session: &Session) -> Result<Exit, Failure> {
    let usd = attempt.usd.unwrap_or_default();
    match session.json {
        true => paint::json(&serde_json::json!({
            "attempt": attempt.id, "state": attempt.state, "usd": usd.usd(),
            "resolved": attempt.resolved,
        }))?,
        false => note(&format!("{} is {}, ${} booked", attempt.id, attempt.state, usd.usd())),
    }
    Ok(Exit::Succeeded)
}
