//! `galley doctor`: what is wrong with a deployment, and what to do about it.
mod credentials;
mod facts;
mod gather;
mod judge;
#[cfg(test)]
mod tests;

use judge::{Finding, Health};

use super::deployment::Which;
use crate::{
    failure::{Exit, Failure},
    paint::{self, BAD, DIM, GOOD, WARN, paint},
    session::Session,
};

/// Check a deployment, and say what to do about each thing that is wrong
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley doctor
  galley doctor --stack galley-staging --key gk_acme_…
  galley doctor --json | jq -r 'select(.health == \"bad\") | .next'

Exit code 1 when something is bad; a warning alone is none. The API is checked with the key, all else with the AWS
credentials of whoever runs it; each check that cannot be made says which right it lacks.")]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let facts = gather::facts(args.which, session).await?;
    let findings = judge::all(&facts, aws::clock::now());
    for finding in &findings {
        if session.json {
            paint::json(finding)?;
        } else {
            show(finding)?;
        }
    }
    let bad = findings.iter().any(|finding| finding.health == Health::Bad);
    Ok(if bad { Exit::Failed } else { Exit::Succeeded })
}

fn show(finding: &Finding) -> Result<(), Failure> {
    let (style, mark) = match finding.health {
        Health::Good => (GOOD, "good"),
        Health::Warn => (WARN, "warn"),
        Health::Bad => (BAD, "bad "),
    };
    let (check, found) = (&finding.check, paint::plain(&finding.found));
    paint::line(&format!("{}  {check}: {found}", paint(style, mark)))?;
    if let Some(next) = &finding.next {
        paint::line(&format!("      {}: {next}", paint(DIM, "next")))?;
    }
    Ok(())
}
