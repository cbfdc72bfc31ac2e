//! Forms and queries, in the encoding that browsers send.

use std::collections::BTreeMap;

/// A text as it stands in a query or a form.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Pairs as a query or a form; those without a value are left out.
pub(crate) fn pairs(pairs: &[(&str, &str)]) -> String {
    let given = pairs.iter().filter(|(_, value)| !value.is_empty());
    let written: Vec<_> =
        given.map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    written.join("&")
}

/// The fields of a form; of two of one name, the last.
pub(crate) fn fields(body: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(body);
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_read_back() {
        let odd = "a b&c=d%20+é/\u{1F600}";
        let form = pairs(&[("note", odd), ("empty", "")]);
        assert_eq!(fields(form.as_bytes()), BTreeMap::from([("note".into(), odd.into())]));
    }

    #[test]
    fn broken_escapes_are_taken_as_they_are() {
        assert_eq!(fields(b"a=%zz+%4")["a"], "%zz %4");
        assert!(fields(b"").is_empty() && fields(b"nothing").is_empty());
        assert_eq!(fields("a=%é".as_bytes())["a"], "%é");
    }
}
