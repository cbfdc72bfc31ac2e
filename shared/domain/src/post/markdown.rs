//! Markdown read and written: as HTML in which nothing runs, or as Markdown with its media in place.

use super::form::Body;
use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, html};
use std::ops::Range;

/// What of Markdown is understood.
fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS
}

/// The events of a text; raw HTML is left out, and what is within it stays.
pub(super) fn events(text: &str) -> Vec<Event<'_>> {
    let raw = |event: &Event<'_>| {
        matches!(
            event,
            Event::Html(_)
                | Event::InlineHtml(_)
                | Event::Start(Tag::HtmlBlock)
                | Event::End(TagEnd::HtmlBlock)
        )
    };
    Parser::new_ext(text, options()).filter(|event| !raw(event)).collect()
}

/// Whether a text has raw HTML in it.
pub(super) fn has_html(text: &str) -> bool {
    Parser::new_ext(text, options())
        .any(|event| matches!(event, Event::Html(_) | Event::InlineHtml(_)))
}

/// Whether an address may be followed by who reads it.
pub(super) fn is_web(url: &str) -> bool {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https" | "mailto"))
}

/// The media that a text shows itself, by their places.
pub(super) fn shown(text: &str) -> Vec<usize> {
    let place = |event| match event {
        Event::Start(Tag::Image { dest_url, .. }) => medium(&dest_url),
        _ => None,
    };
    events(text).into_iter().filter_map(place).collect()
}

/// The place of a medium that an address such as `media:0` names.
fn medium(url: &str) -> Option<usize> {
    url.strip_prefix("media:")?.parse().ok()
}

/// Where the media of a text are among those that the form has; none where the form left one out.
pub(super) type Places<'a> = &'a dyn Fn(usize) -> Option<usize>;

/// As HTML. Addresses that could run something are left out, and pictures of elsewhere stay where they are.
pub(super) fn html(text: &str, places: Places<'_>) -> String {
    let mut dropped = 0_usize;
    let kept = events(text).into_iter().filter_map(|event| match event {
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let dest_url =
                if is_web(&dest_url) || is_relative(&dest_url) { dest_url } else { "".into() };
            Some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            let Some(dest_url) = picture(&dest_url, places) else {
                dropped += 1;
                return None;
            };
            Some(Event::Start(Tag::Image { link_type, dest_url, title, id }))
        }
        Event::End(TagEnd::Image) if 0 < dropped => {
            dropped -= 1;
            None
        }
        _ if 0 < dropped => None,
        other => Some(other),
    });
    let mut out = String::new();
    html::push_html(&mut out, kept);
    out
}

/// A path, or a place in the same text.
fn is_relative(url: &str) -> bool {
    (url.starts_with('/') && !url.starts_with("//")) || url.starts_with('#')
}

fn picture(url: &str, places: Places<'_>) -> Option<CowStr<'static>> {
    match medium(url) {
        Some(place) => places(place).map(|place| Body::place(place).into()),
        None => url.starts_with("https://").then(|| url.to_owned().into()),
    }
}

/// As Markdown: the author's own, its media in place and raw HTML left out.
pub(super) fn markdown(text: &str, places: Places<'_>) -> String {
    let mut changes: Vec<(Range<usize>, String)> = Vec::new();
    for (event, range) in Parser::new_ext(text, options()).into_offset_iter() {
        match event {
            Event::Start(Tag::Image { dest_url, .. }) => {
                let Some(wanted) = medium(&dest_url) else { continue };
                match places(wanted) {
                    Some(place) => {
                        let source = &text[range.clone()];
                        let new = source.replacen(
                            &format!("(media:{wanted}"),
                            &format!("({}", Body::place(place)),
                            1,
                        );
                        changes.push((range, new));
                    }
                    None => changes.push((range, String::new())),
                }
            }
            Event::Start(Tag::Link { link_type: LinkType::Inline, ref dest_url, .. })
                if !is_web(dest_url) && !is_relative(dest_url) =>
            {
                let source = &text[range.clone()];
                let words = source.split_once("](").map_or(source, |(words, _)| words);
                changes.push((range.clone(), words.trim_start_matches('[').to_owned()));
            }
            Event::Html(_) | Event::InlineHtml(_) => changes.push((range, String::new())),
            _ => {}
        }
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, new) in changes {
        if range.start < at {
            continue;
        }
        out.push_str(&text[at..range.start]);
        out.push_str(&new);
        at = range.end;
    }
    out.push_str(&text[at..]);
    out.trim().to_owned()
}

/// A text for HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(place: usize) -> Option<usize> {
        (place < 2).then_some(place)
    }

    #[test]
    fn nothing_that_runs_comes_into_html() {
        let text = "<script>alert(1)</script>\n\nA <b onclick=x>b</b> [x](javascript:alert(1)) \
                    [y](data:text/html,z) ![z](http://a.example/t.gif) [ok](https://a.example/?a=1&b=\"2\")";
        let html = html(text, &same);
        for bad in ["<script", "onclick", "javascript:", "data:", "<img"] {
            assert!(!html.contains(bad), "{bad} in {html}");
        }
        assert!(html.contains("<a href=\"https://a.example/?a=1&amp;b=%222%22\">ok</a>"), "{html}");
        assert!(has_html(text) && !has_html("1 < 2 *and* 3"));
    }

    #[test]
    fn media_stand_where_the_text_shows_them() {
        let text = "One\n\n![a cup](media:1 \"Tea\")\n\n![gone](media:7)\n\nTwo";
        assert_eq!(shown(text), [1, 7]);
        let html = html(text, &same);
        assert!(
            html.contains("<img src=\"galley-media:1;\" alt=\"a cup\" title=\"Tea\" />"),
            "{html}"
        );
        assert!(!html.contains("gone"), "{html}");
        let text = markdown(text, &same);
        assert_eq!(text, "One\n\n![a cup](galley-media:1; \"Tea\")\n\n\n\nTwo");
    }

    #[test]
    fn markdown_stays_the_authors_own_without_html() {
        let text = "# *Tea*\n\n- a\n- b <i>c</i>\n\n[x](javascript:y) `<code>` 1 < 2";
        assert_eq!(markdown(text, &same), "# *Tea*\n\n- a\n- b c\n\nx `<code>` 1 < 2");
    }

    #[test]
    fn a_text_for_html_is_escaped() {
        assert_eq!(escaped("a < \"b\" & c > d"), "a &lt; &quot;b&quot; &amp; c &gt; d");
    }
}
