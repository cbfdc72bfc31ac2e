//! What a published file says of itself.

use domain::record::AssetRecord;
use provenance::State;

/// Holds that a published file is as it was sealed, and says that it shows this asset.
#[track_caller]
pub(crate) fn shows(bytes: &[u8], asset: &AssetRecord) {
    let chain = provenance::read(&asset.media_type, bytes, None).unwrap();
    let chain = chain.expect("what is published says how it came to be");
    assert_eq!(chain.state, State::Valid, "{:?}", chain.problems);
    let history = chain.manifests[0].history.as_ref().unwrap();
    assert_eq!(history["sha256"], *asset.sha256);
}
