//! The sections of the console, in groups: beside each other where there is room, in a menu where there is none.

use crate::place::Place;
use maud::{Markup, html};

/// The groups in their order, with their sections: the page of each, and what people call it.
const GROUPS: [(&str, &[(&str, &str)]); 4] = [
    ("Work", &[("reviews", "Reviews"), ("jobs", "Jobs"), ("assets", "Assets")]),
    (
        "Publishing",
        &[
            ("calendar", "Calendar"),
            ("publications", "Publications"),
            ("connections", "Connections"),
        ],
    ),
    ("Making", &[("pipelines", "Pipelines"), ("lanes", "Lanes")]),
    ("Insight", &[("gates", "Gates"), ("figures", "Figures"), ("audit", "Audit")]),
];

/// The ways to all sections, twice: a style shows the one for which there is room, and hides the other from everybody.
pub(super) fn sections(place: &Place, here: &str) -> Markup {
    let link = |(page, name): &(&str, &str)| {
        html! { a href=(place.link(page)) aria-current=[(*page == here).then_some("page")] { (name) } }
    };
    let all = || GROUPS.iter().flat_map(|(_, sections)| sections.iter());
    let named = all().find(|(page, _)| *page == here).map_or("Menu", |(_, name)| name);
    html! {
        nav.sections aria-label="Sections" {
            @for (_, sections) in GROUPS { ul { @for section in sections { li { (link(section)) } } } }
        }
        nav.folded aria-label="Sections" {
            details {
                summary { (lines()) span { span.unseen { "Sections, here: " } (named) } }
                div.menu {
                    @for (group, sections) in GROUPS {
                        div {
                            p #{ "in-" (group.to_lowercase()) } { (group) }
                            ul aria-labelledby={ "in-" (group.to_lowercase()) } { @for section in sections { li { (link(section)) } } }
                        }
                    }
                }
            }
        }
    }
}

/// Three lines.
fn lines() -> Markup {
    html! {
        svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" {
            path d="M3 5.5h14M3 10h14M3 14.5h14" fill="none" stroke="currentcolor" stroke-width="1.8" stroke-linecap="round" {}
        }
    }
}
