"""Processes by id and start time, so that a recycled id is never mistaken for ours."""

import os
import pathlib
import signal
import subprocess
import time

from say import Problem

PROC = pathlib.Path("/proc")


def _facts(pid: int) -> tuple[str, int, str] | None:
    """(state, group, start time) of a process, or None when there is none."""
    if (PROC / "self").exists():
        try:
            stat = (PROC / str(pid) / "stat").read_text()
        except OSError:
            return None
        rest = stat.rsplit(")", 1)[1].split()
        return rest[0], int(rest[2]), rest[19]
    shown = subprocess.run(["ps", "-p", str(pid), "-o", "stat=,pgid=,lstart="], capture_output=True, text=True).stdout.split(None, 2)
    return (shown[0][0], int(shown[1]), shown[2].strip()) if len(shown) == 3 else None


def identity(pid: int) -> dict:
    facts = _facts(pid)
    return {"pid": pid, "started": facts[2] if facts else ""}


def alive(process: dict | None) -> bool:
    """Whether this very process still runs. A zombie does not."""
    if not process:
        return False
    facts = _facts(process["pid"])
    return bool(facts) and facts[0] != "Z" and facts[2] == process["started"]


def group(pgid: int) -> list[int]:
    """The living members of a process group."""
    if (PROC / "self").exists():
        pids = [int(p.name) for p in PROC.iterdir() if p.name.isdigit()]
    else:
        pids = [int(p) for p in subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, text=True).stdout.split()]
    found = [(pid, _facts(pid)) for pid in pids]
    return [pid for pid, facts in found if facts and facts[1] == pgid and facts[0] != "Z"]


def spawn(command: list[str], log: pathlib.Path, env: dict, cwd: pathlib.Path) -> dict:
    """Starts a process in a group of its own, its output going to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "ab") as out:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=env, cwd=cwd, start_new_session=True)
    return identity(child.pid) | {"log": str(log)}


def end(process: dict | None, grace: float = 8.0) -> None:
    """SIGTERM, then SIGKILL to what is left of the group; returns when nothing of it lives."""
    if not process:
        return
    facts = _facts(process["pid"])
    if facts and facts[2] != process["started"]:
        return  # The id was given to somebody else.
    if alive(process):
        os.kill(process["pid"], signal.SIGTERM)
        until = time.monotonic() + grace
        while alive(process) and time.monotonic() < until:
            _reap(process["pid"])
            time.sleep(0.05)
    # The group outlives its leader when a Lambda process of the emulator does.
    until = time.monotonic() + grace
    while members := group(process["pid"]):
        for pid in members:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        _reap(process["pid"])
        time.sleep(0.05)
        if time.monotonic() > until:
            raise Problem(f"processes {members} do not end; end them by hand")


def _reap(pid: int) -> None:
    """Collects a child of ours; another program's child is not ours to collect."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def listens(process: dict, port: int) -> bool:
    """Whether it is this process, or one of its group, that takes what comes to the port of this machine."""
    members = group(process["pid"])
    if not (PROC / "self").exists():
        ids = ",".join(map(str, members))
        shown = subprocess.run(["lsof", "-a", "-nP", "-t", "-p", ids, f"-iTCP:{port}", "-sTCP:LISTEN"], capture_output=True, text=True)
        return bool(shown.stdout.strip())
    rows = [row.split() for table in ("tcp", "tcp6") if (PROC / "net" / table).exists() for row in (PROC / "net" / table).read_text().splitlines()[1:]]
    # A row is: number, address:port, peer, state (0A listens), …, and as the tenth the socket's inode.
    sockets = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and int(row[1].rsplit(":", 1)[1], 16) == port}
    return any(_opened(pid) & sockets for pid in members)


def _opened(pid: int) -> set[str]:
    try:
        return {os.readlink(file) for file in (PROC / str(pid) / "fd").iterdir()}
    except OSError:
        return set()
