"""Ports of this machine, each for one stack: what one has chosen no other one takes, also while nobody listens there.

A stack chooses its ports seconds before its processes bind them, and a host that a test killed leaves its port free for
a while. So what was chosen is written down for all stacks of this user, in one file that one at a time may change.
Entries of stacks that are down are passed over, so that nobody has to tidy up.
"""

import contextlib
import fcntl
import json
import os
import pathlib
import socket

import places
import process
from say import Problem

SPAN = 200


def reserve(first: int, many: int = 1) -> list[int]:
    """The first free ports from `first` upwards, this stack's own from now on until it is down."""
    with _book() as book:
        chosen = [port for port in range(first, first + SPAN) if str(port) not in book and is_free(port)][:many]
        if len(chosen) < many:
            raise Problem(f"no {many} free ports between {first} and {first + SPAN - 1}")
        _claim(book, chosen)
    return chosen


def reserve_this(port: int) -> int:
    """That very port."""
    with _book() as book:
        if str(port) in book or not is_free(port):
            whose = f" by the stack in {book[str(port)]['home']}" if str(port) in book else ""
            raise Problem(f"port {port} is in use{whose}. Leave --port out to take the next free one")
        _claim(book, [port])
    return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _folder() -> pathlib.Path:
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "galley"


@contextlib.contextmanager
def _book():
    """The claims that hold, by port; what is changed in them is kept."""
    _folder().mkdir(parents=True, exist_ok=True)
    with open(_folder() / "ports.lock", "w") as lock:
        # Let go of when the file is closed, also by a process that dies.
        fcntl.flock(lock, fcntl.LOCK_EX)
        file = _folder() / "ports.json"
        try:
            claims = json.loads(file.read_text())
        except (FileNotFoundError, ValueError):
            claims = {}
        book = {port: claim for port, claim in claims.items() if _holds(int(port), claim)}
        yield book
        places.write(file, book)


def _claim(book: dict, ports: list[int]) -> None:
    claim = {"home": str(places.home()), "chooser": process.identity(os.getpid())}
    book.update({str(port): claim for port in ports})


def _holds(port: int, claim: dict) -> bool:
    """Whoever chose it is still at it, or the stack that it was chosen for is up."""
    if process.alive(claim["chooser"]):
        return True
    stack = places.load(pathlib.Path(claim["home"]))
    own = [stack.get("emulator", {}), *stack.get("hosts", []), *stack.get("doubles", [])]
    return process.alive(stack.get("emulator")) and any(one.get("port") == port for one in own)
