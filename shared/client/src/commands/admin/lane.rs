//! `galley admin lane`: the GPU lane as it is now, and the operator's hand on it.
use aws::SqsQueue;
use domain::{
    Time,
    lane::{self, GPU, HostRecord, HostState, LaneView, SlotRecord, slot_key},
    ports::{Queue, Table},
    store::{Key, Write, Written},
};
use serde_json::{Value, json};

use super::deployment::Deployment;
use crate::{
    failure::{Exit, Failure},
    paint::{self, BAD, DIM, GOOD, WARN, note, paint},
    session::Session,
    times,
};

/// So many waiting items are shown one by one.
const SHOWN: usize = 10;
/// So many records of a lane are read at once; what waits beyond them is not counted.
const READ: usize = 400;

/// See GPU hosts, slots and what waits; hold the lane, or give a host another chance
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin lane show
  galley admin lane hold 'driver update'
  galley admin lane resume
  galley admin lane trust gpu-7

Where the dispatch queue is known, the lane is woken after `resume` and `trust`; else what waits
is taken up with the next work that comes.")]
pub(super) struct Args {
    /// URL of the dispatch queue; the local stack's or the profile's own by default
    #[arg(
        long,
        global = true,
        env = "GALLEY_DISPATCH_QUEUE",
        hide_env_values = true,
        value_name = "URL"
    )]
    queue: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Show(Show),
    Hold(Hold),
    Resume(Resume),
    Trust(Trust),
    Wake(Wake),
}

/// Show hosts, slots and what waits for them
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin lane show
  galley admin lane show --json | jq '.waiting | length'")]
struct Show {}

/// Start nothing new on any host; what runs goes on
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin lane hold 'driver update'")]
struct Hold {
    /// Why, for whoever looks next
    reason: String,
}

/// End a hold
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin lane resume")]
struct Resume {}

/// Give a host that failed too often in a row another chance at once
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin lane trust gpu-7

A host that fails several times in a row gets nothing for some minutes, even once it is mended.")]
struct Trust {
    /// Name of the host
    host: String,
}

/// Have the lane looked at now, should work wait beside free slots
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin lane wake")]
struct Wake {}

pub(super) async fn run(
    args: Args,
    deployment: &Deployment,
    session: &Session,
) -> Result<Exit, Failure> {
    let table = &deployment.table;
    let queue = deployment.dispatch(args.queue);
    match args.command {
        Command::Show(Show {}) => {
            let (view, now) = (LaneView::read(table, GPU).await?, aws::clock::now());
            if session.json {
                paint::json(&document(&view, now))?;
            } else {
                lines(&view, now).iter().try_for_each(|line| paint::line(line))?;
            }
        }
        Command::Hold(Hold { reason }) => {
            table.write(vec![Write::put(hold(), &json!({ "reason": reason }))?]).await?;
            note("nothing new starts; `galley admin lane resume` ends the hold");
        }
        Command::Resume(Resume {}) => match table.write(vec![Write::delete(hold())]).await? {
            Written::Done => {
                note("the lane goes on");
                wake(queue).await?;
            }
            Written::Refused(_) => note("the lane was not on hold"),
        },
        Command::Trust(Trust { host }) => {
            trust(table, &host).await?;
            note(&format!("{host} may be given work again"));
            wake(queue).await?;
        }
        Command::Wake(Wake {}) => wake(queue).await?,
    }
    Ok(Exit::Succeeded)
}

/// Has the lane looked at: nobody else does before new work comes or an old slot ends.
async fn wake(queue: Option<SqsQueue>) -> Result<(), Failure> {
    let Some(queue) = queue else {
        note("what waits is taken up with the next work; --queue URL wakes the lane at once");
        return Ok(());
    };
    queue.send(&json!({ "tick": GPU }), 0).await?;
    note("the lane is looked at now");
    Ok(())
}

fn hold() -> Key {
    Key::new(lane::pk(GPU), "HOLD")
}

/// Forgets the faults of a host's slots; whoever holds one keeps it.
async fn trust(table: &dyn Table, host: &str) -> Result<(), Failure> {
    let view = LaneView::read(table, GPU).await?;
    let slots = view.slots.iter().filter(|(_, slot)| slot.host == host);
    let writes: Vec<_> =
        slots.map(|(sk, _)| Write::set(slot_key(GPU, sk), json!({ "failures": 0 }))).collect();
    if writes.is_empty() {
        let known: Vec<_> = view.hosts.keys().map(String::as_str).collect();
        let next = format!("the lane's hosts are {}", known.join(", "));
        return Err(Failure::here(format!("there is no host {host}"), next));
    }
    for write in writes {
        // A slot that is gone meanwhile has no faults.
        table.write(vec![write]).await?;
    }
    Ok(())
}

fn lines(view: &LaneView, now: Time) -> Vec<String> {
    let busy = view.slots.values().filter(|slot| slot.attempt.is_some()).count();
    let (hosts, slots, waiting) = (view.hosts.len(), view.slots.len(), view.waiting.len());
    let more = if READ <= hosts + slots + waiting { "+" } else { "" };
    let mut lines = vec![format!(
        "{GPU}  {hosts} hosts  {busy} of {slots} slots busy  {waiting}{more} waiting"
    )];
    if let Some(reason) = &view.hold {
        lines.push(format!("  {} {reason}", paint(WARN, "on hold:")));
    }
    if !view.hosts.is_empty() {
        lines.push(String::new());
    }
    let width = view.hosts.keys().map(String::len).max().unwrap_or(0);
    lines.extend(view.hosts.values().map(|it| host(it, view, now, width)));
    if !view.waiting.is_empty() {
        lines.push(String::new());
    }
    for waiting in view.waiting.iter().take(SHOWN) {
        let (attempt, tenant) = (&waiting.work.attempt, &waiting.work.tenant);
        let since = times::when(&waiting.work.enqueued_at.rfc3339());
        lines.push(format!("  waits  {tenant}  {attempt}  {}", paint(DIM, &since)));
    }
    if SHOWN < waiting {
        lines.push(format!("  … and {}{more} more", waiting - SHOWN));
    }
    lines
}

fn host(host: &HostRecord, view: &LaneView, now: Time, width: usize) -> String {
    let slots: Vec<_> = view.slots.values().filter(|slot| slot.host == host.host).collect();
    let busy = slots.iter().filter(|slot| slot.attempt.is_some()).count();
    let state = condition(host, view, now);
    let style = match state {
        "ready" => GOOD,
        "draining" => WARN,
        _ => BAD,
    };
    let models = host.models.join(",");
    let price = crate::show::usd(host.usd_per_slot_second.usd());
    let mut line = format!(
        "  {:width$}  {}  {busy} of {} busy  {price}/s  {models}",
        host.host,
        paint(style, &format!("{state:11}")),
        slots.len()
    );
    let (failures, last) = faults(&slots);
    if 0 < failures {
        line += &format!("  {failures} faults in a row, the last {}", times::when(&last.rfc3339()));
    }
    if state == "quarantined" {
        line += &paint(DIM, &format!("  galley admin lane trust {}", host.host));
    }
    line
}

/// What an operator calls a host's state.
fn condition(host: &HostRecord, view: &LaneView, now: Time) -> &'static str {
    match host.state {
        _ if host.until <= now => "gone",
        _ if view.quarantined(&host.host, now) => "quarantined",
        HostState::Ready => "ready",
        HostState::Draining => "draining",
    }
}

fn faults(slots: &[&SlotRecord]) -> (u32, Time) {
    let failures = slots.iter().map(|slot| slot.failures).sum();
    (failures, slots.iter().map(|slot| slot.failed_at).max().unwrap_or(Time(0)))
}

/// The lane for programs.
fn document(view: &LaneView, now: Time) -> Value {
    let hosts = view.hosts.values().map(|host| {
        let slots: Vec<_> = view.slots.values().filter(|slot| slot.host == host.host).collect();
        let busy: Vec<_> = slots.iter().filter_map(|slot| slot.attempt.as_ref()).collect();
        json!({
            "host": host.host, "address": host.address, "state": condition(host, view, now),
            "models": host.models, "kinds": host.kinds, "slots": slots.len(), "busy": busy,
            "faults": faults(&slots).0, "usd_per_slot_second": host.usd_per_slot_second.usd(),
        })
    });
    let waiting = view.waiting.iter().map(|waiting| {
        let work = &waiting.work;
        json!({
            "attempt": work.attempt, "tenant": work.tenant, "kind": work.kind,
            "enqueued_at": work.enqueued_at.rfc3339(), "deadline_at": work.deadline_at.rfc3339(),
        })
    });
    json!({
        "lane": GPU, "hold": view.hold,
        "hosts": hosts.collect::<Vec<_>>(), "waiting": waiting.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use domain::fakes::World;

    use super::*;

    async fn view(world: &World) -> LaneView {
        LaneView::read(&world.table, GPU).await.unwrap()
    }

    /// A world with a host whose only slot failed too often.
    async fn world() -> World {
        let world = World::default();
        world.host("gpu-7", 1).await;
        let slot = slot_key(GPU, &SlotRecord::sk("gpu-7", 0));
        let failed = json!({ "failures": 3, "failed_at": domain::fakes::NOW });
        world.table.write(vec![Write::set(slot, failed)]).await.unwrap();
        world
    }

    #[tokio::test]
    async fn a_host_that_is_trusted_again_is_ready_at_once() {
        let (world, now) = (world().await, domain::fakes::NOW);
        let before = lines(&view(&world).await, now).join("\n");
        assert!(before.contains("quarantined") && before.contains("3 faults"), "{before}");
        trust(&world.table, "gpu-7").await.unwrap();
        let document = document(&view(&world).await, now);
        assert_eq!(document["hosts"][0]["state"], "ready");
        assert_eq!(document["hosts"][0]["faults"], 0);
    }

    #[tokio::test]
    async fn an_unknown_host_is_told_with_the_known_ones() {
        let failure = trust(&world().await.table, "gpu-8").await.unwrap_err();
        assert!(matches!(&failure, Failure::Here { next, .. } if next.ends_with("are gpu-7")));
    }

    #[tokio::test]
    async fn a_hold_is_the_first_thing_one_sees() {
        let world = world().await;
        let reason = json!({ "reason": "driver update" });
        world.table.write(vec![Write::put(hold(), &reason).unwrap()]).await.unwrap();
        let told = lines(&view(&world).await, domain::fakes::NOW);
        assert!(told[1].ends_with("driver update"), "{told:?}");
    }
}
