//! `galley ops hold|resume|drain|trust|wake`: the operator's hand on a lane.
use std::{collections::BTreeSet, time::Duration};

use aws::SqsQueue;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use domain::{
    lane::{self, GPU, LaneView, slot_key},
    ports::{Queue, Table},
    store::{Key, Write, Written},
    vendor::circuit::Circuit,
};
use serde_json::json;

use crate::{
    commands::deployment::Deployment,
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// A lane: that of the GPU hosts, or a vendor's.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lane(String);

impl Lane {
    pub(crate) fn of(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    pub(crate) fn name(&self) -> &str {
        &self.0
    }
}

/// The vendors that there are adapters of.
pub(crate) fn vendors() -> BTreeSet<&'static str> {
    providers::models().rows().iter().map(|row| row.vendor).collect()
}

/// Lanes by name: `gpu`, and each vendor's.
pub(crate) fn lanes() -> impl TypedValueParser<Value = Lane> {
    let names = std::iter::once(GPU).chain(vendors());
    PossibleValuesParser::new(names).map(Lane)
}

/// Start nothing new in a lane; what runs goes on
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley ops hold gpu 'driver update'
  galley ops hold fal 'they have an outage'

Work that comes meanwhile waits in its order. The alarm lane_on_hold rings until the hold is lifted.")]
pub(super) struct Hold {
    /// `gpu`, or a vendor's name
    #[arg(value_parser = lanes(), hide_possible_values = true)]
    lane: Lane,
    /// Why, for whoever looks next
    reason: String,
}

/// Lift a hold, and wake the lane
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley ops resume gpu")]
pub(super) struct Resume {
    /// `gpu`, or a vendor's name
    #[arg(value_parser = lanes(), hide_possible_values = true)]
    lane: Lane,
}

/// Hold a lane and wait until nothing runs in it
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley ops drain gpu 'new hosts'
  galley ops drain gpu 'new hosts' --timeout 600 && ./replace-hosts && galley ops resume gpu

Exits with 1 where something still ran when the time was over. The lane stays on hold either way.")]
pub(super) struct Drain {
    /// `gpu`, or a vendor's name
    #[arg(value_parser = lanes(), hide_possible_values = true)]
    lane: Lane,
    /// Why, for whoever looks next
    reason: String,
    /// How many seconds to wait at most
    #[arg(long, default_value_t = 3600, value_name = "SECONDS")]
    timeout: u32,
}

/// Give a host, or a vendor, that failed too often in a row another chance at once
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley ops trust gpu-7
  galley ops trust openai        # its account is topped up, or its outage over

A host that fails several times in a row gets nothing for some minutes, even once it is mended.")]
pub(super) struct Trust {
    /// Name of the host, or of the vendor
    host: String,
}

/// Have a lane looked at now, should work wait beside free slots
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley ops wake gpu")]
pub(crate) struct Wake {
    /// `gpu`, or a vendor's name
    #[arg(value_parser = lanes(), hide_possible_values = true)]
    pub(crate) lane: Lane,
}

pub(super) async fn hold(args: Hold, deployment: &Deployment) -> Result<Exit, Failure> {
    put_hold(&deployment.table, &args.lane, &args.reason).await?;
    note(&format!("nothing new starts; `galley ops resume {}` lifts the hold", args.lane.name()));
    Ok(Exit::Succeeded)
}

pub(super) async fn resume(args: Resume, deployment: &Deployment) -> Result<Exit, Failure> {
    match deployment.table.write(vec![Write::delete(key(&args.lane))]).await? {
        Written::Done => {
            note("the lane goes on");
            wake(Wake { lane: args.lane }, deployment).await
        }
        Written::Refused(_) => {
            note("the lane was not on hold");
            Ok(Exit::Succeeded)
        }
    }
}

pub(super) async fn drain(
    args: Drain,
    deployment: &Deployment,
    session: &Session,
) -> Result<Exit, Failure> {
    put_hold(&deployment.table, &args.lane, &args.reason).await?;
    let (mut before, mut waited) = (usize::MAX, 0);
    loop {
        let view = LaneView::read(&deployment.table, args.lane.name()).await?;
        let busy = running(&view);
        if busy.len() != before {
            before = busy.len();
            match session.json {
                true => paint::json(&json!({ "lane": args.lane.name(), "running": busy }))?,
                false if busy.is_empty() => paint::line("nothing runs; the lane stays on hold")?,
                false => paint::line(&format!("{before} still run: {}", busy.join(", ")))?,
            }
        }
        if busy.is_empty() {
            return Ok(Exit::Succeeded);
        }
        if args.timeout <= waited {
            note("time is over; the lane stays on hold, `galley ops drain` waits on");
            return Ok(Exit::Failed);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        waited += 1;
    }
}

pub(super) async fn trust(args: Trust, deployment: &Deployment) -> Result<Exit, Failure> {
    let lane = match vendors().contains(args.host.as_str()) {
        true => {
            close_circuits(&deployment.table, &args.host).await?;
            args.host.as_str()
        }
        false => {
            forgive(&deployment.table, &args.host).await?;
            GPU
        }
    };
    note(&format!("{} may be given work again", args.host));
    wake(Wake { lane: Lane::of(lane) }, deployment).await
}

pub(crate) async fn wake(args: Wake, deployment: &Deployment) -> Result<Exit, Failure> {
    tick(deployment.dispatch(None), &args.lane).await?;
    Ok(Exit::Succeeded)
}

async fn put_hold(table: &dyn Table, lane: &Lane, reason: &str) -> Result<(), Failure> {
    table.write(vec![Write::put(key(lane), &json!({ "reason": reason }))?]).await?;
    Ok(())
}

/// What holds a slot.
fn running(view: &LaneView) -> Vec<String> {
    view.slots.values().filter_map(|slot| slot.attempt.clone()).collect()
}

/// Has the lane looked at: nobody else does before new work comes or an old slot ends.
async fn tick(queue: Option<SqsQueue>, lane: &Lane) -> Result<(), Failure> {
    let Some(queue) = queue else {
        note("what waits is taken up with the next work; --stack NAME lets it be woken at once");
        return Ok(());
    };
    queue.send(&json!({ "tick": lane.name() }), 0).await?;
    note("the lane is looked at now");
    Ok(())
}

fn key(lane: &Lane) -> Key {
    Key::new(lane::pk(lane.name()), "HOLD")
}

/// Forgets what was wrong with a vendor's models and with our account there.
async fn close_circuits(table: &dyn Table, vendor: &str) -> Result<(), Failure> {
    let view = LaneView::read(table, vendor).await?;
    for model in view.circuits.keys() {
        table.write(vec![Write::forget(Circuit::key(vendor, model))]).await?;
    }
    Ok(())
}

/// Forgets the faults of a host's slots; whoever holds one keeps it.
async fn forgive(table: &dyn Table, host: &str) -> Result<(), Failure> {
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

#[cfg(test)]
mod tests {
    use domain::fakes::{NOW, World};
    use domain::vendor::circuit::{self, Told};

    use super::*;

    #[tokio::test]
    async fn an_unknown_host_is_told_with_the_known_ones() {
        let world = World::default();
        world.host("gpu-7", 1).await;
        let failure = forgive(&world.table, "gpu-8").await.unwrap_err();
        assert!(matches!(&failure, Failure::Here { next, .. } if next.ends_with("are gpu-7")));
    }

    #[tokio::test]
    async fn a_vendor_that_is_trusted_is_asked_again_at_once() {
        let world = World::default();
        let attempt = domain::id::JobId::new(NOW, [1; 10]);
        let attempt = domain::id::AttemptId::new(&attempt, "paint", 1);
        let whose = ("fal", "flux");
        circuit::note(&world.table, whose, Told::Account, &attempt, NOW).await.unwrap();
        for left in [1, 0] {
            let view = LaneView::read(&world.table, "fal").await.unwrap();
            assert_eq!(view.circuits.len(), left);
            close_circuits(&world.table, "fal").await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_hold_twice_is_one_hold_with_the_later_reason() {
        let world = World::default();
        for reason in ["a disk", "driver update"] {
            put_hold(&world.table, &Lane::of(GPU), reason).await.unwrap();
        }
        let view = LaneView::read(&world.table, GPU).await.unwrap();
        assert_eq!(view.hold.as_deref(), Some("driver update"));
        assert_eq!(running(&view), [""; 0]);
    }
}
