//! The stack's bus on EventBridge.

use crate::env::{self, StartError};
use crate::failure;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use domain::ports::{Bus, BusEvent};
use domain::{Error, Result};

/// Whose events these are; no trigger listens to it.
const SOURCE: &str = "galley";
/// As many events as one call takes.
const ENTRIES_MOST: usize = 10;
/// As many bytes as one call takes, less what surrounds the details.
const BYTES_MOST: usize = 240 * 1024;

/// The stack's bus.
#[derive(Clone, Debug)]
pub struct EventBus {
    client: Client,
    name: String,
}

impl EventBus {
    /// The bus that `BUS` names.
    pub fn from_env(config: &SdkConfig) -> Result<Self, StartError> {
        Ok(Self::new(Client::new(config), env::var("BUS")?))
    }

    /// The bus of this name.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    fn entry(&self, event: &BusEvent) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(SOURCE)
            .time(DateTime::from_millis(event.at.0))
            .detail_type(&event.detail_type)
            .detail(event.detail.to_string())
            .build()
    }

    /// One call. Entries that the bus did not take fail it: whoever repeats it repeats all of them.
    async fn put_some(&self, events: &[BusEvent]) -> Result<()> {
        let entries = events.iter().map(|event| self.entry(event)).collect();
        let request = self.client.put_events().set_entries(Some(entries));
        let answer = request.send().await;
        let answer = answer.map_err(|failure| failure::error("eventbridge put", &failure))?;
        match answer.entries().iter().find(|entry| entry.error_code().is_some()) {
            None => Ok(()),
            Some(entry) => {
                let code = entry.error_code().unwrap_or_default();
                let failed = answer.failed_entry_count();
                Err(Error::Again(format!("eventbridge put: {failed} not taken: {code}")))
            }
        }
    }
}

#[async_trait]
impl Bus for EventBus {
    async fn put(&self, events: &[BusEvent]) -> Result<()> {
        for some in parted(events) {
            self.put_some(some).await?;
        }
        Ok(())
    }
}

/// The events in as few calls as the service allows.
fn parted(mut events: &[BusEvent]) -> Vec<&[BusEvent]> {
    let mut parts = Vec::new();
    while !events.is_empty() {
        let mut bytes = 0;
        let fits = |event: &&BusEvent| {
            bytes += event.detail.to_string().len();
            bytes <= BYTES_MOST
        };
        let most = events.iter().take(ENTRIES_MOST).take_while(fits).count().max(1);
        let (some, rest) = events.split_at(most);
        parts.push(some);
        events = rest;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Wire, config};
    use domain::Time;
    use serde_json::json;

    fn bus(wire: &Wire) -> EventBus {
        let config = aws_sdk_eventbridge::config::Builder::from(&config(wire)).build();
        EventBus::new(Client::from_conf(config), "galley")
    }

    fn event(detail: serde_json::Value) -> BusEvent {
        BusEvent { detail_type: "galley.job.failed".into(), at: Time(1_700_000_000_500), detail }
    }

    #[tokio::test]
    async fn an_event_carries_its_source_its_time_and_its_detail() {
        let wire =
            Wire::new().answers(json!({ "FailedEntryCount": 0, "Entries": [{ "EventId": "1" }] }));
        bus(&wire).put(&[event(json!({ "job": "j1" }))]).await.unwrap();
        assert_eq!(
            wire.requests()[0].body["Entries"][0],
            json!({
                "EventBusName": "galley", "Source": "galley", "DetailType": "galley.job.failed",
                "Time": 1_700_000_000.5, "Detail": r#"{"job":"j1"}"#,
            })
        );
    }

    #[tokio::test]
    async fn an_event_that_the_bus_did_not_take_is_put_again() {
        let answer =
            json!({ "FailedEntryCount": 1, "Entries": [{ "ErrorCode": "InternalFailure" }] });
        let wire = Wire::new().answers(answer);
        let error = bus(&wire).put(&[event(json!({}))]).await.unwrap_err();
        assert_eq!(error, Error::Again("eventbridge put: 1 not taken: InternalFailure".into()));
    }

    #[test]
    fn a_call_has_ten_events_and_a_quarter_megabyte_at_most() {
        let sizes =
            |events: &[BusEvent]| parted(events).iter().map(|some| some.len()).collect::<Vec<_>>();
        assert_eq!(sizes(&vec![event(json!({})); 23]), [10, 10, 3]);
        assert_eq!(sizes(&vec![event(json!("x".repeat(100_000))); 5]), [2, 2, 1]);
        assert_eq!(sizes(&[event(json!("x".repeat(300_000)))]), [1]);
        assert!(sizes(&[]).is_empty());
    }
}
