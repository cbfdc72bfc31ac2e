//! `galley quote`: what a job would cost.
use std::path::PathBuf;

use client::{Quote, QuotedStep, Submission};

use crate::{
    failure::{Exit, Failure},
    inputs::{self, Given},
    paint::{self, BOLD, DIM, WARN, paint, plain},
    session::Session,
    show,
};

/// The efforts, as the API names them.
const EFFORTS: [&str; 3] = ["draft", "standard", "final"];

/// Show what a job would cost, without submitting it
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley quote hero-image --input prompt='a lighthouse at dusk'
  galley quote ./draft.yaml --inputs inputs.json
  galley quote hero-image --input prompt='a fox' --json | jq .least_usd

Takes what `galley submit` takes. Each step shows who may do it, in the order in which they would be asked
now, with the price of each effort; the step's own is marked. The exit code is 1 where no model can do a
step, or where the budget does not pay for the least.")]
pub(crate) struct Args {
    /// Stored pipeline, NAME or NAME@VERSION; or a file with a pipeline of its own
    pipeline: String,
    /// An input: NAME=TEXT, NAME:=JSON, or NAME=@FILE (media is uploaded)
    #[arg(short, long = "input", value_name = "NAME=VALUE", value_parser = inputs::parse)]
    inputs: Vec<(String, Given)>,
    /// File with a JSON object of inputs; --input wins over it
    #[arg(long = "inputs", value_name = "FILE")]
    inputs_file: Option<PathBuf>,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let pipeline = super::pipelines::stored_or_file(&args.pipeline)?;
    let inputs = inputs::gather(&client, args.inputs_file.as_deref(), args.inputs).await?;
    let quote = client.quote(&Submission { inputs, ..Submission::of(pipeline) }).await?;
    if session.json {
        paint::json(&quote)?;
    } else {
        lines(&quote).iter().try_for_each(|line| paint::line(line))?;
    }
    let fits = quote.possible && quote.within_budget;
    Ok(if fits { Exit::Succeeded } else { Exit::Failed })
}

fn lines(quote: &Quote) -> Vec<String> {
    let names = quote.steps.iter().flat_map(|step| &step.candidates);
    let width = names.map(|candidate| plain(&candidate.model).chars().count()).max().unwrap_or(0);
    let mut lines: Vec<String> = quote.steps.iter().flat_map(|step| of_step(step, width)).collect();
    let usd = |usd: Option<f64>| usd.map_or("?".into(), show::usd);
    let (least, most) = (usd(quote.least_usd), usd(quote.most_usd));
    let budget = show::usd(quote.budget_usd);
    lines.push(paint(BOLD, &format!("{least} to {most}, of a budget of {budget}")));
    if !quote.possible {
        lines.push(paint(WARN, "no model can do all of it now"));
    } else if !quote.within_budget {
        lines.push(paint(WARN, "the budget does not pay for it"));
    }
    lines.extend(quote.notes.iter().map(|note| paint(DIM, &plain(note))));
    lines
}

fn of_step(step: &QuotedStep, width: usize) -> Vec<String> {
    let mut lines = vec![format!("{}  {}", plain(&step.name), paint(DIM, &plain(&step.kind)))];
    for candidate in &step.candidates {
        let price = |effort: &&str| {
            let usd = candidate.usd.get(*effort).copied().flatten();
            let mark = if step.effort == **effort { "*" } else { "" };
            format!("{effort}{mark} {}", usd.map_or("?".into(), show::usd))
        };
        let prices: Vec<String> = EFFORTS.iter().map(price).collect();
        let wait =
            candidate.wait_s.map_or("wait unknown".into(), |wait| format!("wait {wait:.0} s"));
        let model = plain(&candidate.model);
        let (prices, takes) = (prices.join("  "), candidate.typical_s);
        lines.push(format!("  {model:width$}  {prices}  {wait}, takes {takes:.0} s"));
    }
    for over in &step.passed_over {
        lines.push(paint(DIM, &format!("  not {}: {}", plain(&over.model), plain(&over.why))));
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_quote_shows_each_candidate_with_its_prices_and_why_others_are_not_asked() {
        let quote = json!({
            "pipeline": "hero", "possible": true, "within_budget": false, "budget_usd": 0.01,
            "least_usd": 0.04, "most_usd": 0.01, "notes": ["the price of brio/vivid-2 is old"],
            "steps": [{
                "name": "paint", "kind": "image.generate", "effort": "standard",
                "candidates": [{
                    "model": "brio/vivid-2", "typical_s": 6, "wait_s": null,
                    "usd": { "draft": 0.01, "standard": 0.04, "final": null },
                }],
                "passed_over": [{ "model": "aster/sketch", "why": "there is no key", "passes": false }],
            }],
        });
        let quote: Quote = serde_json::from_value(quote).unwrap();
        let shown = anstream::adapter::strip_str(&lines(&quote).join("\n")).to_string();
        let expected = "\
paint  image.generate
  brio/vivid-2  draft $0.01  standard* $0.04  final ?  wait unknown, takes 6 s
  not aster/sketch: there is no key
$0.04 to $0.01, of a budget of $0.01
the budget does not pay for it
the price of brio/vivid-2 is old";
        assert_eq!(shown, expected);
    }
}
