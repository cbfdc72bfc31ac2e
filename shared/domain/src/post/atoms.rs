//! What in a text must not be cut: addresses, tags, names. Where they are, in bytes.

use std::ops::Range;

/// The addresses in a text that begin with `http://` or `https://`, without the punctuation behind them.
pub(super) fn urls(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let bytes = text.as_bytes();
    for (start, _) in text.match_indices("://") {
        let scheme = ["https", "http"].into_iter().find(|scheme| {
            let from = start.checked_sub(scheme.len());
            from.is_some_and(|from| bytes[from..start].eq_ignore_ascii_case(scheme.as_bytes()))
        });
        let Some(scheme) = scheme else { continue };
        let from = start - scheme.len();
        let glued = text[..from].chars().next_back().is_some_and(char::is_alphanumeric);
        let inside = found.last().is_some_and(|last| from < last.end);
        let end = start + 3 + trimmed(until_blank(&text[start + 3..])).len();
        if !glued && !inside && start + 3 < end {
            found.push(from..end);
        }
    }
    found
}

fn until_blank(text: &str) -> &str {
    let stops = |c: char| c.is_whitespace() || c.is_control() || "<>\"`{}|\\^".contains(c);
    &text[..text.find(stops).unwrap_or(text.len())]
}

/// Without what closes a sentence, or a bracket that was opened before the address.
fn trimmed(mut text: &str) -> &str {
    while let Some(last) = text.chars().next_back() {
        let open = |c: char| text.matches(c).count();
        let loose = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '…' | '。' | '、' | '！' | '？'
            | '”' | '’' | '»' | '（' | '）' | '」' | '』' => true,
            ')' => open('(') < open(')'),
            ']' => open('[') < open(']'),
            _ => false,
        };
        if !loose {
            break;
        }
        text = &text[..text.len() - last.len_utf8()];
    }
    text
}

/// The tags in a text, `#` included: letters, digits and `_`, not digits alone.
pub(super) fn tags(text: &str) -> Vec<Range<usize>> {
    words(text, '#')
        .into_iter()
        .filter(|tag| !text[tag.start + 1..tag.end].chars().all(char::is_numeric))
        .collect()
}

/// Names of accounts in a text, `@` included.
fn names(text: &str) -> Vec<Range<usize>> {
    words(text, '@')
}

fn words(text: &str, mark: char) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices(mark) {
        let before = text[..start].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || "#@_/&".contains(c)) {
            continue;
        }
        let rest = &text[start + 1..];
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let end = rest.find(|c: char| !word(c) && !is_mark(c)).unwrap_or(rest.len());
        if rest.starts_with(word) {
            found.push(start..start + 1 + end);
        }
    }
    found
}

/// Whether a character only changes the one before it. What follows a letter so belongs to it.
fn is_mark(c: char) -> bool {
    use unicode_normalization::char::is_combining_mark;
    is_combining_mark(c) || ('\u{fe00}'..='\u{fe0f}').contains(&c)
}

/// All that must not be cut, in order and none over another.
pub(super) fn all(text: &str) -> Vec<Range<usize>> {
    let mut found = urls(text);
    for more in [tags(text), names(text)] {
        for atom in more {
            if found.iter().all(|known| atom.end <= known.start || known.end <= atom.start) {
                found.push(atom);
            }
        }
    }
    found.sort_by_key(|atom| atom.start);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, ranges: Vec<Range<usize>>) -> Vec<&str> {
        ranges.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn addresses_are_found_without_the_punctuation_behind_them() {
        let text = "See https://a.example/x_(y), (http://b.example/z). HTTPS://C.EXAMPLE/q?a=b#c! \
                    xhttps://no.example https:// and “https://d.example/ü/茶”.";
        let expected = [
            "https://a.example/x_(y)",
            "http://b.example/z",
            "HTTPS://C.EXAMPLE/q?a=b#c",
            "https://d.example/ü/茶",
        ];
        assert_eq!(texts(text, urls(text)), expected);
        let nested = "https://web.archive.example/https://a.example/b";
        assert_eq!(texts(nested, urls(nested)), [nested]);
    }

    #[test]
    fn tags_are_words_of_any_language_and_not_numbers() {
        let text = "#tea, #Grüner_Tee! a#no ##no #1 #2a (#茶) https://a.example/#frag";
        assert_eq!(texts(text, tags(text)), ["#tea", "#Grüner_Tee", "#2a", "#茶"]);
    }

    #[test]
    fn nothing_that_must_not_be_cut_lies_over_another() {
        let text = "@ann https://a.example/@bob?x=#y #tea";
        assert_eq!(texts(text, all(text)), ["@ann", "https://a.example/@bob?x=#y", "#tea"]);
    }
}
