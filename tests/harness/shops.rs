//! Doubles of vendors for the deployed stack: opened once, each behind a proxy that can cut its calls.

use super::world::World;
use aws::clock;
use aws_sdk_ssm::types::ParameterType;
use axum::Router;
use domain::id::JobId;
use domain::lane::{Resolution, Word, open_vendor};
use domain::money::MicroUsd;
use domain::ports::{Queue, Table};
use domain::record::AttemptRecord;
use domain::state::AttemptState;
use domain::store::{Query, Write};
use domain::stuck::UNKNOWN_S;
use domain::time::Time;
use domain::vendor::circuit::Circuit;
use doubles::books::Work;
use doubles::proxy::{Cut, Proxy};
use doubles::{Double, Shop};
use serde_json::json;
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

    /// What it accepted for a job, which it knows by words of its own, or by where its end is told.
    pub(crate) fn work_of(&self, job: &JobId, words: &str) -> Vec<Work> {
        let ours = |work: &Work| work.key.contains(words) || work.key.contains(job.as_str());
        self.shop().books().work.into_iter().filter(ours).collect()
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

/// Has the models of a vendor asked again, whatever failed of them: as `galley ops trust` does.
pub(crate) async fn trust(world: &World, vendor: &str) {
    let every = Circuit::key(vendor, "");
    let circuits = world.table.query(&Query::prefix(every.pk, &every.sk)).await;
    for item in circuits.expect("a lane can be read") {
        let model = item["sk"].as_str().and_then(|sk| sk.strip_prefix(every.sk.as_str()));
        let circuit = Circuit::key(vendor, model.expect("it begins so"));
        world.write(vec![Write::delete(circuit)]).await;
    }
    world.queue.send(&json!({ "tick": vendor }), 0).await.expect("dispatch can be asked");
}

/// Says of a job's attempts what the books say, as an operator does where nobody else finds out: nothing of it
/// is looked for any more, and whoever comes next finds a stack at rest.
pub(crate) async fn resolve(world: &World, job: &JobId, billed: i64) {
    for attempt in world.job(job).await.attempts {
        if attempt.state != AttemptState::Unknown {
            continue;
        }
        // An operator waits until nobody else can find out.
        let past = Time(clock::now().0 - i64::from(UNKNOWN_S) * 1000);
        let past = Write::set(AttemptRecord::key(&attempt.id), json!({ "started_at": past }));
        world.write(vec![past]).await;
        let said = Resolution {
            resolve: attempt.id.clone(),
            word: if 0 < billed { Word::Paid } else { Word::Unpaid },
            by: "a test".into(),
            why: "it is in the books".into(),
            usd: Some(MicroUsd(billed)),
        };
        let said = serde_json::to_value(said).expect("a word serialises");
        world.queue.send(&said, 0).await.expect("dispatch can be asked");
        world.attempt(&attempt.id, 30, |attempt| attempt.state.over()).await;
    }
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
