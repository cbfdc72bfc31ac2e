"""Fragmented MP4: taken apart into what starts a player (`init`) and what it plays on as it comes (`media`)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

CONTAINERS = (b"moov", b"trak", b"mdia", b"moof", b"traf")


@dataclass(frozen=True)
class Piece:
    """A part of a file that is being written. All pieces, joined in order, are the file."""

    data: bytes
    seconds: float
    """How long it plays; 0 of the one that starts the player."""

    @property
    def init(self) -> bool:
        """Whether it starts the player."""
        return self.seconds == 0


def pieces(stream: BinaryIO) -> Iterator[Piece]:
    """Reads a file with one track as it is written; a piece is handed out as soon as its last byte is there."""
    head, scale = b"", 0
    while True:
        box = _next(stream)
        if box is None:
            return
        kind = box[4:8]
        head += box
        if kind == b"moov":
            scale = _timescale(box)
            yield Piece(head, 0)
            head = b""
        elif kind == b"mdat":
            yield Piece(head, _ticks(head) / scale)
            head = b""


def _next(stream: BinaryIO) -> bytes | None:
    start = stream.read(8)
    if not start:
        return None
    size = struct.unpack(">I", start[:4])[0] if len(start) == 8 else 0
    rest = stream.read(size - 8) if size >= 8 else b""
    if size < 8 or len(rest) < size - 8:
        raise ValueError("the encoder's output breaks off inside a box")
    return start + rest


def walk(data: bytes, path: tuple[bytes, ...] = ()) -> Iterator[tuple[tuple[bytes, ...], bytes]]:
    """Every box with the way to it, and its content."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        if size < 8:
            return
        content, here = data[at + 8 : at + size], (*path, kind)
        yield here, content
        if kind in CONTAINERS:
            yield from walk(content, here)
        at += size


def _timescale(moov: bytes) -> int:
    """Ticks per second, as the media header of the track says."""
    for path, content in walk(moov):
        if path[-1] == b"mdhd":
            return struct.unpack(">I", content[20:24] if content[0] == 1 else content[12:16])[0]
    raise ValueError("the encoder's output has no media header")


def _ticks(fragment: bytes) -> int:
    """How long a fragment lasts: the sum of its samples' durations."""
    default, total = 0, 0
    for path, content in walk(fragment):
        if path[-1] == b"tfhd":
            default = _default_duration(content)
        elif path[-1] == b"trun":
            total += sum(_durations(content, default))
    return total


def _default_duration(tfhd: bytes) -> int:
    flags, at = int.from_bytes(tfhd[1:4], "big"), 8
    at += (8 if flags & 0x1 else 0) + (4 if flags & 0x2 else 0)
    return struct.unpack(">I", tfhd[at : at + 4])[0] if flags & 0x8 else 0


def _durations(trun: bytes, default: int) -> Iterator[int]:
    flags, count = int.from_bytes(trun[1:4], "big"), struct.unpack(">I", trun[4:8])[0]
    at = 8 + (4 if flags & 0x1 else 0) + (4 if flags & 0x4 else 0)
    size = 4 * sum(bool(flags & bit) for bit in (0x100, 0x200, 0x400, 0x800))
    for sample in range(count):
        start = at + sample * size
        yield struct.unpack(">I", trun[start : start + 4])[0] if flags & 0x100 else default
