"""A flow of Directus that tells Galley of each entry that is made or changed, as events/cms/README.md has people set it up."""

import json

import cms

# An event tells the key of what was made, and the keys of what was changed.
SCRIPT = "module.exports = ({ $trigger }) => ({ ...$trigger, keys: $trigger.keys ?? [$trigger.key] });"
BODY = '{ "event": "{{change.event}}", "collection": "{{change.collection}}", "keys": {{change.keys}}, "payload": {{change.payload}}, "entry": {{entry}} }'


def flow(directus: dict, address: str, secret: str, times: int = 1) -> str:
    """Sets the flow up for `articles`, which tells each event so many times; its id."""
    asked = cms.operator(directus)
    options = {"type": "action", "scope": ["items.create", "items.update"], "collections": ["articles"]}
    made = cms.post(asked, "/flows", {"name": "Tell Galley", "icon": "image", "status": "active", "trigger": "event", "accountability": "all", "options": options})["data"]["id"]
    request = {"method": "POST", "url": address, "headers": [{"header": "Authorization", "value": f"Bearer {secret}"}], "body": BODY}
    steps = [
        ("change", "exec", {"code": SCRIPT}),
        ("entry", "item-read", {"collection": "articles", "key": "{{change.keys[0]}}", "permissions": "$full"}),
        *[(f"told_{nth}", "request", request) for nth in range(1, times + 1)],
    ]
    following = None
    for place, (key, kind, given) in reversed(list(enumerate(steps, start=1))):
        step = {"flow": made, "key": key, "name": key, "type": kind, "options": given, "position_x": 18 * place + 1, "position_y": 1, "resolve": following}
        following = cms.post(asked, "/operations", step)["data"]["id"]
    cms.ask(asked, "PATCH", f"/flows/{made}", {"operation": following})
    return made


def runs(directus: dict, flow: str) -> list[dict]:
    """What a flow did, as Directus has it on record: of each run what set it off, and what each step came to."""
    query = f"/revisions?limit=-1&sort=id&fields=data&filter[collection][_eq]=directus_flows&filter[item][_eq]={flow}"
    kept = [revision["data"] for revision in cms.ask(cms.operator(directus), "GET", query)["data"]]
    read = [json.loads(data) if isinstance(data, str) else data for data in kept]
    return [data["data"] for data in read if "data" in data and "$trigger" in data["data"]]


def write(directus: dict, **fields: str) -> str:
    """An entry that somebody writes at Directus; its id."""
    return cms.post(cms.operator(directus), "/items/articles", {"status": "published"} | fields)["data"]["id"]


def read(directus: dict, entry: str) -> dict:
    """An entry, with what is known of its picture."""
    return cms.ask(cms.operator(directus), "GET", f"/items/articles/{entry}?fields=*,image.*")["data"]
