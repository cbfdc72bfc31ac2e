//! What a problem's `type` points at: its cause, what to do, an example. A page for people, JSON for programs.

use crate::answer::{Answered, no};
use crate::query;
use aws::http::{HttpRequest, HttpResponse};
use domain::problem::ProblemType;
use serde_json::{Value, json};

/// Small enough to be part of every page; nothing is fetched from anywhere.
const STYLE: &str = "body{max-width:44rem;margin:3rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}\
pre{padding:1rem;overflow:auto;background:#8882;border-radius:.4rem}code{font-size:.95em}\
dt{font-weight:600;margin-top:.8rem}dd{margin:0}:root{color-scheme:light dark}";

/// `GET /v1/errors/{slug}`.
pub(crate) fn explain(request: &HttpRequest, slug: &str) -> Answered {
    query::known(request, &[])?;
    let kind = ProblemType::of_slug(slug).ok_or_else(|| no("problem type", slug))?;
    Ok(shown(request, &kind.page(), || page(kind)))
}

/// `GET /v1/errors`.
pub(crate) fn list(request: &HttpRequest) -> Answered {
    query::known(request, &[])?;
    let pages: Vec<Value> = ProblemType::ALL.iter().map(|kind| kind.page()).collect();
    Ok(shown(request, &json!({ "errors": pages }), index))
}

fn shown(request: &HttpRequest, value: &Value, html: impl FnOnce() -> String) -> HttpResponse {
    let answer = match prefers_html(request.header("accept").unwrap_or_default()) {
        true => HttpResponse { body: html(), ..HttpResponse::empty(200) }
            .with("content-type", "text/html; charset=utf-8")
            .with("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'")
            .with("x-content-type-options", "nosniff"),
        false => HttpResponse::json(200, value),
    };
    answer.with("vary", "accept").with("cache-control", "public, max-age=3600")
}

/// Whether a browser asks: HTML is named, and no less welcome than JSON.
fn prefers_html(accept: &str) -> bool {
    let weight = |wanted: &str| {
        let ranges = accept.split(',').filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let named = parts.next()?.eq_ignore_ascii_case(wanted);
            let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
            named.then(|| weight.unwrap_or(1.0))
        });
        ranges.fold(0.0, f32::max)
    };
    let html = weight("text/html");
    0.0 < html && weight("application/json") <= html
}

fn page(kind: ProblemType) -> String {
    let page = kind.page();
    let answer = serde_json::to_string_pretty(&page["example"]["answer"]).unwrap_or_default();
    let request = page["example"]["request"].as_str().unwrap_or_default();
    let body = format!(
        "<p><code>{status} {slug}</code></p><h1>{title}</h1>\
         <dl><dt>Cause</dt><dd>{cause}</dd><dt>What to do</dt><dd>{next}</dd></dl>\
         <h2>Example</h2><pre>{request}</pre><p>is answered with</p><pre>{answer}</pre>\
         <p>An answer's <code>instance</code> is the trace under which the operator's logs have the request. \
         <a href=\"../errors\">All problems</a></p>",
        status = kind.status(),
        slug = kind.slug(),
        title = escaped(kind.title()),
        cause = escaped(kind.cause()),
        next = escaped(kind.next()),
        request = escaped(request),
        answer = escaped(&answer),
    );
    document(kind.title(), &body)
}

fn index() -> String {
    let entries = ProblemType::ALL.iter().map(|kind| {
        format!(
            "<dt><a href=\"errors/{slug}\">{status} {slug}</a></dt><dd>{title}. {cause}</dd>",
            slug = kind.slug(),
            status = kind.status(),
            title = escaped(kind.title()),
            cause = escaped(kind.cause()),
        )
    });
    let body = format!(
        "<h1>Problems</h1><p>Every way in which Galley says no, as RFC 9457 problem documents.</p><dl>{}</dl>",
        entries.collect::<String>(),
    );
    document("Problems", &body)
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{} · Galley</title>\
         <style>{STYLE}</style>{body}</html>\n",
        escaped(title),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_html_and_a_program_json() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert!(prefers_html(browser));
        assert!(prefers_html("text/html"));
        for accept in
            ["", "*/*", "application/json", "application/json, text/html;q=0.5", "text/html;q=0"]
        {
            assert!(!prefers_html(accept), "{accept}");
        }
    }

    #[test]
    fn nothing_of_a_page_is_markup_by_accident() {
        assert_eq!(escaped("a < b & \"c\""), "a &lt; b &amp; &quot;c&quot;");
    }
}
