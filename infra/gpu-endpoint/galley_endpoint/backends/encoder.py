"""ffmpeg as a child process: raw frames or samples go in, pieces of a fragmented MP4 come out while it works."""

import subprocess
import tempfile
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType

import imageio_ffmpeg

from ..fragments import Piece, pieces
from . import Watch

RATE = 48_000
FRAME = 1024
"""Samples in one frame of AAC."""

# No dates and versions, one thread, and no index at the end: the same input gives the same bytes, and the pieces are
# the file.
SAME_BYTES = ["-threads", "1", "-fflags", "+bitexact", "-flags", "+bitexact"]
MP4 = ["-f", "mp4", "-flush_packets", "1"]
MOVFLAGS = "+empty_moov+default_base_moof+skip_trailer"


def video(width: int, height: int, fps: int, segment: int, comment: str) -> list[str]:
    """Arguments for H.264 that every browser plays, in segments of so many frames that begin with a whole picture."""
    return [
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(fps), "-i", "-"),
        *("-c:v", "libx264", "-profile:v", "baseline", "-preset", "veryfast", "-tune", "zerolatency", "-crf", "23"),
        *("-pix_fmt", "yuv420p", "-g", str(segment), "-keyint_min", str(segment), "-sc_threshold", "0"),
        *SAME_BYTES,
        *("-metadata", f"comment={comment}", *MP4, "-movflags", f"{MOVFLAGS}+frag_keyframe", "-"),
    ]


def audio(samples: int, segments: int, comment: str) -> list[str]:
    """Arguments for AAC in stereo, in about so many segments of equal length and never more."""
    # The encoder begins with one frame of silence. A segment ends with the first frame that fills it.
    frames = -(-samples // FRAME) + 1
    longest = (-(-frames // segments) - 0.5) * FRAME / RATE
    return [
        *("-f", "s16le", "-ar", str(RATE), "-ac", "2", "-i", "-", "-c:a", "aac", "-b:a", "128k", *SAME_BYTES),
        *("-metadata", f"comment={comment}", *MP4, "-movflags", MOVFLAGS),
        *("-frag_duration", f"{longest * 1e6:.0f}", "-"),
    ]


class Encoder:
    """One running ffmpeg. Pieces are handed to the watch between two writes, by the thread that writes."""

    def __init__(self, arguments: Sequence[str], watch: Watch) -> None:
        self._watch = watch
        self._said = tempfile.TemporaryFile()
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", *arguments]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, bufsize=0
        )
        self._made: SimpleQueue[Piece] = SimpleQueue()
        self._broken: ValueError | None = None
        # Read beside the writing: a full pipe on one side would stop the other.
        self._reader = Thread(target=self._read, name="encoder", daemon=True)
        self._reader.start()

    def write(self, raw: bytes) -> None:
        """Encodes some more, and hands on what is ready."""
        assert self._process.stdin is not None
        try:
            view = memoryview(raw)
            while view:
                view = view[self._process.stdin.write(view) :]
        except BrokenPipeError:
            raise RuntimeError(self._why()) from None
        self._hand_on()

    def finish(self) -> None:
        """Encodes what is left."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._reader.join()
        if self._process.wait() != 0 or self._broken is not None:
            raise RuntimeError(self._why())
        self._hand_on()

    def __enter__(self) -> "Encoder":
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        # Whatever ended it, no process stays.
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout, self._said):
            if stream is not None:
                stream.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            for piece in pieces(_Whole(self._process.stdout)):
                self._made.put(piece)
        except ValueError as error:
            self._broken = error

    def _hand_on(self) -> None:
        while True:
            try:
                piece = self._made.get_nowait()
            except Empty:
                return
            self._watch.chunk(piece)

    def _why(self) -> str:
        self._process.wait()
        self._said.seek(0)
        said = self._said.read()[-500:].decode(errors="replace").strip()
        return f"ffmpeg ended with {self._process.returncode}: {said or self._broken}"


class _Whole:
    """A pipe whose `read` gives all that was asked for, unless it ends before."""

    def __init__(self, stream: object) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        """So many bytes, or what is left."""
        parts = []
        while size > 0:
            part = self._stream.read(size)  # type: ignore[attr-defined]
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
