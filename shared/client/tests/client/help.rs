//! Help and usage: an example on every command, and 64 for a wrong one.
use crate::galley::{Ran, command, ran};

fn run(arguments: &[&str]) -> Ran {
    ran(command(tempfile::tempdir().unwrap().path(), arguments))
}

/// The commands that a help text lists.
fn listed(help: &str) -> Vec<String> {
    let commands = help.split("Commands:\n").nth(1).unwrap_or("").split("\n\n").next().unwrap();
    let names = commands.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

fn check_all(path: &[&str]) -> usize {
    let mut arguments = path.to_vec();
    arguments.push("--help");
    let help = run(&arguments);
    assert_eq!(help.code, 0, "{path:?}");
    let example = format!("Examples:\n  galley {}", path.first().copied().unwrap_or(""));
    assert!(help.out.contains(example.trim_end()), "{path:?} has no example:\n{}", help.out);
    let below = listed(&help.out);
    1 + below.iter().map(|name| check_all(&[path, &[name.as_str()]].concat())).sum::<usize>()
}

#[test]
fn every_command_has_an_example_in_its_help() {
    let commands = check_all(&[]);
    assert!(commands >= 15, "only {commands} commands were found");
}

#[track_caller]
fn check(arguments: &[&str], told: &str) {
    let ran = run(arguments);
    assert_eq!(ran.code, 64, "{arguments:?}");
    assert!(ran.err.contains(told), "{arguments:?}: {}", ran.err);
}

#[test]
fn wrong_usage_exits_with_64_because_2_means_rejected() {
    check(&[], "Usage: galley");
    check(&["submitt"], "a similar subcommand exists: 'submit'");
    check(&["get"], "<JOB>");
    check(&["submit", "x", "--input", "prompt"], "write NAME=TEXT, NAME:=JSON or NAME=@FILE");
    check(&["submit", "x", "--input", "seed:=seven"], "after `:=` comes JSON");
    check(&["submit", "x", "--label", "sku"], "write KEY=VALUE");
    check(&["submit", "x", "--watch", "--wait", "5"], "cannot be used with");
}

#[test]
fn the_key_is_never_shown_by_help() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), &["get", "--help"]);
    command.env("GALLEY_KEY", "gk_very_secret");
    assert!(!ran(command).out.contains("gk_very_secret"));
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&["completions", shell]);
        assert_eq!(script.code, 0);
        assert!(script.out.contains("pipelines") && script.out.contains("doctor"), "{shell}");
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("galley.bash");
    std::fs::write(&script, run(&["completions", "bash"]).out).unwrap();
    let read = std::process::Command::new("bash").arg("-n").arg(&script).output();
    assert!(read.unwrap().status.success(), "bash cannot read its script");
}
