//! Vendors and publishing targets that are not there: each behaves as its contract says, faults included, and
//! keeps books of what it billed or showed. For tests and the local stack; nothing here is ever deployed.

pub mod ark;
pub mod bedrock;
pub mod books;
pub mod chat;
pub mod conformance;
pub mod elevenlabs;
pub mod fal;
pub mod faults;
pub mod gemini;
pub mod house;
pub mod kling;
pub mod made;
pub mod modal;
pub mod openai;
pub mod parts;
pub mod proxy;
mod queue;
mod refused;
pub mod replicate;
pub mod runway;
pub mod sagemaker;
pub mod sigv4;
pub mod spec;
pub mod stability;
pub mod stall;
pub mod targets;
mod tls;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use books::Books;
use faults::{Fault, Faults};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A media type, and bytes of it.
pub type Output = (String, Vec<u8>);

/// What the double of one vendor works with.
#[derive(Clone, Debug, Default)]
pub struct Shop {
    state: Arc<Mutex<(Books, Faults)>>,
    kept: Arc<Mutex<BTreeMap<String, Output>>>,
    address: Arc<Mutex<String>>,
}

impl Shop {
    /// What was asked for and billed.
    pub fn books(&self) -> Books {
        self.lock().0.clone()
    }

    /// Writes in the books.
    pub fn write<T>(&self, write: impl FnOnce(&mut Books) -> T) -> T {
        write(&mut self.lock().0)
    }

    /// The next answers: one fault each, in this order.
    pub fn fault(&self, fault: Fault) {
        self.lock().1.next.push_back(fault);
    }

    /// The next answer to a call that begins so, such as `POST /wp-json/wp/v2/posts`: this fault.
    pub fn fault_on(&self, call: &str, fault: Fault) {
        self.lock().1.on.push_back((call.into(), fault));
    }

    /// Keeps from now on what is said, where no fault is ordered.
    pub fn keep_all(&self, kept: spec::Kept) {
        self.lock().1.kept = Some(kept);
    }

    /// Takes back the faults of answers that nobody met.
    pub fn no_faults(&self) {
        let faults = &mut self.lock().1;
        faults.next.clear();
        faults.on.clear();
    }

    /// Whether this fault of the vendor's own is ordered for the next work, such as a blurred picture; once.
    pub fn whim(&self, name: &str) -> bool {
        self.lock().1.whims.remove(name)
    }

    /// Orders a fault of the vendor's own for the next work.
    pub fn order_whim(&self, name: &'static str) {
        self.lock().1.whims.insert(name);
    }

    /// Keeps an output of work until it is asked for: its media type, and its bytes.
    pub fn keep(&self, id: &str, output: Output) {
        self.kept.lock().expect("no test panics while it holds it").insert(id.into(), output);
    }

    /// The output of work.
    pub fn kept(&self, id: &str) -> Option<Output> {
        self.kept.lock().expect("no test panics while it holds it").get(id).cloned()
    }

    /// Lets go of an output.
    pub fn forget(&self, id: &str) {
        self.kept.lock().expect("no test panics while it holds it").remove(id);
    }

    /// Where this double is, such as `http://127.0.0.1:8700`.
    pub fn address(&self) -> String {
        self.address.lock().expect("no test panics while it holds it").clone()
    }

    fn lock(&self) -> MutexGuard<'_, (Books, Faults)> {
        self.state.lock().expect("no test panics while it holds it")
    }
}

/// A double that listens. It ends when it is dropped.
#[derive(Debug)]
pub struct Double {
    /// Its books and faults.
    pub shop: Shop,
    /// Where it listens.
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Double {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Double {
    /// Lets a vendor's routes listen on a free port of this machine, behind the faults that are ordered.
    pub async fn open(routes: impl FnOnce(Shop) -> Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        Self::on(listener, routes)
    }

    /// The same on a listener that is there.
    pub fn on(listener: TcpListener, routes: impl FnOnce(Shop) -> Router) -> Self {
        let address = listener.local_addr().expect("it is bound");
        let shop = Shop::default();
        *shop.address.lock().expect("nobody else has it yet") = format!("http://{address}");
        let app = routes(shop.clone()).layer(from_fn_with_state(shop.clone(), faulty));
        let task = tokio::spawn(async move {
            // It ends by being aborted; an error of one connection is that connection's.
            let _ = axum::serve(listener, app).await;
        });
        Self { shop, address, task }
    }

    /// Its address as a base address.
    pub fn base(&self) -> String {
        self.shop.address()
    }
}

/// Applies the next fault to what a vendor would have answered.
async fn faulty(State(shop): State<Shop>, request: Request, next: Next) -> Response {
    // What lies on the vendor's file server is not the API.
    if request.uri().path().starts_with("/files/") {
        return next.run(request).await;
    }
    let call = format!("{} {}", request.method(), request.uri().path());
    let fault = shop.lock().1.met(&call);
    match fault {
        Some(fault) => fault.apply(request, next).await,
        None => next.run(request).await,
    }
}
