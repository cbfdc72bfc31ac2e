//! Edits: other bytes in an asset's place, or other words beside it.

use super::ask::Asked;
use super::record::ReviewRecord;
use super::refusal::Refusal;
use crate::error::{Error, Result};
use crate::gate::Subject;
use crate::id::{AssetId, PersonId};
use crate::ports::{Bucket, Objects, Put};
use crate::record::AssetRecord;
use crate::sign::sha256;
use crate::sniff;
use crate::time::Time;
use crate::upload;
use crate::view::JobView;
use serde::{Deserialize, Serialize};

/// Most characters of an alt text or a caption.
pub(super) const WORDS_MOST: usize = 2000;

/// The point of a picture that must stay in view, in shares of its width and height.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Focal {
    /// From the left, 0 to 1.
    pub x: f64,
    /// From the top, 0 to 1.
    pub y: f64,
}

/// What a person did to an asset by hand. Kept with it for whoever publishes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HumanEdit {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: Time,
    /// The asset whose place it took; none where only words were changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<AssetId>,
    /// What stands in for the picture where it cannot be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// The words beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// What must stay in view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focal: Option<Focal>,
}

/// An edit that was decided, and takes effect with the review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edited {
    /// What it is about.
    pub subject: AssetId,
    /// The record of the bytes that take its place, already in custody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<Box<AssetRecord>>,
    /// What was done.
    pub change: HumanEdit,
}

/// Takes an edit in: the bytes are in our custody before anything is decided on them.
pub(super) async fn take(
    objects: &dyn Objects,
    (view, review): (&JobView, &ReviewRecord),
    asked: &Asked,
    (by, now): (&PersonId, Time),
) -> Result<std::result::Result<Edited, Refusal>> {
    if asked.upload.is_none() && !asked.corrects() {
        let what = "an edit says what is edited: an upload, or alt, caption or focal";
        return Ok(Err(Refusal::Incomplete(what)));
    }
    let first = review.subjects.first().map(|subject| subject.asset.clone());
    let Some(subject) = asked.subject.clone().or(first) else {
        return Ok(Err(Refusal::Incomplete("no asset is shown, so none can be edited")));
    };
    let shown = review.subjects.iter().any(|known| known.asset == subject);
    let Some(original) = view.assets.get(&subject).filter(|_| shown) else {
        return Ok(Err(Refusal::NotShown(subject)));
    };
    let change = HumanEdit {
        by: by.clone(),
        at: now,
        replaced: asked.upload.is_some().then(|| subject.clone()),
        alt: asked.alt.clone(),
        caption: asked.caption.clone(),
        focal: asked.focal,
    };
    let Some(id) = &asked.upload else {
        return Ok(Ok(Edited { subject, replacement: None, change }));
    };
    let bytes = match bytes(objects, review, id).await? {
        Ok(bytes) => bytes,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let family = |media_type: &str| media_type.split('/').next().unwrap_or_default().to_owned();
    let known = sniff::media_type(&bytes);
    let fits = known.filter(|known| family(known) == family(&original.media_type));
    let Some(media_type) = fits else {
        let is = known.unwrap_or("of no format that we know");
        let why =
            format!("the upload is {is}, and what it would replace is {}", original.media_type);
        return Ok(Err(Refusal::Upload(why)));
    };
    let hash = sha256(&bytes);
    let job = &view.job.id;
    let key = AssetRecord::object_key(&review.tenant, job, &hash, media_type);
    let size = bytes.len() as u64;
    let how = Put { media_type: media_type.into(), ..Put::default() };
    // False where an earlier try of this request was here: same key, same bytes.
    objects.put(Bucket::Assets, &key, bytes, &how).await?;
    let made = format!("edit{}", &hash[..8]);
    let replacement = AssetRecord {
        id: AssetId::new(job, &original.step, &made, 0),
        key,
        sha256: hash,
        media_type: media_type.into(),
        bytes: size,
        width: None,
        height: None,
        seconds: None,
        phash: None,
        upload: Some(upload::key(&review.tenant, id)),
        text: None,
        made_from: vec![subject.clone()],
        deterministic: false,
        made_by: None,
        edited: Some(change.clone()),
        created_at: now,
        ..original.clone()
    };
    Ok(Ok(Edited { subject, replacement: Some(Box::new(replacement)), change }))
}

async fn bytes(
    objects: &dyn Objects,
    review: &ReviewRecord,
    id: &str,
) -> Result<std::result::Result<Vec<u8>, Refusal>> {
    let none = || Refusal::Upload(format!("there is no upload {:?}", crate::problem::echo(id)));
    if !upload::is_id(id) {
        return Ok(Err(none()));
    }
    let key = upload::key(&review.tenant, id);
    match objects.get(Bucket::Uploads, &key, upload::BYTES_MOST).await {
        Ok(bytes) => Ok(bytes.ok_or_else(none)),
        Err(Error::Invalid(_)) => {
            let why = format!("the upload has more than {} bytes", upload::BYTES_MOST);
            Ok(Err(Refusal::Upload(why)))
        }
        Err(error) => Err(error),
    }
}

impl Edited {
    /// What is shown after it: the edited bytes in place of the others.
    pub(super) fn shown(&self, before: &[Subject]) -> Vec<Subject> {
        let edited = |subject: &Subject| match &self.replacement {
            Some(new) if subject.asset == self.subject => {
                Subject { asset: new.id.clone(), sha256: new.sha256.clone() }
            }
            _ => subject.clone(),
        };
        before.iter().map(edited).collect()
    }
}
