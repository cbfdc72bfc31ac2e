//! A feed as XML: RSS 2.0, and Atom (RFC 4287).

use super::entry::Entry;
use domain::time::Time;
use jiff::Timestamp;

/// What a feed says of itself.
pub(super) struct About {
    pub(super) title: String,
    pub(super) link: String,
    /// The address below which its documents are.
    pub(super) base: String,
    pub(super) at: Time,
}

/// A text as it stands in XML; characters that XML does not have are left out.
pub(crate) fn escaped(text: &str) -> String {
    let kept = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    kept.fold(String::new(), |mut text, c| {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            c => text.push(c),
        }
        text
    })
}

fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>\n", escaped(text))
}

/// A time as e-mail writes it.
fn mail_date(time: Time) -> String {
    let at = Timestamp::from_millisecond(time.0).unwrap_or_default();
    let utc = at.to_zoned(jiff::tz::TimeZone::UTC);
    jiff::fmt::rfc2822::to_string(&utc).unwrap_or_default()
}

pub(super) fn rss(about: &About, entries: &[Entry]) -> String {
    let mut items = String::new();
    for entry in entries {
        let mut item = element("title", &entry.title);
        if let Some(link) = &entry.link {
            item += &element("link", link);
        }
        item += &format!("<guid isPermaLink=\"false\">{}</guid>\n", escaped(&entry.id));
        item += &element("pubDate", &mail_date(entry.published));
        if let Some(summary) = &entry.summary {
            item += &element("description", summary);
        }
        for tag in &entry.tags {
            item += &element("category", tag);
        }
        if let Some(file) = &entry.enclosure {
            item += &format!(
                "<enclosure url=\"{}\" length=\"{}\" type=\"{}\"/>\n",
                escaped(&file.url),
                file.bytes,
                escaped(&file.media_type)
            );
        }
        item += &element("content:encoded", &entry.html);
        items += &format!("<item>\n{item}</item>\n");
    }
    let link = if about.link.is_empty() { &about.base } else { &about.link };
    let own = format!("{}/feed.xml", about.base);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n{}{}{}{}\
         <atom:link href=\"{}\" rel=\"self\" type=\"application/rss+xml\"/>\n{items}</channel>\n</rss>\n",
        element("title", &about.title),
        element("link", link),
        element("description", &about.title),
        element("lastBuildDate", &mail_date(about.at)),
        escaped(&own),
    )
}

pub(super) fn atom(about: &About, entries: &[Entry]) -> String {
    let mut all = String::new();
    for entry in entries {
        let mut one = element("id", &entry.id) + &element("title", &entry.title);
        if let Some(link) = &entry.link {
            one += &format!("<link href=\"{}\"/>\n", escaped(link));
        }
        if let Some(file) = &entry.enclosure {
            one += &format!(
                "<link rel=\"enclosure\" href=\"{}\" length=\"{}\" type=\"{}\"/>\n",
                escaped(&file.url),
                file.bytes,
                escaped(&file.media_type)
            );
        }
        one += &element("published", &entry.published.rfc3339());
        one += &element("updated", &entry.updated.rfc3339());
        if let Some(summary) = &entry.summary {
            one += &element("summary", summary);
        }
        for tag in &entry.tags {
            one += &format!("<category term=\"{}\"/>\n", escaped(tag));
        }
        one += &format!("<content type=\"html\">{}</content>\n", escaped(&entry.html));
        let language = entry.language.as_deref().map(|it| format!(" xml:lang=\"{}\"", escaped(it)));
        all += &format!("<entry{}>\n{one}</entry>\n", language.unwrap_or_default());
    }
    let own = format!("{}/atom.xml", about.base);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
         {}{}{}<author>{}</author>\n<link rel=\"self\" href=\"{}\"/>\n{all}</feed>\n",
        element("id", &own),
        element("title", &about.title),
        element("updated", &about.at.rfc3339()),
        element("name", &about.title).trim_end(),
        escaped(&own),
    )
}
