//! `galley drift`: what vendors' answers lacked of what their contracts promise.
use domain::{ports::Table, vendor::Drifted};
use serde_json::json;

use super::{deployment, ops::lane::vendors};
use crate::{
    failure::{Exit, Failure},
    paint::{self, DIM, note, paint, plain},
    session::Session,
    times,
};

/// Show what vendors' answers lacked of what their contracts promise
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley drift
  galley drift openai
  galley drift --json | jq 'select(.count > 10) | {vendor, field, found}'
  galley drift openai --forget      # seen to

The field is the contract's, beside it what was there instead: its shape, no texts. It is kept for 90 days.
This goes past the API, straight to the table, with the AWS credentials of whoever runs it.")]
pub(crate) struct Args {
    #[command(flatten)]
    which: deployment::Which,
    /// Only this vendor's
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(vendors()), hide_possible_values = true)]
    vendor: Option<String>,
    /// Take it off the record: it was seen to
    #[arg(long, requires = "vendor")]
    forget: bool,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let Args { which, vendor, forget } = args;
    let table = deployment::open(session, which).await?.table;
    if let (true, Some(vendor)) = (forget, &vendor) {
        let forgotten = Drifted::forget(&table, vendor).await?;
        note(&format!("{forgotten} of {vendor} forgotten"));
        return Ok(Exit::Succeeded);
    }
    let known = known(&table, vendor.as_deref()).await?;
    if known.is_empty() && !session.json {
        note("every answer was as its contract says");
    }
    match session.json {
        true => known.iter().try_for_each(|it| {
            let Drifted { vendor, field, found, count, attempt, at } = it;
            paint::json(&json!({
                "vendor": vendor, "field": field, "found": found, "count": count,
                "attempt": attempt, "at": at.rfc3339(),
            }))
        })?,
        false => lines(&known).iter().try_for_each(|line| paint::line(line))?,
    }
    Ok(Exit::Succeeded)
}

async fn known(table: &dyn Table, vendor: Option<&str>) -> Result<Vec<Drifted>, Failure> {
    let mut known = Drifted::all(table).await?;
    known.retain(|drifted| vendor.is_none_or(|vendor| vendor == drifted.vendor));
    Ok(known)
}

fn lines(known: &[Drifted]) -> Vec<String> {
    let widest = |of: &dyn Fn(&Drifted) -> &str, head: &str| {
        known.iter().map(|it| plain(of(it)).chars().count()).fold(head.len(), usize::max)
    };
    let vendors = widest(&|it| &it.vendor, "VENDOR");
    let fields = widest(&|it| &it.field, "CONTRACT'S FIELD");
    let row = |vendor: &str, field: &str, times: &str, found: &str| {
        format!("{vendor:vendors$}  {field:fields$}  {times:>5}  {found}")
    };
    let mut lines = Vec::new();
    if !known.is_empty() {
        lines.push(paint(DIM, &row("VENDOR", "CONTRACT'S FIELD", "TIMES", "FOUND INSTEAD")));
    }
    for it in known {
        let (vendor, field, found) = (plain(&it.vendor), plain(&it.field), plain(&it.found));
        let last = format!("  {}  {}", times::when(&it.at.rfc3339()), it.attempt);
        let row = row(&vendor, &field, &it.count.to_string(), &found);
        lines.push(format!("{row}{}", paint(DIM, &last)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use domain::fakes::{NOW, World};
    use domain::id::{AttemptId, JobId};
    use domain::store::{Key, Write};

    use super::*;

    #[tokio::test]
    async fn the_contracts_field_is_shown_beside_what_was_there_until_it_is_forgotten() {
        let world = World::default();
        let attempt = AttemptId::new(&JobId::new(NOW, [1; 10]), "paint", 1);
        for (vendor, field, found) in
            [("fal", "images[0].url", "null"), ("openai", "data", "object")]
        {
            let drifted = json!({
                "vendor": vendor, "field": field, "found": found, "count": 3,
                "attempt": attempt, "at": NOW,
            });
            let key = Key::new("DRIFT", format!("{vendor}#{field}"));
            world.table.plant(Write::put(key, &drifted).unwrap());
        }
        let all = known(&world.table, None).await.unwrap();
        let shown = anstream::adapter::strip_str(&lines(&all).join("\n")).to_string();
        let at = NOW.rfc3339();
        let expected = format!(
            "VENDOR  CONTRACT'S FIELD  TIMES  FOUND INSTEAD\n\
             fal     images[0].url         3  null  {at}  {attempt}\n\
             openai  data                  3  object  {at}  {attempt}"
        );
        assert_eq!(shown, expected);
        assert_eq!(known(&world.table, Some("fal")).await.unwrap().len(), 1);
        for forgotten in [1, 0] {
            assert_eq!(Drifted::forget(&world.table, "fal").await.unwrap(), forgotten);
        }
        assert_eq!(known(&world.table, None).await.unwrap().len(), 1);
    }
}
