//! Articles: the text as HTML or Markdown, with media, embeds and what is told of how it was made.

use super::able::{Able, Embeds};
use super::content::{Content, Embed, EmbedKind};
use super::fit;
use super::form::{Body, Fitted, Form, Format, Note};
use super::make::{Making, placed};
use super::markdown::{self, escaped};
use crate::pipeline::Problem;
use serde_json::Value;

/// Writes the text of an article, and which of the media is where.
pub(super) fn write(
    able: &Able,
    (format, most): (Format, usize),
    content: &Content,
    media: Vec<(usize, Fitted)>,
    making: &Making<'_>,
    form: &mut Form,
    problems: &mut Vec<Problem>,
) {
    let (mut media, places) = placed(media);
    if able.media.most < media.len() {
        let what = format!("left out: an article has at most {} media", able.media.most);
        for place in places.iter().skip(able.media.most) {
            form.changed.push(Note::new(format!("/media/{place}"), what.clone()));
        }
        media.truncate(able.media.most);
    }
    let find = |wanted: usize| places.iter().take(media.len()).position(|place| *place == wanted);
    let shown: Vec<usize> = markdown::shown(&content.body).into_iter().filter_map(find).collect();
    let picture = |medium: &Fitted| medium.shape.media_type.starts_with("image/");
    let cover = (0..media.len()).find(|at| picture(&media[*at]) && !shown.contains(at));
    if markdown::has_html(&content.body) {
        form.changed.push(Note::new("/body", "HTML in it is left out; what is within it stays"));
    }
    let mut parts = vec![match format {
        Format::Html => markdown::html(&content.body, &find).trim().to_owned(),
        Format::Markdown | Format::FrontMatter => {
            let text = markdown::markdown(&content.body, &find);
            if able.embeds == Embeds::Liquid { raw(&text) } else { text }
        }
    }];
    for (at, medium) in media.iter().enumerate() {
        if !shown.contains(&at) && cover != Some(at) {
            parts.push(figure(format, at, medium));
        }
    }
    for (at, embed) in content.embeds.iter().enumerate() {
        let (text, whole) = embedded(able.embeds, format, embed);
        if !whole {
            form.changed.push(Note::new(format!("/embeds/{at}"), "is a link there"));
        }
        parts.push(text);
    }
    if let Some(text) = &form.disclosed.text {
        parts.push(match format {
            Format::Html => format!("<p><em>{}</em></p>", escaped(text)),
            Format::Markdown | Format::FrontMatter => format!("*{text}*"),
        });
    }
    parts.retain(|part| !part.is_empty());
    let between = if format == Format::Html { "\n" } else { "\n\n" };
    let mut text = parts.join(between);
    if let Some(cover) = cover {
        let (place, fitted) = (places[cover], &mut media[cover]);
        let pointer = format!("/media/{place}");
        fit::cover(able, &content.media[place], &pointer, fitted, &mut form.changed);
    }
    if format == Format::FrontMatter {
        text = format!("{}{text}", front(form, cover, making));
    }
    if text.trim().is_empty() {
        let detail = format!("there is nothing for {} to publish", able.name);
        problems.push(Problem::new("/body", detail, "give the post a body"));
    }
    if most < text.len() {
        let detail =
            format!("{} takes articles of {most} bytes, and this has {}", able.name, text.len());
        problems.push(Problem::new("/body", detail, "shorten the body"));
    }
    form.media = media;
    form.body = Some(Body { format, text });
}

/// A medium that the author put at no place of the text.
fn figure(format: Format, at: usize, medium: &Fitted) -> String {
    let (url, alt) = (Body::place(at), medium.alt.as_str());
    let kind = medium.shape.media_type.split('/').next().unwrap_or_default();
    let caption = medium.caption.as_deref().unwrap_or_default();
    match format {
        Format::Html => {
            let shown = match kind {
                "video" => format!("<video src=\"{url}\" controls></video>"),
                "audio" => format!("<audio src=\"{url}\" controls></audio>"),
                _ => format!("<img src=\"{url}\" alt=\"{}\" />", escaped(alt)),
            };
            let caption = match caption {
                "" => String::new(),
                words => format!("<figcaption>{}</figcaption>", escaped(words)),
            };
            format!("<figure>{shown}{caption}</figure>")
        }
        Format::Markdown | Format::FrontMatter => {
            let words = if alt.is_empty() { caption } else { alt };
            let words = words.replace(['[', ']', '\n'], " ");
            let shown = match kind {
                "image" => format!("![{words}]({url})"),
                _ => format!("[{}]({url})", if words.is_empty() { kind } else { &words }),
            };
            match caption {
                "" => shown,
                caption => format!("{shown}\n*{}*", caption.replace(['*', '\n'], " ")),
            }
        }
    }
}

/// Something of elsewhere, and whether it is shown as what it is.
fn embedded(able: Embeds, format: Format, embed: &Embed) -> (String, bool) {
    let url = &embed.url;
    let words = embed.title.as_deref().unwrap_or(url);
    let link = || match format {
        Format::Html => {
            format!("<p><a href=\"{}\">{}</a></p>", escaped(url), escaped(words))
        }
        Format::Markdown | Format::FrontMatter => {
            format!("[{}](<{url}>)", words.replace(['[', ']'], " "))
        }
    };
    let is_link = embed.kind == EmbedKind::Link;
    match (able, format) {
        // Alone on its line: WordPress and others ask the page (by oEmbed) what it is.
        (Embeds::Bare, Format::Html) => (format!("\n\n{}\n\n", escaped(url)), true),
        (Embeds::Bare, _) => (url.clone(), true),
        (Embeds::Liquid, _) => (format!("{{% embed {url} %}}"), true),
        (Embeds::Percent, _) => (format!("%[{url}]"), true),
        (Embeds::Card | Embeds::Link, _) => (link(), is_link),
    }
}

/// Markdown in which nothing is a Liquid tag.
fn raw(text: &str) -> String {
    if !text.contains("{{") && !text.contains("{%") {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        out.push_str(&rest[..at]);
        out.push_str(&format!("{{% raw %}}{}{{% endraw %}}", &rest[at..at + 2]));
        rest = &rest[at + 2..];
    }
    out.push_str(rest);
    out
}

/// The fields of a post before its text. Texts are quoted as JSON, which is YAML too.
fn front(form: &Form, cover: Option<usize>, making: &Making<'_>) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    let mut lines = vec!["---".to_owned()];
    let mut line = |name: &str, value: Option<String>| {
        lines.extend(value.map(|value| format!("{name}: {value}")));
    };
    line("title", form.title.as_deref().map(quoted));
    line("published", Some((making.setting("status") != Some("draft")).to_string()));
    line("description", form.summary.as_deref().map(quoted));
    line(
        "tags",
        Some(form.tags.join(", ")).filter(|tags| !tags.is_empty()).map(|tags| quoted(&tags)),
    );
    line("canonical_url", form.canonical_url.as_deref().map(quoted));
    line("cover_image", cover.map(|cover| quoted(&Body::place(cover))));
    lines.push("---\n\n".to_owned());
    lines.join("\n")
}
