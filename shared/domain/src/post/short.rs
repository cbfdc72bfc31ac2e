//! Short texts: one that fits, or a thread, or one that is shortened; with what belongs below it.

use super::able::{Able, Count, Embeds, Links, Text};
use super::content::Content;
use super::cut;
use super::form::{Card, Fitted, Form, Note, Piece};
use super::little;
use super::make::{Making, placed};
use super::rich::Rich;
use crate::pipeline::Problem;

/// Writes the pieces, and which of the media belongs to which.
pub(super) fn write(
    able: &Able,
    content: &Content,
    media: Vec<(usize, Fitted)>,
    making: &Making<'_>,
    form: &mut Form,
    problems: &mut Vec<Problem>,
) {
    let Text::Short { count, most, thread, links } = able.text else { return };
    let thread = if making.may("thread") { thread } else { 1 };
    let facets = links == Links::Facets;
    let fits = |text: &str| count.fits(text, most);
    let mut words = chosen(content, making, facets);
    let card = card(able, content, media.is_empty());
    let mut below = below(content, card.as_ref(), &words.text, form);
    let linked = !content.embeds.is_empty() || content.canonical_url.is_some();
    if words.text.is_empty() && !linked && media.is_empty() {
        let detail = format!("there is nothing for {} to publish", able.name);
        return problems.push(Problem::new("/body", detail, "give the post a body"));
    }
    // At least half of the room is for the words themselves.
    let half = |below: &[Below]| count.of(&joined(below)) * 2 <= most && fits(&joined(below));
    while !half(&below) {
        let Some(gone) = below.pop() else { break };
        form.changed.push(Note::new(gone.pointer, "left out: there is no room for it"));
    }
    for range in cut::unsendable(&words.text, &|text| fits(&with(text, &below))).into_iter().rev() {
        form.changed.push(Note::new(
            "/body",
            format!("{} is too long for a text there", shown(&words.text[range.clone()])),
        ));
        words.remove(range);
    }
    // The disclosure is where nobody overlooks it; all else where a reader has come to the end.
    let (first, last): (Vec<Below>, Vec<Below>) =
        below.into_iter().partition(|below| below.pointer == DISCLOSED);
    let (mut pieces, cut) = pieces(words, (&first, &last), thread, &fits);
    if cut {
        let what = format!("is shortened to the {most} that {} takes", able.name);
        form.changed.push(Note::new("/body", what));
    } else if 1 < pieces.len() {
        form.changed.push(Note::new("/body", format!("is a thread of {}", pieces.len())));
    }
    add(pieces.first_mut(), &first);
    add(pieces.last_mut(), &last);
    (form.media, form.card) = (spread(able, media, pieces.len(), &mut form.changed), card);
    let done = |piece: Rich| match count {
        Count::Little => Piece { text: little::escape(&piece.text), facets: Vec::new() },
        _ => piece.piece(facets),
    };
    form.pieces = pieces.into_iter().map(done).collect();
}

/// What a short text is made of.
fn chosen(content: &Content, making: &Making<'_>, facets: bool) -> Rich {
    let body = || Some(Rich::of(&content.body, facets));
    let summary = || content.summary.as_deref().map(Rich::plain);
    let title = || content.title.as_deref().map(Rich::plain);
    let wanted = match making.setting("text") {
        Some("title") => title(),
        Some("summary") => summary(),
        _ => body(),
    };
    let filled = |rich: &Rich| !rich.text.is_empty();
    wanted.filter(filled).or_else(|| summary().filter(filled)).or_else(title).unwrap_or_default()
}

const DISCLOSED: &str = "/disclosure";

/// One line below a text.
#[derive(Clone, Debug)]
struct Below {
    pointer: String,
    text: String,
    between: &'static str,
}

/// What belongs below a text, the most important first. Tags that are in the text need not be said again.
fn below(content: &Content, card: Option<&Card>, text: &str, form: &Form) -> Vec<Below> {
    let mut found = Vec::new();
    let mut add = |pointer: String, text: &str, between| {
        found.push(Below { pointer, text: text.to_owned(), between });
    };
    if let Some(text) = &form.disclosed.text {
        add(DISCLOSED.into(), text, "\n\n");
    }
    let said = |url: &str| text.contains(url) || card.is_some_and(|card| card.url == url);
    if let Some(url) = content.canonical_url.as_deref().filter(|url| !said(url)) {
        add("/canonical_url".into(), url, "\n\n");
    }
    for (place, embed) in content.embeds.iter().enumerate().filter(|(_, embed)| !said(&embed.url)) {
        add(format!("/embeds/{place}"), &embed.url, "\n");
    }
    let mut between = "\n\n";
    for (place, tag) in form.tags.iter().enumerate() {
        let tag = format!("#{tag}");
        let known = super::atoms::tags(text);
        if !known.into_iter().any(|known| text[known].eq_ignore_ascii_case(&tag)) {
            add(format!("/tags/{place}"), &tag, between);
            between = " ";
        }
    }
    found
}

fn joined(below: &[Below]) -> String {
    with("", below)
}

/// A text with what belongs below it.
fn with(text: &str, below: &[Below]) -> String {
    let mut rich = Rich { text: text.to_owned(), marks: Vec::new() };
    below.iter().for_each(|below| rich.add(&below.text, below.between));
    rich.text
}

fn add(piece: Option<&mut Rich>, below: &[Below]) {
    if let Some(piece) = piece {
        below.iter().for_each(|below| piece.add(&below.text, below.between));
    }
}

/// The text in pieces, which fit with what belongs below the first and the last; and whether it was shortened.
fn pieces(
    words: Rich,
    (first, last): (&[Below], &[Below]),
    thread: usize,
    fits: &dyn Fn(&str) -> bool,
) -> (Vec<Rich>, bool) {
    let mut pieces: Vec<Rich> = Vec::new();
    let mut rest = words;
    loop {
        let first: &[Below] = if pieces.is_empty() { first } else { &[] };
        let inner = |text: &str| fits(&with(text, first));
        let outer = |text: &str| fits(&with(&with(text, first), last));
        if outer(&rest.text) {
            pieces.push(rest);
            return (pieces, false);
        }
        let more = pieces.len() + 1 < thread;
        let mut end = if more { cut::cut(&rest.text, &inner).end } else { 0 };
        if rest.text.len() <= end {
            end = cut::cut(&rest.text, &outer).end;
        }
        if end == 0 {
            let (text, _) = cut::shorten(&rest.text, &outer);
            let mut part = rest.part(0..common(&rest.text, &text));
            // What was added at the cut: dots.
            let kept = part.text.len();
            part.text.push_str(text.get(kept..).unwrap_or_default());
            pieces.push(part);
            return (pieces, true);
        }
        pieces.push(rest.part(0..end));
        rest = rest.part(end..rest.text.len());
    }
}

/// How many bytes two texts begin with alike, up to the end of a character.
fn common(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
}

/// The one page that is shown as a card, where there are no media in its place.
fn card(able: &Able, content: &Content, free: bool) -> Option<Card> {
    if able.embeds != Embeds::Card || !free {
        return None;
    }
    let embed = content.embeds.first();
    let url = embed.map(|embed| &embed.url).or(content.canonical_url.as_ref())?;
    let title = embed.and_then(|embed| embed.title.as_ref()).or(content.title.as_ref());
    let of = |text: Option<&String>, most: usize| {
        let text = text.map(String::as_str).unwrap_or_default();
        cut::shorten(text, &|text| text.chars().count() <= most).0
    };
    let title = of(title.or(Some(url)), 300);
    Some(Card { url: url.clone(), title, description: of(content.summary.as_ref(), 1000) })
}

/// Which media belong to which piece: the first ones to the first.
fn spread(
    able: &Able,
    media: Vec<(usize, Fitted)>,
    pieces: usize,
    changed: &mut Vec<Note>,
) -> Vec<Fitted> {
    let (media, places) = placed(media);
    let plays = |medium: &Fitted| !medium.shape.media_type.starts_with("image/");
    let mut out: Vec<Fitted> = Vec::new();
    for (mut medium, place) in media.into_iter().zip(places) {
        // A film or a sound is alone below its text.
        let takes = |piece: usize| {
            let there: Vec<&Fitted> = out.iter().filter(|other| other.piece == piece).collect();
            let alone =
                there.iter().any(|other| plays(other)) || (plays(&medium) && !there.is_empty());
            there.len() < able.media.most && !alone
        };
        match (0..pieces.max(1)).find(|piece| takes(*piece)) {
            Some(piece) => {
                medium.piece = piece;
                out.push(medium);
            }
            None => {
                let what = "left out: there are as many media as its texts can carry";
                changed.push(Note::new(format!("/media/{place}"), what));
            }
        }
    }
    out
}

fn shown(text: &str) -> String {
    let start: String = text.chars().take(40).collect();
    if start.len() < text.len() { format!("{start}…") } else { start }
}
