//! A question before what cannot be taken back.
use std::io::{BufRead, IsTerminal};

use crate::{failure::Failure, paint::note};

/// Asks on a terminal; where nobody can be asked, `--yes` must say it.
pub(super) fn confirm(yes: bool, what: &str) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::here(format!("{what}: that needs a yes"), "add --yes"));
    }
    note(&format!("{what}. Go on? [y/N]"));
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::here("nothing was done", "answer y, or add --yes")),
    }
}
