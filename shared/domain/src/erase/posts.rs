//! What posts left of a job's assets: copies that were lent to receivers or shown to targets, and pages of our own.

use super::{Erased, Erasing};
use crate::error::Result;
use crate::id::AssetId;
use crate::ports::Bucket;
use crate::post::Able;
use crate::post::able::By;
use crate::record::{Gone, PostingRecord, PublicationState};
use crate::view::JobView;
use std::collections::BTreeSet;

/// The kinds whose posts lie in our own public bucket, under the key that they are known by.
pub(super) const PAGES: [&str; 2] = ["s3", "medium"];

/// Erases what posts left of these assets, and our own pages, for their words go in any case; of what others hold we tell.
pub(super) async fn posted(
    erasing: &Erasing<'_>,
    view: &JobView,
    assets: &BTreeSet<AssetId>,
    whole: bool,
) -> Result<Erased> {
    let (job, tenant) = (&view.job.id, &view.job.tenant);
    let mut gone = Erased::default();
    for posting in &view.postings {
        let media: Vec<&Gone> =
            posting.media.iter().filter(|medium| assets.contains(&medium.asset)).collect();
        let own = format!("incoming/posts/{tenant}/{}/", PostingRecord::own_id(job, &posting.step));
        if whole {
            gone.objects += erasing.below(Bucket::Assets, own.as_str()).await?;
        }
        let page = PAGES.contains(&posting.target.as_str());
        let stem = posting.remote.as_deref().filter(|_| page).and_then(|key| key.rsplit_once('.'));
        let shown = Able::of(&posting.target).is_some_and(|able| able.media.by == By::Url);
        for medium in &media {
            let sent = medium.sent.as_ref().unwrap_or(&medium.sha256);
            gone.objects += erasing.below(Bucket::Assets, format!("{own}{sent}.")).await?;
            if shown {
                let copy = format!("{tenant}/media/{sent}.");
                gone.objects += erasing.below(Bucket::Public, copy).await?;
            }
        }
        if let Some((stem, _)) = stem {
            // The page in each of its forms, and what lies beside it.
            for rest in [".", "/"] {
                gone.objects += erasing.below(Bucket::Public, format!("{stem}{rest}")).await?;
            }
        }
        let sent = posting.state != PublicationState::Failed && posting.taken_down.is_none();
        if sent && !page {
            let (id, target) = (PostingRecord::public_id(job, &posting.step), &posting.target);
            if whole || !media.is_empty() {
                gone.left.push(format!("post {id} was sent to a {target}"));
            }
        }
    }
    Ok(gone)
}
