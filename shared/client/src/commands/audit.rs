//! `galley audit`: who decided what about a job, and whether the record of it is whole.
use domain::audit::{Entry, Head, Kept, Said, verify};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    failure::{Exit, Failure},
    ids,
    paint::{self, note, plain},
    session::Session,
};

/// See who decided what, and whether that record is whole
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley audit show j01k5z3
  galley audit verify j01k5z3")]
pub(crate) enum Command {
    Show(Show),
    Verify(Verify),
}

/// Show a job's audit chain
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley audit show j01k5z3
  galley audit show j01k5z3 --json | jq .entries[].who")]
pub(crate) struct Show {
    /// Id of the job, or the beginning of it
    job: String,
}

/// Compute every hash of a job's audit chain anew, and name what was changed
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley audit verify j01k5z3

Exit code 1 where a record is not as it was written. What was erased for a reason is not missed.")]
pub(crate) struct Verify {
    /// Id of the job, or the beginning of it
    job: String,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    match command {
        Command::Show(Show { job }) => {
            let chain = client.audit(&ids::whole(&client, &job).await?).await?;
            if session.json {
                paint::json(&chain)?;
                return Ok(Exit::Succeeded);
            }
            let (kept, _) = read(&chain);
            for entry in &kept.entries {
                let said = kept.said.iter().find(|said| said.n == entry.n);
                let note = said.and_then(|said| said.words.get("note")?.as_str());
                let note = note.map_or(String::new(), |note| format!("  {}", plain(note)));
                let Entry { n, at, who, what, to, .. } = entry;
                let (who, what, to) = (plain(who), plain(what), plain(to));
                paint::line(&format!("{n:4}  {}  {who}  {what}  {to}{note}", at.rfc3339()))?;
            }
            if kept.entries.is_empty() {
                note_nothing();
            }
            Ok(Exit::Succeeded)
        }
        Command::Verify(Verify { job }) => {
            let chain = client.audit(&ids::whole(&client, &job).await?).await?;
            let (kept, erased) = read(&chain);
            let flaws = verify(&kept, erased);
            for flaw in &flaws {
                match session.json {
                    true => paint::json(flaw)?,
                    false => {
                        let line = format!("{}  {}", plain(&flaw.record), plain(&flaw.detail));
                        paint::line(&line)?;
                    }
                }
            }
            if !flaws.is_empty() {
                note("somebody changed the record of what was decided");
                return Ok(Exit::Failed);
            }
            match kept.head {
                Some(head) => {
                    note(&format!("{} entries are whole, the last is {}", head.n, head.hash))
                }
                None => note_nothing(),
            }
            Ok(Exit::Succeeded)
        }
    }
}

fn note_nothing() {
    note("nobody decided anything about this job");
}

/// The chain as it came, and whether its words were erased.
fn read(chain: &Value) -> (Kept, bool) {
    let mut kept = Kept {
        head: serde_json::from_value::<Option<Head>>(chain["head"].clone()).ok().flatten(),
        ..Kept::default()
    };
    let mut unreadable = each(&chain["unreadable"], &mut Vec::new());
    let mut lost = Vec::new();
    kept.entries = each::<Entry>(&chain["entries"], &mut lost);
    kept.said = each::<Said>(&chain["said"], &mut lost);
    unreadable.extend(lost);
    kept.unreadable = unreadable;
    (kept, chain["erased"] == true)
}

fn each<T: DeserializeOwned>(list: &Value, lost: &mut Vec<String>) -> Vec<T> {
    let mut read = Vec::new();
    for one in list.as_array().into_iter().flatten() {
        match serde_json::from_value(one.clone()) {
            Ok(one) => read.push(one),
            Err(_) => lost.push(one.to_string().chars().take(80).collect()),
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use domain::{
        Time,
        audit::{Act, Chain},
        id::JobId,
    };
    use serde_json::json;

    use super::*;

    #[test]
    fn a_chain_is_verified_from_its_records_and_not_from_what_the_server_says() {
        let chain = Chain::Job(JobId::new(Time(5), [7; 10]));
        let act = Act::new("review.approve", "anna", "r").said("note", "fine");
        let link = chain.link(None, act, [1; 16], Time(5)).unwrap();
        let item = |at: usize| match &link.writes[at].change {
            domain::store::Change::Put(item) => Value::Object(item.clone()),
            _ => panic!("not whole"),
        };
        let mut answer = json!({
            "verified": true, "erased": false, "unreadable": [], "head": link.head,
            "entries": [item(0)], "said": [item(1)],
        });
        let (kept, erased) = read(&answer);
        assert_eq!(verify(&kept, erased), []);
        answer["entries"][0]["who"] = json!("mallory");
        let (kept, erased) = read(&answer);
        assert_eq!(verify(&kept, erased)[0].record, "ENTRY#00000001");
    }
}
