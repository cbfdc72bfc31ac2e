"""Every fault of the runbook, made to happen on the stack: what was done, and how to see that it is mended."""

import contextlib
import decimal
import http.server
import json
import random
import subprocess
import threading
import time
import urllib.request

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

import emulator
import places

LANE = "LANE#gpu"
PICTURE = {"prompt": "a lighthouse", "width": 256, "height": 256, "seed": 7, "preview": False}


def ms() -> int:
    return int(time.time() * 1000)


def _plain(value):
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list) else value


def _stored(value):
    if isinstance(value, float):
        return decimal.Decimal(str(value))
    if isinstance(value, dict):
        return {k: _stored(v) for k, v in value.items()}
    return [_stored(v) for v in value] if isinstance(value, list) else value


class World:
    """The stack that is up, by the operator's own hands."""

    def __init__(self):
        self.stack = places.load()
        client = lambda service: emulator.client(service, self.stack["endpoint_url"])
        self.table, self.sqs, self.functions, self.rules = client("dynamodb"), client("sqs"), client("lambda"), client("events")
        self.env = emulator.KEYS | {"PATH": f"{places.galley().parent}:/usr/bin:/bin", "USER": "ann", "HOME": str(places.home()), "GALLEY_HOME": str(places.home())}
        self.env["GALLEY_KEY"] = self.run(f"galley admin tenants add run{random.randrange(10**9)}").strip()

    def run(self, command: str, fine=(0,)) -> str:
        done = subprocess.run(["bash", "-c", command], env=self.env, cwd=places.ROOT, capture_output=True, text=True, timeout=120)
        assert done.returncode in fine, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    # ---- the table ----

    def items(self, pk: str) -> dict[str, dict]:
        found = self.table.query(TableName=self.stack["table"], KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": pk}}, ConsistentRead=True)
        parse = TypeDeserializer().deserialize
        return {i["sk"]: i for i in ({k: _plain(parse(v)) for k, v in item.items()} for item in found["Items"])}

    def put(self, item: dict) -> None:
        write = TypeSerializer().serialize
        self.table.put_item(TableName=self.stack["table"], Item={k: write(_stored(v)) for k, v in item.items()})

    def change(self, pk: str, sk: str, **fields) -> None:
        self.put(self.items(pk)[sk] | fields)

    def delete(self, pk: str, sk: str) -> None:
        self.table.delete_item(TableName=self.stack["table"], Key={"pk": {"S": pk}, "sk": {"S": sk}})

    def meta(self, job: str) -> dict:
        return self.items(f"JOB#{job}")["META"]

    # ---- jobs ----

    def submit(self, **steps) -> str:
        """One small picture and a gate, as a document of its own."""
        good = {"kind": "gate.quality", "with": {"images": "{{ generate.image }}", "min_width": 64}}
        document = {"name": "one-render", "budget_usd": 0.2, "steps": {"generate": {"kind": "image.generate", "with": PICTURE, "cache": "off"}, "good": good} | steps}
        job = self.submit_to(self.stack["api_url"], self.env["GALLEY_KEY"], document)
        if "publish" in steps:
            # Pipelines name https only; the receiver of a test speaks plain HTTP.
            plan = json.dumps(self.items(f"JOB#{job}")["PLAN"])
            self.put(json.loads(plan.replace("https://127.0.0.1", "http://127.0.0.1")))
        return job

    def submit_to(self, api: str, key: str, document: dict) -> str:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{api}/v1/jobs", json.dumps({"pipeline": document}).encode(), headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["id"]

    def until(self, what: str, true, seconds: float = 90):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := true():
                return found
            time.sleep(0.2)
        raise AssertionError(f"not within {seconds} s: {what}")

    def ends(self, job: str, state: str) -> dict:
        over = ("succeeded", "rejected", "failed", "canceled", "expired")
        self.until(f"{job} ends", lambda: self.meta(job)["state"] in over)
        assert self.meta(job)["state"] == state, self.meta(job)
        return self.meta(job)

    def unstarted(self, **fields) -> str:
        """A job whose execution never was, as intake leaves it when it dies; a copy of one that ran."""
        ran = self.submit()
        self.ends(ran, "succeeded")
        letters = "".join(random.choices("0123456789abcdefghjkmnpqrstvwxyz", k=10))
        job, items = ran[:-10] + letters, self.items(f"JOB#{ran}")
        fresh = {"state": "accepted", "run": 1, "round": 1, "spent": 0, "due_pk": "DUE", "due_at": ms() - 1}
        meta = {k: v for k, v in items["META"].items() if k not in ("ended_at", "reason")} | fresh | {"id": job, "pk": f"JOB#{job}"}
        meta["sk_job"] = meta["sk_job"].replace(ran, job)
        self.put(items["PLAN"] | {"pk": f"JOB#{job}"})
        self.put(self.items(f"LOG#{ran}")["EVENT#00000001"] | {"pk": f"LOG#{job}"})
        self.put(meta | fields)
        return job

    def running(self, **fields) -> str:
        """The same in the midst of its run."""
        return self.unstarted(**{"state": "running", "updated_at": ms() - 400_000} | fields)

    def step(self, job: str, name: str = "generate", **fields) -> None:
        self.put({"pk": f"JOB#{job}", "sk": f"STEP#{name}", "name": name, "round": 1, "state": "running", "attempts": 1} | fields)

    def attempt(self, job: str, slot: str, **fields) -> str:
        """An attempt at a host that does not know it."""
        long_ago, host, id = ms() - 400_000, self.stack["hosts"][0], f"{job}.generate.1"
        work = {
            "attempt": id, "tenant": self.meta(job)["tenant"], "round": 1, "lane": "gpu", "kind": "image.generate",
            "params": {k: v for k, v in PICTURE.items() if k != "preview"}, "inputs": {}, "outputs": {"image": "image/png"}, "last_attempt": 3,
            "enqueued_at": long_ago, "not_before": long_ago, "deadline_at": ms() + 600_000, "stall_s": 60, "traceparent": self.meta(job)["traceparent"],
        }
        record = {"id": id, "state": "running", "work": work, "host": host["id"], "address": host["url"], "slot": slot, "usd_per_slot_second": 400, "started_at": long_ago}
        self.put({"pk": f"JOB#{job}", "sk": "ATTEMPT#generate#001"} | record | fields)
        return id

    # ---- the lane and the queues ----

    def ghost(self, **slot) -> tuple[str, str]:
        """A host that nobody runs, with one slot."""
        name = f"ghost-{random.randrange(10**6)}"
        self.put({"pk": LANE, "sk": f"HOST#{name}", "host": name, "address": "http://127.0.0.1:9", "models": [], "kinds": [], "usd_per_slot_second": 400, "state": "draining", "slots": 1, "until": ms()})
        self.put({"pk": LANE, "sk": f"SLOT#{name}#000", "host": name, "lease_until": 0} | slot)
        return name, f"SLOT#{name}#000"

    def gone(self, name: str) -> None:
        self.delete(LANE, f"HOST#{name}")
        self.delete(LANE, f"SLOT#{name}#000")

    @contextlib.contextmanager
    def held(self):
        """The lane on hold, so that what comes waits."""
        self.run("galley ops hold gpu 'a test holds it'")
        try:
            yield
        finally:
            self.run("galley ops resume gpu")

    @contextlib.contextmanager
    def deaf(self):
        """Nobody reads the dispatch queue."""
        arn = self.sqs.get_queue_attributes(QueueUrl=self.stack["dispatch_queue_url"], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        mapping = self.functions.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"][0]["UUID"]
        self.functions.update_event_source_mapping(UUID=mapping, Enabled=False)
        try:
            yield
        finally:
            self.functions.update_event_source_mapping(UUID=mapping, Enabled=True)

    def letters(self, queue: str) -> int:
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.stack[f"{queue}_dead_letters_url"], AttributeNames=["All"])["Attributes"]
        return sum(int(v) for k, v in attributes.items() if k.startswith("ApproximateNumberOfMessages"))

    def bury(self, queue: str, body: str) -> None:
        self.sqs.send_message(QueueUrl=self.stack[f"{queue}_dead_letters_url"], MessageBody=body)

    @contextlib.contextmanager
    def no_sweep(self):
        """The schedule rests, so that nobody else mends anything."""
        rule = next(r["Name"] for r in self.rules.list_rules()["Rules"] if r.get("ScheduleExpression") == "rate(1 minute)")
        self.rules.disable_rule(Name=rule)
        try:
            yield
        finally:
            self.rules.enable_rule(Name=rule)


@contextlib.contextmanager
def receiver():
    """A webhook's receiver that answers as it is told."""

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            known = self.headers["webhook-id"] in server.ids
            server.ids.append(self.headers["webhook-id"])
            self.send_response(server.status if known or not server.first else server.first)
            self.end_headers()

        def log_message(self, *_):
            pass

    port = 8799
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Receiver)
    server.ids, server.status, server.first, server.url = [], 200, None, f"https://127.0.0.1:{port}/hook"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
