//! What can be wrong with a picture, said to the person who sent it.

use crate::Format;

/// Why a picture was not read, resized or written: what, where, and what to do.
///
/// None of these mends itself: the same bytes fail the same way again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// No bytes at all.
    #[error("the file is empty: send a JPEG, PNG or WebP picture")]
    Empty,

    /// More bytes than a place takes, at its smallest.
    #[error("the picture has {bytes} bytes at its smallest, more than the {most} that are taken")]
    StillTooLarge {
        /// Bytes at its smallest.
        bytes: usize,
        /// Bytes that are taken.
        most: u64,
    },

    /// More bytes than the limits allow; nothing was decoded.
    #[error("the file has {bytes} bytes, and at most {limit} are read: send a smaller file")]
    TooManyBytes {
        /// Bytes sent.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },

    /// The header claims more pixels than the limits allow; nothing was decoded.
    #[error(
        "the {format} header says {width}x{height}, which is more than {limit} pixels: send a smaller picture"
    )]
    TooManyPixels {
        /// Format of the file.
        format: Format,
        /// Claimed width.
        width: u32,
        /// Claimed height.
        height: u32,
        /// Pixels allowed.
        limit: u64,
    },

    /// The header claims a width or height beyond the limits; nothing was decoded.
    #[error(
        "the {format} header says {width}x{height}, and no side may exceed {limit}: send a smaller picture"
    )]
    TooLong {
        /// Format of the file.
        format: Format,
        /// Claimed width.
        width: u32,
        /// Claimed height.
        height: u32,
        /// Longest side allowed.
        limit: u32,
    },

    /// A file that is not a picture, or of a kind we have never heard of.
    #[error(
        "the file starts with {starts}, which is no picture format: send a JPEG, PNG or WebP picture"
    )]
    NotAPicture {
        /// Its first bytes in hexadecimal.
        starts: String,
    },

    /// A format we recognise and do not read.
    #[error("this file is {format}, which is not read: convert it to JPEG, PNG or WebP first")]
    NotRead {
        /// Its everyday name.
        format: &'static str,
    },

    /// More than one frame.
    #[error("the {format} file is an animation of {frames} frames: send one still picture")]
    Animated {
        /// Format of the file.
        format: Format,
        /// Frames announced.
        frames: u32,
    },

    /// The file ends before the picture does.
    #[error(
        "the {format} file stops after {bytes} bytes, before the picture is complete: send it again whole"
    )]
    Truncated {
        /// Format of the file.
        format: Format,
        /// Bytes that did arrive.
        bytes: usize,
    },

    /// The file contradicts its own format.
    #[error("the {format} file is damaged ({what}): export it again and send the new file")]
    Damaged {
        /// Format of the file.
        format: Format,
        /// What the decoder stumbled over.
        what: String,
    },

    /// A valid file that uses a rare feature.
    #[error("the {format} file uses {what}, which is not read: export it as an ordinary {format}")]
    Unsupported {
        /// Format of the file.
        format: Format,
        /// The feature.
        what: String,
    },

    /// A width, height or focal point that makes no sense.
    #[error("{what} cannot be {value}: it must be {allowed}")]
    BadSize {
        /// The argument's name.
        what: &'static str,
        /// What was asked.
        value: String,
        /// What would be right.
        allowed: &'static str,
    },

    /// Words that cannot be drawn as asked.
    #[error("{what}: change the text, its size or its width")]
    Text {
        /// What stands against it.
        what: String,
    },

    /// A colour table that cannot be read.
    #[error("the LUT cannot be read ({what}): give a 3D LUT in the .cube format")]
    BadLut {
        /// Where and what.
        what: String,
    },

    /// A picture larger than the format can hold.
    #[error(
        "{width}x{height} does not fit into {format}, whose sides end at {limit}: ask for a smaller size or another format"
    )]
    DoesNotFit {
        /// Format asked.
        format: Format,
        /// Picture's width.
        width: u32,
        /// Picture's height.
        height: u32,
        /// The format's longest side.
        limit: u32,
    },

    /// A file that would be larger than any that is read again.
    #[error(
        "the file would have {bytes} bytes, and at most {limit} are kept: ask for fewer dots per inch or a smaller size"
    )]
    TooHeavy {
        /// Bytes it would have.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },

    /// A format name that is not one of ours.
    #[error("{name:?} is not a picture format: use jpeg, png, webp, avif or tiff")]
    UnknownFormat {
        /// What was asked.
        name: String,
    },

    /// An encoder gave up; our fault rather than the caller's.
    #[error("writing {format} at {width}x{height} failed ({what})")]
    NotWritten {
        /// Format asked.
        format: Format,
        /// Picture's width.
        width: u32,
        /// Picture's height.
        height: u32,
        /// The encoder's own words.
        what: String,
    },
}
