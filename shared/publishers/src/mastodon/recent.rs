//! What of ours is among the last statuses: known by its words, which come back as HTML.

use super::{kept, said};
use crate::line::{Talk, encoded};
use domain::publish::{Sending, Told};
use domain::time::Time;
use serde_json::Value;

/// Statuses from so long before the first asking are looked at, in milliseconds: clocks differ.
const BEFORE_MS: i64 = 120_000;

/// Our pieces that are there, from the first on without a gap.
pub(super) async fn ours(talk: &Talk<'_>, sending: &Sending) -> Result<Vec<Value>, Told> {
    let me = asked(talk, "/v1/accounts/verify_credentials").await?;
    let me = talk.text(&me, "/id")?;
    let path = format!("/v1/accounts/{}/statuses?limit=40&exclude_reblogs=true", encoded(&me));
    let listed = asked(talk, &path).await?;
    let listed = listed.as_array().ok_or_else(|| talk.missing(&listed, "/0"))?;
    let since = Time(sending.since.0 - BEFORE_MS);
    let late = |status: &&Value| {
        let made = status["created_at"].as_str().and_then(Time::parse);
        made.is_none_or(|made| since <= made)
    };
    let mut found: Vec<Value> = Vec::new();
    for piece in &sending.form.pieces {
        let last = found.last().map(|post: &Value| post["id"].clone()).unwrap_or_default();
        let is_ours = |status: &&Value| {
            status["in_reply_to_id"] == last
                && letters(&plain(status["content"].as_str().unwrap_or_default()))
                    == letters(&piece.text)
        };
        match listed.iter().filter(late).find(is_ours) {
            Some(status) => found.push(kept(talk, status)?),
            None => break,
        }
    }
    Ok(found)
}

async fn asked(talk: &Talk<'_>, path: &str) -> Result<Value, Told> {
    let whole = talk.ask(path).await?;
    match whole.status {
        200 => Ok(whole.json()),
        _ => Err(talk.untold(&whole, &said(&whole))),
    }
}

/// The words of HTML.
fn plain(html: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => plain.push(c),
            _ => {}
        }
    }
    let codes = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    codes.iter().fold(plain, |text, (code, sign)| text.replace(code, sign))
}

/// A text without what HTML does not keep: where its lines and words end.
fn letters(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_through_the_html_they_come_back_as() {
        let html = "<p>Tea &amp; more:<br>part 0 <a href=\"https://brand.example/tea\">\
            <span class=\"invisible\">https://</span><span>brand.example/tea</span></a></p>";
        let sent = "Tea & more:\npart 0 https://brand.example/tea";
        assert_eq!(letters(&plain(html)), letters(sent));
    }
}
