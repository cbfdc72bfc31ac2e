"""What one job costs, counted on the emulator: transitions, invocations, requests, and their price on AWS."""

import json
import math
import re
import time

import calls
import emulator

# us-east-1, on demand, arm64, without the free tier.
PRICES = {
    "transition": 25.00 / 1e6,
    "invocation": 0.20 / 1e6,
    "gb_second": 0.0000133334,
    "write_unit": 0.625 / 1e6,
    "read_unit": 0.125 / 1e6,
    "sqs_request": 0.40 / 1e6,
    "api_request": 1.00 / 1e6,
    "s3_put": 5.00 / 1e6,
    "s3_get": 0.40 / 1e6,
    "log_gb": 0.50,
    # The operator's: ECDSA with a key of KMS, and reading its certificates.
    "signature": 0.15 / 1e4,
    "secret_read": 0.05 / 1e4,
}
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"}
READS = {"GetItem", "BatchGetItem", "Query", "TransactGetItems"}


def transitions(stack: dict, execution: str) -> int:
    """States entered; inside a Map the emulator's history has tasks only."""
    client, entered, scheduled, tasks, token = emulator.client("stepfunctions", stack["endpoint_url"]), 0, 0, 0, {}
    while True:
        page = client.get_execution_history(executionArn=execution, maxResults=1000, **token)
        for event in page["events"]:
            entered += event["type"].endswith("StateEntered")
            tasks += event["type"] == "TaskStateEntered"
            scheduled += event["type"] == "TaskScheduled"
        if not (following := page.get("nextToken")):
            return entered + max(0, scheduled - tasks)
        token = {"nextToken": following}


def invocations(stack: dict, since: float) -> dict[str, list[dict]]:
    """Each function's invocations since then: milliseconds, megabytes, and what it printed."""
    logs, found = emulator.client("logs", stack["endpoint_url"]), {}
    for function, name in stack["functions"].items():
        events, runs = [], []
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{name}", startTime=int(since * 1000)):
            events += page["events"]
        streams: dict[str, list[str]] = {}
        for event in events:
            streams.setdefault(event["logStreamName"], []).append(event["message"])
        for messages in streams.values():
            for message in messages:
                if message.startswith("START RequestId"):
                    runs.append({"printed": [], "ms": 0.0, "mb": 0})
                elif runs and message.startswith("REPORT RequestId"):
                    runs[-1] |= {"ms": float(re.search(r"Duration: ([\d.]+) ms", message)[1]), "mb": int(re.search(r"Memory Size: (\d+)", message)[1])}
                elif runs:
                    runs[-1]["printed"].append(message)
        found[function] = runs
    return found


def requests(stack: dict, since: float) -> dict[str, list[dict]]:
    """Every AWS request that each function made since then."""
    made = {}
    for function in stack["functions"]:
        made[function] = []
        for key in calls.keys_of(stack, function):
            for event in calls.recorded(stack, key):
                if event["EventTime"].timestamp() < since:
                    break
                asked = json.loads(event["CloudTrailEvent"])["requestParameters"] or {}
                made[function].append({"service": event["EventSource"].split(".")[0], "name": event["EventName"], "asked": asked})
    return made


def write_units(stack: dict, request: dict) -> int:
    """What AWS bills a write: a unit for each kilobyte of each item, twice that in a transaction."""
    table = emulator.client("dynamodb", stack["endpoint_url"])
    asked = request["asked"]
    parts = [part for item in asked.get("TransactItems", []) for part in item.values()] or [asked]
    units = 0
    for part in parts:
        item = part.get("Item")
        if item is None:
            item = table.get_item(TableName=stack["table"], Key=part["Key"]).get("Item", {})
        own = max(1, math.ceil(len(json.dumps(item, separators=(",", ":"))) / 1024))
        # A job's META is in both indexes: its new self in one, its old and new key in the other.
        indexes = own + 2 if "tenant_jobs" in item else 0
        units += own * (2 if request["name"] == "TransactWriteItems" else 1) + indexes
    return units


def read_units(stack: dict, request: dict) -> float:
    """What AWS bills a read, asked again now that the job is over: an upper bound, for items only grew."""
    table = emulator.client("dynamodb", stack["endpoint_url"])
    call = {"GetItem": table.get_item, "BatchGetItem": table.batch_get_item, "Query": table.query, "TransactGetItems": table.transact_get_items}[request["name"]]
    answer = call(**request["asked"] | {"ReturnConsumedCapacity": "TOTAL"})
    used = answer.get("ConsumedCapacity")
    if not used:
        # The emulator says nothing where a batch found nothing; AWS bills a unit for each key.
        return sum(len(asked["Keys"]) for asked in request["asked"].get("RequestItems", {}).values())
    return sum(u["CapacityUnits"] for u in used) if isinstance(used, list) else used["CapacityUnits"]


def wait(stack: dict, execution: str, seconds: float = 120) -> str:
    client, until = emulator.client("stepfunctions", stack["endpoint_url"]), time.monotonic() + seconds
    while time.monotonic() < until:
        status = client.describe_execution(executionArn=execution)["status"]
        if status != "RUNNING":
            return status
        time.sleep(0.1)
    return "RUNNING"
