"""The whole review in a real browser, by keyboard: the queue, compare, regenerate with a note, approve, published."""

import time

import pytest

from callers import tenant
from test_console import GOOD, LADDER, LARGE, PAINT
from visitors import Visitor, ended

# A term that people decide on, so that every round comes to them.
TERMS = "terms: [{ term: knife, action: review }]\n"
SAFE = {"kind": "gate.moderation", "with": {"prompt": "{{ inputs.prompt }}", "images": "{{ large.image }}", "accept_unjudged": True}}
PUBLISH = {"kind": "publish", "with": {"assets": "{{ ladder.images }}", "target": {"kind": "s3", "prefix": "knives"}}, "after": ["good", "safe"]}
PIPELINE = {
    "name": "knives",
    "inputs": {"prompt": {"type": "text", "default": "a chef's knife on slate, soft light from the left"}},
    "budget_usd": 0.5,
    "steps": {"paint": PAINT, "large": LARGE, "good": GOOD, "safe": SAFE, "ladder": LADDER, "publish": PUBLISH},
}


@pytest.fixture
def caller(tmp_path):
    caller = tenant("reviewed")
    (tmp_path / "lists.yaml").write_text(TERMS)
    caller.galley("admin", "moderation", "put", caller.name, str(tmp_path / "lists.yaml"))
    return caller


@pytest.fixture
def waits(tab):
    """Loads the queue until it shows one review, of this round."""

    def until(visitor, round: int) -> None:
        end = time.monotonic() + 60
        while True:
            tab.go(f"{visitor.stack['console_url']}/reviews")
            shown = tab.run("[...document.querySelectorAll('.queue .words a')].map(it => it.href.split('.').pop())")
            if shown == [str(round)]:
                return
            assert time.monotonic() < end, f"the queue never came to round {round}: {tab.run('document.body.innerText')[:400]}"
            time.sleep(0.3)

    return until


def test_a_reviewer_compares_sends_back_with_a_note_and_approves_by_keyboard_and_it_is_published(tab, signed_in, looked, waits, caller):
    job = caller.submit(PIPELINE)["id"]
    visitor = Visitor(caller.name, "reviewer")
    signed_in(visitor, "reviews")
    waits(visitor, 1)
    looked("reviews")
    tab.wide(1280, 900)

    tab.press("j")
    tab.press("Enter")
    tab.until("/reviews\\/j/.test(location.pathname)", "the review's page")
    tab.settled()
    looked("review")
    tab.wide(1280, 900)
    tab.press("c")
    assert tab.run("getComputedStyle(document.querySelector('.candidate .before')).display") == "grid", "side by side"
    looked("review-compared")
    tab.wide(1280, 900)
    tab.press("z")
    assert tab.run("document.querySelector('[data-stage]').classList.contains('zoomed')")
    tab.press("z")

    tab.press("g")
    assert tab.run("document.activeElement.id") == "note"
    tab.type("warmer light, and less of the handle")
    tab.call("Input.dispatchKeyEvent", type="keyDown", key="Enter", windowsVirtualKeyCode=13, modifiers=2)
    tab.until("new URLSearchParams(location.search).has('done')", "sent back")
    assert "sent back" in tab.run("document.querySelector('.toast').textContent")
    looked("review-toast")

    waits(visitor, 2)
    tab.wide(1280, 900)
    tab.press("j")
    tab.press("Enter")
    tab.until("/reviews\\/j.*\\.2$/.test(location.pathname)", "the review of the second round")
    tab.settled()
    assert "warmer light" in tab.run("document.body.innerText"), "the note is in the history"
    tab.press("a")
    tab.until("new URLSearchParams(location.search).has('done')", "approved")
    over = ended(caller, job)
    assert over["state"] == "succeeded" and over["publications"], over
    assert all(publication["state"] == "done" for publication in over["publications"])
    assert tab.said() == []


def test_what_was_decided_is_taken_back_by_a_key(tab, signed_in, waits, caller):
    job = caller.submit(PIPELINE)["id"]
    visitor = Visitor(caller.name, "reviewer")
    signed_in(visitor, "reviews")
    waits(visitor, 1)
    tab.press("j")
    tab.press("Enter")
    tab.until("/reviews\\/j/.test(location.pathname)")
    tab.settled()
    tab.press("r")
    tab.until("!!document.querySelector('[data-key=u]')", "the way back")
    tab.press("u")
    tab.until("!!document.querySelector('[data-key=a]')", "it is open again")
    tab.press("r")
    tab.until("new URLSearchParams(location.search).has('done')")
    assert ended(caller, job)["state"] == "rejected"
