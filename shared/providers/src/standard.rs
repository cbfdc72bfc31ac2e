//! Webhooks as Standard Webhooks 1.0.0 signs them: `v1`, HMAC-SHA256, within five minutes.

use domain::Time;
use domain::notify::signature::Secret;
use domain::sign::same;
use domain::vendor::Webhook;

/// A webhook may be so old, or so far ahead, in seconds.
const WINDOW_S: i64 = 300;

/// Whether a webhook is signed by one of these secrets, and lately; else why not.
///
/// While a secret is replaced there are two, separated by a blank.
pub(crate) fn verify(webhook: &Webhook, secrets: &str, now: Time) -> Result<(), String> {
    let (id, time) = (webhook.header("webhook-id"), webhook.header("webhook-timestamp"));
    let Ok(sent) = time.parse::<i64>() else { return Err("it says no time".into()) };
    if WINDOW_S < now.unix_s().saturating_sub(sent).saturating_abs() {
        return Err("it is too old, or from the future".into());
    }
    let secrets: Vec<_> = secrets.split_whitespace().filter_map(Secret::parse).collect();
    if secrets.is_empty() {
        return Err("we have no secret to verify it with".into());
    }
    let expected: Vec<_> =
        secrets.iter().map(|secret| secret.sign(id, sent, &webhook.body)).collect();
    let mut given = webhook.header("webhook-signature").split_whitespace();
    match given.any(|given| expected.iter().any(|expected| same(given, expected))) {
        true => Ok(()),
        false => Err("its signature is not ours".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The vectors of three official libraries: secret, id, time, body, signature.
    const VECTORS: [[&str; 5]; 3] = [
        [
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            r#"{"test": 2432232314}"#,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ],
        [
            "whsec_RdvaYFYUXuIFuEbvZHwMfYFhUf7aMYjYcmM24+Aj40c=",
            "wh_685c059ae39c8190af8c71ed1022a24d",
            "1750861210",
            r#"{"id": "evt_685c059ae3a481909bdc86819b066fb6", "object": "event", "created_at": 1750861210, "type": "response.completed", "data": {"id": "resp_123"}}"#,
            "v1,gUAg4R2hWouRZqRQG4uJypNS8YK885G838+EHb4nKBY=",
        ],
        [
            "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            "1649367553",
            r#"{"email":"test@example.com","username":"test_user"}"#,
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        ],
    ];

    fn webhook([_, id, time, body, signature]: [&str; 5]) -> Webhook {
        let headers =
            [("webhook-id", id), ("webhook-timestamp", time), ("webhook-signature", signature)];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Webhook { headers: headers.into(), body: body.as_bytes().to_vec() }
    }

    fn at(time: &str, later_s: i64) -> Time {
        Time((time.parse::<i64>().unwrap() + later_s) * 1000)
    }

    #[test]
    fn the_published_vectors_are_verified_within_five_minutes() {
        for vector @ [secret, _, time, ..] in VECTORS {
            let webhook = webhook(vector);
            for later_s in [-300, 0, 300] {
                assert_eq!(verify(&webhook, secret, at(time, later_s)), Ok(()), "{secret}");
            }
            for later_s in [-301, 301] {
                let why = verify(&webhook, secret, at(time, later_s)).unwrap_err();
                assert_eq!(why, "it is too old, or from the future");
            }
        }
    }

    #[test]
    fn one_of_several_secrets_and_signatures_is_enough() {
        let [one, other, _] = VECTORS;
        let mut twice = webhook(one);
        let signatures = format!("v1a,x {} {}", other[4], one[4]);
        twice.headers.insert("webhook-signature".into(), signatures);
        let both = format!("{} {}", other[0], one[0]);
        assert_eq!(verify(&twice, &both, at(one[2], 0)), Ok(()));
        let why = verify(&twice, other[0], at(one[2], 0)).unwrap_err();
        assert_eq!(why, "its signature is not ours");
    }

    #[test]
    fn what_cannot_be_verified_is_not_believed() {
        let [vector, ..] = VECTORS;
        let now = at(vector[2], 0);
        let mut altered = webhook(vector);
        altered.body.push(b' ');
        assert_eq!(verify(&altered, vector[0], now), Err("its signature is not ours".into()));
        let why = "we have no secret to verify it with".to_owned();
        assert_eq!(verify(&webhook(vector), "", now), Err(why));
        let bare = Webhook { headers: Default::default(), body: Vec::new() };
        assert_eq!(verify(&bare, vector[0], now), Err("it says no time".into()));
    }
}
