//! `galley completions`: completion scripts for shells.
use clap::CommandFactory;

use crate::{
    cli::Cli,
    failure::{Exit, Failure},
};

/// Print a completion script for a shell
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley completions bash > ~/.local/share/bash-completion/completions/galley
  galley completions zsh > ~/.zfunc/_galley
  galley completions fish > ~/.config/fish/completions/galley.fish

Open a new shell afterwards; zsh needs `fpath+=~/.zfunc` before `compinit` in ~/.zshrc.")]
pub(crate) struct Args {
    /// Shell to complete for
    shell: clap_complete::Shell,
}

pub(crate) fn run(args: Args) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "galley", &mut script);
    std::io::Write::write_all(&mut std::io::stdout(), &script)?;
    Ok(Exit::Succeeded)
}
