//! Characters that look like others: letters of other scripts, digits and signs read as letters.
//!
//! The table is our own and deliberately small: what is commonly used to get a Latin word past a list.
//! It names folded characters, so neither capitals nor accents are in it.

/// Letters of other scripts by the Latin letter that they look like, most of them as small letters, a
/// few (в, н, т …) as small capitals.
const SCRIPTS: &[(char, &str)] = &[
    ('a', "аαɑᴀᗩ"),
    ('b', "вьβʙᗷ"),
    ('c', "сᴄ"),
    ('d', "ԁᴅɗᗪ"),
    ('e', "еεєэᴇɛ"),
    ('f', "ғꜰƒ"),
    ('g', "ɡɢցԍ"),
    ('h', "нһհʜ"),
    ('i', "іιɩɪ"),
    ('j', "јϳᴊ"),
    ('k', "кκᴋ"),
    ('l', "ӏʟɭ"),
    ('m', "мᴍ"),
    ('n', "пηոɴ"),
    ('o', "оοσօᴏ"),
    ('p', "рρᴘ"),
    ('q', "ԛգ"),
    ('r', "гяʀɾ"),
    ('s', "ѕꜱʂ"),
    ('t', "тτᴛ"),
    ('u', "υսᴜʋμ"),
    ('v', "νѵᴠ"),
    ('w', "ԝωᴡш"),
    ('x', "хχ"),
    ('y', "уγʏ"),
    ('z', "ᴢʐ"),
];

/// Digits and signs by the letters that they are read as.
const LEET: &[(char, &str)] = &[
    ('0', "o"),
    ('1', "il"),
    ('2', "z"),
    ('3', "e"),
    ('4', "a"),
    ('5', "s"),
    ('6', "g"),
    ('7', "t"),
    ('8', "b"),
    ('9', "g"),
    ('@', "a"),
    ('$', "s"),
    ('!', "i"),
    ('|', "il"),
    ('+', "t"),
    ('€', "e"),
    ('£', "l"),
    ('¥', "y"),
    ('¢', "c"),
    ('*', "abcdefghijklmnopqrstuvwxyz"),
];

/// The Latin letter that a letter of another script looks like.
fn latin(c: char) -> Option<char> {
    if c.is_ascii() {
        return None;
    }
    SCRIPTS.iter().find(|(_, others)| others.contains(c)).map(|(letter, _)| *letter)
}

/// What a digit or a sign may be read as; empty for all others.
pub(super) fn leet(c: char) -> &'static str {
    if c.is_alphabetic() {
        return "";
    }
    LEET.iter().find(|(sign, _)| *sign == c).map_or("", |(_, letters)| letters)
}

/// Whether a character of a text may stand for one of a term. Digits and signs are read as letters only
/// where `leet_too`.
pub(super) fn alike(text: char, term: char, leet_too: bool) -> bool {
    if text == term {
        return true;
    }
    let plain = latin(term).unwrap_or(term);
    latin(text).unwrap_or(text) == plain || (leet_too && leet(text).contains(plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::fold::fold;

    #[test]
    fn the_table_names_folded_characters_once() {
        let mut seen = String::new();
        for (_, others) in SCRIPTS {
            for other in others.chars() {
                assert!(!seen.contains(other), "{other} is there twice");
                assert_eq!(fold(&other.to_string()), [other]);
                seen.push(other);
            }
        }
    }

    #[test]
    fn looks_go_both_ways_and_digits_only_one() {
        assert!(alike('а', 'a', false) && alike('a', 'а', false) && alike('α', 'а', false));
        assert!(alike('4', 'a', true) && !alike('4', 'a', false) && !alike('a', '4', true));
        assert!(!alike('b', 'd', true));
    }
}
