//! Runs the real binary, away from this machine's own settings.
use std::{
    path::Path,
    process::{Command, Output},
};

use crate::api::Api;

/// What a run of the binary left.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// `galley` in an empty folder, with an empty home.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_galley"));
    command.args(arguments).current_dir(folder).env("HOME", folder);
    for name in
        ["GALLEY_API", "GALLEY_KEY", "GALLEY_PROFILE", "GALLEY_CONFIG", "GALLEY_HOME", "NO_COLOR"]
    {
        command.env_remove(name);
    }
    command
}

pub(crate) fn ran(mut command: Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: status.code().unwrap(), out: text(stdout), err: text(stderr) }
}

/// Runs `galley` against a scripted API in a folder.
pub(crate) fn galley_in(folder: &Path, api: &Api, arguments: &[&str]) -> Ran {
    let mut command = command(folder, arguments);
    command.env("GALLEY_API", &api.url).env("GALLEY_KEY", "gk_demo_secret");
    ran(command)
}

/// Runs `galley` against a scripted API.
pub(crate) fn galley(api: &Api, arguments: &[&str]) -> Ran {
    galley_in(tempfile::tempdir().unwrap().path(), api, arguments)
}
