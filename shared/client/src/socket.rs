//! A job's log over a WebSocket: news within a moment, and nothing else to rely on.
//!
//! Whatever goes wrong here, the log is still there to be read: so every failure is just the end of this socket.
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::Url;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::answers::{Event, WatchToken};

/// How long it may take to connect and to be subscribed.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long there may be silence before we ask whether anything was lost; an idle connection ends after ten minutes.
const SILENCE: Duration = Duration::from_secs(20);

/// What came over the socket.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Told {
    Subscribed,
    Events {
        events: Vec<Event>,
        terminal: bool,
    },
    Pong {
        jobs: Vec<String>,
    },
    #[serde(other)]
    Other,
}

/// A connection that watches one job.
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    job: String,
    heard: Instant,
}

impl Socket {
    /// Connects and subscribes; none where that does not work.
    pub(crate) async fn open(token: &WatchToken, job: &str, after: u64) -> Option<Self> {
        let address = Url::parse(&token.stream).ok()?;
        let opening = async {
            let (stream, _) = connect_async(address.as_str()).await.ok()?;
            let mut socket = Self { stream, job: job.into(), heard: Instant::now() };
            socket
                .say(&json!({ "action": "subscribe", "job": job, "token": token.token, "after": after }))
                .await?;
            matches!(socket.told().await?, Told::Subscribed).then_some(socket)
        };
        timeout(PATIENCE, opening).await.ok()?
    }

    /// The next events, and whether they are the last; none once the connection is of no more use.
    pub(crate) async fn next(&mut self) -> Option<(Vec<Event>, bool)> {
        loop {
            let told = match timeout(SILENCE, self.told()).await {
                Ok(told) => told?,
                Err(_) if 2 * SILENCE <= self.heard.elapsed() => return None,
                Err(_) => {
                    self.say(&json!({ "action": "ping" })).await?;
                    continue;
                }
            };
            self.heard = Instant::now();
            match told {
                Told::Events { events, terminal } => return Some((events, terminal)),
                // A connection that was thought gone is forgotten over there.
                Told::Pong { jobs } if !jobs.contains(&self.job) => return None,
                _ => {}
            }
        }
    }

    async fn say(&mut self, message: &serde_json::Value) -> Option<()> {
        self.stream.send(Message::text(message.to_string())).await.ok()
    }

    async fn told(&mut self) -> Option<Told> {
        loop {
            if let Message::Text(text) = self.stream.next().await?.ok()? {
                return serde_json::from_str(&text).ok();
            }
        }
    }
}
