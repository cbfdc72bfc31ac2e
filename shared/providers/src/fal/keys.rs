//! The public keys that fal signs its webhooks with: fetched, and kept for a day at most.

use super::beside;
use crate::desk::Desk;
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::Time;
use domain::sign::{sha256, unhex};
use domain::vendor::Webhook;
use reqwest::{Method, Url};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Where fal publishes its keys.
const HOST: &str = "https://rest.fal.ai";
const PLACE: &str = "/.well-known/jwks.json";

/// A webhook may be so old, or so far ahead, in seconds.
const WINDOW_S: i64 = 300;

/// Keys are believed for so long.
const LIFE_MS: i64 = 24 * 3_600_000;

/// A signature by no key we have makes us ask for new ones; not more often than this.
const PAUSE_MS: i64 = 60_000;

/// The keys by the address they came from.
#[derive(Debug, Default)]
pub(super) struct Keys(Mutex<BTreeMap<String, Known>>);

#[derive(Clone, Debug)]
struct Known {
    keys: Vec<Vec<u8>>,
    at: Time,
}

impl Keys {
    /// Whether fal signed a webhook, and lately; else why not.
    pub(super) async fn verify(
        &self,
        desk: &Desk<'_>,
        webhook: &Webhook,
        now: Time,
    ) -> Result<(), String> {
        let header = |name: &str| webhook.header(&format!("x-fal-webhook-{name}"));
        let time = header("timestamp");
        let Ok(sent) = time.parse::<i64>() else { return Err("it says no time".into()) };
        if WINDOW_S < now.unix_s().saturating_sub(sent).saturating_abs() {
            return Err("it is too old, or from the future".into());
        }
        let Some(signature) = unhex(header("signature")) else {
            return Err("its signature is not hexadecimal".into());
        };
        let hash = sha256(&webhook.body);
        let signed = [header("request-id"), header("user-id"), time, &hash].join("\n");
        let place = beside(desk, HOST, PLACE)?;
        for fresh_ms in [LIFE_MS, PAUSE_MS] {
            let keys = self.known(desk, &place, now, fresh_ms).await?;
            if keys.iter().any(|key| is_by(key, signed.as_bytes(), &signature)) {
                return Ok(());
            }
        }
        Err("none of fal's keys signed it".into())
    }

    /// The keys, no older than this.
    async fn known(
        &self,
        desk: &Desk<'_>,
        place: &Url,
        now: Time,
        fresh_ms: i64,
    ) -> Result<Vec<Vec<u8>>, String> {
        let kept = self.0.lock().ok().and_then(|known| known.get(place.as_str()).cloned());
        if let Some(kept) = kept.filter(|kept| now.since_ms(kept.at) < fresh_ms) {
            return Ok(kept.keys);
        }
        let unread = || String::from("fal's keys cannot be read");
        // The keys are public: ours is not sent along.
        let reply = desk.ask(desk.request_at(Method::GET, place.clone())).await;
        let reply = reply.map_err(|_| unread())?;
        let keys = read(&reply.json());
        if reply.status != 200 || keys.is_empty() {
            return Err(unread());
        }
        if let Ok(mut known) = self.0.lock() {
            known.insert(place.to_string(), Known { keys: keys.clone(), at: now });
        }
        Ok(keys)
    }
}

/// The Ed25519 keys of a key set.
fn read(set: &Value) -> Vec<Vec<u8>> {
    let keys = set["keys"].as_array().into_iter().flatten();
    keys.filter(|key| key["kty"] == "OKP" && key["crv"] == "Ed25519")
        .filter_map(|key| BASE64.decode(key["x"].as_str()?.trim_end_matches('=')).ok())
        .filter(|key| key.len() == 32)
        .collect()
}

fn is_by(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Key, Wire};
    use serde_json::json;

    // The first key pair of RFC 8032.
    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    const SIGNATURE: &str = "44e8b0e9e1ad8f1660e656cebe3d0ff16819e2a20bb88684c14211e7a4aedb55\
                             bdd9ab0c4cd8cb722ce80a16e31654200ce9b50e2cbc234ccecf3a752078510c";
    const ID: &str = "024ca5b1-45d3-4afd-883e-ad3abe2a1c4d";

    fn webhook(edit: impl FnOnce(&mut Webhook)) -> Webhook {
        let headers = [
            ("x-fal-webhook-request-id", ID),
            ("x-fal-webhook-user-id", "user_1"),
            ("x-fal-webhook-timestamp", "1700000000"),
            ("x-fal-webhook-signature", SIGNATURE),
        ];
        let ids = format!(r#""request_id":"{ID}","gateway_request_id":"{ID}""#);
        let body = format!(r#"{{{ids},"status":"OK","payload":{{"images":[]}}}}"#);
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut webhook = Webhook { headers: headers.into(), body: body.into_bytes() };
        edit(&mut webhook);
        webhook
    }

    fn secret() -> Key {
        Key { secret: "id:secret".into(), webhook: String::new() }
    }

    /// What is said of a webhook so many seconds after it was signed, where the key is known.
    async fn verified(webhook: Webhook, later_s: i64) -> Result<(), String> {
        verified_with(webhook, later_s, 0).await
    }

    /// The same where the key has been known for so long.
    async fn verified_with(webhook: Webhook, later_s: i64, age_ms: i64) -> Result<(), String> {
        let now = Time((1_700_000_000 + later_s) * 1000);
        let (wire, key) = (Wire::default(), secret());
        let desk = wire.desk("https://queue.invalid", &key, now);
        let set = json!({ "keys": [
            { "kty": "RSA", "x": X },
            { "kty": "OKP", "crv": "Ed25519", "x": "AAAA" },
            { "kty": "OKP", "crv": "Ed25519", "x": X },
        ]});
        let known = Known { keys: read(&set), at: Time(now.0 - age_ms) };
        let place = beside(&desk, HOST, PLACE).unwrap().to_string();
        let keys = Keys(Mutex::new(BTreeMap::from([(place, known)])));
        keys.verify(&desk, &webhook, now).await
    }

    #[tokio::test]
    async fn the_published_vector_is_verified_within_five_minutes() {
        for later_s in [-300, 0, 300] {
            assert_eq!(verified(webhook(|_| {}), later_s).await, Ok(()), "{later_s}");
        }
        for later_s in [-301, 301] {
            let why = verified(webhook(|_| {}), later_s).await.unwrap_err();
            assert_eq!(why, "it is too old, or from the future");
        }
    }

    #[tokio::test]
    async fn whatever_is_altered_is_signed_by_nobody() {
        let by_nobody = Err("none of fal's keys signed it".to_owned());
        let body = webhook(|webhook| webhook.body.push(b' '));
        assert_eq!(verified(body, 0).await, by_nobody);
        for (name, other) in [("request-id", "x"), ("user-id", "x"), ("timestamp", "1700000001")] {
            let altered = webhook(|webhook| {
                webhook.headers.insert(format!("x-fal-webhook-{name}"), other.into());
            });
            assert_eq!(verified(altered, 0).await, by_nobody, "{name}");
        }
        let bare = webhook(|webhook| webhook.headers.clear());
        assert_eq!(verified(bare, 0).await, Err("it says no time".into()));
    }

    #[tokio::test]
    async fn keys_are_believed_for_a_day_and_asked_for_again_where_none_fits() {
        let unread = Err("fal's keys cannot be read".to_owned());
        assert_eq!(verified_with(webhook(|_| {}), 0, LIFE_MS - 1).await, Ok(()));
        assert_eq!(verified_with(webhook(|_| {}), 0, LIFE_MS).await, unread);
        let altered = webhook(|webhook| webhook.body.push(b' '));
        assert_eq!(verified_with(altered, 0, PAUSE_MS).await, unread);
    }

    #[tokio::test]
    async fn without_keys_nothing_is_believed() {
        let (wire, key) = (Wire::default(), secret());
        let desk = wire.desk("https://127.0.0.1:1", &key, Time(1_700_000_000_000));
        let said = Keys::default().verify(&desk, &webhook(|_| {}), desk.now).await;
        assert_eq!(said, Err("fal's keys cannot be read".into()));
    }

    #[test]
    fn the_keys_of_fal_lie_at_another_of_its_addresses() {
        let (wire, key) = (Wire::default(), secret());
        let at = |base| beside(&wire.desk(base, &key, Time(0)), HOST, PLACE).unwrap().to_string();
        assert_eq!(at("https://queue.fal.run"), "https://rest.fal.ai/.well-known/jwks.json");
        assert_eq!(at("https://fal.example.com"), "https://fal.example.com/.well-known/jwks.json");
    }
}
