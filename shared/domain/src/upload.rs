//! Uploads: what callers hand in, by an address that names its tenant and so fits nobody else.

use crate::id::TenantId;
use crate::pipeline::InputType;

/// Where uploads that no trigger waits for lie.
pub const DIRECT: &str = "direct";
/// The most bytes of one upload.
pub const BYTES_MOST: u64 = 64 * 1024 * 1024;
/// What may be uploaded.
pub const MEDIA_TYPES: [&str; 10] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/tiff",
    "audio/mpeg",
    "audio/wav",
    "audio/flac",
    "audio/ogg",
    "audio/mp4",
    "video/mp4",
];
/// The first part of every key in the bucket of uploads.
const ROOT: &str = "uploads";
/// Most bytes of an id.
const ID_MOST: usize = 512;

/// What an input of this type can be.
pub fn media_types(kind: InputType) -> Vec<&'static str> {
    let family = match kind {
        InputType::Audio => "audio/",
        InputType::Video => "video/",
        _ => "image/",
    };
    MEDIA_TYPES.into_iter().filter(|known| known.starts_with(family)).collect()
}

/// All that a tenant has uploaded lies under this.
pub fn prefix(tenant: &TenantId) -> String {
    format!("{ROOT}/{tenant}/")
}

/// The id of a new upload: for a trigger, or for a job that will name it.
pub fn new_id(place: &str, random: [u8; 16], media_type: &str) -> String {
    let name: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{place}/{name}.{}", crate::sniff::extension(media_type))
}

/// Whether a text can be the id of an upload.
pub fn is_id(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part != "." && part != "..";
    text.len() <= ID_MOST
        && text.contains('/')
        && text.split('/').all(part)
        && !text.chars().any(char::is_control)
}

/// Where the upload of that id lies, if it is this tenant's.
pub fn key(tenant: &TenantId, id: &str) -> String {
    format!("{}{id}", prefix(tenant))
}

/// The id of the upload that lies there; none where it is not this tenant's.
pub fn id_at<'a>(tenant: &TenantId, key: &'a str) -> Option<&'a str> {
    key.strip_prefix(prefix(tenant).as_str()).filter(|id| is_id(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_lies_where_only_its_tenant_looks() {
        let acme = TenantId::parse("acme").unwrap();
        let other = TenantId::parse("acme-2").unwrap();
        let id = new_id(DIRECT, [10; 16], "image/jpeg");
        assert_eq!(id, "direct/0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a.jpg");
        assert_eq!(id_at(&acme, &key(&acme, &id)), Some(id.as_str()));
        assert_eq!(id_at(&other, &key(&acme, &id)), None);
    }

    #[test]
    fn an_id_climbs_nowhere() {
        for text in ["", "a.jpg", "direct/", "../beta/x.jpg", "direct/../../beta/x", "a//b", "a/\n"]
        {
            assert!(!is_id(text), "{text:?}");
        }
        assert!(is_id("cms/2026/a b.jpg"));
    }
}
