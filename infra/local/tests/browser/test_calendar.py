"""The calendar in a real browser: what waits for its window is dragged to another day, or moved by its form."""

import datetime
import json
import time

from callers import tenant
from visitors import Visitor


def wednesday() -> datetime.date:
    """One that is ahead, with its whole week."""
    today = datetime.datetime.now(datetime.UTC).date()
    return today + datetime.timedelta(days=(2 - today.weekday() - 1) % 7 + 1)


def scheduled(caller, day: datetime.date) -> list[dict]:
    """Two publications of one post that wait for noon of that day."""
    safe = {"kind": "gate.moderation", "with": {"prompt": "Tea.", "accept_unjudged": True}}
    targets = [{"kind": "s3", "prefix": "tea"}, {"kind": "feed", "prefix": "tea"}]
    publish = {"targets": targets, "post": {"title": "Tea", "body": "Of the day."}, "window": {"at": f"{day}T12:00:00Z"}}
    steps = {"safe": safe, "announce": {"kind": "publish", "with": publish, "after": ["safe"]}}
    caller.submit({"name": "at-noon", "budget_usd": 0.01, "steps": steps})
    over = time.time() + 60
    while len(found := listed(caller, day)) < 2:
        assert time.time() < over, found
        time.sleep(0.3)
    return found


def listed(caller, day: datetime.date) -> list[dict]:
    until = day + datetime.timedelta(days=7)
    status, _, body = caller.ask("GET", f"/v1/publications?from={day}&to={until}", Authorization=f"Bearer {caller.key}")
    assert status == 200, body
    return json.loads(body)["publications"]


def at(caller, day: datetime.date, target: str) -> str:
    return next(one["opens_at"] for one in listed(caller, day) if one["target"] == target)


DRAG = """(() => {
  const entry = [...document.querySelectorAll('.entry')].find(it => it.textContent.includes('feed'));
  const day = document.querySelector(`[data-day="DAY"]`), carried = new DataTransfer();
  const tell = (where, what) => where.dispatchEvent(new DragEvent(what, { bubbles: true, cancelable: true, dataTransfer: carried }));
  tell(entry, 'dragstart'); tell(day, 'dragover'); tell(day, 'drop');
})()"""


def test_a_publication_is_dragged_to_another_day_and_moved_by_keys(tab, signed_in, looked):
    caller, day = tenant("dated"), wednesday()
    scheduled(caller, day)
    visitor = Visitor(caller.name, "editor")
    page = f"calendar?view=week&from={day}"
    signed_in(visitor, page)
    tab.go(f"{visitor.stack['console_url']}/{page}")
    looked("calendar-week")
    thursday = day + datetime.timedelta(days=1)
    tab.run(DRAG.replace("DAY", str(thursday)))
    tab.until(f"""document.querySelector('[data-day="{thursday}"]').textContent.includes('feed')""", "it is on the other day")
    assert at(caller, day, "feed")[:16] == f"{thursday}T12:00"
    # The same without a mouse: the form of the other one.
    tab.run("(() => { const it = [...document.querySelectorAll('.entry')].find(it => it.textContent.includes('s3')); it.querySelector('summary').click(); it.querySelector('[name=at]').value = '%sT09:30'; it.querySelector('[data-move] button').focus(); })()" % thursday)
    tab.press("Enter")
    tab.until(f"""document.querySelector('[data-day="{thursday}"]').textContent.includes('09:30')""", "it is at its new time")
    assert at(caller, day, "s3")[:16] == f"{thursday}T09:30"
    tab.go(f"{visitor.stack['console_url']}/calendar?view=month&from={day}")
    looked("calendar-month")
    tab.run("document.querySelector('.entry a').click()")
    tab.until("document.querySelector('main').innerText.includes('What the target gets')", "the preview")
    assert "Of the day." in tab.run("document.querySelector('main').innerText")
    looked("calendar-preview")
    assert tab.said() == []
