//! Where a tenant wants its news: a webhook of a job, or the tenant's own for all its jobs.

use super::address::{LOGIN, misfit};
use super::kinds::{self, USUAL};
use crate::id::TenantId;
use crate::pipeline::Problem;
use crate::store::Key;
use crate::tenant;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most patterns of a webhook.
const EVENTS_MOST: usize = 20;

/// An address, and what is posted to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Where to.
    pub url: String,
    /// Types of events, or families such as `job.*`.
    pub events: Vec<String>,
    /// It answered 410: it wants nothing more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
}

/// A tenant's own webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantWebhook {
    /// What is posted where.
    #[serde(flatten)]
    pub webhook: Webhook,
    /// When it was put.
    pub updated_at: Time,
}

impl TenantWebhook {
    /// Where it lies.
    pub fn key(tenant: &TenantId) -> Key {
        Key::new(tenant::pk(tenant), "WEBHOOK")
    }
}

impl Webhook {
    /// Whether this type of event is to be posted.
    pub fn wants(&self, kind: &str) -> bool {
        !self.gone && kinds::wants(&self.events, kind)
    }
}

/// Reads `{url, events}` as callers give it; `at` is the place of the object in what they sent.
pub fn read_webhook(
    value: &Value,
    at: &str,
    allowed: &[String],
    problems: &mut Vec<Problem>,
) -> Option<Webhook> {
    let before = problems.len();
    let Some(fields) = value.as_object() else {
        let fix = "give an object with url and events";
        problems.push(Problem::new(at, "the webhook is no object", fix));
        return None;
    };
    for name in fields.keys().filter(|name| !["url", "events"].contains(&name.as_str())) {
        let place = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        let detail = "a webhook has no such field";
        problems.push(Problem::new(&place, detail, "use url, events"));
    }
    let fix = "use https://HOST/PATH with a public host, without user name, blanks or #";
    let url = fields.get("url").map(|url| url.as_str().ok_or(url));
    let wrong = match url {
        None => Some("the webhook has no url".to_owned()),
        Some(Err(_)) => Some("the webhook's url is no text".to_owned()),
        Some(Ok(url)) => misfit(url, allowed).map(|wrong| match wrong {
            // Never repeated where it holds a password, nor at any length.
            LOGIN => format!("the webhook's url {wrong}"),
            _ => format!("the webhook's url {:?} {wrong}", shortened(url)),
        }),
    };
    if let Some(wrong) = wrong {
        problems.push(Problem::new(&format!("{at}/url"), wrong, fix));
    }
    let events = events(fields.get("events"), &format!("{at}/events"), problems);
    let url = fields.get("url").and_then(Value::as_str)?.to_owned();
    (problems.len() == before).then_some(Webhook { url, events, gone: false })
}

fn shortened(url: &str) -> String {
    url.chars().take(80).collect()
}

fn events(given: Option<&Value>, at: &str, problems: &mut Vec<Problem>) -> Vec<String> {
    let known = || {
        format!("use *, job.*, review.*, publication.*, takedown.*, or {}", kinds::KINDS.join(", "))
    };
    let Some(given) = given.filter(|given| !given.is_null()) else {
        return USUAL.map(String::from).into();
    };
    let Some(patterns) = given.as_array().filter(|all| (1..=EVENTS_MOST).contains(&all.len()))
    else {
        let detail = format!("events is no list of 1 to {EVENTS_MOST} types");
        problems.push(Problem::new(at, detail, known()));
        return Vec::new();
    };
    let mut events = Vec::new();
    for (place, pattern) in patterns.iter().enumerate() {
        match pattern.as_str().filter(|pattern| kinds::is_pattern(pattern)) {
            Some(pattern) => events.push(pattern.to_owned()),
            None => {
                let shown = shortened(&pattern.to_string());
                let detail = format!("{shown} means no event that goes out");
                problems.push(Problem::new(&format!("{at}/{place}"), detail, known()));
            }
        }
    }
    events.dedup();
    events
}

/// A webhook as the API shows it.
pub fn webhook_json(webhook: &Webhook) -> Value {
    json!({ "url": webhook.url, "events": webhook.events, "gone": webhook.gone })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value) -> Result<Webhook, Vec<String>> {
        let mut problems = Vec::new();
        let webhook = read_webhook(&value, "/webhook", &[], &mut problems);
        let told = |problem: &Problem| format!("{} {}", problem.pointer, problem.detail);
        webhook.ok_or_else(|| problems.iter().map(told).collect())
    }

    #[test]
    fn a_webhook_without_a_choice_hears_of_ends_and_reviews() {
        let webhook = read(json!({ "url": "https://a.example/hook" })).unwrap();
        assert!(webhook.wants("job.failed") && webhook.wants("review.requested"));
        assert!(!webhook.wants("publication.done"));
        assert!(!Webhook { gone: true, ..webhook }.wants("job.failed"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_without_a_password() {
        let wrong = read(
            json!({ "url": "https://me:secret@a.example", "events": ["job.end", 7], "to": 1 }),
        );
        assert_eq!(
            wrong.unwrap_err(),
            [
                "/webhook/to a webhook has no such field",
                "/webhook/url the webhook's url carries a user name",
                "/webhook/events/0 \"job.end\" means no event that goes out",
                "/webhook/events/1 7 means no event that goes out",
            ]
        );
        let check = |value, told: &str| assert_eq!(read(value).unwrap_err(), [told]);
        check(json!([]), "/webhook the webhook is no object");
        check(json!({}), "/webhook/url the webhook has no url");
        check(json!({ "url": 7 }), "/webhook/url the webhook's url is no text");
        check(
            json!({ "url": "http://a" }),
            "/webhook/url the webhook's url \"http://a\" does not use https",
        );
        check(
            json!({ "url": "https://a.example", "events": [] }),
            "/webhook/events events is no list of 1 to 20 types",
        );
    }
}
