//! A page that watches a job over a WebSocket, as pages should: it asks in silence, and comes back where it was ended.

use super::api::Caller;
use super::until::patiently;
use domain::id::JobId;
use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long it may take to connect and to be subscribed.
const OPENING: Duration = Duration::from_secs(20);
/// After how much silence a page asks whether anything was lost.
const SILENCE: Duration = Duration::from_secs(15);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A page, and what it has seen.
pub(crate) struct Page<'a> {
    caller: &'a Caller<'a>,
    job: JobId,
    socket: Option<Socket>,
    after: u64,
    /// The number of each event that came, in the order in which they came.
    pub(crate) seen: Vec<u64>,
    /// How often it came back because its connection was ended.
    pub(crate) returns: usize,
}

impl<'a> Page<'a> {
    /// Watches a job from the event after this one.
    pub(crate) async fn open(caller: &'a Caller<'a>, job: &JobId, after: u64) -> Self {
        let (job, seen) = (job.clone(), Vec::new());
        let mut page = Self { caller, job, socket: None, after, seen, returns: 0 };
        page.connect().await;
        page
    }

    /// Opens the address that comes with a token, and subscribes with that; again, where a busy machine says no.
    async fn connect(&mut self) {
        let after = self.seen.last().copied().unwrap_or(self.after);
        let (caller, job) = (self.caller, &self.job);
        let socket = patiently("a page is subscribed", 120, async || {
            timeout(OPENING, subscribed(caller, job, after)).await.ok()?
        });
        self.socket = Some(socket.await);
    }

    /// The next events: `{"events": […], "terminal": …}`.
    pub(crate) async fn events(&mut self) -> Value {
        loop {
            if self.socket.is_none() {
                self.connect().await;
            }
            match self.told().await {
                Some(told) if told["type"] == "events" => {
                    assert_eq!(told["job"], json!(self.job));
                    let events = told["events"].as_array().into_iter().flatten();
                    self.seen.extend(events.filter_map(|event| event["n"].as_u64()));
                    return told;
                }
                Some(told) if !self.forgotten(&told) => {}
                _ => {
                    self.cut();
                    self.returns += 1;
                }
            }
        }
    }

    /// Loses its connection, and comes back for the next events.
    pub(crate) fn cut(&mut self) {
        self.socket = None;
    }

    pub(crate) async fn say(&mut self, message: Value) {
        self.say_text(message.to_string()).await;
    }

    pub(crate) async fn say_text(&mut self, text: impl Into<String>) {
        let socket = self.socket.as_mut().expect("the page is connected");
        socket.send(Message::text(text.into())).await.expect("the connection is open");
    }

    /// What it is told next, if only that its connection was ended. In silence it asks.
    pub(crate) async fn told(&mut self) -> Option<Value> {
        for _ in 0..8 {
            let socket = self.socket.as_mut()?;
            match timeout(SILENCE, heard(socket)).await {
                Ok(told) => return told,
                Err(_) => {
                    let ping = Message::text(json!({ "action": "ping" }).to_string());
                    socket.send(ping).await.ok()?;
                }
            }
        }
        panic!("there is news of {} within two minutes", self.job)
    }

    /// Whether a pong says that the connection no longer watches the job: then a page subscribes again.
    fn forgotten(&self, told: &Value) -> bool {
        let watched = told["jobs"].as_array();
        told["type"] == "pong" && watched.is_some_and(|jobs| !jobs.contains(&json!(self.job)))
    }
}

async fn subscribed(caller: &Caller<'_>, job: &JobId, after: u64) -> Option<Socket> {
    let path = format!("/v1/jobs/{job}/token");
    let token = caller.ask(Method::POST, &path, &[], None).await.ok()?;
    let (mut socket, _) = connect_async(token.body["stream"].as_str()?).await.ok()?;
    let token = &token.body["token"];
    let wish = json!({ "action": "subscribe", "job": job, "token": token, "after": after });
    socket.send(Message::text(wish.to_string())).await.ok()?;
    (heard(&mut socket).await?["type"] == "subscribed").then_some(socket)
}

/// What comes next; none once the connection is ended.
async fn heard(socket: &mut Socket) -> Option<Value> {
    loop {
        if let Message::Text(text) = socket.next().await?.ok()? {
            return Some(serde_json::from_str(&text).expect("JSON"));
        }
    }
}
