//! A text without what hides its words: case, accents, invisible characters, fancy forms of letters.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folds a text. Compatibility forms (full width, circled, mathematical) become plain letters, letters
/// lose case and accents, and characters that nobody sees are gone.
pub(super) fn fold(text: &str) -> Vec<char> {
    let visible = text.chars().filter(|c| !invisible(*c)).map(boxed);
    let decomposed = visible.nfkd().filter(|c| !invisible(*c) && !accent(*c));
    let lower = decomposed.flat_map(char::to_lowercase).filter(|c| !accent(*c));
    lower.flat_map(|c| ligature(c).chars().chain(ligature(c).is_empty().then_some(c))).collect()
}

/// Whether a word is made of it: letters, digits, and the marks that some scripts write vowels with.
pub(super) fn in_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Whether it belongs to a script that puts no spaces between words.
pub(super) fn unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' // Thai, Lao
        | '\u{1000}'..='\u{109f}' // Myanmar
        | '\u{1100}'..='\u{11ff}' // Hangul, decomposed: particles are attached
        | '\u{1780}'..='\u{17ff}' // Khmer
        | '\u{3040}'..='\u{30ff}' // kana
        | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' // Han
    )
}

/// Zero-width characters, direction controls, variation selectors, tags, fillers, soft hyphens.
fn invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    ) || (c.is_control() && !c.is_whitespace())
}

/// Marks that are put on letters. The vowel signs of Indic scripts and the voicing marks of kana are
/// parts of words and stay.
fn accent(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
    )
}

/// The letter in a box or on a flag, which compatibility decomposition leaves alone.
fn boxed(c: char) -> char {
    let letter = |first: u32| char::from(b'a' + ((c as u32 - first) % 26) as u8);
    match c {
        '\u{1f150}'..='\u{1f169}' => letter(0x1f150),
        '\u{1f170}'..='\u{1f189}' => letter(0x1f170),
        '\u{1f1e6}'..='\u{1f1ff}' => letter(0x1f1e6),
        other => other,
    }
}

/// Letters with strokes and ligatures, as they are usually spelled without; empty for all others.
fn ligature(c: char) -> &'static str {
    match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ŧ' => "t",
        'ı' => "i",
        'ŋ' => "n",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(fold(text).into_iter().collect::<String>(), expected);
    }

    #[test]
    fn nothing_hides_a_word() {
        check("BAD", "bad");
        check("bÁd", "bad");
        check("b\u{0301}\u{0323}a\u{20dd}d", "bad");
        check("ｂａｄ", "bad");
        check("𝓫𝓪𝓭", "bad");
        check("ⓑⓐⓓ", "bad");
        check("🅱🅰🅳", "bad");
        check("🇧🇦🇩", "bad");
        check("b\u{200b}a\u{2060}d\u{feff}", "bad");
        check("\u{202e}bad\u{202c}", "bad");
        check("b\u{ad}a\u{e0061}d\u{fe0f}", "bad");
        check("STRAßE Łódź İstanbul Æther", "strasse lodz istanbul aether");
        check("a\u{a0}b\u{3000}c", "a b c");
    }

    #[test]
    fn marks_that_are_parts_of_words_stay() {
        assert_eq!(fold("バカ").len(), 3, "the voicing mark tells バ from ハ");
        check("हिन्दी", "हिन्दी");
    }
}
