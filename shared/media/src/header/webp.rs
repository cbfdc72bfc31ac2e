//! WebP: walks the RIFF chunks.

use super::{Flaw, Header, Mode, Orientation, Probe, Reader};
use crate::Format;

pub(super) fn read(reader: &mut Reader) -> Result<Header, Flaw> {
    reader.take(4)?;
    let riff = reader.u32_le()? as usize;
    let complete = riff <= reader.rest().len();
    reader.take(4)?;
    let mut header = first_chunk(reader)?;
    header.complete = complete;
    let mut frames = 0;
    while let Ok((name, body)) = chunk(reader) {
        match &name {
            b"ANMF" => frames += 1,
            // The specification has bare TIFF here; many writers copy JPEG's prefix along.
            b"EXIF" => {
                header.orientation =
                    Orientation::from_tiff(body.strip_prefix(b"Exif\0\0").unwrap_or(body))
            }
            _ => {}
        }
    }
    header.stored.frames = header.stored.frames.max(frames);
    Ok(header)
}

fn chunk<'a>(reader: &mut Reader<'a>) -> Result<([u8; 4], &'a [u8]), Flaw> {
    let name = reader.array::<4>()?;
    let length = reader.u32_le()? as usize;
    let body = reader.take(length)?;
    if length % 2 == 1 {
        // The last chunk's padding byte is missing in some files.
        let _ = reader.take(1);
    }
    Ok((name, body))
}

fn first_chunk(reader: &mut Reader) -> Result<Header, Flaw> {
    let name = reader.array::<4>()?;
    let length = reader.u32_le()? as usize;
    let rest = reader.rest();
    let body = &rest[..rest.len().min(length)];
    let stored = match &name {
        b"VP8X" => extended(body)?,
        b"VP8 " => lossy(body)?,
        b"VP8L" => lossless(body)?,
        _ => return Err(Flaw::Damaged("it does not begin with a VP8, VP8L or VP8X chunk".into())),
    };
    // Padding, or the missing end of a file cut short.
    let _ = reader.take((length + length % 2).min(rest.len()));
    Ok(Header { stored, orientation: Orientation::UPRIGHT, complete: false })
}

fn still(width: u32, height: u32, has_alpha: bool) -> Probe {
    let (mode, icc) = (Mode::Rgb, false);
    Probe { format: Format::Webp, width, height, has_alpha, frames: 1, dpi: None, mode, icc }
}

fn extended(body: &[u8]) -> Result<Probe, Flaw> {
    let [flags, _, _, _, w0, w1, w2, h0, h1, h2] = *body.first_chunk().ok_or(Flaw::Short)?;
    let width = 1 + u32::from_le_bytes([w0, w1, w2, 0]);
    let height = 1 + u32::from_le_bytes([h0, h1, h2, 0]);
    let mut probe = still(width, height, flags & 0x10 != 0);
    // An animation has at least two frames as far as we care; the frame chunks say how many really.
    probe.icc = flags & 0x20 != 0;
    probe.frames = if flags & 0x02 != 0 { 2 } else { 1 };
    Ok(probe)
}

fn lossy(body: &[u8]) -> Result<Probe, Flaw> {
    let [_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1] = *body.first_chunk().ok_or(Flaw::Short)?
    else {
        return Err(Flaw::Damaged("its VP8 frame has no start code".into()));
    };
    let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    Ok(still(side(w0, w1), side(h0, h1), false))
}

fn lossless(body: &[u8]) -> Result<Probe, Flaw> {
    let [0x2f, b0, b1, b2, b3] = *body.first_chunk().ok_or(Flaw::Short)? else {
        return Err(Flaw::Damaged("its VP8L frame has no signature".into()));
    };
    let bits = u32::from_le_bytes([b0, b1, b2, b3]);
    Ok(still(1 + (bits & 0x3fff), 1 + (bits >> 14 & 0x3fff), bits >> 28 & 1 == 1))
}
