//! Words as targets spell them: addresses in words, and tags.

use super::able::{Spelt, Tags};
use super::form::Note;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Letters of Latin scripts that do not come apart into one of English and a mark.
const LATIN: [(char, &str); 12] = [
    ('ß', "ss"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('ø', "o"),
    ('å', "a"),
    ('ł', "l"),
    ('đ', "d"),
    ('ð', "d"),
    ('þ', "th"),
    ('ı', "i"),
    ('ħ', "h"),
    ('ŋ', "n"),
];

/// An address in words: `Grüße aus Köln!` is `grusse-aus-koln`. Empty where no letter of it can be in one.
pub fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.to_lowercase().nfkd().filter(|c| !is_combining_mark(*c)) {
        let latin = LATIN.iter().find(|(from, _)| *from == c);
        match latin {
            Some((_, to)) => out.push_str(to),
            None if c.is_ascii_alphanumeric() => out.push(c),
            // It's is its, not it-s.
            None if matches!(c, '\'' | '’') => {}
            None if !out.is_empty() && !out.ends_with('-') => out.push('-'),
            None => {}
        }
    }
    out.trim_end_matches('-').to_owned()
}

/// An address in words that no other publication has: it ends in a part of that one's id.
pub(super) fn own_slug(text: &str, id: &str, most: usize) -> String {
    let tail: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    let tail = tail[tail.len().saturating_sub(8)..].to_ascii_lowercase();
    let words = slug(text);
    let room = most.saturating_sub(tail.len() + 1);
    let mut head = &words[..words.len().min(room)];
    if head.len() < words.len() {
        // At the end of a word, where that leaves one.
        head = head.rfind('-').map_or(head, |end| &head[..end]);
    }
    match head.trim_end_matches('-') {
        "" => format!("post-{tail}"),
        head => format!("{head}-{tail}"),
    }
}

/// Tags as a target wants them, and what became of the others.
pub(super) fn tags(wanted: &[String], able: Tags, changed: &mut Vec<Note>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (place, tag) in wanted.iter().enumerate() {
        let mut note = |what: String| changed.push(Note::new(format!("/tags/{place}"), what));
        let spelt = spell(tag, able.spelt);
        let length = spelt.chars().count();
        if spelt.is_empty() {
            note("left out: nothing of it can be in a tag there".into());
        } else if able.chars < length {
            note(format!(
                "left out: it has {length} characters, and a tag has at most {}",
                able.chars
            ));
        } else if out.contains(&spelt) {
            note(format!("left out: {spelt} is there already"));
        } else if able.most <= out.len() {
            note(format!("left out: there are at most {} tags", able.most));
        } else {
            if spelt != *tag {
                note(format!("is {spelt} there"));
            }
            out.push(spelt);
        }
    }
    out
}

fn spell(tag: &str, spelt: Spelt) -> String {
    let tag = tag.trim().trim_start_matches('#');
    match spelt {
        Spelt::Free => tag.replace([',', '\n'], " ").trim().to_owned(),
        Spelt::Slug => slug(tag),
        Spelt::Joined => slug(tag).replace('-', ""),
        Spelt::Hash => hash(tag),
    }
}

/// As a word behind `#`: the words of it together, each with a capital, for those who have it read to them.
fn hash(tag: &str) -> String {
    let in_word = |c: char| c.is_alphanumeric() || is_combining_mark(c) || c == '_';
    let words: Vec<&str> = tag.split(|c| !in_word(c)).filter(|word| !word.is_empty()).collect();
    let capital = |word: &&str| {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect::<String>()
    };
    let tag = match words.as_slice() {
        [one] => (*one).to_owned(),
        many => many.iter().map(capital).collect(),
    };
    // What is digits alone is no tag.
    if tag.chars().all(char::is_numeric) { String::new() } else { tag }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_words_has_letters_of_english_only() {
        for (text, expected) in [
            ("Grüße aus Köln!", "grusse-aus-koln"),
            ("  It's – a “Test” (2nd) ", "its-a-test-2nd"),
            ("Ærø & Łódź", "aero-lodz"),
            ("日本語", ""),
            ("ﬁne½", "fine1-2"),
        ] {
            assert_eq!(slug(text), expected, "{text}");
        }
    }

    #[test]
    fn an_address_of_ones_own_is_short_enough_and_ends_in_its_id() {
        let id = "pub_00112233445566778899aabbccddeeff";
        assert_eq!(own_slug("Morning tea", id, 190), "morning-tea-ccddeeff");
        assert_eq!(own_slug("Morning tea", id, 17), "morning-ccddeeff");
        assert_eq!(own_slug("Morningtea", id, 14), "morni-ccddeeff");
        assert_eq!(own_slug("日本語", id, 190), "post-ccddeeff");
    }

    #[test]
    fn tags_are_spelt_as_the_target_wants_them_and_the_rest_is_told() {
        let wanted =
            ["Morning Tea", "tea", "#Tea", "日本", "42", "much too long a tag"].map(str::to_owned);
        let spelt = |spelt, most| {
            let mut changed = Vec::new();
            let able = Tags { most, chars: 12, spelt, in_text: false };
            let tags = tags(&wanted, able, &mut changed);
            let told: Vec<String> =
                changed.iter().map(|note| format!("{} {}", note.pointer, note.what)).collect();
            (tags.join(" "), told.join("; "))
        };
        let (tags, told) = spelt(Spelt::Joined, 4);
        assert_eq!(tags, "morningtea tea 42");
        assert_eq!(
            told,
            "/tags/0 is morningtea there; /tags/2 left out: tea is there already; /tags/3 left out: nothing of it can be in a tag there; \
             /tags/5 left out: it has 15 characters, and a tag has at most 12"
        );
        assert_eq!(spelt(Spelt::Hash, 9).0, "MorningTea tea Tea 日本");
        assert_eq!(spelt(Spelt::Slug, 1).0, "morning-tea");
        assert_eq!(spelt(Spelt::Free, 9).0, "Morning Tea tea Tea 日本 42");
    }
}
