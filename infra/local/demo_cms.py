"""`make demo-cms`: at a real Directus and a real server of Bluesky's protocol, a post appears, an entry gets its picture, and a post is taken down."""

import json
import time
import urllib.parse

import cms
import demo
import inbound
from say import Problem, doing, line, note, paint, title

PIPELINES = ("infra/local/cms/announce-here.yaml", "infra/local/cms/entry-here.yaml")
TRIGGER = "infra/local/cms/entry-here-trigger.yaml"
TEA = {"prompt": "a cup of tea on a wooden table in the morning light", "title": "Morning tea", "text": "**Water first.** Then the leaves, three minutes, and nothing else."}
WRONG = {"prompt": "a red teapot with a label", "title": "A teapot for one cent", "text": "Today only."}
ENTRY = {"title": "Where the red kites are in March", "summary": "Along the river, above the old mill."}


def run(stack: dict, servers: list[dict]) -> None:
    began = time.monotonic()
    directus, pds = servers
    galley = demo.Galley(stack, demo._key(stack))
    title("Connect an account of each")
    page = f"{directus['site']}/admin/content/articles/{{id}}"
    galley("connections", "put", "here-blog", "--kind", "directus", "--set", f"site={directus['site']}", "--set", f"page={page}", given=json.dumps({"token": directus["token"]}))
    secret = json.dumps({"password": pds["app_password"]})
    galley("connections", "put", "here-brand", "--kind", "bluesky", "--set", f"site={pds['site']}", "--set", f"identifier={pds['who']}", given=secret)
    for pipeline in PIPELINES:
        galley("pipelines", "push", pipeline)

    title("1. One post, of a picture and words, at both")
    _announce(galley, TEA)
    for item in _entries(directus, TEA["title"]):
        line(f"Directus   {item['title']}: {item['body'][:90]!r}")
        line(f"           picture {item['image']['filename_download']}, {item['image']['description']!r}")
        note(page.replace("{id}", item["id"]))
    for record in _records(pds):
        line(f"Bluesky    {record['value']['text']!r}")
        for image in record["value"].get("embed", {}).get("images", []):
            line(f"           picture {image['image']['mimeType']}, {image['alt']!r}")
    note(_list(pds))

    title("2. Somebody writes an entry at Directus, and it gets a picture")
    _told(galley, stack, directus)
    entry = inbound.write(directus, **ENTRY)
    line(f"Directus   {ENTRY['title']!r} is written, without a picture; its flow tells Galley")
    galley.follow(_until("a flow of Directus told Galley", lambda: _jobs_told(directus, entry))[0])
    image = inbound.read(directus, entry)["image"]
    if not image:
        raise Problem("the entry got no picture; `python3 infra/local/stack.py logs publish` shows what was said")
    line(f"Directus   picture {image['filename_download']}, {image['description']!r}")
    ours = _until("its flow told of our change, too", lambda: [run for run in _runs(directus, entry) if run["change"]["payload"] == {"image": image["id"]}])
    line(f"           {ours[0]['told_1']['data']['misses'][0]['detail']}")
    note(page.replace("{id}", entry))

    title("3. What should not have been published is taken down at both")
    job = _announce(galley, WRONG)
    asset = next(one["id"] for one in job["assets"] if one["step"] == "generate")
    galley("takedown", asset, "--reason", "the price is wrong")
    left = len(_entries(directus, WRONG["title"])), sum(WRONG["text"] in record["value"]["text"] for record in _records(pds))
    line(f"left of it: {left[0]} at Directus, {left[1]} at Bluesky's server")

    title("Try it by hand")
    line(f"Write an entry at {directus['site']}/admin/content/articles/+ with a title, and save it: a few seconds later it has a picture.")
    note(f"sign in as {directus['who']} with the password {directus['password']}")
    line("`target/local/galley list` shows the job; give the entry another title, and it gets another picture.")
    note(f"the flow: {directus['site']}/admin/settings/flows; what it said and heard is in its log")
    note("both servers and the stack are still up; the servers are empty again at their next start; `make down` ends them")
    line(paint("2", f"{time.monotonic() - began:.1f} s"))


def _announce(galley: demo.Galley, inputs: dict) -> dict:
    given = [word for name, text in inputs.items() for word in ("--input", f"{name}={text}")]
    job = galley.follow(galley.quietly("submit", "announce-here", *given).strip())
    if job["state"] != "succeeded":
        raise Problem(f"the job {job['state']}; `python3 infra/local/stack.py logs publish` shows what was said")
    return job


def _told(galley: demo.Galley, stack: dict, directus: dict) -> None:
    """The trigger, and a flow that tells it; in place of one that may tell a stack of yesterday."""
    hook = json.loads(galley.quietly("triggers", "put", TRIGGER, "--json"))
    secret = hook.get("secret") or json.loads(galley.quietly("triggers", "secret", hook["name"], "--json"))["secret"]
    with doing("Set up a flow at Directus that tells of entries"):
        for old in _flows(directus):
            cms.ask(cms.operator(directus), "DELETE", f"/flows/{old}")
        inbound.flow(directus, stack["api_url"] + hook["url"], secret)


def _flows(directus: dict) -> list[str]:
    return [flow["id"] for flow in cms.ask(cms.operator(directus), "GET", "/flows?limit=-1")["data"]]


def _runs(directus: dict, entry: str) -> list[dict]:
    runs = [run for flow in _flows(directus) for run in inbound.runs(directus, flow)]
    return [run for run in runs if entry in run["change"]["keys"]]


def _jobs_told(directus: dict, entry: str) -> list[str]:
    jobs = [run["told_1"]["data"]["job"] for run in _runs(directus, entry) if isinstance(run.get("told_1"), dict)]
    return [job for job in jobs if job]


def _until(what: str, look) -> list:
    with doing(f"Wait until {what}"):
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if found := look():
                return found
            time.sleep(0.2)
        raise Problem(f"not within 20 s: {what}; its log is in Directus' settings, under Flows")


def _entries(directus: dict, named: str) -> list[dict]:
    query = urllib.parse.urlencode({"filter[title][_eq]": named, "fields": "*,image.*", "limit": -1})
    return cms.ask(directus, "GET", f"/items/articles?{query}")["data"]


def _list(pds: dict) -> str:
    return f"{pds['site']}/xrpc/com.atproto.repo.listRecords?{urllib.parse.urlencode({'repo': pds['did'], 'collection': 'app.bsky.feed.post'})}"


def _records(pds: dict) -> list[dict]:
    return cms.ask(pds, "GET", _list(pds).removeprefix(pds["site"]))["records"]
