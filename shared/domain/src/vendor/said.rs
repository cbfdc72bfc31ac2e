//! What is repeated of a vendor's or a target's words, and how ours are put into an address.

use crate::ordered;
use serde_json::Value;

/// One part of a path: what is no letter, digit or one of `-._~` is written as its code.
pub fn segment(text: &str) -> String {
    let code = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    match text {
        // They would lead to another path, however they are written.
        "." | ".." => "-".into(),
        _ => text.bytes().map(code).collect(),
    }
}

/// A reason of a vendor's for people: shortened, on one line.
pub fn reason(text: &str) -> String {
    const LENGTH: usize = 200;
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LENGTH).collect()
}

/// Fields that repeat what was asked for, whole: nothing that is said in them is kept.
const ASKED: [&str; 8] = [
    "content",
    "input",
    "json_input",
    "negative_prompt",
    "prompt",
    "promptText",
    "revised_prompt",
    "text",
];

/// What was found in place of what the contract promises: its shape, and of its texts only single short words.
///
/// A prompt, an address or a message is none of those.
pub fn found(value: &Value) -> String {
    const WORD_MOST: usize = 40;
    let is_word = |text: &str| {
        text.len() <= WORD_MOST && text.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c))
    };
    fn shown(value: &Value, deep: usize, asked: bool, is_word: &impl Fn(&str) -> bool) -> Value {
        let inner = |at: &Value, asked: bool| shown(at, deep + 1, asked, is_word);
        match value {
            Value::String(text) if asked || !is_word(text) => {
                format!("<{} characters>", text.len()).into()
            }
            Value::Array(items) => items.iter().take(3).map(|item| inner(item, asked)).collect(),
            Value::Object(_) if 4 < deep => "<object>".into(),
            Value::Object(fields) => {
                let kept = ordered::fields(fields).into_iter().take(20).map(|(key, at)| {
                    (key.clone(), inner(at, asked || ASKED.contains(&key.as_str())))
                });
                Value::Object(kept.collect())
            }
            other => other.clone(),
        }
    }
    shown(value, 0, false, &is_word).to_string().chars().take(1000).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_was_found_the_shape_is_kept_and_nothing_that_was_said() {
        let answer = serde_json::json!({
            "status": "pondering",
            "count": 3,
            "prompt": "cat",
            "input": { "seed": 7, "style": "noir" },
            "detail": "a cat at dusk",
            "webhook": "https://api.example/hook/secret",
            "outputs": [null, { "url": "https://files.example/a.png?sig=1" }],
        });
        let kept = "{\"count\":3,\"detail\":\"<13 characters>\",\
            \"input\":{\"seed\":7,\"style\":\"<4 characters>\"},\
            \"outputs\":[null,{\"url\":\"<33 characters>\"}],\
            \"prompt\":\"<3 characters>\",\"status\":\"pondering\",\"webhook\":\"<31 characters>\"}";
        assert_eq!(found(&answer), kept);
    }

    #[test]
    fn a_part_of_a_path_stays_in_its_place() {
        assert_eq!(segment("a-1_B.~"), "a-1_B.~");
        assert_eq!(segment("a/b:c?d#e%"), "a%2Fb%3Ac%3Fd%23e%25");
        assert_eq!(segment("ü"), "%C3%BC");
        assert_eq!(segment(".."), "-");
    }
}
