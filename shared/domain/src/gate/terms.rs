//! Terms in a prompt: which of a list's words and phrases it has, however they are dressed up.
//!
//! Both sides are folded first (case, accents, invisible characters, fancy letters). Then
//! - a word is found as a whole word only: `ass` is not in `class`;
//! - a phrase is found as its words in a row, whatever signs or line ends are between them;
//! - signs within a word do not part it (`b.a.d`, `b@d`, `b*d`), nor do spaces between single letters
//!   (`b a d`), nor does a letter repeated three times or more (`baaad`);
//! - letters of other scripts match the Latin letters they look like, and the other way round;
//! - digits and signs are read as letters where there is a letter beside them: `h3ll`, but not `1984`;
//! - in scripts that put no spaces between words, a term is found anywhere;
//! - a term without letters and digits, such as a sign or an emoji, is found anywhere.

use super::alike::{alike, leet};
use super::fold::{fold, in_word, unspaced};

/// A term, folded and ready to be looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// These words in a row.
    Words(Vec<Vec<char>>),
    /// These letters in a row, wherever they are.
    Letters(Vec<char>),
    /// These signs in a row.
    Signs(Vec<char>),
}

impl Pattern {
    /// The pattern of a term; none where nothing of it can be seen.
    pub(crate) fn of(term: &str) -> Option<Self> {
        let folded = fold(term);
        let words: Vec<Vec<char>> = split(&folded, |c| !in_word(c)).map(<[char]>::to_vec).collect();
        let signs: Vec<char> = folded.into_iter().filter(|c| !c.is_whitespace()).collect();
        match words.concat() {
            letters if letters.iter().any(|c| unspaced(*c)) => Some(Self::Letters(letters)),
            letters if !letters.is_empty() => Some(Self::Words(words)),
            _ if !signs.is_empty() => Some(Self::Signs(signs)),
            _ => None,
        }
    }
}

/// A piece of a prompt, and whether digits in it are read as letters.
#[derive(Debug)]
struct Piece {
    chars: Vec<char>,
    leet: bool,
}

/// A prompt, folded and cut in every way in which a word may be hidden in it.
#[derive(Debug)]
pub(crate) struct Prompt {
    /// Cut at every sign; at signs that are not read as letters; at spaces only.
    cuts: [Vec<Piece>; 3],
    /// Letters that stand alone, as runs.
    spelled: Vec<Vec<char>>,
    letters: Vec<char>,
    signs: Vec<char>,
}

impl Prompt {
    pub(crate) fn new(text: &str) -> Self {
        let folded = fold(text);
        let mut cuts: [Vec<Piece>; 3] = Default::default();
        for chunk in split(&folded, char::is_whitespace) {
            let leet_too = chunk.iter().any(|c| c.is_alphabetic());
            let piece = |chars: &[char]| Piece { chars: chars.to_vec(), leet: leet_too };
            cuts[0].extend(split(chunk, |c| !in_word(c)).map(piece));
            cuts[1].extend(split(chunk, parts).map(piece));
            cuts[2].push(piece(chunk));
        }
        let spelled = spelled(&cuts[1]);
        Self {
            spelled,
            cuts,
            letters: folded.iter().copied().filter(|c| in_word(*c)).collect(),
            signs: folded.into_iter().filter(|c| !c.is_whitespace()).collect(),
        }
    }

    /// Whether the prompt has the term.
    pub(crate) fn has(&self, pattern: &Pattern) -> bool {
        let within = |text: &[char], sought: &[char]| {
            text.windows(sought.len()).any(|window| window == sought)
        };
        match pattern {
            Pattern::Letters(sought) => within(&self.letters, sought),
            Pattern::Signs(sought) => within(&self.signs, sought),
            Pattern::Words(words) => {
                let here = |pieces: &[Piece]| {
                    pieces.iter().zip(words).all(|(piece, word)| spells(piece, word))
                };
                self.cuts.iter().any(|cut| cut.windows(words.len()).any(here))
                    || self.spells_out(&words.concat())
            }
        }
    }

    fn spells_out(&self, term: &[char]) -> bool {
        let here = |letters: &[char]| {
            let leet = letters.iter().any(|c| c.is_alphabetic());
            letters.iter().zip(term).all(|(text, term)| alike(*text, *term, leet))
        };
        // Two letters in a longer run are more often a part of an abbreviation.
        let fits = |run: &&Vec<char>| 2 < term.len() || run.len() == term.len();
        1 < term.len()
            && self.spelled.iter().filter(fits).any(|run| run.windows(term.len()).any(here))
    }
}

/// Signs that part a piece from the next; those that may be read as letters do not.
fn parts(c: char) -> bool {
    !in_word(c) && leet(c).is_empty()
}

fn split(text: &[char], at: impl Fn(char) -> bool) -> impl Iterator<Item = &[char]> {
    text.split(move |c| at(*c)).filter(|piece| !piece.is_empty())
}

/// The runs of two and more pieces that are a single letter.
fn spelled(pieces: &[Piece]) -> Vec<Vec<char>> {
    let runs = pieces.split(|piece| piece.chars.len() != 1).filter(|run| 1 < run.len());
    runs.map(|run| run.iter().map(|piece| piece.chars[0]).collect()).collect()
}

/// Whether a piece is this word from end to end. Signs in it may be letters or nothing.
fn spells(piece: &Piece, word: &[char]) -> bool {
    let chars = &piece.chars;
    // After each character: which lengths of the word may have been spelled.
    let mut reached = vec![false; word.len() + 1];
    reached[0] = true;
    for (place, text) in chars.iter().enumerate() {
        let mut next = vec![false; word.len() + 1];
        for done in (0..=word.len()).filter(|done| reached[*done]) {
            let sign = !in_word(*text);
            let stretched = 0 < done
                && text.is_alphabetic()
                && repeated(chars, place)
                && alike(*text, word[done - 1], piece.leet);
            if sign || stretched {
                next[done] = true;
            }
            if word.get(done).is_some_and(|term| alike(*text, *term, piece.leet)) {
                next[done + 1] = true;
            }
        }
        reached = next;
    }
    reached[word.len()]
}

/// Whether a character stands in a run of three or more.
fn repeated(chars: &[char], place: usize) -> bool {
    let same = |other: &&char| **other == chars[place];
    let before = chars[..place].iter().rev().take_while(same).count();
    let after = chars[place..].iter().take_while(same).count();
    2 < before + after
}
