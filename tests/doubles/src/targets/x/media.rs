//! Uploads to X: begun, sent in parts, ended, and looked at for a while where they are films.

use super::super::{Answer, Call, file, say, silent, text};
use super::{invalid, no_such};
use crate::Shop;
use crate::books::Books;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::sign::sha256;
use serde_json::{Value, json};

/// How often a film is asked about until it is ready.
const LOOKS: u32 = 2;

/// What it takes, and of how many bytes.
const KINDS: [(&str, &str, u64); 5] = [
    ("image/png", "tweet_image", 5 << 20),
    ("image/jpeg", "tweet_image", 5 << 20),
    ("image/webp", "tweet_image", 5 << 20),
    ("image/gif", "tweet_gif", 15 << 20),
    ("video/mp4", "tweet_video", 512 << 20),
];

pub(super) fn answer(shop: &Shop, call: &Call, method: &str, place: &[&str]) -> Answer {
    match (method, place) {
        ("POST", ["upload", "initialize"]) => shop.write(|books| begin(books, &call.json)),
        ("POST", ["upload", id, "append"]) => append(shop, id, call),
        ("POST", ["upload", id, "finalize"]) => end(shop, id),
        ("GET", ["upload"]) => look(shop, call.asked("media_id")),
        ("POST", ["metadata"]) => shop.write(|books| describe(books, &call.json)),
        _ => Err(no_such()),
    }
}

fn begin(books: &mut Books, body: &Value) -> Answer {
    let (media_type, category) = (text(body, "/media_type"), text(body, "/media_category"));
    let size = body["total_bytes"].as_u64().unwrap_or(0);
    let kind = KINDS.iter().find(|kind| (kind.0, kind.1) == (media_type, category));
    let Some((_, _, most)) = kind else {
        return Err(invalid("media_type and media_category do not go together"));
    };
    if size == 0 || *most < size {
        return Err(invalid("total_bytes is more than what this media_category may have"));
    }
    let number = file(books, "", media_type, b"").id;
    let id = format!("13{number:0>17}");
    if let Some(filed) = books.file(&number) {
        (filed.id, filed.ready, filed.bytes) = (id.clone(), false, size as usize);
    }
    let key = format!("3_{id}");
    Ok(say(200, json!({ "data": { "id": id, "media_key": key, "expires_after_secs": 86400 } })))
}

/// Parts come as forms or as JSON.
fn append(shop: &Shop, id: &str, call: &Call) -> Answer {
    let from_json = || BASE64.decode(text(&call.json, "/media")).ok();
    let bytes = call.parts.file("media").map(<[u8]>::to_vec).or_else(from_json);
    let index = call.parts.number("segment_index").or(call.json["segment_index"].as_f64());
    let (Some(bytes), Some(index)) = (bytes.filter(|bytes| !bytes.is_empty()), index) else {
        return Err(invalid("media and segment_index are required"));
    };
    if shop.write(|books| books.file(id).is_none()) {
        return Err(no_such());
    }
    shop.keep(&format!("{id} {index:04}"), (String::new(), bytes));
    Ok(say(200, json!({ "data": { "expires_at": 1_790_000_000 } })))
}

/// The whole is as long as it was said to be.
fn end(shop: &Shop, id: &str) -> Answer {
    let parts = (0..1000).map_while(|index| shop.kept(&format!("{id} {index:04}")));
    let bytes: Vec<u8> = parts.flat_map(|(_, bytes)| bytes).collect();
    let slow = shop.whim("slow");
    shop.write(|books| {
        let filed = books.file(id).ok_or_else(no_such)?;
        if filed.bytes != bytes.len() {
            return Err(invalid("the segments do not add up to total_bytes"));
        }
        filed.sha256 = sha256(&bytes);
        filed.ready = !(slow || filed.media_type == "video/mp4");
        let mut data = json!({
            "id": id, "media_key": format!("3_{id}"), "size": bytes.len(), "expires_after_secs": 86400,
        });
        if !filed.ready {
            data["processing_info"] = json!({ "state": "pending", "check_after_secs": 1 });
        }
        Ok(say(200, json!({ "data": data })))
    })
}

fn look(shop: &Shop, id: &str) -> Answer {
    let broken = shop.whim("broken");
    shop.write(|books| {
        let looks = format!("looks {id}");
        let seen = books.notes.get(&looks).and_then(|n| n.parse().ok()).unwrap_or(0_u32) + 1;
        books.notes.insert(looks, seen.to_string());
        let filed = books.file(id).ok_or_else(no_such)?;
        filed.ready |= LOOKS <= seen && !broken;
        let info = match (broken, filed.ready) {
            (true, _) => json!({ "state": "failed", "error": { "name": "InvalidMedia" } }),
            (_, true) => json!({ "state": "succeeded", "progress_percent": 100 }),
            _ => json!({ "state": "in_progress", "progress_percent": 40, "check_after_secs": 1 }),
        };
        let data = json!({ "id": id, "media_key": format!("3_{id}"), "processing_info": info });
        Ok(say(200, json!({ "data": data })))
    })
}

fn describe(books: &mut Books, body: &Value) -> Answer {
    let alt = text(body, "/metadata/alt_text/text");
    if 1000 < alt.chars().count() {
        return Err(invalid("alt_text.text: at most 1000 characters"));
    }
    let Some(filed) = books.file(text(body, "/id")) else { return Err(silent(404)) };
    filed.alt = alt.into();
    Ok(say(200, json!({ "data": { "id": filed.id, "associated_metadata": body["metadata"] } })))
}
