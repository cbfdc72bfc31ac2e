//! PNG: walks the chunks by their lengths.

use super::{Flaw, Header, Orientation, Probe, Reader};
use crate::Format;

pub(super) fn read(reader: &mut Reader) -> Result<Header, Flaw> {
    reader.take(8)?;
    let (length, name) = (reader.u32_be()?, reader.array::<4>()?);
    if length != 13 || &name != b"IHDR" {
        return Err(Flaw::Damaged("it does not begin with its IHDR chunk".into()));
    }
    let (width, height) = (reader.u32_be()?, reader.u32_be()?);
    let [_bits, color, _compression, _filter, _interlace] = reader.array()?;
    reader.take(4)?;
    let stored =
        Probe { format: Format::Png, width, height, has_alpha: matches!(color, 4 | 6), frames: 1 };
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
        b"eXIf" => header.orientation = Orientation::from_tiff(body),
        b"IEND" => header.complete = true,
        _ => {}
    }
    Ok(())
}
