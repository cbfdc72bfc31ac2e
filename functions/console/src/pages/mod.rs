//! The pages of somebody signed in.

mod assets;
mod audit;
mod calendar;
mod connections;
mod decide;
mod decision;
mod figures;
mod gates;
mod job;
mod jobs;
mod lanes;
mod pipelines;
mod preview;
mod publications;
mod replace;
mod review;
mod reviews;
mod stage;
mod steer;
mod tries;

use crate::answer::{Answered, nothing, page, redirect};
use crate::html::Page;
use crate::{Asked, Console};
use aws::http::HttpResponse;
use maud::Markup;

/// Answers with the page at this place below ours.
pub(crate) async fn show(console: &Console<'_>, asked: &Asked<'_>, place: &str) -> Answered {
    let parts: Vec<&str> = place.split('/').collect();
    match (asked.request.method.as_str(), parts.as_slice()) {
        ("GET", [""]) => Ok(redirect(&console.place.link("reviews"))),
        ("GET", ["reviews"]) => reviews::list(console, asked).await,
        ("GET", ["reviews", id]) => review::show(console, asked, id).await,
        ("POST", ["reviews", id, "upload"]) => replace::ticket(console, asked, id).await,
        ("POST", ["reviews", id, act]) => decide::act(console, asked, id, act).await,
        ("GET", ["jobs"]) => jobs::list(console, asked).await,
        ("GET", ["jobs", id]) => job::show(console, asked, id).await,
        ("GET", ["jobs", id, "audit"]) => audit::of_job(console, asked, id).await,
        ("POST", ["jobs", id, "cancel"]) => steer::cancel(console, asked, id).await,
        ("POST", ["jobs", id, "retry"]) => steer::retry(console, asked, id).await,
        ("POST", ["jobs", id, "erase"]) => job::erase(console, asked, id).await,
        ("GET", ["assets"]) => assets::list(console, asked).await,
        ("GET", ["assets", id]) => assets::show(console, asked, id).await,
        ("GET", ["assets", id, "file"]) => assets::file(console, asked, id).await,
        ("POST", ["assets", id, "erase"]) => assets::erase(console, asked, id).await,
        ("GET", ["calendar"]) => calendar::list(console, asked).await,
        ("GET", ["calendar", id]) => calendar::show(console, asked, id).await,
        ("POST", ["calendar", id, act]) => calendar::act(console, asked, id, act).await,
        ("POST", ["assets", id, "takedown"]) => publications::take_down(console, asked, id).await,
        ("GET", ["publications"]) => publications::list(console, asked).await,
        ("GET", ["publications", "targets", kind]) => {
            publications::target(console, asked, kind).await
        }
        ("GET", ["publications", "labels"]) => publications::label(console, asked).await,
        ("POST", ["publications", id, "retry"]) => publications::retry(console, asked, id).await,
        ("GET", ["pipelines"]) => pipelines::list(console, asked).await,
        ("GET", ["pipelines", name]) => pipelines::show(console, asked, name).await,
        ("GET", ["lanes"]) => lanes::list(console, asked).await,
        ("GET", ["connections"]) => connections::list(console, asked).await,
        ("POST", ["connections"]) => connections::put(console, asked).await,
        ("GET", ["connections", "callback"]) => connections::end(console, asked).await,
        ("GET", ["connections", name, "signin"]) => connections::begin(console, asked, name).await,
        ("POST", ["connections", name, "test"]) => connections::test(console, asked, name).await,
        ("POST", ["connections", name, "remove"]) => {
            connections::remove(console, asked, name).await
        }
        ("GET", ["audit"]) => audit::of_tenant(console, asked).await,
        ("GET", ["gates"]) => gates::show(console, asked).await,
        ("GET", ["figures"]) => figures::show(console, asked).await,
        _ => Err(nothing("page")),
    }
}

/// A page in its frame.
fn framed(
    console: &Console<'_>,
    asked: &Asked<'_>,
    (here, title): (&str, &str),
    content: impl FnOnce(&Page<'_>) -> Markup,
) -> HttpResponse {
    let frame = Page { title, here, session: asked.session };
    page(200, frame.of(console, content(&frame)))
}
