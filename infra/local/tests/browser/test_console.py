"""The console in a real browser: seen while a job runs, at every width, by day and by night, and by axe."""

import pytest

from callers import tenant
from visitors import Visitor, ended

PAINT = {"kind": "image.generate", "with": {"prompt": "{{ inputs.prompt }}", "width": 640, "height": 400, "test": {"seconds": 1}}}
LARGE = {"kind": "image.upscale", "with": {"image": "{{ paint.image }}", "factor": 2}}
GOOD = {"kind": "gate.quality", "with": {"images": "{{ large.image }}"}}
LADDER = {"kind": "image.resize", "with": {"image": "{{ large.image }}", "widths": [320, 640], "formats": ["webp"]}}
PUBLISH = {"kind": "publish", "with": {"assets": "{{ ladder.images }}", "target": {"kind": "s3", "prefix": "kites"}}, "after": ["good"]}
PIPELINE = {
    "name": "kites",
    "labels": {"campaign": "spring"},
    "inputs": {"prompt": {"type": "text", "default": "a red kite over green hills, early light"}},
    "budget_usd": 0.2,
    "steps": {"paint": PAINT, "large": LARGE, "good": GOOD, "ladder": LADDER, "publish": PUBLISH},
}


@pytest.fixture
def caller():
    return tenant("gallery")


def test_a_job_is_seen_while_it_runs_without_loading_the_page_again(tab, signed_in, caller):
    visitor = Visitor(caller.name, "reviewer")
    signed_in(visitor, "jobs")
    job = caller.submit(PIPELINE)["id"]
    tab.go(f"{visitor.stack['console_url']}/jobs/{job}")
    tab.run("window.untouched = true")
    tab.until("/succeeded|rejected/.test(document.querySelector('[data-live=head] .state').textContent)", "the job's end")
    assert tab.run("window.untouched") is True
    assert ended(caller, job)["state"] in tab.run("document.querySelector('[data-live=head]').textContent")
    assert tab.said() == []


def test_every_page_is_beautiful_enough_for_axe_at_every_width(tab, signed_in, looked, caller):
    ended(caller, caller.submit(PIPELINE)["id"])
    job = ended(caller, caller.submit(PIPELINE)["id"])
    caller.galley("pipelines", "push", "infra/pipelines/hero-image.yaml")
    visitor = Visitor(caller.name, "reviewer", "editor", "operator")
    signed_in(visitor, "jobs")
    asset = next(asset["id"] for asset in job["assets"] if asset["step"] == "large")
    pages = {"jobs": "jobs", "job": f"jobs/{job['id']}", "assets": "assets", "asset": f"assets/{asset}", "pipelines": "pipelines", "pipeline": "pipelines/hero-image", "lanes": "lanes", "gates": "gates", "figures": "figures", "audit": "audit", "nothing": "jobs/nothing"}
    for name, page in pages.items():
        tab.go(f"{visitor.stack['console_url']}/{page}")
        looked(name)
    said = [text for text in tab.said() if "404" not in text]
    assert said == [], "the page's policy forbids nothing that it needs"


def test_a_list_is_gone_through_and_opened_by_keys(tab, signed_in, caller):
    for _ in range(2):
        ended(caller, caller.submit(PIPELINE)["id"])
    signed_in(Visitor(caller.name, "reviewer"), "jobs")
    rows = "[...document.querySelectorAll('tbody tr')].findIndex(row => row.getAttribute('aria-current') === 'true')"
    tab.press("j")
    tab.press("j")
    assert tab.run(rows) == 1
    tab.press("k")
    assert tab.run(rows) == 0
    tab.press("?")
    assert tab.run("document.getElementById('keys').open") is True
    tab.press("Escape")
    tab.until("!document.getElementById('keys').open")
    tab.press("/")
    assert tab.run("document.activeElement.id") == "words"
    tab.run("document.activeElement.blur()")
    tab.press("j")
    tab.press("Enter")
    tab.until("/console\\/jobs\\/j/.test(location.pathname)", "the job's page")
