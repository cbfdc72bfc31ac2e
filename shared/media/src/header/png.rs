//! PNG: walks the chunks by their lengths.

use super::{Flaw, Header, Mode, Orientation, Probe, Reader};
use crate::encode::EFFECTIVE_DPI;
use crate::{Format, print};

pub(super) fn read(reader: &mut Reader) -> Result<Header, Flaw> {
    reader.take(8)?;
    let (length, name) = (reader.u32_be()?, reader.array::<4>()?);
    if length != 13 || &name != b"IHDR" {
        return Err(Flaw::Damaged("it does not begin with its IHDR chunk".into()));
    }
    let (width, height) = (reader.u32_be()?, reader.u32_be()?);
    let [_bits, color, _compression, _filter, _interlace] = reader.array()?;
    reader.take(4)?;
    let stored = Probe {
        format: Format::Png,
        width,
        height,
        has_alpha: matches!(color, 4 | 6),
        frames: 1,
        dpi: None,
        mode: if matches!(color, 0 | 4) { Mode::Gray } else { Mode::Rgb },
        icc: false,
    };
    let mut header = Header { stored, orientation: Orientation::UPRIGHT, complete: false };
    // A file cut short still has a header worth telling about.
    while !header.complete && chunk(reader, &mut header).is_ok() {}
    Ok(header)
}

fn chunk(reader: &mut Reader, header: &mut Header) -> Result<(), Flaw> {
    let length = reader.u32_be()? as usize;
    let name = reader.array::<4>()?;
    let body = reader.take(length)?;
    reader.take(4)?;
    match &name {
        b"tRNS" => header.stored.has_alpha = true,
        b"acTL" => {
            header.stored.frames =
                body.first_chunk().map_or(1, |frames| u32::from_be_bytes(*frames)).max(1)
        }
        b"iCCP" => header.stored.icc = true,
        b"eXIf" => header.orientation = Orientation::from_tiff(body),
        b"pHYs" => note(&mut header.stored.dpi, physical(body)),
        b"tEXt" => note(&mut header.stored.dpi, effective(body)),
        b"IEND" => header.complete = true,
        _ => {}
    }
    Ok(())
}

/// The fewer dots win: a file cannot show more than either says.
fn note(dpi: &mut Option<u32>, found: Option<u32>) {
    *dpi = match (*dpi, found) {
        (Some(known), Some(found)) => Some(known.min(found)),
        (known, found) => known.or(found),
    };
}

fn physical(body: &[u8]) -> Option<u32> {
    let [x0, x1, x2, x3, y0, y1, y2, y3, 1] = *body.first_chunk::<9>()? else { return None };
    let dots = u32::from_be_bytes([x0, x1, x2, x3]).min(u32::from_be_bytes([y0, y1, y2, y3]));
    Some(print::floor(print::of_metre(dots)))
}

fn effective(body: &[u8]) -> Option<u32> {
    let text = body.strip_prefix(EFFECTIVE_DPI.as_bytes())?.strip_prefix(&[0])?;
    std::str::from_utf8(text).ok()?.parse().ok()
}
