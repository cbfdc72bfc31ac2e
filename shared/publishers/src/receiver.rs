//! A receiver of webhooks on a local port, for tests: it remembers what it got and answers as told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How it answers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Manner {
    /// With these lines of a head.
    Head(&'static str),
    /// Never; it keeps the connection.
    Silent,
    /// It reads the request and hangs up.
    HangUp,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// A receiver.
pub(crate) struct Receiver {
    pub(crate) port: u16,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    /// Starts one.
    pub(crate) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let got = Arc::new(Mutex::new(Vec::new()));
        let book = got.clone();
        tokio::spawn(async move {
            let mut kept = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = read(&mut stream).await;
                book.lock().unwrap().push(request);
                match manner {
                    Manner::Head(head) => {
                        let text = format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\n\r\n");
                        stream.write_all(text.as_bytes()).await.unwrap();
                    }
                    Manner::Silent => kept.push(stream),
                    Manner::HangUp => {}
                }
            }
        });
        Self { port, got }
    }

    /// What it got.
    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// Its entry in the operator's list.
    pub(crate) fn entry(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

async fn read(stream: &mut TcpStream) -> Got {
    let mut bytes = Vec::new();
    let end = loop {
        let mut some = [0; 1024];
        let n = stream.read(&mut some).await.unwrap();
        bytes.extend_from_slice(&some[..n]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        assert_ne!(n, 0, "the request has no end of its head");
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let path = lines.next().unwrap().split(' ').nth(1).unwrap().to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length {
        let mut some = [0; 1024];
        let n = stream.read(&mut some).await.unwrap();
        body.extend_from_slice(&some[..n]);
    }
    Got { path, headers, body }
}
