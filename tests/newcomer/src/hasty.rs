//! The suite for targets has teeth: a spoke with one of the usual mistakes does not pass the clause that is about it.

use crate::post_contract::contract;
use crate::spoke::Acme;
use async_trait::async_trait;
use domain::ports::Refusal;
use domain::post::Able;
use domain::publish::{Grant, Probed, Sending, Spoke, Told, Went};
use doubles::targets::conformance::{self, Contract};
use serde_json::{Value, json};

/// What Acme's spoke would do with one mistake in it.
#[derive(Clone, Debug)]
enum Mistake {
    /// It gives another reference each time, and finds nothing: what is lost is sent twice.
    Hasty(Acme),
    /// It takes an answer that lacks what is needed for one that says nothing.
    Blind(Acme),
    /// It remembers the token.
    Chatty(Acme),
    /// It takes a limit for a refusal for good.
    Deaf(Acme),
}

impl Mistake {
    fn acme(&self) -> &Acme {
        let (Self::Hasty(acme) | Self::Blind(acme) | Self::Chatty(acme) | Self::Deaf(acme)) = self;
        acme
    }
}

#[async_trait]
impl Spoke for Mistake {
    fn able(&self) -> &'static Able {
        self.acme().able()
    }

    async fn start(&self, grant: &Grant, sending: &Sending) -> Told {
        let mut sending = sending.clone();
        if matches!(self, Self::Hasty(_)) {
            // Another one each time.
            sending.id.push_str(&doubles::conformance::now().0.to_string());
        }
        let told = self.acme().start(grant, &sending).await;
        match (self, told.went.clone()) {
            (Self::Blind(_), _) => Told { drift: Vec::new(), ..told },
            (Self::Chatty(_), _) => {
                let progress = told.progress.clone().unwrap_or_else(|| json!({}));
                let files = progress.get("files").cloned().unwrap_or(Value::Null);
                told.knowing(json!({ "files": files, "token": grant.secret("token") }))
            }
            (Self::Deaf(_), Went::Refused(Refusal::Later, why)) => {
                Told::refused(Refusal::Never, why)
            }
            _ => told,
        }
    }

    async fn check(&self, grant: &Grant, sending: &Sending) -> Told {
        self.acme().check(grant, sending).await
    }

    async fn probe(&self, grant: &Grant) -> Probed {
        self.acme().probe(grant).await
    }
}

fn hasty() -> Contract {
    Contract { spoke: |line| Box::new(Mistake::Hasty(Acme::new(line))), ..contract() }
}

fn blind() -> Contract {
    Contract { spoke: |line| Box::new(Mistake::Blind(Acme::new(line))), ..contract() }
}

fn chatty() -> Contract {
    Contract { spoke: |line| Box::new(Mistake::Chatty(Acme::new(line))), ..contract() }
}

fn deaf() -> Contract {
    Contract { spoke: |line| Box::new(Mistake::Deaf(Acme::new(line))), ..contract() }
}

#[tokio::test]
async fn whoever_sends_what_may_be_there_does_not_pass() {
    let clause = conformance::what_got_no_answer_is_looked_up_and_sent_once(hasty);
    assert!(tokio::spawn(clause).await.is_err());
}

#[tokio::test]
async fn whoever_does_not_count_what_is_missing_does_not_pass() {
    let clause = conformance::what_an_answer_lacks_is_drift(blind);
    assert!(tokio::spawn(clause).await.is_err());
}

#[tokio::test]
async fn whoever_remembers_a_secret_does_not_pass() {
    let clause = conformance::nothing_is_told_that_is_secret(chatty);
    assert!(tokio::spawn(clause).await.is_err());
}

#[tokio::test]
async fn whoever_gives_up_at_a_limit_does_not_pass() {
    let clause = conformance::a_limit_is_kept_for_as_long_as_it_says(deaf);
    assert!(tokio::spawn(clause).await.is_err());
}
