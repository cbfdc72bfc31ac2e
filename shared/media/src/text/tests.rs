use super::*;

fn text(words: &str) -> Text {
    Text {
        text: words.into(),
        size: 40,
        weight: Weight::Regular,
        align: Align::Left,
        width: None,
        color: Color::BLACK,
    }
}

#[track_caller]
fn drawn(text: &Text) -> Mask {
    draw(text, 10_000_000).unwrap()
}

fn refusal(text: &Text) -> String {
    draw(text, 10_000_000).err().map(|error| error.to_string()).unwrap_or_default()
}

/// First and last column and row that hold ink.
fn ink(mask: &Mask) -> Option<[usize; 4]> {
    let width = mask.width as usize;
    let places = || mask.alpha.iter().enumerate().filter(|(_, a)| **a > 0).map(|(at, _)| at);
    let (left, right) =
        (places().map(|at| at % width).min()?, places().map(|at| at % width).max()?);
    Some([left, right, places().next()? / width, places().next_back()? / width])
}

fn amount(mask: &Mask) -> u64 {
    mask.alpha.iter().map(|alpha| u64::from(*alpha)).sum()
}

#[test]
fn words_leave_ink_inside_their_box() {
    for weight in [Weight::Regular, Weight::Bold] {
        let mask = drawn(&Text {
            weight, ..text("Frühling in Ægypten – Ångström, žluťoučký kůň")
        });
        let [left, right, top, bottom] = ink(&mask).unwrap();
        assert!(left < 8 && mask.width as usize - right < 8, "{left} {right} of {}", mask.width);
        assert!(0 < top && bottom + 1 < mask.height as usize, "{top} {bottom} of {}", mask.height);
    }
}

#[test]
fn a_filled_sign_covers_what_its_outline_encloses() {
    // U+2588 is a full block where the font has it; an underscore is a plain bar in any font.
    let mask = drawn(&Text { size: 400, ..text("_") });
    let [left, right, top, bottom] = ink(&mask).unwrap();
    let inside = ((right - left - 1) * (bottom - top - 1)) as f64;
    let ratio = amount(&mask) as f64 / 255.0 / inside;
    assert!((0.95..1.1).contains(&ratio), "{ratio}");
}

#[test]
fn an_o_has_a_hole() {
    let mask = drawn(&Text { size: 200, ..text("o") });
    let [left, right, top, bottom] = ink(&mask).unwrap();
    let middle = (top + bottom) / 2 * mask.width as usize + (left + right) / 2;
    assert_eq!(mask.alpha[middle], 0);
    assert_eq!(mask.alpha.iter().max(), Some(&255));
}

#[test]
fn accents_are_drawn_however_they_are_spelt() {
    let (plain, whole, parts) = (drawn(&text("e")), drawn(&text("é")), drawn(&text("e\u{301}")));
    assert!(amount(&plain) < amount(&whole));
    assert!(whole.alpha == parts.alpha, "composed and decomposed look alike");
    assert!(ink(&whole).unwrap()[2] < ink(&plain).unwrap()[2], "the accent is above");
}

#[test]
fn bold_is_more_ink_and_twice_the_size_four_times_as_much() {
    let plain = amount(&drawn(&text("Spring sale"))) as f64;
    assert!(
        plain * 1.2 < amount(&drawn(&Text { weight: Weight::Bold, ..text("Spring sale") })) as f64
    );
    let double = amount(&drawn(&Text { size: 80, ..text("Spring sale") })) as f64;
    assert!((3.8..4.2).contains(&(double / plain)), "{}", double / plain);
}

#[test]
fn pairs_of_letters_are_kerned() {
    let width = |words| drawn(&Text { size: 200, ..text(words) }).width;
    assert!(width("AV") < width("A") + width("V"));
}

#[test]
fn lines_break_between_words_and_where_the_text_says() {
    let height = |words: &str, width| drawn(&Text { width, ..text(words) }).height;
    let one = height("one two three", None);
    assert_eq!(height("one two three", Some(400)), one);
    assert_eq!(height("one two three", Some(160)), one + 48);
    assert_eq!(height("one two three", Some(100)), one + 96);
    let together = refusal(&Text { width: Some(100), ..text("one two\u{a0}three") });
    assert!(together.starts_with("the word \"two"), "{together}");
    assert_eq!(height("one\ntwo three\n", None), one + 48);
    assert_eq!(height("one\n\nthree", None), one + 96, "an empty line is a line");
}

#[test]
fn short_lines_stand_where_they_are_asked_to() {
    let left = |align| {
        let mask = drawn(&Text { align, width: Some(400), ..text("mm") });
        assert_eq!(mask.width, 400);
        ink(&mask).unwrap()[0]
    };
    let (start, middle, end) = (left(Align::Left), left(Align::Center), left(Align::Right));
    assert!(start < 8 && (160..180).contains(&middle) && 320 < end, "{start} {middle} {end}");
}

#[test]
fn the_same_words_are_the_same_pixels() {
    assert!(drawn(&text("Twice is once")).alpha == drawn(&text("Twice is once")).alpha);
}

#[test]
fn japanese_is_drawn_with_its_own_font_and_broken_between_its_signs() {
    for weight in [Weight::Regular, Weight::Bold] {
        let one = drawn(&Text { weight, ..text("丘の上の赤い凧 Kite") });
        assert!(40 * 7 < one.width && 0 < amount(&one), "{}", one.width);
        let broken = Text { weight, width: Some(130), ..text("丘の上の赤い凧、春") };
        assert!(
            2 * drawn(&text("丘")).height < drawn(&broken).height,
            "three lines of three signs"
        );
    }
    let latin = drawn(&text("Kite"));
    let mixed = drawn(&text("Kite凧"));
    assert!(latin.width < mixed.width);
}

#[test]
fn what_cannot_be_drawn_is_told() {
    let cases = [
        (
            text("凧とKiteと鱻"),
            "the fonts have no sign for 鱻 (U+9C7B): change the text, its size or its width",
        ),
        (text(" \n "), "text cannot be empty: it must be something to draw"),
        (text(&"m".repeat(501)), "text cannot be 501 characters long: it must be 500 or fewer"),
        (Text { size: 3, ..text("m") }, "size cannot be 3: it must be from 4 to 1000 pixels"),
        (
            Text { width: Some(60), ..text("a Donaudampfschiff") },
            "the word \"Donaudampfschiff\" is 309 pixels wide and its box 60: change the text, its size or its width",
        ),
        (
            Text { size: 1_000, ..text(&"m".repeat(400)) },
            "the text's box cannot be 331600x1257: it must be within the pixels that are drawn",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refusal(&text), expected);
    }
}
