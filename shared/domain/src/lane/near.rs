//! What a step's pictures look like, where it takes results that are close enough.

use super::Lanes;
use super::reuse::Taking;
use crate::error::{Error, Result};
use crate::pipeline::Cache;
use crate::ports::{Bucket, Eyes};
use crate::record::{AssetRecord, Stored};
use crate::reuse::{self, Found, Looks, Seen, Sought};
use crate::sign::sha256;
use std::collections::BTreeMap;

/// The largest picture that is looked at, in bytes.
const LOOK_MOST: u64 = 16 << 20;

/// Sees nothing, so that only the same bytes are the same.
#[derive(Clone, Copy, Debug)]
pub struct Blind;

impl Eyes for Blind {
    fn look(&self, _: &[u8]) -> Option<Looks> {
        None
    }
}

impl Lanes<'_> {
    /// What a step's pictures look like; none where it does not ask for that, or one of them cannot be looked at.
    pub(super) async fn sought(&self, taking: &Taking<'_>) -> Result<Option<Sought>> {
        let definition = taking.view.definition(&taking.step.name)?;
        let Some(Cache::Near(bound)) = definition.cache else { return Ok(None) };
        let mut pictures = BTreeMap::new();
        for (port, stored) in reuse::pictures(&taking.work) {
            let Some(looks) = self.look(stored).await? else { return Ok(None) };
            pictures.insert(port.clone(), Seen { asset: stored.asset.clone(), looks });
        }
        Ok((!pictures.is_empty()).then(|| Sought::new(&taking.work, bound, pictures)))
    }

    async fn look(&self, stored: &Stored) -> Result<Option<Looks>> {
        match self.objects.get(Bucket::Assets, &stored.key, LOOK_MOST).await {
            // Other bytes than those on record are no step's input.
            Ok(bytes) => Ok(bytes
                .filter(|bytes| sha256(bytes) == stored.sha256)
                .and_then(|bytes| self.eyes.look(&bytes))),
            Err(Error::Invalid(_)) => Ok(None),
            Err(cause) => Err(cause),
        }
    }

    /// A result that is near, with copies of what it made; none where the very same is there or under way.
    pub(super) async fn near(
        &self,
        taking: &Taking<'_>,
        key: &str,
    ) -> Result<Option<(Found, Vec<AssetRecord>)>> {
        let Some(sought) = &taking.sought else { return Ok(None) };
        let tenant = &taking.work.tenant;
        if let Some(same) = reuse::read(self.table, tenant, key).await?
            && (same.reused().is_some() || same.led(self.table).await?)
        {
            return Ok(None);
        }
        for found in sought.nearest(self.table, tenant).await? {
            let Some(reused) = found.record.reused() else { continue };
            if let Some(assets) = self.copies(taking, &reused).await? {
                return Ok(Some((found, assets)));
            }
        }
        Ok(None)
    }
}
