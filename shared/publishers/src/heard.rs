//! One request as doubles of receivers hear it, for tests.

use crate::signature::Secret;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// What somebody asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// `POST` or `GET`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// By their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// As it came.
    pub body: Vec<u8>,
}

impl Heard {
    /// Whether who asks holds this secret, and the body is as it was signed.
    pub fn signed_by(&self, secret: &Secret) -> bool {
        let header = |name: &str| self.headers.get(name).map_or("", String::as_str);
        let Ok(seconds) = header("webhook-timestamp").parse() else { return false };
        let wanted = secret.sign(header("webhook-id"), seconds, &self.body);
        header("webhook-signature").split(' ').any(|signature| signature == wanted)
    }
}

/// Reads a request to its end; none where it has none.
pub fn hear(stream: &TcpStream) -> Option<Heard> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Heard { method, path, headers, body })
}

/// Answers with this status and these lines of a head, and hangs up.
pub fn answer(mut stream: &TcpStream, head: &str, body: &str) -> std::io::Result<()> {
    let length = body.len();
    let text = format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    stream.write_all((text + body).as_bytes())
}
