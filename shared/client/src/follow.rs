//! Following a job to its end, in the form that suits whoever reads.
use std::{io::IsTerminal, time::Duration};

use client::{Client, Job};

use crate::{
    failure::{Exit, Failure},
    paint,
    progress::Bars,
    session::Session,
    show,
};

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
    let mut bars = (form == Form::Bars).then(|| Bars::new(&job));
    while let Some(event) = watch.next().await? {
        match (&mut bars, form) {
            (Some(bars), _) => bars.show(&event),
            (None, Form::Json) => paint::json(&event)?,
            (None, _) => paint::line(&show::event(&event))?,
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

/// Waits for a job's end without a word, `patience` at most; the job as it then is.
pub(crate) async fn quietly(client: &Client, job: Job, patience: Duration) -> Result<Job, Failure> {
    if job.terminal {
        return Ok(job);
    }
    let end = async {
        let mut watch = client.watch(&job.id, 0);
        while watch.next().await?.is_some() {}
        Ok::<_, Failure>(())
    };
    match tokio::time::timeout(patience, end).await {
        Ok(ended) => ended?,
        Err(_) => paint::note(&format!(
            "{} has not ended in {} s; it goes on, `galley watch {}` follows it",
            job.id,
            patience.as_secs(),
            job.id
        )),
    }
    Ok(client.job(&job.id).await?)
}
