//! What bytes are, told from the bytes and not from their name.

/// The media type that the first bytes of a file show; none where it is not one we handle.
pub fn media_type(bytes: &[u8]) -> Option<&'static str> {
    let box_type = bytes.get(4..8).unwrap_or_default();
    let brand = bytes.get(8..12).unwrap_or_default();
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'R', b'I', b'F', b'F', ..] if brand == b"WEBP" => Some("image/webp"),
        [b'R', b'I', b'F', b'F', ..] if brand == b"WAVE" => Some("audio/wav"),
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Some("image/tiff"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        _ if box_type == b"ftyp" && (brand == b"avif" || brand == b"avis") => Some("image/avif"),
        [b'O', b'g', b'g', b'S', ..] => Some("audio/ogg"),
        _ if box_type == b"ftyp" => {
            Some(if sounds_only(bytes) { "audio/mp4" } else { "video/mp4" })
        }
        _ => None,
    }
}

/// So far into a file its tracks are looked for.
const HEAD: usize = 64 * 1024;

/// Whether an MP4 has sounds and no pictures, as its first bytes tell.
fn sounds_only(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(HEAD)];
    // The word, version and flags, four bytes of zero, and what handles the track.
    let handlers = head.windows(16).filter(|at| at.starts_with(b"hdlr")).map(|at| &at[12..]);
    let (mut sounds, mut pictures) = (false, false);
    for kind in handlers {
        sounds |= kind == b"soun";
        pictures |= kind == b"vide";
    }
    sounds && !pictures
}

/// The usual file extension of a media type.
pub fn extension(media_type: &str) -> &'static str {
    match media_type {
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/webp" => "webp",
        "image/avif" => "avif",
        "image/gif" => "gif",
        "image/tiff" => "tif",
        "audio/wav" => "wav",
        "audio/mp4" => "m4a",
        "audio/ogg" => "ogg",
        "video/mp4" => "mp4",
        "application/json" => "json",
        text if text.starts_with("text/plain") => "txt",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_first_bytes() {
        let tracks = |kinds: &[&[u8; 4]]| {
            let handlers =
                kinds.iter().flat_map(|kind| [b"hdlr\0\0\0\0\0\0\0\0", &kind[..]].concat());
            [b"\0\0\0\x1cftypiso5\0\0\x02\0moov".to_vec(), handlers.collect()].concat()
        };
        let cases: [(&[u8], Option<&str>); 14] = [
            (b"\x89PNG\r\n\x1a\n....", Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"II\x2a\0\x08\0\0\0", Some("image/tiff")),
            (b"MM\0\x2a\0\0\0\x08", Some("image/tiff")),
            (b"\0\0\0\x1cftypavif", Some("image/avif")),
            (b"\0\0\0\x1cftypiso5", Some("video/mp4")),
            (&tracks(&[b"vide"]), Some("video/mp4")),
            (&tracks(&[b"soun"]), Some("audio/mp4")),
            (&tracks(&[b"soun", b"vide"]), Some("video/mp4")),
            (b"OggS\0\x02", Some("audio/ogg")),
            (b"RIFF\0\0\0\0WAVEfmt ", Some("audio/wav")),
            (b"<html>", None),
            (b"", None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(media_type(bytes), expected);
        }
    }
}
