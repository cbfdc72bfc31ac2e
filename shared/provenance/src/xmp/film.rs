//! XMP in MP4: a box `uuid` of its own (XMP part 3, 1.1.4), behind all that is there, so that no offset in the file changes.

use super::boxes::{Span, boxed, close, spans};

/// By what the box is known.
pub(super) const XMP: [u8; 16] = [
    0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac,
];

/// The film with this packet, instead of what it had; none where it is not whole.
pub(super) fn write(bytes: &[u8], packet: &str) -> Option<Vec<u8>> {
    let boxes = spans(bytes, 0, bytes.len())?;
    let last = boxes.last()?;
    if boxes.first()?.kind != *b"ftyp" {
        return None;
    }
    let mut film = bytes.to_vec();
    let old = |one: &&Span| {
        one.kind == *b"uuid" && bytes.get(one.body..one.body + 16).is_some_and(|id| *id == XMP)
    };
    for old in boxes.iter().filter(old) {
        // It stays where it is, as bytes that nobody reads.
        film.get_mut(old.start + 4..old.start + 8)?.copy_from_slice(b"free");
        film.get_mut(old.body..old.end)?.fill(0);
    }
    close(&mut film, last, 0)?;
    // An index of fragments is found from the end of the file.
    let place = if last.kind == *b"mfra" { last.start } else { film.len() };
    let label = boxed(*b"uuid", &[&XMP, packet.as_bytes()].concat())?;
    film.splice(place..place, label);
    Some(film)
}
