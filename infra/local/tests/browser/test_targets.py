"""Targets in a real browser: one is tried again by itself, each has its page, and what they will get is seen before."""

import contextlib
import http.server
import json
import random
import threading
import time

from callers import tenant
from conftest import SHOTS
from faults import World
from visitors import Visitor, asked, ended

# One that this stack may call.
PORT = 8814
DAY_MS = 86_400_000
SAFE = {"kind": "gate.moderation", "with": {"prompt": "Tea.", "accept_unjudged": True}}


@contextlib.contextmanager
def forem(refuses: list):
    """What of dev.to's API is needed to publish there; while `refuses` has something in it, that is why nothing is taken."""
    kept = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def _answer(self, status: int, body) -> None:
            said = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def do_GET(self) -> None:
            self._answer(200, kept)

        def do_POST(self) -> None:
            article = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["article"]
            if refuses:
                self._answer(403, {"error": refuses[0], "status": 403})
                return
            kept.append(article | {"id": len(kept) + 1, "url": f"https://dev.to/brand/tea-{len(kept) + 1}"})
            self._answer(201, kept[-1])

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(200, kept[0])

        def log_message(self, *_) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()


def test_a_target_that_refused_is_tried_again_by_itself_and_seen_where_it_stands(tab, signed_in, looked, tmp_path):
    caller = tenant("again")
    (tmp_path / "secret.json").write_text(json.dumps({"key": "hush"}))
    caller.galley("connections", "put", "blog", "--kind", "devto", "--set", f"api=http://127.0.0.1:{PORT}", "--secret", str(tmp_path / "secret.json"))
    post = {"title": "Tea", "body": "Of the day.", "tags": ["tea"]}
    out = {"kind": "publish", "after": ["safe"], "with": {"targets": [{"kind": "devto", "connection": "blog"}, {"kind": "s3", "prefix": "tea"}], "post": post}}
    refuses = ["the account <b>brand</b> is suspended"]
    with forem(refuses) as kept:
        job = ended(caller, caller.submit({"name": "tea", "budget_usd": 0.01, "labels": {"campaign": "tea"}, "steps": {"safe": SAFE, "out": out}})["id"])
        assert (job["state"], len(job["degraded"])) == ("succeeded", 1), job
        visitor = Visitor(caller.name, "editor")
        signed_in(visitor, "publications")
        tab.go(f"{visitor.stack['console_url']}/publications")
        tab.until("document.querySelector('main').innerText.includes('is suspended')", "why it was refused")
        looked("publications-failed")
        row = "[...document.querySelectorAll('tbody[data-list] tr')].find(row => row.textContent.includes('devto'))"
        # A form that cannot be taken says so beside its button.
        tab.run(f"(() => {{ window.untouched = true; const form = {row}.querySelector('form'); form.elements.run.value = 'x'; form.querySelector('button').click(); }})()")
        tab.until(f"{row}.querySelector('output').textContent.includes('does not say which run')", "why nothing was done")
        refuses.clear()
        tab.run(f"(() => {{ const form = {row}.querySelector('form'); form.elements.run.value = '1'; form.querySelector('button').focus(); }})()")
        tab.press("Enter")
        tab.until(f"{row}.textContent.includes('https://dev.to/brand/tea-1')", "where it is now")
        assert tab.run("window.untouched") is True and len(kept) == 1
        assert "suspended" not in tab.run(f"{row}.textContent")
    said = [text for text in tab.said() if "400" not in text]
    assert said == []


def history(caller, job: str) -> None:
    """What four months at Bluesky and X might have come to."""
    world, chance, now = World(), random.Random(11), int(time.time() * 1000)
    meta = world.meta(job)
    words = ["Morning light over the harbour", "Tea, poured slowly", "A red kite above green hills", "The lamp at the end of the pier", "First frost"]
    for n in range(80):
        at = now - int(abs(chance.gauss(0, 45)) * DAY_MS) - n * 60_000
        own = f"j01{n:04d}{job[7:]}"
        target = "bluesky" if n % 4 else "x"
        labels = {"campaign": "winter" if n % 3 else "spring", "market": "se"}
        failed = n % 13 == 5
        line = {"target": target, "connection": "brand", "pipeline": "tea", "labels": labels, "at": at}
        posting = {
            "step": "say", "target": target, "connection": "brand", "state": "failed" if failed else "done", "tries": 1, "rev": 3, "started_at": at, "updated_at": at,
        } | ({"error": "403: the account is suspended"} if failed else {"location": f"https://{target}.example.com/brand/{n}", "remote": str(n)})
        inputs = {"prompt": f"{words[n % 5]}, no. {n}"}
        world.put(meta | {"pk": f"JOB#{own}", "id": own, "inputs": inputs, "labels": labels, "created_at": at, "updated_at": at, "sk_job": own, "state": "failed" if failed else "succeeded"})
        world.put({"pk": f"PUBLICATIONS#{caller.name}", "sk": f"{own}#say"} | line)
        world.put({"pk": f"JOB#{own}", "sk": "POSTING#say"} | posting)
        for name, value in labels.items():
            world.put({"pk": f"LABEL#{caller.name}#{name}#{value}", "sk": own})
        if not failed:
            likes = int(chance.lognormvariate(3, 1.1))
            counts = {"likes": likes, "reposts": likes // 6, "replies": likes // 9} | ({"impressions": likes * 41} if target == "x" else {})
            world.put({"pk": f"JOB#{own}", "sk": "COUNTS#say", "step": "say", "target": target, "published_at": at, "next": 3, "readings": [{"after": "7d", "at": at + 7 * DAY_MS, "counts": counts}]})


def test_a_target_and_a_label_have_pages_of_what_they_come_to(tab, signed_in, looked):
    caller = tenant("counted")
    job = ended(caller, caller.submit({"name": "tea", "budget_usd": 0.01, "steps": {"safe": SAFE}})["id"])["id"]
    history(caller, job)
    visitor = Visitor(caller.name, "editor")
    signed_in(visitor, "publications")
    tab.go(f"{visitor.stack['console_url']}/publications")
    looked("publications-many")
    tab.run("[...document.querySelectorAll('main td a')].find(it => it.textContent === 'bluesky').click()")
    tab.until("document.querySelector('h1').textContent === 'Bluesky'", "the page of the target")
    assert "All 60 publications." in tab.run("document.querySelector('main').innerText")
    looked("target")
    tab.wide(1280, 2600)
    tab.settled()
    tab.shoot(SHOTS / "target-whole.png")
    tab.run("[...document.querySelectorAll('th a')].find(it => it.textContent === 'reposts').click()")
    tab.until("document.querySelector('#best').textContent === 'Best, by reposts'", "the same by another figure")
    tab.run("[...document.querySelectorAll('main td a')].find(it => it.textContent === 'campaign=winter').click()")
    tab.until("document.querySelector('h1').textContent === 'campaign=winter'", "the page of the label")
    looked("label")
    tab.wide(1280, 2600)
    tab.settled()
    tab.shoot(SHOTS / "label-whole.png")
    assert tab.said() == []


LONG = (
    "The light at the end of the pier was lit again this evening, after forty years in the dark. "
    "Three generations of keepers came to see it, and the harbour master read out the names of all who had climbed its stairs. "
    "What it needed was a new lens, which a glazier in the next town ground by hand; the story of that is at https://example.com/light. "
    "From tomorrow on it turns each night from dusk to dawn, and whoever sails in from the north will see it from twelve miles away."
)


def test_what_each_target_will_get_is_seen_by_those_who_decide(tab, signed_in, looked, tmp_path):
    caller = tenant("foreseen")
    for name, kind, secret, words in [
        ("brand", "bluesky", {"password": "hush"}, ["identifier=brand.example.com"]),
        ("chirp", "x", {"token": "hush", "refresh_token": "hush"}, ["client_id=ours"]),
        ("blog", "wordpress", {"password": "hush"}, ["site=https://blog.example.com", "user=ann"]),
    ]:
        (tmp_path / "secret.json").write_text(json.dumps(secret))
        caller.galley("connections", "put", name, "--kind", kind, "--secret", str(tmp_path / "secret.json"), *(word for one in words for word in ("--set", one)))
    (tmp_path / "lists.yaml").write_text("terms: [{ term: pier, action: review }]\n")
    caller.galley("admin", "moderation", "put", caller.name, str(tmp_path / "lists.yaml"))
    paint = {"kind": "image.generate", "with": {"prompt": "a lighthouse at the end of a pier", "width": 1536, "height": 640, "preview": False}}
    safe = {"kind": "gate.moderation", "with": {"prompt": "a pier", "images": "{{ paint.image }}", "accept_unjudged": True}}
    targets = [{"kind": "bluesky", "connection": "brand"}, {"kind": "x", "connection": "chirp"}, {"kind": "wordpress", "connection": "blog"}]
    post = {
        "title": "A light in the evening", "summary": "It is lit again.", "body": LONG, "tags": ["Light house", "sea", "evening"],
        "media": [{"asset": "{{ paint.image }}", "alt": "A lighthouse at the end of a pier, lit"}], "canonical_url": "https://example.com/light",
    }
    out = {"kind": "publish", "after": ["safe"], "with": {"targets": targets, "post": post}}
    job = caller.submit({"name": "light", "budget_usd": 0.1, "steps": {"paint": paint, "safe": safe, "out": out}})["id"]
    visitor = Visitor(caller.name, "reviewer")
    visitor.sign_in("reviews")
    review = asked(visitor, job, "safe")
    signed_in(visitor, review)
    for name, page in (("review-foreseen", review), ("job-foreseen", f"jobs/{job}")):
        tab.go(f"{visitor.stack['console_url']}/{page}")
        tab.until("document.querySelectorAll('.previews article').length === 3", "each target")
        tab.run("document.querySelector('#goes').scrollIntoView()")
        told = tab.run("document.querySelector('.previews').innerText")
        for part in ("Bluesky", "of 300 characters", "of 280 characters", "Changed for X", "The text, as HTML", "A lighthouse at the end of a pier, lit"):
            assert part in told, f"{part}: {told}"
        tab.until("[...document.querySelectorAll('.previews img')].every(it => it.complete && it.naturalWidth)", "their pictures")
        looked(name)
        tab.wide(1280, 3200)
        tab.run("scrollTo(0, 0)")
        tab.settled()
        tab.shoot(SHOTS / f"{name}-whole.png")
    assert tab.said() == []


def test_all_sections_are_reached_by_keys_where_there_is_no_room_for_them(tab, signed_in, looked):
    caller = tenant("narrow")
    visitor = Visitor(caller.name, "editor")
    signed_in(visitor, "jobs")
    seen = "[...document.querySelectorAll('.bar nav a')].filter(it => it.checkVisibility()).length"
    tab.wide(1280, 900)
    assert tab.run(seen) == 11
    nav = "document.querySelector('.sections')"
    assert tab.run(f"{nav}.scrollWidth <= {nav}.clientWidth"), "all sections are in view"
    for width in (400, 800, 1100):
        tab.wide(width, 860)
        assert tab.run(seen) == 0
        tab.run("document.querySelector('.folded summary').focus()")
        assert "Jobs" in tab.run("document.activeElement.innerText")
        tab.press("Enter")
        tab.until(f"{seen} === 11", "the menu is open")
        assert tab.run("document.querySelector('.folded [aria-current]').textContent") == "Jobs"
        tab.shoot(SHOTS / f"menu-{width}.png")
        tab.press("Escape")
        tab.until(f"{seen} === 0", "the menu is closed")
        assert tab.run("document.activeElement.localName") == "summary"
    tab.wide(400, 860)
    tab.press("Enter")
    looked("menu")
    tab.wide(400, 860)
    tab.run("document.querySelector('.folded a[href$=connections]').focus()")
    tab.press("Enter")
    tab.until("location.pathname.endsWith('/connections')", "the section")
    assert tab.said() == []
