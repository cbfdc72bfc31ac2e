"""A world and hosts in it. Hosts in these tests are real web servers, in a thread or in a process of their own."""

import asyncio
import itertools
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn

from galley_endpoint import app, backends
from galley_endpoint.renders import Renders
from galley_endpoint.settings import Settings

from . import world as worlds
from .world import World, until

KEY = "an-endpoint-key-for-tests"
SECRET = "a-secret-of-one-attempt"
ROOT = Path(__file__).parent.parent
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def _world() -> Iterator[World]:
    made, server = worlds.start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def world(_world: World) -> World:
    """The world, as new. It and the host are shared, because starting them is most of what a short test costs."""
    _world.clear()
    return _world


@dataclass
class HostClient:
    """A running host, seen through its HTTP contract."""

    url: str
    world: World
    renders: Renders | None = None
    process: subprocess.Popen | None = None

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False)

    def order(
        self,
        kind: str = "image.generate",
        *,
        attempt: str | None = None,
        preview: bool = False,
        chunks: int = 0,
        **params,
    ) -> dict:
        """A well-formed order for a new attempt."""
        attempt = attempt or f"attempt-{next(_numbers)}"
        if kind == "image.generate":
            params = {
                "prompt": "a red boat at sunset",
                "model": "sketch-1",
                "width": 256,
                "height": 144,
                "seed": 7,
                **params,
            }
        elif kind == "video.generate":
            params = {"prompt": "a red boat at sunset", "width": 160, "height": 90, "seconds": 4, "seed": 7, **params}
        elif kind == "audio.generate":
            params = {"prompt": "a red boat at sunset", "seconds": 4, "seed": 7, **params}
        name = {"video.generate": "video", "audio.generate": "audio"}.get(kind, "image")
        out = {
            "name": name,
            "media_type": {"image": "image/png", "video": "video/mp4", "audio": "audio/mp4"}[name],
            "url": f"{self.world.url}/out/{attempt}",
            "headers": {"X-Signed": "yes"},
        }
        body = {
            "attempt": attempt,
            "kind": kind,
            "params": params,
            "inputs": {},
            "outputs": [out],
            "report": {
                "url": f"{self.world.url}/v1/reports/{attempt}",
                "secret": SECRET,
                "context": {"job": "j-1", "n": [1, 2]},
            },
            "stall_s": 30,
            "deadline_s": 60,
        }
        if preview:
            body["preview"] = {"url": f"{self.world.url}/preview/{attempt}", "headers": {}, "media_type": "image/jpeg"}
        if chunks:
            places = [{"url": f"{self.world.url}/chunk/{attempt}/{n}", "headers": {}} for n in range(chunks)]
            body["chunks"] = {"seconds": 1, "to": places}
        return body

    def put(self, order: dict, **headers: str) -> httpx.Response:
        return self.http.put(f"/v1/renders/{order['attempt']}", json=order, headers=headers)

    def render(self, order: dict) -> dict:
        """Orders a render and waits for its end as reported."""
        answer = self.put(order)
        assert answer.status_code == 202, answer.text
        return self.world.end(order["attempt"])

    def books(self, order: dict) -> list[dict]:
        """What the host's books say about this order's attempt."""
        return [
            entry
            for entry in self.http.get("/v1/test/books").json()["renders"]
            if entry["attempt"] == order.get("attempt")
        ]


def in_thread(world: World, **changes: object) -> Iterator[HostClient]:
    """A host in a thread of this process."""
    defaults = {"slots": 2, "test_faults": True, "progress_s": 0.2, "alive_s": 0.3}
    settings = Settings(endpoint_key=KEY, host_id="host-1", address="http://host-1", **{**defaults, **changes})
    ready = threading.Event()
    made: dict[str, object] = {}

    async def serve() -> None:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            renders = Renders(settings, backends.load(settings.backend), client)
            config = uvicorn.Config(app.create(settings, renders), port=0, log_config=None, access_log=False)
            server = uvicorn.Server(config)
            made.update(renders=renders, server=server)
            serving = asyncio.create_task(server.serve())
            while not server.started:
                await asyncio.sleep(0.005)
            made["port"] = server.servers[0].sockets[0].getsockname()[1]
            ready.set()
            await serving
            await renders.drain(0)
            await renders.delivered(0.2)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(20)
    host = HostClient(f"http://127.0.0.1:{made['port']}", world, made["renders"])
    yield host
    host.http.close()
    made["server"].should_exit = True
    thread.join(20)


@pytest.fixture(scope="session")
def _host(_world: World) -> Iterator[HostClient]:
    yield from in_thread(_world)


@pytest.fixture
def host(_host: HostClient, world: World) -> HostClient:
    """A host with two slots, both free."""
    until(lambda: _host.renders.busy == 0)
    return _host


@pytest.fixture
def one_slot(world: World) -> Iterator[HostClient]:
    yield from in_thread(world, slots=1)


@pytest.fixture
def process(world: World) -> Iterator[HostClient]:
    """A host as it is run in production: a process of its own, registered, told to go by a signal."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {
        **os.environ,
        "GALLEY_HOST_ID": "host-p",
        "GALLEY_ADDRESS": f"http://127.0.0.1:{port}",
        "GALLEY_CALLBACK_URL": world.url,
        "GALLEY_ENDPOINT_KEY": KEY,
        "GALLEY_SLOTS": "2",
        "GALLEY_BACKEND": "sketch",
        "GALLEY_PORT": str(port),
        "GALLEY_TEST_FAULTS": "1",
    }
    run = subprocess.Popen(
        [sys.executable, "-m", "galley_endpoint"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    )
    host = HostClient(f"http://127.0.0.1:{port}", world, process=run)
    until(lambda: world.registrations, 30)
    yield host
    host.http.close()
    if run.poll() is None:
        run.kill()
    run.communicate()


def log_lines(text: str) -> list[dict]:
    """A host's output as the JSON objects that its lines are."""
    return [json.loads(line) for line in text.splitlines()]
