//! What every adapter has to do, held against the double of its vendor.
//!
//! A vendor gives a [`Contract`]; [`conformance!`](crate::conformance) makes one test of each clause.

mod clauses;
mod cuts;
mod inputs;
mod webhooks;

pub use clauses::*;
pub use cuts::*;
pub use inputs::order;
pub use webhooks::*;

use crate::faults::Fault;
use crate::{Double, Shop};
use axum::Router;
use domain::Time;
use domain::vendor::{Answer, Class, Handle, Order, Outcome};
use providers::desk::{Desk, Key, Wire};
use providers::gpu::Allowed;
use providers::vendor::Vendor;
use std::time::SystemTime;

/// What the suite has to know of a vendor.
#[derive(Debug)]
pub struct Contract {
    /// The adapter.
    pub vendor: Box<dyn Vendor>,
    /// The double.
    pub routes: fn(Shop) -> Router,
    /// What follows the double's address in the base address, such as `/v1`.
    pub base: &'static str,
    /// A key that the double takes.
    pub key: Key,
    /// One order of each kind that it does, made by [`order`]. The first one is used for all faults.
    pub orders: Vec<Order>,
    /// What its start may be refused with, and what the next move is then.
    pub refusals: Vec<(Fault, Class)>,
    /// What is needed of the answer to a start, as JSON pointers.
    pub start_needs: Vec<&'static str>,
    /// What is needed of the answer to a check of work that is done, as JSON pointers; none where it answers at once.
    pub check_needs: Vec<&'static str>,
    /// Where a check's answer says how the work stands; none where it answers at once.
    pub status: Option<&'static str>,
    /// Whether accepted work can be stopped.
    pub cancels: bool,
    /// Whether work can be looked for whose start got no answer.
    pub finds: bool,
    /// Whether it tells the end by webhook, and signs that.
    pub tells: Tells,
    /// The double's whim that lets an output be gone before it is fetched, if outputs are at addresses.
    pub expires: Option<&'static str>,
}

/// Whether a vendor tells the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tells {
    /// It does not.
    Never,
    /// It does; who sent it cannot be seen.
    Unsigned,
    /// It does, and signs.
    Signed,
}

/// An adapter at the double of its vendor.
#[derive(Debug)]
pub struct Bench {
    /// What the suite knows of it.
    pub contract: Contract,
    /// The double.
    pub double: Double,
    /// The order that is used for faults.
    pub order: Order,
    base: String,
    wire: Wire,
    /// What serves the inputs; it ends with the bench.
    _inputs: Double,
}

/// Most checks until work has to be over.
const CHECKS_MOST: u32 = 20;

impl Bench {
    /// Opens the double, and a server for inputs.
    pub async fn open(contract: fn() -> Contract) -> Self {
        let mut contract = contract();
        let double = Double::open(contract.routes).await;
        let served = inputs::serve(&mut contract.orders).await;
        let base = format!("{}{}", double.base(), contract.base);
        let wire = Wire::new(Allowed::new([double.address.to_string()]));
        let order = contract.orders.first().expect("a vendor does something").clone();
        Self { contract, double, order, base, wire, _inputs: served }
    }

    /// What the adapter calls with.
    pub fn desk(&self) -> Desk<'_> {
        self.wire.desk(&self.base, &self.contract.key, now())
    }

    /// Starts an order.
    pub async fn start(&self, order: &Order) -> Answer {
        self.contract.vendor.start(&self.desk(), order).await
    }

    /// Checks accepted work.
    pub async fn check(&self, order: &Order, handle: &Handle) -> Answer {
        self.contract.vendor.check(&self.desk(), order, handle).await
    }

    /// Checks until the work is over.
    pub async fn end(&self, order: &Order, mut answer: Answer) -> Answer {
        for _ in 0..CHECKS_MOST {
            let Outcome::Accepted { handle, .. } = &answer.outcome else { return answer };
            answer = self.check(order, handle).await;
        }
        panic!("not over after {CHECKS_MOST} checks: {answer:?}");
    }

    /// Starts the usual order; what it is found again by.
    pub async fn accepted(&self) -> Handle {
        match self.start(&self.order).await.outcome {
            Outcome::Accepted { handle, .. } => handle,
            other => panic!("not accepted: {other:?}"),
        }
    }
}

/// The time that it is: doubles look at what is signed as their vendors do.
#[expect(clippy::disallowed_methods, reason = "tests have no clock to hand on")]
pub fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Time(since.expect("it is after 1970").as_millis() as i64)
}

/// Makes one test of each clause for a vendor: `conformance!(fal, contract);`
#[macro_export]
macro_rules! conformance {
    ($name:ident, $contract:expr) => {
        mod $name {
            use super::*;
            $crate::clauses!($contract;
                every_kind_of_work_comes_out,
                each_refusal_has_its_class,
                a_slow_answer_is_an_answer,
                a_start_whose_answer_is_lost_is_unknown,
                a_start_that_cannot_connect_is_refused,
                a_start_that_breaks_anywhere_is_never_taken_for_a_refusal,
                what_a_start_lacks_is_drift,
                what_a_check_lacks_is_drift,
                an_unknown_status_is_drift_and_still_working,
                a_check_without_an_answer_changes_nothing,
                a_check_whose_key_is_not_taken_says_so,
                work_can_be_stopped,
                lost_work_can_be_found,
                nothing_is_kept_that_is_secret,
                an_output_that_is_gone_is_not_brought,
                the_end_is_told_and_verified
            );
        }
    };
}

/// One test of each of these clauses.
#[macro_export]
macro_rules! clauses {
    ($contract:expr; $($clause:ident),+) => {
        $(#[tokio::test]
        async fn $clause() {
            $crate::conformance::$clause($contract).await;
        })+
    };
}
