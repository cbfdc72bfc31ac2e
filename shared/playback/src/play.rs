//! What can be wrong with a sound or a film, and how much of a stranger's file we are willing to play.

/// Why a sound or a film was not played: what, where, and what to do. None of these mends itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlayError {
    /// No bytes at all.
    #[error("the file is empty: send a sound or a film")]
    Empty,

    /// More bytes than the limits allow; nothing was decoded.
    #[error("the file has {bytes} bytes, and at most {limit} are read: send a smaller file")]
    TooManyBytes {
        /// Bytes sent.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },

    /// Nothing that plays, or of a kind we have never heard of.
    #[error("the file starts with {starts}, which is no {wanted} that is read: send {formats}")]
    NotPlayable {
        /// Its first bytes in hexadecimal.
        starts: String,
        /// What was looked for.
        wanted: &'static str,
        /// What would be right.
        formats: &'static str,
    },

    /// A file without what was looked for.
    #[error("the file has no {wanted}")]
    Without {
        /// What was looked for.
        wanted: &'static str,
    },

    /// A way of writing sound or film that we do not read.
    #[error("the file uses {what}, which is not read: convert it to {instead}")]
    NotRead {
        /// What it uses.
        what: String,
        /// What would be right.
        instead: &'static str,
    },

    /// It plays longer, or in more and larger frames, than the limits allow.
    #[error("the file has {what}, and at most {limit} are played: send a shorter or smaller one")]
    TooMuch {
        /// What it has too much of.
        what: String,
        /// What is allowed.
        limit: u64,
    },

    /// The file ends before it is over.
    #[error("the file stops after {bytes} bytes, before it is complete: send it again whole")]
    Truncated {
        /// Bytes that did arrive.
        bytes: usize,
    },

    /// The file contradicts its own format.
    #[error("the file is damaged ({what}): export it again and send the new file")]
    Damaged {
        /// What the decoder stumbled over.
        what: String,
    },
}

impl PlayError {
    /// Whether the file itself is bad, rather than beyond us.
    pub fn broken(&self) -> bool {
        !matches!(self, Self::TooManyBytes { .. } | Self::NotRead { .. } | Self::TooMuch { .. })
    }

    pub(crate) fn damaged(what: impl ToString) -> Self {
        Self::Damaged { what: what.to_string() }
    }

    /// For bytes that nobody knows.
    pub(crate) fn unknown(bytes: &[u8], wanted: &'static str, formats: &'static str) -> Self {
        let starts = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
        Self::NotPlayable { starts, wanted, formats }
    }
}

/// Bounds that are checked before anything is decoded, and while it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlayLimits {
    /// Most bytes in the file.
    pub max_bytes: usize,
    /// Most seconds of sound.
    pub max_seconds: u32,
    /// Most pixels of one frame.
    pub max_frame: u64,
    /// Most frames.
    pub max_frames: u32,
    /// Most pixels of all frames together: what decoding takes follows them.
    pub max_pixels: u64,
}

impl Default for PlayLimits {
    /// A quarter of an hour of sound; a minute of film at 1280x720 and 30 frames a second.
    fn default() -> Self {
        Self {
            max_bytes: 64 << 20,
            max_seconds: 900,
            max_frame: 1920 * 1088,
            max_frames: 7_200,
            max_pixels: 2_000_000_000,
        }
    }
}

impl PlayLimits {
    pub(crate) fn check_bytes(&self, bytes: usize) -> Result<(), PlayError> {
        match bytes {
            0 => Err(PlayError::Empty),
            _ if self.max_bytes < bytes => {
                Err(PlayError::TooManyBytes { bytes, limit: self.max_bytes })
            }
            _ => Ok(()),
        }
    }
}

/// Runs a decoder of someone else's: a panic of it is a fact about the file.
pub(crate) fn caught<T>(
    decode: impl FnOnce() -> Result<T, PlayError> + std::panic::UnwindSafe,
) -> Result<T, PlayError> {
    std::panic::catch_unwind(decode)
        .unwrap_or_else(|_| Err(PlayError::damaged("its decoder could make nothing of it")))
}
