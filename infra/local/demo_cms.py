"""`make demo-cms`: one post, in the form of each, at a real Directus and a real server of Bluesky's protocol."""

import json
import urllib.parse
import urllib.request

import cms
import demo
import deploy
from say import Problem, line, note, title

PIPELINE = "infra/local/cms/announce-here.yaml"
PROMPT = "a cup of tea on a wooden table in the morning light"


def allowed(servers: list[dict]) -> str:
    """The parameter that lets Galley call them, though they are on this machine and speak plain HTTP."""
    known = deploy.configured("default")["LocalWebhookHosts"]
    return "LocalWebhookHosts=" + ",".join([known, *(server["site"].removeprefix("http://") for server in servers)])


def run(stack: dict, servers: list[dict]) -> None:
    directus, pds = servers
    galley = demo.Galley(stack, demo._key(stack))
    title("Connect an account of each")
    page = f"{directus['site']}/admin/content/articles/{{id}}"
    galley("connections", "put", "here-blog", "--kind", "directus", "--set", f"site={directus['site']}", "--set", f"page={page}", given=json.dumps({"token": directus["token"]}))
    secret = json.dumps({"password": pds["app_password"]})
    galley("connections", "put", "here-brand", "--kind", "bluesky", "--set", f"site={pds['site']}", "--set", f"identifier={pds['who']}", given=secret)

    title("One post, of a picture and words")
    galley("pipelines", "push", PIPELINE)
    text = "**Water first.** Then the leaves, three minutes, and nothing else."
    job = galley.follow(galley.quietly("submit", "announce-here", "--input", f"prompt={PROMPT}", "--input", "title=Morning tea", "--input", f"text={text}").strip())
    if job["state"] != "succeeded":
        raise Problem(f"the job {job['state']}; `python3 infra/local/stack.py logs publish` shows what was said")

    title("What appeared")
    items = _get(f"{directus['site']}/items/articles?limit=-1&sort=-title&fields=*,image.*", directus["token"])["data"]
    for item in items:
        line(f"Directus   {item['title']}: {item['body'][:90]!r}")
        line(f"           picture {item['image']['filename_download']}, {item['image']['description']!r}")
        note(f"{page.replace('{id}', item['id'])}, as {directus['who']} with the password {directus['password']}")
    query = urllib.parse.urlencode({"repo": pds["did"], "collection": "app.bsky.feed.post"})
    address = f"{pds['site']}/xrpc/com.atproto.repo.listRecords?{query}"
    records = _get(address)["records"]
    for record in records:
        line(f"Bluesky    {record['value']['text']!r}")
        for image in record["value"].get("embed", {}).get("images", []):
            line(f"           picture {image['image']['mimeType']}, {image['alt']!r}")
    note(address)
    note("both are still up and empty themselves at the next start; `make down` ends them")


def _get(url: str, token: str = "") -> dict:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
