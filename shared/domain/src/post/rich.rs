//! A text without markup in which parts are links: what short texts and facets are made of.

use super::form::{Facet, Feature, Piece};
use super::{atoms, markdown};
use pulldown_cmark::{Event, Tag, TagEnd};
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// A text and what parts of it are, in order, none over another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rich {
    /// The text.
    pub(super) text: String,
    /// What parts of it are.
    pub(super) marks: Vec<Facet>,
}

/// Most graphemes of a tag that is marked as one.
const TAG_MOST: usize = 64;

impl Rich {
    /// The words of a Markdown text. A link with words of its own is marked (`facets`), or its address follows.
    pub(super) fn of(text: &str, facets: bool) -> Self {
        let mut writer = Writer { facets, ..Writer::default() };
        markdown::events(text).into_iter().for_each(|event| writer.take(event));
        writer.finish()
    }

    /// Plain words.
    pub(super) fn plain(text: &str) -> Self {
        Self { text: text.trim().to_owned(), marks: Vec::new() }
    }

    /// A part of it, without the blanks around.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        let inner = super::cut::inner(&self.text[range.clone()]);
        let (start, end) = (range.start + inner.start, range.start + inner.end);
        let clipped = self.marks.iter().filter_map(|mark| {
            let (from, to) = (mark.start.max(start), mark.end.min(end));
            let feature = mark.feature.clone();
            (from < to).then(|| Facet { start: from - start, end: to - start, feature })
        });
        Self { text: self.text[start..end].to_owned(), marks: clipped.collect() }
    }

    /// Takes a part out.
    pub(super) fn remove(&mut self, range: Range<usize>) {
        let moved = |at: usize| match at {
            at if range.end <= at => at - range.len(),
            at => at.min(range.start),
        };
        for mark in &mut self.marks {
            (mark.start, mark.end) = (moved(mark.start), moved(mark.end));
        }
        self.marks.retain(|mark| mark.start < mark.end);
        self.text.replace_range(range, "");
    }

    /// Adds plain words behind a blank line, or after `between`.
    pub(super) fn add(&mut self, words: &str, between: &str) {
        if !self.text.is_empty() && !words.is_empty() {
            self.text.push_str(between);
        }
        self.text.push_str(words);
    }

    /// The piece, with everything marked that the target does not find by itself, where it wants facets.
    pub(super) fn piece(self, facets: bool) -> Piece {
        if !facets {
            return Piece { text: self.text, facets: Vec::new() };
        }
        let mut marks = self.marks;
        let mut add = |range: Range<usize>, feature: Feature| {
            let (start, end) = (range.start, range.end);
            if marks.iter().all(|known| end <= known.start || known.end <= start) {
                marks.push(Facet { start, end, feature });
            }
        };
        for url in atoms::urls(&self.text) {
            let address = self.text[url.clone()].to_owned();
            add(url, Feature::Link { url: address });
        }
        for tag in atoms::tags(&self.text) {
            let word = self.text[tag.start + 1..tag.end].to_owned();
            if word.graphemes(true).count() <= TAG_MOST {
                add(tag, Feature::Tag { tag: word });
            }
        }
        marks.sort_by_key(|mark| mark.start);
        Piece { text: self.text, facets: marks }
    }
}

/// Writes the words of Markdown.
#[derive(Default)]
struct Writer {
    facets: bool,
    out: Rich,
    /// Where links began, and where they lead.
    links: Vec<(usize, String)>,
    /// The next number of each list that is open; none where it has points.
    lists: Vec<Option<u64>>,
    /// How many pictures are open: their words are not part of the text.
    pictures: usize,
}

impl Writer {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::Image { .. }) => self.pictures += 1,
            Event::End(TagEnd::Image) => self.pictures = self.pictures.saturating_sub(1),
            _ if 0 < self.pictures => {}
            Event::Text(text) | Event::Code(text) => self.out.text.push_str(&text),
            Event::SoftBreak => self.out.text.push(' '),
            Event::HardBreak => self.line("\n"),
            Event::Rule => self.line("\n\n"),
            Event::Start(Tag::Paragraph | Tag::Heading { .. } | Tag::CodeBlock(_))
                if !self.out.text.ends_with("• ") && !self.out.text.ends_with(". ") =>
            {
                self.line(if self.lists.is_empty() { "\n\n" } else { "\n" });
            }
            Event::Start(Tag::List(first)) => {
                self.line(if self.lists.is_empty() { "\n\n" } else { "\n" });
                self.lists.push(first);
            }
            Event::End(TagEnd::List(_)) => {
                self.lists.pop();
            }
            Event::Start(Tag::Item) => {
                self.line("\n");
                let point = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "• ".into(),
                };
                self.out.text.push_str(&point);
            }
            Event::Start(Tag::Table(_)) => self.line("\n\n"),
            Event::Start(Tag::TableRow | Tag::TableHead) => self.line("\n"),
            Event::End(TagEnd::TableCell) => self.out.text.push_str("  "),
            Event::Start(Tag::Link { dest_url, .. }) => {
                self.links.push((self.out.text.len(), dest_url.to_string()));
            }
            Event::End(TagEnd::Link) => {
                if let Some((start, url)) = self.links.pop() {
                    self.link(start, url);
                }
            }
            _ => {}
        }
    }

    /// Ends the line, where there is one.
    fn line(&mut self, end: &str) {
        let text = self.out.text.trim_end().len();
        let there = self.out.text[text..].matches('\n').count();
        let end = if end.len() < there { "\n\n" } else { end };
        // Marks end before blanks, so none is cut.
        self.out.text.truncate(text);
        if !self.out.text.is_empty() {
            self.out.text.push_str(end);
        }
    }

    fn link(&mut self, start: usize, url: String) {
        let words = self.out.text[start..].trim_end().to_owned();
        let end = start + words.len();
        if let Some(did) = url.strip_prefix("did:") {
            if self.facets && start < end {
                let feature = Feature::Mention { did: format!("did:{did}") };
                self.out.marks.push(Facet { start, end, feature });
            }
            return;
        }
        if !markdown::is_web(&url) {
            return;
        }
        match self.facets {
            true if start < end => {
                self.out.marks.push(Facet { start, end, feature: Feature::Link { url } });
            }
            _ if words == url => {}
            _ => {
                let blank = if words.is_empty() { "" } else { " " };
                self.out.text.push_str(&format!("{blank}{url}"));
            }
        }
    }

    fn finish(self) -> Rich {
        let whole = 0..self.out.text.len();
        self.out.part(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Tea\n\nRead [the *guide*](https://a.example/g) by [@ann](did:plc:ann),\nor <https://b.example>.\n\n\
                        1. one\n2. two\n\n- a\n- b\n\n![no](media:0)<b>bold</b> [x](javascript:alert)";

    #[test]
    fn links_are_marked_where_facets_are_wanted() {
        let rich = Rich::of(TEXT, true);
        let expected = "Tea\n\nRead the guide by @ann, or https://b.example.\n\n1. one\n2. two\n\n• a\n• b\n\nbold x";
        assert_eq!(rich.text, expected);
        let piece = rich.piece(true);
        let marks: Vec<_> = piece
            .facets
            .iter()
            .map(|mark| (&piece.text[mark.start..mark.end], &mark.feature))
            .collect();
        let link = |url: &str| Feature::Link { url: url.into() };
        assert_eq!(
            marks,
            [
                ("the guide", &link("https://a.example/g")),
                ("@ann", &Feature::Mention { did: "did:plc:ann".into() }),
                ("https://b.example", &link("https://b.example")),
            ]
        );
    }

    #[test]
    fn addresses_follow_their_words_where_they_are_not() {
        let rich = Rich::of(TEXT, false);
        assert!(
            rich.text.contains("Read the guide https://a.example/g by @ann, or https://b.example.")
        );
        assert!(rich.marks.is_empty() && rich.piece(false).facets.is_empty());
    }

    #[test]
    fn a_part_keeps_the_marks_within_it() {
        let mut rich = Rich::of("[one two](https://a.example) three", true);
        assert_eq!(rich.part(4..13).marks[0], Facet { start: 0, end: 3, ..rich.marks[0].clone() });
        rich.remove(0..4);
        assert_eq!(
            (rich.text.as_str(), rich.marks[0].start, rich.marks[0].end),
            ("two three", 0, 3)
        );
        rich.remove(0..3);
        assert!(rich.marks.is_empty());
    }
}
