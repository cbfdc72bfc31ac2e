"""A video and a sound on the deployed stack: played while they are made, and whole at the end."""

import hashlib
import json
import re
import subprocess
import time
import urllib.error
import urllib.request

import pytest
import yaml

import places
import tools
from callers import tenant

SECONDS = 4
# Long enough that the first segment is there well before the end.
TAKES_S = 5

FFMPEG = "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())"
KINDS = {"video": {"kind": "video.generate", "with": {"width": 320, "height": 180, "fps": 24}}, "audio": {"kind": "audio.generate", "with": {}}}


def _pipeline(port: str, **faults) -> dict:
    given = {"prompt": "a red boat at sunset", "seconds": SECONDS, "seed": 7, "test": {"seconds": TAKES_S} | faults}
    step = {"kind": KINDS[port]["kind"], "with": given | KINDS[port]["with"], "retry": {"attempts": 2}}
    return {"name": "clip", "budget_usd": 0.1, "steps": {"make": step}}


def _submit(caller, port: str, **faults) -> dict:
    return caller.submit(_pipeline(port, **faults))


def _events(caller, job: str, until: str) -> list[dict]:
    """The log up to the first event of that type."""
    events, end = [], time.monotonic() + 60
    while time.monotonic() < end:
        _, _, body = caller.ask("GET", f"/v1/jobs/{job}/events?after={len(events)}", Authorization=f"Bearer {caller.key}", Prefer="wait=10")
        events += json.loads(body)["events"]
        if any(event["type"] == until for event in events):
            return events
    raise AssertionError(f"no {until} within a minute: {[event['type'] for event in events]}")


def _playlist(caller, job: str) -> str:
    status, headers, body = caller.ask("GET", f"/v1/jobs/{job}/playlist.m3u8", Authorization=f"Bearer {caller.key}")
    assert (status, headers["content-type"]) == (200, "application/vnd.apple.mpegurl"), body
    return body.decode()


def _segments(playlist: str) -> tuple[str, list[str], list[float]]:
    """What starts a player, the segments, and how long they are said to play."""
    lines = playlist.splitlines()
    assert lines[:2] == ["#EXTM3U", "#EXT-X-VERSION:7"] and "#EXT-X-PLAYLIST-TYPE:EVENT" in lines
    (starter,) = re.findall(r'#EXT-X-MAP:URI="([^"]+)"', playlist)
    longest = int(re.search(r"#EXT-X-TARGETDURATION:(\d+)", playlist)[1])
    seconds = [float(text) for text in re.findall(r"#EXTINF:([\d.]+),", playlist)]
    assert all(round(one) <= longest for one in seconds)
    return starter, [line for line in lines if line.startswith("http")], seconds


def _bytes(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.read()


def _decoded(data: bytes) -> list[str]:
    """Each frame that a player would show or sound, as ffmpeg decodes it; any complaint fails."""
    ffmpeg = subprocess.run([tools.binary("python", "endpoint"), "-c", FFMPEG], capture_output=True, text=True, check=True).stdout.strip()
    done = subprocess.run([ffmpeg, "-v", "warning", "-xerror", "-i", "pipe:", "-f", "framemd5", "pipe:"], input=data, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b""), done.stderr
    return [line for line in done.stdout.decode().splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("port", ["video", "audio"])
def test_it_plays_from_the_first_segment_on_and_is_whole_at_the_end(port):
    caller = tenant("clip")
    job = _submit(caller, port)
    assert job["links"]["playlist"] == f"/v1/jobs/{job['id']}/playlist.m3u8"

    early = _playlist(caller, job["id"])
    starter, begun, _ = _segments(early)
    types = [event["type"] for event in _events(caller, job["id"], "step.chunk")]
    assert "step.succeeded" not in types and "#EXT-X-ENDLIST" not in early, "it is still being made"
    assert 1 <= len(begun) < SECONDS
    assert _decoded(_bytes(starter) + _bytes(begun[0])), "the first segment plays by itself"

    events = _events(caller, job["id"], "job.succeeded")
    chunks = [event["data"] | {"attempt": event["attempt"]} for event in events if event["type"] == "step.chunk"]
    assert [chunk["number"] for chunk in chunks] == list(range(SECONDS + 1))
    assert [chunk["part"] for chunk in chunks] == ["init"] + SECONDS * ["media"]
    assert {chunk["media_type"] for chunk in chunks} == {f"{port}/mp4"} and not any("key" in chunk for chunk in chunks)

    late = _playlist(caller, job["id"])
    assert late.endswith("#EXT-X-ENDLIST\n") and "#EXT-X-DISCONTINUITY" not in late
    starter, segments, seconds = _segments(late)
    assert len(segments) == SECONDS and abs(sum(seconds) - SECONDS) < 0.05
    place = lambda address: address.split("?")[0]
    assert [place(one) for one in segments[: len(begun)]] == [place(one) for one in begun], "who asks later is told the same and more"
    joined = b"".join(map(_bytes, [starter, *segments]))

    _, _, body = caller.ask("GET", f"/v1/jobs/{job['id']}", Authorization=f"Bearer {caller.key}")
    (asset,) = json.loads(body)["assets"]
    assert (asset["media_type"], asset["seconds"], asset["port"]) == (f"{port}/mp4", SECONDS, port)
    assert asset["sha256"] == hashlib.sha256(joined).hexdigest(), "the pieces are the file"
    frames = _decoded(joined)
    assert len(frames) == (SECONDS * 24 if port == "video" else len(frames)) and len(frames) > SECONDS * 20
    times = [int(line.split(",")[2]) for line in frames]
    assert times == sorted(set(times))


def test_a_second_attempt_begins_anew_after_a_discontinuity():
    caller = tenant("clip")
    # A host that is idle gets the work, the first one of several.
    first = caller.stack["hosts"][0]["id"]
    job = _submit(caller, "video", seconds=3, fail="out_of_memory", fail_hosts=[first])["id"]
    events = _events(caller, job, "job.succeeded")
    chunks = [(event["attempt"].rsplit(".", 1)[1], event["data"]["number"]) for event in events if event["type"] == "step.chunk"]
    broken_off = [number for attempt, number in chunks if attempt == "1"]
    assert 1 < len(broken_off) <= SECONDS and chunks[len(broken_off) :] == [("2", number) for number in range(SECONDS + 1)]
    before, after = _playlist(caller, job).split("#EXT-X-DISCONTINUITY\n")
    assert before.count("#EXTINF") == len(broken_off) - 1 and after.count("#EXTINF") == SECONDS
    parts = [(re.findall(r'MAP:URI="([^"]+)"', part), re.findall(r"^http.*$", part, re.M)) for part in (before, after)]
    for starters, segments in parts:
        assert len(starters) == 1 and _decoded(b"".join(map(_bytes, [*starters, *segments])))


def test_erasing_a_job_takes_its_pieces_along():
    caller = tenant("clip")
    job = _submit(caller, "audio")["id"]
    _events(caller, job, "job.succeeded")
    starter, segments, _ = _segments(_playlist(caller, job))
    assert all(map(_bytes, [starter, *segments]))
    caller.galley("admin", "erase", "--job", job, "--reason", "asked to", "--yes")
    for address in [starter, *segments]:
        with pytest.raises(urllib.error.HTTPError):
            _bytes(address)
    status, _, _ = caller.ask("GET", f"/v1/jobs/{job}/playlist.m3u8", Authorization=f"Bearer {caller.key}")
    assert status == 410


def test_a_film_is_published_once_every_frame_of_it_was_watched():
    caller = tenant("clip")
    document = yaml.safe_load((places.INFRA / "pipelines" / "clip.yaml").read_text())
    job = caller.submit(document, prompt="a red boat at sunset", seconds=2)["id"]
    verdicts = [event["data"] for event in _events(caller, job, "job.succeeded") if event["type"] == "gate.verdict"]
    (moves,) = [verdict for verdict in verdicts if verdict["gate"] == "moves"]
    (scores,) = moves["scores"].values()
    assert (moves["verdict"], scores["width"], scores["fps"], scores["seconds"]) == ("pass", 640, 24.0, 2.0), moves
    _, _, body = caller.ask("GET", f"/v1/jobs/{job}", Authorization=f"Bearer {caller.key}")
    job = json.loads(body)
    (publication,) = job["publications"]
    (film,) = [asset for asset in job["assets"] if asset["port"] == "video"]
    assert publication["asset"] == film["id"] and publication["state"] == "done", publication
    assert publication["location"].endswith(f"/clips/{job['id']}/film-640w.mp4")


def test_a_film_that_is_not_as_asked_is_not_published():
    caller = tenant("clip")
    document = yaml.safe_load((places.INFRA / "pipelines" / "clip.yaml").read_text())
    document["steps"]["moves"]["with"] |= {"fps_min": 30, "loudness_min": -23}
    job = caller.submit(document, prompt="a red boat at sunset", seconds=2)["id"]
    *_, rejected = _events(caller, job, "job.rejected")
    _, _, body = caller.ask("GET", f"/v1/jobs/{job}", Authorization=f"Bearer {caller.key}")
    assert json.loads(body)["publications"] == []
    (verdict,) = [step["verdict"] for step in json.loads(body)["steps"] if step["name"] == "moves"]
    assert verdict["reasons"] == ["film.video has 24.0 frames a second, asked are at least 30", "film.video has no sound, asked is some of a loudness"], rejected
