//! Custody: what a host put is copied to where nobody else writes, and hashed there, before it is believed.

use super::{Context, Lanes, incoming};
use crate::error::{Error, Result};
use crate::gpu::{Made, Report};
use crate::id::AssetId;
use crate::ports::{Bucket, Put};
use crate::record::AssetRecord;
use crate::sign::sha256;
use crate::sniff;
use crate::time::Time;

/// The largest output that is taken into custody.
pub(super) const OUTPUT_MOST: u64 = 64 << 20;

/// What custody made of a success.
pub(super) enum Custody {
    Taken(Vec<AssetRecord>),
    Broken(String),
}

/// Most bytes of a text that is kept with its record.
const WORDS_MOST: usize = 64 << 10;

/// The words of a text, which later steps take from its record.
fn words(media_type: &str, bytes: &[u8]) -> Option<String> {
    let is_text = media_type.starts_with("text/") || media_type == "application/json";
    let text = std::str::from_utf8(bytes).ok().filter(|_| is_text)?;
    (text.len() <= WORDS_MOST).then(|| text.to_owned())
}

impl Lanes<'_> {
    /// Copies the outputs to where nobody else writes, and hashes what was copied.
    pub(super) async fn custody(
        &self,
        report: &Report,
        context: &Context,
        made: &[Made],
        now: Time,
    ) -> Result<Custody> {
        let attempt = &report.attempt;
        let mut assets = Vec::new();
        for (index, port) in context.outputs.iter().enumerate() {
            let Some(made) = made.iter().find(|made| made.name == *port) else {
                return Ok(Custody::Broken(format!("the host reported no output {port:?}")));
            };
            let bytes =
                match self.objects.get(Bucket::Assets, &incoming(attempt, port), OUTPUT_MOST).await
                {
                    Ok(Some(bytes)) => bytes,
                    Ok(None) => return Ok(Custody::Broken(format!("output {port:?} was not put"))),
                    Err(Error::Invalid(cause)) => return Ok(Custody::Broken(cause)),
                    Err(cause) => return Err(cause),
                };
            let hash = sha256(&bytes);
            if hash != made.sha256 {
                return Ok(Custody::Broken(format!(
                    "output {port:?} is not what the host reported"
                )));
            }
            let Some(media_type) = sniff::of_medium(&bytes, &made.media_type) else {
                return Ok(Custody::Broken(format!("output {port:?} is of no known format")));
            };
            let job = attempt.job();
            let key = AssetRecord::object_key(&context.tenant, &job, &hash, media_type);
            let size = bytes.len() as u64;
            let text = words(media_type, &bytes);
            let how = Put { media_type: media_type.into(), ..Put::default() };
            // False where a twin of this report was here before: same key, same bytes.
            self.objects.put(Bucket::Assets, &key, bytes, &how).await?;
            assets.push(AssetRecord {
                id: AssetId::new(&job, attempt.step(), &attempt.number().to_string(), index),
                tenant: context.tenant.clone(),
                step: attempt.step().to_owned(),
                port: port.clone(),
                key,
                sha256: hash,
                media_type: media_type.to_owned(),
                bytes: size,
                width: made.width,
                height: made.height,
                seconds: made.seconds,
                phash: None,
                upload: None,
                erased: None,
                text,
                made_from: context.made_from.clone(),
                deterministic: false,
                made_by: report.made_by.clone(),
                edited: None,
                created_at: now,
            });
        }
        Ok(Custody::Taken(assets))
    }
}
