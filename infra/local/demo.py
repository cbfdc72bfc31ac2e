"""`make demo`: three jobs from their three beginnings to their published assets."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request

import emulator
import places
from say import Problem, doing, line, note, paint, title

TENANT = "demo"
PROMPT = "a lighthouse on a cliff at dusk, warm light over a calm sea"
PHOTO = places.ROOT / "events" / "photos" / "coffee.jpg"
ENTRY = places.ROOT / "events" / "cms-entry-published.json"


def run(stack: dict) -> None:
    began = time.monotonic()
    title("Prepare: a tenant, two pipelines, two triggers")
    key = _key(stack)
    galley = Galley(stack, key)
    for pipeline in ("hero-image", "product-photo"):
        galley("pipelines", "push", f"infra/pipelines/{pipeline}.yaml")
    galley("admin", "tenants", "sources", TENANT, "cms.example")
    for trigger in sorted((places.INFRA / "pipelines" / "triggers").glob("product-photo-*.yaml")):
        galley("triggers", "put", str(trigger.relative_to(places.ROOT)))

    jobs = []
    title("1. A prompt, over HTTP, becomes a hero picture in a ladder of sizes")
    note(PROMPT)
    submitted = galley.quietly("submit", "hero-image", "--input", f"prompt={PROMPT}")
    jobs.append(galley.follow(submitted.strip()))

    title("2. A photograph, uploaded to S3, becomes a product picture")
    since = galley.newest("product-photo")
    galley("upload", str(PHOTO.relative_to(places.ROOT)), "--trigger", "product-photo-upload")
    jobs.append(galley.follow(galley.started("product-photo", since)))

    title("3. The same, because a content management system published an entry")
    since = galley.newest("product-photo")
    _publish_entry(stack, galley)
    jobs.append(galley.follow(galley.started("product-photo", since)))

    _summary(jobs, time.monotonic() - began, bool(stack.get("doubles")))
    if not all(job["state"] == "succeeded" for job in jobs):
        raise Problem("not every job succeeded; `python3 infra/local/stack.py logs FUNCTION` shows what a function said")


class Galley:
    """The command, pointed at the local stack."""

    def __init__(self, stack: dict, key: str):
        self.stack, self.key = stack, key
        self.env = os.environ | emulator.KEYS | {"GALLEY_API": stack["api_url"], "GALLEY_KEY": key, "GALLEY_TABLE": stack["table"], "AWS_ENDPOINT_URL": stack["endpoint_url"], "AWS_REGION": stack["region"]}

    def __call__(self, *words: str, may_fail: bool = False, given: str = "") -> int:
        line(paint("2", "$ galley " + " ".join(f"'{w}'" if " " in w else w for w in words)))
        code = subprocess.run([str(places.galley()), *words], cwd=places.ROOT, env=self.env, input=given or None, text=True).returncode
        if code and not may_fail:
            raise Problem(f"`galley {' '.join(words)}` ended with {code}")
        return code

    def quietly(self, *words: str) -> str:
        line(paint("2", "$ galley " + " ".join(f"'{w}'" if " " in w else w for w in words)))
        done = subprocess.run([str(places.galley()), *words], cwd=places.ROOT, env=self.env, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            raise Problem(f"`galley {' '.join(words)}` ended with {done.returncode}")
        return done.stdout

    def get(self, path: str) -> dict:
        request = urllib.request.Request(self.stack["api_url"] + path, headers={"Authorization": f"Bearer {self.key}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def newest(self, pipeline: str) -> str | None:
        jobs = self.get(f"/v1/jobs?pipeline={pipeline}&limit=1")["jobs"]
        return jobs[0]["id"] if jobs else None

    def started(self, pipeline: str, since: str | None) -> str:
        """The job that a trigger began after the one we knew."""
        with doing("Wait for the trigger's job"):
            until = time.monotonic() + 20
            while time.monotonic() < until:
                if (job := self.newest(pipeline)) and job != since:
                    return job
                time.sleep(0.2)
            raise Problem("the trigger made no job within 20 s; see `python3 infra/local/stack.py logs intake`")

    def follow(self, job: str) -> dict:
        self("watch", job, may_fail=True)
        return self.get(f"/v1/jobs/{job}")


def _key(stack: dict) -> str:
    """The demo tenant's key: made once per stack, kept in the ignored folder, where the command finds it too."""
    path = places.home() / "key"
    if path.exists() and _accepted(stack, path.read_text().strip()):
        return path.read_text().strip()
    galley = Galley(stack, "")
    words = ("admin", "tenants", "add", TENANT)
    try:
        key = galley.quietly(*words).strip().splitlines()[-1]
    except Problem:
        key = galley.quietly("admin", "tenants", "rotate", TENANT).strip().splitlines()[-1]
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(key + "\n")
    return key


def _accepted(stack: dict, key: str) -> bool:
    try:
        Galley(stack, key).get("/v1/jobs?limit=1")
    except urllib.error.HTTPError:
        return False
    return True


def _publish_entry(stack: dict, galley: Galley) -> None:
    """What a content management system sends, with the photograph it names put where the entry says."""
    event = json.loads(ENTRY.read_text())
    upload = galley.quietly("upload", str(PHOTO.relative_to(places.ROOT))).strip()
    entry = event["detail"]["entry"]
    entry |= {"photo": f"uploads/{TENANT}/{upload}", "revision": f"coffee-cup-{int(time.time())}"}
    events = emulator.client("events", stack["endpoint_url"])
    line(paint("2", f"$ aws events put-events   # {event['source']} {event['detail-type']} on bus {stack['bus']}"))
    sent = events.put_events(Entries=[{"Source": event["source"], "DetailType": event["detail-type"], "EventBusName": stack["bus"], "Detail": json.dumps(event["detail"])}])
    if sent["FailedEntryCount"]:
        raise Problem(f"EventBridge refused the event: {sent['Entries']}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _summary(jobs: list[dict], seconds: float, doubles: bool) -> None:
    title("What came of it")
    for job in jobs:
        colour = "32" if job["state"] == "succeeded" else "31"
        line(f"{paint(colour, job['state'])}  {job['pipeline']}  {job['id']}  ${job['cost']['usd']:.6f}  {_count(job['cost']['attempts'], 'attempt')}")
        for publication in job["publications"]:
            line(f"    {publication.get('location') or publication['state']}")
    line()
    line(f"{len(jobs)} jobs, ${sum(job['cost']['usd'] for job in jobs):.6f}, {seconds:.1f} s")
    if doubles:
        note("vendors are doubles here, and nothing is bought: `target/local/galley submit infra/pipelines/four-vendors.yaml --input subject='a tin of tea' --watch`")
    note("the stack is still up: `target/local/galley list` shows the jobs, `make down` ends it")
