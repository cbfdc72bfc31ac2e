//! Where a text may end: after a sentence, a word, at the worst a grapheme; never in an address.

use super::atoms;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// What shows that a text was cut.
pub(super) const DOTS: &str = "…";

/// Where a text is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Where its first part ends, in bytes; what is blank there is not part of it.
    pub(super) end: usize,
    /// Whether a sentence ends there.
    pub(super) whole: bool,
}

/// The longest first part of a text that fits and ends well. `fits` is asked of first parts, as they would be sent.
pub(super) fn cut(text: &str, fits: &dyn Fn(&str) -> bool) -> Cut {
    if fits(text.trim_end()) {
        return Cut { end: text.trim_end().len(), whole: true };
    }
    let mut atoms = atoms::all(text);
    let urls = atoms::urls(text);
    // A word with # that would never fit is a word.
    atoms.retain(|atom| urls.contains(atom) || fits(&text[atom.clone()]));
    let inside = |at: usize| atoms.iter().any(|atom| atom.start < at && at < atom.end);
    let ends: Vec<usize> = std::iter::once(0)
        .chain(text.grapheme_indices(true).map(|(at, grapheme)| at + grapheme.len()))
        .filter(|at| !inside(*at))
        .collect();
    let fitting = |end: &usize| fits(text[..*end].trim_end());
    let mut last = ends.partition_point(fitting);
    // What is counted need not grow with each grapheme: what was found is tried.
    while 0 < last && !fitting(&ends[last - 1]) {
        last -= 1;
    }
    let hard = last.checked_sub(1).map_or(0, |last| ends[last]);
    let may_end = |at: &usize| 0 < *at && *at <= hard && ends.binary_search(at).is_ok();
    let starts = text.split_sentence_bound_indices().map(|(at, sentence)| at + sentence.len());
    let paragraphs = text.match_indices("\n\n").map(|(at, _)| at);
    let enough = |end: &usize| hard / 2 <= *end && fitting(end);
    let best = |ends: &mut dyn Iterator<Item = usize>| {
        ends.map(|end| text[..end].trim_end().len()).filter(may_end).filter(enough).last()
    };
    if let Some(end) = best(&mut paragraphs.into_iter()).or_else(|| best(&mut starts.into_iter())) {
        return Cut { end, whole: true };
    }
    let words = text.split_word_bound_indices().filter(|(_, word)| !word.trim().is_empty());
    let end = best(&mut words.map(|(at, word)| at + word.len())).unwrap_or(hard);
    Cut { end: text[..end].trim_end().len(), whole: false }
}

/// A text without the blanks around it, as the part of it that is kept. A blank that is part of a larger
/// grapheme stays.
pub(super) fn inner(text: &str) -> Range<usize> {
    let blank = |grapheme: &&str| grapheme.chars().all(char::is_whitespace);
    let start: usize = text.graphemes(true).take_while(blank).map(str::len).sum();
    let end: usize = text.graphemes(true).rev().take_while(blank).map(str::len).sum();
    start..start.max(text.len() - end)
}

/// A text that fits, shortened where it does not, and whether it was.
pub(super) fn shorten(text: &str, fits: &dyn Fn(&str) -> bool) -> (String, bool) {
    if fits(text) {
        return (text.to_owned(), false);
    }
    let dotted = |part: &str| fits(&format!("{part}{DOTS}"));
    let found = cut(text, &dotted);
    if 0 < found.end {
        let address = atoms::urls(text).iter().any(|url| url.end == found.end);
        let dots = match found.whole {
            true => String::new(),
            // Nobody should take the dots for a part of the address.
            false if address => format!(" {DOTS}"),
            false => DOTS.to_owned(),
        };
        let text =
            format!("{}{dots}", text[..found.end].trim_end_matches([',', ';', ':', '–', '—']));
        if fits(&text) {
            return (text, true);
        }
    }
    (text[..cut(text, fits).end].to_owned(), true)
}

/// What of a text could not be sent at all, alone even: addresses and graphemes that do not fit. In order.
pub(super) fn unsendable(text: &str, fits: &dyn Fn(&str) -> bool) -> Vec<Range<usize>> {
    let urls = atoms::urls(text);
    let large = text.grapheme_indices(true).filter(|(at, grapheme)| {
        1 < grapheme.chars().count() && !fits(grapheme) && urls.iter().all(|url| !url.contains(at))
    });
    let mut found: Vec<Range<usize>> = large.map(|(at, it)| at..at + it.len()).collect();
    found.extend(urls.iter().filter(|url| !fits(&text[(*url).clone()])).cloned());
    found.sort_by_key(|range| range.start);
    found
}
