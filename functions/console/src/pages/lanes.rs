//! Lanes: what takes work, how much waits, and for operators the hosts.

use super::framed;
use crate::answer::Answered;
use crate::html::parts::{state, took};
use crate::person::Role;
use crate::{Asked, Console};
use domain::Time;
use domain::lane::{AllLanes, HostState, LaneView, Took};
use maud::{Markup, html};

/// `GET lanes`.
pub(super) async fn list(console: &Console<'_>, asked: &Asked<'_>) -> Answered {
    let lanes = AllLanes::read(console.table).await?;
    let operator = asked.person().has(Role::Operator);
    Ok(framed(console, asked, ("lanes", "Lanes"), |_| {
        html! {
            div.stack data-live="lanes" {
                @for (name, view) in &lanes.0 { (lane(name, view, asked, operator, console.now)) }
            }
        }
    }))
}

fn lane(name: &str, view: &LaneView, asked: &Asked<'_>, operator: bool, now: Time) -> Markup {
    let busy = view.slots.values().filter(|slot| slot.attempt.is_some()).count();
    let tenant = asked.tenant().as_str();
    let here = view.waiting.iter().filter(|waiting| waiting.work.tenant == *asked.tenant()).count();
    let yours = here + view.lines.get(tenant).map_or(0, |line| line.waiting) as usize;
    let wait = view.oldest_wait_ms(now);
    html! {
        section.sheet aria-label={ "Lane " (name) } {
            div.title {
                h2 { (name) }
                @match &view.hold {
                    Some(why) => { (state("held")) span.small { (why) } }
                    None => { (state(if view.slots.is_empty() { "empty" } else { "open" })) }
                }
                @if view.slow_until.is_some_and(|until| now < until) { span.small.quiet { "Its vendor asks us to go slow." } }
            }
            div.figures {
                div.figure { b { (busy) " / " (view.slots.len()) } span { "slots busy" } }
                div.figure { b { (view.depth()) } span { "waiting" } }
                div.figure { b { (if 0 < wait { took(wait) } else { "–".into() }) } span { "longest wait" } }
                div.figure { b { (view.held_by(tenant)) " / " (yours) } span { "yours: running / waiting" } }
            }
            @if operator && !view.hosts.is_empty() { (hosts(view, now)) }
            (typical(view, now))
        }
    }
}

fn hosts(view: &LaneView, now: Time) -> Markup {
    html! {
        div.scroll {
            table.cards {
                thead { tr { th { "Host" } th { "State" } th { "Models" } th.number { "Slots busy" } th.number { "Faults in a row" } } }
                tbody {
                    @for host in view.hosts.values() {
                        @let own: Vec<_> = view.slots.values().filter(|slot| slot.host == host.host).collect();
                        tr {
                            td { (host.host) span.sub { (host.address) } }
                            td {
                                @if host.until <= now { (state("lost")) }
                                @else if host.state == HostState::Draining { (state("draining")) }
                                @else { (state("ready")) }
                            }
                            td { (host.models.join(", ")) span.sub { (host.kinds.join(", ")) } }
                            td.number data-name="slots busy" { (own.iter().filter(|slot| slot.attempt.is_some()).count()) " / " (host.slots) }
                            td.number data-name="faults" { (own.iter().map(|slot| slot.failures).max().unwrap_or(0)) }
                        }
                    }
                }
            }
        }
    }
}

fn typical(view: &LaneView, now: Time) -> Markup {
    let known: Vec<_> = view
        .took(now)
        .into_iter()
        .filter_map(|(sort, took)| Some((sort, took.n, Took::known(took)?)))
        .collect();
    html! {
        @if !known.is_empty() {
            div.scroll {
                table.cards {
                    thead { tr { th { "Typical work" } th.number { "Renders" } th.number { "Takes" } } }
                    tbody {
                        @for (sort, renders, ms) in &known {
                            tr { td { (sort) } td.number data-name="renders" { (renders) } td.number data-name="takes" { (took(*ms)) } }
                        }
                    }
                }
            }
        }
    }
}
