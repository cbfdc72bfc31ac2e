//! The `galley` command: reads its arguments, runs one command, exits by what became of the job.
mod cli;
mod commands;
mod documents;
mod failure;
mod follow;
mod ids;
mod inputs;
mod paint;
mod progress;
mod session;
mod settings;
mod show;
mod story;
mod times;
mod tries;

use std::process::ExitCode;

use clap::{Parser, error::ErrorKind};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    paint::colours(cli.global.no_color);
    let session = session::Session::new(cli.global);
    match commands::run(cli.command, &session).await {
        Ok(exit) => exit.code(),
        Err(failure) => failure.tell(&session),
    }
}

/// Clap would exit with 2, but 2 says "rejected".
fn usage(error: &clap::Error) -> ExitCode {
    // Nothing is left to tell if even this cannot be printed.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => failure::Exit::Usage.code(),
    }
}
