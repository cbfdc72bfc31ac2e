//! `galley admin vendors`: which vendors are asked, with which keys, and how much at once.
use std::{io::Read, path::PathBuf};

use aws::Secrets;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use domain::{
    Time,
    lane::{GPU, HostRecord, LaneView, close_vendor, lane_names, open_double, open_vendor},
    ports::Table,
};
use serde_json::{Value, json};

use super::deployment::Deployment;
use crate::{
    commands::ops::{
        hosts::circuit,
        lane::{Lane, Wake, vendors, wake},
        rate::{self, Wanted},
    },
    failure::{Exit, Failure},
    paint::{self, DIM, WARN, note, paint},
    session::Session,
};

/// A parameter of the parameter store holds no more, in bytes.
const SECRET_MOST: usize = 4096;

/// Add vendors with their keys; list and remove them
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley admin vendors add fal --slots 10 --key-file fal.key
  galley admin vendors list
  galley admin vendors remove fal")]
pub(super) enum Command {
    Add(Add),
    List(List),
    Remove(Remove),
}

/// Store a vendor's keys and open its lane, or change them
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin vendors add openai --slots 8 --rate 50/min --key-file openai.key
  pass show fal | galley admin vendors add fal --slots 10 --key-file -
  galley admin vendors add fal --slots 20                   # the keys stay
  galley admin vendors add replicate --slots 4 --key-file a.key --webhook-secret-file a.whsec \\
                                               --key-file b.key --webhook-secret-file b.whsec
  galley admin vendors add modal --slots 2 --base https://me--draw.modal.run --key-file modal.key

As often as you like: what is said last counts. Keys replace those that were there, and work under way goes on.
Slots are how much the vendor does of ours at once, its plan says how much that may be. shared/providers/README.md
says what a key is of each vendor: parts are joined by a colon. No command shows a key again.")]
pub(super) struct Add {
    /// The vendor
    #[arg(value_parser = names())]
    name: String,
    /// How much it does of ours at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=200))]
    slots: u32,
    /// How many starts in a while: N/s, N/min, or none
    #[arg(long, value_parser = rate::parse)]
    rate: Option<Wanted>,
    /// Where its API is, where that is not the usual address
    #[arg(long, value_name = "URL", requires = "key_files")]
    base: Option<String>,
    /// File with a key, - for standard input; repeat it for several keys
    #[arg(long = "key-file", value_name = "FILE")]
    key_files: Vec<PathBuf>,
    /// File with the secret that signs the vendor's webhooks: one for all keys, or one for each, in their order
    #[arg(long = "webhook-secret-file", value_name = "FILE", requires = "key_files")]
    webhook_files: Vec<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// List vendors that are set up, and how they stand
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin vendors list
  galley admin vendors list --json | jq 'select(.circuits != {}) | .vendor'")]
pub(super) struct List {}

/// Ask a vendor for nothing new, and forget its keys
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin vendors remove fal

Keys are needed until what is under way came to its end: while something is, they stay, and the command says so
and exits with 1. Say it again then.")]
pub(super) struct Remove {
    /// The vendor
    #[arg(value_parser = names())]
    name: String,
    #[command(flatten)]
    place: Place,
}

/// Where the keys lie.
#[derive(clap::Args)]
struct Place {
    /// Path of the SSM parameters with vendors' keys; the stack's parameter VendorsPath by default
    #[arg(long, env = "GALLEY_VENDORS_PATH", hide_env_values = true, value_name = "PATH")]
    vendors_path: Option<String>,
}

fn names() -> impl TypedValueParser<Value = String> {
    PossibleValuesParser::new(vendors())
}

pub(super) async fn run(
    command: Command,
    deployment: &Deployment,
    session: &Session,
) -> Result<Exit, Failure> {
    match command {
        Command::Add(args) => add(args, deployment).await,
        Command::List(List {}) => {
            let now = aws::clock::now();
            for (name, view) in set_up(&deployment.table).await? {
                match session.json {
                    true => paint::json(&document(&name, &view, now))?,
                    false => lines(&name, &view, now).iter().try_for_each(|it| paint::line(it))?,
                }
            }
            Ok(Exit::Succeeded)
        }
        Command::Remove(Remove { name, place }) => {
            let busy = close(&deployment.table, &name).await?;
            if 0 < busy {
                note(&format!("{name} is asked for nothing new; {busy} attempts are under way"));
                note("their keys stay: say this again when they are over");
                return Ok(Exit::Failed);
            }
            deployment.vendors(place.vendors_path).remove(&name).await?;
            note(&format!("{name} is not asked any more, and its keys are forgotten"));
            Ok(Exit::Succeeded)
        }
    }
}

/// The keys first: a lane without them would refuse what comes.
async fn add(args: Add, deployment: &Deployment) -> Result<Exit, Failure> {
    let Add { name, slots, rate, base, key_files, webhook_files, place } = args;
    let secrets = deployment.vendors(place.vendors_path);
    if key_files.is_empty() {
        has_keys(&secrets, &name).await?;
    } else {
        let keys = key_files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let webhooks = webhook_files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        secrets.put(&name, &secret(&name, &keys, &webhooks, base.as_deref())?).await?;
        note(&format!("{} of {name} stored", count(keys.len(), "key")));
    }
    let lane = Lane::of(&name);
    if let Some(rate) = rate {
        rate::put(&deployment.table, &lane, rate).await?;
    }
    let before = LaneView::read(&deployment.table, &name).await?;
    let double = match key_files.is_empty() {
        true => before.hosts.values().any(HostRecord::is_double),
        false => base.as_deref().is_some_and(is_local),
    };
    match double {
        true => open_double(&deployment.table, &name, slots).await?,
        false => open_vendor(&deployment.table, &name, slots).await?,
    }
    note(&format!("{name} does {slots} at once"));
    wake(Wake { lane }, deployment).await
}

/// Whether an address is one of this machine: who is there is no vendor.
fn is_local(base: &str) -> bool {
    let url = reqwest::Url::parse(base).ok();
    url.as_ref().and_then(reqwest::Url::host_str).is_some_and(|host| {
        let address: Option<std::net::IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        host == "localhost" || address.is_some_and(|address| address.is_loopback())
    })
}

async fn has_keys(secrets: &Secrets, name: &str) -> Result<(), Failure> {
    secrets.named(name).get().await.map(drop).map_err(|error| {
        let next = "pass --key-file FILE, or - for standard input";
        Failure::here(format!("there is no key of {name}: {error}"), next)
    })
}

/// One line of a file: never told, whatever is wrong with it.
fn read(file: &PathBuf) -> Result<String, Failure> {
    let name = file.display();
    let mut text = String::new();
    let found = match file.as_os_str() == "-" {
        true => std::io::stdin().read_to_string(&mut text),
        false => std::fs::File::open(file).and_then(|mut file| file.read_to_string(&mut text)),
    };
    let next = "a file has one key, in one line";
    found.map_err(|error| Failure::here(format!("{name}: {error}"), next))?;
    match text.trim() {
        "" => Err(Failure::here(format!("{name} is empty"), next)),
        key if key.contains(char::is_whitespace) => {
            Err(Failure::here(format!("{name} has more than one word"), next))
        }
        key => Ok(key.to_owned()),
    }
}

/// The secret as function `call` reads it.
fn secret(
    name: &str,
    keys: &[String],
    webhooks: &[String],
    base: Option<&str>,
) -> Result<String, Failure> {
    let of = |index: usize| match webhooks {
        [] => Some(""),
        [one] => Some(one.as_str()),
        each => each.get(index).map(String::as_str),
    };
    let fits = webhooks.len() < 2 || webhooks.len() == keys.len();
    let keys: Option<Vec<Value>> = keys
        .iter()
        .enumerate()
        .map(|(index, key)| Some(json!({ "secret": key, "webhook": of(index)? })))
        .collect();
    let Some(keys) = keys.filter(|_| fits) else {
        let what = "there is not one webhook secret for each key";
        return Err(Failure::here(what, "pass one for all keys, or one for each, in their order"));
    };
    let all = providers::all();
    let usual = all.iter().find(|vendor| vendor.name() == name).map_or("", |known| known.base());
    if usual.is_empty() && base.is_none() {
        let what = format!("where {name} is, only you know");
        return Err(Failure::here(what, "pass --base URL"));
    }
    if let Some(base) = base
        && !reqwest::Url::parse(base).is_ok_and(|url| url.has_host())
    {
        return Err(Failure::here(format!("{base} is no address"), "pass --base https://…"));
    }
    let mut secret = json!({ "keys": keys });
    if let Some(base) = base {
        secret["base"] = json!(base.trim_end_matches('/'));
    }
    let secret = secret.to_string();
    match secret.len() <= SECRET_MOST {
        true => Ok(secret),
        false => Err(Failure::here(
            format!("these keys are longer than the {SECRET_MOST} bytes of a parameter"),
            "pass fewer keys",
        )),
    }
}

/// Closes a vendor's lane; how much is still under way there.
async fn close(table: &dyn Table, name: &str) -> Result<usize, Failure> {
    close_vendor(table, name).await?;
    Ok(busy(&LaneView::read(table, name).await?))
}

fn busy(view: &LaneView) -> usize {
    view.slots.values().filter(|slot| slot.attempt.is_some()).count()
}

/// The lanes of vendors that are open, or that something is left in.
async fn set_up(table: &dyn Table) -> Result<Vec<(String, LaneView)>, Failure> {
    let mut found = Vec::new();
    for name in lane_names(table).await?.into_iter().filter(|name| name != GPU) {
        let view = LaneView::read(table, &name).await?;
        if !(view.hosts.is_empty() && view.waiting.is_empty() && busy(&view) == 0) {
            found.push((name, view));
        }
    }
    Ok(found)
}

fn models_of(name: &str) -> usize {
    providers::models().rows().iter().filter(|row| row.vendor == name).count()
}

fn lines(name: &str, view: &LaneView, now: Time) -> Vec<String> {
    let (busy, waiting) = (busy(view), view.waiting.len());
    let more = if view.lines.is_empty() { "" } else { "+" };
    let slots: u32 = view.hosts.values().map(|host| host.slots).sum();
    let mut line = format!(
        "{name:12}  {busy} of {slots} busy  {waiting}{more} waiting  {}",
        count(models_of(name), "model")
    );
    if let Some(rate) = &view.rate {
        line += &format!("  {} starts in {} s", rate.starts, rate.per_s);
    }
    if let Some(reason) = &view.hold {
        line += &format!("  {} {reason}", paint(WARN, "on hold:"));
    }
    if view.hosts.is_empty() {
        line += &paint(DIM, "  removed");
    }
    if view.hosts.values().any(HostRecord::is_double) {
        line += &paint(WARN, "  a double at a local address");
    }
    let circuits = view.circuits.iter().filter_map(|(model, it)| circuit(model, it, now));
    std::iter::once(line).chain(circuits).collect()
}

/// A vendor for programs.
fn document(name: &str, view: &LaneView, now: Time) -> Value {
    let circuits: serde_json::Map<_, _> = view
        .circuits
        .iter()
        .filter_map(|(model, it)| Some((model.clone(), json!(it.until?.rfc3339()))))
        .collect();
    json!({
        "vendor": name, "open": !view.hosts.is_empty(), "busy": busy(view),
        "double": view.hosts.values().any(HostRecord::is_double),
        "slots": view.hosts.values().map(|host| host.slots).sum::<u32>(),
        "waiting": view.waiting.len(), "more": !view.lines.is_empty(), "models": models_of(name),
        "rate": view.rate.as_ref().map(|rate| json!({ "starts": rate.starts, "per_s": rate.per_s })),
        "hold": view.hold, "circuits": circuits,
        "slow_until": view.slow_until.filter(|until| now < *until).map(Time::rfc3339),
    })
}

fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

#[cfg(test)]
mod tests;
