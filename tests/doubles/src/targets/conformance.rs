//! What every spoke has to do, held against the double of its target.
//!
//! A target gives a [`Contract`]; [`spokes!`](crate::spokes) makes one test of each clause.

mod clauses;
mod entries;
mod forms;
mod grants;
mod lost;

pub use clauses::*;
pub use entries::*;
pub use forms::{PICTURE, sending};
pub use grants::*;
pub use lost::*;

use crate::faults::Fault;
use crate::{Double, Shop};
use axum::Router;
use domain::Time;
use domain::id::TenantId;
use domain::post::Able;
use domain::publish::{Grant, Renewed, Sending, Spoke, Told, Went};
use publishers::guarded::Guarded;
use publishers::line::Line;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// What the suite has to know of a target.
#[derive(Clone)]
pub struct Contract {
    /// The adapter.
    pub spoke: fn(Line) -> Box<dyn Spoke>,
    /// The double.
    pub routes: fn(Shop) -> Router,
    /// What a tenant lends of the double at this base address.
    pub grant: fn(&str) -> Grant,
    /// The call that makes the post, as method and path begin: `POST /wp-json/wp/v2/posts`.
    pub makes: &'static str,
    /// The other calls that change something there, such as an upload.
    pub changes: Vec<&'static str>,
    /// What the making may be refused with, and what the next move is then.
    pub refusals: Vec<(Fault, Next)>,
    /// How it says that there is too much, and after how many seconds it may be asked again.
    pub limits: Vec<(Fault, u32)>,
    /// What is needed of the answers to calls: JSON pointers.
    pub needs: Vec<(&'static str, &'static str)>,
    /// The secret that is spoilt, so that the grant opens nothing.
    pub opens: &'static str,
    /// The double's whim that ends a token which can be renewed, if it has such tokens.
    pub renews: Option<&'static str>,
    /// Whether whoever remembers nothing and sends it again does no harm.
    pub again: bool,
    /// Whether its alternative texts can be sent.
    pub alts: bool,
}

/// What the next move is after a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The same again, later.
    Later,
    /// Nothing: the post is at fault.
    Never,
    /// A person on our side: an account, a plan.
    Elsewhere,
    /// The tenant, who has to connect again.
    Connect,
}

/// An adapter at the double of its target.
pub struct Bench {
    /// What the suite knows of it.
    pub contract: Contract,
    /// The double.
    pub double: Double,
    /// The adapter.
    pub spoke: Box<dyn Spoke>,
    /// What opens the account now.
    pub grant: Grant,
    /// What was told, in order.
    pub told: Vec<Told>,
}

/// A grant at a double, of these settings and secrets.
pub fn grant(settings: Value, secret: Value) -> Grant {
    let fields = |value: Value| value.as_object().cloned().unwrap_or_else(Map::new);
    Grant {
        tenant: TenantId::parse("acme").expect("it is one"),
        connection: "brand".into(),
        settings: fields(settings),
        secret: fields(secret),
        expires_at: None,
    }
}

/// A call may take so long.
const LIMIT: Duration = Duration::from_secs(4);

/// So many verbs are asked until a post must be there.
const VERBS: usize = 60;

/// A verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Does the next thing.
    Start,
    /// Looks.
    Check,
    /// Makes visible.
    Finalize,
}

impl Bench {
    /// Opens the double.
    pub async fn open(contract: fn() -> Contract) -> Self {
        let contract = contract();
        let double = Double::open(contract.routes).await;
        let spoke = (contract.spoke)(line(&double.address.to_string(), LIMIT));
        let grant = (contract.grant)(&double.base());
        Self { contract, double, spoke, grant, told: Vec::new() }
    }

    /// What the target is able to do.
    pub fn able(&self) -> &'static Able {
        self.spoke.able()
    }

    /// The usual post on its way to this target.
    pub fn sending(&self) -> Sending {
        sending(self.able(), 1, 1)
    }

    /// Asks for a verb; what it says is remembered, as the ledger would.
    pub async fn verb(&mut self, verb: Verb, sending: &mut Sending) -> Told {
        let told = match verb {
            Verb::Start => self.spoke.start(&self.grant, sending).await,
            Verb::Check => self.spoke.check(&self.grant, sending).await,
            Verb::Finalize => self.spoke.finalize(&self.grant, sending).await,
        };
        if let Some(progress) = &told.progress {
            sending.progress = progress.clone();
        }
        self.told.push(told.clone());
        told
    }

    /// What is asked next; none where it is over, or refused.
    pub fn next(told: &Told) -> Option<Verb> {
        match &told.went {
            Went::On => Some(Verb::Start),
            Went::Ready => Some(Verb::Finalize),
            Went::Working | Went::Unknown(_) => Some(Verb::Check),
            Went::Done(_) | Went::Refused(..) => None,
        }
    }

    /// Does with a post what Galley does, until it is there or refused. A grant that is over is renewed, once.
    pub async fn drive(&mut self, sending: &mut Sending) -> Told {
        self.drive_from(Verb::Start, sending).await
    }

    /// The same from this verb on.
    pub async fn drive_from(&mut self, mut verb: Verb, sending: &mut Sending) -> Told {
        let mut renewed = false;
        for _ in 0..VERBS {
            let told = self.verb(verb, sending).await;
            match Self::next(&told) {
                Some(next) => verb = next,
                None if told.grant_over && !renewed && self.renew().await => {
                    (verb, renewed) = (Verb::Check, true);
                }
                None => return told,
            }
        }
        panic!("not over after {VERBS} verbs: {:?}", self.told.last());
    }

    /// Renews the grant; whether it is another one now.
    pub async fn renew(&mut self) -> bool {
        let now = crate::conformance::now();
        match self.spoke.renew(&self.grant, now).await {
            Renewed::With(secret, expires_at) => {
                (self.grant.secret, self.grant.expires_at) = (secret, expires_at);
                true
            }
            _ => false,
        }
    }

    /// Posts the usual post.
    pub async fn posted(&mut self) -> (Sending, Told) {
        let mut sending = self.sending();
        let told = self.drive(&mut sending).await;
        assert!(matches!(told.went, Went::Done(_)), "{told:?}");
        (sending, told)
    }

    /// How many pieces everybody sees, and whether each became visible once.
    pub fn seen(&self) -> (usize, bool) {
        let books = self.double.shop.books();
        let visible: Vec<_> = books.visible().collect();
        (visible.len(), visible.iter().all(|shown| shown.times == 1))
    }

    /// The drift that was told.
    pub fn drift(&self) -> Vec<String> {
        self.told.iter().flat_map(|told| &told.drift).map(|drift| drift.field.clone()).collect()
    }
}

/// A line that may call this address.
pub fn line(address: &str, limit: Duration) -> Line {
    let client = Guarded::new([address.to_owned()]).within(limit);
    Line::new(client, Arc::new(|| -> Time { crate::conformance::now() }))
}

/// Makes one test of each clause for a target: `spokes!(wordpress, contract);`
#[macro_export]
macro_rules! spokes {
    ($name:ident, $contract:expr) => {
        mod $name {
            use super::*;
            $crate::spoke_clauses!($contract;
                a_post_appears_once_with_its_media_and_their_words,
                a_post_of_words_alone_appears,
                a_thread_hangs_together,
                each_refusal_has_its_next_move,
                a_limit_is_kept_for_as_long_as_it_says,
                a_grant_that_opens_nothing_says_so,
                a_token_that_is_over_is_renewed,
                whose_account_it_is_can_be_asked,
                what_got_no_answer_is_looked_up_and_sent_once,
                what_came_too_late_is_looked_up_and_sent_once,
                whoever_dies_before_writing_down_what_was_told_sends_nothing_twice,
                whoever_remembers_nothing_finds_it,
                what_is_changed_is_changed_there,
                what_is_taken_back_is_gone,
                what_an_answer_lacks_is_drift,
                what_is_said_of_an_end_is_drift,
                where_nobody_listens_nothing_was_sent,
                figures_are_told_where_there_are_any,
                nothing_is_told_that_is_secret
            );
        }
    };
}

/// One test of each of these clauses.
#[macro_export]
macro_rules! spoke_clauses {
    ($contract:expr; $($clause:ident),+) => {
        $(#[tokio::test]
        async fn $clause() {
            $crate::targets::conformance::$clause($contract).await;
        })+
    };
}
