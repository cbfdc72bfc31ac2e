"""The GPU hosts of the local stack: processes of the reference endpoint, each with its own port."""

import os
import signal
import time
import urllib.request

import places
import process
import tools
from say import Problem

MODULE = "galley_endpoint"


def start(host: dict, stack: dict, secrets: dict) -> dict:
    """Starts one host under its id and port, which it keeps for as long as the stack is up."""
    if process.alive(host.get("process")):
        return host
    env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {
        "GALLEY_HOST_ID": host["id"],
        "GALLEY_PORT": str(host["port"]),
        "GALLEY_ADDRESS": host["url"],
        "GALLEY_CALLBACK_URL": stack["api_url"],
        "GALLEY_ENDPOINT_KEY": secrets["endpoint_key"],
        "GALLEY_SLOTS": str(host["slots"]),
        "GALLEY_BACKEND": "sketch",
        "GALLEY_USD_PER_SLOT_SECOND": "0.0004",
        "GALLEY_TEST_FAULTS": "1" if stack["test_faults"] else "0",
        "PYTHONUNBUFFERED": "1",
    }
    log = places.home() / "logs" / f"{host['id']}.log"
    return host | {"process": process.spawn([tools.binary("python", "endpoint"), "-m", MODULE], log, env, places.ENDPOINT)}


def wait(host: dict, seconds: float = 30) -> None:
    """Returns once the host takes work."""
    until, stranger = time.monotonic() + seconds, ""
    while time.monotonic() < until:
        if not process.alive(host["process"]):
            raise Problem(f"{host['id']} ended at once; its log is {host['process']['log']}")
        try:
            with urllib.request.urlopen(f"{host['url']}/ready", timeout=2):
                if process.listens(host["process"], host["port"]):
                    return
                # Who answers here is ready, but he is not ours; our own one will end for want of its port.
                stranger = f": another process answers at port {host['port']}"
        except OSError:
            pass
        time.sleep(0.1)
    raise Problem(f"{host['id']} is not ready after {seconds:.0f} s{stranger}; its log is {host['process']['log']}")


def send(host: dict, name: str) -> None:
    """`kill` (no chance to say goodbye) or `term` (drain, then go)."""
    if process.alive(host.get("process")):
        os.kill(host["process"]["pid"], {"kill": signal.SIGKILL, "term": signal.SIGTERM}[name])
