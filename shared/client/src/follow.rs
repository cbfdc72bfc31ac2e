//! Following a job to its end, in the form that suits whoever reads.
use std::{io::IsTerminal, time::Duration};

use client::{Client, Event, Job, Watch};

use crate::{
    failure::{Exit, Failure},
    paint::{self, note},
    progress::Bars,
    session::Session,
    show, story,
};

/// How often in a row a call for events may fail, each time after the client's own retries: some minutes.
const CUTS: u32 = 20;

/// How often the bars are drawn anew.
const BEAT: Duration = Duration::from_millis(100);

/// How the events are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Bars,
    Lines,
    Json,
}

/// Shows a job's events after number `after` until it ends, then what became of it.
pub(crate) async fn to_the_end(
    session: &Session,
    client: &Client,
    job: Job,
    after: u64,
) -> Result<Exit, Failure> {
    let terminal = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
    let form = match (session.json, terminal) {
        (true, _) => Form::Json,
        (false, true) => Form::Bars,
        (false, false) => Form::Lines,
    };
    // Bars are drawn from the whole story; lines go on where the reader left off.
    let mut watch = client.watch(&job.id, if form == Form::Bars { 0 } else { after });
    let width = story::width(job.steps.iter().map(|step| step.name.as_str()));
    let mut bars = (form == Form::Bars).then(|| Bars::new(&job));
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        let event = tokio::select! {
            event = patient(&mut watch, |text| say(bars.as_ref(), text)) => event?,
            never = turning(bars.as_ref()) => never,
            _ = &mut interrupt => {
                if let Some(bars) = bars {
                    bars.abandon();
                }
                // The bars begin anew; for lines and documents it matters how far one has got.
                let after = (form != Form::Bars).then_some(watch.after());
                return Ok(interrupted(&job.id, after));
            }
        };
        let Some(event) = event else { break };
        match (&mut bars, form) {
            (Some(bars), _) => bars.show(&event),
            (None, Form::Json) => paint::json(&event)?,
            (None, _) => paint::line(&story::line(&event, width))?,
        }
    }
    let job = client.job(&job.id).await?;
    if let Some(bars) = bars {
        bars.leave(&job);
    }
    if form != Form::Json {
        paint::line(&show::ending(&job))?;
    }
    Ok(Exit::of(&job))
}

/// Only the watching ends on Ctrl-C; who wants the job to end cancels it.
fn interrupted(job: &str, after: Option<u64>) -> Exit {
    let after = after.map(|after| format!(" --after {after}")).unwrap_or_default();
    note(&format!(
        "the job goes on: `galley watch {job}{after}` follows it again, `galley cancel {job}` stops it"
    ));
    Exit::Interrupted
}

/// The next event, over cuts far longer than one call is worth: the job goes on without us.
async fn patient(
    watch: &mut Watch<'_>,
    say: impl Fn(&str),
) -> Result<Option<Event>, client::Error> {
    let mut cuts = 0;
    loop {
        match watch.next().await {
            Err(error) if error.passes() && cuts < CUTS => {
                cuts += 1;
                say(&format!("cut off after event {}: {error}; trying again", watch.after()));
            }
            answer => return answer,
        }
    }
}

/// Keeps the bars alive while there is no news; it never ends.
async fn turning(bars: Option<&Bars>) -> ! {
    let mut beat = tokio::time::interval(BEAT);
    loop {
        beat.tick().await;
        bars.into_iter().for_each(Bars::tick);
    }
}

/// A remark, above the bars where there are any.
fn say(bars: Option<&Bars>, text: &str) {
    match bars {
        Some(bars) => bars.say(text),
        None => note(text),
    }
}

/// Waits for a job's end without a word, `patience` at most; the job as it then is.
pub(crate) async fn quietly(client: &Client, job: Job, patience: Duration) -> Result<Job, Failure> {
    if job.terminal {
        return Ok(job);
    }
    let end = async {
        let mut watch = client.watch(&job.id, 0);
        while patient(&mut watch, note).await?.is_some() {}
        Ok::<_, Failure>(())
    };
    // Whoever waits sees by the job whether it has ended.
    if let Ok(ended) = tokio::time::timeout(patience, end).await {
        ended?;
    }
    Ok(client.job(&job.id).await?)
}
