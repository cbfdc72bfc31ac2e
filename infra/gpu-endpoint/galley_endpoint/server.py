"""Plugs a host together and runs it until it has drained."""

import asyncio
import signal
from types import FrameType

import httpx
import uvicorn

from . import app, backends, ecs, logs
from .host import Host
from .renders import Renders
from .settings import Settings

REPORTS_S = 8.0
"""How long the last reports of a drained host may take."""


class Server(uvicorn.Server):
    """A web server that drains on its first signal and stops at its second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.told_to_go = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called by a signal; uvicorn's own would close at once and exit by the signal."""
        if self.told_to_go.is_set():
            self.should_exit = self.force_exit = True
        else:
            logs.info("host.signalled", signal=signal.Signals(sig).name)
            self._loop.call_soon_threadsafe(self.told_to_go.set)


async def serve(settings: Settings) -> None:
    """Serves until told to go, then drains: nothing running is lost, nothing new is taken."""
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=16)
    async with httpx.AsyncClient(timeout=httpx.Timeout(30, connect=5), limits=limits, trust_env=False) as client:
        settings = await ecs.discover(settings, client)
        logs.configure(settings.host_id)
        renders = Renders(settings, None, client)
        host = Host(settings, client)
        server = Server(
            uvicorn.Config(
                app.create(settings, renders),
                host=settings.bind,
                port=settings.port,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=5,
                # Longer than callers keep an idle connection: one that we close as they write is an unknown outcome.
                timeout_keep_alive=120,
            )
        )
        serving = asyncio.create_task(server.serve())
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        # It is alive while it loads, but it registers when it can work.
        loading = asyncio.create_task(asyncio.to_thread(backends.load, settings.backend))
        going = asyncio.create_task(server.told_to_go.wait())
        await asyncio.wait({serving, going, loading}, return_when=asyncio.FIRST_COMPLETED)
        metering = asyncio.create_task(_meter(settings, renders))
        if loading.done():
            renders.backend = loading.result()
            host.register(renders.backend.models)
            await asyncio.wait({serving, going}, return_when=asyncio.FIRST_COMPLETED)
        if not serving.done():
            renders.draining = True
            host.drain()
            await renders.drain(settings.drain_s)
            await renders.delivered(REPORTS_S)
        metering.cancel()
        going.cancel()
        await host.leave()
        server.should_exit = True
        await serving
        logs.info("host.gone")


async def _meter(settings: Settings, renders: Renders) -> None:
    """One line a minute; the stack's template makes a metric of it, by which it scales."""
    while True:
        logs.info(
            "host.slots", slots=settings.slots, busy=renders.busy, busy_percent=100 * renders.busy / settings.slots
        )
        await asyncio.sleep(60)
