//! The bytes that go with a post, made to fit its target.

use super::Hub;
use crate::Publishing;
use domain::error::Result;
use domain::ports::{Bucket, Put};
use domain::post::able::By;
use domain::post::{Able, Fit, Form};
use domain::publish::File;
use domain::record::AssetRecord;
use domain::sign::sha256;
use domain::sniff::extension;
use domain::view::JobView;
use media::{Focus, Format, Limits, Wanted, decode, fit};
use std::collections::BTreeMap;

/// What nobody changes any more: it lies under the name of its hash.
const FOREVER: &str = "public, max-age=31536000, immutable";

impl Publishing<'_> {
    /// The files of a form, one for one; or why there are none.
    pub(super) async fn files(
        &self,
        hub: &Hub<'_>,
        view: &JobView,
        able: &Able,
        (id, form): (&str, &Form),
        bytes: BTreeMap<String, Vec<u8>>,
    ) -> Result<std::result::Result<Vec<File>, String>> {
        let mut files = Vec::new();
        for (place, medium) in form.media.iter().enumerate() {
            let asset = view.asset(medium.asset.as_str())?;
            let source = bytes.get(medium.asset.as_str()).cloned().unwrap_or_default();
            let (bytes, media_type, width, height) = match &medium.fit {
                None => (source, asset.media_type.clone(), asset.width, asset.height),
                Some(wanted) => match fitted(&source, wanted, self.room(&wanted.media_type)) {
                    Ok((bytes, width, height)) => {
                        (bytes, wanted.media_type.clone(), Some(width), Some(height))
                    }
                    Err(why) => return Ok(Err(format!("{}: {why}", medium.asset))),
                },
            };
            let name = asset.step.replace('~', "-");
            let name = format!("{name}-{}.{}", place + 1, extension(&media_type));
            let outgoing = AssetRecord { media_type: media_type.clone(), ..asset.clone() };
            let named = (name.as_str(), format!("{id}-{}", place + 1));
            let fits = medium.fit.is_some();
            let bytes = self.sealed_medium(view, &outgoing, named, fits, bytes).await?;
            files.push(File {
                name,
                sha256: sha256(&bytes),
                bytes,
                media_type,
                width,
                height,
                url: None,
            });
        }
        if able.media.by == By::Url && !files.is_empty() {
            let Some(base) = hub.public_url else {
                let fix = "set PublicUrl to where the public bucket is seen";
                return Ok(Err(format!(
                    "{} is told addresses of media, and there are none: {fix}",
                    able.name
                )));
            };
            for file in &mut files {
                file.url = Some(self.shown(view, base, file).await?);
            }
        }
        Ok(Ok(files))
    }

    /// Puts a file where everybody can read it, and says where that is.
    async fn shown(&self, view: &JobView, base: &str, file: &mut File) -> Result<String> {
        let key =
            format!("{}/media/{}.{}", view.job.tenant, file.sha256, extension(&file.media_type));
        let how = Put {
            media_type: file.media_type.clone(),
            cache_control: Some(FOREVER.into()),
            replace: true,
        };
        self.objects.put(Bucket::Public, &key, std::mem::take(&mut file.bytes), &how).await?;
        Ok(format!("{}/{key}", base.trim_end_matches('/')))
    }
}

/// A picture made to fit.
fn fitted(
    bytes: &[u8],
    wanted: &Fit,
    room: u64,
) -> std::result::Result<(Vec<u8>, u32, u32), String> {
    let said = |cause: media::MediaError| cause.to_string();
    let picture = decode(bytes, &Limits::default()).map_err(said)?;
    let format: Format = wanted.media_type.parse().map_err(said)?;
    let wanted = Wanted {
        format,
        width: wanted.width,
        height: wanted.height,
        crop: wanted.crop,
        focus: Focus { x: wanted.focal.x, y: wanted.focal.y },
        bytes_most: wanted.bytes_most.saturating_sub(room),
    };
    fit(&picture, &wanted).map_err(said)
}
