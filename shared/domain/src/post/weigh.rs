//! How long a text is, as each target counts.

use super::able::Count;
use super::{atoms, little};
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// What twitter-text's configuration of version 3 says: weights are hundredths of a character.
const SCALE: usize = 100;
const DEFAULT: usize = 200;
const LIGHT: usize = 100;
const RANGES: [(u32, u32); 4] = [(0, 4351), (8192, 8205), (8208, 8223), (8242, 8247)];
/// What an address becomes, in characters.
const ADDRESS: usize = 23;

impl Count {
    /// The length of a text.
    pub fn of(self, text: &str) -> usize {
        match self {
            Self::Weighted => weighted(text),
            Self::Graphemes { url: None, .. } => text.graphemes(true).count(),
            Self::Graphemes { url: Some(each), .. } => with_addresses(text, each),
            Self::Little => little::escape(text).chars().count(),
        }
    }

    /// Whether a text is at most so long.
    pub fn fits(self, text: &str, most: usize) -> bool {
        let bytes = match self {
            Self::Graphemes { bytes, .. } => bytes,
            Self::Weighted | Self::Little => None,
        };
        bytes.is_none_or(|bytes| text.len() <= bytes) && self.of(text) <= most
    }
}

/// Graphemes, with each address as long as it is shown.
fn with_addresses(text: &str, each: usize) -> usize {
    let urls = atoms::urls(text);
    let within: usize = urls.iter().map(|url| text[url.clone()].graphemes(true).count()).sum();
    (text.graphemes(true).count() + each * urls.len()).saturating_sub(within)
}

/// The length of a text on X, after twitter-text 3. Never less than X finds: what it may or may not take for an
/// address (`example.com` without a scheme) counts as whichever is longer.
pub fn weighted(text: &str) -> usize {
    let text: String = text.nfc().collect();
    let mut weight = 0;
    let mut at = 0;
    let mut addresses: Vec<(Range<usize>, bool)> =
        atoms::urls(&text).into_iter().map(|url| (url, true)).collect();
    let known = addresses.clone();
    let apart = |bare: &Range<usize>| {
        known.iter().all(|(url, _)| bare.end <= url.start || url.end <= bare.start)
    };
    addresses.extend(bare(&text).into_iter().filter(apart).map(|bare| (bare, false)));
    addresses.sort_by_key(|(range, _)| range.start);
    for (range, scheme) in addresses {
        weight += plain(&text[at..range.start]);
        weight += address(&text[range.clone()], scheme);
        at = range.end;
    }
    weight += plain(&text[at..]);
    weight.div_ceil(SCALE)
}

/// The weight of a text without addresses.
fn plain(text: &str) -> usize {
    text.graphemes(true).map(grapheme).sum()
}

fn grapheme(grapheme: &str) -> usize {
    let old = |emoji: &&emojis::Emoji| {
        let version = emoji.unicode_version();
        (version.major(), version.minor()) <= (15, 1)
    };
    let single = grapheme.chars().nth(1).is_none();
    if !single && emojis::get(grapheme).filter(old).is_some() {
        return DEFAULT;
    }
    grapheme.chars().map(character).sum()
}

fn character(c: char) -> usize {
    let point = u32::from(c);
    let light = RANGES.iter().any(|(from, to)| (*from..=*to).contains(&point));
    if light { LIGHT } else { DEFAULT }
}

/// The weight of what is an address (`scheme`), or may be one.
fn address(text: &str, scheme: bool) -> usize {
    let short = ADDRESS * SCALE;
    let end = text.find(|c| !of_address(c)).unwrap_or(text.len());
    let (inside, rest) = text.split_at(end);
    let host = inside.split_once("://").map_or(inside, |(_, rest)| rest);
    let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let sure = scheme && host.is_ascii() && is_domain(host);
    // X ends an address before punctuation that it cannot end with.
    let closes = |c: char| !(c.is_alphanumeric() || "=_#/+-)".contains(c));
    let loose = inside.len() - inside.trim_end_matches(closes).len();
    let inside = if sure { short + loose * LIGHT } else { short.max(plain(inside)) };
    inside + plain(rest)
}

/// Characters that X takes for a part of an address.
fn of_address(c: char) -> bool {
    let letters = ['\u{c0}'..='\u{24f}', '\u{400}'..='\u{4ff}'];
    c.is_ascii_alphanumeric()
        || "!*';:=+,.$/%#[]-_~@|&?()".contains(c)
        || letters.iter().any(|range| range.contains(&c))
}

fn is_domain(host: &str) -> bool {
    let mut labels = host.rsplit('.');
    let top = labels.next().is_some_and(|top| {
        2 <= top.len() && (top.chars().all(|c| c.is_ascii_alphabetic()) || top.starts_with("xn--"))
    });
    let label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    let rest: Vec<&str> = labels.collect();
    top && !rest.is_empty() && rest.into_iter().all(label)
}

/// What may be an address without a scheme: `example.com/path`.
fn bare(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for word in text.split(|c: char| !of_address(c)) {
        let start = at + text[at..].find(word).unwrap_or(0);
        at = start + word.len();
        // What follows a bracket or a colon may be one, too.
        let mut from = start;
        for part in word.split_inclusive(['(', ')', '[', ']', ',', ';', ':', '\'', '!', '*', '|']) {
            let host = part.split(['/', '?', '#']).next().unwrap_or_default();
            let host = host.trim_end_matches(|c: char| !c.is_alphanumeric());
            if is_domain(host) {
                found.push(from..from + part.len());
            }
            from += part.len();
        }
    }
    found
}

#[cfg(test)]
mod tests;
