"""Faults that tests ask for by `params.test`, and the books that show which renders really ran."""

import time
from collections import deque
from datetime import UTC, datetime
from threading import Event

from PIL import Image

from .backends import Watch
from .errors import Failure, Halted
from .fragments import Piece
from .orders import Faults, Order

STEP_S = 0.05


class Pace:
    """A watch that makes its render as slow, stuck or broken as a test asks; by default it only passes on."""

    def __init__(self, watch: Watch, faults: Faults, host: str, halted: Event) -> None:
        self._watch = watch
        self._faults = faults
        self._fails = faults.fail is not None and (faults.fail_hosts is None or host in faults.fail_hosts)
        self._halted = halted
        self._started = time.monotonic()
        self._reached = 0.0

    def progress(self, fraction: float) -> None:
        """Passes progress on, no faster than `seconds` allows."""
        faults = self._faults
        stop = faults.stall_after
        goal = fraction if stop is None else min(fraction, stop)
        while self._reached < goal:
            elapsed = time.monotonic() - self._started
            paced = elapsed / faults.seconds if faults.seconds else 1.0
            self._reached = min(goal, max(self._reached, paced))
            self._watch.progress(self._reached)
            if self._reached < goal:
                self._halted.wait(STEP_S)
        if stop is not None and fraction >= stop:
            self._halted.wait()
            raise Halted
        if self._fails and fraction >= 0.5:
            raise Failure(str(faults.fail), "this test asked for a failure", retryable=True)
        self._watch.progress(fraction)

    def preview(self, image: Image.Image) -> None:
        """Passes a preview on."""
        self._watch.preview(image)

    def chunk(self, piece: Piece) -> None:
        """Passes a piece on."""
        self._watch.chunk(piece)


class Books:
    """The renders that this host really ran, in order."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, object]] = deque(maxlen=10_000)

    def open(self, order: Order) -> None:
        """Notes that a render starts."""
        self._entries.append(
            {"attempt": order.attempt, "kind": order.kind, "started": _now(), "ended": None, "state": "running"}
        )

    def begin(self, order: Order) -> None:
        """Notes that a render starts that came ahead."""
        for entry in reversed(self._entries):
            if entry["attempt"] == order.attempt:
                entry.update(started=_now())
                return

    def close(self, order: Order, state: str) -> None:
        """Notes how it ended."""
        for entry in reversed(self._entries):
            if entry["attempt"] == order.attempt:
                entry.update(ended=_now(), state=state)
                return

    @property
    def renders(self) -> list[dict[str, object]]:
        """All entries, oldest first."""
        return list(self._entries)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
