"""Those who use the console in tests: a browser without a window, which signs in as people do."""

import dataclasses
import html
import http.cookiejar
import json
import re
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request

import people
import places


@dataclasses.dataclass
class Page:
    """What came of a request, after all that it was sent on to."""

    status: int
    url: str
    headers: dict
    body: str

    def fields(self) -> dict[str, str]:
        """The values that its forms already have."""
        return {name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', self.body)}


class Visitor:
    """Somebody of a tenant with roles, and the cookies of their browser."""

    def __init__(self, tenant: str, *groups: str):
        self.stack, self.email, self.password = places.load(), f"{tenant}-{secrets.token_hex(4)}@example.com", f"Aa1{secrets.token_hex(10)}"
        people.put(self.stack, self.email, self.password, tenant, groups)
        self.jar = http.cookiejar.CookieJar()
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, page: str) -> Page:
        return self._ask(f"{self.stack['console_url']}/{page}")

    def post(self, page: str, form: dict) -> Page:
        return self._ask(f"{self.stack['console_url']}/{page}", form)

    def sign_in(self, page: str = "") -> Page:
        """Asks for a page, and fills in the form that comes instead."""
        asked = self.get(page)
        assert urllib.parse.urlsplit(asked.url).path == "/oauth2/authorize", asked
        return self._ask(f"{self.stack['endpoint_url']}/login", asked.fields() | {"username": self.email, "password": self.password})

    def _ask(self, url: str, form: dict | None = None) -> Page:
        body = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            answer = self.browser.open(urllib.request.Request(url, body), timeout=30)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            return Page(answer.status, answer.url, {name.lower(): value for name, value in answer.headers.items()}, answer.read().decode(errors="replace"))


def asked(visitor: Visitor, job: str, gate: str) -> str:
    """The page of the first review of a job's gate, once somebody is asked."""
    until = time.monotonic() + 60
    while not (found := re.search(rf"/console/(reviews/{job}\.{gate}\.1)", visitor.get("reviews").body)):
        assert time.monotonic() < until, "nobody was asked"
        time.sleep(0.5)
    return found[1]


def ended(caller, job: str) -> dict:
    """A job once it is over."""
    while True:
        _, _, said = caller.ask("GET", f"/v1/jobs/{job}/events?after=0", Authorization=f"Bearer {caller.key}", Prefer="wait=20")
        status, _, shown = caller.ask("GET", f"/v1/jobs/{job}", Authorization=f"Bearer {caller.key}")
        assert status == 200, said
        if json.loads(shown)["terminal"]:
            return json.loads(shown)
