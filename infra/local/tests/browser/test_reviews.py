"""The whole review in a real browser, by keyboard: the queue, compare, regenerate with a note, approve, published."""

import pathlib
import random
import struct
import time
import zlib

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
    tab.until("document.querySelector('.toast').textContent.includes('sent back')", "what was decided")
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


def picture(file: pathlib.Path, side: int = 1700) -> pathlib.Path:
    """A picture that no compression makes small: larger than what a function may be sent."""
    rows = b"".join(b"\0" + random.Random(row).randbytes(side * 3) for row in range(side))
    parts = [(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts)
    assert len(data) > 6 * 2**20
    file.write_bytes(data)
    return file


def choose(tab, file: pathlib.Path) -> None:
    """A file is chosen, as by the browser's own window."""
    root = tab.call("DOM.getDocument")["root"]["nodeId"]
    field = tab.call("DOM.querySelector", nodeId=root, selector="#file")["nodeId"]
    tab.call("DOM.setFileInputFiles", nodeId=field, files=[str(file)])


def test_an_asset_is_replaced_by_a_large_file_with_words_and_a_point_that_stays_in_view(tab, signed_in, looked, waits, caller, tmp_path):
    job = caller.submit(PIPELINE)["id"]
    visitor = Visitor(caller.name, "reviewer")
    signed_in(visitor, "reviews")
    waits(visitor, 1)
    tab.press("j")
    tab.press("Enter")
    tab.until("/reviews\\/j/.test(location.pathname)", "the review's page")
    tab.settled()
    tab.press("e")
    assert tab.run("document.activeElement.id") == "file", "the keyboard leads there"
    words = tmp_path / "words.txt"
    words.write_text("no picture")
    choose(tab, words)
    tab.run("[...document.querySelectorAll('#edit button.yes')].pop().click()")
    tab.until("document.querySelector('.sending output').textContent.includes('Choose one of')", "it is told what is wrong")
    choose(tab, picture(tmp_path / "retouched.png"))
    tab.until("document.querySelector('.after .look .chosen').naturalWidth === 1700", "it is seen before it is sent")
    tab.run("document.querySelector('#alt').focus()")
    tab.type("A chef's knife on slate")
    tab.run("document.querySelector('[data-pick]').click()")
    where = tab.run("(it => [it.left + it.width * 0.25, it.top + it.height * 0.5])(document.querySelector('.after .look .chosen').getBoundingClientRect())")
    for kind in ("mousePressed", "mouseReleased"):
        tab.call("Input.dispatchMouseEvent", type=kind, x=where[0], y=where[1], button="left", clickCount=1)
    assert abs(float(tab.run("document.querySelector('#focal-x').value")) - 25) < 1
    assert tab.run("!!document.querySelector('.after .look .spot')"), "the point is seen"
    looked("review-edit")
    tab.wide(1280, 900)
    tab.run("window.shares = []; new MutationObserver(() => window.shares.push(document.querySelector('.sending progress').value)).observe(document.querySelector('.sending output'), {childList: true, characterData: true, subtree: true})")
    tab.run("[...document.querySelectorAll('#edit button.yes')].pop().click()")
    tab.until("new URLSearchParams(location.search).has('done')", "approved as edited")
    tab.until("document.querySelector('.toast').textContent.includes('edited')", "what was decided")
    over = ended(caller, job)
    assert over["state"] == "succeeded" and over["publications"], over
    new = [asset for asset in over["assets"] if asset["bytes"] > 6 * 2**20]
    assert len(new) == 1, over["assets"]
    tab.go(f"{visitor.stack['console_url']}/assets/{new[0]['id']}")
    assert "A chef's knife on slate" in tab.run("document.body.innerText"), "the asset's page has its words"
    tab.go(f"{visitor.stack['console_url']}/jobs/{job}/audit")
    assert "edited" in tab.run("document.querySelector('.chain').textContent")
    looked("audit-job")
    tab.go(f"{visitor.stack['console_url']}/audit")
    looked("audit")
    assert [said for said in tab.said() if "400" not in said] == []


def test_the_queue_fills_and_empties_by_itself_and_keeps_the_place_of_who_is_in_it(tab, signed_in, waits, caller):
    first = caller.submit(PIPELINE, prompt="a knife of bone")["id"]
    visitor = Visitor(caller.name, "reviewer")
    signed_in(visitor, "reviews")
    waits(visitor, 1)
    tab.press("j")
    tab.run("window.untouched = true; window.shot = document.querySelector('.queue img')")
    second = caller.submit(PIPELINE, prompt="a knife of glass")["id"]
    tab.until("document.querySelectorAll('.queue > li').length === 2", "the second is there")
    assert tab.run("window.untouched") is True, "the page was not loaded again"
    assert tab.run("document.querySelector('.queue img') === window.shot"), "nor was the picture"
    assert tab.run("document.querySelector('[data-live=count]').textContent") == "2 wait"
    focused = "document.activeElement.closest('li').dataset.key"
    assert tab.run(focused).startswith(first), "the keyboard is where it was"
    chosen = "document.querySelector('.queue > [aria-current=true]').dataset.key"
    assert tab.run(chosen).startswith(first)
    # Somebody else decides the chosen one.
    other = Visitor(caller.name, "reviewer")
    page = other.sign_in(f"reviews/{first}.safe.1")
    other.post(f"reviews/{first}.safe.1/decide", {"csrf": page.fields()["csrf"], "decision": "reject"})
    tab.until("document.querySelectorAll('.queue > li').length === 1", "the first is gone once that is in effect")
    assert tab.run(chosen).startswith(second), "the next one is chosen"
    assert tab.run(focused).startswith(second), "and has the keyboard"
    tab.press("Enter")
    tab.until("/reviews\\/j/.test(location.pathname)", "it opens")
    assert tab.said() == []
