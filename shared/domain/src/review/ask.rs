//! What a person asks for.

use super::edit::Focal;
use crate::id::AssetId;
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// A person's decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// These bytes may go on.
    Approve,
    /// They may not; the job is rejected, or goes on without them where the gate is optional.
    Reject,
    /// They are to be made again, as the note says.
    Regenerate,
    /// They may go on with what was changed: other bytes in their place, or other words beside them.
    Edit,
}

impl Decision {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Approve, Self::Reject, Self::Regenerate, Self::Edit];

    /// As it is written everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Regenerate => "regenerate",
            Self::Edit => "edit",
        }
    }

    /// The decision of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.as_str() == text)
    }
}

impl std::fmt::Display for Decision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a person decides, and what they say with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The decision.
    pub decision: Decision,
    /// In their words; a regenerate's is added to the prompt.
    pub note: Option<String>,
    /// For an edit: the asset that it is about; the first that was shown where it is not said.
    pub subject: Option<AssetId>,
    /// For an edit: the upload that takes the asset's place.
    pub upload: Option<String>,
    /// For an edit: what stands in for the picture where it cannot be seen.
    pub alt: Option<String>,
    /// For an edit: the words beside it.
    pub caption: Option<String>,
    /// For an edit: what must stay in view.
    pub focal: Option<Focal>,
    /// The nonce of the link that it was said by: good for one decision.
    pub link: Option<String>,
    /// Since when they had it before them, where that is known.
    pub shown: Option<Time>,
}

impl Asked {
    /// A decision without words.
    pub fn new(decision: Decision) -> Self {
        let (note, subject, upload) = (None, None, None);
        let (alt, caption, focal, link, shown) = (None, None, None, None, None);
        Self { decision, note, subject, upload, alt, caption, focal, link, shown }
    }

    /// The same with a note.
    pub fn with_note(self, note: &str) -> Self {
        Self { note: Some(note.to_owned()), ..self }
    }

    /// Whether words or a focal point are corrected.
    pub fn corrects(&self) -> bool {
        self.alt.is_some() || self.caption.is_some() || self.focal.is_some()
    }
}
