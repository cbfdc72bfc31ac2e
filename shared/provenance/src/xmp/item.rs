//! XMP in AVIF and HEIC: an item of its own that describes the picture (ISO/IEC 23008-12, annex A.3).
//!
//! The packet goes behind all that is there; what lists items grows in front of them, so what says where they lie is
//! written anew.

use super::boxes::{Reader, Span, boxed, close, push, spans};

/// What the item is.
const MEDIA_TYPE: &[u8] = b"application/rdf+xml";

/// Where one item's bytes lie.
pub(super) struct Location {
    pub(super) id: u64,
    /// 0: in the file.
    pub(super) method: u64,
    /// 0: in this one.
    source: u64,
    /// Index, place and length of each part.
    pub(super) parts: Vec<(u64, u64, u64)>,
}

/// The items' places, as `iloc` says them.
pub(super) struct Locations {
    version: u8,
    index_bytes: usize,
    pub(super) items: Vec<Location>,
}

/// The picture with this packet, instead of what it had; none where it is not whole, or is more than a picture.
pub(super) fn write(bytes: &[u8], packet: &str) -> Option<Vec<u8>> {
    let boxes = spans(bytes, 0, bytes.len())?;
    let only = |kind: &[u8; 4], boxes: &[Span]| {
        let mut of = boxes.iter().filter(|one| one.kind == *kind);
        of.next().filter(|_| of.next().is_none()).copied()
    };
    // A sequence has places of its own that would have to move along.
    let moving = boxes.iter().any(|one| [*b"moov", *b"moof", *b"sidx"].contains(&one.kind));
    let meta = only(b"meta", &boxes).filter(|meta| !meta.open && !moving)?;
    if boxes.first()?.kind != *b"ftyp" {
        return None;
    }
    let inside = spans(bytes, meta.body.checked_add(4)?, meta.end)?;
    let body = |one: Span| &bytes[one.body..one.end];
    let (info, places) = (only(b"iinf", &inside)?, only(b"iloc", &inside)?);
    let primary = primary(body(only(b"pitm", &inside)?))?;
    let mut places_of = locations(body(places))?;
    let (ids, known) = listed(bytes, info)?;
    let id = match known {
        Some(id) => id,
        None => ids.iter().max()?.checked_add(1).filter(|id| *id <= 0xffff)?,
    };
    let told = u64::try_from(packet.len()).ok()?;
    places_of.items.retain(|item| item.id != id);
    places_of.items.push(Location { id, method: 0, source: 0, parts: vec![(0, 0, told)] });

    // All of it is as long as it will be, only the places are not right yet.
    let mut rewritten = vec![(places, boxed(*b"iloc", &places_of.written()?)?)];
    if known.is_none() {
        rewritten.push((info, boxed(*b"iinf", &with_item(body(info), id)?)?));
    }
    let references = only(b"iref", &inside);
    let describes = match (known, references) {
        (Some(_), _) => None,
        (None, Some(old)) => {
            rewritten.push((old, boxed(*b"iref", &with_reference(body(old), id, primary)?)?));
            None
        }
        (None, None) => Some(boxed(*b"iref", &with_reference(&[0; 4], id, primary)?)?),
    };
    let long = |one: &Span| {
        let new = rewritten.iter().find(|(old, _)| old == one);
        new.map_or(one.end - one.start, |(_, new)| new.len())
    };
    let length =
        4 + inside.iter().map(long).sum::<usize>() + describes.as_ref().map_or(0, Vec::len);
    let grown = i64::try_from(length + 8).ok()? - i64::try_from(meta.end - meta.start).ok()?;
    let packet_at = u64::try_from(i64::try_from(bytes.len()).ok()? + grown + 8).ok()?;
    places_of.move_along(bytes.len(), meta, grown)?;
    places_of.items.last_mut()?.parts[0].1 = packet_at;
    rewritten[0].1 = boxed(*b"iloc", &places_of.written()?)?;

    let mut children = bytes[meta.body..meta.body + 4].to_vec();
    for one in &inside {
        let new = rewritten.iter().find(|(old, _)| old == one);
        children.extend_from_slice(new.map_or(&bytes[one.start..one.end], |(_, new)| new));
    }
    children.extend(describes.unwrap_or_default());
    let mut picture =
        [&bytes[..meta.start], &boxed(*b"meta", &children)?, &bytes[meta.end..]].concat();
    close(&mut picture, boxes.last()?, grown)?;
    picture.extend(boxed(*b"mdat", packet.as_bytes())?);
    Some(picture)
}

/// The number of the picture that is shown.
fn primary(body: &[u8]) -> Option<u64> {
    let wide = *body.first()? != 0;
    Reader::new(body.get(4..)?).number(if wide { 4 } else { 2 })
}

/// The numbers of all items, and of the one with XMP.
fn listed(bytes: &[u8], info: Span) -> Option<(Vec<u64>, Option<u64>)> {
    let mut head = Reader::new(&bytes[info.body..info.end]);
    let wide = head.number(4)? >> 24 != 0;
    let many = head.number(if wide { 4 } else { 2 })?;
    let entries = spans(bytes, info.body + head.at, info.end)?;
    if u64::try_from(entries.len()).ok()? != many {
        return None;
    }
    let (mut ids, mut xmp) = (Vec::new(), None);
    for entry in entries {
        let mut told = Reader::new(&bytes[entry.body..entry.end]);
        let version = told.number(4)? >> 24;
        let id = told.number(if version == 3 { 4 } else { 2 })?;
        told.number(2)?;
        ids.push(id);
        if version >= 2
            && told.take(4)? == b"mime"
            && told.text().and_then(|_| told.text()) == Some(MEDIA_TYPE)
        {
            xmp = Some(id);
        }
    }
    Some((ids, xmp))
}

/// The list of items with one more.
fn with_item(body: &[u8], id: u64) -> Option<Vec<u8>> {
    let wide = if *body.first()? == 0 { 2 } else { 4 };
    let many = Reader::new(body.get(4..)?).number(wide)?;
    let mut list = body.get(..4)?.to_vec();
    push(&mut list, many.checked_add(1)?, wide)?;
    list.extend_from_slice(body.get(4 + wide..)?);
    let mut entry = vec![2, 0, 0, 0];
    push(&mut entry, id, 2)?;
    entry.extend_from_slice(b"\0\0mimeXMP\0");
    entry.extend_from_slice(MEDIA_TYPE);
    entry.push(0);
    list.extend(boxed(*b"infe", &entry)?);
    Some(list)
}

/// The references between items with one more: `id` describes `primary`.
fn with_reference(body: &[u8], id: u64, primary: u64) -> Option<Vec<u8>> {
    let wide = if *body.first()? == 0 { 2 } else { 4 };
    let mut told = Vec::new();
    push(&mut told, id, wide)?;
    push(&mut told, 1, 2)?;
    push(&mut told, primary, wide)?;
    Some([body, &boxed(*b"cdsc", &told)?].concat())
}

pub(super) fn locations(body: &[u8]) -> Option<Locations> {
    let mut told = Reader::new(body);
    let version = u8::try_from(told.number(4)? >> 24).ok().filter(|version| *version <= 2)?;
    let sizes = told.number(2)? as usize;
    let size = |at: usize| Some(sizes >> at & 15).filter(|size| [0, 4, 8].contains(size));
    let (place, length, base) = (size(12)?, size(8)?, size(4)?);
    let index_bytes = if version == 0 { 0 } else { size(0)? };
    let id = if version < 2 { 2 } else { 4 };
    let many = told.number(id)?;
    let mut items = Vec::new();
    for _ in 0..many {
        let id = told.number(id)?;
        let method = if version == 0 { 0 } else { told.number(2)? & 15 };
        let source = told.number(2)?;
        let base = told.number(base)?;
        let mut parts = Vec::new();
        for _ in 0..told.number(2)? {
            let index = told.number(index_bytes)?;
            let at = told.number(place)?.checked_add(base)?;
            // Without a length it would go to the end, and that is elsewhere now.
            parts.push((index, at, told.number(length)?));
            parts.last().filter(|(_, _, length)| *length > 0)?;
        }
        items.push(Location { id, method, source, parts });
    }
    Some(Locations { version, index_bytes, items })
}

impl Locations {
    /// What lay behind `meta` lies further on; nothing may lie in it, or beyond the file.
    fn move_along(&mut self, file: usize, meta: Span, by: i64) -> Option<()> {
        let ours = |item: &&mut Location| item.method == 0 && item.source == 0;
        let last = self.items.len().checked_sub(1)?;
        for item in self.items[..last].iter_mut().filter(ours) {
            for (_, at, length) in &mut item.parts {
                let start = usize::try_from(*at).ok()?;
                let end = start.checked_add(usize::try_from(*length).ok()?)?;
                if end > file || (start < meta.end && end > meta.start) {
                    return None;
                }
                if start >= meta.end {
                    *at = u64::try_from(i64::try_from(*at).ok()?.checked_add(by)?).ok()?;
                }
            }
        }
        Some(())
    }

    /// Places and lengths in four bytes each, without a base.
    fn written(&self) -> Option<Vec<u8>> {
        let mut told = vec![self.version, 0, 0, 0, 0x44];
        push(&mut told, self.index_bytes as u64, 1)?;
        let id = if self.version < 2 { 2 } else { 4 };
        push(&mut told, self.items.len() as u64, id)?;
        for item in &self.items {
            push(&mut told, item.id, id)?;
            if self.version > 0 {
                push(&mut told, item.method, 2)?;
            }
            push(&mut told, item.source, 2)?;
            push(&mut told, item.parts.len() as u64, 2)?;
            for (index, at, length) in &item.parts {
                push(&mut told, *index, self.index_bytes)?;
                push(&mut told, *at, 4)?;
                push(&mut told, *length, 4)?;
            }
        }
        Some(told)
    }
}
