"""After the tests have used the stack: what was logged tells no secret, and what was measured stays few."""

import json
import re

import pytest

import emulator
import places

METRICS_MOST = 60
DIMENSIONS_MOST = 2
NEVER_DIMENSIONS = {"tenant", "job", "model", "version", "attempt", "step", "asset", "host"}


@pytest.fixture(scope="module")
def stack():
    return places.load()


@pytest.fixture(scope="module")
def lines(stack) -> list[tuple[str, str]]:
    """All that functions, API, state machine and hosts logged, each with who logged it."""
    logs, found = emulator.client("logs", stack["endpoint_url"]), []
    for group in (g["logGroupName"] for page in logs.get_paginator("describe_log_groups").paginate() for g in page["logGroups"]):
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
            found += [(group, event["message"]) for event in page["events"]]
    for host in stack["hosts"]:
        with open(host["process"]["log"]) as log:
            found += [(host["id"], line) for line in log]
    return found


@pytest.fixture(scope="module")
def measured(lines) -> list[dict]:
    """The lines in CloudWatch's embedded format."""
    parsed = [json.loads(text) for _, text in lines if '"_aws"' in text]
    return [line for line in parsed if "CloudWatchMetrics" in line.get("_aws", {})]


def items(stack):
    pages = emulator.client("dynamodb", stack["endpoint_url"]).get_paginator("scan").paginate(TableName=stack["table"])
    return (item for page in pages for item in page["Items"])


def texts(value, name: str):
    """Every string under a field of that name, however deep, in DynamoDB's own JSON."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name and isinstance(inner, dict) and "S" in inner:
                yield inner["S"]
            yield from texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, name)


def test_the_whole_run_measured_few_metrics_with_few_dimensions(measured, capsys):
    seen = set()
    for line in measured:
        for directive in line["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                assert len(names) <= DIMENSIONS_MOST, line
                assert not {n.lower() for n in names} & NEVER_DIMENSIONS, line
                values = tuple((name, line[name]) for name in names)
                seen |= {(directive["Namespace"], metric["Name"], values) for metric in directive["Metrics"]}
    with capsys.disabled():
        print(f"\n  {len(seen)} metrics in the whole run (at most {METRICS_MOST})")
    assert seen, "nothing was measured"
    assert len(seen) <= METRICS_MOST


def test_no_dimension_s_value_is_a_tenant_or_a_job(stack, measured):
    known = {v for item in items(stack) for name in ("tenant", "id") for v in texts(item, name)}
    values = {str(line[name]) for line in measured for d in line["_aws"]["CloudWatchMetrics"] for names in d["Dimensions"] for name in names}
    assert not values & known


def test_no_line_tells_a_key_a_token_or_a_prompt(stack, lines):
    secrets = json.loads(open(stack["secrets"]).read())
    tokens = {t for item in items(stack) for t in texts(item, "token") if len(t) > 20}
    prompts = {p for item in items(stack) for p in texts(item, "prompt") if "{{" not in p and len(p) > 5}
    assert tokens and prompts, "the run had no tokens or prompts that a line could tell"
    patterns = [re.compile(p) for p in (r"gk_[a-z0-9-]+_[0-9a-f]{32}", r"jt_[A-Za-z0-9_-]{20,}\.", r"X-Amz-Signature=", r"X-Amz-Security-Token=")]
    for who, text in lines:
        for name, words in (("secret", secrets.values()), ("task token", tokens), ("prompt", prompts)):
            assert not any(word in text for word in words), f"{who} tells a {name}: {text[:300]}"
        for pattern in patterns:
            assert not pattern.search(text), f"{who} tells what matches {pattern.pattern}: {text[:300]}"


def test_every_line_of_a_function_is_json_with_a_level_and_a_time(stack, lines):
    lambdas = re.compile(r"^(START|END|REPORT|INIT_START|INIT_REPORT) ")
    for who, text in lines:
        if not who.startswith("/aws/lambda/") or lambdas.match(text) or not text.strip():
            continue
        line = json.loads(text)
        assert "_aws" in line or {"level", "time", "message"} <= line.keys(), f"{who}: {text[:300]}"
