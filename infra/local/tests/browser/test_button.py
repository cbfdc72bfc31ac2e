"""The page with a button that generates: pressed, watched, and its picture accepted, with a job's token alone."""

import http.server
import json
import threading

import pytest

import places
from callers import tenant

PAGE = (places.ROOT / "tests" / "examples" / "generate-button" / "index.html").read_bytes()
PAINT = {"kind": "image.generate", "with": {"prompt": "{{ inputs.prompt }}", "width": 640, "height": 400, "preview": True, "test": {"seconds": 3}}}
PIPELINE = {"name": "button", "inputs": {"prompt": {"type": "text", "max_length": 500}}, "budget_usd": 0.1, "steps": {"paint": PAINT, "good": {"kind": "gate.quality", "with": {"images": "{{ paint.image }}"}}}}


@pytest.fixture
def shop():
    """The page's own server: it has the key, and two routes."""
    caller, told = tenant("button"), []

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_) -> None:
            pass

        def answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.answer(200, "text/html; charset=utf-8", PAGE) if self.path == "/" else self.answer(404, "text/plain", b"")

        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/accept":
                told.append(said)
                return self.answer(204, "text/plain", b"")
            job = caller.submit(PIPELINE, prompt=said["prompt"])
            # The token of the submission is good for too long to stand in an address: another is asked for.
            _, _, token = caller.ask("POST", f"/v1/jobs/{job['id']}/token", Authorization=f"Bearer {caller.key}", Content_Type="application/json")
            answer = {"api": caller.stack["api_url"], "job": job["id"], "token": json.loads(token)["token"]}
            self.answer(200, "application/json", json.dumps(answer).encode())

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", caller, told
    server.shutdown()
    server.server_close()


def test_a_button_shows_the_picture_while_it_is_painted_and_hands_it_over(tab, looked, shop, ask):
    address, caller, told = shop
    tab.go(address)
    tab.run("document.getElementById('generate').click()")
    tab.until("document.getElementById('picture').className === 'preview' && document.getElementById('picture').naturalWidth > 0", "a preview")
    tab.until("!document.getElementById('accept').hidden && document.getElementById('picture').naturalWidth === 640", "the picture")
    tab.settled()
    looked("button")
    tab.run("document.getElementById('accept').click()")
    tab.until("document.getElementById('state').textContent === 'It is yours.'", "it was taken")
    (taken,) = told
    job = ask(caller, "GET", f"/v1/jobs/{taken['job']}")
    assert job["state"] == "succeeded"
    assert [(asset["id"], asset["sha256"]) for asset in job["assets"]] == [(taken["asset"], taken["sha256"])]
    assert caller.key not in tab.run("document.documentElement.outerHTML")
    assert tab.said() == []
