"""What happened goes out of the deployed stack: to the bus, to receivers of every manner, and after every kill."""

import json
import os
import pathlib
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

import jsonschema
import pytest

import deploy
import emulator
import places
import tools
from conftest import ROOT
from receivers import Receiver

SCHEMA = json.loads((ROOT / "events" / "out" / "detail.schema.json").read_text())
RENDER = {
    "name": "one-render",
    "budget_usd": 0.2,
    "steps": {
        "generate": {"kind": "image.generate", "with": {"prompt": "a lighthouse", "width": 256, "height": 256, "seed": 7, "preview": False}, "cache": "off"},
        "good": {"kind": "gate.quality", "with": {"images": "{{ generate.image }}", "min_width": 64}},
    },
}
VERIFY = "import json, sys; from standardwebhooks import Webhook; it = json.load(sys.stdin); Webhook(it['secret']).verify(it['body'], it['headers'])"


@pytest.fixture(scope="module")
def stack():
    return places.load()


class Tenant:
    """A tenant of its own, with its key."""

    def __init__(self, stack, name: str):
        self.stack, self.name = stack, f"{name}-{int(time.time())}"
        self.env = emulator.KEYS | {"AWS_ENDPOINT_URL": stack["endpoint_url"], "AWS_REGION": stack["region"], "GALLEY_TABLE": stack["table"], "GALLEY_API": stack["api_url"], "GALLEY_SIGNING_KEY_NAME": deploy.parameters(stack)["SigningKeyName"], "PATH": os.environ["PATH"]}
        self.key = self.galley("admin", "tenants", "add", self.name).strip().splitlines()[-1]
        self.env["GALLEY_KEY"] = self.key

    def galley(self, *words: str) -> str:
        done = subprocess.run([self.stack["galley"], *words], env=self.env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"galley {' '.join(words)}: {done.stderr}"
        return done.stdout

    def ask(self, method: str, path: str, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.stack["api_url"] + path, data=data, method=method, headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=40) as answer:
            return json.load(answer)

    def submit(self, url: str | None = None, **webhook) -> str:
        body = {"pipeline": RENDER, "inputs": {}} | ({"webhook": {"url": url} | webhook} if url else {})
        return self.ask("POST", "/v1/jobs", body)["id"]

    def delivery(self, job: str) -> dict | None:
        found = [d for d in self.ask("GET", "/v1/deliveries?limit=100")["deliveries"] if d["job"] == job]
        return found[0] if found else None

    def delivered(self, job: str, state: str, seconds: float = 40) -> dict:
        return until(f"the delivery of {job} is {state}", seconds, lambda: (d := self.delivery(job)) and d["state"] == state and d)


@pytest.fixture(scope="module")
def tenant(stack):
    return Tenant(stack, "notify")


@pytest.fixture
def receiver():
    """Makes receivers, and ends them."""
    made = []

    def make(*args, **kwargs) -> Receiver:
        made.append(Receiver(*args, **kwargs))
        return made[-1]

    yield make
    for one in made:
        one.close()


def until(what: str, seconds: float, look):
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        if found := look():
            return found
        time.sleep(0.2)
    pytest.fail(f"{what}: not within {seconds} s")


def verify(secret: str, got: dict) -> bool:
    """Whether the package that a receiver would use takes what it got."""
    told = json.dumps({"secret": secret, "body": got["body"].decode(), "headers": got["headers"]})
    done = subprocess.run([tools.binary("python", "receiver"), "-c", VERIFY], input=told, capture_output=True, text=True)
    assert done.returncode == 0 or "WebhookVerificationError" in done.stderr, done.stderr
    return done.returncode == 0


def sweep(stack) -> None:
    emulator.client("lambda", stack["endpoint_url"]).invoke(FunctionName=stack["functions"]["settle"], Payload=b'{"sweep":true}')


def processes(stack) -> list[int]:
    """The processes that run this stack's notify at this moment."""
    wanted = {f"AWS_LAMBDA_FUNCTION_NAME={stack['functions']['notify']}".encode(), f"AWS_ENDPOINT_URL={stack['endpoint_url']}".encode()}
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                variables = (entry / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if wanted <= set(variables):
                found.append(int(entry.name))
    return found


def kill(stack) -> int:
    pids = processes(stack)
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return len(pids)


def test_an_end_is_told_on_the_bus_as_the_schema_says(stack, tenant):
    events, sqs = emulator.client("events", stack["endpoint_url"]), emulator.client("sqs", stack["endpoint_url"])
    queue = sqs.create_queue(QueueName=f"heard-{tenant.name}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["galley"], "detail-type": ["galley.job.succeeded"], "detail": {"tenant": [tenant.name]}}
    events.put_rule(Name=tenant.name, EventBusName=stack["bus"], EventPattern=json.dumps(pattern))
    events.put_targets(Rule=tenant.name, EventBusName=stack["bus"], Targets=[{"Id": "queue", "Arn": arn}])
    try:
        job = tenant.submit()
        heard = until("the bus tells of it", 40, lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"))
        detail = json.loads(heard[0]["Body"])["detail"]
        jsonschema.validate(detail, SCHEMA)
        assert (detail["job"], detail["type"]) == (job, "job.succeeded") and 0 < detail["cost"]["usd"] and detail["assets"]
        assert "lighthouse" not in heard[0]["Body"], "a prompt went out"
    finally:
        events.remove_targets(Rule=tenant.name, EventBusName=stack["bus"], Ids=["queue"])
        events.delete_rule(Name=tenant.name, EventBusName=stack["bus"])
        sqs.delete_queue(QueueUrl=queue)


def test_the_samples_are_as_the_schema_says():
    for sample in sorted((ROOT / "events" / "out").glob("*.json")):
        told = json.loads(sample.read_text())
        if not sample.name.endswith(".schema.json"):
            jsonschema.validate(told.get("detail") or told["data"], SCHEMA)


def test_receivers_that_are_down_slow_broken_redirecting_or_gone_hold_nobody_else(stack, tenant, receiver):
    good, slow = receiver(8798), receiver(8794, takes_s=11)
    broken = receiver(8797, lambda nth: (500, {}) if nth < 3 else (200, {}))
    moved = receiver(8796, lambda nth: (302, {"location": good.url}))
    gone = receiver(8795, lambda nth: (410, {}))
    down = "http://127.0.0.1:8793/hook"
    jobs = {name: tenant.submit(url) for name, url in [("slow", slow.url), ("broken", broken.url), ("moved", moved.url), ("gone", gone.url), ("down", down), ("good", good.url)]}
    until("the slow one was asked", 60, lambda: slow.of(jobs["slow"]))
    asked = time.monotonic()
    assert tenant.delivered(jobs["good"], "delivered", 30)["tries"] == 1
    assert tenant.delivered(jobs["broken"], "delivered", 30)["tries"] == 3
    assert time.monotonic() - asked < 30
    ids = {g["headers"]["webhook-id"] for g in broken.of(jobs["broken"])}
    bodies = {g["body"] for g in broken.of(jobs["broken"])}
    assert len(ids) == len(bodies) == 1, "every try is the same notice"
    assert tenant.delivered(jobs["gone"], "dead")["error"] == "it answered 410: it wants nothing more"
    assert tenant.ask("GET", f"/v1/jobs/{jobs['gone']}")["webhook"]["gone"] is True
    waiting = until("the redirecting one was asked again", 30, lambda: (d := tenant.delivery(jobs["moved"])) and 2 <= d["tries"] and d)
    assert waiting["error"] == "it answered 302, a redirect, which is not followed"
    assert not good.of(jobs["moved"]), "a redirect was followed"
    late = until("the slow one is tried again", 40, lambda: (d := tenant.delivery(jobs["slow"])) and d["tries"] and d)
    assert late["error"] == "no answer within 10s"
    up = receiver(8793)
    assert tenant.delivered(jobs["down"], "delivered", 90)["tries"] > 1
    assert len(up.of(jobs["down"])) == 1


def test_dead_deliveries_are_listed_and_sent_again_by_one_call(tenant, receiver):
    state = {"gone": True}
    own = receiver(8795, lambda nth: (410, {}) if state["gone"] else (204, {}))
    tenant.galley("webhook", "put", own.url, "--event", "job.*")
    jobs = [tenant.submit() for _ in range(2)]
    tenant.delivered(jobs[0], "dead")
    assert json.loads(tenant.galley("webhook", "show", "--json"))["gone"] is True
    state["gone"] = False
    assert "410" not in tenant.galley("webhook", "put", own.url, "--event", "job.*")
    listed = [json.loads(line) for line in tenant.galley("deliveries", "list", "--state", "dead", "--json").splitlines()]
    assert jobs[0] in [d["job"] for d in listed]
    tenant.galley("deliveries", "retry", "--dead")
    tenant.delivered(jobs[0], "delivered")
    assert [json.loads(g["body"])["type"] for g in own.of(jobs[0])] == ["job.succeeded"] * 2
    tenant.galley("webhook", "delete")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        tenant.ask("GET", "/v1/webhook")


def test_the_published_package_verifies_what_is_sent_before_during_and_after_a_rotation(tenant, receiver):
    good = receiver(8798)

    def sent() -> dict:
        job = tenant.submit(good.url)
        return until("it arrives", 40, lambda: good.of(job))[0]

    (first,) = tenant.galley("webhook", "secret").split()
    assert verify(first, sent())
    new, old = tenant.galley("webhook", "rotate", "--overlap", "60").split()
    both = sent()
    assert old == first and verify(new, both) and verify(old, both)
    assert len(both["headers"]["webhook-signature"].split()) == 2
    assert tenant.galley("admin", "tenants", "secret", tenant.name).strip() == new
    (only,) = tenant.galley("webhook", "rotate", "--overlap", "0").split()
    last = sent()
    assert verify(only, last) and not verify(new, last) and not verify(old, last)


def test_a_listener_gets_what_a_webhook_would_get_signed_the_same(tenant, receiver):
    local = receiver(8792)
    command = [tenant.stack["galley"], "listen", "--forward", local.url, "--event", "job.*", "--count", "1"]
    listening = subprocess.Popen(command, env=tenant.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert "listening" in listening.stderr.readline()
        job = tenant.submit()
        told, _ = listening.communicate(timeout=60)
    finally:
        listening.kill()
    assert job in told and "job.succeeded" in told and "204" in told
    secrets = tenant.galley("webhook", "secret").split()
    assert any(verify(secret, local.of(job)[0]) for secret in secrets)


def test_an_end_is_delivered_after_a_kill_in_the_midst_of_its_post(stack, tenant, receiver):
    slow = receiver(8794, takes_s=5)
    job = tenant.submit(slow.url)
    until("it is being posted", 60, lambda: slow.of(job))
    assert kill(stack)
    slow.takes_s = 0
    time.sleep(1)
    assert tenant.delivery(job)["state"] == "pending"
    until("it is posted again", 120, lambda: sweep(stack) or 2 <= len(slow.of(job)))
    tenant.delivered(job, "delivered")
    assert len({g["headers"]["webhook-id"] for g in slow.of(job)}) == 1


def test_every_end_is_delivered_however_often_notify_is_killed(stack, tenant, receiver):
    good, over, kills = receiver(8798), threading.Event(), [0]

    def murder() -> None:
        while not over.wait(0.15):
            kills[0] += kill(stack)

    murderer = threading.Thread(target=murder)
    murderer.start()
    try:
        jobs = [tenant.submit(good.url) for _ in range(6)]
        for job in jobs:
            until(f"{job} ends", 60, lambda: tenant.ask("GET", f"/v1/jobs/{job}")["terminal"])
        time.sleep(2)
    finally:
        over.set()
        murderer.join()
    assert kills[0], "nobody was killed"
    for job in jobs:
        until(f"the end of {job} arrives", 150, lambda: sweep(stack) or good.of(job))
        assert json.loads(good.of(job)[0]["body"])["type"] == "job.succeeded"
        tenant.delivered(job, "delivered", 90)
    # What was received too often lies there; the sweep sent it all the same.
    emulator.client("sqs", stack["endpoint_url"]).purge_queue(QueueUrl=stack["notify_dead_letters_url"])
