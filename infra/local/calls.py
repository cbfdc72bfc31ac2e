"""What each function called, as the emulator recorded it on a stack that is up for tests.

The emulator signs a function's calls with a key that it derives from the function's and its role's ARN, and notes the
key of every call. A transaction is noted as one call; AWS authorizes each of its items as the single-item action.
"""

import hashlib
import json

import emulator

PAGE = 50
ITEM_ACTIONS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem", "Get": "GetItem"}
# IAM's names where they are not the API's.
IAM_NAMES = {"HeadObject": "GetObject", "ListObjectsV2": "ListBucket", "ListObjects": "ListBucket", "HeadBucket": "ListBucket", "Invoke": "InvokeFunction"}


def keys_of(stack: dict, function: str) -> list[str]:
    """The access keys that a function's calls carry: one for each name that it is called by, so for alias and versions."""
    client, name = emulator.client("lambda", stack["endpoint_url"]), stack["functions"][function]
    configuration = client.get_function_configuration(FunctionName=name)
    versions = [v["Version"] for page in client.get_paginator("list_versions_by_function").paginate(FunctionName=name) for v in page["Versions"]]
    arn, role = configuration["FunctionArn"], configuration["Role"]
    digests = [hashlib.sha256(f"{called}:{role}".encode()).hexdigest() for called in (arn, f"{arn}:live", *(f"{arn}:{v}" for v in versions))]
    return [f"ASIA{digest[:16].upper()}" for digest in digests]


def recorded(stack: dict, key: str, before: float | None = None, name: str | None = None):
    """Every call with that key, newest first."""
    trail = emulator.client("cloudtrail", stack["endpoint_url"])
    wanted = [{"AttributeKey": "AccessKeyId", "AttributeValue": key}] + ([{"AttributeKey": "EventName", "AttributeValue": name}] if name else [])
    seen: set[str] = set()
    while True:
        page = trail.lookup_events(LookupAttributes=wanted, MaxResults=PAGE, **({"EndTime": before} if before else {}))["Events"]
        fresh = [e for e in page if e["EventId"] not in seen]
        yield from fresh
        seen |= {e["EventId"] for e in fresh}
        # The emulator gives no token for the next page: the oldest time of this one stands in for it.
        if len(page) < PAGE or not fresh:
            return
        before = page[-1]["EventTime"].timestamp()


def actions(event: dict) -> set[str]:
    """The IAM actions that a recorded call needs."""
    service, name = event["EventSource"].removesuffix(".amazonaws.com"), event["EventName"]
    if name in ("TransactWriteItems", "TransactGetItems"):
        asked = json.loads(event["CloudTrailEvent"])["requestParameters"] or {}
        return {f"dynamodb:{ITEM_ACTIONS[part]}" for item in asked.get("TransactItems", []) for part in item}
    if name == "POST.s3":
        # What deletes many objects at once, by their versions; the emulator has no name for it.
        return {"s3:DeleteObject", "s3:DeleteObjectVersion"}
    if name == "POST.cloudfront":
        # The only thing that functions ask CloudFront for; the emulator has no name for it either.
        return {"cloudfront:CreateInvalidation"}
    return {f"{service}:{IAM_NAMES.get(name, name)}"}


def used(stack: dict, function: str) -> set[str]:
    """Every action that a function used since the stack came up."""
    return {action for key in keys_of(stack, function) for event in recorded(stack, key) for action in actions(event)}
