//! What of ours is among the last posts: known by its text, as it was before X changed it.

use super::ok;
use crate::line::{Talk, encoded};
use domain::publish::{Sending, Told};
use domain::time::Time;
use serde_json::Value;

/// Posts from so long before the first asking are looked at, in milliseconds: clocks differ.
const BEFORE_MS: i64 = 120_000;

/// The ids of our pieces that are there, from the first on without a gap.
pub(super) async fn ours(talk: &Talk<'_>, sending: &Sending) -> Result<Vec<Value>, Told> {
    let whole = talk.ask("/users/me").await?;
    if whole.status != 200 {
        return Err(talk.untold(&whole, ""));
    }
    let me = talk.text(&whole.json(), "/data/id")?;
    let since: String = Time(sending.since.0 - BEFORE_MS).rfc3339().chars().take(19).collect();
    let path = format!(
        "/users/{}/tweets?max_results=100&start_time={}&tweet.fields=entities,referenced_tweets",
        encoded(&me),
        encoded(&format!("{since}Z")),
    );
    let whole = talk.ask(&path).await?;
    if whole.status != 200 {
        return Err(talk.untold(&whole, ""));
    }
    let body = ok(talk, whole)?;
    let listed = body["data"].as_array().cloned().unwrap_or_default();
    let mut found: Vec<Value> = Vec::new();
    for piece in &sending.form.pieces {
        let last = found.last().and_then(Value::as_str).map(str::to_owned);
        let is_ours =
            |post: &&Value| answers(post) == last.as_deref() && text(post) == piece.text.trim();
        match listed.iter().find(is_ours) {
            Some(post) => found.push(talk.text(post, "/id")?.into()),
            None => break,
        }
    }
    Ok(found)
}

/// The post that this one answers.
fn answers(post: &Value) -> Option<&str> {
    let others = post["referenced_tweets"].as_array()?;
    others.iter().find(|other| other["type"] == "replied_to")?["id"].as_str()
}

/// The text as it was sent: addresses whole, no address of its own media, no codes for `&`, `<` and `>`.
fn text(post: &Value) -> String {
    let mut text = post["text"].as_str().unwrap_or_default().to_owned();
    for url in post["entities"]["urls"].as_array().into_iter().flatten() {
        let (short, long) = (url["url"].as_str(), url["expanded_url"].as_str());
        if let (Some(short), Some(long)) = (short, long) {
            let own = ["/photo/", "/video/"].iter().any(|part| long.contains(part));
            let own = own && url["media_key"].is_string();
            text = text.replace(short, if own { "" } else { long });
        }
    }
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_is_read_as_it_was_before_it_was_changed_over_there() {
        let post = json!({
            "text": "Tea &amp; time https://t.co/abc https://t.co/pic",
            "entities": { "urls": [
                { "url": "https://t.co/abc", "expanded_url": "https://brand.example/tea" },
                { "url": "https://t.co/pic", "expanded_url": "https://x.com/brand/status/1/photo/1",
                  "media_key": "3_1" },
            ] },
        });
        assert_eq!(text(&post), "Tea & time https://brand.example/tea");
    }
}
