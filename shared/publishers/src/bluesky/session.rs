//! Sessions of accounts, by their app passwords; in memory, and refreshed when they are over.

use super::ok;
use crate::guarded::Whole;
use crate::line::{Body, Talk, secret, setting};
use domain::ports::Refusal;
use domain::publish::{Grant, Told, Went};
use domain::sign::sha256;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Sessions that are open.
#[derive(Clone, Default)]
pub(super) struct Sessions(Arc<Mutex<BTreeMap<String, Session>>>);

/// One session.
#[derive(Clone)]
struct Session {
    access: String,
    refresh: String,
}

/// Tokens are not printed.
impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions")
    }
}

/// Whether an answer says that the session is over.
pub(super) fn is_over(whole: &Whole) -> bool {
    let said = whole.json();
    matches!(
        (whole.status, said["error"].as_str()),
        (400 | 401, Some("ExpiredToken" | "InvalidToken"))
    )
}

impl Sessions {
    /// A token of an open session, or of a new one.
    pub(super) async fn token(&self, talk: &Talk<'_>, grant: &Grant) -> Result<String, Told> {
        match self.held(&name(grant)?) {
            Some(session) => Ok(session.access),
            None => self.open(talk, grant).await,
        }
    }

    /// Another token than this one, which is over.
    pub(super) async fn refreshed(
        &self,
        talk: &Talk<'_>,
        grant: &Grant,
        over: &str,
    ) -> Result<String, Told> {
        let name = name(grant)?;
        match self.held(&name) {
            // Somebody else was faster.
            Some(session) if session.access != over => return Ok(session.access),
            Some(session) => {
                let more = [("authorization", format!("Bearer {}", session.refresh))];
                let path = "/com.atproto.server.refreshSession";
                let whole = talk.act_with(Method::POST, path, Body::None, &more).await;
                let whole = whole.map_err(unsent)?;
                if whole.status == 200 {
                    return self.keep(talk, name, &whole.json());
                }
            }
            None => {}
        }
        self.open(talk, grant).await
    }

    fn held(&self, name: &str) -> Option<Session> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    async fn open(&self, talk: &Talk<'_>, grant: &Grant) -> Result<String, Told> {
        let body = json!({
            "identifier": setting(grant, "identifier")?, "password": secret(grant, "password")?,
        });
        let path = "/com.atproto.server.createSession";
        let whole = talk.act(Method::POST, path, Body::Json(body)).await.map_err(unsent)?;
        let body = ok(talk, whole).map_err(unsent)?;
        self.keep(talk, name(grant)?, &body)
    }

    fn keep(&self, talk: &Talk<'_>, name: String, body: &Value) -> Result<String, Told> {
        let token = |pointer| talk.text(body, pointer).map_err(unsent);
        let session = Session { access: token("/accessJwt")?, refresh: token("/refreshJwt")? };
        let access = session.access.clone();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, session);
        Ok(access)
    }
}

/// Nothing was published, whatever became of the session.
fn unsent(told: Told) -> Told {
    match told.went {
        Went::Unknown(why) => Told { went: Went::Refused(Refusal::Later, why), ..told },
        _ => told,
    }
}

/// By what a session is kept: whose it is, and what opened it.
fn name(grant: &Grant) -> Result<String, Told> {
    let password = sha256(secret(grant, "password")?.as_bytes());
    Ok(format!("{} {} {password}", grant.tenant, setting(grant, "identifier")?))
}
