//! `galley listen`: your news on this machine, without a public address.
use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use client::{Client, NewsEvent};
use domain::notify::wants;
use publishers::signature::{Secret, signatures};
use serde_json::json;

use crate::{
    failure::{Exit, Failure},
    paint::{self, BAD, DIM, GOOD, note, paint, plain},
    session::Session,
};

/// How long the API is asked to hold an answer.
const HOLD: Duration = Duration::from_secs(20);
/// The least time between two answers.
const PAUSE: Duration = Duration::from_millis(300);
/// How long a local receiver may take, as a webhook may.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often in a row a call may fail, each time after the client's own retries.
const CUTS: u32 = 20;
/// How many events are remembered, to tell those that come again.
const REMEMBERED: usize = 1000;

/// Bring the news of your jobs to this machine as it happens
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley listen --forward http://localhost:3000/hook
  galley listen --event 'job.*' --event publication.done
  galley listen --json | jq -r .data.job

What is forwarded is what a webhook would get, signed with the secrets of `galley webhook secret`.
It goes on after a cut, for an hour; it ends with Ctrl-C, or after --count events.")]
pub(crate) struct Args {
    /// Post each event to this address
    #[arg(long, value_name = "URL")]
    forward: Option<String>,
    /// Only these types of events, or families such as job.*
    #[arg(long = "event", visible_alias = "events", value_name = "TYPE", value_delimiter = ',')]
    events: Vec<String>,
    /// Go on from the place that an earlier `listen` named
    #[arg(long, value_name = "PLACE")]
    after: Option<String>,
    /// End after so many events
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// Print each event as it would be posted, as --json does
    #[arg(long)]
    print_json: bool,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let mut listener = Listener::new(&client, &args, session.json || args.print_json).await?;
    let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    tokio::select! {
        ended = listener.listen() => ended,
        _ = &mut interrupt => {
            if let Some(after) = &listener.after {
                note(&format!("`galley listen --after '{after}'` goes on from here"));
            }
            Ok(Exit::Interrupted)
        }
    }
}

struct Listener<'a> {
    client: &'a Client,
    args: &'a Args,
    json: bool,
    after: Option<String>,
    known: BTreeSet<String>,
    order: VecDeque<String>,
    receiver: Option<Receiver<'a>>,
    heard: usize,
}

struct Receiver<'a> {
    url: &'a str,
    http: reqwest::Client,
    secrets: Vec<Secret>,
}

impl<'a> Listener<'a> {
    async fn new(client: &'a Client, args: &'a Args, json: bool) -> Result<Self, Failure> {
        let receiver = match &args.forward {
            Some(url) => Some(Receiver::new(client, url).await?),
            None => None,
        };
        Ok(Self {
            client,
            args,
            json,
            after: args.after.clone(),
            known: BTreeSet::new(),
            order: VecDeque::new(),
            receiver,
            heard: 0,
        })
    }

    /// Listens until there were as many events as were asked for, or for good.
    async fn listen(&mut self) -> Result<Exit, Failure> {
        // The first call is not held: from its answer on, whatever happens is heard.
        let mut hold = Duration::ZERO;
        let mut cuts = 0;
        loop {
            let asked = tokio::time::Instant::now();
            match self.client.news(self.after.as_deref(), hold).await {
                Ok(news) => {
                    if hold.is_zero() {
                        note(&format!("listening at {}", self.client.address()));
                    }
                    (hold, cuts) = (HOLD, 0);
                    for event in &news.events {
                        if self.news(event).await? {
                            return Ok(Exit::Succeeded);
                        }
                    }
                    self.after = Some(news.next);
                    tokio::time::sleep(PAUSE.saturating_sub(asked.elapsed())).await;
                }
                Err(error) if error.passes() && cuts < CUTS => {
                    cuts += 1;
                    note(&format!("cut off: {error}; trying again"));
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Tells and forwards an event, if it is new and wanted; whether it was the last one asked for.
    async fn news(&mut self, event: &NewsEvent) -> Result<bool, Failure> {
        let wanted = self.args.events.is_empty() || wants(&self.args.events, &event.kind);
        if !wanted || !self.known.insert(event.id.clone()) {
            return Ok(false);
        }
        self.order.push_back(event.id.clone());
        if REMEMBERED < self.order.len()
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        let said = match &self.receiver {
            Some(receiver) => receiver.post(event).await,
            None => String::new(),
        };
        if self.json {
            paint::json(event)?;
        } else {
            let job = event.data["job"].as_str().unwrap_or_default();
            let when = paint(DIM, event.timestamp.get(11..19).unwrap_or_default());
            let line = format!("{when}  {:18}  {}  {said}", plain(&event.kind), plain(job));
            paint::line(line.trim_end())?;
        }
        self.heard += 1;
        Ok(self.args.count.is_some_and(|count| count <= self.heard))
    }
}

impl<'a> Receiver<'a> {
    async fn new(client: &Client, url: &'a str) -> Result<Self, Failure> {
        let next = "give it as http://localhost:PORT/PATH";
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Failure::here(format!("{url} is no address to forward to"), next));
        }
        let secrets = client.webhook_secrets().await?.secrets;
        let secrets = secrets.iter().filter_map(|text| Secret::parse(text)).collect();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .map_err(|cause| Failure::here(cause.to_string(), next))?;
        Ok(Self { url, http, secrets })
    }

    /// Posts an event as a webhook would get it; what the receiver said.
    async fn post(&self, event: &NewsEvent) -> String {
        let body = json!({ "type": event.kind, "timestamp": event.timestamp, "data": event.data });
        let (body, now) = (body.to_string(), aws::clock::now().unix_s());
        let request = self
            .http
            .post(self.url)
            .header("content-type", "application/json")
            .header("webhook-id", &event.id)
            .header("webhook-timestamp", now)
            .header("webhook-signature", signatures(&self.secrets, &event.id, now, body.as_bytes()))
            .body(body);
        match request.send().await {
            Ok(answer) => {
                let status = answer.status();
                paint(if status.is_success() { GOOD } else { BAD }, status.as_str())
            }
            Err(error) if error.is_timeout() => paint(BAD, "no answer within 10 s"),
            Err(_) => paint(BAD, "not reached"),
        }
    }
}
