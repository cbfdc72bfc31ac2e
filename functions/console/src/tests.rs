//! The console as a browser meets it, against a world in memory.

mod audits;
mod calendar;
mod connections;
mod doors;
mod edits;
mod gates;
mod pages;
mod previews;
mod provider;
mod publications;
mod reviews;
mod steering;
mod tokens;

use crate::person::{Person, Role};
use crate::session::Session;
use crate::{Console, Oidc, Place, Settings, handle};
use aws::http::{HttpRequest, HttpResponse};
use aws::{Event, Reply};
use domain::Time;
use domain::fakes::{NOW, World};
use domain::id::{PersonId, TenantId};
use provider::Provider;
use std::sync::Arc;

/// A world, its console, and the place where its people sign in.
pub(crate) struct Desk {
    pub(crate) world: World,
    pub(crate) provider: Arc<Provider>,
    oidc: Oidc,
    place: Place,
}

/// Somebody's session, as a cookie and the token of its forms.
pub(crate) struct Seat {
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let provider = Arc::new(Provider::default());
        let oidc = Oidc::new(settings(), Box::new(provider.clone()));
        let place = Place { base: "https://galley.test".into() };
        Self { world: World::default(), provider, oidc, place }
    }

    pub(crate) async fn send_at(&self, request: HttpRequest, now: Time) -> HttpResponse {
        let console = Console {
            table: &self.world.table,
            objects: &self.world.objects,
            flow: &self.world.flow,
            queue: &self.world.queue,
            undo_s: 30,
            vault: &self.world.vault,
            accounts: &self.world.accounts,
            publisher: &self.world.publisher,
            oidc: &self.oidc,
            signing_key: &self.world.settings.signing_key,
            place: &self.place,
            random: || [7; 24],
            now,
        };
        match handle(&console, Event::Http(request)).await.unwrap() {
            Reply::Http(answer) => answer,
            Reply::Value(value) => panic!("{value} is no answer"),
        }
    }

    pub(crate) async fn send(&self, request: HttpRequest) -> HttpResponse {
        self.send_at(request, NOW).await
    }

    /// Somebody of a tenant who signed in now.
    pub(crate) fn seat(&self, tenant: &str, roles: &[Role]) -> Seat {
        self.seat_called(tenant, roles, "mia@example.com")
    }

    pub(crate) fn seat_called(&self, tenant: &str, roles: &[Role], id: &str) -> Seat {
        let tenant = TenantId::parse(tenant).unwrap();
        let roles = roles.iter().copied().collect();
        let who = PersonId::parse(id).unwrap();
        let person =
            Person { id: who, name: "Mia".into(), tenant, roles, groups: Default::default() };
        let session = Session::new(person, format!("session of {id}"), NOW);
        let key = &self.world.settings.signing_key;
        let cookie = session.cookie(&self.place, key);
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Seat { cookie, csrf: session.csrf(key) }
    }

    pub(crate) async fn get(&self, seat: &Seat, page: &str) -> HttpResponse {
        self.send(get(page).with("cookie", &seat.cookie)).await
    }

    pub(crate) async fn post(
        &self,
        seat: &Seat,
        page: &str,
        form: &[(&str, &str)],
    ) -> HttpResponse {
        let form = [&[("csrf", seat.csrf.as_str())], form].concat();
        self.send(post(page, &form).with("cookie", &seat.cookie)).await
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        issuer: "https://id.test".into(),
        discovery: "https://id.test/.well-known/openid-configuration".into(),
        client: "galley".into(),
        groups: "cognito:groups".into(),
        tenant: "custom:tenant".into(),
    }
}

/// What tests change in a request.
pub(crate) trait With: Sized {
    fn with(self, header: &str, value: &str) -> Self;
}

impl With for HttpRequest {
    fn with(mut self, header: &str, value: &str) -> Self {
        self.headers.insert(header.into(), value.into());
        self
    }
}

pub(crate) fn get(page: &str) -> HttpRequest {
    let (path, query) = page.split_once('?').unwrap_or((page, ""));
    let query = crate::form::fields(query.as_bytes());
    let path = format!("/console/{path}");
    HttpRequest { method: "GET".into(), path, query, ..HttpRequest::default() }
}

pub(crate) fn post(page: &str, form: &[(&str, &str)]) -> HttpRequest {
    let body = crate::form::pairs(form).into_bytes();
    let request = HttpRequest { method: "POST".into(), body, ..get(page) };
    request
        .with("content-type", "application/x-www-form-urlencoded")
        .with("sec-fetch-site", "same-origin")
}
