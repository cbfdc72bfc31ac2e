//! Where a file lies that was sealed to be published.

use crate::record::AssetRecord;
use crate::sniff::extension;

/// Its key, for the publication of this id: it begins with that of the asset, so that both are erased together.
///
/// Sealing gives other bytes each time, and each publication must send the same whenever it is asked to: whoever writes
/// here first is followed by all others.
pub fn sealed_key(asset: &AssetRecord, publication: &str) -> String {
    format!("{}.{publication}.{}", asset.key, extension(&asset.media_type))
}
