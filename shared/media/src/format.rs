//! The formats by name, by media type and by first bytes.

use std::{fmt, str::FromStr};

use crate::MediaError;

/// A format that is written; all but AVIF are read too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Progressive, no alpha.
    Jpeg,
    /// Lossless.
    Png,
    /// Written lossy, read either way.
    Webp,
    /// Written, probed, not decoded.
    Avif,
    /// For printers: lossless, no alpha is written, colours may be inks.
    Tiff,
}

impl Format {
    /// Every format there is.
    pub const ALL: [Self; 5] = [Self::Jpeg, Self::Png, Self::Webp, Self::Avif, Self::Tiff];

    /// The name used in pipelines: `jpeg`, `png`, `webp`, `avif`, `tiff`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Avif => "avif",
            Self::Tiff => "tiff",
        }
    }

    /// The file extension without a dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Tiff => "tif",
            other => other.name(),
        }
    }

    /// The IANA media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
            Self::Tiff => "image/tiff",
        }
    }

    /// Whether transparency survives; if not, pictures are flattened on white.
    pub const fn holds_alpha(self) -> bool {
        !matches!(self, Self::Jpeg | Self::Tiff)
    }

    /// The longest side that a file of this format can say.
    pub const fn max_side(self) -> u32 {
        match self {
            Self::Jpeg | Self::Avif => 65_535,
            Self::Webp => 16_383,
            Self::Png | Self::Tiff => i32::MAX as u32,
        }
    }

    /// Recognises a file by its first bytes, whatever it is called.
    pub fn sniff(bytes: &[u8]) -> Result<Self, MediaError> {
        let brand = bytes.get(4..12).unwrap_or_default();
        match bytes {
            [] => Err(MediaError::Empty),
            [0xff, 0xd8, 0xff, ..] => Ok(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Self::Webp),
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Ok(Self::Tiff),
            _ if matches!(brand, b"ftypavif" | b"ftypavis") => Ok(Self::Avif),
            _ => Err(stranger(bytes, brand)),
        }
    }
}

/// The kindest error for a file that we do not read.
fn stranger(bytes: &[u8], brand: &[u8]) -> MediaError {
    let format = match bytes {
        [b'G', b'I', b'F', b'8', ..] => "GIF",
        [b'B', b'M', ..] => "BMP",
        [b'%', b'P', b'D', b'F', ..] => "PDF",
        [b'8', b'B', b'P', b'S', ..] => "Photoshop",
        [0xff, 0x0a, ..] | [0, 0, 0, 12, b'J', b'X', b'L', ..] => "JPEG XL",
        [b'<', b's', b'v', b'g', ..] | [b'<', b'?', b'x', b'm', b'l', ..] => "SVG or XML",
        _ if brand.starts_with(b"fty")
            && matches!(&brand[4..], b"heic" | b"heix" | b"mif1" | b"msf1") =>
        {
            "HEIC"
        }
        _ if brand.starts_with(b"ftyp") => "video (ISO media)",
        _ => {
            let starts = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            return MediaError::NotAPicture { starts };
        }
    };
    MediaError::NotRead { format }
}

impl fmt::Display for Format {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Webp => "WebP",
            Self::Avif => "AVIF",
            Self::Tiff => "TIFF",
        })
    }
}

impl FromStr for Format {
    type Err = MediaError;

    /// Takes a pipeline's name, an extension or a media type.
    fn from_str(name: &str) -> Result<Self, MediaError> {
        Self::ALL
            .into_iter()
            .find(|format| [format.name(), format.extension(), format.media_type()].contains(&name))
            .ok_or_else(|| MediaError::UnknownFormat { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_known_by_name_extension_and_media_type() {
        for format in Format::ALL {
            for name in [format.name(), format.extension(), format.media_type()] {
                assert_eq!(name.parse(), Ok(format));
            }
        }
        let error = "gif".parse::<Format>().unwrap_err().to_string();
        assert_eq!(error, "\"gif\" is not a picture format: use jpeg, png, webp, avif or tiff");
    }
}
