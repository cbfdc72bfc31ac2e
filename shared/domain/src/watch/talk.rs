//! What a connection says, and what it is told.

use super::push::serve;
use super::{JOBS_MOST, Streams, WATCHED, WATCHERS_MOST, Watcher, end};
use crate::error::Result;
use crate::id::JobId;
use crate::pipeline::Problem;
use crate::ports::Sent;
use crate::problem::{ProblemDocument, ProblemType, Stop, echo};
use crate::record::JobRecord;
use crate::store::{Query, Write, from_item};
use crate::tenant::JobToken;
use crate::time::Time;
use serde::Deserialize;
use serde_json::{Value, json};

/// The longest message that is read, in bytes.
const MESSAGE_MOST: usize = 4096;

/// What a connection may ask for.
#[derive(Debug, Deserialize)]
#[serde(tag = "action", rename_all = "lowercase", deny_unknown_fields)]
enum Message {
    /// Send me what happens in this job, after this event.
    Subscribe {
        job: String,
        token: String,
        #[serde(default)]
        after: u64,
    },
    /// No more of this job.
    Unsubscribe { job: String },
    /// I am here; is there anything I was not sent?
    Ping {},
}

/// Takes in what a connection said, and answers it. `instance` finds the message in the operator's logs.
///
/// Who says what no page would say, something too long or no JSON at all, is told so, and the connection is ended.
pub async fn hear(
    streams: &Streams<'_>,
    connection: &str,
    text: &str,
    instance: &str,
    now: Time,
) -> Result<()> {
    let problem = match answer(streams, connection, text, now).await {
        Ok(()) => return Ok(()),
        Err(Stop::Problem(problem)) => problem,
        Err(Stop::Error(error)) => return Err(error),
    };
    tell(streams, connection, json!({ "type": "error", "problem": problem.json(instance) }))
        .await?;
    match problem.kind {
        ProblemType::TooLarge | ProblemType::MalformedBody => end(streams, connection).await,
        _ => Ok(()),
    }
}

/// Forgets all that a connection watched.
pub async fn leave(streams: &Streams<'_>, connection: &str) -> Result<()> {
    let watchers = watched_by(streams, connection).await?;
    for some in watchers.chunks(25) {
        let writes = some.iter().flat_map(Watcher::gone).collect();
        streams.table.write(writes).await?;
    }
    Ok(())
}

async fn answer(
    streams: &Streams<'_>,
    connection: &str,
    text: &str,
    now: Time,
) -> Result<(), Stop> {
    match parse(text)? {
        Message::Subscribe { job, token, after } => {
            let job = admitted(streams, &job, &token, now)?;
            subscribe(streams, Watcher::new(connection, &job, after, now), now).await
        }
        Message::Unsubscribe { job } => {
            if let Ok(job) = JobId::parse(&job) {
                streams.table.write(Watcher::new(connection, &job, 0, now).gone()).await?;
            }
            Ok(tell(streams, connection, json!({ "type": "unsubscribed", "job": job })).await?)
        }
        Message::Ping {} => {
            let watchers = watched_by(streams, connection).await?;
            let jobs: Vec<_> = watchers.iter().map(|watcher| &watcher.job).collect();
            tell(streams, connection, json!({ "type": "pong", "jobs": jobs })).await?;
            for watcher in watchers {
                if let Some(watcher) = watcher.again(streams.table).await? {
                    serve(streams, watcher, now).await?;
                }
            }
            Ok(())
        }
    }
}

fn parse(text: &str) -> Result<Message, ProblemDocument> {
    if MESSAGE_MOST < text.len() {
        let detail = format!("the message has {} bytes", text.len());
        let fix = format!("keep it within {MESSAGE_MOST}");
        return Err(ProblemDocument::body(ProblemType::TooLarge, detail, fix));
    }
    let value: Value = serde_json::from_str(text).map_err(|cause| {
        let detail = format!("the message is not JSON: {cause}");
        let fix = r#"send a JSON object such as {"action": "ping"}"#;
        ProblemDocument::body(ProblemType::MalformedBody, detail, fix)
    })?;
    Message::deserialize(&value).map_err(|cause| {
        let fix = "send subscribe with job, token and after, unsubscribe with job, or ping";
        ProblemDocument::body(ProblemType::InvalidBody, cause.to_string(), fix)
    })
}

/// The job that a token lets its bearer watch.
fn admitted(
    streams: &Streams<'_>,
    job: &str,
    token: &str,
    now: Time,
) -> Result<JobId, ProblemDocument> {
    let Some(token) = JobToken::open(token, streams.signing_key, now) else {
        let fix = "ask for another: POST /v1/jobs/{id}/token";
        let problem = Problem::new("/token", "it is not one of ours, or has expired", fix);
        return Err(ProblemDocument::fields(ProblemType::Unauthenticated, &[problem]));
    };
    if JobId::parse(job).as_ref() != Ok(&token.job) {
        return Err(no_job(job));
    }
    Ok(token.job)
}

fn no_job(job: &str) -> ProblemDocument {
    let problem = Problem::new(
        "/job",
        format!("there is no job {:?} for this token", echo(job)),
        "send the job and its own token",
    );
    ProblemDocument::fields(ProblemType::NotFound, &[problem])
}

async fn subscribe(streams: &Streams<'_>, watcher: Watcher, now: Time) -> Result<(), Stop> {
    let others = Query::partition(Watcher::of_job(&watcher.job)).limit(WATCHERS_MOST as u32);
    let others = streams.table.query(&others).await?;
    let others = others.iter().map(from_item::<Watcher>).collect::<Result<Vec<_>>>()?;
    let anew = others.iter().all(|other| other.connection != watcher.connection);
    if anew && others.len() == WATCHERS_MOST {
        return Err(full("/job", format!("{WATCHERS_MOST} connections watch it already")).into());
    }
    if anew && watched_by(streams, &watcher.connection).await?.len() == JOBS_MOST {
        let detail = format!("this connection watches {JOBS_MOST} jobs already");
        return Err(full("/action", detail).into());
    }
    // Busy until it is told that it is subscribed: that comes before the first event.
    let busy = Watcher { busy_until: now.plus_s(1), ..watcher.clone() };
    let writes = vec![
        Write::put(watcher.key(), &busy)?,
        Write::put(watcher.back(), &watcher)?,
        Write::set(JobRecord::key(&watcher.job), json!({ WATCHED: true })),
    ];
    if streams.table.write(writes).await? != crate::store::Written::Done {
        return Err(no_job(watcher.job.as_str()).into());
    }
    let told = json!({ "type": "subscribed", "job": watcher.job, "after": watcher.sent });
    tell(streams, &watcher.connection, told).await?;
    let free = Write::set(watcher.key(), json!({ "busy_until": Time(0) }));
    streams.table.write(vec![free]).await?;
    serve(streams, watcher, now).await?;
    Ok(())
}

fn full(pointer: &str, detail: String) -> ProblemDocument {
    let problem =
        Problem::new(pointer, detail, "unsubscribe from others, or read GET /v1/jobs/{id}/events");
    ProblemDocument::fields(ProblemType::TooManyWatchers, &[problem])
}

async fn watched_by(streams: &Streams<'_>, connection: &str) -> Result<Vec<Watcher>> {
    let query = Query::partition(Watcher::of_connection(connection)).limit(JOBS_MOST as u32);
    let found = streams.table.query(&query).await?;
    found.iter().map(from_item).collect()
}

/// Tells a connection something; one that is gone is forgotten, one that is too slow is ended.
async fn tell(streams: &Streams<'_>, connection: &str, message: Value) -> Result<()> {
    match streams.connections.send(connection, message.to_string()).await? {
        Sent::Taken => Ok(()),
        Sent::Gone => leave(streams, connection).await,
        Sent::Slow => end(streams, connection).await,
    }
}
