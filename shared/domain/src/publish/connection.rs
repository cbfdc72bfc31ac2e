//! Connections: whose account at which target a tenant lent us, and how it stands. The secret lies elsewhere.

use super::Grant;
use crate::error::{Error, Result};
use crate::id::TenantId;
use crate::pipeline::Problem;
use crate::ports::{Table, Vault};
use crate::post::Able;
use crate::record::DUE;
use crate::store::{Key, Query, Write, from_item};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Whether a connection opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// As far as anybody knows.
    Ok,
    /// The target said no: who owns it has to connect again.
    Expired,
}

/// A connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    /// Its name, as pipelines call it.
    pub name: String,
    /// The kind of target.
    pub kind: String,
    /// What is no secret: the site, the author, the publication …
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// Whether it opens anything.
    pub state: Standing,
    /// What the target said when it said no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When what opens it stops doing so, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
    /// Until when its target takes nothing more, where it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests_until: Option<Time>,
    /// When it was connected, or connected again.
    pub connected_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// Hash of the due index, while posts that waited for it have to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_pk: Option<String>,
    /// When the sweep looks for them next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Time>,
}

impl Connection {
    /// Where a connection lies.
    pub fn key(tenant: &TenantId, name: &str) -> Key {
        Key::new(format!("TENANT#{tenant}"), format!("{PREFIX}{name}"))
    }

    /// What its secret is called in the vault.
    pub fn secret_name(tenant: &TenantId, name: &str) -> String {
        format!("{tenant}/{name}")
    }

    /// A connection; none where there is none.
    pub async fn read(table: &dyn Table, tenant: &TenantId, name: &str) -> Result<Option<Self>> {
        let items = table.get(&[Self::key(tenant, name)]).await?;
        items.first().and_then(Option::as_ref).map(from_item).transpose()
    }

    /// All connections of a tenant, by name.
    pub async fn all(table: &dyn Table, tenant: &TenantId) -> Result<Vec<Self>> {
        let query = Query::prefix(format!("TENANT#{tenant}"), PREFIX);
        table.query(&query).await?.iter().map(from_item).collect()
    }

    /// Its grant, with the secret read just now.
    pub async fn grant(&self, vault: &dyn Vault, tenant: &TenantId) -> Result<Option<Grant>> {
        let name = Self::secret_name(tenant, &self.name);
        let Some(text) = vault.read(&name).await? else { return Ok(None) };
        let secret: Map<String, Value> = serde_json::from_str(&text)
            .map_err(|_| Error::Fault(format!("the secret of connection {} is none", self.name)))?;
        Ok(Some(Grant {
            tenant: tenant.clone(),
            connection: self.name.clone(),
            settings: self.settings.clone(),
            secret,
            expires_at: self.expires_at,
        }))
    }

    /// How it stands from now on.
    pub fn stands(
        &self,
        tenant: &TenantId,
        state: Standing,
        error: Option<&str>,
        now: Time,
    ) -> Write {
        let mut fields = serde_json::json!({ "state": state, "error": error, "updated_at": now });
        if state == Standing::Ok && self.state == Standing::Expired {
            // What waited for it goes on.
            (fields["due_pk"], fields["due_at"]) = (DUE.into(), serde_json::json!(now));
        }
        Write::set(Self::key(tenant, &self.name), fields).when_is("connected_at", self.connected_at)
    }
}

/// How the keys of connections begin.
pub(crate) const PREFIX: &str = "TARGET#";

/// What a tenant gives to connect.
#[derive(Clone, PartialEq)]
pub struct Given {
    /// The connection.
    pub connection: Connection,
    /// Its secret; none keeps the one that is there.
    pub secret: Option<Map<String, Value>>,
}

/// Reads what a tenant gives: `{ kind, settings, secret, expires_at }`; or all that is wrong with it.
pub fn given(name: &str, body: &Value, now: Time) -> std::result::Result<Given, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut wrong = |pointer: &str, detail: String, fix: &str| {
        problems.push(Problem::new(pointer, detail, fix));
    };
    let empty = Map::new();
    let map = match body.as_object() {
        Some(map) => map,
        None => {
            wrong("", "the connection is no mapping".into(), "give { kind, settings, secret }");
            &empty
        }
    };
    for field in map.keys() {
        if !["kind", "settings", "secret", "expires_at"].contains(&field.as_str()) {
            let detail = format!("a connection has no field {field}");
            wrong(&format!("/{field}"), detail, "use kind, settings, secret and expires_at");
        }
    }
    if !crate::pipeline::is_name(name, '-', 40) {
        let fix = "use a lower-case letter, then at most 39 of a-z, 0-9 and -";
        wrong("/name", format!("the connection's name is {name:?}"), fix);
    }
    let kind = map.get("kind").and_then(Value::as_str).unwrap_or_default();
    if !Able::of(kind).is_some_and(Able::connects) {
        let kinds: Vec<&str> =
            Able::all().iter().filter(|able| able.connects()).map(|able| able.target).collect();
        let fix = format!("use {}", kinds.join(", "));
        wrong("/kind", format!("nothing of kind {kind:?} can be connected"), &fix);
    }
    let mut flat = |field: &str| match map.get(field) {
        None => None,
        Some(Value::Object(map)) => {
            let long = map.iter().find(|(_, value)| 8_000 < value.to_string().len());
            if let Some((name, _)) = long {
                wrong(
                    &format!("/{field}/{name}"),
                    format!("{name} is too long"),
                    "keep to 8000 bytes",
                );
            }
            Some(map.clone())
        }
        Some(_) => {
            wrong(
                &format!("/{field}"),
                format!("{field} is no mapping"),
                "make it a mapping of words",
            );
            None
        }
    };
    let (settings, secret) = (flat("settings").unwrap_or_default(), flat("secret"));
    let shown = settings.keys().find(|name| SECRETS.iter().any(|secret| name.contains(secret)));
    if let Some(name) = shown {
        let detail =
            format!("{name} stands among the settings, which everybody of the tenant may read");
        wrong(&format!("/settings/{name}"), detail, "put it under secret");
    }
    let expires_at = match map.get("expires_at") {
        None | Some(Value::Null) => None,
        Some(value) => {
            let at = value.as_str().and_then(Time::parse);
            if at.is_none() {
                wrong("/expires_at", "expires_at is no time".into(), "write 2026-11-20T06:00:00Z");
            }
            at
        }
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    let connection = Connection {
        name: name.to_owned(),
        kind: kind.to_owned(),
        settings,
        state: Standing::Ok,
        error: None,
        expires_at,
        rests_until: None,
        connected_at: now,
        updated_at: now,
        // Whatever waited for one of this name goes on.
        due_pk: Some(DUE.into()),
        due_at: Some(now),
    };
    Ok(Given { connection, secret })
}

/// What a setting is not called.
const SECRETS: [&str; 5] = ["secret", "password", "token", "api_key", "private_key"];

/// What callers see of a connection: never its secret.
pub fn shown(connection: &Connection) -> Value {
    serde_json::json!({
        "name": connection.name, "kind": connection.kind, "settings": connection.settings,
        "state": connection.state, "error": connection.error,
        "expires_at": connection.expires_at.map(Time::rfc3339),
        "rests_until": connection.rests_until.map(Time::rfc3339),
        "connected_at": connection.connected_at.rfc3339(),
        "updated_at": connection.updated_at.rfc3339(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::NOW;
    use serde_json::json;

    #[test]
    fn a_connection_is_read_and_its_secret_is_never_shown() {
        let body = json!({
            "kind": "bluesky", "settings": { "site": "https://bsky.social" },
            "secret": { "identifier": "a", "password": "hush" },
        });
        let given = given("brand", &body, NOW).ok().unwrap();
        assert_eq!(given.secret.unwrap()["password"], "hush");
        let shown = shown(&given.connection).to_string();
        assert!(shown.contains("bsky.social") && !shown.contains("hush"), "{shown}");
    }

    #[test]
    fn what_is_wrong_with_a_connection_is_told() {
        let body = json!({
            "kind": "s3", "settings": { "api_key": "x" }, "secret": "hush", "expires_at": "soon", "more": 1,
        });
        let problems = given("Brand!", &body, NOW).err().unwrap();
        let told: Vec<String> = problems
            .iter()
            .map(|problem| format!("{} {}", problem.pointer, problem.detail))
            .collect();
        assert_eq!(
            told,
            [
                "/more a connection has no field more",
                "/name the connection's name is \"Brand!\"",
                "/kind nothing of kind \"s3\" can be connected",
                "/secret secret is no mapping",
                "/settings/api_key api_key stands among the settings, which everybody of the tenant may read",
                "/expires_at expires_at is no time",
            ]
        );
        assert!(!told.join(" ").contains("hush"));
    }
}
