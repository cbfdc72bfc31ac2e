"""The host's standing with Galley: registered, renewed, drained, gone."""

import asyncio
import uuid
from collections.abc import Mapping

import httpx

from . import logs
from .settings import Settings

FIRST_WAIT_S = 0.5
LAST_WORD_S = 5.0


class Host:
    """Registers at start, every `renew_s` and on change."""

    def __init__(self, settings: Settings, client: httpx.AsyncClient) -> None:
        self._settings = settings
        self._models: Mapping[str, tuple[str, ...]] = {}
        self._client = client
        self._state = "ready"
        self._renew_s = settings.renew_s
        # Tells Galley that a new process has forgotten what the last one was at.
        self._boot = uuid.uuid4().hex
        self._changed = asyncio.Event()
        self._leaving = False
        self._keeping: asyncio.Task[None] | None = None

    def register(self, models: Mapping[str, tuple[str, ...]]) -> None:
        """Registers with what the host can do, by kind, and goes on doing so until it leaves."""
        self._models = models
        if self._settings.callback_url:
            self._keeping = asyncio.create_task(self._keep_registered())

    async def _keep_registered(self) -> None:
        """A failed registration is tried again sooner than a good one is renewed."""
        wait = FIRST_WAIT_S
        while not self._leaving:
            self._changed.clear()
            registered = await self._register()
            if self._leaving:
                return
            pause = self._renew_s if registered else min(wait, self._renew_s)
            wait = FIRST_WAIT_S if registered else wait * 2
            try:
                await asyncio.wait_for(self._changed.wait(), pause)
            except TimeoutError:
                pass

    def drain(self) -> None:
        """Tells Galley, now, to place nothing more here."""
        self._state = "draining"
        self._changed.set()

    async def leave(self) -> None:
        """Takes the host off Galley's list; if that is lost, the registration runs out by itself."""
        if self._keeping is None:
            return
        # A registration on its way would arrive after the DELETE and undo it.
        self._leaving = True
        self._changed.set()
        await asyncio.wait({self._keeping}, timeout=LAST_WORD_S)
        self._keeping.cancel()
        for wait in (0.2, 0.5, 1.0):
            try:
                answer = await self._client.delete(self._url, headers=self._headers, timeout=5)
                if answer.status_code < 500:
                    logs.info("host.left", status=answer.status_code)
                    return
            except httpx.HTTPError as error:
                logs.warning("host.leave_failed", why=str(error) or type(error).__name__)
            await asyncio.sleep(wait)

    async def _register(self) -> bool:
        settings, models = self._settings, self._models
        body = {
            "host": settings.host_id,
            "address": settings.address,
            "slots": settings.slots,
            "models": sorted({model for names in models.values() for model in names}),
            "kinds": sorted(models),
            "usd_per_slot_second": settings.usd_per_slot_second,
            "state": self._state,
            "renew_s": settings.renew_s,
            "boot": self._boot,
            "ahead": True,
        }
        try:
            answer = await self._client.put(self._url, headers=self._headers, json=body, timeout=10)
            answer.raise_for_status()
            self._renew_s = _sensible(answer.json(), settings.renew_s)
        except (httpx.HTTPError, ValueError) as error:
            logs.warning("host.not_registered", state=self._state, why=str(error) or type(error).__name__)
            return False
        logs.info("host.registered", state=self._state, renew_s=self._renew_s)
        return True

    @property
    def _url(self) -> str:
        return f"{self._settings.callback_url}/v1/hosts/{self._settings.host_id}"

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._settings.endpoint_key}"}


def _sensible(answer: object, default: float) -> float:
    """The renewal that Galley asks for, if it is one."""
    renew = answer.get("renew_s") if isinstance(answer, dict) else None
    return float(renew) if isinstance(renew, int | float) and 0 < renew <= 3600 else default
