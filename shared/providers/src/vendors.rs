//! All vendors behind one port: the right adapter, a key that is taken, and outputs that are fetched with care.

use crate::account::Account;
use crate::desk::{Key, Wire};
use crate::fetch::fetch;
use crate::gpu::Allowed;
use crate::vendor::Vendor;
use async_trait::async_trait;
use domain::ports::Vendors;
use domain::vendor::{Answer, Class, Handle, Heard, Model, Order, Outcome, Source, Webhook};
use domain::{Error, Result, Time};
use std::pin::Pin;

type Reading = Pin<Box<dyn Future<Output = Result<String>> + Send>>;
type Reader = Box<dyn Fn(&str, Option<String>) -> Reading + Send + Sync>;
type Role = Box<dyn Fn() -> Reading + Send + Sync>;

/// Vendors over HTTP.
pub struct HttpVendors {
    vendors: Vec<Box<dyn Vendor>>,
    wire: Wire,
    allowed: Vec<String>,
    /// The secret of a vendor: `None` asks for it, `Some` for another one than that.
    secrets: Reader,
    /// The function's own credentials, as a key of AWS has them; none where it has no role.
    role: Option<Role>,
    clock: fn() -> Time,
}

/// Secrets are never printed.
impl std::fmt::Debug for HttpVendors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpVendors").field("vendors", &self.vendors).finish_non_exhaustive()
    }
}

impl HttpVendors {
    /// These vendors; `allowed` are exact `host:port` of the operator's that may be called though they are not
    /// public HTTPS. `secrets` gives the secret of a vendor, `clock` the time.
    pub fn new<F, R>(
        vendors: Vec<Box<dyn Vendor>>,
        allowed: Vec<String>,
        secrets: F,
        clock: fn() -> Time,
    ) -> Self
    where
        F: Fn(&str, Option<String>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<String>> + Send + 'static,
    {
        let wire = Wire::new(Allowed::new(allowed.clone()));
        let secrets =
            Box::new(move |vendor: &str, refused| Box::pin(secrets(vendor, refused)) as Reading);
        Self { vendors, wire, allowed, secrets, role: None, clock }
    }

    /// The same, and where a vendor's key is `role` it is called with these credentials: `access:secret:token`.
    #[must_use]
    pub fn with_role<R>(mut self, role: impl Fn() -> R + Send + Sync + 'static) -> Self
    where
        R: Future<Output = Result<String>> + Send + 'static,
    {
        self.role = Some(Box::new(move || Box::pin(role()) as Reading));
        self
    }

    /// What a vendor's secret says now.
    async fn account(&self, vendor: &dyn Vendor) -> Result<Account> {
        let secret = (self.secrets)(vendor.name(), None).await?;
        Account::parse(vendor.name(), &secret)
    }

    /// A key as it is used: that of our own role changes every few hours, and is never kept.
    async fn in_hand(&self, vendor: &dyn Vendor, key: &Key) -> Result<Key> {
        let Some(rest) = key.of_role().filter(|_| vendor.by_role()) else { return Ok(key.clone()) };
        let Some(role) = &self.role else {
            let why = format!("vendor {} is called by our role, and we have none", vendor.name());
            return Err(Error::Fault(why));
        };
        let secret = match rest {
            "" => role().await?,
            rest => format!("{}:{rest}", role().await?),
        };
        Ok(Key { secret, webhook: key.webhook.clone() })
    }

    /// What all of them can do.
    pub fn models(&self) -> Vec<Model> {
        self.vendors.iter().flat_map(|vendor| vendor.models().iter().cloned()).collect()
    }

    fn vendor(&self, name: &str) -> Result<&dyn Vendor> {
        let vendor = self.vendors.iter().find(|vendor| vendor.name() == name);
        let vendor = vendor.map(|vendor| &**vendor);
        vendor.ok_or_else(|| Error::Fault(format!("there is no vendor {name:?}")))
    }

    /// Calls a vendor with each of the keys in turn, until one is taken; then with those of a secret that was
    /// changed meanwhile. A key that is not taken is a certain refusal, so this starts nothing twice.
    async fn asked(&self, call: Call<'_>) -> Result<Answer> {
        let vendor = self.vendor(&call.order.vendor)?;
        let secret = (self.secrets)(vendor.name(), None).await?;
        let answer = self.with_account(vendor, &secret, call).await?;
        if !not_taken(&answer) {
            return Ok(answer);
        }
        let other = (self.secrets)(vendor.name(), Some(secret.clone())).await?;
        match other == secret {
            true => Ok(answer),
            false => self.with_account(vendor, &other, call).await,
        }
    }

    async fn with_account(
        &self,
        vendor: &dyn Vendor,
        secret: &str,
        call: Call<'_>,
    ) -> Result<Answer> {
        let account = Account::parse(vendor.name(), secret)?;
        let base = account.base_of(vendor);
        let keys: Vec<_> = match call.what {
            What::Check(handle) => vec![account.of(&handle.key)],
            What::Start | What::Find => account.in_turn(call.order.attempt.as_str()).collect(),
        };
        let mut answer = None;
        for key in keys {
            let in_hand = self.in_hand(vendor, key).await?;
            let desk = self.wire.desk(base, &in_hand, (self.clock)());
            let mut given = match call.what {
                What::Start => vendor.start(&desk, call.order).await,
                What::Check(handle) => vendor.check(&desk, call.order, handle).await,
                What::Find => vendor.find(&desk, call.order).await,
            };
            if let Outcome::Accepted { handle, .. } = &mut given.outcome
                && handle.key.is_empty()
            {
                handle.key = key.label();
            }
            let refused = not_taken(&given);
            answer = Some(given);
            if !refused {
                break;
            }
        }
        answer.ok_or_else(|| Error::Fault(format!("vendor {} has no keys", vendor.name())))
    }

    /// The same of what may be asked any number of times: work is not over because our key is.
    async fn looked(&self, call: Call<'_>) -> Answer {
        let unknown = |why: String| Outcome::Unknown(why).into();
        match self.asked(call).await {
            Ok(answer) if not_taken(&answer) => unknown("our credentials are not taken".into()),
            Ok(answer) => answer,
            Err(why) => unknown(why.to_string()),
        }
    }
}

/// A call that is to be made with a key.
#[derive(Clone, Copy)]
struct Call<'a> {
    order: &'a Order,
    what: What<'a>,
}

#[derive(Clone, Copy)]
enum What<'a> {
    Start,
    Check(&'a Handle),
    Find,
}

/// Whether our credentials were not taken.
fn not_taken(answer: &Answer) -> bool {
    let refusal = match &answer.outcome {
        Outcome::Refused(refusal) | Outcome::Failed { refusal, .. } => refusal,
        _ => return false,
    };
    refusal.class == Class::Credentials
}

#[async_trait]
impl Vendors for HttpVendors {
    async fn start(&self, order: &Order) -> Answer {
        match self.asked(Call { order, what: What::Start }).await {
            Ok(answer) => answer,
            // No key, no call.
            Err(Error::Again(why)) => Outcome::refused(Class::Later(5), why).into(),
            Err(why) => Outcome::refused(Class::Credentials, why.to_string()).into(),
        }
    }

    async fn check(&self, order: &Order, handle: &Handle) -> Answer {
        self.looked(Call { order, what: What::Check(handle) }).await
    }

    async fn find(&self, order: &Order) -> Answer {
        self.looked(Call { order, what: What::Find }).await
    }

    async fn cancel(&self, order: &Order, handle: &Handle) -> Result<()> {
        let vendor = self.vendor(&order.vendor)?;
        let account = self.account(vendor).await?;
        let key = self.in_hand(vendor, account.of(&handle.key)).await?;
        let desk = self.wire.desk(account.base_of(vendor), &key, (self.clock)());
        vendor.cancel(&desk, order, handle).await
    }

    async fn fetch(&self, _vendor: &str, source: Source) -> Result<Vec<u8>> {
        match source {
            Source::Bytes(bytes) => Ok(bytes),
            Source::Url(url) => fetch(&self.allowed, &url).await,
        }
    }

    async fn hear(&self, vendor: &str, webhook: &Webhook, now: Time) -> Result<Heard> {
        let vendor = self.vendor(vendor)?;
        let account = self.account(vendor).await?;
        let mut heard = Heard::Nothing;
        // Signed for one of our keys: each has its own secret.
        for key in &account.keys {
            let key = self.in_hand(vendor, key).await?;
            let desk = self.wire.desk(account.base_of(vendor), &key, now);
            heard = vendor.hear(&desk, webhook, now).await;
            if matches!(heard, Heard::News(_)) {
                break;
            }
        }
        Ok(heard)
    }
}
