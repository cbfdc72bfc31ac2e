//! Where lines may be broken: at gaps, and between the signs of scripts that have none.

/// The pieces of a paragraph that stay together, each with whether a gap stands before it.
pub(super) fn pieces(paragraph: &str) -> Vec<(&str, bool)> {
    let mut found = Vec::new();
    for word in paragraph.split(is_gap).filter(|word| !word.is_empty()) {
        let mut start = 0;
        let mut apart = true;
        let mut signs = word.char_indices().peekable();
        while let Some((_, sign)) = signs.next() {
            let Some(&(next_place, next)) = signs.peek() else { break };
            let between = is_wide(sign) || is_wide(next);
            if between && !OPENS.contains(sign) && !clings(next) {
                found.push((&word[start..next_place], apart));
                (start, apart) = (next_place, false);
            }
        }
        found.push((&word[start..], apart));
    }
    found
}

/// Where a line may be broken; typographers write the other spaces to keep words together.
pub(super) fn is_gap(sign: char) -> bool {
    sign.is_whitespace() && !matches!(sign, '\u{a0}' | '\u{202f}')
}

/// Kana, kanji and full-width forms: written without gaps.
fn is_wide(sign: char) -> bool {
    matches!(sign, '\u{3000}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ff60}')
}

/// Signs that do not end a line.
const OPENS: &str = "「『（【〈《〔［｛([{“‘";

/// Whether a sign does not begin a line: closing marks, small kana, the long vowel.
fn clings(sign: char) -> bool {
    "、。，．・：；？！」』）】〉》〕］｝)]},.:;?!”’ー〜…々ゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ".contains(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_and_japanese_is_broken_between_its_signs() {
        let shown = |text: &str| {
            let pieces = pieces(text).into_iter();
            pieces
                .map(|(piece, apart)| format!("{}{piece}", if apart { " " } else { "|" }))
                .collect::<String>()
        };
        assert_eq!(shown("a red  kite"), " a red kite");
        assert_eq!(shown("100\u{a0}km far"), " 100\u{a0}km far");
        assert_eq!(shown("空を、飛ぶ「凧」。"), " 空|を、|飛|ぶ|「凧」。");
        assert_eq!(shown("キャッチ Kite凧!"), " キャッ|チ Kite|凧!");
    }
}
