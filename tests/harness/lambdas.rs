//! The processes that the emulator runs functions in.

use super::stack::Stack;
use std::path::Path;
use std::process::Command;

/// The processes that run a function of this stack at this moment, and none of another stack on this machine.
pub(crate) fn running(stack: &Stack, function: &str) -> Vec<u32> {
    let name = format!("AWS_LAMBDA_FUNCTION_NAME={}", stack.functions[function]);
    let cloud = format!("AWS_ENDPOINT_URL={}", stack.endpoint_url);
    let processes = std::fs::read_dir("/proc").expect("this test needs /proc").flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| has(*pid, &name) && has(*pid, &cloud)).collect()
}

fn has(pid: u32, variable: &str) -> bool {
    let environment = std::fs::read(Path::new("/proc").join(pid.to_string()).join("environ"));
    environment
        .is_ok_and(|bytes| bytes.split(|byte| *byte == 0).any(|one| one == variable.as_bytes()))
}

/// Sends a signal by name, such as `KILL`.
pub(crate) fn signal(pid: u32, name: &str) {
    let done = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status();
    assert!(done.expect("kill runs").success(), "no {name} for process {pid}");
}

/// Sends a signal to a process that may be gone.
pub(crate) fn try_signal(pid: u32, name: &str) {
    let _ = Command::new("kill").args([format!("-{name}"), pid.to_string()]).output();
}

/// Bytes that lie unread in the sockets of a local port.
pub(crate) fn unread(port: u16) -> u64 {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("this test needs /proc/net/tcp");
    let of_port = format!(":{port:04X}");
    let sockets = table.lines().skip(1).filter_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (local, _remote, state) = (fields.next()?, fields.next()?, fields.next()?);
        // A listening socket counts its connections there.
        let queues = fields.next().filter(|_| local.ends_with(&of_port) && state != "0A")?;
        u64::from_str_radix(queues.split(':').nth(1)?, 16).ok()
    });
    sockets.sum()
}
