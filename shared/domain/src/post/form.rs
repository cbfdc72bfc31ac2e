//! The form that one target is given of a post.

use super::Focal;
use crate::id::AssetId;
use serde::{Deserialize, Serialize};

/// What one target is given: everything in its own words and limits, ready to be sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// The kind of target, as [`super::Able::target`] says.
    pub target: String,
    /// The entry that is there already and gets the picture; then there are no words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// The title, where the target has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The address in words, where the target has one. Unique per publication: it ends in a part of its id, so
    /// that what may have been published is found by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// A sentence or two, where the target has a place for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The text of an article, where the target publishes articles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// The posts of a thread, or the only one, where the target publishes short texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<Piece>,
    /// Tags, spelt as the target wants them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The media, each with what must be done to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Fitted>,
    /// A page that the target shows as a card below the first piece. Never beside media.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
    /// Where it is at home, where the target has a field for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical_url: Option<String>,
    /// The language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What the target is told of how it was made.
    pub disclosed: Disclosed,
    /// What is otherwise than in the post.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Note>,
}

/// The text of an article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// How it is written.
    pub format: Format,
    /// The text, in which places in [`Form::media`] stand for their addresses: see [`Body::with`].
    pub text: String,
}

impl Body {
    /// What stands for the address of a medium until it has one.
    pub(super) fn place(medium: usize) -> String {
        format!("galley-media:{medium};")
    }

    /// The text with the media at these addresses, in the order of [`Form::media`].
    pub fn with(&self, urls: &[String]) -> String {
        urls.iter()
            .enumerate()
            .fold(self.text.clone(), |text, (medium, url)| text.replace(&Self::place(medium), url))
    }

    /// The text as HTML, with the media at these addresses, which may be relative ones.
    pub fn html(&self, urls: &[String]) -> String {
        if self.format == Format::Html {
            return self.with(urls);
        }
        // Of Markdown only addresses of the web stay, so they stand for ours until it is HTML.
        let stand_in = |medium| format!("https://galley-media.invalid/{medium}/");
        let stand_ins: Vec<String> = (0..urls.len()).map(stand_in).collect();
        let html = super::markdown::html(&self.with(&stand_ins), &|_| None);
        let both = stand_ins.iter().zip(urls);
        both.fold(html, |html, (stand_in, url)| html.replace(stand_in, url))
    }
}

/// How the text of an article is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// HTML without anything that runs.
    Html,
    /// Markdown.
    Markdown,
    /// Markdown that begins with the fields of the post, between lines of `---`.
    FrontMatter,
}

/// One short text, of a thread or alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The text, within the target's limit however the target counts.
    pub text: String,
    /// What parts of it are, where the target does not find that out by itself. In order, none over another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facets: Vec<Facet>,
}

/// What a part of a text is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facet {
    /// Where it begins, in bytes of UTF-8.
    pub start: usize,
    /// Where it has ended.
    pub end: usize,
    /// What it is.
    #[serde(flatten)]
    pub feature: Feature,
}

/// What a part of a text can be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Feature {
    /// A link.
    Link {
        /// Where it leads.
        url: String,
    },
    /// A tag.
    Tag {
        /// Without its `#`.
        tag: String,
    },
    /// Somebody with an account there.
    Mention {
        /// Who, as the target knows them.
        did: String,
    },
}

/// A page shown as a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Where it is.
    pub url: String,
    /// What it is called.
    pub title: String,
    /// What it says.
    pub description: String,
}

/// One medium, and what is done to it for this target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The asset.
    pub asset: AssetId,
    /// What it is now.
    pub shape: Shape,
    /// What must be done to it; none where it is sent as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<Fit>,
    /// What is to be seen or heard, within the target's limit; empty where nobody said.
    #[serde(default)]
    pub alt: String,
    /// What is written below it, where the target has a place for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Whether it is the article's cover.
    #[serde(default)]
    pub cover: bool,
    /// The piece of the thread that it belongs to.
    #[serde(default)]
    pub piece: usize,
}

/// What a medium measures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shape {
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes; 0 where nobody knows yet.
    pub bytes: u64,
    /// Its width in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Its height in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// How long it plays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

/// How a picture is made to fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// The media type it is written as.
    pub media_type: String,
    /// The width it gets.
    pub width: u32,
    /// The height it gets.
    pub height: u32,
    /// Whether what is over the aspect is cut off; where not, it is padded.
    pub crop: bool,
    /// The point that a crop keeps.
    pub focal: Focal,
    /// Most bytes that it may have: its quality, then its size, goes down until it has.
    pub bytes_most: u64,
}

/// What a target is told of how a post was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disclosed {
    /// Whether a model made something of it.
    #[serde(default)]
    pub ai: bool,
    /// Whether the target's own flag is to be set.
    #[serde(default)]
    pub flag: bool,
    /// What the text says of it, where it does; it is part of the texts already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// One thing that is otherwise than in the post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Which part of the post, as a pointer such as `/tags/4`.
    pub pointer: String,
    /// What became of it, and why.
    pub what: String,
}

impl Note {
    /// Says what became of a part.
    pub fn new(pointer: impl Into<String>, what: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), what: what.into() }
    }
}
