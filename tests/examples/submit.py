#!/usr/bin/env python3
"""Submits a job, follows it and downloads what it made, with the standard library alone.

GALLEY_API and GALLEY_KEY say where and who; files land in the current folder.
"""

import hashlib
import json
import os
import pathlib
import sys
import urllib.error
import urllib.request
import uuid

API, KEY = os.environ["GALLEY_API"], os.environ["GALLEY_KEY"]


def call(method: str, path: str, body: dict | None = None, **headers: str) -> dict:
    """One request. A refusal is a problem document: it says what was wrong, where, and what to do."""
    data = json.dumps(body).encode() if body is not None else None
    headers |= {"Authorization": f"Bearer {KEY}"} | ({"Content-Type": "application/json"} if data else {})
    request = urllib.request.Request(API + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=40) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        problem = json.load(refused)
        places = [f"\n  {place.get('pointer') or place.get('header') or place.get('parameter')}: {place['detail']}" for place in problem.get("errors", [])]
        raise SystemExit(f"{problem['title']}: {problem['detail']}{''.join(places)}\n{problem['next']}") from None


def submit(prompt: str) -> dict:
    """The key makes it safe to repeat: however often this is sent, it is one job."""
    request = {"pipeline": "hero-image", "inputs": {"prompt": prompt}}
    return call("POST", "/v1/jobs", request, **{"Idempotency-Key": str(uuid.uuid4())})


def follow(job: str):
    """Every event until the end. Each answer is held until something happens, at most 20 seconds."""
    seen, terminal = 0, False
    while not terminal:
        page = call("GET", f"/v1/jobs/{job}/events?after={seen}", Prefer="wait=20")
        yield from page["events"]
        seen = page["events"][-1]["n"] if page["events"] else seen
        terminal = page["terminal"] and seen == page["last"]


def download(asset: dict) -> pathlib.Path:
    """An asset's `url` is good for some minutes and needs no key; its hash is on record."""
    with urllib.request.urlopen(call("GET", f"/v1/assets/{asset['id']}")["url"], timeout=60) as answer:
        content = answer.read()
    assert hashlib.sha256(content).hexdigest() == asset["sha256"]
    path = pathlib.Path(f"{asset['id']}.{asset['media_type'].split('/')[1]}")
    path.write_bytes(content)
    return path


def main() -> int:
    job = submit(" ".join(sys.argv[1:]) or "a red kite over hills")
    print("submitted", job["id"])
    for event in follow(job["id"]):
        print(" ", event["type"], event.get("step", ""))
    job = call("GET", f"/v1/jobs/{job['id']}")
    for asset in job["assets"]:
        if asset["step"] == "ladder":
            print("downloaded", download(asset))
    print(job["state"], job.get("reason", ""))
    return 0 if job["state"] == "succeeded" else 1


if __name__ == "__main__":
    sys.exit(main())
