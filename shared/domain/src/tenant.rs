//! Tenants and how they prove who they are: API keys stored hashed, job tokens signed.

use crate::budget::Budget;
use crate::erase::Retention;
use crate::error::{Error, Result};
use crate::id::{JobId, TenantId};
use crate::person::Person;
use crate::pipeline::Mandate;
use crate::publish::window::Usual;
use crate::record::Tombstone;
use crate::sign::{SigningKey, sha256};
use crate::store::{Key, Write};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Who pays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TenantRecord {
    /// Its id.
    pub tenant: TenantId,
    /// Its tier, such as `standard`.
    pub tier: String,
    /// How many seconds of head start its work has in a lane.
    #[serde(default)]
    pub head_start_s: u32,
    /// How many slots of a lane it may hold at once; none where it has no cap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slots_most: Option<u32>,
    /// Whose events on the bus its triggers may hear: `cms.example`, or `cms.*` for all that begin so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// Why its pipelines may publish what no gate has seen; none where they may not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ungated_because: Option<String>,
    /// The gates that none of its pipelines can leave out.
    #[serde(default, skip_serializing_if = "Mandate::is_empty")]
    pub mandate: Mandate,
    /// How long what it has made is kept.
    #[serde(default)]
    pub keep: Retention,
    /// What it may spend.
    #[serde(default, skip_serializing_if = "Budget::is_empty")]
    pub budget: Budget,
    /// When it publishes where a window does not say it.
    #[serde(default, skip_serializing_if = "Usual::is_empty")]
    pub publishes: Usual,
    /// When and why all that it had was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<Tombstone>,
    /// When it was added.
    pub created_at: Time,
}

/// One of a tenant's API keys. The key itself is nowhere but with its owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// A short name that tells keys apart.
    pub key_id: String,
    /// When it was made.
    pub created_at: Time,
    /// When it stops to be valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Time>,
}

/// The partition that lists all tenants.
pub const TENANTS: &str = "TENANTS";
/// How long a replaced key stays valid, in seconds.
pub const ROTATION_S: u32 = 24 * 3600;
/// How many keys of a tenant are valid at once.
pub const KEYS_MOST: usize = 2;

/// A tenant's partition.
pub fn pk(tenant: &TenantId) -> String {
    format!("TENANT#{tenant}")
}

impl TenantRecord {
    /// A tenant as it is added.
    pub fn new(tenant: TenantId, tier: &str, now: Time) -> Self {
        let head_start_s = if tier == "premium" { 300 } else { 0 };
        Self {
            tenant,
            tier: tier.into(),
            head_start_s,
            slots_most: None,
            sources: Vec::new(),
            ungated_because: None,
            mandate: Mandate::default(),
            keep: Retention::default(),
            budget: Budget::default(),
            publishes: Usual::default(),
            erased: None,
            created_at: now,
        }
    }

    /// Where a tenant lies.
    pub fn key(tenant: &TenantId) -> Key {
        Key::new(TENANTS, tenant.as_str())
    }
}

/// An API key as its owner holds it: `gk_TENANT_SECRET`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Whose it is.
    pub tenant: TenantId,
    text: String,
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ApiKey({})", self.tenant)
    }
}

impl ApiKey {
    /// A new key of 128 random bits.
    pub fn new(tenant: &TenantId, random: [u8; 16]) -> Self {
        let secret: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { tenant: tenant.clone(), text: format!("gk_{tenant}_{secret}") }
    }

    /// Reads a key; none where the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (tenant, secret) = text.strip_prefix("gk_")?.rsplit_once('_')?;
        let tenant = TenantId::parse(tenant).ok()?;
        (secret.len() == 32).then(|| Self { tenant, text: text.to_owned() })
    }

    /// The key itself, to be shown to its owner once.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// A short name that tells keys apart.
    pub fn id(&self) -> String {
        sha256(self.text.as_bytes())[..12].to_owned()
    }

    /// Where its record lies: under its hash.
    pub fn record_key(&self) -> Key {
        Key::new(pk(&self.tenant), format!("KEY#{}", sha256(self.text.as_bytes())))
    }

    /// The write that makes it valid.
    pub fn issue(&self, now: Time) -> Result<Write> {
        let record = KeyRecord { key_id: self.id(), created_at: now, valid_until: None };
        Write::create(self.record_key(), &record)
    }
}

impl KeyRecord {
    /// Whether the key is valid.
    pub fn valid(&self, now: Time) -> bool {
        self.valid_until.is_none_or(|until| now < until)
    }
}

/// The writes of a rotation: the new key, the newest of the old ones for a day more, no others.
///
/// `present` are the tenant's keys, as queried under `KEY#`, with their places.
pub fn rotate(new: &ApiKey, present: &[(Key, KeyRecord)], now: Time) -> Result<Vec<Write>> {
    let mut writes = vec![new.issue(now)?];
    let mut valid: Vec<_> = present.iter().filter(|(_, record)| record.valid(now)).collect();
    valid.sort_by_key(|(_, record)| std::cmp::Reverse(record.created_at));
    for (place, (key, _)) in valid.iter().enumerate() {
        let until = if place + 1 < KEYS_MOST { now.plus_s(ROTATION_S) } else { now };
        writes.push(Write::set(key.clone(), json!({ "valid_until": until })));
    }
    Ok(writes)
}

/// What a job token says: that its bearer may read one job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobToken {
    /// The job.
    pub job: JobId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Until when.
    pub until: Time,
}

/// How long a job token is valid, in seconds.
pub const TOKEN_S: u32 = 7 * 24 * 3600;

/// How long a token may be valid that goes into an address, in seconds: addresses end up in logs and histories.
pub const ADDRESS_TOKEN_S: u32 = 15 * 60;

impl JobToken {
    /// Whether it may stand in an address: it will not be valid for long.
    pub fn fits_an_address(&self, now: Time) -> bool {
        self.until <= now.plus_s(ADDRESS_TOKEN_S)
    }

    /// The token as text: `jt_…`.
    pub fn seal(&self, key: &SigningKey) -> String {
        format!("jt_{}", key.seal("job", self))
    }

    /// Reads a token that is ours and still valid.
    pub fn open(text: &str, key: &SigningKey, now: Time) -> Option<Self> {
        let token: Self = key.open("job", text.strip_prefix("jt_")?)?;
        (now < token.until).then_some(token)
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A tenant, with an API key.
    Tenant(TenantId),
    /// A person who works for a tenant, with a personal key.
    Person(Person),
    /// The bearer of a job's token.
    Token(JobToken),
}

impl Caller {
    /// Whose data may be seen.
    pub fn tenant(&self) -> &TenantId {
        match self {
            Self::Tenant(tenant) => tenant,
            Self::Person(person) => &person.tenant,
            Self::Token(token) => &token.tenant,
        }
    }

    /// The person, where it is one.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Person(person) => Some(person),
            Self::Tenant(_) | Self::Token(_) => None,
        }
    }

    /// Whether this job of that tenant may be read. What may not be read does not exist for the caller.
    pub fn may_read(&self, job: &JobId, tenant: &TenantId) -> Result<()> {
        let may = match self {
            Self::Tenant(own) => own == tenant,
            Self::Person(person) => person.tenant == *tenant,
            Self::Token(token) => token.job == *job && token.tenant == *tenant,
        };
        may.then_some(()).ok_or_else(|| Error::Invalid(format!("there is no job {job}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant() -> TenantId {
        TenantId::parse("acme-media").unwrap()
    }

    #[test]
    fn a_key_names_its_tenant_and_is_stored_hashed() {
        let key = ApiKey::new(&tenant(), [7; 16]);
        assert_eq!(ApiKey::parse(key.reveal()), Some(key.clone()));
        let stored = format!("{:?}", key.issue(Time(5)).unwrap());
        assert!(!stored.contains(key.reveal()));
        assert!(!format!("{key:?}").contains("0707"));
        for text in ["", "gk_", "gk_acme", "gk_ACME_0707", "jt_x"] {
            assert_eq!(ApiKey::parse(text), None, "{text}");
        }
    }

    #[test]
    fn two_keys_are_valid_while_rotating() {
        let now = Time(1_000_000);
        let at = |created: i64, sk: &str| {
            let record =
                KeyRecord { key_id: sk.into(), created_at: Time(created), valid_until: None };
            (Key::new("p", sk), record)
        };
        let writes = rotate(&ApiKey::new(&tenant(), [1; 16]), &[at(1, "old"), at(2, "newer")], now);
        let until: Vec<_> =
            writes.unwrap()[1..].iter().map(|w| format!("{:?}", w.change)).collect();
        assert!(until[0].contains(&now.plus_s(ROTATION_S).0.to_string()), "{until:?}");
        assert!(until[1].contains("1000000"), "{until:?}");
    }

    #[test]
    fn a_job_token_opens_until_its_time_is_over() {
        let key = SigningKey::new("s");
        let token =
            JobToken { job: JobId::new(Time(1), [1; 10]), tenant: tenant(), until: Time(9) };
        let text = token.seal(&key);
        assert_eq!(JobToken::open(&text, &key, Time(8)), Some(token));
        assert_eq!(JobToken::open(&text, &key, Time(9)), None);
        assert_eq!(JobToken::open(&text, &SigningKey::new("t"), Time(8)), None);
    }
}
