"""How long an event takes to those who watch: from its time in the log to the line that a caller reads."""

import datetime
import json
import statistics
import subprocess
import threading
import time
import urllib.error
import urllib.request

import emulator
from say import line

PIPELINE = {
    "name": "watched",
    "budget_usd": 0.1,
    "steps": {
        "paint": {"kind": "image.generate", "with": {"prompt": "a boat", "model": "sketch-1", "width": 512, "height": 512, "test": {"seconds": 2}}},
        "good": {"kind": "gate.quality", "with": {"images": "{{ paint.image }}", "min_width": 64}},
    },
}


def _lag(event: dict) -> float:
    """Milliseconds since the event was written."""
    return (time.time() - datetime.datetime.fromisoformat(event["at"]).timestamp()) * 1000


def _over_socket(load, job: str, lags: dict) -> None:
    """`galley watch`: a WebSocket."""
    env = emulator.KEYS | {"GALLEY_API": load.stack["api_url"], "GALLEY_KEY": load.key}
    with subprocess.Popen([load.stack["galley"], "watch", job, "--json"], env=env, stdout=subprocess.PIPE, text=True) as watch:
        for text in watch.stdout:
            event = json.loads(text)
            lags.setdefault(event["type"], []).append(_lag(event))


def _over_requests(load, job: str, lags: dict) -> None:
    """Server-Sent Events, resumed as `EventSource` does."""
    token, last = load.ask(f"/v1/jobs/{job}/token", {})["token"], "0"
    while True:
        headers = {"Accept": "text/event-stream", "Last-Event-ID": last}
        request = urllib.request.Request(f"{load.stack['api_url']}/v1/jobs/{job}/events?token={token}", headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            if answer.status == 204:
                return
            for text in answer.read().decode().splitlines():
                if text.startswith("id: "):
                    last = text.removeprefix("id: ")
                elif text.startswith("data: "):
                    event = json.loads(text.removeprefix("data: "))
                    lags.setdefault(event["type"], []).append(_lag(event))
        time.sleep(0.5)


def lags(load, jobs: int = 20) -> None:
    """Each job is watched both ways at once."""
    ways = {"WebSocket, goal 300 ms": _over_socket, "Server-Sent Events, goal 600 ms": _over_requests}
    found: dict[str, dict] = {name: {} for name in ways}
    for _ in range(jobs):
        job = load.ask("/v1/jobs", {"pipeline": PIPELINE})["id"]
        watching = [threading.Thread(target=way, args=(load, job, found[name])) for name, way in ways.items()]
        for thread in watching:
            thread.start()
        for thread in watching:
            thread.join()
    for name, by_type in found.items():
        for kind in ("step.preview", "job.succeeded"):
            taken = sorted(by_type[kind])
            line(f"  {name:32} {kind:14} median {statistics.median(taken):4.0f} ms, 95th percentile {taken[int(0.95 * len(taken))]:4.0f} ms, {len(taken)} events")
