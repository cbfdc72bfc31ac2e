//! A receiver of webhooks on a local port, for tests: it remembers what it got and answers as told.

use crate::heard::{Heard, answer, hear};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

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

/// A receiver.
pub(crate) struct Receiver {
    pub(crate) port: u16,
    got: Arc<Mutex<Vec<Heard>>>,
}

impl Receiver {
    /// Starts one.
    pub(crate) fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let got = Arc::new(Mutex::new(Vec::new()));
        let book = got.clone();
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for stream in listener.incoming().flatten() {
                book.lock().unwrap().extend(hear(&stream));
                match manner {
                    Manner::Head(head) => answer(&stream, head, "").unwrap(),
                    Manner::Silent => kept.push(stream),
                    Manner::HangUp => {}
                }
            }
        });
        Self { port, got }
    }

    /// What it got.
    pub(crate) fn got(&self) -> Vec<Heard> {
        self.got.lock().unwrap().clone()
    }

    /// Its entry in the operator's list.
    pub(crate) fn entry(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}
