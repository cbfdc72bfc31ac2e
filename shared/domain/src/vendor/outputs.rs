//! Outputs of vendors: the bytes go where only we write, before anything else is decided.

use super::circuit::Told;
use super::{Ask, Caller, Class, Done, Handle, Refusal, Source};
use crate::error::{Error, Result};
use crate::gpu::{Made, News};
use crate::lane::{Context, Failure, Standing, incoming};
use crate::money::MicroUsd;
use crate::ports::{Bucket, Put};
use crate::record::AttemptRecord;
use crate::sign::sha256;
use crate::sniff;
use crate::state::AttemptState;
use crate::store::Write;
use crate::time::Time;
use serde_json::json;

/// The largest output that is taken into custody, in bytes.
const OUTPUT_MOST: u64 = 64 << 20;

impl Caller<'_> {
    /// It is done: the bytes go where only we write, before anything else is decided.
    pub(super) async fn done(
        &self,
        standing: &Standing,
        ask: &Ask,
        done: Done,
        now: Time,
    ) -> Result<()> {
        let record = &standing.attempt;
        if let (None, Some(id)) = (&record.called.handle, &done.id) {
            self.keep_handle(record, &Handle::new(id)).await?;
        }
        if done.model.is_some() {
            let served = json!({ "served": done.model });
            let served = Write::set(AttemptRecord::key(&record.id), served);
            self.lanes.table.write(vec![served]).await?;
        }
        let mut made = Vec::new();
        for media in done.media {
            let Some(wanted) = record.work.outputs.get(&media.port) else { continue };
            let bytes = match media.source {
                Source::Bytes(bytes) => bytes,
                url @ Source::Url(_) => match self.vendors.fetch(&record.work.lane, url).await {
                    Ok(bytes) => bytes,
                    Err(Error::Invalid(why)) => {
                        return self.unusable(record, ask, done.usd, &why, now).await;
                    }
                    // It is still there: the next look brings it.
                    Err(Error::Again(why)) if record.called.handle.is_some() => {
                        return self.unknown(standing, ask, &why, now).await;
                    }
                    Err(cause) => return Err(cause),
                },
            };
            let Some(media_type) = sniff::of_medium(&bytes, wanted) else {
                let why = format!("output {:?} is of no known format", media.port);
                return self.unusable(record, ask, done.usd, &why, now).await;
            };
            let place = incoming(&record.id, &media.port);
            made.push(of_bytes(&media.port, media_type, &bytes));
            let how = Put { media_type: media_type.into(), replace: true, ..Put::default() };
            self.lanes.objects.put(Bucket::Assets, &place, bytes, &how).await?;
        }
        self.end(standing, ask, made, done.usd, now).await
    }

    /// It was paid, and is of no use.
    async fn unusable(
        &self,
        record: &AttemptRecord,
        ask: &Ask,
        usd: Option<MicroUsd>,
        why: &str,
        now: Time,
    ) -> Result<()> {
        let refusal = Refusal { class: Class::Elsewhere, reason: why.to_owned() };
        let failure = Failure::of(&refusal, true, !record.work.others.is_empty());
        let usd = usd.unwrap_or(ask.quote);
        let noted = self.tells(record, ask, Told::Fault, now).await;
        self.nothing(record, AttemptState::Failed, &failure, usd, now).await?;
        noted
    }

    /// The outputs lie in their place: from here on it is as if a host had said so.
    pub(super) async fn end(
        &self,
        standing: &Standing,
        ask: &Ask,
        made: Vec<Made>,
        usd: Option<MicroUsd>,
        now: Time,
    ) -> Result<()> {
        let record = &standing.attempt;
        let news = News::Succeeded { outputs: made };
        let seq = u64::from(record.called.looks) + 1;
        let report = self.report(record, seq, news, Some(usd.unwrap_or(ask.quote)));
        let context = Context::of(record, record.work.event, false);
        let noted = self.tells(record, ask, Told::Works, now).await;
        self.lanes.ended(&report, &context, now).await?;
        noted
    }

    /// The outputs that lie in their place already; none where one is missing.
    pub(super) async fn brought(&self, record: &AttemptRecord) -> Result<Option<Vec<Made>>> {
        let mut made = Vec::new();
        for (port, wanted) in &record.work.outputs {
            let place = incoming(&record.id, port);
            let found = self.lanes.objects.get(Bucket::Assets, &place, OUTPUT_MOST).await?;
            let Some(bytes) = found else { return Ok(None) };
            let Some(media_type) = sniff::of_medium(&bytes, wanted) else { return Ok(None) };
            made.push(of_bytes(port, media_type, &bytes));
        }
        Ok((!made.is_empty()).then_some(made))
    }
}

fn of_bytes(port: &str, media_type: &str, bytes: &[u8]) -> Made {
    Made {
        name: port.to_owned(),
        media_type: media_type.to_owned(),
        sha256: sha256(bytes),
        bytes: bytes.len() as u64,
        width: None,
        height: None,
        seconds: None,
    }
}
