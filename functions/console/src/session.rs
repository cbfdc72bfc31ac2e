//! Who is signed in, in a signed cookie; nothing of it is kept on our side.

use crate::person::Person;
use crate::place::Place;
use aws::http::HttpRequest;
use domain::Time;
use domain::id::TenantId;
use domain::sign::{SigningKey, same};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// How long a session lasts without a request, in seconds.
pub(crate) const IDLE_S: u32 = 3600;
/// How long it lasts at most; groups and roles are as old as this, in seconds.
pub(crate) const MOST_S: u32 = 8 * 3600;
/// How long somebody may take to sign in, in seconds.
pub(crate) const SIGN_IN_S: u32 = 900;

const SESSION: &str = "session";
const SIGN_IN: &str = "signin";
const LENDING: &str = "lending";

/// Somebody signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) person: Person,
    /// Tells it from all others; forms are bound to it.
    pub(crate) id: String,
    /// When they signed in.
    pub(crate) since: Time,
    /// Until when it is good.
    pub(crate) until: Time,
}

impl Session {
    pub(crate) fn new(person: Person, id: String, now: Time) -> Self {
        Self { person, id, since: now, until: now.plus_s(IDLE_S) }
    }

    /// The session of a request, if it is one of ours and still good.
    pub(crate) fn of(
        request: &HttpRequest,
        place: &Place,
        key: &SigningKey,
        now: Time,
    ) -> Option<Self> {
        let session: Self = open(request, place, key, SESSION)?;
        (now < session.until && now < session.since.plus_s(MOST_S)).then_some(session)
    }

    /// The cookie that prolongs it; none while it is fresh.
    pub(crate) fn renewed(&self, place: &Place, key: &SigningKey, now: Time) -> Option<String> {
        let half = i64::from(IDLE_S) * 500;
        let until = now.plus_s(IDLE_S).min(self.since.plus_s(MOST_S));
        (self.until.since_ms(now) < half && self.until < until)
            .then(|| Self { until, ..self.clone() }.cookie(place, key))
    }

    /// The cookie that holds it.
    pub(crate) fn cookie(&self, place: &Place, key: &SigningKey) -> String {
        cookie(place, SESSION, &sealed(key, SESSION, self), MOST_S)
    }

    /// What each of its forms must bring.
    pub(crate) fn csrf(&self, key: &SigningKey) -> String {
        key.derive("console form", &self.id)
    }

    /// Whether a form was made by this session's own pages.
    pub(crate) fn made(&self, token: &str, key: &SigningKey) -> bool {
        same(token, &self.csrf(key))
    }
}

/// What somebody began here and goes on with elsewhere, for a while: known to this browser alone.
pub(crate) trait Begun: Serialize + DeserializeOwned {
    /// Its cookie's name.
    const NAME: &str;

    /// Until when it can be gone on with.
    fn until(&self) -> Time;

    /// That of a request, if it is one of ours and still good.
    fn of(request: &HttpRequest, place: &Place, key: &SigningKey, now: Time) -> Option<Self> {
        let begun: Self = open(request, place, key, Self::NAME)?;
        (now < begun.until()).then_some(begun)
    }

    /// The cookie that holds it.
    fn cookie(&self, place: &Place, key: &SigningKey) -> String {
        cookie(place, Self::NAME, &sealed(key, Self::NAME, self), SIGN_IN_S)
    }

    /// The cookie that makes a browser forget it.
    fn forgotten(place: &Place) -> String {
        cookie(place, Self::NAME, "", 0)
    }
}

/// A sign-in that has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SignIn {
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) verifier: String,
    /// The page that was wanted, below ours.
    pub(crate) to: String,
    pub(crate) until: Time,
}

impl Begun for SignIn {
    const NAME: &str = SIGN_IN;

    fn until(&self) -> Time {
        self.until
    }
}

/// An account that somebody is about to lend us, by signing in at its target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lending {
    pub(crate) connection: String,
    pub(crate) tenant: TenantId,
    pub(crate) state: String,
    pub(crate) verifier: String,
    pub(crate) until: Time,
}

impl Begun for Lending {
    const NAME: &str = LENDING;

    fn until(&self) -> Time {
        self.until
    }
}

/// The cookie that makes a browser forget a session.
pub(crate) fn forget_session(place: &Place) -> String {
    cookie(place, SESSION, "", 0)
}

/// Browsers take `__Secure-` cookies from HTTPS alone.
fn name(place: &Place, what: &str) -> String {
    let prefix = if place.secure() { "__Secure-" } else { "" };
    format!("{prefix}galley-{what}")
}

fn cookie(place: &Place, what: &str, value: &str, seconds: u32) -> String {
    let (name, path) = (name(place, what), place.path());
    let secure = if place.secure() { "; Secure" } else { "" };
    format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

fn sealed(key: &SigningKey, what: &str, value: &impl Serialize) -> String {
    key.seal(&format!("console {what}"), value)
}

fn open<T: DeserializeOwned>(
    request: &HttpRequest,
    place: &Place,
    key: &SigningKey,
    what: &str,
) -> Option<T> {
    let name = name(place, what);
    let cookies = request.header("cookie")?.split(';').filter_map(|one| one.trim().split_once('='));
    // Another one of the same name may have been set for a wider path by a neighbour: ours opens.
    cookies
        .filter(|(given, _)| *given == name)
        .find_map(|(_, sealed)| key.open(&format!("console {what}"), sealed))
}
