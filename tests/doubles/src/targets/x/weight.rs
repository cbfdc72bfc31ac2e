//! How long X says that a text is, counted apart from Galley's own counting.

use unicode_segmentation::UnicodeSegmentation;

/// An address counts so much, however long it is.
const URL: usize = 23;

/// The weight of a text, of which 280 are the most.
pub(super) fn of(text: &str) -> usize {
    let words = text.split_inclusive(char::is_whitespace);
    words
        .map(|word| {
            let bare = word.trim_end_matches(char::is_whitespace);
            match bare.starts_with("https://") || bare.starts_with("http://") {
                true => URL + plain(&word[bare.len()..]),
                false => plain(word),
            }
        })
        .sum()
}

fn plain(text: &str) -> usize {
    text.graphemes(true).map(grapheme).sum()
}

/// A picture of several characters is one emoji.
fn grapheme(grapheme: &str) -> usize {
    let joined = grapheme.chars().any(|c| matches!(u32::from(c), 0x200d | 0xfe0f | 0x1f000..));
    match joined {
        true => 2,
        false => grapheme.chars().map(character).sum(),
    }
}

fn character(c: char) -> usize {
    match u32::from(c) {
        0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247 => 1,
        _ => 2,
    }
}
