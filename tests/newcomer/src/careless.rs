//! The suite has teeth: an adapter with one of the usual mistakes does not pass the clause that is about it.

use crate::adapter::Acme;
use crate::contract::contract;
use async_trait::async_trait;
use domain::vendor::{Answer, Class, Handle, Model, Order, Outcome};
use doubles::conformance::{self, Contract};
use providers::desk::Desk;
use providers::vendor::Vendor;

/// What Acme's adapter would do with one mistake in it.
#[derive(Debug)]
enum Mistake {
    /// It takes a server error for a refusal, so that the work would be paid twice.
    Hasty,
    /// It takes an answer that lacks what is needed for one that says nothing.
    Blind,
    /// It remembers the key in the handle.
    Chatty,
}

#[async_trait]
impl Vendor for Mistake {
    fn name(&self) -> &'static str {
        "acme"
    }

    fn base(&self) -> &'static str {
        Acme.base()
    }

    fn models(&self) -> &'static [Model] {
        Acme.models()
    }

    async fn start(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        let answer = Acme.start(desk, order).await;
        match (self, answer.outcome) {
            (Self::Hasty, Outcome::Unknown(why)) => Outcome::refused(Class::Later(1), why).into(),
            (Self::Blind, outcome) => outcome.into(),
            (Self::Chatty, Outcome::Accepted { handle, .. }) => {
                Outcome::accepted(handle.with("key", &desk.key.secret)).into()
            }
            (_, outcome) => Answer { outcome, ..answer },
        }
    }

    async fn check(&self, desk: &Desk<'_>, order: &Order, handle: &Handle) -> Answer {
        Acme.check(desk, order, handle).await
    }
}

fn hasty() -> Contract {
    Contract { vendor: Box::new(Mistake::Hasty), ..contract() }
}

fn blind() -> Contract {
    Contract { vendor: Box::new(Mistake::Blind), ..contract() }
}

fn chatty() -> Contract {
    Contract { vendor: Box::new(Mistake::Chatty), ..contract() }
}

#[tokio::test]
async fn whoever_takes_a_lost_answer_for_a_refusal_does_not_pass() {
    let clause = tokio::spawn(conformance::a_start_whose_answer_is_lost_is_unknown(hasty));
    assert!(clause.await.is_err());
}

#[tokio::test]
async fn whoever_does_not_notice_that_something_is_missing_does_not_pass() {
    let clause = tokio::spawn(conformance::what_a_start_lacks_is_drift(blind));
    assert!(clause.await.is_err());
}

#[tokio::test]
async fn whoever_keeps_a_key_does_not_pass() {
    let clause = tokio::spawn(conformance::nothing_is_kept_that_is_secret(chatty));
    assert!(clause.await.is_err());
}
