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
        [b'f', b'L', b'a', b'C', ..] => Some("audio/flac"),
        [b'I', b'D', b'3', 2..=4, ..] => Some("audio/mpeg"),
        [0xff, second, third, ..] if mpeg_layer_3(*second, *third) => Some("audio/mpeg"),
        _ if box_type == b"ftyp" => {
            Some(if sounds_only(bytes) { "audio/mp4" } else { "video/mp4" })
        }
        _ => None,
    }
}

/// Whether these bytes after the first of a frame say MPEG audio, layer 3, at a rate that exists.
fn mpeg_layer_3(second: u8, third: u8) -> bool {
    let (version, layer) = (second >> 3 & 0b11, second >> 1 & 0b11);
    let (bit_rate, sample_rate) = (third >> 4, third >> 2 & 0b11);
    second >> 5 == 0b111
        && version != 0b01
        && layer == 0b01
        && !matches!(bit_rate, 0 | 15)
        && sample_rate != 0b11
}

/// What bytes are that are words: JSON, or plain text; none where they are neither.
pub fn words(bytes: &[u8]) -> Option<&'static str> {
    let text = std::str::from_utf8(bytes).ok()?;
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        return Some("application/json");
    }
    let odd = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
    (!text.is_empty() && !text.contains(odd)).then_some("text/plain")
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

/// The media type of bytes that should be of the medium of `wanted`; none where they are of another.
///
/// Words are what was wanted, if they can be that: a text may happen to be JSON.
pub fn of_medium<'a>(bytes: &[u8], wanted: &'a str) -> Option<&'a str> {
    if medium(wanted) == "text" {
        let found = words(bytes)?;
        return (wanted != "application/json" || found == wanted).then_some(wanted);
    }
    media_type(bytes).filter(|found| medium(found) == medium(wanted))
}

/// What somebody gets to see or hear: `image`, `video`, `audio` or `text`. An error page is never a picture.
pub fn medium(media_type: &str) -> &str {
    match media_type {
        "application/json" => "text",
        other => other.split('/').next().unwrap_or_default(),
    }
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
        "audio/mpeg" => "mp3",
        "audio/flac" => "flac",
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
        let cases: [(&[u8], Option<&str>); 20] = [
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
            (b"fLaC\0\0\0\x22", Some("audio/flac")),
            (b"ID3\x04\0\0\0\0\0\0", Some("audio/mpeg")),
            (b"\xff\xfb\x90\xc4", Some("audio/mpeg")),
            (b"\xff\xf3\x40\xc4", Some("audio/mpeg")),
            // Layer 2, and a bit rate that does not exist.
            (b"\xff\xfd\x90\xc4", None),
            (b"\xff\xfb\xf0\xc4", None),
            (b"<html>", None),
            (b"", None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(media_type(bytes), expected);
        }
    }

    #[test]
    fn words_are_json_or_plain_text_and_bytes_are_neither() {
        let cases: [(&[u8], Option<&str>); 6] = [
            (b"{\"a\": [1]}", Some("application/json")),
            ("Grün,\nund mehr".as_bytes(), Some("text/plain")),
            (b"{\"a\": [1", Some("text/plain")),
            (b"a\0b", None),
            (b"\xff\xfb\x90", None),
            (b"", None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(words(bytes), expected);
        }
    }
}
