//! A scripted API on a port of this machine: remembers every request and answers as it is told.
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// What the API does about a request.
pub(crate) enum Reply {
    Json(u16, Value),
    Bytes(Vec<u8>),
    /// The request was read; its answer is lost.
    Lost,
    /// Not now; come back after so many seconds.
    Later(u16, u32),
}

/// The running API.
pub(crate) struct Api {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Api {
    /// An API without WebSockets, which answers every other request by `script`.
    pub(crate) fn new(script: impl Fn(&Request, &str) -> Reply + Send + Sync + 'static) -> Self {
        Self::whole(move |request, own| match request.path.ends_with("/token") {
            true => Reply::Json(404, json!({ "title": "There is nothing there", "status": 404 })),
            false => script(request, own),
        })
    }

    /// Answers every request by `script`, which is also told the API's own address.
    pub(crate) fn whole(script: impl Fn(&Request, &str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (seen, script) = (Arc::new(Mutex::new(Vec::new())), Arc::new(script));
        let (all, own) = (Arc::clone(&seen), url.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (all, own, script) = (Arc::clone(&all), own.clone(), Arc::clone(&script));
                std::thread::spawn(move || {
                    let Some(request) = read(&stream) else { return };
                    all.lock().unwrap().push(request.clone());
                    write(stream, script(&request, &own));
                });
            }
        });
        Self { url, seen }
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }

    /// The requests so far, as `METHOD path`.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(Request::line).collect()
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut words = first.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path, headers, body })
}

fn write(mut stream: TcpStream, reply: Reply) {
    let (status, extra, body) = match reply {
        Reply::Lost => return,
        Reply::Json(status, body) => (status, String::new(), body.to_string().into_bytes()),
        Reply::Bytes(body) => (200, String::new(), body),
        Reply::Later(status, seconds) => {
            (status, format!("retry-after: {seconds}\r\n"), b"{\"message\":\"later\"}".to_vec())
        }
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n{extra}\r\n",
        body.len()
    );
    // A caller that has hung up gets no answer.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

/// A job in a state, with the fields every test may rely on and one that no client knows.
pub(crate) fn job(state: &str) -> Value {
    let terminal = !matches!(state, "accepted" | "running" | "canceling");
    json!({
        "id": "j1", "state": state, "terminal": terminal, "retryable": state == "failed",
        "pipeline": "hero-image", "version": 3, "run": 1,
        "created_at": "2026-11-20T10:00:00Z", "updated_at": "2026-11-20T10:00:42.5Z",
        "ended_at": terminal.then_some("2026-11-20T10:00:42.5Z"),
        "cost": {"usd": 0.0123, "attempts": 1}, "mood": "unknown to this client",
        "steps": [], "assets": [], "publications": [],
        "links": {"self": "/v1/jobs/j1", "events": "/v1/jobs/j1/events"},
    })
}

/// The log of a job that ended so.
pub(crate) fn log(end: &str) -> Vec<Value> {
    let event = |n: u64, kind: &str, step: Option<&str>, data: Value| {
        let mut event =
            json!({"n": n, "at": format!("2026-11-20T10:00:0{n}Z"), "type": kind, "data": data});
        if let Some(step) = step {
            event["step"] = step.into();
        }
        event
    };
    vec![
        event(1, "job.accepted", None, json!({})),
        event(2, "step.started", Some("generate"), json!({"host": "h1"})),
        event(3, "step.progress", Some("generate"), json!({"fraction": 0.5})),
        event(4, "step.succeeded", Some("generate"), json!({"usd": 0.0123})),
        event(5, &format!("job.{end}"), None, json!({"cost": 0.0123})),
    ]
}

/// The page of a log that a request for events asks for.
pub(crate) fn page(request: &Request, log: &[Value]) -> Reply {
    let after = request.path.split("after=").nth(1).unwrap().split('&').next().unwrap();
    let after: usize = after.parse().unwrap();
    let events = &log[after.min(log.len())..];
    Reply::Json(200, json!({"events": events, "last": log.len(), "terminal": true}))
}
