//! A proxy before a double that cuts one call short, wherever a connection can break, and lets all others through.

use crate::Double;
use crate::tls::Tls;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Where a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// It is connected, and nothing is read: where it is to be encrypted, before that is agreed on.
    Connected,
    /// It is agreed how to encrypt it, and nothing is read.
    Secured,
    /// The vendor has read the head of the request.
    RequestHead,
    /// The vendor has read half of its body.
    RequestHalf,
    /// The vendor has read all of it, and done what it says; nothing of its answer comes.
    RequestWhole,
    /// The same, and the connection stays open until the caller has waited enough.
    Held,
    /// The status of the answer comes.
    StatusLine,
    /// The head of the answer comes.
    AnswerHead,
    /// Half of its body comes.
    AnswerHalf,
}

impl Cut {
    /// All of a call that is not encrypted, in order.
    pub const PLAIN: [Self; 7] = [
        Self::Connected,
        Self::RequestHead,
        Self::RequestHalf,
        Self::RequestWhole,
        Self::StatusLine,
        Self::AnswerHead,
        Self::AnswerHalf,
    ];
    /// All of a call that is encrypted, in order.
    pub const ALL: [Self; 8] = [
        Self::Connected,
        Self::Secured,
        Self::RequestHead,
        Self::RequestHalf,
        Self::RequestWhole,
        Self::StatusLine,
        Self::AnswerHead,
        Self::AnswerHalf,
    ];

    /// Whether the vendor has read the whole request by then.
    pub fn accepted(self) -> bool {
        !matches!(self, Self::Connected | Self::Secured | Self::RequestHead | Self::RequestHalf)
    }
}

/// A proxy that listens. It ends when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    cut: Arc<Mutex<Option<Cut>>>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// A proxy before a double that is called encrypted, as vendors are; who calls it has to trust this certificate.
    pub async fn secure(double: &Double, cut: Cut) -> (Self, Vec<u8>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let (tls, certificate) = Tls::new();
        let proxy = Self::with(listener, double, Some(tls));
        proxy.cut_next(cut);
        (proxy, certificate)
    }

    /// Cuts the next call that is no question here.
    pub fn cut_next(&self, cut: Cut) {
        *self.cut.lock().expect("no test panics while it holds it") = Some(cut);
    }

    /// A proxy before a real server, which cuts nothing yet.
    pub async fn before(behind: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        Self::passing(listener, behind, None)
    }

    /// A proxy on a listener that is there, which cuts nothing yet. The double gives its address as its own from now on.
    pub fn on(listener: TcpListener, double: &Double) -> Self {
        Self::with(listener, double, None)
    }

    fn with(listener: TcpListener, double: &Double, tls: Option<Tls>) -> Self {
        let address = listener.local_addr().expect("it is bound");
        let scheme = if tls.is_some() { "https" } else { "http" };
        *double.shop.address.lock().expect("no test panics while it holds it") =
            format!("{scheme}://{address}");
        Self::passing(listener, double.address, tls)
    }

    fn passing(listener: TcpListener, behind: SocketAddr, tls: Option<Tls>) -> Self {
        let address = listener.local_addr().expect("it is bound");
        let cut = Arc::new(Mutex::new(None));
        let cuts = cut.clone();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // An error of a connection is that connection's.
                tokio::spawn(met(client, behind, cuts.clone(), tls.clone()));
            }
        });
        Self { address, cut, task }
    }
}

/// The cut that is ordered, once, if it is such a one.
fn take(cut: &Mutex<Option<Cut>>, wanted: fn(Cut) -> bool) -> Option<Cut> {
    let mut cut = cut.lock().expect("no test panics while it holds it");
    cut.take_if(|cut| wanted(*cut))
}

/// A connection that came about: its request is passed on, unless it is cut before it.
async fn met(
    client: TcpStream,
    behind: SocketAddr,
    cut: Arc<Mutex<Option<Cut>>>,
    tls: Option<Tls>,
) -> std::io::Result<()> {
    if take(&cut, |cut| cut == Cut::Connected).is_some() {
        return Ok(());
    }
    let Some(tls) = tls else { return pass(client, behind, &cut).await };
    let client = tls.agreed(client).await?;
    if take(&cut, |cut| cut == Cut::Secured).is_some() {
        return Ok(());
    }
    pass(client, behind, &cut).await
}

/// Passes one request and its answer on, unless it is the one to be cut: the first that is no question.
async fn pass(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    behind: SocketAddr,
    cut: &Mutex<Option<Cut>>,
) -> std::io::Result<()> {
    let (head, body) = read(&mut client).await?;
    let cut = if head.starts_with(b"GET ") { None } else { take(cut, |_| true) };
    let mut server = TcpStream::connect(behind).await?;
    let line = head.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    // So that the answer ends with its connection.
    server.write_all(&[&head[..line], b"connection: close\r\n", &head[line..]].concat()).await?;
    match cut {
        Some(Cut::RequestHead) => return Ok(()),
        Some(Cut::RequestHalf) => return server.write_all(&body[..body.len() / 2]).await,
        _ => server.write_all(&body).await?,
    }
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    if cut == Some(Cut::Held) {
        while client.read(&mut [0]).await? != 0 {}
        return Ok(());
    }
    let line = answer.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let head = end_of_head(&answer).unwrap_or(answer.len());
    let sent = match cut {
        Some(Cut::RequestWhole) => 0,
        Some(Cut::StatusLine) => line,
        Some(Cut::AnswerHead) => head,
        Some(Cut::AnswerHalf) => head + (answer.len() - head) / 2,
        _ => answer.len(),
    };
    client.write_all(&answer[..sent]).await?;
    client.shutdown().await
}

/// Where the head of a message ends.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|at| at == b"\r\n\r\n").map(|at| at + 4)
}

/// A whole request: its head, and its body, which says how long it is.
async fn read(client: &mut (impl AsyncRead + Unpin)) -> std::io::Result<(Vec<u8>, Vec<u8>)> {
    let (mut bytes, mut part) = (Vec::new(), [0; 65_536]);
    loop {
        let end = end_of_head(&bytes);
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head.split("content-length:").nth(1).and_then(|rest| rest.lines().next());
            let length = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
            if end + length <= bytes.len() {
                let body = bytes.split_off(end);
                return Ok((bytes, body));
            }
        }
        match client.read(&mut part).await? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => bytes.extend_from_slice(&part[..read]),
        }
    }
}
