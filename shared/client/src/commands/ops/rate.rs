//! `galley ops rate`: how many renders may start in a lane in a while.
use domain::{
    lane::Rate,
    ports::Table,
    store::{Write, Written},
};

use super::lane::{Lane, Wake, lanes, wake};
use crate::{
    commands::deployment::Deployment,
    failure::{Exit, Failure},
    paint::note,
};

/// Limit how many renders start in a lane, beside its slots
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley ops rate gpu 30/min
  galley ops rate openai 2/s
  galley ops rate gpu none

Seconds and minutes are those of the clock. What waits for the next one says so: `galley get JOB`.")]
pub(super) struct Args {
    /// `gpu`, or a vendor's name
    #[arg(value_parser = lanes(), hide_possible_values = true)]
    lane: Lane,
    /// N/s, N/min, or none
    #[arg(value_parser = parse)]
    rate: Wanted,
}

/// What an operator wants.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted(Option<Rate>);

pub(crate) fn parse(text: &str) -> Result<Wanted, String> {
    if text == "none" {
        return Ok(Wanted(None));
    }
    let wrong = || format!("{text:?} is no rate: write 30/min, 2/s or none");
    let (starts, per) = text.split_once('/').ok_or_else(wrong)?;
    let per_s = match per {
        "s" => 1,
        "min" => 60,
        _ => return Err(wrong()),
    };
    let starts = starts.parse().ok().filter(|starts| (1..=100_000).contains(starts));
    Ok(Wanted(Some(Rate::new(starts.ok_or_else(wrong)?, per_s))))
}

pub(super) async fn run(args: Args, deployment: &Deployment) -> Result<Exit, Failure> {
    put(&deployment.table, &args.lane, args.rate).await?;
    wake(Wake { lane: args.lane }, deployment).await
}

pub(crate) async fn put(
    table: &dyn Table,
    lane: &Lane,
    Wanted(rate): Wanted,
) -> Result<(), Failure> {
    let key = Rate::key(lane.name());
    match rate {
        Some(rate) => {
            table.write(vec![Write::put(key, &rate)?]).await?;
            let per = if rate.per_s == 1 { "second" } else { "minute" };
            note(&format!("at most {} renders start in a {per}", rate.starts));
        }
        None => match table.write(vec![Write::delete(key)]).await? {
            Written::Done => note("renders start as slots are free"),
            Written::Refused(_) => note("the lane had no rate"),
        },
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::{
        fakes::World,
        lane::{GPU, LaneView},
    };

    use super::*;

    #[test]
    fn rates_are_by_second_or_minute() {
        assert_eq!(parse("30/min"), Ok(Wanted(Some(Rate::new(30, 60)))));
        assert_eq!(parse("2/s"), Ok(Wanted(Some(Rate::new(2, 1)))));
        assert_eq!(parse("none"), Ok(Wanted(None)));
        for text in ["", "30", "0/s", "-1/s", "3/h", "many/min"] {
            let told = format!("{text:?} is no rate: write 30/min, 2/s or none");
            assert_eq!(parse(text), Err(told));
        }
    }

    #[tokio::test]
    async fn a_rate_is_put_replaced_and_lifted() {
        let world = World::default();
        for (text, starts) in [("3/s", Some(3)), ("4/min", Some(4)), ("none", None), ("none", None)]
        {
            put(&world.table, &Lane::of(GPU), parse(text).unwrap()).await.unwrap();
            let view = LaneView::read(&world.table, GPU).await.unwrap();
            assert_eq!(view.rate.map(|rate| rate.starts), starts);
        }
    }
}
