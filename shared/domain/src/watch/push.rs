//! The push: each watcher is sent what came after the last event it was sent.

use super::{WATCHERS_MOST, Watcher, end};
use crate::error::Result;
use crate::event::{self, Event};
use crate::id::JobId;
use crate::ports::{Connections, Objects, Sent, Table};
use crate::show::{ended, show};
use crate::sign::SigningKey;
use crate::store::{Condition, Query, Write, Written, from_item};
use crate::time::Time;
use futures_util::future::join_all;
use serde_json::{Value, json};

/// How many events are read at a time.
const PAGE: u32 = 200;

/// The most characters of events in one message: API Gateway's frames hold 32 KB.
const MESSAGE_MOST: usize = 30_000;

/// How long one push keeps others off a watcher, in seconds: longer than all its messages may take.
const BUSY_S: u32 = 15;

/// What pushing needs.
#[derive(Clone, Copy)]
pub struct Streams<'a> {
    /// Jobs, their logs, and who watches them.
    pub table: &'a dyn Table,
    /// Signs addresses of previews.
    pub objects: &'a dyn Objects,
    /// The connections.
    pub connections: &'a dyn Connections,
    /// What job tokens are sealed with.
    pub signing_key: &'a SigningKey,
}

/// Pushes what is new to all who watch a job; none of them waits for another, or misses anything because another
/// one cannot be served. How many were sent something.
pub async fn push(streams: &Streams<'_>, job: &JobId, now: Time) -> Result<usize> {
    let query = Query::partition(Watcher::of_job(job)).limit(WATCHERS_MOST as u32);
    let watchers = streams.table.query(&query).await?;
    let watchers: Vec<Watcher> = watchers.iter().map(from_item).collect::<Result<_>>()?;
    let each = watchers.into_iter().map(|watcher| serve(streams, watcher, now));
    let served = join_all(each).await.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(served.into_iter().filter(|served| *served).count())
}

/// Sends one watcher all that is new; whether there was anything.
///
/// Only one push at a time serves a watcher. Whoever finds it busy may leave, for the other looks
/// again after it let go: an event that was written before the first one left is seen by the second.
pub(super) async fn serve(streams: &Streams<'_>, mut watcher: Watcher, now: Time) -> Result<bool> {
    let mut any = false;
    loop {
        let events = event::read(streams.table, &watcher.job, watcher.sent, PAGE).await?;
        let Some(last) = events.last().map(|event| event.n) else { return Ok(any) };
        if streams.table.write(vec![watcher.claim(now)]).await? != Written::Done {
            match watcher.again(streams.table).await? {
                Some(found) if found.busy_until <= now && found.sent != watcher.sent => {
                    watcher = found;
                    continue;
                }
                _ => return Ok(any),
            }
        }
        any = true;
        let over = ended(&events);
        match send(streams, &watcher, &events, over).await? {
            Sent::Slow => {
                end(streams, &watcher.connection).await?;
                return Ok(any);
            }
            Sent::Taken if !over => {}
            _ => {
                streams.table.write(watcher.gone()).await?;
                return Ok(any);
            }
        }
        watcher.sent = last;
        if streams.table.write(vec![watcher.release(now)]).await? != Written::Done {
            return Ok(any);
        }
    }
}

async fn send(
    streams: &Streams<'_>,
    watcher: &Watcher,
    events: &[Event],
    over: bool,
) -> Result<Sent> {
    let mut shown = Vec::with_capacity(events.len());
    for event in events {
        shown.push(show(streams.objects, event).await?);
    }
    let messages = messages(shown);
    let last = messages.len() - 1;
    for (at, events) in messages.into_iter().enumerate() {
        let terminal = over && at == last;
        let text =
            json!({ "type": "events", "job": watcher.job, "events": events, "terminal": terminal });
        match streams.connections.send(&watcher.connection, text.to_string()).await? {
            Sent::Taken => {}
            not_taken => return Ok(not_taken),
        }
    }
    Ok(Sent::Taken)
}

/// Events in order, as few messages as their length allows; none is empty.
fn messages(events: Vec<Value>) -> Vec<Vec<Value>> {
    let mut messages: Vec<Vec<Value>> = Vec::new();
    let mut length = MESSAGE_MOST;
    for event in events {
        let size = event.to_string().len() + 1;
        match messages.last_mut() {
            Some(message) if length + size <= MESSAGE_MOST => message.push(event),
            _ => {
                messages.push(vec![event]);
                length = 0;
            }
        }
        length += size;
    }
    messages
}

impl Watcher {
    /// Keeps other pushes off, if none is on and nothing was sent since it was read.
    fn claim(&self, now: Time) -> Write {
        Write::set(self.key(), json!({ "busy_until": now.plus_s(BUSY_S) }))
            .when_is("sent", self.sent)
            .when(Condition::Below("busy_until", now.0 + 1))
    }

    /// Lets others on, and says what was sent.
    fn release(&self, now: Time) -> Write {
        Write::set(self.key(), json!({ "sent": self.sent, "busy_until": Time(0) }))
            .when_is("busy_until", now.plus_s(BUSY_S))
    }

    /// The record as it is now.
    pub(super) async fn again(&self, table: &dyn Table) -> Result<Option<Self>> {
        let found = table.get(&[self.key()]).await?;
        found.into_iter().flatten().next().as_ref().map(from_item).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_go_in_few_messages_none_of_them_too_long() {
        let event = |n: usize, size: usize| json!({ "n": n, "text": "x".repeat(size) });
        let sizes = [10, 10, 29_000, 900, 10, 40_000, 10];
        let events = sizes.iter().enumerate().map(|(n, size)| event(n, *size));
        let messages = messages(events.collect());
        let numbers = |message: &Vec<Value>| -> Vec<u64> {
            message.iter().filter_map(|event| event["n"].as_u64()).collect()
        };
        let numbers: Vec<_> = messages.iter().map(numbers).collect();
        assert_eq!(numbers, [vec![0, 1, 2, 3], vec![4], vec![5], vec![6]]);
        let longest = messages.iter().filter(|message| 1 < message.len());
        assert!(
            longest
                .map(|message| json!(message).to_string().len())
                .all(|length| length <= MESSAGE_MOST)
        );
    }
}
