//! What OpenAI, and whoever copies its API, answers instead of a result: one table for all of them.

use crate::desk::{Reply, reason};
use domain::vendor::{Class, Limits, Outcome};
use serde_json::Value;

/// How long to wait where nobody says.
const PAUSE_S: u32 = 10;

/// A pause that is no pause but a closed door: what waits that long had better go elsewhere.
const PAUSE_MOST_S: u32 = 3600;

/// What an answer means that is no success.
pub(crate) fn refusal(reply: &Reply) -> Outcome {
    let body = reply.json();
    let error = body.get("error").unwrap_or(&Value::Null);
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
    let (code, kind) = (text("code"), text("type"));
    // Some put the text straight under `error`, or beside it.
    let message = [text("message"), error.as_str().unwrap_or_default()];
    let message = message.into_iter().find(|message| !message.is_empty()).unwrap_or_default();
    let why = |fallback: &str| match reason(message) {
        message if message.is_empty() => format!("{fallback} ({})", reply.status),
        message => message,
    };
    let any = |words: &[&str]| words.contains(&code) || words.contains(&kind);
    let spent = ["insufficient_quota", "billing_hard_limit_reached", "billing_not_active"];
    let unsafe_ = ["moderation_blocked", "content_policy_violation", "content_filter"];
    let gone = ["model_not_found", "model_deprecated", "deprecated_model", "invalid_url"];
    match reply.status {
        400..=499 if any(&spent) => Outcome::refused(Class::Quota, why("out of credit")),
        402 => Outcome::refused(Class::Quota, why("out of credit")),
        400..=499 if any(&unsafe_) => Outcome::refused(Class::Content, why("blocked")),
        400..=499 if any(&gone) => Outcome::refused(Class::Elsewhere, why("not there")),
        // Its message may hold a part of our key.
        401 | 403 => {
            Outcome::refused(Class::Credentials, format!("our key is not taken ({})", reply.status))
        }
        404 | 405 | 410 => Outcome::refused(Class::Elsewhere, why("not there")),
        409 | 425 | 429 => Outcome::refused(Class::Later(pause(reply)), why("too many calls")),
        // Who closes the door and says until when has not let us in.
        503 if error.is_object() && !reply.header("retry-after").is_empty() => {
            Outcome::refused(Class::Later(pause(reply)), why("overloaded"))
        }
        // A time-out that they noticed first: the work may be under way.
        408 | 499 => Outcome::Unknown(format!("it answered {}", reply.status)),
        400..=498 => Outcome::refused(Class::Invalid, why("refused")),
        status => Outcome::Unknown(format!("it answered {status}")),
    }
}

/// After how many seconds to come again.
fn pause(reply: &Reply) -> u32 {
    let millis = reply.header("retry-after-ms").trim().parse::<f64>().ok();
    let millis = millis.map(|millis| (millis / 1000.0).ceil() as u32);
    let reset = || match reply.header("x-ratelimit-remaining-requests") {
        "0" => seconds(reply.header("x-ratelimit-reset-requests")),
        _ => None,
    };
    let pause = reply.retry_after().or(millis).or_else(reset).unwrap_or(PAUSE_S);
    pause.clamp(1, PAUSE_MOST_S)
}

/// What the headers tell of the limit on calls.
pub(crate) fn limits(reply: &Reply) -> Option<Limits> {
    let reset_s = seconds(reply.header("x-ratelimit-reset-requests"));
    reply.limits("x-ratelimit-remaining-requests", reset_s)
}

/// A duration such as `6m0s`, `1h2m3.5s` or `120ms`, in started seconds; plain numbers are seconds.
pub(crate) fn seconds(text: &str) -> Option<u32> {
    let mut total = 0.0;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..end].parse().ok()?;
        let unit = rest[end..].find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len() - end);
        total += number
            * match &rest[end..end + unit] {
                "d" => 86_400.0,
                "h" => 3600.0,
                "m" => 60.0,
                "s" | "" => 1.0,
                "ms" => 0.001,
                _ => return None,
            };
        rest = &rest[end + unit..];
    }
    (!text.trim().is_empty()).then(|| total.ceil() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::vendor::Refusal;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
    use serde_json::json;

    fn reply(status: u16, headers: &[(&'static str, &'static str)], body: &Value) -> Reply {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let headers = headers.collect::<HeaderMap>();
        Reply { status, headers, body: body.to_string().into_bytes() }
    }

    fn error(code: &str) -> Value {
        json!({ "error": { "message": "No.", "type": "x", "param": null, "code": code } })
    }

    #[track_caller]
    fn check(reply: &Reply, class: Option<Class>) {
        let found = match refusal(reply) {
            Outcome::Refused(Refusal { class, .. }) => Some(class),
            Outcome::Unknown(_) => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(found, class, "{} {}", reply.status, reply.json());
    }

    #[test]
    fn each_answer_has_its_class() {
        let plain = |status| reply(status, &[], &error("x"));
        check(&plain(400), Some(Class::Invalid));
        check(&plain(401), Some(Class::Credentials));
        check(&plain(402), Some(Class::Quota));
        check(&plain(403), Some(Class::Credentials));
        check(&plain(404), Some(Class::Elsewhere));
        check(&plain(408), None);
        check(&plain(410), Some(Class::Elsewhere));
        check(&plain(413), Some(Class::Invalid));
        check(&plain(422), Some(Class::Invalid));
        check(&plain(429), Some(Class::Later(10)));
        for status in [301, 500, 502, 503, 504, 520] {
            check(&plain(status), None);
        }
    }

    #[test]
    fn the_code_says_more_than_the_status() {
        check(&reply(400, &[], &error("moderation_blocked")), Some(Class::Content));
        check(&reply(400, &[], &error("content_policy_violation")), Some(Class::Content));
        check(&reply(400, &[], &error("billing_hard_limit_reached")), Some(Class::Quota));
        check(&reply(429, &[], &error("insufficient_quota")), Some(Class::Quota));
        check(&reply(429, &[], &error("rate_limit_exceeded")), Some(Class::Later(10)));
        check(&reply(400, &[], &error("model_not_found")), Some(Class::Elsewhere));
        let by_type = json!({ "error": { "message": "", "type": "insufficient_quota" } });
        check(&reply(429, &[], &by_type), Some(Class::Quota));
    }

    #[test]
    fn the_pause_is_theirs_where_they_say_one() {
        let later = |headers: &[_]| reply(429, headers, &error("rate_limit_exceeded"));
        check(&later(&[("retry-after", "7")]), Some(Class::Later(7)));
        check(&later(&[("retry-after-ms", "1500")]), Some(Class::Later(2)));
        let reset =
            [("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "1m30s")];
        check(&later(&reset), Some(Class::Later(90)));
        check(&later(&[("retry-after", "999999")]), Some(Class::Later(3600)));
    }

    #[test]
    fn a_server_error_is_unknown_unless_it_is_their_own_and_says_when_to_come_again() {
        let headers = [("retry-after", "4")];
        check(&reply(503, &headers, &error("overloaded")), Some(Class::Later(4)));
        check(&reply(503, &headers, &json!("<html>")), None);
        check(&reply(500, &headers, &error("server_error")), None);
    }

    #[test]
    fn the_refusal_of_a_key_never_repeats_its_message() {
        let body = json!({ "error": { "message": "Incorrect API key provided: sk-pr**cret." } });
        let expected = Outcome::refused(Class::Credentials, "our key is not taken (401)");
        assert_eq!(refusal(&reply(401, &[], &body)), expected);
    }

    #[test]
    fn the_reason_is_the_vendors_message() {
        let said = json!({ "error": "no such picture" });
        let expected = Outcome::refused(Class::Invalid, "no such picture");
        assert_eq!(refusal(&reply(400, &[], &said)), expected);
        let expected = Outcome::refused(Class::Invalid, "refused (400)");
        assert_eq!(refusal(&reply(400, &[], &json!({}))), expected);
    }

    #[test]
    fn durations_are_read_in_started_seconds() {
        let cases = [("6m0s", 360), ("120ms", 1), ("1h2m3.5s", 3724), ("1s", 1), ("59.2", 60)];
        for (text, expected) in cases {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in ["", "soon", "5 parsecs", "-1s", "1.2.3s"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn limits_come_from_the_headers() {
        let headers =
            [("x-ratelimit-remaining-requests", "3"), ("x-ratelimit-reset-requests", "12s")];
        let expected = Limits { remaining: 3, reset_s: 12 };
        assert_eq!(limits(&reply(200, &headers, &json!({}))), Some(expected));
        assert_eq!(limits(&reply(200, &[], &json!({}))), None);
    }
}
