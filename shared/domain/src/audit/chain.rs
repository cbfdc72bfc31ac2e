//! Where chains lie, and how an entry is appended in the transaction of what it reports.

use super::entry::{Act, Entry, Said};
use crate::error::{Error, Result};
use crate::id::{JobId, TenantId};
use crate::ports::Table;
use crate::record::JobRecord;
use crate::store::{Condition, Item, Key, Write, from_item, sort_key};
use crate::tenant;
use crate::time::Time;
use crate::whole;
use serde::{Deserialize, Serialize};

/// The field of a head's record that holds it.
const FIELD: &str = "audit";
/// How often a chain is read again that is appended to.
const RACES: usize = 5;

/// Which chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chain {
    /// What people decided about a job; its head lies in the job's `META`.
    Job(JobId),
    /// What people changed of a tenant's, by topic, such as `policies`; its head lies beside the tenant's other records.
    Tenant(TenantId, &'static str),
}

/// The last entry of a chain, as it is on record elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its number.
    pub n: u64,
    /// Its hash.
    pub hash: String,
}

/// An entry that is to be written, with the head that it becomes.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The new head.
    pub head: Head,
    before: Option<Head>,
    /// The entry, and what was said with it.
    pub writes: Vec<Write>,
}

/// All that is stored of a chain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// The head; none where nothing was ever appended.
    pub head: Option<Head>,
    /// The entries, as they were found.
    pub entries: Vec<Entry>,
    /// What was said with them, as far as it is still there.
    pub said: Vec<Said>,
    /// Records of the chain's partition that cannot be read: their sort keys.
    pub unreadable: Vec<String>,
}

impl Chain {
    /// Its partition.
    pub fn pk(&self) -> String {
        match self {
            Self::Job(job) => format!("AUDIT#{job}"),
            Self::Tenant(tenant, topic) => format!("AUDIT#{tenant}#{topic}"),
        }
    }

    /// The record that holds its head, in the field `audit`.
    pub fn head_key(&self) -> Key {
        match self {
            Self::Job(job) => JobRecord::key(job),
            Self::Tenant(tenant, topic) => Key::new(tenant::pk(tenant), format!("AUDIT#{topic}")),
        }
    }

    /// Seals an act as the entry after `head`. Writes nothing yet: see [`Link`].
    pub fn link(&self, head: Option<&Head>, act: Act, salt: [u8; 16], now: Time) -> Result<Link> {
        let n = head.map_or(1, |head| head.n + 1);
        let Act { what, who, to, shown, facts, said } = act;
        let said = (!said.is_empty()).then(|| Said::new(n, salt, said));
        let mut entry = Entry {
            n,
            at: now,
            what,
            who,
            to,
            shown,
            facts,
            said_sha256: said.as_ref().map(Said::sha256),
            prev: head.map(|head| head.hash.clone()).unwrap_or_default(),
            hash: String::new(),
        };
        entry.hash = entry.sealed();
        let mut writes = vec![Write::create(Key::new(self.pk(), entry_sk(n)), &entry)?];
        if let Some(said) = said {
            writes.push(Write::create(Key::new(self.pk(), said_sk(n)), &said)?);
        }
        Ok(Link { head: Head { n, hash: entry.hash }, before: head.cloned(), writes })
    }

    /// The head as it stands.
    pub async fn head(&self, table: &dyn Table) -> Result<Option<Head>> {
        let items = table.get(&[self.head_key()]).await?;
        Ok(items[0].as_ref().and_then(head_of))
    }

    /// All that is stored of it.
    pub async fn read(&self, table: &dyn Table) -> Result<Kept> {
        let mut head = self.head(table).await?;
        for _ in 0..RACES {
            let items = whole::records(table, &self.pk(), "").await?;
            // What was appended meanwhile must be found at its head, or it would look like a forgery.
            let after = self.head(table).await?;
            if after == head {
                return Ok(Kept::of(head, &items));
            }
            head = after;
        }
        Err(Error::Again(format!("the chain {} is being appended to", self.pk())))
    }
}

impl Kept {
    fn of(head: Option<Head>, items: &[Item]) -> Self {
        let mut kept = Self { head, ..Self::default() };
        for item in items {
            let sk = sort_key(item);
            match sk.split('#').next() {
                Some("ENTRY") => kept.take(sk, from_item(item), |kept| &mut kept.entries),
                Some("SAID") => kept.take(sk, from_item(item), |kept| &mut kept.said),
                _ => kept.unreadable.push(sk.to_owned()),
            }
        }
        kept
    }

    fn take<T>(&mut self, sk: &str, read: Result<T>, list: impl Fn(&mut Self) -> &mut Vec<T>) {
        match read {
            Ok(one) => list(self).push(one),
            Err(_) => self.unreadable.push(sk.to_owned()),
        }
    }
}

impl Link {
    /// The change of the head's record, with the head in it, if nobody else appended meanwhile.
    pub fn head_in(&self, write: Write) -> Write {
        let write = write.also(FIELD, &self.head);
        match &self.before {
            Some(before) => write.when_is(FIELD, before),
            None => write.when(Condition::Without(FIELD)),
        }
    }
}

/// The head in a record that holds one.
pub(crate) fn head_of(item: &Item) -> Option<Head> {
    serde_json::from_value(item.get(FIELD)?.clone()).ok()
}

/// The place of an entry.
pub(super) fn entry_sk(n: u64) -> String {
    format!("ENTRY#{n:08}")
}

/// The place of what was said with an entry.
pub(super) fn said_sk(n: u64) -> String {
    format!("SAID#{n:08}")
}
