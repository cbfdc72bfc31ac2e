"""The renders of a host: who holds a slot, who is watched, and what is remembered of those that ended."""

import asyncio
import hashlib
import time
from collections import OrderedDict, deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import httpx
from PIL import Image

from . import logs, media, orders, transfer
from .backends import STREAMED, Backend, Task
from .errors import Failure, Halted, Problem
from .faults import Books, Pace
from .fragments import Piece
from .orders import Order
from .reports import Reporter
from .settings import Settings
from .trace import Span, child_of

REMEMBERED_S = 3600.0
REMEMBERED = 1000
TICK_S = 0.1
ENDING_S = 0.5
"""A render that will probably end within this is said to be ending, so that the next order is here by then."""
GRACE_S = 10.0
"""How long a render that was told to stop may take to notice before its end is reported without it."""


class Render:
    """One render. The event loop owns it; the worker thread only sees it as a `Watch`."""

    def __init__(self, order: Order, span: Span, settings: Settings, client: httpx.AsyncClient) -> None:
        self.order = order
        self.span = span
        self.state = "accepted"
        self.fraction = 0.0
        self.started = self.moved = self.progress_posted = time.monotonic()
        self.ended: float | None = None
        self.halted: Failure | str | None = None
        """Why it was told to stop: a failure, or "canceled"."""
        self.halted_at = 0.0
        self.halt_event = Event()
        self.painting = False
        self.ending = False
        """Whether it was said to be ending: one more order may then come for its slot."""
        self.ahead = False
        """Whether it came before its slot was free."""
        self.reporter = Reporter(client, order, span, self.cancel)
        self.work: asyncio.Task[list[dict[str, object]]] | None = None
        self.preview: asyncio.Task[None] | None = None
        self.chunks: asyncio.Task[None] | None = None
        self._pieces: deque[Piece] = deque()
        self._sent = 0
        self._settings = settings
        self._client = client
        self._loop = asyncio.get_running_loop()

    # The rest of the host asks:

    @property
    def view(self) -> dict[str, object]:
        """What `GET` and `PUT` answer."""
        view: dict[str, object] = {"attempt": self.order.attempt, "state": self.state, "progress": self.fraction}
        if self.reporter.final is not None:
            view["report"] = self.reporter.final
        return view

    @property
    def slot_seconds(self) -> float:
        """How long it has held its slot."""
        return round((self.ended or time.monotonic()) - self.started, 3)

    @property
    def fields(self) -> dict[str, str]:
        """The render as log fields."""
        return {"attempt": self.order.attempt, "kind": self.order.kind, **self.span.fields}

    def cancel(self) -> None:
        """Asks it to stop because nobody wants the result."""
        self.halt("canceled")

    def halt(self, why: Failure | str) -> None:
        """Asks it to stop. The first reason stands."""
        if self.halted is not None or self.ended is not None:
            return
        self.halted, self.halted_at = why, time.monotonic()
        self.halt_event.set()
        # A worker thread stops by itself at its next step; a transfer has to be interrupted.
        if self.work is not None and not self.painting:
            self.work.cancel()

    # The worker thread calls (the `Watch` of a backend):

    def progress(self, fraction: float) -> None:
        """Notes how far the painting is; raises `Halted` if it should stop."""
        if self.halt_event.is_set():
            raise Halted
        self._loop.call_soon_threadsafe(self._moved, min(max(fraction, 0.0), 1.0))

    def preview_shown(self, image: Image.Image) -> None:
        """Sends an early picture, unless the last one is still on its way."""
        if self.halt_event.is_set():
            raise Halted
        target = self.order.preview
        if target is not None and self.order.params.get("preview", True):
            self._loop.call_soon_threadsafe(self._show, media.small_jpeg(image))

    def chunk_made(self, piece: Piece) -> None:
        """Sends a piece of a video or sound, after those before it."""
        if self.halt_event.is_set():
            raise Halted
        if self.order.chunks is not None:
            self._loop.call_soon_threadsafe(self._hand_on, piece)

    # The event loop does:

    def _moved(self, fraction: float) -> None:
        if self.ended is not None or fraction <= self.fraction:
            return
        self.fraction, self.moved = round(fraction, 4), time.monotonic()
        left = (self.moved - self.started) * (1 - fraction) / fraction
        if self.order.report.ending and not self.ending and left < ENDING_S:
            self.ending = True
            self.reporter.post("ending", fraction=self.fraction, slot_seconds=self.slot_seconds)
        if self.moved - self.progress_posted >= self._settings.progress_s:
            self.progress_posted = self.moved
            self.reporter.post("progress", fraction=self.fraction, slot_seconds=self.slot_seconds)

    def _show(self, jpeg: bytes) -> None:
        if self.ended is None and (self.preview is None or self.preview.done()):
            self.preview = asyncio.create_task(self._send_preview(jpeg))

    async def _send_preview(self, jpeg: bytes) -> None:
        target = self.order.preview
        assert target is not None
        try:
            await transfer.store(self._client, target.url, target.headers, target.media_type, jpeg)
        except Failure as failure:
            # A picture on the way is a courtesy; the render goes on without it.
            logs.warning("preview.lost", why=failure.message, **self.fields)
            return
        output = {
            "name": "preview",
            "media_type": target.media_type,
            "sha256": hashlib.sha256(jpeg).hexdigest(),
            "bytes": len(jpeg),
        }
        if self.ended is None:
            self.reporter.post("preview", fraction=self.fraction, outputs=[output])


    def _hand_on(self, piece: Piece) -> None:
        self._pieces.append(piece)
        if self.ended is None and (self.chunks is None or self.chunks.done()):
            self.chunks = asyncio.create_task(self._send_chunks())

    async def _send_chunks(self) -> None:
        places, media_type = self.order.chunks, self.order.outputs[0].media_type
        assert places is not None
        while self._pieces and self._sent < len(places.to):
            piece, place = self._pieces.popleft(), places.to[self._sent]
            try:
                await transfer.store(self._client, place.url, place.headers, media_type, piece.data)
            except Failure as failure:
                # What comes after a gap cannot be played. The render goes on, and its whole file still comes.
                logs.warning("chunk.lost", number=self._sent, why=failure.message, **self.fields)
                self._sent = len(places.to)
                return
            chunk = {
                "number": self._sent,
                "part": "init" if piece.init else "media",
                "media_type": media_type,
                "seconds": round(piece.seconds, 6),
                "sha256": hashlib.sha256(piece.data).hexdigest(),
                "bytes": len(piece.data),
            }
            self._sent += 1
            if self.ended is None:
                self.reporter.post("chunk", fraction=self.fraction, chunk=chunk, slot_seconds=self.slot_seconds)


class _ThreadWatch:
    """A render as its backend sees it."""

    def __init__(self, render: Render) -> None:
        self._render = render
        self.pieces: list[bytes] = []

    def progress(self, fraction: float) -> None:
        self._render.progress(fraction)

    def preview(self, image: Image.Image) -> None:
        self._render.preview_shown(image)

    def chunk(self, piece: Piece) -> None:
        self.pieces.append(piece.data)
        self._render.chunk_made(piece)


class Renders:
    """All renders of this host, by attempt."""

    def __init__(self, settings: Settings, backend: Backend | None, client: httpx.AsyncClient) -> None:
        self.draining = False
        self.backend = backend
        """None while it is loading, which takes minutes for large models."""
        self.books = Books()
        self._settings = settings
        self._client = client
        self._known: OrderedDict[str, Render] = OrderedDict()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._holding: set[str] = set()
        """Attempts that hold a slot: also those whose thread has not noticed yet that it should stop."""
        self._threads = ThreadPoolExecutor(settings.slots, thread_name_prefix="render")

    @property
    def state(self) -> str:
        """Whether it would take a render, and if not, why: ready, loading, full or draining."""
        if self.draining:
            return "draining"
        if self.backend is None:
            return "loading"
        return "full" if self.busy >= self._settings.slots else "ready"

    @property
    def busy(self) -> int:
        """Slots in use, and orders that came ahead."""
        return len(self._holding)

    def get(self, attempt: str) -> Render | None:
        """The render of an attempt, while it runs and for a time after."""
        self._forget()
        return self._known.get(attempt)

    def start(self, attempt: str, body: object, traceparent: str) -> Render:
        """Starts a render in a free slot. Nothing here awaits, so two calls cannot both start one attempt."""
        if self.draining:
            raise Problem(503, "draining", "This host is draining", "place the render on another host")
        if self.backend is None:
            raise Problem(503, "loading", "This host is loading its models", "place the render on another host")
        order = orders.parse(attempt, body, self.backend.models, self._settings.test_faults)
        ending = sum(self._known[one].ending for one in self._holding)
        if self.busy >= self._settings.slots + ending:
            raise Problem(
                409, "busy", "No slot is free", f"all {self._settings.slots} slots are in use; place it elsewhere"
            )
        render = Render(order, child_of(traceparent), self._settings, self._client)
        self._known[attempt] = render
        render.ahead = self.busy >= self._settings.slots
        self._holding.add(attempt)
        self.books.open(order)
        self._running[attempt] = asyncio.create_task(self._run(render))
        logs.info("render.accepted", **render.fields)
        return render

    async def drain(self, seconds: float) -> None:
        """Takes nothing new, lets what runs finish, and hands over what does not finish in time."""
        self.draining = True
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=seconds)
        for attempt in list(self._running):
            self._known[attempt].halt(
                Failure("host_drained", f"the host had to go {seconds:g} s after its notice", retryable=True)
            )
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=GRACE_S)

    async def delivered(self, seconds: float) -> None:
        """Waits until every report is delivered, within bounds."""
        waiting = [asyncio.create_task(render.reporter.delivered()) for render in self._known.values()]
        if waiting:
            await asyncio.wait(waiting, timeout=seconds)

    async def _run(self, render: Render) -> None:
        attempt = render.order.attempt
        render.state = "running"
        render.work = work = asyncio.create_task(self._work(render))
        # Freed when the thread is really out, before any end is reported: the report brings the slot's next render.
        work.add_done_callback(lambda _: self._holding.discard(attempt))
        try:
            outputs = await self._watched(render, work)
            assert self.backend is not None
            made_by = {"model": render.order.params["model"], "procedural": self.backend.procedural}
            self._end(render, "succeeded", outputs=outputs, made_by=made_by)
        except (Halted, asyncio.CancelledError):
            if isinstance(render.halted, Failure):
                self._end(render, "failed", error=render.halted.body)
            else:
                self._end(render, "canceled")
        except Failure as failure:
            self._end(render, "failed", error=failure.body)
        except Exception as error:
            logs.crash("render.crashed", error, **render.fields)
            out_of_memory = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
            code = "out_of_memory" if out_of_memory else "crashed"
            failure = Failure(code, f"the render crashed: {type(error).__name__}", retryable=True)
            self._end(render, "failed", error=failure.body)
        finally:
            del self._running[attempt]

    def _end(self, render: Render, state: str, **fields: object) -> None:
        render.ended = time.monotonic()
        render.state = state
        if state == "succeeded":
            render.fraction = 1.0
        self.books.close(render.order, state)
        logs.info(f"render.{state}", slot_seconds=render.slot_seconds, error=fields.get("error"), **render.fields)
        render.reporter.post(state, fraction=render.fraction, slot_seconds=render.slot_seconds, **fields)

    async def _watched(self, render: Render, work: asyncio.Task[list[dict[str, object]]]) -> list[dict[str, object]]:
        """Waits for the work, says `alive` in silence, and halts what stalls or is late."""
        order = render.order
        while True:
            done, _ = await asyncio.wait({work}, timeout=TICK_S)
            if done:
                return work.result()
            now = time.monotonic()
            if now - render.started > order.deadline_s:
                render.halt(Failure("deadline", f"not done within {order.deadline_s:g} s", retryable=False))
            elif now - render.moved > order.stall_s:
                render.halt(Failure("stalled", f"no progress for {order.stall_s:g} s", retryable=True))
            if render.halted is not None and now - render.halted_at > GRACE_S:
                logs.warning("render.abandoned", **render.fields)
                raise Halted
            if now - render.reporter.last_posted >= self._settings.alive_s:
                render.reporter.post("alive", fraction=render.fraction, slot_seconds=render.slot_seconds)

    async def _work(self, render: Render) -> list[dict[str, object]]:
        order, settings = render.order, self._settings
        data = {
            name: await transfer.fetch(self._client, one.url, one.sha256, settings.max_input_bytes)
            for name, one in order.inputs.items()
        }
        if render.halted is not None:
            raise Halted
        render.painting = True
        loop = asyncio.get_running_loop()
        facts, made = await loop.run_in_executor(self._threads, self._make, render, data)
        render.painting = False
        if render.halted is not None:
            raise Halted
        # What was shown on the way is told of before the end.
        on_the_way = {task for task in (render.preview, render.chunks) if task is not None}
        if on_the_way:
            await asyncio.wait(on_the_way)
        render.moved = time.monotonic()
        outputs = []
        for output in order.outputs:
            await transfer.store(self._client, output.url, output.headers, output.media_type, made)
            outputs.append(
                {
                    "name": output.name,
                    "media_type": output.media_type,
                    "sha256": hashlib.sha256(made).hexdigest(),
                    "bytes": len(made),
                    **facts,
                }
            )
        return outputs

    def _make(self, render: Render, data: Mapping[str, bytes]) -> tuple[Mapping[str, object], bytes]:
        """In a worker thread: everything that needs a processor. Answers what was made, and its bytes."""
        order = render.order
        if render.ahead:
            # It waited for the thread of the one before, which paid for that time.
            render.started = render.moved = time.monotonic()
            self.books.begin(order)
        shown = _ThreadWatch(render)
        watch = Pace(shown, order.faults, self._settings.host_id, render.halt_event)
        images = {name: media.decode(raw, self._settings.max_pixels) for name, raw in data.items()}
        task = Task(order.attempt, order.kind, order.params, images)
        assert self.backend is not None
        if order.kind in STREAMED:
            if order.chunks is not None:
                task = replace(task, segment_s=order.chunks.seconds)
            facts = self.backend.stream(task, watch)
            watch.progress(1.0)
            return facts, b"".join(shown.pieces)
        image, text = self.backend.render(task, watch)
        watch.progress(1.0)
        return {"width": image.width, "height": image.height}, media.png(image, text)

    def _forget(self) -> None:
        """Keeps what ended for an hour, and the last thousand."""
        now = time.monotonic()
        for attempt, render in list(self._known.items()):
            old = render.ended is not None and now - render.ended > REMEMBERED_S
            spare = render.ended is not None and len(self._known) > REMEMBERED
            if old or spare:
                del self._known[attempt]
