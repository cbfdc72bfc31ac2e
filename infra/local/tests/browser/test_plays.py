"""Debian's Chromium, with a page from another origin than the API's: it plays a video that is still being made."""

import http.server
import json
import pathlib
import subprocess
import sys
import threading
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "deployed"))

import browser
from callers import tenant

SECONDS = 4
# Longer than it plays, so that the player is there before the film is.
TAKES_S = 8

FILM = {"kind": "video.generate", "with": {"prompt": "a red boat at sunset", "seconds": SECONDS, "seed": 7, "test": {"seconds": TAKES_S}}}
PIPELINE = {"name": "clip", "budget_usd": 0.1, "steps": {"film": FILM}}

PAGE = """<!doctype html><video id="player" muted autoplay playsinline></video><script>
const player = document.getElementById("player");
const say = what => fetch("/said", {method: "POST", body: JSON.stringify({what, at: player.currentTime, error: player.error && player.error.message})});
for (const what of ["playing", "timeupdate", "ended", "error"]) player.addEventListener(what, () => say(what));
player.src = %s;
</script>"""


class Page:
    """A page on an origin of its own, and what its player said of itself, with the time."""

    def __init__(self, address: str):
        self.said: list[dict] = []
        page, said = (PAGE % json.dumps(address)).encode(), self.said

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_) -> None:
                pass

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def do_POST(self) -> None:
                said.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))) | {"when": time.time()})
                self.send_response(204)
                self.end_headers()

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def times(self, what: str) -> list[float]:
        return [one["when"] for one in self.said if one["what"] == what]


@pytest.fixture
def chromium(tmp_path):
    command, env = browser.find()
    running: list[subprocess.Popen] = []

    def opened(address: str) -> None:
        log = (tmp_path / "browser.log").open("w")
        running.append(subprocess.Popen([*command, f"--user-data-dir={tmp_path / 'profile'}", address], env=env | {"HOME": str(tmp_path)}, stdout=log, stderr=log))

    yield opened
    for process in running:
        process.terminate()
        process.wait(20)


def _ask(caller, method: str, path: str) -> dict:
    status, _, body = caller.ask(method, path, Authorization=f"Bearer {caller.key}", Content_Type="application/json")
    assert status == 200, body
    return json.loads(body)


def test_the_first_segment_plays_before_the_render_ends_and_the_last_one_after(chromium):
    caller = tenant("player")
    job = caller.submit(PIPELINE)["id"]
    token = _ask(caller, "POST", f"/v1/jobs/{job}/token")["token"]
    page = Page(f"{caller.stack['api_url']}/v1/jobs/{job}/playlist.m3u8?token={token}")
    chromium(page.address)

    rendered, end = None, time.monotonic() + 60
    while time.monotonic() < end and not page.times("ended") and not page.times("error"):
        events = _ask(caller, "GET", f"/v1/jobs/{job}/events?limit=1000")["events"]
        if rendered is None and any(event["type"] == "step.succeeded" for event in events):
            rendered = time.time()
        time.sleep(0.2)
    assert not page.times("error"), page.said
    assert page.times("ended"), page.said
    shown = [one["when"] for one in page.said if one["what"] == "timeupdate" and 0 < one["at"]]
    assert rendered is not None and shown[0] < rendered, "it played while the host was still at it"
    assert page.said[-1]["at"] == pytest.approx(SECONDS, abs=0.1), "to the last picture"
