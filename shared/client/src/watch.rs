//! Following a job's log over cut connections, each entry once and in order.
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::{Client, Error, answers::Event, socket::Socket};

/// How long the API is asked to hold an answer; it holds for 20 s at most.
const HOLD: Duration = Duration::from_secs(20);
/// The least time between two answers without news, should the API not hold them.
const PAUSE: Duration = Duration::from_millis(500);

/// How many sockets in a row may break before anything came over them.
const BREAKS: u32 = 3;

/// A position in a job's log.
pub struct Watch<'a> {
    client: &'a Client,
    job: String,
    after: u64,
    page: VecDeque<Event>,
    terminal: bool,
    hold: Duration,
    socket: Option<Socket>,
    broken: u32,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(client: &'a Client, job: &str, after: u64) -> Self {
        Self {
            client,
            job: job.into(),
            after,
            page: VecDeque::new(),
            terminal: false,
            hold: HOLD,
            socket: None,
            broken: 0,
        }
    }

    /// The number of the last entry handed out.
    pub fn after(&self) -> u64 {
        self.after
    }

    /// The next entry; none once the job has ended and everything was handed out.
    /// After an error it goes on where it was.
    pub async fn next(&mut self) -> Result<Option<Event>, Error> {
        loop {
            while let Some(event) = self.page.pop_front() {
                if event.n > self.after {
                    self.after = event.n;
                    return Ok(Some(event));
                }
            }
            if self.turn_page().await? {
                return Ok(None);
            }
        }
    }

    /// Gets what is newer, as soon as it can be got; true at the end of the log.
    async fn turn_page(&mut self) -> Result<bool, Error> {
        match self.hear().await {
            Some((events, terminal)) => {
                (self.page, self.terminal) = (events.into(), terminal);
                Ok(false)
            }
            None => self.fetch().await,
        }
    }

    /// What comes over the socket; none where there is no such thing, or it has just broken.
    async fn hear(&mut self) -> Option<(Vec<Event>, bool)> {
        if self.terminal || BREAKS <= self.broken {
            return None;
        }
        if self.socket.is_none() {
            self.broken += 1;
            let token = self.client.watch_token(&self.job).await.ok()?;
            self.socket = Socket::open(&token, &self.job, self.after).await;
        }
        let heard = self.socket.as_mut()?.next().await;
        match heard {
            Some(_) => self.broken = 0,
            None => self.socket = None,
        }
        heard
    }

    /// Fetches what is newer; true at the end of the log.
    async fn fetch(&mut self) -> Result<bool, Error> {
        let asked = Instant::now();
        // A job that has ended has nothing to wait for, only perhaps a page left.
        let hold = if self.terminal { Duration::ZERO } else { self.hold };
        let page = self.client.events(&self.job, self.after, hold).await?;
        let news = page.events.iter().any(|event| event.n > self.after);
        if page.terminal && !news {
            return Ok(true);
        }
        self.terminal = page.terminal;
        self.page = page.events.into();
        if !news {
            tokio::time::sleep(PAUSE.saturating_sub(asked.elapsed())).await;
        }
        Ok(false)
    }
}
