//! How long texts are, against what X and others say of them.

use super::*;

#[test]
fn x_counts_letters_of_europe_once_and_those_of_asia_twice() {
    for (text, length) in [
        ("", 0),
        ("Hello, world! 👋", 16),
        ("Grüß Gott — “so” it’s…", 23),
        ("日本語", 6),
        ("한국어", 6),
        ("e\u{301}", 1),
        ("\u{1100}\u{1161}", 2),
        ("ไทย", 3),
    ] {
        assert_eq!(weighted(text), length, "{text}");
    }
}

#[test]
fn x_counts_an_emoji_as_two_whatever_it_is_made_of() {
    for emoji in ["😷", "👨‍👩‍👧‍👦", "👩🏽‍🔬", "🇩🇪", "❤️", "4️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "☺"]
    {
        assert_eq!(weighted(emoji), 2, "{emoji}");
        assert_eq!(weighted(&format!("a{emoji}b")), 4, "{emoji}");
    }
    assert_eq!(weighted("4"), 1);
    // A sequence that nobody recommends is counted by its parts.
    assert_eq!(weighted("🐻\u{200d}🐸"), 5);
}

#[test]
fn x_counts_an_address_as_23_however_long_it_is() {
    let long = format!("https://example.com/{}", "a".repeat(400));
    for url in ["https://t.co", "http://example.com/a?b=c#d", &long] {
        assert_eq!(weighted(url), 23, "{url}");
        assert_eq!(weighted(&format!("({url}), see")), 23 + 7, "{url}");
    }
    assert_eq!(weighted("https://example.com/茶"), 23 + 2);
    assert_eq!(weighted("example.com"), 23, "it may be taken for one");
    assert_eq!(weighted("3.14 e.g. me"), 12);
}

#[test]
fn bluesky_counts_graphemes_and_bytes_besides() {
    let count = Count::Graphemes { bytes: Some(3000), url: None };
    assert_eq!(count.of("👨‍👩‍👧‍👦é"), 2);
    assert!(count.fits(&"a".repeat(300), 300) && !count.fits(&"a".repeat(301), 300));
    assert!(!count.fits(&"👨‍👩‍👧‍👦".repeat(200), 300), "25 bytes each");
}

#[test]
fn mastodon_counts_an_address_as_23() {
    let count = Count::Graphemes { bytes: None, url: Some(23) };
    assert_eq!(count.of("see https://a.example/with/a/very/long/path/indeed."), 4 + 23 + 1);
    assert_eq!(count.of("https://a.b"), 23);
}

#[test]
fn linkedin_counts_what_is_sent() {
    assert_eq!(Count::Little.of("a (b)"), 7);
}
