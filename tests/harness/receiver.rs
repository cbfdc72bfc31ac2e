//! A receiver of webhooks: takes what comes, and answers as it was told.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What came.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    /// The headers, with names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// A receiver that listens until its process ends, or its answers are used up.
pub(crate) struct Receiver {
    received: Arc<Mutex<Vec<Post>>>,
}

impl Receiver {
    /// Listens, and answers one request with each status.
    pub(crate) fn start(address: &str, answers: &[u16]) -> Self {
        let listener = TcpListener::bind(address).expect("the receiver's address is free");
        let received = Arc::new(Mutex::new(Vec::new()));
        let (answers, posts) = (answers.to_vec(), received.clone());
        std::thread::spawn(move || {
            for status in answers {
                let Ok((stream, _)) = listener.accept() else { return };
                if let Some(post) = take(stream, status) {
                    posts.lock().expect("nobody panicked here").push(post);
                }
            }
        });
        Self { received }
    }

    /// All that came so far.
    pub(crate) fn received(&self) -> Vec<Post> {
        self.received.lock().expect("nobody panicked here").clone()
    }
}

fn take(stream: TcpStream, status: u16) -> Option<Post> {
    let mut reader = BufReader::new(stream);
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
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let answer = format!("HTTP/1.1 {status} so\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    reader.get_mut().write_all(answer.as_bytes()).ok()?;
    Some(Post { headers, body })
}
