//! A whole post as JSON, for those who take it as it is: our own bucket, and receivers of webhooks.

use domain::publish::Sending;
use serde_json::{Value, json};

/// The post with its media at these addresses, one for one.
pub(crate) fn document(sending: &Sending, urls: &[String]) -> Value {
    let form = &sending.form;
    let media = form.media.iter().zip(&sending.files).zip(urls).map(|((medium, file), url)| {
        json!({
            "url": url, "asset": medium.asset, "sha256": file.sha256,
            "media_type": file.media_type, "width": file.width, "height": file.height,
            "alt": medium.alt, "caption": medium.caption, "cover": medium.cover,
        })
    });
    json!({
        "id": sending.id, "published_at": sending.since.rfc3339(),
        "title": form.title, "slug": form.slug, "summary": form.summary,
        "language": form.language, "tags": form.tags, "canonical_url": form.canonical_url,
        "markdown": form.body.as_ref().map(|body| body.with(urls)),
        "html": form.body.as_ref().map(|body| body.html(urls)),
        "media": media.collect::<Vec<_>>(),
        "disclosed": { "ai": form.disclosed.ai, "text": form.disclosed.text },
        "changed": form.changed,
    })
}
