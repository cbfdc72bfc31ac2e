"""Video and sound: playable piece by piece while they are made, and whole files at the end."""

import hashlib
import io
import subprocess
import threading
import time

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from galley_endpoint.backends import Task, encoder, sketch
from galley_endpoint.errors import Halted
from galley_endpoint.fragments import Piece, pieces, walk

from .conftest import SECRET, HostClient
from .world import World, until

KINDS = ["video.generate", "audio.generate"]


class Kept:
    """A watch that keeps what it is shown."""

    def __init__(self, halt_at: float = 2) -> None:
        self.pieces: list[Piece] = []
        self.previews: list[Image.Image] = []
        self.fractions: list[float] = []
        self.came_at: list[float] = []
        self._halt_at = halt_at

    def progress(self, fraction: float) -> None:
        self.fractions.append(fraction)
        if fraction >= self._halt_at:
            raise Halted

    def preview(self, image: Image.Image) -> None:
        self.previews.append(image)

    def chunk(self, piece: Piece) -> None:
        self.pieces.append(piece)
        self.came_at.append(self.fractions[-1] if self.fractions else 0)


def make(kind: str, segment_s: int = 1, **params: object) -> tuple[Kept, bytes]:
    film = {"width": 160, "height": 90, "fps": 24} if kind == "video.generate" else {}
    watch = Kept()
    given = {"prompt": "a red boat at sunset", "seed": 7, "seconds": 4, **film, **params}
    sketch.Sketch().stream(Task("a", kind, given, segment_s=segment_s), watch)
    return watch, b"".join(piece.data for piece in watch.pieces)


def ffmpeg(data: bytes, *arguments: str) -> bytes:
    """What ffmpeg makes of a file; any complaint of it fails the test."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", "-xerror", "-i", "pipe:", *arguments, "pipe:"]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b""), done.stderr
    return done.stdout


def frames(data: bytes) -> list[tuple[int, int, str]]:
    """Time, duration and hash of each decoded frame; times are in the units of its stream."""
    lines = ffmpeg(data, "-f", "framemd5").decode().splitlines()
    cells = [[cell.strip() for cell in line.split(",")] for line in lines if not line.startswith("#")]
    return [(int(pts), int(duration), md5) for _, _, pts, duration, _, md5 in cells]


def described(data: bytes) -> str:
    """What ffmpeg says of a file."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", "pipe:"]
    return subprocess.run(command, input=data, capture_output=True, check=False).stderr.decode()


def test_a_video_is_h264_of_the_size_rate_and_length_that_was_ordered():
    _, whole = make("video.generate", fps=25, seconds=3)
    said = described(whole)
    assert "Video: h264 (Constrained Baseline)" in said or "Video: h264 (Baseline)" in said
    assert "yuv420p" in said and "160x90" in said and "25 fps" in said
    assert "Galley sketch-1 (procedural, not AI)" in said
    shown = frames(whole)
    assert len(shown) == 75
    assert [pts for pts, _, _ in shown] == list(range(75)), "one after the other, none missing"


def test_a_sound_is_aac_in_stereo_of_the_length_that_was_ordered():
    _, whole = make("audio.generate", seconds=3)
    said = described(whole)
    assert "Audio: aac (LC)" in said and "48000 Hz, stereo" in said
    assert "Galley sketch-1 (procedural, not AI)" in said
    samples = np.frombuffer(ffmpeg(whole, "-f", "s16le", "-ac", "2"), "<i2")
    assert len(samples) / 2 / 48_000 == pytest.approx(3, abs=0.05)
    assert 500 < np.abs(samples.astype(int)).mean() < 20_000, "neither silent nor drowned"
    assert np.abs(samples.astype(int)).max() < 32_767, "never clipped"
    times = [pts for pts, _, _ in frames(whole)]
    assert times == sorted(set(times))


@pytest.mark.parametrize("kind", KINDS)
def test_pieces_are_one_beginning_and_segments_that_play_what_they_say(kind: str):
    watch, whole = make(kind, seconds=5)
    first, *rest = watch.pieces
    assert first.init and not any(piece.init for piece in rest)
    assert len(rest) == 5
    assert sum(piece.seconds for piece in rest) == pytest.approx(5, abs=0.05)
    assert all(0.5 < piece.seconds < 1.1 for piece in rest)
    assert [path[0] for path, _ in walk(whole) if len(path) == 1] == [b"ftyp", b"moov"] + 5 * [b"moof", b"mdat"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("seconds", "segment_s"), [(1, 1), (2, 4), (7, 2), (9, 4)])
def test_there_are_never_more_segments_than_the_length_needs(kind: str, seconds: int, segment_s: int):
    watch, _ = make(kind, segment_s, seconds=seconds)
    assert len(watch.pieces) - 1 == -(-seconds // segment_s)


@pytest.mark.parametrize("kind", KINDS)
def test_what_came_so_far_plays_as_the_beginning_of_the_whole(kind: str):
    watch, whole = make(kind)
    all_of_it = frames(whole)
    for count in range(2, len(watch.pieces)):
        so_far = frames(b"".join(piece.data for piece in watch.pieces[:count]))
        assert 0 < len(so_far) < len(all_of_it)
        assert so_far == all_of_it[: len(so_far)]


@pytest.mark.parametrize("kind", KINDS)
def test_each_segment_plays_after_the_beginning_alone_and_begins_where_the_last_one_ended(kind: str):
    watch, _ = make(kind)
    first, *rest = watch.pieces
    scale = 12_288 if kind == "video.generate" else 48_000
    begins = 0.0
    for piece in rest:
        time_of = next(content for path, content in walk(piece.data) if path[-1] == b"tfdt")
        assert int.from_bytes(time_of[4:], "big") / scale == pytest.approx(begins, abs=1e-4)
        begins += piece.seconds
        shown = frames(first.data + piece.data)
        expected = 24 if kind == "video.generate" else piece.seconds * 48_000 / 1024
        assert len(shown) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_segment_is_there_long_before_the_end(kind: str):
    watch, _ = make(kind, seconds=10)
    assert watch.came_at[1] < 0.4
    assert watch.fractions == sorted(watch.fractions)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_order_gives_the_same_bytes_and_another_seed_others(kind: str):
    assert make(kind)[1] == make(kind)[1]
    others = ({}, {"seed": 8}, {"prompt": "a city at night"})
    assert len({hashlib.sha256(make(kind, **more)[1]).hexdigest() for more in others}) == 3


def test_the_picture_moves_and_nothing_jumps():
    _, whole = make("video.generate", seconds=2)
    raw = np.frombuffer(ffmpeg(whole, "-f", "rawvideo", "-pix_fmt", "gray"), np.uint8).reshape(-1, 90, 160).astype(int)
    steps = np.abs(np.diff(raw, axis=0)).mean(axis=(1, 2))
    assert np.abs(raw[-1] - raw[0]).mean() > 4, "the camera has gone some way"
    assert steps.max() < 12


@pytest.mark.parametrize(("width", "height"), [(64, 64), (64, 1280), (1280, 64), (362, 202)])
def test_every_even_size_can_be_filmed(width: int, height: int):
    _, whole = make("video.generate", seconds=1, fps=12, width=width, height=height)
    assert f"{width}x{height}" in described(whole)


@pytest.mark.parametrize("kind", KINDS)
def test_a_halted_render_leaves_no_encoder_behind(kind: str):
    film = {"width": 160, "height": 90, "fps": 24} if kind == "video.generate" else {}
    task = Task("a", kind, {"prompt": "a boat", "seed": 1, "seconds": 10, **film}, segment_s=1)
    with pytest.raises(Halted):
        sketch.Sketch().stream(task, Kept(halt_at=0.5))
    assert not any(thread.name == "encoder" for thread in threading.enumerate())


def test_an_encoder_that_fails_says_why():
    broken = encoder.Encoder(["-i", "/nowhere.mp4", "-"], Kept())
    with pytest.raises(RuntimeError, match="ffmpeg ended with"), broken as it:
        it.finish()


def test_output_that_breaks_off_is_no_file():
    _, whole = make("video.generate", seconds=1)
    with pytest.raises(ValueError, match="breaks off inside a box"):
        list(pieces(io.BytesIO(whole[:-10])))


@pytest.mark.parametrize("kind", KINDS)
def test_chunks_are_stored_and_reported_while_the_render_goes_on(kind: str, host: HostClient, world: World):
    order = host.order(kind, chunks=5, test={"seconds": 3})
    assert host.put(order).status_code == 202
    at, name = order["attempt"], order["outputs"][0]["name"]
    until(lambda: world.kinds(at).count("chunk") >= 2)
    assert host.http.get(f"/v1/renders/{at}").json()["state"] == "running"
    assert f"/chunk/{at}/1" in world.objects and f"/out/{at}" not in world.objects
    end = world.end(at)

    whole = world.objects[f"/out/{at}"]
    stored = [world.objects[f"/chunk/{at}/{number}"] for number in range(5)]
    assert b"".join(stored) == whole
    media_type = f"{name}/mp4"
    assert world.object_headers[f"/chunk/{at}/1"]["content-type"] == media_type
    told = [r for r in world.reports_of(at) if r.body["kind"] == "chunk"]
    assert all(r.signed_with(SECRET) for r in told)
    assert [r.body["chunk"]["number"] for r in told] == [0, 1, 2, 3, 4]
    assert [r.body["chunk"]["part"] for r in told] == ["init", "media", "media", "media", "media"]
    assert [r.body["chunk"]["sha256"] for r in told] == [hashlib.sha256(one).hexdigest() for one in stored]
    assert all(r.body["chunk"]["media_type"] == media_type for r in told)
    assert sum(r.body["chunk"]["seconds"] for r in told) == pytest.approx(4, abs=0.05)
    assert [r.body["seq"] for r in world.reports_of(at)] == list(range(1, len(world.reports_of(at)) + 1))
    made = end["outputs"][0]
    assert (made["name"], made["media_type"], made["seconds"]) == (name, media_type, 4.0)
    assert (made["sha256"], made["bytes"]) == (hashlib.sha256(whole).hexdigest(), len(whole))
    if kind == "video.generate":
        assert (made["width"], made["height"]) == (160, 90)


def test_a_video_shows_a_picture_of_itself_first(host: HostClient, world: World):
    order = host.order("video.generate", preview=True, chunks=5)
    host.render(order)
    assert Image.open(io.BytesIO(world.objects[f"/preview/{order['attempt']}"])).size == (160, 90)
    kinds = world.kinds(order["attempt"])
    assert kinds.index("preview") < kinds.index("chunk") + 2


def test_a_chunk_that_cannot_be_stored_ends_the_chunks_and_not_the_render(host: HostClient, world: World):
    order = host.order("video.generate", chunks=5)
    world.answers[f"/chunk/{order['attempt']}/2"] = [403]
    assert host.render(order)["kind"] == "succeeded"
    assert world.kinds(order["attempt"]).count("chunk") == 2, "what comes after a gap cannot be played"


def test_an_order_without_places_for_chunks_gives_the_whole_alone(host: HostClient, world: World):
    order = host.order("audio.generate")
    assert host.render(order)["kind"] == "succeeded"
    assert "chunk" not in world.kinds(order["attempt"])


def test_more_pieces_than_places_are_only_in_the_whole(host: HostClient, world: World):
    order = host.order("video.generate", chunks=3)
    assert host.render(order)["kind"] == "succeeded"
    assert world.kinds(order["attempt"]).count("chunk") == 3


def test_a_canceled_video_stops_within_a_moment(host: HostClient, world: World):
    order = host.order("video.generate", chunks=5, test={"seconds": 30})
    host.put(order)
    until(lambda: "chunk" in world.kinds(order["attempt"]))
    host.http.post(f"/v1/renders/{order['attempt']}/cancel")
    asked = time.monotonic()
    assert world.end(order["attempt"])["kind"] == "canceled"
    assert time.monotonic() - asked < 5


@pytest.mark.parametrize(
    ("kind", "change", "pointer"),
    [
        ("video.generate", {"params": {"width": 161}}, "/params/width"),
        ("video.generate", {"params": {"seconds": 61}}, "/params/seconds"),
        ("video.generate", {"params": {"fps": 23}}, "/params/fps"),
        ("audio.generate", {"params": {"seconds": 0}}, "/params/seconds"),
        ("audio.generate", {"params": {"width": 64}}, "/params/width"),
        ("video.generate", {"outputs": {"name": "image", "media_type": "image/png"}}, "/outputs/0"),
        ("image.generate", {"outputs": {"name": "video", "media_type": "video/mp4"}}, "/outputs/0"),
        ("image.generate", {"chunks": 3}, "/chunks"),
        ("video.generate", {"chunks": 65}, "/chunks/to"),
    ],
)
def test_what_cannot_be_filmed_or_played_is_refused_at_its_place(
    host: HostClient, kind: str, change: dict, pointer: str
):
    order = host.order(kind, chunks=change.get("chunks", 0), **change.get("params", {}))
    order["outputs"][0].update(change.get("outputs", {}))
    answer = host.put(order)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_clip_is_filmed_much_faster_than_it_plays():
    make("video.generate", seconds=1)
    started = time.process_time()
    make("video.generate", seconds=4, width=640, height=360)
    assert time.process_time() - started < 4
