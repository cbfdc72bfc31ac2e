//! The calendar: what is to be published, and was, by day; moved by dragging it, or by its form.

mod days;

use super::{framed, preview};
use crate::answer::{Answered, Trouble, nothing, redirect};
use crate::html::Page;
use crate::html::parts::{empty, sentence, state};
use crate::person::Role;
use crate::place::within;
use crate::{Asked, Console};
use days::Span;
use domain::Time;
use domain::id::JobId;
use domain::publish::window::{self, Change, Refused, Usual, Week, WindowState, read_time, zone};
use domain::record::PostingRecord;
use domain::store::from_item;
use domain::tenant::TenantRecord;
use maud::{Markup, html};
use serde_json::Value;

/// Most publications of one page.
const MOST: usize = 500;
/// Who may move and cancel.
const ROLES: [Role; 2] = [Role::Editor, Role::Operator];

/// `GET calendar`.
pub(super) async fn list(console: &Console<'_>, asked: &Asked<'_>) -> Answered {
    let clocks = clocks(console, asked).await?;
    let span = Span::of(asked, &clocks.week, console.now).ok_or(nothing("day"))?;
    let bounds = span.bounds(&clocks.zone).ok_or(nothing("day"))?;
    let windows = window::list(console.table, asked.tenant(), bounds, MOST).await?;
    let shown = window::shown(console.table, &windows).await?;
    let entries: Vec<Entry<'_>> = windows
        .iter()
        .zip(&shown)
        .filter_map(|(window, shown)| Entry::of(window, shown, &clocks.week))
        .collect();
    Ok(framed(console, asked, ("calendar", "Calendar"), |frame| {
        html! {
            nav.row.apart aria-label="Weeks and months" {
                div.row {
                    @for (view, name) in [("week", "Week"), ("month", "Month")] {
                        a.button href=(span.link(console, view, 0)) aria-current=[(span.view() == view).then_some("true")] { (name) }
                    }
                }
                div.row {
                    a.button rel="prev" href=(span.link(console, span.view(), -1)) { "Earlier" }
                    a.button href={ (console.place.link("calendar")) "?view=" (span.view()) } { "Today" }
                    a.button rel="next" href=(span.link(console, span.view(), 1)) { "Later" }
                }
            }
            p.quiet { "Days and times of " (clocks.name) ". What waits for its window can be dragged to another day, or moved by its form." }
            @if entries.is_empty() { (empty("Nothing has a window on these days. A `window` on a publish step puts it here.")) }
            ol.calendar.month[span.view() == "month"] {
                @for day in span.days() {
                    @let of_day: Vec<_> = entries.iter().filter(|entry| entry.day == day).collect();
                    li.day.bare[of_day.is_empty()].today[clocks.today(console.now) == day] data-day=(day) {
                        h2 { (days::named(&day)) }
                        @for entry in of_day { (card(console, asked, frame, entry, &span)) }
                    }
                }
            }
        }
    }))
}

/// The clocks of a tenant.
struct Clocks {
    name: String,
    zone: jiff::tz::TimeZone,
    week: Week,
}

impl Clocks {
    fn today(&self, now: Time) -> String {
        self.week.local(now).map(|now| now.date().to_string()).unwrap_or_default()
    }
}

async fn clocks(console: &Console<'_>, asked: &Asked<'_>) -> Answered<Clocks> {
    let item = console.table.get(&[TenantRecord::key(asked.tenant())]).await?.pop().flatten();
    let tenant: Option<TenantRecord> = item.as_ref().map(from_item).transpose()?;
    let Usual { zone: name, .. } = tenant.map(|tenant| tenant.publishes).unwrap_or_default();
    let name = name.unwrap_or_else(|| "UTC".into());
    let zone = zone(&name).unwrap_or(jiff::tz::TimeZone::UTC);
    let week = Week::read(zone.clone(), None).map_err(Trouble::Form)?;
    Ok(Clocks { name, zone, week })
}

/// A publication in its day.
struct Entry<'a> {
    id: String,
    job: &'a JobId,
    pipeline: &'a str,
    to: String,
    state: String,
    day: String,
    clock: String,
    waits: bool,
    by: Option<&'a str>,
}

impl<'a> Entry<'a> {
    fn of(window: &'a window::WindowRecord, shown: &Value, week: &Week) -> Option<Self> {
        let local = week.local(window.opens_at)?;
        let to = window.connection.as_ref().map(|name| format!(" as {name}")).unwrap_or_default();
        Some(Self {
            id: window.id(),
            job: &window.job,
            pipeline: &window.pipeline,
            to: format!("{}{to}", window.target),
            state: shown["state"].as_str().unwrap_or_default().to_owned(),
            day: local.date().to_string(),
            clock: local.strftime("%H:%M").to_string(),
            waits: window.state == WindowState::Scheduled,
            by: window.by.as_deref(),
        })
    }
}

fn card(
    console: &Console<'_>,
    asked: &Asked<'_>,
    frame: &Page<'_>,
    entry: &Entry<'_>,
    span: &Span,
) -> Markup {
    let may = entry.waits && ROLES.iter().any(|role| asked.person().has(*role));
    html! {
        article.entry draggable=[may.then_some("true")] aria-label={ (entry.clock) " " (entry.to) } {
            p.row { b { (entry.clock) } (state(&entry.state)) }
            p { (entry.to) }
            p.small {
                a href=(console.place.link(&format!("calendar/{}", entry.id))) { "Preview" } " · "
                a href=(console.place.link(&format!("jobs/{}", entry.job))) { (entry.pipeline) }
                @if let Some(by) = entry.by { " · by " (by) }
            }
            @if may { details { summary.small { "Move or cancel" } (forms(console, frame, entry, &span.seen())) } }
        }
    }
}

/// The forms of a publication that waits for its window.
fn forms(console: &Console<'_>, frame: &Page<'_>, entry: &Entry<'_>, back: &str) -> Markup {
    let place = |act: &str| console.place.link(&format!("calendar/{}/{act}", entry.id));
    html! {
        form.stack method="post" action=(place("move")) data-move {
            (frame.csrf(console))
            input type="hidden" name="back" value=(back);
            div.field {
                label for={ "at-" (entry.id) } { "Opens at" }
                input id={ "at-" (entry.id) } type="datetime-local" name="at" required value={ (entry.day) "T" (entry.clock) };
            }
            button type="submit" { "Move" }
        }
        form method="post" action=(place("cancel")) data-ask="Take this publication out? Its job goes on without it." {
            (frame.csrf(console))
            input type="hidden" name="back" value=(back);
            button.danger type="submit" { "Cancel it" }
        }
    }
}

/// `GET calendar/{id}`: what its target will get.
pub(super) async fn show(console: &Console<'_>, asked: &Asked<'_>, id: &str) -> Answered {
    let (job, step) = PostingRecord::parse_id(id).map_err(|_| nothing("publication"))?;
    let view = super::job::own(console, asked, job.as_str()).await?;
    let window = view.windows.iter().find(|window| window.step == step);
    let window = window.ok_or(nothing("publication"))?;
    let clocks = clocks(console, asked).await?;
    let shown = window::shown(console.table, std::slice::from_ref(window)).await?;
    let entry = Entry::of(window, &shown[0], &clocks.week).ok_or(nothing("publication"))?;
    let form = preview::of(console, &view, &step).await?;
    let may = entry.waits && ROLES.iter().any(|role| asked.person().has(*role));
    Ok(framed(console, asked, ("calendar", &entry.to), |frame| {
        html! {
            div.wide-left {
                section.sheet aria-labelledby="gets" { h2 #gets { "What the target gets" } (form) }
                section.sheet aria-label="Its window" {
                    div.title { h2 { (entry.day) " " (entry.clock) " " (clocks.name) } (state(&entry.state)) }
                    p { a href=(console.place.link(&format!("jobs/{job}"))) { "The job" } }
                    @if may { (forms(console, frame, &entry, &format!("calendar/{id}"))) }
                }
            }
        }
    }))
}

/// `POST calendar/{id}/move` and `cancel`.
pub(super) async fn act(console: &Console<'_>, asked: &Asked<'_>, id: &str, act: &str) -> Answered {
    asked.needs(&ROLES)?;
    let (job, step) = PostingRecord::parse_id(id).map_err(|_| nothing("publication"))?;
    super::job::own(console, asked, job.as_str()).await?;
    let what = match act {
        "cancel" => Change::Cancel,
        "move" => {
            let clocks = clocks(console, asked).await?;
            let at = read_time(asked.field("at"), &clocks.zone);
            Change::Move(at.ok_or_else(|| Trouble::Form("The form's time cannot be read.".into()))?)
        }
        _ => return Err(nothing("page")),
    };
    let (world, by) = ((console.flow, console.queue), asked.person().id.to_string());
    let said =
        window::change(console.table, world, (&job, &step), (what, &by), console.now).await?;
    match said {
        Ok(_) => {}
        Err(Refused::Unknown) => return Err(nothing("publication")),
        Err(why) => return Err(Trouble::Late(sentence(&why.to_string()))),
    }
    tracing::info!(publication = id, person = by, "{act}");
    let back = within(asked.field("back"));
    let back = if back.starts_with("calendar") { back } else { "calendar" };
    Ok(redirect(&console.place.link(back)))
}
