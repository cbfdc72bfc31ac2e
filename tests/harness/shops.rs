//! Doubles of vendors for the deployed stack: opened once, each behind a proxy that can cut its calls.

use super::world::World;
use aws_sdk_ssm::types::ParameterType;
use axum::Router;
use domain::lane::open_vendor;
use doubles::proxy::{Cut, Proxy};
use doubles::{Double, Shop};
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, MutexGuard};

/// A vendor's double and its proxy.
pub(crate) struct Open {
    double: Double,
    proxy: Proxy,
}

impl Open {
    /// What was asked for and billed.
    pub(crate) fn shop(&self) -> &Shop {
        &self.double.shop
    }

    /// Cuts the next call that is no question here.
    pub(crate) fn cut_next(&self, cut: Cut) {
        self.proxy.cut_next(cut);
    }
}

/// A vendor: its name, the port that the stack may call, the rest of its base address, a key, its routes.
type Vendor = (&'static str, u16, &'static str, &'static str, fn(Shop) -> Router);

const VENDORS: [Vendor; 4] = [
    ("chat", 8801, "/v1", r#"{"secret":"sk-0123456789"}"#, doubles::chat::routes),
    ("openai", 8802, "/v1", r#"{"secret":"sk-proj-0123456789"}"#, doubles::openai::routes),
    ("fal", 8803, "", r#"{"secret":"key-of-ours:secret-of-ours"}"#, doubles::fal::routes),
    ("stability", 8804, "", r#"{"secret":"sk-double-of-stability"}"#, doubles::stability::routes),
];

/// A vendor that is set up, and at whose address nobody listens.
pub(crate) const DOWN: &str = "replicate";
const DOWN_PORT: u16 = 8805;

/// The doubles. Tests that look at their books take turns.
pub(crate) struct Shops {
    open: Vec<Open>,
    turn: Mutex<()>,
}

impl Shops {
    /// The double of a vendor.
    pub(crate) fn of(&self, vendor: &str) -> &Open {
        let at = VENDORS.iter().position(|(name, ..)| *name == vendor);
        &self.open[at.expect("there is such a double")]
    }

    /// What all of them were asked for.
    pub(crate) fn works(&self) -> usize {
        self.open.iter().map(|open| open.shop().books().work.len()).sum()
    }
}

/// Opens the doubles, and sets the vendors up on the stack.
pub(crate) async fn open(world: &World) -> (&'static Shops, MutexGuard<'static, ()>) {
    let shops = listening();
    let turn = shops.turn.lock().await;
    for (vendor, port, base, key, _) in VENDORS {
        set_up(world, vendor, &format!("http://127.0.0.1:{port}{base}"), key).await;
    }
    let nobody = format!("http://127.0.0.1:{DOWN_PORT}/v1");
    set_up(world, DOWN, &nobody, r#"{"secret":"r8_0123456789"}"#).await;
    (shops, turn)
}

async fn set_up(world: &World, vendor: &str, base: &str, key: &str) {
    let secret = format!(r#"{{"keys":[{key}],"base":"{base}"}}"#);
    let put = world.ssm.put_parameter().name(format!("/galley/vendors/{vendor}"));
    let put = put.value(secret).r#type(ParameterType::SecureString).overwrite(true);
    put.send().await.expect("a secret can be put");
    open_vendor(&world.table, vendor, 16).await.expect("a lane can be opened");
}

/// The doubles, which listen from the first call on.
pub(crate) fn listening() -> &'static Shops {
    static SHOPS: OnceLock<Shops> = OnceLock::new();
    SHOPS.get_or_init(listen)
}

/// Doubles outlive the test that opens them: they have a runtime of their own.
fn listen() -> Shops {
    let (give, take) = channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime can be made").block_on(async move {
            let mut open = Vec::new();
            for (vendor, port, _, _, routes) in VENDORS {
                let listener = TcpListener::bind(("127.0.0.1", port)).await;
                let listener = listener.unwrap_or_else(|cause| panic!("{vendor}: {cause}"));
                let double = Double::open(routes).await;
                let proxy = Proxy::on(listener, &double);
                open.push(Open { double, proxy });
            }
            give.send(open).expect("somebody waits for it");
            std::future::pending::<()>().await;
        });
    });
    Shops { open: take.recv().expect("the doubles listen"), turn: Mutex::new(()) }
}
