//! People: who they are to a tenant, what they may do there, and how they prove it at the HTTP API.

use crate::error::Result;
use crate::id::{PersonId, TenantId};
use crate::sign::sha256;
use crate::store::{Key, Write};
use crate::tenant;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Decides on reviews.
    Reviewer,
    /// Changes pipelines, policies and triggers, and submits jobs.
    Editor,
    /// Does what an editor does, and sees secrets.
    Operator,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Reviewer, Self::Editor, Self::Operator];

    /// As it is written everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reviewer => "reviewer",
            Self::Editor => "editor",
            Self::Operator => "operator",
        }
    }

    /// The role of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A person who was let in: by a personal key at the HTTP API, or by signing in at the console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who it is, unique within the tenant; what audit records say.
    pub id: PersonId,
    /// As people call them.
    pub name: String,
    /// For whom they work.
    pub tenant: TenantId,
    /// What they may do.
    pub roles: BTreeSet<Role>,
    /// Which groups of people they belong to.
    pub groups: BTreeSet<String>,
}

impl Person {
    /// Whether they may do what asks for this role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether they belong to one of these groups, or there is none to belong to.
    pub fn among(&self, groups: &BTreeSet<String>) -> bool {
        groups.is_empty() || !self.groups.is_disjoint(groups)
    }
}

/// A person with a personal key. The key itself is nowhere but with its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRecord {
    /// Who it is.
    pub id: PersonId,
    /// As people call them.
    pub name: String,
    /// What they may do.
    pub roles: BTreeSet<Role>,
    /// Which groups of people they belong to.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<String>,
    /// The SHA-256 of their key.
    pub key_sha256: String,
    /// When they were put on record.
    pub created_at: Time,
}

/// How the keys of people begin.
pub const PREFIX: &str = "PERSON#";

impl PersonRecord {
    /// Where a person lies.
    pub fn key(tenant: &TenantId, id: &PersonId) -> Key {
        Key::new(tenant::pk(tenant), format!("{PREFIX}{id}"))
    }

    /// The person, if this is their key.
    pub fn lets_in(self, key: &PersonalKey) -> Option<Person> {
        let fits = self.id == key.person && self.key_sha256 == key.sha256();
        fits.then(|| self.person(&key.tenant))
    }

    /// The person, where something else has proved who they are.
    pub fn person(self, tenant: &TenantId) -> Person {
        Person {
            id: self.id,
            name: self.name,
            tenant: tenant.clone(),
            roles: self.roles,
            groups: self.groups,
        }
    }

    /// The write that puts them on record, whoever was there.
    pub fn put(&self, tenant: &TenantId) -> Result<Write> {
        Write::put(Self::key(tenant, &self.id), self)
    }
}

/// A personal key as its owner holds it: `gp_TENANT_PERSON_SECRET`.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalKey {
    /// For whom they work.
    pub tenant: TenantId,
    /// Whose it is.
    pub person: PersonId,
    text: String,
}

impl std::fmt::Debug for PersonalKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PersonalKey({} of {})", self.person, self.tenant)
    }
}

impl PersonalKey {
    /// A new key of 128 random bits.
    pub fn new(tenant: &TenantId, person: &PersonId, random: [u8; 16]) -> Self {
        let secret: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let text = format!("gp_{tenant}_{person}_{secret}");
        Self { tenant: tenant.clone(), person: person.clone(), text }
    }

    /// Reads a key; none where the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (whose, secret) = text.strip_prefix("gp_")?.rsplit_once('_')?;
        let (tenant, person) = whose.split_once('_')?;
        let (tenant, person) = (TenantId::parse(tenant).ok()?, PersonId::parse(person).ok()?);
        (secret.len() == 32).then(|| Self { tenant, person, text: text.to_owned() })
    }

    /// The key itself, to be shown to its owner once.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// What is stored of it.
    pub fn sha256(&self) -> String {
        sha256(self.text.as_bytes())
    }

    /// Where its owner's record lies.
    pub fn record_key(&self) -> Key {
        PersonRecord::key(&self.tenant, &self.person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(secret: u8) -> PersonalKey {
        let tenant = TenantId::parse("acme-media").unwrap();
        PersonalKey::new(&tenant, &PersonId::parse("anna@acme.example").unwrap(), [secret; 16])
    }

    fn anna() -> PersonRecord {
        PersonRecord {
            id: PersonId::parse("anna@acme.example").unwrap(),
            name: "Anna".into(),
            roles: [Role::Reviewer].into(),
            groups: ["brand".to_owned()].into(),
            key_sha256: key(7).sha256(),
            created_at: Time(5),
        }
    }

    #[test]
    fn a_personal_key_names_tenant_and_person_and_is_stored_hashed() {
        let key = key(7);
        assert_eq!(PersonalKey::parse(key.reveal()), Some(key.clone()));
        let stored = format!("{:?}", anna().put(&key.tenant).unwrap());
        assert!(!stored.contains(key.reveal()) && !format!("{key:?}").contains("0707"));
        assert_eq!(PersonalKey::parse("gp_acme_anna_short"), None);
        assert_eq!(PersonalKey::parse(&key.reveal().replace("gp_", "gk_")), None);
    }

    #[test]
    fn only_the_latest_key_lets_its_person_in() {
        let person = anna().lets_in(&key(7)).unwrap();
        assert!(person.has(Role::Reviewer) && !person.has(Role::Editor));
        assert_eq!(person.tenant.as_str(), "acme-media");
        assert_eq!(anna().lets_in(&key(8)), None);
    }

    #[test]
    fn who_is_in_one_of_the_groups_is_among_them_and_everybody_where_there_are_none() {
        let person = anna().lets_in(&key(7)).unwrap();
        let groups = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert!(person.among(&groups(&["brand", "leads"])) && person.among(&groups(&[])));
        assert!(!person.among(&groups(&["leads"])));
    }
}
