//! AVIF: finds the size and the alpha plane among the item properties.

use super::{Flaw, Header, Mode, Orientation, Probe, Reader};
use crate::Format;

const ALPHA: &[u8] = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha";

/// `irot` and `imir` are not followed: we only probe what we wrote ourselves, and never write them.
pub(super) fn read(bytes: &[u8]) -> Result<Header, Flaw> {
    let (_, meta) = find(bytes, b"meta")?;
    let (_, properties) = find(meta.get(4..).ok_or(Flaw::Short)?, b"iprp")?;
    let (_, container) = find(properties, b"ipco")?;
    let (_, extents) = find(container, b"ispe")?;
    let mut reader = Reader::new(extents);
    reader.take(4)?;
    let (width, height) = (reader.u32_be()?, reader.u32_be()?);
    let has_alpha = container.windows(ALPHA.len()).any(|part| part == ALPHA);
    let frames = if &bytes[8..12] == b"avis" { 2 } else { 1 };
    let complete = find(bytes, b"mdat").is_ok_and(|(whole, _)| whole);
    let icc = container.windows(8).any(|part| part == b"colrprof");
    let (format, mode) = (Format::Avif, Mode::Rgb);
    let stored = Probe { format, width, height, has_alpha, frames, dpi: None, mode, icc };
    Ok(Header { stored, orientation: Orientation::UPRIGHT, complete })
}

/// The body of the first box with this name, and whether all of it is there.
fn find<'a>(bytes: &'a [u8], name: &[u8; 4]) -> Result<(bool, &'a [u8]), Flaw> {
    let mut reader = Reader::new(bytes);
    loop {
        let length = reader.u32_be()? as usize;
        let found = reader.array::<4>()?;
        let rest = reader.rest();
        // Length 0 means "to the end"; 64-bit lengths only occur in files far beyond our limits.
        let body =
            if length == 0 { rest.len() } else { length.checked_sub(8).ok_or(Flaw::Short)? };
        if &found == name {
            return Ok((body <= rest.len(), &rest[..rest.len().min(body)]));
        }
        reader.take(body)?;
    }
}
