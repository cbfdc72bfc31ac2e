"""A browser, and pages on an origin of their own that tell what they saw."""

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
import places
import tools
from tab import Tab

# What is looked at by people after the tests: each page at three widths, light and dark.
SHOTS = places.target() / "screenshots"
WINDOWS = ((400, 860), (1280, 900), (2560, 1440))
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Page:
    """A page on an origin of its own, and what it said of itself, with the time."""

    def __init__(self, html: str):
        self.said: list[dict] = []
        page, said = html.encode(), self.said

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
def page():
    """Makes a page of some HTML."""
    made: list[Page] = []

    def make(html: str) -> Page:
        made.append(Page(html))
        return made[-1]

    yield make
    for one in made:
        one.server.shutdown()
        one.server.server_close()


@pytest.fixture
def chromium(tmp_path):
    """Opens a page in a browser."""
    command, env = browser.find()
    running: list[subprocess.Popen] = []

    def opened(address: str) -> None:
        log = (tmp_path / "browser.log").open("w")
        running.append(subprocess.Popen([*command, f"--user-data-dir={tmp_path / 'profile'}", address], env=env | {"HOME": str(tmp_path)}, stdout=log, stderr=log))

    yield opened
    for process in running:
        process.terminate()
        process.wait(20)


@pytest.fixture
def ask():
    """A caller's request, and the JSON it is answered with."""

    def asked(caller, method: str, path: str) -> dict:
        status, _, body = caller.ask(method, path, Authorization=f"Bearer {caller.key}", Content_Type="application/json")
        assert status == 200, body
        return json.loads(body)

    return asked


@pytest.fixture
def tab(tmp_path):
    """A browser that is driven."""
    opened = Tab(*browser.find(), tmp_path)
    opened.wide(1280, 900)
    yield opened
    opened.close()


@pytest.fixture
def looked(tab):
    """Takes a page's pictures, and asks axe what would keep somebody out of it."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    axe = tools.axe()

    def look(name: str) -> None:
        for width, height in WINDOWS:
            for dark in (False, True):
                tab.wide(width, height, dark)
                tab.settled()
                tab.shoot(SHOTS / f"{name}-{width}-{'dark' if dark else 'light'}.png")
                assert tab.run("document.documentElement.scrollWidth") <= width, f"{name} is wider than {width}"
        for dark in (False, True):
            tab.wide(1280, 900, dark)
            # What lies half behind the bar, wherever a test scrolled to, is no fault of the page.
            tab.run("scrollTo(0, 0)")
            # The tools' own world is not under the page's policy.
            tab.run(f"{axe};0")
            found = tab.run(f"axe.run(document, {{runOnly: {json.dumps(RULES)}}}).then(it => it.violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 200) + n.failureSummary)]))")
            assert found == [], f"{name}: {json.dumps(found, indent=1)}"

    return look


@pytest.fixture
def signed_in(tab):
    """Signs a visitor in as people do: asks for a page, fills in the form that comes instead."""

    def sign_in(visitor, page: str) -> None:
        tab.go(f"{visitor.stack['console_url']}/{page}")
        tab.until("location.pathname === '/oauth2/authorize'")
        for field, text in (("username", visitor.email), ("password", visitor.password)):
            tab.run(f"document.getElementById('{field}').focus()")
            tab.type(text)
        tab.press("Enter")
        tab.until("location.pathname.includes('/console/')", "signed in")
        tab.settled()

    return sign_in
