//! One entry of a feed, as its document keeps it.

use crate::shelf::urls;
use domain::publish::Sending;
use domain::time::Time;
use serde::{Deserialize, Serialize};

/// One entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// What it is known by, for good.
    pub(super) id: String,
    /// Its title.
    pub(super) title: String,
    /// Where it is at home; none where the feed is.
    pub(super) link: Option<String>,
    /// A sentence or two of it.
    pub(super) summary: Option<String>,
    /// Its text, in HTML.
    pub(super) html: String,
    /// What it is about.
    pub(super) tags: Vec<String>,
    /// Its language.
    pub(super) language: Option<String>,
    /// The first of its media.
    pub(super) enclosure: Option<Enclosure>,
    /// When it was published, and when it changed last.
    pub(super) published: Time,
    pub(super) updated: Time,
}

/// A file that goes with an entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Enclosure {
    pub(super) url: String,
    pub(super) media_type: String,
    pub(super) bytes: u64,
}

/// What an entry is known by.
pub(super) fn id(publication: &str) -> String {
    format!("urn:galley:{publication}")
}

impl Entry {
    /// The entry of a post.
    pub(super) fn of(sending: &Sending) -> Self {
        let (form, urls) = (&sending.form, urls(sending));
        let cover = form.media.iter().position(|medium| medium.cover).unwrap_or(0);
        let enclosure = form.media.get(cover).zip(urls.get(cover)).map(|(medium, url)| Enclosure {
            url: url.clone(),
            media_type: medium.shape.media_type.clone(),
            bytes: medium.shape.bytes,
        });
        let html = form.body.as_ref().map(|body| body.with(&urls)).unwrap_or_default();
        // The cover stands in no text, and feeds have no other place for its words.
        let picture = form.media.get(cover).zip(urls.get(cover)).filter(|(medium, _)| medium.cover);
        let picture = picture.map(|(medium, url)| {
            let (url, alt) = (super::xml::escaped(url), super::xml::escaped(&medium.alt));
            format!("<p><img src=\"{url}\" alt=\"{alt}\"></p>\n")
        });
        Self {
            id: id(&sending.id),
            title: form.title.clone().unwrap_or_default(),
            link: form.canonical_url.clone(),
            summary: form.summary.clone(),
            html: format!("{}{html}", picture.unwrap_or_default()),
            tags: form.tags.clone(),
            language: form.language.clone(),
            enclosure,
            published: sending.since,
            updated: sending.at,
        }
    }
}
