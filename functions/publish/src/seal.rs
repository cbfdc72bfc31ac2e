//! Sealing: what goes out says itself how it came to be, in the same bytes whenever it is asked for.

use crate::Publishing;
use domain::error::Result;
use domain::pipeline::Kind;
use domain::ports::{Attested, Bucket, Put};
use domain::provenance::{Act, Facts, facts, sealed_key};
use domain::publish::Post;
use domain::record::AssetRecord;
use domain::sign::sha256;
use domain::view::JobView;

/// The largest file that is sealed, or looked for.
const SEALED_MOST: u64 = 65 << 20;
/// What a manifest and a label take at most, and some more.
const ROOM: u64 = 48 << 10;
/// Of so much that a caller brought its own account is kept in ours.
const BROUGHT_MOST: u64 = 32 << 20;

impl Publishing<'_> {
    /// The asset of a publication as it goes out, with its bytes.
    pub(crate) async fn sealed(
        &self,
        view: &JobView,
        post: &Post,
        bytes: Vec<u8>,
    ) -> Result<(AssetRecord, Vec<u8>)> {
        let facts = facts(view, &post.asset);
        self.seal(view, &post.asset, (&post.name, &post.id), facts, bytes).await
    }

    /// A medium of a post as it goes out, by its name and an id of its own. `fitted`: it was made to fit its target.
    pub(crate) async fn sealed_medium(
        &self,
        view: &JobView,
        asset: &AssetRecord,
        (title, id): (&str, String),
        fitted: bool,
        bytes: Vec<u8>,
    ) -> Result<Vec<u8>> {
        let mut facts = facts(view, asset);
        let hash = sha256(&bytes);
        facts.acts.extend(fitted.then(|| Act {
            action: "c2pa.resized",
            step: title.to_owned(),
            kind: Some(Kind::Publish.as_str()),
            model: None,
            source: facts.source,
            sha256: hash.clone(),
            at: asset.created_at,
        }));
        // Another release may make it fit otherwise: that is another file.
        let id = format!("{id}-{}", &hash[..8]);
        Ok(self.seal(view, asset, (title, &id), facts, bytes).await?.1)
    }

    /// How many bytes a file of this type may grow by when it is sealed.
    pub(crate) fn room(&self, media_type: &str) -> u64 {
        if self.notary.is_some_and(|notary| notary.seals(media_type)) { ROOM } else { 0 }
    }

    async fn seal(
        &self,
        view: &JobView,
        asset: &AssetRecord,
        (title, id): (&str, &str),
        facts: Facts,
        bytes: Vec<u8>,
    ) -> Result<(AssetRecord, Vec<u8>)> {
        let Some(notary) = self.notary.filter(|notary| notary.seals(&asset.media_type)) else {
            return Ok((asset.clone(), bytes));
        };
        let mut brought = Vec::new();
        for source in facts.brought.iter().filter_map(|id| view.assets.get(id)) {
            if source.bytes <= BROUGHT_MOST
                && notary.seals(&source.media_type)
                && let Some(bytes) =
                    self.objects.get(Bucket::Assets, &source.key, BROUGHT_MOST).await?
            {
                brought.push((source.clone(), bytes));
            }
        }
        let what = Attested { title, asset, facts: &facts, brought: &brought };
        let sealed = notary.seal(what, &bytes).await?;
        let key = sealed_key(asset, id);
        let how = Put { media_type: asset.media_type.clone(), ..Put::default() };
        // Whoever was here before may have sent theirs already.
        let ours = self.objects.put(Bucket::Assets, &key, sealed.clone(), &how).await?;
        let theirs = match ours {
            true => None,
            false => self.objects.get(Bucket::Assets, &key, SEALED_MOST).await?,
        };
        let sealed = theirs.unwrap_or(sealed);
        Ok((outgoing(asset, key, &sealed), sealed))
    }

    /// The asset of a publication as it went out before, or would have.
    pub(crate) async fn as_sent(&self, post: &Post) -> Result<AssetRecord> {
        let asset = &post.asset;
        if self.notary.is_none_or(|notary| !notary.seals(&asset.media_type)) {
            return Ok(asset.clone());
        }
        let key = sealed_key(asset, &post.id);
        let sealed = self.objects.get(Bucket::Assets, &key, SEALED_MOST).await?;
        Ok(sealed.map_or_else(|| asset.clone(), |sealed| outgoing(asset, key, &sealed)))
    }
}

fn outgoing(asset: &AssetRecord, key: String, bytes: &[u8]) -> AssetRecord {
    AssetRecord { key, sha256: sha256(bytes), bytes: bytes.len() as u64, ..asset.clone() }
}
