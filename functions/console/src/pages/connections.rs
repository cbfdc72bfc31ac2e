//! Connections: whose accounts posts go to, how they stand, and what connects them again.
//!
//! What opens an account goes straight into the vault, and no page shows it. `publish` alone reads it.

mod fields;
mod signin;

pub(super) use signin::{begin, end};

use super::framed;
use crate::answer::{Answered, Trouble, nothing, redirect};
use crate::form::pairs;
use crate::html::Page;
use crate::html::parts::{empty, sentence, state, time};
use crate::person::Role;
use crate::{Asked, Console};
use domain::post::Able;
use domain::publish::connection::{Given, given};
use domain::publish::{Connection, Opens, Question, Standing, signs_in};
use domain::store::Write;
use fields::Field;
use maud::{Markup, html};
use serde_json::{Map, Value, json};

/// Who may lend an account, or take it back.
const ROLES: [Role; 2] = [Role::Operator, Role::Editor];

/// `GET connections?kind=…&name=…`.
pub(super) async fn list(console: &Console<'_>, asked: &Asked<'_>) -> Answered {
    show(console, asked, None).await
}

/// The page, with what was told of a connection just now.
async fn show(
    console: &Console<'_>,
    asked: &Asked<'_>,
    told: Option<(&str, Opens, String)>,
) -> Answered {
    let all = Connection::all(console.table, asked.tenant()).await?;
    let may = ROLES.iter().any(|role| asked.person().has(*role));
    Ok(framed(console, asked, ("connections", "Connections"), |frame| {
        html! {
            @if let Some((name, opens, said)) = &told {
                p.sheet role="status" {
                    @match opens {
                        Opens::Yes => { b { (name) } " opens " b { (said) } "." }
                        Opens::No => { b { (name) } " opens nothing: " (sentence(said)) }
                        Opens::Unknown => { "Nobody knows whether " b { (name) } " opens anything: " (sentence(said)) }
                    }
                }
            }
            div.sheet {
                @if all.is_empty() { (empty("Nothing is connected yet. `galley connections put` does it, too.")) }
                @else { (table(console, &all, frame, may)) }
            }
            @if may { (connect(console, asked, &all, frame)) }
        }
    }))
}

fn table(console: &Console<'_>, all: &[Connection], frame: &Page<'_>, may: bool) -> Markup {
    html! {
        table.cards {
            thead { tr { th { "Connection" } th { "Target" } th { "State" } th { "Good until" } th { "Connected" } @if may { th { "Actions" } } } }
            tbody data-list {
                @for one in all {
                    tr {
                        td { b { (one.name) } }
                        td { (Able::of(&one.kind).map_or(one.kind.as_str(), |able| able.name)) }
                        td {
                            (state(if one.state == Standing::Ok { "ready" } else { "expired" }))
                            @if let Some(why) = &one.error { span.sub { (why) } }
                            @if let Some(until) = one.resting(console.now) { span.sub { "takes nothing more until " (time(until)) } }
                        }
                        td data-name="good until" { @match one.expires_at { Some(at) => (time(at)), None => "–" } }
                        td.nowrap data-name="connected" { (time(one.connected_at)) }
                        @if may { td { (acts(console, one, frame)) } }
                    }
                }
            }
        }
    }
}

/// What can be done to a connection.
fn acts(console: &Console<'_>, one: &Connection, frame: &Page<'_>) -> Markup {
    let place = |act: &str| console.place.link(&format!("connections/{}/{act}", one.name));
    let again = pairs(&[("kind", &one.kind), ("name", &one.name)]);
    html! {
        div.row {
            form method="post" action=(place("test")) { (frame.csrf(console)) button type="submit" { "Test" } }
            @if one.signs_in().is_some() { a.button href=(place("signin")) { "Sign in" } }
            a.button href=(console.place.link(&format!("connections?{again}#connect"))) { "Connect again" }
            form method="post" action=(place("remove")) data-ask={ "Disconnect " (one.name) "? What was published stays." } {
                (frame.csrf(console))
                button.danger type="submit" { "Disconnect" }
            }
        }
    }
}

/// The form that connects an account: first its kind, then what that needs.
fn connect(
    console: &Console<'_>,
    asked: &Asked<'_>,
    all: &[Connection],
    frame: &Page<'_>,
) -> Markup {
    let kind = Able::of(asked.query("kind")).filter(|able| able.connects());
    let old = all.iter().find(|one| one.name == asked.query("name"));
    html! {
        section #connect.sheet aria-label="Connect an account" {
            h2 { (if old.is_some() { "Connect again" } else { "Connect an account" }) }
            form.find method="get" action=(console.place.link("connections")) {
                div.field.grow {
                    label for="kind" { "Target" }
                    select #kind name="kind" {
                        @for able in Able::all().iter().filter(|able| able.connects()) {
                            option value=(able.target) selected[kind == Some(able)] { (able.name) }
                        }
                    }
                }
                button type="submit" { "Choose" }
            }
            @if let Some(able) = kind {
                form method="post" action=(console.place.link("connections")) autocomplete="off" {
                    (frame.csrf(console))
                    input type="hidden" name="kind" value=(able.target);
                    div.field {
                        label for="name" { "Name, as pipelines call it" }
                        input #name name="name" required value=[old.map(|old| old.name.as_str())] pattern="[a-z][a-z0-9\\-]*" maxlength="40";
                    }
                    @for field in fields::of(able.target) { (input(field, old)) }
                    @if signs_in(able.target) { p.quiet { "You sign in at " (able.name) " next. Register this address there: " code { (console.place.absolute("connections/callback")) } } }
                    button.primary type="submit" { "Connect" }
                }
            }
        }
    }
}

fn input(field: &Field, old: Option<&Connection>) -> Markup {
    let known = old.and_then(|old| old.settings.get(field.name)).and_then(Value::as_str);
    let id = format!("field-{}", field.name);
    html! {
        div.field {
            label for=(id) { (field.label) @if field.secret && old.is_some() { " (empty keeps it)" } }
            @if field.secret {
                input id=(id) type="password" name=(field.name) autocomplete="off" required[field.needed && old.is_none()];
            } @else {
                input id=(id) name=(field.name) value=[known] required[field.needed];
            }
        }
    }
}

/// `POST connections`: connects an account, or connects it again.
pub(super) async fn put(console: &Console<'_>, asked: &Asked<'_>) -> Answered {
    asked.needs(&ROLES)?;
    let (kind, name) = (asked.field("kind"), asked.field("name"));
    let old = match domain::catalog::is_name(name) {
        true => Connection::read(console.table, asked.tenant(), name).await?,
        false => None,
    };
    let (mut settings, mut secret) = (Map::new(), Map::new());
    if let Some(old) = old.as_ref().filter(|old| old.kind == kind) {
        // What the form does not know stays.
        settings.clone_from(&old.settings);
    }
    for field in fields::of(kind) {
        let value = asked.field(field.name);
        let map = if field.secret { &mut secret } else { &mut settings };
        map.remove(field.name);
        if !value.is_empty() {
            map.insert(field.name.into(), value.into());
        }
    }
    let body = json!({ "kind": kind, "settings": settings });
    let given = given(name, &body, console.now);
    let Given { mut connection, .. } = given.map_err(|problems| {
        let told = problems.iter().map(|problem| format!("{}: {}", problem.detail, problem.fix));
        Trouble::Form(sentence(&told.collect::<Vec<_>>().join("; ")))
    })?;
    let same = old.as_ref().is_some_and(|old| old.kind == connection.kind);
    if secret.is_empty() && !same && !signs_in(kind) {
        return Err(Trouble::Form("Nothing opens the account: fill in what does.".into()));
    }
    if !secret.is_empty() || !same {
        let vault_name = Connection::secret_name(asked.tenant(), name);
        console.vault.keep(&vault_name, &Value::Object(secret).to_string()).await?;
    }
    let signin = connection.signs_in().is_some();
    if signin {
        connection.state = Standing::Expired;
        connection.error = Some("nobody has signed in there yet".into());
    }
    let key = Connection::key(asked.tenant(), name);
    console.table.write(vec![Write::put(key, &connection)?]).await?;
    tracing::info!(tenant = %asked.tenant(), connection = name, person = %asked.person().id, "connected");
    let next = if signin { format!("connections/{name}/signin") } else { "connections".into() };
    // A form's own address leads nowhere else: browsers are sent on from the next page.
    Ok(redirect(&console.place.link(&next)))
}

/// `POST connections/{name}/test`.
pub(super) async fn test(console: &Console<'_>, asked: &Asked<'_>, name: &str) -> Answered {
    asked.needs(&ROLES)?;
    own(console, asked, name).await?;
    let tenant = asked.tenant().clone();
    let question = Question { tenant, connection: name.into(), signed_in: None };
    let tried = console.accounts.ask(&question).await?;
    show(console, asked, Some((name, tried.opens, tried.said))).await
}

/// `POST connections/{name}/remove`.
pub(super) async fn remove(console: &Console<'_>, asked: &Asked<'_>, name: &str) -> Answered {
    asked.needs(&ROLES)?;
    own(console, asked, name).await?;
    // The secret first: a record without one opens nothing.
    console.vault.forget(&Connection::secret_name(asked.tenant(), name)).await?;
    let gone = Write::forget(Connection::key(asked.tenant(), name));
    console.table.write(vec![gone]).await?;
    tracing::info!(tenant = %asked.tenant(), connection = name, person = %asked.person().id, "disconnected");
    Ok(redirect(&console.place.link("connections")))
}

async fn own(console: &Console<'_>, asked: &Asked<'_>, name: &str) -> Answered<Connection> {
    let found = Connection::read(console.table, asked.tenant(), name).await?;
    found.ok_or(nothing("connection"))
}
