//! Sealing: a file with its manifest in it, signed.

use crate::definition::definition;
use crate::key::{Hand, Key};
use crate::xmp;
use c2pa::{Builder, BuilderIntent, Context};
use domain::error::Error;
use domain::provenance::{Act, Facts};
use domain::record::AssetRecord;
use serde_json::json;
use std::io::Cursor;

/// Why a file has no manifest.
#[derive(Debug, thiserror::Error)]
pub enum NotSealed {
    /// Files of its format carry none.
    #[error("{0} files cannot carry a manifest")]
    Format(String),
    /// Who holds the key did not sign.
    #[error("{0}")]
    Unsigned(Error),
    /// The library refused.
    #[error("the manifest cannot be written: {0}")]
    Refused(#[from] c2pa::Error),
}

/// Formats in which published files carry a manifest.
const FORMATS: [&str; 13] = [
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/avif",
    "image/gif",
    "image/tiff",
    "image/heic",
    "video/mp4",
    "video/quicktime",
    "audio/wav",
    "audio/mpeg",
    "audio/mp4",
    "audio/flac",
];

/// Whether files of a media type can carry a manifest.
pub fn supported(media_type: &str) -> bool {
    FORMATS.contains(&media_type)
}

/// What a caller brought, whose own manifest, if it has one, is kept in ours.
pub type Brought<'a> = (&'a AssetRecord, &'a [u8]);

/// The file with a manifest of these facts, and XMP where its format has a place for it; the picture is the same.
///
/// `title`: a file name that a person can read. `brought`: the bytes of what a caller brought of it, as far as they are at hand.
pub async fn seal(
    key: &Key,
    title: &str,
    (asset, bytes): (&AssetRecord, &[u8]),
    facts: &Facts,
    brought: &[Brought<'_>],
) -> Result<Vec<u8>, NotSealed> {
    if !supported(&asset.media_type) {
        return Err(NotSealed::Format(asset.media_type.clone()));
    }
    let mut builder =
        Builder::from_context(Context::new()).with_definition(definition(title, asset, facts))?;
    // What was not created here was opened: what a caller brought or, where that is not at hand, the file itself.
    if facts.acts.first().is_none_or(|act| act.action != Act::CREATED) {
        builder.set_intent(BuilderIntent::Edit);
    }
    for (index, (asset, bytes)) in brought.iter().enumerate() {
        let relationship = if index == 0 { "parentOf" } else { "componentOf" };
        let told = json!({
            "title": asset.port, "relationship": relationship, "instance_id": asset.id,
        });
        builder.add_ingredient_from_stream(
            told.to_string(),
            &asset.media_type,
            &mut Cursor::new(*bytes),
        )?;
    }
    let labelled = xmp::label(&asset.media_type, bytes, facts);
    let mut source = Cursor::new(labelled.as_deref().unwrap_or(bytes));
    let mut sealed = Cursor::new(Vec::with_capacity(bytes.len() + (32 << 10)));
    match &key.0 {
        Hand::Ours(signer) => {
            builder.sign(signer, &asset.media_type, &mut source, &mut sealed)?;
        }
        Hand::Kept(kept) => {
            let signing = kept.signing();
            let signed = builder.sign_async(&signing, &asset.media_type, &mut source, &mut sealed);
            if let Err(why) = signed.await {
                return Err(signing.failed().map_or(NotSealed::Refused(why), NotSealed::Unsigned));
            }
        }
    }
    Ok(sealed.into_inner())
}
