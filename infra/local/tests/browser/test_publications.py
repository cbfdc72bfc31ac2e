"""Publications and accounts in a real browser: what went out is seen and taken back, and an account is lent without being shown."""

import time

from callers import tenant
from visitors import Visitor

PAINT = {"kind": "image.generate", "with": {"prompt": "a lighthouse", "width": 256, "height": 256, "preview": False}}
GOOD = {"kind": "gate.quality", "with": {"images": "{{ paint.image }}", "min_width": 64}}
POST = {"title": "A light", "body": "It is lit.", "media": [{"asset": "{{ paint.image }}", "alt": "A lighthouse"}]}
OUT = {"kind": "publish", "after": ["good"], "with": {"targets": [{"kind": "s3", "prefix": "journal"}], "post": POST}}


def test_what_went_out_is_seen_and_taken_back(tab, signed_in, looked, ask):
    caller = tenant("shown")
    pipeline = {"name": "shown", "budget_usd": 0.1, "labels": {"campaign": "winter"}, "steps": {"paint": PAINT, "good": GOOD, "out": OUT}}
    job, over = caller.submit(pipeline)["id"], time.time() + 90
    while not (seen := ask(caller, "GET", f"/v1/jobs/{job}"))["terminal"]:
        assert time.time() < over, seen
        time.sleep(0.3)
    assert seen["state"] == "succeeded"
    visitor = Visitor(caller.name, "editor")
    signed_in(visitor, "publications")
    tab.go(f"{visitor.stack['console_url']}/publications?label=campaign=winter")
    tab.until("document.querySelector('main').innerText.includes('campaign=winter')", "the sum of its label")
    looked("publications")
    tab.run("[...document.querySelectorAll('main a.button')].find(it => it.textContent === 'Take down').click()")
    tab.until("!!document.querySelector('#why')", "the form that takes back")
    looked("takedown")
    tab.run("(() => { window.confirm = () => true; const why = document.querySelector('#why'); why.value = 'shows a person who did not agree'; why.form.requestSubmit(); })()")
    tab.until("location.pathname.endsWith('/publications') && document.querySelector('main').innerText.includes('shows a person who did not agree')", "the take-down on the page")
    # Publish was asked at once: nobody waits for the sweep, nor loads the page again.
    tab.run("window.untouched = true")
    tab.until("document.querySelector('#takedowns').innerText.includes('1 of 1 places are clear')", "it is gone")
    tab.until("document.querySelector('tbody[data-list]').innerText.includes('taken down')", "its row says so, too")
    assert tab.run("window.untouched") is True
    looked("takedowns")
    assert tab.said() == []


def test_an_account_is_connected_and_its_secret_is_nowhere(tab, signed_in, looked):
    caller = tenant("lender")
    visitor = Visitor(caller.name, "operator")
    signed_in(visitor, "connections")
    tab.go(f"{visitor.stack['console_url']}/connections?kind=bluesky#connect")
    looked("connections-form")
    given = {"name": "brand", "identifier": "brand.example.com", "password": "hush-hush-1"}
    for name, value in given.items():
        tab.run(f"document.querySelector('main form[method=post] [name={name}]').value = '{value}'")
    tab.run("document.querySelector('main form[method=post] button.primary').click()")
    tab.until("location.search === '' && document.querySelector('main').innerText.includes('brand')", "the account")
    looked("connections")
    assert "hush-hush-1" not in tab.run("document.documentElement.outerHTML")
    assert tab.said() == []
