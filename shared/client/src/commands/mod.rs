//! The commands, one per file.
pub(crate) mod admin;
pub(crate) mod audit;
pub(crate) mod cancel;
pub(crate) mod completions;
pub(crate) mod connections;
pub(crate) mod deliveries;
mod deployment;
pub(crate) mod doctor;
pub(crate) mod download;
pub(crate) mod drift;
pub(crate) mod events;
pub(crate) mod gates;
pub(crate) mod get;
pub(crate) mod init;
pub(crate) mod lanes;
pub(crate) mod list;
pub(crate) mod listen;
pub(crate) mod models;
pub(crate) mod open;
pub(crate) mod ops;
pub(crate) mod pipelines;
pub(crate) mod policies;
pub(crate) mod publications;
pub(crate) mod quote;
pub(crate) mod retry;
pub(crate) mod reviews;
pub(crate) mod size;
pub(crate) mod spend;
pub(crate) mod stats;
pub(crate) mod submit;
pub(crate) mod takedown;
pub(crate) mod triggers;
pub(crate) mod upload;
pub(crate) mod verify;
pub(crate) mod watch;
pub(crate) mod webhook;

use crate::{
    cli::Command,
    failure::{Exit, Failure},
    session::Session,
};

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Submit(args) => submit::run(args, session).await,
        Command::Watch(args) => watch::run(args, session).await,
        Command::Get(args) => get::run(args, session).await,
        Command::List(args) => list::run(args, session).await,
        Command::Cancel(args) => cancel::run(args, session).await,
        Command::Retry(args) => retry::run(args, session).await,
        Command::Events(args) => events::run(args, session).await,
        Command::Open(args) => open::run(args, session).await,
        Command::Download(args) => download::run(args, session).await,
        Command::Upload(args) => upload::run(args, session).await,
        Command::Lanes(args) => lanes::run(args, session).await,
        Command::Quote(args) => quote::run(args, session).await,
        Command::Models(args) => models::run(args, session).await,
        Command::Spend(args) => spend::run(args, session).await,
        Command::Stats(args) => stats::run(args, session).await,
        Command::Doctor(args) => doctor::run(args, session).await,
        Command::Init(args) => init::run(&args, session),
        Command::Pipelines(command) => pipelines::run(command, session).await,
        Command::Reviews(command) => reviews::run(command, session).await,
        Command::Verify(args) => verify::run(&args, session),
        Command::Audit(command) => audit::run(command, session).await,
        Command::Policies(command) => policies::run(command, session).await,
        Command::Gates(command) => gates::run(command, session).await,
        Command::Listen(args) => listen::run(args, session).await,
        Command::Webhook(command) => webhook::run(command, session).await,
        Command::Deliveries(command) => deliveries::run(command, session).await,
        Command::Connections(command) => connections::run(command, session).await,
        Command::Publications(command) => publications::run(command, session).await,
        Command::Takedown(args) => takedown::run(args, session).await,
        Command::Triggers(command) => triggers::run(command, session).await,
        Command::Admin(args) => admin::run(args, session).await,
        Command::Ops(args) => ops::run(args, session).await,
        Command::Drift(args) => drift::run(args, session).await,
        Command::Size(args) => size::run(&args, session),
        Command::Completions(args) => completions::run(args),
    }
}
