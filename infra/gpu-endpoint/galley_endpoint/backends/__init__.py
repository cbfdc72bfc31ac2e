"""Backends: what paints. A host has one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from PIL import Image

from ..errors import Failure
from ..fragments import Piece

STREAMED = {"video.generate": "video", "audio.generate": "audio"}
"""Kinds whose result can be played before it is whole, with the name of their output."""


@dataclass(frozen=True)
class Task:
    """What a backend is asked to do: checked parameters and decoded inputs."""

    attempt: str
    kind: str
    params: Mapping[str, object]
    images: Mapping[str, Image.Image] = field(default_factory=dict)
    segment_s: int = 2
    """How long each piece of a video or sound should play."""


class Watch(Protocol):
    """Who follows a render. Each call may raise `Halted`, which the backend lets pass."""

    def progress(self, fraction: float) -> None:
        """Says how far the render is, and asks whether to go on."""

    def preview(self, image: Image.Image) -> None:
        """Shows an early picture."""

    def chunk(self, piece: Piece) -> None:
        """Hands on a part of a video or sound. All parts, in order, are the result."""


class Backend(Protocol):
    """A way to render. `render` runs in a worker thread, several at once if the host has several slots."""

    models: Mapping[str, tuple[str, ...]]
    """For each kind, the models that can do it; the first is the default."""

    procedural: bool
    """Whether its models follow rules that somebody wrote and learned nothing: then what they make is not AI-made."""

    def render(self, task: Task, watch: Watch) -> tuple[Image.Image, Mapping[str, str]]:
        """Paints one picture; the mapping goes into the PNG as text."""

    def stream(self, task: Task, watch: Watch) -> Mapping[str, object]:
        """Makes a video or sound, part by part; the mapping says what was made. For kinds in `STREAMED`."""


def load(name: str) -> Backend:
    """The backend of that name. Imported late: diffusers is large and sketch does not need it."""
    if name == "diffusers":
        from .diffusers import Diffusers

        return Diffusers.from_env()
    from .sketch import Sketch

    return Sketch()


def output_pixels(width: int, height: int, limit: int) -> None:
    """Refuses an output that nobody could decode under the same limits."""
    if width * height > limit:
        raise Failure(
            "output_too_large",
            f"the result would have {width}x{height} pixels; the limit is {limit} pixels",
            retryable=False,
        )
