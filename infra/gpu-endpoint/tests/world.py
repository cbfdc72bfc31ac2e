"""The world around a host, in one small server: S3 (GET and PUT by URL) and Galley's callback."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from galley_endpoint.signing import sign


@dataclass
class Report:
    """One report as it arrived."""

    body: dict
    raw: bytes
    headers: dict
    at: float

    def signed_with(self, secret: str) -> bool:
        """Whether the signature is the one that this secret gives."""
        return self.headers["galley-signature"] == sign(secret, int(self.headers["galley-timestamp"]), self.raw)


@dataclass
class World:
    """What is stored, what was reported, and how the next calls are to be answered."""

    objects: dict[str, bytes] = field(default_factory=dict)
    object_headers: dict[str, dict] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    registrations: list[tuple[str, str, dict, str]] = field(default_factory=list)
    answers: dict[str, list[int]] = field(default_factory=dict)
    """By path: statuses to answer with before behaving well."""
    goes_on: bool = True
    puts: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def clear(self) -> None:
        """Forgets everything."""
        with self.lock:
            for memory in (
                self.objects,
                self.object_headers,
                self.reports,
                self.registrations,
                self.answers,
                self.puts,
            ):
                memory.clear()
            self.goes_on = True

    def reports_of(self, attempt: str) -> list[Report]:
        """This attempt's reports, in order of arrival."""
        with self.lock:
            return [r for r in self.reports if r.body["attempt"] == attempt]

    def kinds(self, attempt: str) -> list[str]:
        """The kinds of this attempt's reports."""
        return [r.body["kind"] for r in self.reports_of(attempt)]

    def end(self, attempt: str, seconds: float = 20) -> dict:
        """Waits for an attempt's final report."""

        def final() -> dict | None:
            ends = [r.body for r in self.reports_of(attempt) if r.body["kind"] in ("succeeded", "failed", "canceled")]
            return ends[-1] if ends else None

        return until(final, seconds)


def until(ask: Callable[[], object], seconds: float = 20):
    """Asks until the answer is true, and gives it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.01)
    raise AssertionError(f"did not come true within {seconds} s")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # The answer would otherwise wait for the client's delayed acknowledgement.
    disable_nagle_algorithm = True
    world: World

    def log_message(self, *_: object) -> None:
        pass

    def _planned(self) -> int | None:
        with self.world.lock:
            planned = self.world.answers.get(self.path)
            return planned.pop(0) if planned else None

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        status = self._planned()
        found = self.world.objects.get(self.path)
        if status is not None:
            self._answer(status)
        elif found is None:
            self._answer(404)
        else:
            self._answer(200, found)

    def do_PUT(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status = self._planned()
        with self.world.lock:
            self.world.puts.append(self.path)
            if status is None and self.path.startswith("/v1/hosts/"):
                entry = ("PUT", self.path, json.loads(raw), headers.get("authorization", ""))
                self.world.registrations.append(entry)
            elif status is None:
                self.world.objects[self.path] = raw
                self.world.object_headers[self.path] = headers
        self._answer(status or 200, b'{"renew_s": 30}' if self.path.startswith("/v1/hosts/") else b"")

    def do_DELETE(self) -> None:
        with self.world.lock:
            self.world.registrations.append(("DELETE", self.path, {}, self.headers.get("authorization", "")))
        self._answer(204)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status = self._planned()
        with self.world.lock:
            self.world.reports.append(Report(json.loads(raw), raw, headers, time.monotonic()))
        self._answer(status or 200, json.dumps({"continue": self.world.goes_on}).encode())


def start() -> tuple[World, ThreadingHTTPServer]:
    """Starts a world on a free port."""
    world = World()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"world": world}))
    server.daemon_threads = True
    world.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return world, server
