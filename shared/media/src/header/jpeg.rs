//! JPEG: walks the segments up to the first scan.

use super::{Flaw, Header, Mode, Orientation, Probe, Reader};
use crate::Format;

pub(super) fn read(reader: &mut Reader) -> Result<Header, Flaw> {
    reader.take(2)?;
    let (mut orientation, mut icc) = (Orientation::UPRIGHT, false);
    loop {
        let marker = next_marker(reader)?;
        match marker {
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let stored = Probe { icc, ..frame(marker, reader)? };
                // Pictures embedded in a trailer bring their own end markers, so this can be fooled by a file
                // cut inside the trailer only, where nothing of ours is lost.
                let complete = reader.rest().windows(2).any(|pair| pair == [0xff, 0xd9]);
                return Ok(Header { stored, orientation, complete });
            }
            0xd9 => return Err(Flaw::Damaged("it ends before its first scan".into())),
            0xda => return Err(Flaw::Damaged("a scan comes before the frame header".into())),
            0x01 | 0xd0..=0xd8 => {}
            _ => {
                let segment = segment(reader)?;
                if let (0xe1, Some(tiff)) = (marker, segment.strip_prefix(b"Exif\0\0")) {
                    orientation = Orientation::from_tiff(tiff);
                }
                icc |= marker == 0xe2 && segment.starts_with(b"ICC_PROFILE\0");
            }
        }
    }
}

/// Skips fill bytes, and the stray bytes that some cameras leave between segments.
fn next_marker(reader: &mut Reader) -> Result<u8, Flaw> {
    loop {
        while reader.u8()? != 0xff {}
        let mut marker = reader.u8()?;
        while marker == 0xff {
            marker = reader.u8()?;
        }
        if marker != 0 {
            return Ok(marker);
        }
    }
}

fn segment<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Flaw> {
    let length = usize::from(reader.u16_be()?);
    let body = length
        .checked_sub(2)
        .ok_or_else(|| Flaw::Damaged("a segment is shorter than its length".into()))?;
    reader.take(body)
}

fn frame(marker: u8, reader: &mut Reader) -> Result<Probe, Flaw> {
    reader.u16_be()?;
    let bits = reader.u8()?;
    let (height, width) = (reader.u16_be()?, reader.u16_be()?);
    match marker {
        0xc0..=0xc2 => {}
        0xc3 | 0xc7 | 0xcb | 0xcf => return Err(Flaw::Unsupported("lossless coding".into())),
        0xc5 | 0xc6 => return Err(Flaw::Unsupported("hierarchical coding".into())),
        _ => return Err(Flaw::Unsupported("arithmetic coding".into())),
    }
    if bits != 8 {
        return Err(Flaw::Unsupported(format!("{bits} bits per channel")));
    }
    if height == 0 {
        return Err(Flaw::Unsupported("a height given after the scan (DNL)".into()));
    }
    let mode = match reader.u8()? {
        1 => Mode::Gray,
        4 => Mode::Cmyk,
        _ => Mode::Rgb,
    };
    Ok(Probe {
        format: Format::Jpeg,
        width: width.into(),
        height: height.into(),
        has_alpha: false,
        frames: 1,
        dpi: None,
        mode,
        icc: false,
    })
}
