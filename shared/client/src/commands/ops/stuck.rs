//! `galley ops stuck`: what waits beyond its bound, why, and the command that mends it.
use domain::{
    lane::GPU,
    look::look,
    stuck::{Finding, Stuck},
};
use serde_json::json;

use super::dlq;
use crate::{
    commands::deployment::Deployment,
    failure::{Exit, Failure},
    paint::{self, BAD, DIM, note, paint},
    session::Session,
};

/// Show what waits beyond its bound, why, and the command that mends it
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley ops stuck
  galley ops stuck --json | jq -r .mend[]

Exits with 1 where something hangs. Only jobs that are due are read, never the whole table.")]
pub(super) struct Args {
    /// How many jobs to look at, those that are due first
    #[arg(long, default_value_t = 100, value_name = "JOBS", value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

pub(super) async fn run(
    args: Args,
    deployment: &Deployment,
    session: &Session,
) -> Result<Exit, Failure> {
    let mut seen = look(&deployment.table, args.limit, aws::clock::now()).await?;
    for (name, messages) in dlq::counts(deployment).await? {
        if 0 < messages {
            let detail = format!("{messages} messages were given up");
            seen.found.push(Finding { stuck: Stuck::DeadLetter, at: name, detail });
        }
    }
    for finding in &seen.found {
        let (stuck, mend) = (finding.stuck.as_str(), mend(finding));
        if session.json {
            let (at, detail) = (&finding.at, &finding.detail);
            let place = format!("infra/RUNBOOK.md#{stuck}");
            paint::json(&json!({
                "stuck": stuck, "at": at, "detail": detail, "mend": mend, "runbook": place,
            }))?;
            continue;
        }
        let kind = paint(BAD, &format!("{stuck:22}"));
        let detail = paint::plain(&finding.detail);
        paint::line(&format!("{kind}  {}  {detail}", paint::plain(&finding.at)))?;
        for command in mend {
            paint::line(&paint(DIM, &format!("    $ {command}")))?;
        }
    }
    let more = if seen.more { ", more are due: --limit" } else { "" };
    note(&format!("{} jobs looked at{more}", seen.jobs));
    match seen.found.is_empty() {
        true => {
            note("nothing hangs");
            Ok(Exit::Succeeded)
        }
        false => Ok(Exit::Failed),
    }
}

/// What mends it, in the order in which to try.
fn mend(finding: &Finding) -> Vec<String> {
    let (at, subject) = (&finding.at, finding.subject());
    let sweep = "galley ops sweep".to_owned();
    match finding.stuck {
        Stuck::JobNotStarted | Stuck::AttemptWithoutLease | Stuck::LeaseWithoutReport => {
            vec![sweep]
        }
        Stuck::TokenWithoutCallback => vec![sweep, format!("galley ops retry {at}")],
        Stuck::CallbackWithoutToken => vec!["galley ops dlq redrive dispatch".into()],
        Stuck::UnknownPastBound => {
            vec![sweep, format!("galley ops resolve {subject} --as paid|unpaid --why TEXT")]
        }
        Stuck::ReviewOverdue => vec![sweep, format!("galley cancel {at}")],
        // Posts wait for an account: its place is a tenant and a connection.
        Stuck::PublicationOverdue if at.contains('/') => {
            let name = at.split('/').next_back().unwrap_or_default();
            let connect = format!("galley connections put {name} --kind KIND --secret FILE");
            vec![format!("galley connections test {name}"), connect]
        }
        Stuck::PublicationOverdue => {
            vec![format!("galley cancel {at}"), format!("galley ops retry {at}")]
        }
        // A delivery's id is of the job and its event; a publication is named by its job.
        Stuck::DeadDelivery if at.contains('.') => vec![format!("galley deliveries retry {at}")],
        Stuck::DeadDelivery => vec![format!("galley ops retry {at}")],
        Stuck::DeadLetter => {
            vec![format!("galley ops dlq list {at}"), format!("galley ops dlq redrive {at}")]
        }
        Stuck::LaneOnHold => vec![format!("galley ops resume {at}")],
        Stuck::CircuitOpen if at == GPU => vec![format!("galley ops trust {subject}")],
        Stuck::CircuitOpen => {
            vec![format!("galley ops hosts {at}"), format!("galley ops trust {at}")]
        }
        Stuck::ContractDrift => vec![format!("galley drift {at}")],
        Stuck::PassRateOff => {
            let policy = at.split('/').next_back().unwrap_or_default();
            vec![format!("galley gates report --policy {policy}"), sweep]
        }
        Stuck::TakedownOverdue => {
            vec![sweep, format!("galley takedown {subject} --reason TEXT")]
        }
        Stuck::LaneBehind => vec!["galley ops hosts".into(), sweep],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_hang_has_a_command_that_names_what_hangs() {
        for stuck in Stuck::ALL {
            let detail = "THIS at host".to_owned();
            let commands = mend(&Finding { stuck, at: "THERE".into(), detail });
            let last = commands.last().unwrap();
            let named = last.contains("THIS") || last.contains("THERE");
            assert!(last.starts_with("galley ") && (named || !last.contains("retry")), "{last}");
        }
    }
}
