//! A host that answers from a script, over real connections.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the host does once it has read a request.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// It answers with this status and body.
    Answer(u16, String),
    /// It answers with these very bytes and closes the connection.
    Raw(&'static str),
    /// It keeps the connection open and says nothing.
    Hang,
}

/// A request as it arrived: the head in lower case, and the body.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) head: String,
    pub(super) body: String,
}

/// A host at an address of its own; it ends with the test.
pub(super) struct Host {
    pub(super) address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Host {
    /// A host that does these things, one per connection.
    pub(super) async fn new(script: &[Act]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (script, books) = (script.to_vec(), seen.clone());
        tokio::spawn(async move {
            let mut open = Vec::new();
            for act in script {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read(&mut stream).await;
                books.lock().unwrap().push(request);
                match act {
                    Act::Answer(status, body) => {
                        let length = body.len();
                        let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {length}\r\n");
                        let _ = stream.write_all(format!("{head}\r\n{body}").as_bytes()).await;
                    }
                    Act::Raw(bytes) => {
                        let _ = stream.write_all(bytes.as_bytes()).await;
                    }
                    Act::Hang => open.push(stream),
                }
            }
            // Whoever hangs keeps its connection until the test is over.
            std::future::pending::<()>().await;
            drop(open);
        });
        Self { address, seen }
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn read(stream: &mut TcpStream) -> Seen {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            break bytes.len();
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(0, |length| length.parse().unwrap());
    while bytes.len() < end + length {
        stream.read_buf(&mut bytes).await.unwrap();
    }
    Seen { head, body: String::from_utf8_lossy(&bytes[end..]).into_owned() }
}
