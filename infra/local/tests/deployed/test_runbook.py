"""Each section of the runbook against the fault it mends: the fault is caused, the section's commands are run as they
stand, and the world afterwards is looked at."""

import datetime
import json
import re

import pytest

from conftest import ROOT
from faults import LANE, World, ms, receiver

TEXT = (ROOT / "infra" / "RUNBOOK.md").read_text()
SECTIONS = {name: body for name, body in re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", TEXT, re.M | re.S)}
# What tells by its exit code what it saw, instead of whether it worked.
TELLING = {"galley ops stuck": (0, 1), "galley watch": (0, 1, 2)}


def commands(section: str, **places: str) -> list[str]:
    found = [line[2:] for block in re.findall(r"```console\n(.*?)```", SECTIONS[section], re.S) for line in block.splitlines() if line.startswith("$ ")]
    for name, value in places.items():
        found = [re.sub(rf"\b{name}\b", value, command) for command in found]
    return found


@pytest.fixture(scope="module")
def world():
    world = World()
    with world.no_sweep():
        yield world


def follow(world, section: str, **places: str) -> str:
    """Runs a section's commands; returns all that they said."""
    said = ""
    for command in commands(section, **places):
        assert not re.search(r"\b(JOB|ATTEMPT|HOST|QUEUE|VENDOR)\b", command), f"{command} has a place that the test does not fill"
        fine = next((codes for begin, codes in TELLING.items() if command.startswith(begin)), (0,))
        said += world.run(command, fine)
    return said


def test_every_section_is_followed_here():
    followed = {name.removeprefix("test_mends_") for name in globals() if name.startswith("test_mends_")}
    assert followed == set(SECTIONS)
    for name in SECTIONS:
        assert commands(name), f"{name} has no command"


def test_mends_job_not_started(world):
    job = world.unstarted()
    assert f"job_not_started         {job}" in re.sub("\x1b[^m]*m", "", follow(world, "job_not_started", JOB=job))
    assert world.ends(job, "succeeded")["run"] == 1


def test_mends_attempt_without_lease(world):
    job = world.running(due_at=ms())
    attempt = world.attempt(job, "SLOT#nowhere#000")
    world.step(job, token=f"nobody-waits-{job}", deadline_at=ms() + 600_000, started_at=ms())
    assert attempt in follow(world, "attempt_without_lease", JOB=job)
    assert world.items(f"JOB#{job}")["ATTEMPT#generate#001"]["state"] == "lost"
    world.until("a second attempt succeeds", lambda: world.items(f"JOB#{job}").get("ATTEMPT#generate#002", {}).get("state") == "succeeded")
    over(world, job)


def test_mends_lease_without_report(world):
    job = world.running(due_at=ms() + 600_000)
    host, slot = world.ghost(attempt=f"{job}.generate.1", lease_until=ms() - 1)
    world.attempt(job, slot)
    world.step(job, token=f"nobody-waits-{job}", deadline_at=ms() + 600_000, started_at=ms())
    assert "lease over" in follow(world, "lease_without_report", JOB=job)
    assert not world.items(LANE)[slot].get("attempt")
    world.until("another host renders it", lambda: world.items(f"JOB#{job}").get("ATTEMPT#generate#002", {}).get("state") == "succeeded")
    world.gone(host)
    over(world, job)


def test_mends_token_without_callback(world):
    world.run("galley ops hold gpu 'no host is free'")
    try:
        job = waiting(world)
        world.change(f"JOB#{job}", "STEP#generate", deadline_at=ms() - 1)
        world.change(f"JOB#{job}", "META", due_at=ms() - 1)
        said = follow(world, "token_without_callback", JOB=job)
        assert "token_without_callback" in said and "expired" in said
    finally:
        world.run("galley ops resume gpu")
    assert world.ends(job, "succeeded")["run"] == 2


def test_mends_callback_without_token(world):
    job = world.running(round=2, due_at=ms() + 100_000)
    world.step(job, state="succeeded")
    message = {"job": job, "run": 1, "round": 2, "wave": 0, "item": 0, "token": "nobody-waits", "traceparent": world.meta(job)["traceparent"], "event": 1}
    world.bury("dispatch", json.dumps(message))
    said = follow(world, "callback_without_token", JOB=job)
    assert "callback_without_token" in said and f"job={job}" in said and "nobody-waits" not in said
    assert world.letters("dispatch") == 0
    over(world, job)


def test_mends_unknown_past_bound(world):
    with world.held():
        job = waiting(world)
        waits = next(i for i in world.items(LANE).values() if job in i["sk"])
        world.delete(LANE, waits["sk"])
        host, slot = world.ghost(attempt=f"{job}.generate.1", lease_until=ms() + 600_000)
        attempt = world.attempt(job, slot, state="outcome_unknown", work=waits["work"], host=host)
        world.change(f"JOB#{job}", "STEP#generate", state="running")
        world.change(f"JOB#{job}", "META", due_at=ms())
        assert "unknown_past_bound" in follow(world, "unknown_past_bound", JOB=job, ATTEMPT=attempt)
    meta, items = world.ends(job, "succeeded"), world.items(f"JOB#{job}")
    refused, done = items["ATTEMPT#generate#001"], items["ATTEMPT#generate#002"]
    assert (refused["state"], refused["usd"]) == ("refused", 0)
    assert (refused["resolved"]["by"], refused["resolved"]["why"]) == ("ann", "the host was wiped")
    assert meta["spent"] == done["usd"], "nothing is booked for it"
    before = world.items(f"JOB#{job}")
    world.run(f"galley ops resolve {attempt} --as unpaid --why 'the host was wiped'")
    world.run(f"galley ops resolve {attempt} --as paid --why 'on the bill' --yes", fine=(1,))
    assert world.items(f"JOB#{job}") == before, "the same word twice, and another word, change nothing"
    world.gone(host)


def test_mends_review_overdue(world):
    with world.held():
        job = waiting(world)
        review = {"id": f"{job}.good.1", "tenant": "nobodys", "pipeline": "hero-image", "run": 1, "wave": 3, "state": "open", "version": 1, "subjects": [], "verdict": {}, "rules": {}, "opened_at": 0, "expires_at": ms() - 1, "tenant_jobs": "nobodys#reviews", "sk_job": f"{job}.good.1"}
        world.put({"pk": f"JOB#{job}", "sk": "REVIEW#good#000001"} | review)
        assert "review_overdue" in follow(world, "review_overdue", JOB=job)
        world.ends(job, "canceled")


def test_mends_publication_overdue(world):
    with world.held():
        job = waiting(world)
        long_ago = ms() - 901_000
        record = {"step": "publish", "target": "s3", "asset": f"{job}.generate.1.0", "sha256": "00", "state": "started", "tries": 1, "started_at": long_ago, "updated_at": long_ago}
        world.put({"pk": f"JOB#{job}", "sk": f"PUBLICATION#publish#{record['asset']}"} | record)
        assert "publication_overdue" in follow(world, "publication_overdue", JOB=job)
        world.delete(f"JOB#{job}", f"PUBLICATION#publish#{record['asset']}")
    assert world.ends(job, "succeeded")["run"] == 2


def test_mends_dead_delivery(world):
    with receiver() as hook:
        hook.status = 403
        target = {"kind": "webhook", "url": hook.url}
        job = world.submit(publish={"kind": "publish", "with": {"assets": "{{ generate.image }}", "target": target}, "after": ["good"]})
        world.ends(job, "failed")
        hook.status = 200
        world.run(f"galley webhook put {hook.url}")
        assert "the receiver answered 403" in follow(world, "dead_delivery", JOB=job)
        assert world.ends(job, "succeeded")["run"] == 2
    assert len(hook.ids) == 2 and len(set(hook.ids)) == 1, "a receiver can tell a repetition"
    assert [k for k in world.items(f"JOB#{job}") if k.startswith("ATTEMPT")] == ["ATTEMPT#generate#001"], "nothing is rendered twice"


def test_mends_dead_letter(world):
    with world.deaf():
        job = world.submit()
        taken = world.until("the message waits", lambda: world.sqs.receive_message(QueueUrl=world.stack["dispatch_queue_url"], WaitTimeSeconds=1).get("Messages"))
        for message in taken:
            world.bury("dispatch", message["Body"])
            world.sqs.delete_message(QueueUrl=world.stack["dispatch_queue_url"], ReceiptHandle=message["ReceiptHandle"])
    world.bury("event", json.dumps({"sweep": True}))
    world.bury("notify", json.dumps({"tenant": "acme", "delivery": f"{job}.00000099", "tries": 0}))
    secrets = [json.loads(m["Body"])["token"] for m in taken if "token" in m["Body"]]
    said = follow(world, "dead_letter", JOB=job)
    assert f"job={job}" in said and "sweep=true" in said and f"delivery={job}.00000099" in said
    assert secrets and not any(secret in said for secret in secrets)
    assert [world.letters(queue) for queue in ("dispatch", "notify", "event")] == [0, 0, 0]
    world.ends(job, "succeeded")


def test_news_that_the_stream_lost_goes_out_after_all(world):
    with receiver() as hook:
        world.run(f"galley webhook put {hook.url.replace('https', 'http')}")
        job = world.submit()
        world.ends(job, "succeeded")
        tenant = world.meta(job)["tenant"]
        posted = lambda: [k for k, d in world.items(f"DELIVERIES#{tenant}").items() if k.startswith(job) and d["state"] == "delivered"]
        [delivery] = world.until("its end is posted", posted)
        world.delete(f"DELIVERIES#{tenant}", delivery)
        now = datetime.datetime.now(datetime.UTC).isoformat()
        world.bury("event", json.dumps({"DDBStreamBatchInfo": {"batchSize": 1, "approximateArrivalOfFirstRecord": now, "approximateArrivalOfLastRecord": now}}))
        world.run("galley ops dlq redrive event --yes")
        assert world.letters("event") == 0
        assert world.until("it is posted again", posted) == [delivery]
        assert hook.ids.count(delivery) == 2, "its receiver can tell"
        world.run("galley webhook delete")


def test_mends_lane_on_hold(world):
    world.run("galley ops hold gpu 'driver update'")
    job = waiting(world)
    assert "lane_on_hold" in world.run("galley ops stuck", fine=(1,))
    assert "driver update" in follow(world, "lane_on_hold")
    world.ends(job, "succeeded")


def test_mends_lane_behind(world):
    world.run("galley ops hold gpu 'driver update'")
    job = waiting(world)
    [place] = world.until("it is in the lane", lambda: [sk for sk in world.items(LANE) if sk.startswith("WAIT#") and job in sk])
    item = world.items(LANE)[place]
    world.change(LANE, place, work=item["work"] | {"enqueued_at": ms() - 1_900_000})
    assert "1 items wait, the oldest for 19" in world.run("galley ops stuck", fine=(1,))
    # The hold goes without a word to anybody: it is the section's sweep that hands out what waits.
    world.delete(LANE, "HOLD")
    follow(world, "lane_behind")
    world.ends(job, "succeeded")


def test_mends_circuit_open(world):
    host = world.stack["hosts"][0]["id"]
    slot = next(sk for sk in world.items(LANE) if sk.startswith(f"SLOT#{host}#"))
    world.change(LANE, slot, failures=3, failed_at=ms())
    said = follow(world, "circuit_open", HOST=host, VENDOR="fal")
    assert "quarantined" in said and f"galley ops trust {host}" in said
    assert world.items(LANE)[slot].get("failures", 0) == 0


def test_mends_contract_drift(world):
    drifted = {"vendor": "fal", "field": "images[0].url", "found": "null", "count": 2, "attempt": "j01hfrx2d00a1b2c3d4e5f6g7h8.generate.1", "at": ms()}
    world.put({"pk": "DRIFT", "sk": "fal#images[0].url"} | drifted)
    assert "contract_drift" in world.run("galley ops stuck", fine=(1,))
    said = follow(world, "contract_drift", VENDOR="fal")
    assert "images[0].url" in said and "null" in said
    assert not world.items("DRIFT")


def test_mends_pass_rate_off(world):
    place, series = {"tenant": "acme", "policy": "brand"}, "made by fal/flux"
    off = {"day": datetime.datetime.now(datetime.UTC).date().isoformat(), "detail": f"{series}: 10 of 20 passed today", "expires_at": ms() // 1000 + 3600}
    world.put({"pk": "GATES#OFF", "sk": f"acme#brand#{series}"} | place | off)
    world.put({"pk": "GATES", "sk": "acme#brand", "due_pk": "GATES", "due_at": ms(), "off": [series]} | place)
    assert "10 of 20 passed today" in follow(world, "pass_rate_off")
    assert not world.items("GATES#OFF")


def test_mends_takedown_overdue(world):
    asked = ms() - 3_600_000
    job = "j01hf7yat0041040g2081040g21"
    place = {"job": job, "step": "publish", "target": "bluesky", "state": "failed", "detail": "no answer", "tries": 3, "at": asked}
    record = {"id": "tkd_runbook", "tenant": "acme", "asset": f"{job}.generate.1.0", "sha256": "00", "reason": "a test", "by": "acme", "state": "working"}
    record |= {"places": [place], "blocked": 1, "rev": 1, "looks": 9, "asked_at": asked, "updated_at": asked, "due_pk": "PUBLISHED", "due_at": ms()}
    key = {"pk": "TAKEDOWNS#acme", "sk": "tkd_runbook"}
    world.put(key | record)
    assert f"{job}.generate.1.0 is still at bluesky" in follow(world, "takedown_overdue")
    world.until("publish looked at it", lambda: world.items("TAKEDOWNS#acme")["tkd_runbook"]["looks"] != 9)


def test_a_lane_is_drained_once_nothing_runs(world):
    job = world.submit()
    world.until("it is rendered", lambda: world.items(f"JOB#{job}").get("ATTEMPT#generate#001"))
    try:
        assert "nothing runs" in world.run("galley ops drain gpu 'new hosts' --timeout 60")
        late = waiting(world)
    finally:
        world.run("galley ops resume gpu")
    world.ends(job, "succeeded")
    world.ends(late, "succeeded")


def waiting(world) -> str:
    """A job whose execution waits for a slot of a lane on hold."""
    job = world.submit()
    world.until("the step waits", lambda: world.items(f"JOB#{job}").get("STEP#generate", {}).get("state") == "waiting")
    world.change(f"JOB#{job}", "META", due_at=ms())
    return job


def over(world, job: str) -> None:
    """Leaves nothing behind of a job that has no execution."""
    world.run(f"galley cancel {job}")
    world.change(f"JOB#{job}", "META", due_at=ms())
    world.run("galley ops sweep")
    world.ends(job, "canceled")
