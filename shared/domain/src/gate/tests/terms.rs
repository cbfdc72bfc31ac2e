//! Terms against prompts: what must be found, and what must not.

use crate::gate::terms::{Pattern, Prompt};
use crate::gate::{Action, Judgement, Term, Verdict, prompt};

#[track_caller]
fn check(term: &str, text: &str, expected: bool) {
    let pattern = Pattern::of(term).unwrap();
    assert_eq!(Prompt::new(text).has(&pattern), expected, "{term:?} in {text:?}");
}

#[test]
fn dressed_up_terms_are_found() {
    for text in [
        "gore",
        "a scene with Gore, please",
        "GORE",
        "gore!",
        "(gore)",
        "\u{201c}gore\u{201d}",
        "no_gore_here",
        "beach/gore/sea",
        "göre",
        "gòřé",
        "g\u{0336}o\u{0336}r\u{0336}e\u{0336}",
        "ｇｏｒｅ",
        "𝖌𝖔𝖗𝖊",
        "ⓖⓞⓡⓔ",
        "🅶🅾🆁🅴",
        "🅖🅞🅡🅔",
        "🇬🇴🇷🇪",
        "ɢᴏʀᴇ",
        "go\u{200b}re",
        "g\u{200d}o\u{2060}r\u{feff}e",
        "\u{202e}gore\u{202c}",
        "go\u{ad}re",
        "g\u{e0061}ore",
        "gоrе", // Cyrillic о and е
        "gοrε", // Greek ο and ε
        "ցօre", // Armenian ց and օ
        "g0re",
        "g0r3",
        "9or3",
        "g.o.r.e",
        "g-o-r-e",
        "g*re",
        "g**e",
        "g o r e",
        "g  o\tr\ne",
        "a g o r e b",
        "g. o. r. e.",
        "G 0 R E",
        "gooore",
        "GOOOORRRRE",
        "go.re",
        "g💀ore",
    ] {
        check("gore", text, true);
    }
    for (term, text) in [
        ("kill", "k!ll"),
        ("kill", "ki||"),
        ("kill", "k1ll them"),
        ("kill", "kiiill"),
        ("ass", "a$$"),
        ("ass", "a55"),
        ("bad", "b@d"),
        ("bad", "8ad"),
        ("Böse", "BOSE"),
        ("BOSE", "böse"),
        ("strasse", "Straße"),
        ("Straße", "STRASSE"),
        ("kill all", "Kill   all"),
        ("kill all", "kill\nall"),
        ("kill all", "kill-all"),
        ("kill all", "kill, all"),
        ("kill all", "k1ll @ll"),
        ("kill all", "k i l l  a l l"),
        ("kill all", "k.i.l.l a.l.l"),
        ("ac/dc", "a band like AC/DC on stage"),
        ("рот", "РОТ крупным планом"),
        ("рот", "poт"), // Latin p and o
        ("pot", "рот"), // all Cyrillic: a look-alike is a look-alike
        ("爆弾", "彼は爆弾を作る"),
        ("バカ", "このバカ者"),
        ("ระเบิด", "ทำระเบิดเวลา"),
        ("हत्या", "एक हत्या का दृश्य"),
        ("قتل", "مشهد قَتْل"),
        ("🍆", "a still life with 🍆🍑"),
        ("1488", "1488"),
        ("up", "u p"),
        ("18+", "18"),
    ] {
        check(term, text, true);
    }
}

#[test]
fn innocents_pass() {
    for (term, text) in [
        ("ass", "a classic glass in the grass at Assam"),
        ("ass", "Assassin, bass, embassy, passage"),
        ("cock", "a peacock and a cockpit over Cockermouth"),
        ("dick", "Dickens reads in Dickleburgh"),
        ("sex", "Essex, Sussex, Middlesex and a sextant"),
        ("hell", "hello, shell; Michelle's seashells"),
        ("tit", "a title, a titmouse, the Titanic"),
        ("gore", "gorgeous gorilla, category, Gorey, ignore"),
        ("penis", "Penistone, and a pen is on the table"),
        ("rapist", "a therapist"),
        ("the rapist", "a therapist at work"),
        ("therapist", "the rapist"),
        ("kill all", "kill the lights, all of them"),
        ("kill all", "all kill"),
        ("kill all", "skill allowed"),
        ("kill all", "killall"),
        ("ass", "455 cars in 1984"),
        ("gig", "919 balloons"),
        ("bee", "833"),
        ("is a", "this apple"),
        ("bad", "a b c d"),
        ("bad", "ba d"),
        ("bad", "Bagdad, badge, badminton"),
        ("god", "a good day"),
        ("bad", "I am sad!"),
        ("kitty", "hello kit!"),
        ("as", "a.s.a.p"),
        ("gore", "Gör en vacker bild"),
        ("1488", "14880 and 1,488.50"),
        ("🍆", "a still life with 🍑"),
        ("爆弾", "爆発と弾"),
        ("バカ", "ハカマ"),
        ("ete", "fete, petete"),
    ] {
        check(term, text, false);
    }
}

#[test]
fn a_sign_at_the_end_is_no_letter_that_is_missed() {
    check("kitty", "hello kitty!", true);
    check("kitty", "Kitty+friends", true);
    check("kitt", "hello kitt!", true);
    check("c", "a, b, c", true);
}

#[test]
fn what_cannot_be_seen_cannot_be_a_term() {
    assert_eq!(Pattern::of(" \u{200b}\u{301} "), None);
    assert_eq!(Pattern::of(""), None);
    let mut judgement = Judgement::new(&[]);
    let term = Term { term: "\u{200b}".into(), action: Action::Fail };
    prompt("the prompt", "anything", &[term], &mut judgement);
    assert_eq!(judgement.verdict, Verdict::Review, "fails closed");
}

#[test]
fn a_term_says_what_it_leads_to() {
    let terms: Vec<Term> =
        serde_json::from_str(r#"["gore", {"term": "knife", "action": "review"}, {"term": "gun"}]"#)
            .unwrap();
    for (text, expected) in [
        ("a kitchen", Verdict::Pass),
        ("a knife", Verdict::Review),
        ("a gun", Verdict::Fail),
        ("a knife and gore", Verdict::Fail),
    ] {
        let mut judgement = Judgement::new(&[]);
        prompt("the prompt", text, &terms, &mut judgement);
        assert_eq!(judgement.verdict, expected, "{text}");
        assert_eq!(judgement.scores["terms_compared"], 3);
    }
    let mut judgement = Judgement::new(&[]);
    prompt("the prompt", "a KN1FE and gore", &terms, &mut judgement);
    let expected = ["the prompt has the term \"gore\"", "the prompt has the term \"knife\""];
    assert_eq!(judgement.reasons, expected);
}

#[test]
fn a_long_prompt_and_a_long_list_are_looked_through() {
    let text = "lorem ipsum g0lor s!t amet ".repeat(80);
    let terms: Vec<Term> =
        (0..1000).map(|n| Term { term: format!("word{n} other"), action: Action::Fail }).collect();
    let mut judgement = Judgement::new(&[]);
    prompt("the prompt", &text, &terms, &mut judgement);
    assert_eq!(judgement.verdict, Verdict::Pass);
}
