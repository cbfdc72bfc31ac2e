"""Debian's Chromium, with a page from another origin than the API's: it plays a video that is still being made."""

import json
import time

import pytest

from callers import tenant

SECONDS = 4
# Longer than it plays, so that the player is there before the film is.
TAKES_S = 8

FILM = {"kind": "video.generate", "with": {"prompt": "a red boat at sunset", "seconds": SECONDS, "seed": 7, "test": {"seconds": TAKES_S}}}
PIPELINE = {"name": "clip", "budget_usd": 0.1, "steps": {"film": FILM}}

PAGE = """<!doctype html><video id="player" muted autoplay playsinline></video><script>
const player = document.getElementById("player");
const say = what => fetch("/said", {method: "POST", body: JSON.stringify({what, at: player.currentTime, error: player.error && player.error.message})});
for (const what of ["playing", "timeupdate", "ended", "error"]) player.addEventListener(what, () => say(what));
player.src = %s;
</script>"""


def test_the_first_segment_plays_before_the_render_ends_and_the_last_one_after(chromium, page, ask):
    caller = tenant("player")
    job = caller.submit(PIPELINE)["id"]
    token = ask(caller, "POST", f"/v1/jobs/{job}/token")["token"]
    shown = page(PAGE % json.dumps(f"{caller.stack['api_url']}/v1/jobs/{job}/playlist.m3u8?token={token}"))
    chromium(shown.address)

    rendered, end = None, time.monotonic() + 60
    while time.monotonic() < end and not shown.times("ended") and not shown.times("error"):
        events = ask(caller, "GET", f"/v1/jobs/{job}/events?limit=1000")["events"]
        if rendered is None and any(event["type"] == "step.succeeded" for event in events):
            rendered = time.time()
        time.sleep(0.2)
    assert not shown.times("error"), shown.said
    assert shown.times("ended"), shown.said
    moved = [one["when"] for one in shown.said if one["what"] == "timeupdate" and 0 < one["at"]]
    assert rendered is not None and moved[0] < rendered, "it played while the host was still at it"
    assert shown.said[-1]["at"] == pytest.approx(SECONDS, abs=0.1), "to the last picture"
