"""What a host tells Galley about one render: numbered, signed, in order, at least once."""

import asyncio
import json
import random
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

import httpx

from . import logs
from .orders import Order
from .signing import sign
from .trace import Span

FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 10.0
GIVE_UP_S = 3600.0
"""A report that nobody took for an hour is dropped: the render's deadline has long ended the attempt."""

FINAL = ("succeeded", "failed", "canceled")


class Reporter:
    """The mailbox of one render. Posting never waits; delivery is a task of its own."""

    def __init__(self, client: httpx.AsyncClient, order: Order, span: Span, on_refused: Callable[[], None]) -> None:
        self._client = client
        self._order = order
        self._span = span
        self._on_refused = on_refused
        self._waiting: deque[dict[str, object]] = deque()
        self._seq = 0
        self._task: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self.last_posted = time.monotonic()
        self.final: dict[str, object] | None = None
        """The report that ended the render."""

    def post(self, kind: str, **fields: object) -> None:
        """Queues a report. Progress that is still waiting is replaced by newer progress; nothing else is dropped."""
        self.last_posted = time.monotonic()
        report = {"kind": kind, "at": datetime.now(UTC).isoformat(timespec="milliseconds"), **fields}
        if kind in FINAL:
            self.final = report
            self._hurry.set()
        faults = self._order.faults
        if faults.never_report or (faults.silent and kind not in FINAL):
            return
        if self._waiting and self._waiting[-1]["kind"] in ("progress", "alive") and kind not in ("preview", "chunk", "ending"):
            self._waiting.pop()
        self._waiting.append(report)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._deliver())

    async def delivered(self) -> None:
        """Waits until nothing is left to deliver."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def _deliver(self) -> None:
        while self._waiting:
            report = self._waiting.popleft()
            # The number is given on leaving, so that replaced progress leaves no gap.
            self._seq += 1
            if report["kind"] in FINAL:
                self._hurry.clear()
            body = {
                "v": 1,
                "attempt": self._order.attempt,
                "seq": self._seq,
                "context": self._order.report.context,
                **report,
            }
            raw = json.dumps(body, separators=(",", ":")).encode()
            for _ in range(2 if self._order.faults.duplicate_reports else 1):
                await self._send(str(report["kind"]), raw)

    async def _send(self, kind: str, raw: bytes) -> None:
        wait, give_up = FIRST_WAIT_S, time.monotonic() + GIVE_UP_S
        fields = {"attempt": self._order.attempt, "kind": kind, "seq": self._seq, **self._span.fields}
        while True:
            try:
                answer = await self._client.post(
                    self._order.report.url, content=raw, headers=self._headers(raw), timeout=15
                )
                status, why = answer.status_code, f"status {answer.status_code}"
            except httpx.HTTPError as error:
                status, why = 0, str(error) or type(error).__name__
            if 200 <= status < 300:
                self._obey(answer)
                return
            if 400 <= status < 500 and status not in (408, 429):
                logs.warning("report.refused", why=why, **fields)
                return
            if time.monotonic() > give_up:
                logs.warning("report.abandoned", why=why, **fields)
                return
            logs.warning("report.retried", why=why, wait_s=round(wait, 2), **fields)
            await self._pause(wait * random.uniform(0.5, 1.0))
            wait = min(wait * 2, LONGEST_WAIT_S)

    def _headers(self, raw: bytes) -> dict[str, str]:
        # Signed again on every try: the receiver's replay window counts from the timestamp.
        now = int(time.time())
        return {
            "Content-Type": "application/json",
            "Galley-Timestamp": str(now),
            "Galley-Signature": sign(self._order.report.secret, now, raw),
            "traceparent": self._span.traceparent,
        }

    def _obey(self, answer: httpx.Response) -> None:
        try:
            goes_on = answer.json().get("continue", True)
        except (ValueError, AttributeError):
            return
        if goes_on is False:
            self._on_refused()

    async def _pause(self, seconds: float) -> None:
        # The end of a render cuts a wait short, once: its slot is free and work may be waiting for it.
        try:
            await asyncio.wait_for(self._hurry.wait(), seconds)
            self._hurry.clear()
        except TimeoutError:
            pass
