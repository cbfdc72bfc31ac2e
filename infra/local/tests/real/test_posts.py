"""One post of a job at a real Directus and a real server of Bluesky's protocol: there once, then taken down at both."""

import json
import urllib.error
import urllib.parse
import urllib.request

import cms
import emulator
from say import Problem
from view import View, like

PROMPT = "a cup of tea on a wooden table"
TITLE = "Morning tea"


def entries(directus: dict) -> list[dict]:
    query = urllib.parse.urlencode({"filter[title][_eq]": TITLE, "fields": "*,image.*", "limit": -1})
    return cms.ask(cms.operator(directus), "GET", f"/items/articles?{query}")["data"]


def records(pds: dict) -> list[dict]:
    query = urllib.parse.urlencode({"repo": pds["did"], "collection": "app.bsky.feed.post"})
    return cms.ask(pds, "GET", f"/xrpc/com.atproto.repo.listRecords?{query}")["records"]


def blob(pds: dict, cid: str) -> bytes:
    query = urllib.parse.urlencode({"did": pds["did"], "cid": cid})
    try:
        with urllib.request.urlopen(f"{pds['site']}/xrpc/com.atproto.sync.getBlob?{query}", timeout=30) as answer:
            return answer.read()
    except urllib.error.HTTPError as refused:
        assert refused.code in (400, 404), refused
        return b""


def is_kept(directus: dict, path: str) -> bool:
    try:
        return bool(cms.ask(cms.operator(directus), "GET", path))
    except Problem as refused:
        assert "FORBIDDEN" in str(refused), refused
        return False


def counted(world, pds: dict, job: str, record: dict) -> None:
    """Somebody likes it; the reading of the first hour is due now, and says so."""
    step = "announce~bluesky"
    assert world.items(f"JOB#{job}")[f"COUNTS#{step}"]["readings"] == []
    like(pds, record)
    view = View(pds)
    try:
        world.change(f"JOB#{job}", f"COUNTS#{step}", due_at=1)
        emulator.client("lambda", world.stack["endpoint_url"]).invoke(FunctionName=world.stack["functions"]["settle"], Payload=b'{"sweep":true}')
        told = lambda: json.loads(world.run(f"galley publications metrics {job}.{step} --json"))
        [reading] = world.until("the likes are read", lambda: told()["readings"], 30)
    finally:
        view.close()
    assert (reading["after"], reading["counts"], view.asked) == ("1h", {"likes": 1}, ["app.bsky.feed.getPosts"])


def test_a_post_is_at_both_once_is_counted_is_taken_down_at_both_and_its_picture_never_published_again(world, servers, flow, tmp_path):
    directus, pds = servers
    world.run("galley pipelines push infra/local/cms/announce-here.yaml")
    job = world.run(f"galley submit announce-here --input 'prompt={PROMPT}' --input 'title={TITLE}' --input 'text=**Water first.** Then the leaves.'").strip()
    world.ends(job, "succeeded")
    [entry], [record] = entries(directus), records(pds)
    assert (entry["status"], entry["image"]["description"], entry["image"]["type"]) == ("published", PROMPT, "image/png")
    assert "<strong>Water first.</strong>" in entry["body"]
    [image] = record["value"]["embed"]["images"]
    assert image["alt"] == PROMPT
    cid = image["image"]["ref"]["$link"]
    assert len(blob(pds, cid)) == image["image"]["size"]
    # Directus told of what Galley made there: that is nobody's entry.
    [told] = flow(1)
    assert told["change"]["event"] == "articles.items.create" and told["change"]["keys"] == [entry["id"]]
    assert told["told_1"]["data"]["misses"][0]["detail"] == f"Galley itself wrote that into {entry['id']}: it fires no trigger"
    listed = [json.loads(line)["id"] for line in world.run("galley list --json").splitlines()]
    assert listed == [job]

    counted(world, pds, job, record)
    [picture] = world.run(f"galley download {job} --step generate --to {tmp_path}").splitlines()
    known = json.loads(world.run(f"galley get {job} --json"))
    asset = next(one["id"] for one in known["assets"] if one["step"] == "generate")
    taken = json.loads(world.run(f"galley takedown {asset} --reason 'a wrong price' --json"))
    assert taken["state"] == "done" and sorted((place["target"], place["state"]) for place in taken["places"]) == [("bluesky", "gone"), ("directus", "gone")]
    assert (entries(directus), records(pds)) == ([], [])
    assert not is_kept(directus, f"/files/{entry['image']['id']}")
    assert blob(pds, cid) == b""

    # Somebody brings the same bytes.
    again = {
        "name": "brought-back", "budget_usd": 1, "inputs": {"photo": {"type": "image"}},
        "steps": {
            "good": {"kind": "gate.quality", "with": {"images": "{{ inputs.photo }}"}},
            "announce": {
                "kind": "publish", "after": ["good"],
                "with": {
                    "targets": [{"kind": "directus", "connection": "here-blog"}, {"kind": "bluesky", "connection": "here-brand"}],
                    "post": {"title": TITLE, "media": [{"asset": "{{ inputs.photo }}", "alt": PROMPT}]},
                },
            },
        },
    }
    (tmp_path / "again.json").write_text(json.dumps(again))
    second = world.run(f"galley submit {tmp_path}/again.json --input photo=@{picture}").strip()
    refused = world.ends(second, "failed")
    assert refused["reason"].endswith(f"made from, {asset}, which was taken down"), refused
    assert (entries(directus), records(pds)) == ([], [])
