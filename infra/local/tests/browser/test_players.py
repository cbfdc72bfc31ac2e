"""A real film and a real sound in a review: stepped frame by frame, drawn, and looped where a gate found fault."""

import json
import time
import urllib.request

import pytest

import recorded
from callers import tenant
from visitors import Visitor

POLICY = """
name: whole
owner: sound@example.com
criteria: { plays: { evaluator: technical, with: { black_max_s: 0.4, fps_min: 10, clipped_max: 0.01 } } }
verdict: "'review'"
"""
GATE = {"kind": "gate.policy", "with": {"policy": "whole", "video": "{{ inputs.film }}", "audio": "{{ inputs.tune }}"}}
PIPELINE = {"name": "trailer", "inputs": {"film": {"type": "video"}, "tune": {"type": "audio"}}, "budget_usd": 0.1, "steps": {"whole": GATE}}

# The grey of the frame that the film shows.
SEEN = """(() => { const film = document.querySelector('.after video'), canvas = document.createElement('canvas');
    canvas.width = canvas.height = 8; const brush = canvas.getContext('2d'); brush.drawImage(film, 0, 0, 8, 8);
    return brush.getImageData(4, 4, 1, 1).data[0]; })()"""


def handed_in(caller, name: str, media_type: str, data: bytes) -> dict:
    body = json.dumps({"media_type": media_type, "bytes": len(data)}).encode()
    status, _, said = caller.ask("POST", "/v1/uploads", body, Authorization=f"Bearer {caller.key}", Content_Type="application/json")
    assert status == 201, said
    place = json.loads(said)
    urllib.request.urlopen(urllib.request.Request(place["url"], data, method="PUT", headers=place["headers"]), timeout=30).close()
    return {name: {"upload": place["upload"]}}


@pytest.fixture
def looked_at(tab, signed_in, tmp_path):
    """The page of a review of a film and a sound."""
    caller = tenant("trailer")
    (tmp_path / "whole.yaml").write_text(POLICY)
    editor = caller.galley("admin", "people", "put", caller.name, "ed", "--role", "editor").strip()
    caller.key, key = editor, caller.key
    caller.galley("policies", "put", str(tmp_path / "whole.yaml"))
    caller.key = key
    inputs = handed_in(caller, "film", "video/mp4", recorded.film()) | handed_in(caller, "tune", "audio/wav", recorded.sound())
    caller.submit(PIPELINE, **inputs)
    visitor = Visitor(caller.name, "reviewer")
    signed_in(visitor, "reviews")
    # The page finds out by itself that somebody is asked.
    tab.until("!!document.querySelector('.queue .words a')", "the queue shows the review")
    tab.press("j")
    tab.press("Enter")
    tab.until("/reviews\\/j/.test(location.pathname)", "the review's page")
    tab.settled()


def frame(tab) -> int | None:
    time.sleep(0.15)
    tab.until("!document.querySelector('.after video').seeking")
    return recorded.frame(tab.run(SEEN))


def test_a_film_is_stepped_by_frames_and_its_black_second_looped(tab, looked_at, looked):
    tab.until("document.querySelector('.after video').readyState >= 2", "the film is there")
    assert tab.run("document.querySelector('.after video').closest('[data-player]').dataset.fps") == "12", "as the gate measured it"
    assert frame(tab) == 0
    for expected in (1, 2, 3):
        tab.press(".")
        assert frame(tab) == expected
    tab.press(",")
    assert frame(tab) == 2
    tab.run("document.querySelector('.after video').currentTime = 2.0")
    assert frame(tab) == 24, "the first frame after the black"
    tab.press(",")
    assert frame(tab) is None, "the one before is black"
    for _ in range(40):
        tab.press(".")
    assert frame(tab) == recorded.FRAMES - 1, "not beyond the last"
    for _ in range(40):
        tab.press(",")
    assert frame(tab) == 0, "nor before the first"

    loops = tab.run("[...document.querySelectorAll('[data-loop]')].map(it => it.textContent)")
    for _ in range(1 + loops.index("Loop black 1.0–2.0 s")):
        tab.press("l")
    tab.until("document.querySelector('.after video').currentTime > 1 && !document.querySelector('.after video').paused", "it plays what was flagged")
    tab.run("document.querySelector('.after video').currentTime = 2.6")
    tab.until("document.querySelector('.after video').currentTime < 2", "and comes back")
    assert tab.said() == []
    looked("review-film")


def test_a_sound_is_drawn_and_its_flagged_seconds_looped(tab, looked_at):
    tab.until("document.querySelector('canvas.wave').dataset.drawn === 'yes'", "the sound is drawn")
    inked = """(part => { const it = document.querySelector('canvas.wave'), [from, to, top] = part;
        const seen = it.getContext('2d').getImageData(Math.floor(it.width * from), Math.floor(it.height * top), Math.floor(it.width * (to - from)), 1).data;
        return seen.filter((value, at) => at % 4 === 3 && value > 200).length / (seen.length / 4); })"""
    assert tab.run(f"{inked}([0.55, 0.7, 0.3])") > 0.9, "a tone fills the middle"
    assert tab.run(f"{inked}([0.55, 0.7, 0.1])") == 0, "and does not reach the edge"
    assert tab.run(f"{inked}([0.77, 0.85, 0.05])") > 0.9, "what is cut off does"
    assert tab.run(f"{inked}([0.05, 0.45, 0.3])") == 0, "silence is flat"
    shaded = inked.replace("value > 200", "value > 20")
    assert tab.run(f"{shaded}([0.05, 0.45, 0.05])") > 0.9 and tab.run(f"{shaded}([0.55, 0.7, 0.05])") == 0, "and shaded, for it is flagged"
    loops = "[...document.querySelector('audio').closest('[data-player]').querySelectorAll('[data-loop]')]"
    assert tab.run(f"{loops}.map(it => it.textContent)") == ["Loop silence 0.0–2.0 s", "Loop clipping 3.0–3.5 s"]
    tab.run(f"{loops}.pop().click()")
    tab.until("document.querySelector('audio').currentTime >= 3 && !document.querySelector('audio').paused", "it plays what was flagged")
    tab.until("document.querySelector('audio').currentTime > 3.3")
    tab.until("document.querySelector('audio').currentTime < 3.2", "and plays it again")
    # A click on the picture goes there.
    tab.run("(it => it.dispatchEvent(new MouseEvent('click', {clientX: it.getBoundingClientRect().left + it.clientWidth * 0.6, clientY: it.getBoundingClientRect().top + 5, bubbles: true})))(document.querySelector('canvas.wave'))")
    tab.until("Math.abs(document.querySelector('audio').currentTime - 2.4) < 0.3 || document.querySelector('audio').currentTime >= 3")
    assert tab.said() == []
