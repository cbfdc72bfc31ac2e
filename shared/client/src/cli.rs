//! The arguments of the command line.
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    admin, audit, cancel, completions, connections, deliveries, doctor, download, drift, events,
    gates, get, init, lanes, list, listen, models, open, ops, pipelines, policies, publications,
    quote, retry, reviews, size, spend, stats, submit, takedown, triggers, upload, verify, watch,
    webhook,
};

/// From a media request to a published asset: submit jobs, follow them, fetch what they made.
#[derive(Parser)]
#[command(name = "galley", version, arg_required_else_help = true)]
#[command(after_help = "Examples:
  galley submit hero-image --input prompt='a lighthouse at dusk' --watch
  galley watch j01k5z3
  galley pipelines push pipelines/hero-image.yaml

A job is named by its id or the beginning of it.
Exit codes: 0 succeeded, 2 rejected by a gate, 1 failed or anything else, 64 wrong usage, 130 Ctrl-C.
Without --api, the nearest .galley/stack.json upward or ~/.config/galley/config.toml says where Galley is.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Args, Default)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// Base URL of the API
    #[arg(long, global = true, env = "GALLEY_API", hide_env_values = true, value_name = "URL")]
    pub(crate) api: Option<String>,
    /// API key (gk_…), personal key (gp_…) or job token (jt_…)
    #[arg(long, global = true, env = "GALLEY_KEY", hide_env_values = true, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// Profile of the configuration file to use
    #[arg(
        long,
        global = true,
        env = "GALLEY_PROFILE",
        hide_env_values = true,
        value_name = "NAME"
    )]
    pub(crate) profile: Option<String>,
    /// Configuration file, ~/.config/galley/config.toml by default
    #[arg(long, global = true, env = "GALLEY_CONFIG", hide_env_values = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Home of a local stack, the nearest .galley by default
    #[arg(long, global = true, env = "GALLEY_HOME", hide_env_values = true, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// Print JSON, one document per line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// No colours; NO_COLOR does the same
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
}

/// One command, one file in `commands`.
#[derive(Subcommand)]
pub(crate) enum Command {
    Submit(submit::Args),
    Watch(watch::Args),
    Get(get::Args),
    List(list::Args),
    Cancel(cancel::Args),
    Retry(retry::Args),
    Events(events::Args),
    Open(open::Args),
    Download(download::Args),
    Upload(upload::Args),
    Lanes(lanes::Args),
    Quote(quote::Args),
    Models(models::Args),
    Spend(spend::Args),
    Stats(stats::Args),
    Doctor(doctor::Args),
    Init(init::Args),
    #[command(subcommand)]
    Pipelines(pipelines::Command),
    #[command(subcommand)]
    Reviews(reviews::Command),
    #[command(subcommand)]
    Audit(audit::Command),
    Verify(verify::Args),
    #[command(subcommand)]
    Policies(policies::Command),
    #[command(subcommand)]
    Gates(gates::Command),
    Listen(listen::Args),
    #[command(subcommand)]
    Webhook(webhook::Command),
    #[command(subcommand)]
    Deliveries(deliveries::Command),
    #[command(subcommand)]
    Connections(connections::Command),
    #[command(subcommand)]
    Publications(publications::Command),
    Takedown(takedown::Args),
    #[command(subcommand)]
    Triggers(triggers::Command),
    Admin(admin::Args),
    Ops(ops::Args),
    Drift(drift::Args),
    Size(size::Args),
    Completions(completions::Args),
}
