//! Forms of many generated posts: limits are never exceeded, nothing is cut apart, facets point at their text.

mod forms;

use super::able::{Links, Text};
use super::*;
use crate::id::{AssetId, JobId};
use crate::time::Time;
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// How many posts are generated.
const CASES: u64 = 10_000;

/// Numbers that look drawn, the same each time.
struct Drawn(u64);

impl Drawn {
    fn next(&mut self, below: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % below.max(1)
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.next(of.len())]
    }
}

const WORDS: &[&str] = &[
    "tea",
    "morning",
    "a",
    "I",
    "Grüße",
    "naïve",
    "e\u{301}te\u{301}",
    "日本語のお茶を飲みました",
    "喝茶",
    "한국어",
    "ไทยแลนด์",
    "नमस्ते",
    "क्षत्रिय",
    "مرحبا",
    "שלום",
    "Ελληνικά",
    "чай",
    "Z͑ͫ̓a͑l",
    "x\u{200d}y",
    "\u{200b}",
    "ﬃ",
    "co-op",
    "don’t",
    "3.14",
    "e.g.",
    "U.S.",
    "example.com",
    "(so",
    "so)",
    "—",
    "…",
    "«oui»",
    "1,000",
];
const EMOJI: &[&str] = &[
    "😀",
    "👨‍👩‍👧‍👦",
    "👩🏽‍🔬",
    "🇩🇪",
    "🇯🇵🇺🇸",
    "❤️",
    "4️⃣",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "🐻\u{200d}🐸",
    "☕",
    "🫖",
    "©️",
    "\u{1f3fd}",
];
const ENDS: &[&str] = &[". ", "! ", "? ", "。", ", ", " ", " ", " ", "\n\n", "; ", "… ", "\n"];

fn text(drawn: &mut Drawn) -> String {
    let mut text = String::new();
    for _ in 0..drawn.next(90) {
        match drawn.next(14) {
            0 => text.push_str(drawn.one(EMOJI)),
            1 => text.push_str(&url(drawn)),
            2 => text.push_str(&format!("#{}", drawn.one(WORDS))),
            3 => text.push_str(&format!(
                "[{} {}]({})",
                drawn.one(WORDS),
                drawn.one(EMOJI),
                url(drawn)
            )),
            4 => text.push_str(&format!("[@{}](did:plc:ann)", drawn.one(WORDS))),
            5 => text.push(char::from_u32(drawn.next(0x3_0000) as u32).unwrap_or('x')),
            _ => text.push_str(drawn.one(WORDS)),
        }
        text.push_str(drawn.one(ENDS));
    }
    text
}

fn url(drawn: &mut Drawn) -> String {
    let path =
        drawn.one(&["", "/", "/a/b?c=d&e=f#g", "/wiki/茶_(飲み物)", "/x.html", "/tea,and,more"]);
    let long = if drawn.next(12) == 0 { "/long".repeat(drawn.next(90)) } else { String::new() };
    format!("https://{}.example.com{path}{long}", drawn.one(&["a", "blog", "shop"]))
}

fn post(drawn: &mut Drawn) -> Content {
    let some = |drawn: &mut Drawn, text: String| (drawn.next(2) == 0).then_some(text);
    let tags = (0..drawn.next(6)).map(|_| drawn.one(WORDS).to_owned()).collect();
    let canonical = url(drawn);
    let embed = Embed { kind: EmbedKind::Video, url: url(drawn), title: None };
    Content {
        title: Some(format!("{} {}", drawn.one(WORDS), drawn.one(EMOJI))),
        body: text(drawn),
        summary: some(drawn, "A short one.".into()),
        tags,
        embeds: (0..drawn.next(2)).map(|_| embed.clone()).collect(),
        canonical_url: some(drawn, canonical),
        language: Some(drawn.one(&["en", "de", "ja"]).into()),
        ..Content::default()
    }
}

fn made(target: &str, content: &Content, ai: bool, settings: &Map<String, Value>) -> Form {
    let making = Making { id: "pub_0123456789abcdef", shape: &|_| None, ai, settings };
    form(Able::of(target).unwrap(), content, &making).unwrap()
}

#[test]
fn of_ten_thousand_posts_no_limit_is_exceeded_nothing_is_cut_and_facets_point_at_their_text() {
    let mut drawn = Drawn(7);
    let mut seen = [0; 3];
    let alone = serde_json::json!({ "thread": false }).as_object().unwrap().clone();
    for case in 0..CASES {
        let content = post(&mut drawn);
        let target = ["x", "bluesky", "mastodon", "linkedin"][case as usize % 4];
        let settings = if drawn.next(2) == 0 { Map::new() } else { alone.clone() };
        let form = made(target, &content, drawn.next(2) == 0, &settings);
        let able = Able::of(target).unwrap();
        fits(able, &content, &form);
        if target != "linkedin" {
            nothing_is_cut(able, &content, &form);
        }
        facets(able, &form, &mut seen);
    }
    assert!(seen.iter().all(|so_many| 100 < *so_many), "{seen:?}");
}

/// No text is longer than its target takes.
fn fits(able: &Able, content: &Content, form: &Form) {
    let Text::Short { count, most, thread, .. } = able.text else { unreachable!() };
    assert!(form.pieces.len() <= thread && !form.pieces.is_empty());
    for piece in &form.pieces {
        // What is escaped already is as long as it is.
        let fits = match count {
            able::Count::Little => piece.text.chars().count() <= most,
            count => count.fits(&piece.text, most),
        };
        assert!(fits, "{} of {content:?}", piece.text);
    }
}

/// No address and no grapheme is cut.
fn nothing_is_cut(able: &Able, content: &Content, form: &Form) {
    let body =
        super::rich::Rich::of(&content.body.nfc().collect::<String>(), able.target == "bluesky");
    let below = content.canonical_url.iter().chain(content.embeds.iter().map(|embed| &embed.url));
    let whole: Vec<&str> = super::atoms::urls(&body.text)
        .into_iter()
        .map(|url| &body.text[url])
        .chain(below.map(String::as_str))
        .collect();
    // Of what is in the body, each piece is a part between two graphemes.
    let ends: Vec<usize> =
        body.text.grapheme_indices(true).map(|(at, _)| at).chain([body.text.len()]).collect();
    for piece in &form.pieces {
        for url in super::atoms::urls(&piece.text) {
            let url = &piece.text[url];
            assert!(whole.contains(&url), "{url} of {whole:?}");
        }
        let start = piece.text.split(['…', '\n']).next().unwrap_or_default().trim_end();
        let found: Vec<usize> = body.text.match_indices(start).map(|(at, _)| at).collect();
        let whole = |at: &usize| {
            ends.binary_search(at).is_ok() && ends.binary_search(&(at + start.len())).is_ok()
        };
        // What could not be sent at all was taken out before.
        let said = form.changed.iter().any(|note| note.what.contains("too long for a text"));
        assert!(
            said || found.is_empty() || found.iter().any(whole),
            "{start:?} of {:?}",
            body.text
        );
    }
}

/// Facets point at their text.
fn facets(able: &Able, form: &Form, seen: &mut [u32; 3]) {
    let Text::Short { links, .. } = able.text else { unreachable!() };
    for piece in &form.pieces {
        assert!(links == Links::Facets || piece.facets.is_empty());
        let mut last = 0;
        for facet in &piece.facets {
            assert!(last <= facet.start && facet.start < facet.end, "{facet:?} of {piece:?}");
            last = facet.end;
            let text = &piece.text[facet.start..facet.end];
            assert_eq!(text.trim(), text, "{facet:?}");
            match &facet.feature {
                Feature::Tag { tag } => {
                    assert_eq!(text, format!("#{tag}"));
                    seen[0] += 1;
                }
                Feature::Link { url } if text.starts_with("https://") => {
                    assert!(url == text || url.starts_with("https://"), "{url} {text}");
                    seen[1] += 1;
                }
                Feature::Link { url } => assert!(url.starts_with("https://"), "{url}"),
                Feature::Mention { did } => {
                    assert!(text.starts_with('@') && did == "did:plc:ann", "{text}");
                    seen[2] += 1;
                }
            }
        }
    }
}

#[test]
fn what_is_shortened_ends_at_a_sentence_or_a_word() {
    let body = "One two three. ".repeat(40);
    let alone = serde_json::json!({ "thread": false }).as_object().unwrap().clone();
    let content = Content { body: body.clone(), ..Content::default() };
    let short = made("x", &content, false, &alone);
    assert!(short.pieces[0].text.ends_with("three."), "{:?}", short.pieces);
    assert_eq!(short.changed[0].what, "is shortened to the 280 that X takes");
    let content = Content { body: "wording ".repeat(60), ..Content::default() };
    let short = made("x", &content, false, &alone);
    assert!(short.pieces[0].text.ends_with("wording…"), "{:?}", short.pieces);
    let content = Content { body: "日本".repeat(200), ..Content::default() };
    let short = made("x", &content, false, &alone);
    assert_eq!(short.pieces[0].text.chars().count(), 140, "{:?}", short.pieces);
    let address =
        format!("{} https://a.example.com/{} end of it", "word ".repeat(51), "x".repeat(99));
    let content = Content { body: address, ..Content::default() };
    let short = made("x", &content, false, &alone);
    assert!(short.pieces[0].text.ends_with("word…"), "{:?}", short.pieces);
}

#[test]
fn a_thread_says_all_of_it_in_order() {
    let mut drawn = Drawn(11);
    for _ in 0..500 {
        let content = Content { body: text(&mut drawn).replace('\u{0}', ""), ..Content::default() };
        let whole = super::rich::Rich::of(&content.body.nfc().collect::<String>(), true);
        if whole.text.is_empty() {
            continue;
        }
        let form = made("bluesky", &content, false, &Map::new());
        let dropped = form.changed.iter().any(|note| note.what.contains("too long for a text"));
        let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let said: String = form.pieces.iter().map(|piece| bare(&piece.text)).collect();
        assert!(dropped || said == bare(&whole.text), "{said}\n{}", whole.text);
    }
}

fn picture(place: u8) -> Medium {
    let asset = AssetId::new(&JobId::new(Time(0), [place; 10]), "cup", "1", 0);
    Medium { asset, alt: format!("Cup {place}"), caption: None, focal: Focal::default() }
}
