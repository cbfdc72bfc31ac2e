//! A print partner for tests: keeps its contract, and breaks down as told.

use crate::heard::{self, Heard, hear};
use serde_json::{Value, json};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How it treats one order that it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// It takes it and says so.
    Takes,
    /// It takes it, and hangs up.
    Loses,
    /// It takes it, and answers after so many milliseconds.
    Slow(u64),
    /// It takes it, and answers 500.
    Stumbles,
    /// It answers 500, and has taken nothing.
    Breaks,
    /// It has no time: 503 with `Retry-After`.
    Busy,
    /// It wants none of it, with a reason.
    Refuses,
    /// It hangs up before it has read anything into its books.
    HangsUp,
}

#[derive(Default)]
struct Book {
    asked: Vec<Heard>,
    orders: Vec<Value>,
    manners: Vec<Manner>,
}

/// A partner that listens until it is dropped.
pub struct Partner {
    /// Where it listens.
    pub port: u16,
    book: Arc<Mutex<Book>>,
    closed: Arc<AtomicBool>,
}

impl Drop for Partner {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        // Wakes the listener, which gives the port back.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

impl Partner {
    /// Listens there; the first orders meet these manners, later ones are taken.
    ///
    /// A careless partner does not look at the idempotency key: what it is sent twice it prints twice.
    pub fn start(address: &str, manners: &[Manner], careless: bool) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let port = listener.local_addr()?.port();
        let manners = manners.iter().rev().copied().collect();
        let book = Arc::new(Mutex::new(Book { manners, ..Book::default() }));
        let closed = Arc::new(AtomicBool::new(false));
        let (ours, over) = (book.clone(), closed.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let book = ours.clone();
                std::thread::spawn(move || serve(stream, &book, careless));
            }
        });
        Ok(Self { port, book, closed })
    }

    /// All that was asked.
    pub fn asked(&self) -> Vec<Heard> {
        lock(&self.book).asked.clone()
    }

    /// The orders in its books.
    pub fn orders(&self) -> Vec<Value> {
        lock(&self.book).orders.clone()
    }
}

fn lock(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(stream: TcpStream, book: &Mutex<Book>, careless: bool) -> Option<()> {
    let asked = hear(&stream)?;
    let (status, answer, wait) = {
        let mut book = lock(book);
        book.asked.push(asked.clone());
        match asked.method.as_str() {
            "POST" => ordered(&asked, &mut book, careless)?,
            _ => {
                let wanted = asked.path.split_once("reference=").map_or("", |(_, wanted)| wanted);
                let orders = book.orders.iter().filter(|order| order["reference"] == wanted);
                (200, json!({ "orders": orders.map(shown).collect::<Vec<_>>() }), 0)
            }
        }
    };
    std::thread::sleep(Duration::from_millis(wait));
    let head = format!("{status} so\r\ncontent-type: application/json\r\nretry-after: 1");
    heard::answer(&stream, &head, &answer.to_string()).ok()
}

/// Status, answer and milliseconds to wait; none where it hangs up.
fn ordered(asked: &Heard, book: &mut Book, careless: bool) -> Option<(u16, Value, u64)> {
    let order: Value = serde_json::from_slice(&asked.body).ok()?;
    let known = book.orders.iter().position(|known| known["reference"] == order["reference"]);
    if let Some(known) = known.filter(|_| !careless) {
        return Some((409, shown(&book.orders[known]), 0));
    }
    let manner = book.manners.pop().unwrap_or(Manner::Takes);
    let problem = |title: &str| json!({ "title": title });
    match manner {
        Manner::HangsUp => return None,
        Manner::Breaks => return Some((500, problem("broken"), 0)),
        Manner::Busy => return Some((503, problem("busy"), 0)),
        Manner::Refuses => return Some((422, problem("we do not ship there"), 0)),
        _ => {}
    }
    let mut order = order;
    order["id"] = json!(format!("o-{}", book.orders.len() + 1));
    order["state"] = json!("accepted");
    let answer = shown(&order);
    book.orders.push(order);
    match manner {
        Manner::Loses => None,
        Manner::Stumbles => Some((500, problem("broken"), 0)),
        Manner::Slow(wait) => Some((201, answer, wait)),
        _ => Some((201, answer, 0)),
    }
}

fn shown(order: &Value) -> Value {
    json!({ "id": order["id"], "reference": order["reference"], "state": order["state"] })
}
