//! The frame of every page, and the two files beside it.

pub(crate) mod chart;
pub(crate) mod curve;
pub(crate) mod graph;
pub(crate) mod parts;
pub(crate) mod readable;
mod sections;
pub(crate) mod verdict;

use crate::Console;
use crate::place::Place;
use crate::session::Session;
use aws::http::HttpResponse;
use domain::sign::sha256;
use maud::{DOCTYPE, Markup, html};
use sections::sections;
use std::sync::LazyLock;

const CSS: &str = include_str!("../console.css");
const JS: &str = concat!(
    include_str!("../console.js"),
    include_str!("../calendar.js"),
    include_str!("../here.js")
);

/// Tells browsers that a file has changed.
static EDITION: LazyLock<String> =
    LazyLock::new(|| sha256(format!("{CSS}{JS}").as_bytes())[..12].to_owned());

/// `console.css` or `console.js`.
pub(crate) fn file(name: &str) -> HttpResponse {
    let (body, kind) = match name {
        "console.css" => (CSS, "text/css; charset=utf-8"),
        _ => (JS, "text/javascript; charset=utf-8"),
    };
    HttpResponse { body: body.into(), ..HttpResponse::empty(200) }
        .with("content-type", kind)
        .with("cache-control", "public, max-age=31536000, immutable")
}

/// A page of somebody signed in.
pub(crate) struct Page<'a> {
    pub(crate) title: &'a str,
    /// The section that it belongs to.
    pub(crate) here: &'a str,
    pub(crate) session: &'a Session,
}

impl Page<'_> {
    /// The page with its frame around it.
    pub(crate) fn of(&self, console: &Console<'_>, content: Markup) -> Markup {
        let place = console.place;
        let person = &self.session.person;
        let roles: Vec<_> = person.roles.iter().map(|role| role.as_str()).collect();
        document(
            place,
            self.title,
            html! {
                header.bar {
                    a.mark href=(place.link("")) { (mark()) span { "Galley" } }
                    (sections(place, self.here))
                    details.me {
                        summary { span.who { (person.name) } span.tenant { (person.tenant) } }
                        div.menu {
                            p { b { (person.name) } br; span.quiet { (roles.join(", ")) } }
                            @if !person.groups.is_empty() { p.quiet { "Groups: " (person.groups.iter().cloned().collect::<Vec<_>>().join(", ")) } }
                            form method="post" action=(place.link("signout")) {
                                (self.csrf(console))
                                button type="submit" { "Sign out" }
                            }
                        }
                    }
                }
                main #content tabindex="-1" {
                    h1 { (self.title) }
                    (content)
                }
                (keys())
            },
        )
    }

    /// What each form must bring.
    pub(crate) fn csrf(&self, console: &Console<'_>) -> Markup {
        html! { input type="hidden" name="csrf" value=(self.session.csrf(console.signing_key)); }
    }
}

/// A page of nobody: signing in and out.
pub(crate) fn bare(place: &Place, title: &str, content: Markup) -> Markup {
    document(
        place,
        title,
        html! {
            main.alone #content tabindex="-1" {
                p.mark { (mark()) span { "Galley" } }
                h1 { (title) }
                (content)
            }
        },
    )
}

fn document(place: &Place, title: &str, body: Markup) -> Markup {
    let edition = EDITION.as_str();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Galley" }
                link rel="stylesheet" href={ (place.link("console.css")) "?v=" (edition) };
                link rel="icon" href="data:,";
                script src={ (place.link("console.js")) "?v=" (edition) } defer {}
            }
            body {
                a.skip href="#content" { "Skip to content" }
                (body)
            }
        }
    }
}

/// A sail in a square.
fn mark() -> Markup {
    html! {
        svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" {
            rect.square width="24" height="24" rx="6" {}
            path.sail d="M12 4 L12 16 L5 16 Z M13.5 8 L19 16 L13.5 16 Z M4.5 17.5 L19.5 17.5 L17 20.5 L7 20.5 Z" {}
        }
    }
}

/// What keys do; shown by `?`.
fn keys() -> Markup {
    let rows = [
        ("j / k", "next, previous"),
        ("Enter", "open"),
        ("a", "approve"),
        ("r", "reject"),
        ("g", "regenerate, with a note"),
        ("c", "compare side by side"),
        ("z", "zoom"),
        ("e", "approve with changes"),
        ("u", "take back"),
        ("m", "claim, or let go"),
        (", / .", "one frame back, on"),
        ("l", "loop what was flagged"),
        ("/", "search"),
        ("?", "this help"),
        ("Esc", "close"),
    ];
    html! {
        dialog #keys aria-labelledby="keys-title" {
            h2 #keys-title { "Keys" }
            dl { @for (key, what) in rows { div { dt { kbd { (key) } } dd { (what) } } } }
            form method="dialog" { button { "Close" } }
        }
    }
}
