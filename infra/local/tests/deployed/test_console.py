"""The console on the deployed stack: signed in by the emulator's own user pool, it shows and takes down."""

import hashlib
import json
import struct
import time
import urllib.request
import zlib

import emulator
from callers import tenant
from visitors import Visitor, asked, ended

PAINT = {"kind": "image.generate", "with": {"prompt": "a red boat", "width": 128, "height": 128}}
GOOD = {"kind": "gate.quality", "with": {"images": "{{ paint.image }}"}}
OUT = {"kind": "publish", "after": ["good"], "with": {"assets": "{{ paint.image }}", "target": {"kind": "s3"}}}
PIPELINE = {"name": "boat", "budget_usd": 0.1, "steps": {"paint": PAINT, "good": GOOD}}


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# A PNG of 128 × 128 in one colour.
SQUARE = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", 128, 128, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(128 * (b"\0" + 128 * b"\x20\x80\xc0"))) + chunk(b"IEND", b"")


def test_somebody_signs_in_sees_a_job_downloads_its_picture_takes_it_down_and_signs_out():
    caller = tenant("console")
    job = ended(caller, caller.submit(PIPELINE | {"steps": PIPELINE["steps"] | {"out": OUT}})["id"])
    asset = job["assets"][0]["id"]
    visitor = Visitor(caller.name, "editor", "brand")
    listed = visitor.sign_in("jobs?state=succeeded")
    assert listed.status == 200 and f"/console/jobs/{job['id']}" in listed.body and listed.url.endswith("/console/jobs?state=succeeded")
    assert "default-src 'none'" in listed.headers["content-security-policy"]
    for page in (f"jobs/{job['id']}", "assets?words=boat", f"assets/{asset}", "pipelines", "lanes", "figures"):
        assert visitor.get(page).status == 200, page
    assert visitor.get(f"assets/{asset}/file").headers["content-type"] == "image/png"

    form = visitor.get(f"assets/{asset}").fields() | {"reason": "a test asked for it"}
    assert "It was" not in visitor.get(f"jobs/{job['id']}").body
    assert visitor.post(f"assets/{asset}/erase", form | {"csrf": "forged"}).status == 400
    assert visitor.post(f"assets/{asset}/erase", form).status == 200
    until = time.monotonic() + 90
    while "Download" in visitor.get(f"assets/{asset}").body:
        assert time.monotonic() < until, "the sweep never took it down"
        time.sleep(1)
    assert visitor.get(f"assets/{asset}/file").status == 409

    gone = visitor.post("signout", {"csrf": form["csrf"]})
    assert gone.status == 200 and "/logout?client_id=" in gone.headers["refresh"]
    assert "/oauth2/authorize" in visitor.get("jobs").url


def test_another_tenant_s_person_and_one_without_a_role_see_nothing():
    caller = tenant("console")
    job = ended(caller, caller.submit(PIPELINE)["id"])
    other = Visitor(tenant("other").name, "reviewer", "editor", "operator")
    assert other.sign_in(f"jobs/{job['id']}").status == 404
    assert other.get(f"assets/{job['assets'][0]['id']}/file").status == 404
    assert job["id"] not in other.get("jobs").body
    nobody = Visitor(caller.name, "brand")
    refused = nobody.sign_in("jobs")
    assert refused.status == 403 and "none of the roles" in refused.body


def in_review(tmp_path) -> tuple:
    """A job that waits for a reviewer: its caller, the job, the reviewer, and the page of the review."""
    caller = tenant("console")
    (tmp_path / "lists.yaml").write_text("terms: [{ term: knife, action: review }]\n")
    caller.galley("admin", "moderation", "put", caller.name, str(tmp_path / "lists.yaml"))
    safe = {"kind": "gate.moderation", "with": {"prompt": "a knife", "images": "{{ paint.image }}", "accept_unjudged": True}}
    job = caller.submit({"name": "knife", "budget_usd": 0.1, "steps": {"paint": PAINT, "safe": safe}})["id"]
    visitor = Visitor(caller.name, "reviewer")
    visitor.sign_in("reviews")
    return caller, job, visitor, asked(visitor, job, "safe")


def test_a_reviewer_claims_approves_takes_it_back_and_rejects(tmp_path):
    caller, job, visitor, review = in_review(tmp_path)
    csrf = {"csrf": visitor.get(review).fields()["csrf"]}
    assert visitor.post(f"{review}/claim", csrf).status == 200
    assert "Let it go" in visitor.get(review).body
    decided = visitor.post(f"{review}/decide", csrf | {"decision": "approve", "note": "it is for a kitchen"})
    assert decided.status == 200 and f"done={job}" in decided.url
    assert visitor.post(f"{review}/undo", csrf).status == 200
    assert visitor.post(f"{review}/decide", csrf | {"decision": "reject"}).status == 200
    assert ended(caller, job)["state"] == "rejected"
    assert visitor.post(f"{review}/undo", csrf).status == 409
    assert "rejected" in visitor.get("reviews?over=1").body


def test_a_reviewer_s_own_file_takes_the_picture_s_place(tmp_path):
    caller, job, visitor, review = in_review(tmp_path)
    csrf = {"csrf": visitor.get(review).fields()["csrf"]}
    put = json.loads(visitor.post(f"{review}/upload", csrf | {"media_type": "image/png", "bytes": str(len(SQUARE))}).body)
    with urllib.request.urlopen(urllib.request.Request(put["url"], SQUARE, put["headers"], method="PUT"), timeout=30) as answer:
        assert answer.status == 200
    decided = visitor.post(f"{review}/decide", csrf | {"decision": "edit", "upload": put["upload"]})
    assert decided.status == 200 and f"done={job}" in decided.url
    over = ended(caller, job)
    assert over["state"] == "succeeded"
    assert hashlib.sha256(SQUARE).hexdigest() in [asset["sha256"] for asset in over["assets"]]


def test_an_editor_cancels_a_job_and_an_operator_tries_it_again():
    caller = tenant("console")
    slow = PAINT | {"with": PAINT["with"] | {"test": {"seconds": 4}}}
    job = caller.submit({"name": "slow", "budget_usd": 0.1, "steps": {"paint": slow, "good": GOOD}})["id"]
    editor, operator = Visitor(caller.name, "editor"), Visitor(caller.name, "operator")
    form = editor.sign_in(f"jobs/{job}").fields()
    assert form["run"] == "1"
    canceled = editor.post(f"jobs/{job}/cancel", form)
    assert canceled.status == 200 and canceled.url.endswith(f"/console/jobs/{job}")
    assert ended(caller, job)["state"] == "canceled"
    form = operator.sign_in(f"jobs/{job}").fields()
    for _ in range(2):
        assert operator.post(f"jobs/{job}/retry", form).status == 200
    over = ended(caller, job)
    assert (over["state"], over["run"]) == ("succeeded", 2)
    assert "/retry" not in operator.get(f"jobs/{job}").body
    # Somebody clicks a button of a page that is long out of date.
    assert operator.post(f"jobs/{job}/cancel", form).status == 200
    assert ended(caller, job)["state"] == "succeeded"


def test_an_operator_lends_an_account_tries_it_and_takes_it_back():
    caller = tenant("console")
    operator = Visitor(caller.name, "operator")
    form = operator.sign_in("connections?kind=bluesky").fields()
    # Nobody listens there.
    given = {"csrf": form["csrf"], "kind": "bluesky", "name": "brand", "identifier": "brand.example.com", "site": "http://127.0.0.1:8814", "password": "hush-hush-1"}
    put = operator.post("connections", given)
    assert put.status == 200 and put.url.endswith("/console/connections") and "brand" in put.body
    tried = operator.post("connections/brand/test", form)
    assert tried.status == 200 and "<b>brand</b> opens" in tried.body, tried.body
    lent = emulator.client("ssm", operator.stack["endpoint_url"])
    names = lambda: [one["Name"] for one in lent.describe_parameters(ParameterFilters=[{"Key": "Name", "Option": "Contains", "Values": [caller.name]}])["Parameters"]]
    [name] = names()
    assert name.endswith(f"/{caller.name}/brand")
    assert operator.post("connections/brand/remove", form).status == 200
    assert names() == []
    assert "hush" not in put.body + tried.body
