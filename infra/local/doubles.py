"""Doubles of vendors beside the stack: pipelines over vendors can be tried without keys, and nothing is bought."""

import json
import os
import socket
import subprocess
import time

import emulator
import places
import ports
import process
from say import Problem

# How much each does at once.
SLOTS = 4


def choose() -> list[dict]:
    """Each double with its port and its key, which is no secret."""
    known = json.loads(subprocess.run([_binary()], check=True, capture_output=True, text=True).stdout)
    chosen = ports.reserve(8821, len(known))
    return [one | {"port": port, "base": f"http://127.0.0.1:{port}{one['path']}"} for one, port in zip(known, chosen)]


def start(stack: dict) -> dict:
    """Starts them in one process."""
    words = [f"{one['vendor']}={one['port']}" for one in stack["doubles"]]
    env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return process.spawn([_binary(), *words], places.home() / "logs" / "doubles.log", env, places.ROOT)


def register(stack: dict) -> None:
    """Sets the vendors up as an operator would."""
    for one in stack["doubles"]:
        _wait(stack["doubles_process"], one["port"])
        _register(one, stack)


def _binary() -> str:
    return str(places.target() / "local" / "doubles")


def _wait(running: dict, port: int, seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while process.alive(running) and time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise Problem(f"no double listens at port {port}; its log is {running['log']}")


def _register(one: dict, stack: dict) -> None:
    """The key comes by standard input, as any key should."""
    command = [str(places.galley()), "admin", "vendors", "add", one["vendor"], "--slots", str(SLOTS), "--base", one["base"], "--key-file", "-"]
    env = os.environ | emulator.KEYS | {"GALLEY_API": stack["api_url"], "GALLEY_TABLE": stack["table"], "AWS_ENDPOINT_URL": stack["endpoint_url"], "AWS_REGION": stack["region"]}
    done = subprocess.run(command, cwd=places.ROOT, env=env, input=one["key"], capture_output=True, text=True)
    if done.returncode:
        raise Problem(f"`galley admin vendors add {one['vendor']}` ended with {done.returncode}: {done.stderr.strip()}")
