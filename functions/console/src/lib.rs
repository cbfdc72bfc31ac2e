//! The console: pages for people who look, decide and find out.
//!
//! Nothing is kept between two requests. What belongs to another tenant does not exist for anybody signed in.

mod answer;
mod edge;
mod form;
mod html;
mod oidc;
mod pages;
mod person;
mod place;
mod session;
mod signin;

pub use edge::{HttpWire, settings};
pub use oidc::{Oidc, Settings, Wire};
pub use place::Place;

use answer::{Answered, Trouble, below, nothing, secured, trouble};
use aws::http::HttpRequest;
use aws::{Event, Reply};
use domain::id::TenantId;
use domain::ports::{Flow, Objects, Publisher, Queue, Table, Vault};
use domain::publish::Accounts;
use domain::sign::SigningKey;
use domain::{Error, Result, Time};
use person::{Person, Role};
use session::Session;
use std::collections::BTreeMap;

/// What the console works with.
#[derive(Clone, Copy)]
pub struct Console<'a> {
    /// Everything there is to see.
    pub table: &'a dyn Table,
    /// Pictures, films, sounds.
    pub objects: &'a dyn Objects,
    /// The state machine: jobs are canceled and tried again.
    pub flow: &'a dyn Flow,
    /// The dispatch queue: decisions take effect by a delayed message.
    pub queue: &'a dyn Queue,
    /// For how many seconds a decision can be taken back.
    pub undo_s: u32,
    /// What opens the accounts that tenants connected: it is put there and removed, and never read.
    pub vault: &'a dyn Vault,
    /// Who tries whether they open.
    pub accounts: &'a dyn Accounts,
    /// The function that takes back what was published.
    pub publisher: &'a dyn Publisher,
    /// Where everybody signs in.
    pub oidc: &'a Oidc,
    /// Signs cookies, forms and job tokens.
    pub signing_key: &'a SigningKey,
    /// Where the console is.
    pub place: &'a Place,
    /// Random bytes, fit for secrets.
    pub random: fn() -> [u8; 24],
    /// The time now.
    pub now: Time,
}

/// A request of somebody signed in.
pub(crate) struct Asked<'a> {
    pub(crate) request: &'a HttpRequest,
    pub(crate) session: &'a Session,
    /// The fields of a form that this session's own page made; none with GET.
    pub(crate) form: BTreeMap<String, String>,
}

impl Asked<'_> {
    pub(crate) fn person(&self) -> &Person {
        &self.session.person
    }

    pub(crate) fn tenant(&self) -> &TenantId {
        &self.session.person.tenant
    }

    /// A field of the query; empty where it was not given.
    pub(crate) fn query(&self, name: &str) -> &str {
        self.request.query.get(name).map_or("", |value| value.trim())
    }

    /// A field of the form; empty where it was not given.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.form.get(name).map_or("", |value| value.trim())
    }

    /// Whether this person has one of these roles.
    pub(crate) fn needs(&self, roles: &[Role]) -> Answered<()> {
        match roles.iter().any(|role| self.person().has(*role)) {
            true => Ok(()),
            false => Err(Trouble::Forbidden(roles[0].as_str())),
        }
    }
}

/// Answers a request.
pub async fn handle(console: &Console<'_>, event: Event) -> Result<Reply> {
    let Event::Http(request) = event else {
        return Err(Error::Invalid("this is no request".into()));
    };
    let session = Session::of(&request, console.place, console.signing_key, console.now);
    let answer = match act(console, &request, session.as_ref()).await {
        Ok(answer) => answer,
        Err(why) => trouble(console, session.as_ref(), why, &request),
    };
    // A page that looks by itself whether something is new keeps nobody signed in.
    let present = session.filter(|_| request.header("x-unattended").is_none());
    let renewed =
        present.and_then(|it| it.renewed(console.place, console.signing_key, console.now));
    let answer = match renewed.filter(|_| answer.cookies.is_empty()) {
        Some(cookie) => answer.cookie(cookie),
        None => answer,
    };
    Ok(secured(console, answer).await.into())
}

async fn act(console: &Console<'_>, request: &HttpRequest, session: Option<&Session>) -> Answered {
    let page = below(&request.path).ok_or(nothing("page"))?;
    // What needs nobody to be signed in.
    match (request.method.as_str(), page) {
        ("GET", "console.css" | "console.js") => return Ok(html::file(page)),
        ("GET", "signin") => return signin::begin(console, request).await,
        ("GET", "callback") => return signin::end(console, request).await,
        ("GET", "signed-out") => return Ok(signin::gone(console)),
        ("GET" | "POST", _) => {}
        _ => return Err(nothing("page")),
    }
    let Some(session) = session else {
        return match request.method.as_str() {
            "GET" => Ok(signin::first(console, request)),
            _ => Err(Trouble::NotSignedIn("Your session has ended; nothing was done.".into())),
        };
    };
    let form = match request.method.as_str() {
        "POST" => posted(console, request, session)?,
        _ => BTreeMap::new(),
    };
    let asked = Asked { request, session, form };
    if (request.method.as_str(), page) == ("POST", "signout") {
        return signin::out(console, &asked).await;
    }
    pages::show(console, &asked, page).await
}

/// The fields of a form, if it was made by a page of this session and sent from our own pages.
fn posted(
    console: &Console<'_>,
    request: &HttpRequest,
    session: &Session,
) -> Answered<BTreeMap<String, String>> {
    let sent_from = request.header("sec-fetch-site").unwrap_or("same-origin");
    let kind = request.header("content-type").unwrap_or_default();
    let form = form::fields(&request.body);
    let token = form.get("csrf").map_or("", String::as_str);
    let ours = sent_from == "same-origin" && kind.starts_with("application/x-www-form-urlencoded");
    if ours && session.made(token, console.signing_key) {
        return Ok(form);
    }
    let why = "The form was not made by a page of your present session.";
    Err(Trouble::Form(why.into()))
}

#[cfg(test)]
mod tests;
