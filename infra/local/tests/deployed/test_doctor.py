"""`galley doctor` on the deployed stack: nothing is bad of a whole one, and what is broken is named with what to do."""

import json
import subprocess

import pytest

import deploy
import emulator
import places
from callers import tenant


@pytest.fixture(scope="module")
def operator():
    return tenant("doctor")


def findings(operator, key: str = "") -> tuple[int, dict[str, list[dict]]]:
    """The exit code, and the findings by check. As a person's shell: the stack is found by its folder."""
    bare = {name: value for name, value in operator.env.items() if not name.startswith(("AWS_", "GALLEY_"))}
    done = subprocess.run(
        [str(places.galley()), "doctor", "--json", "--home", str(places.home()), "--key", key or operator.key],
        cwd=places.ROOT, env=bare, capture_output=True, text=True, timeout=60,
    )
    found: dict[str, list[dict]] = {}
    for finding in map(json.loads, done.stdout.splitlines()):
        found.setdefault(finding["check"], []).append(finding)
    return done.returncode, found


def bad(found: dict[str, list[dict]], check: str) -> dict:
    return next(finding for finding in found[check] if finding["health"] == "bad")


def test_everything_of_a_stack_is_looked_at(operator):
    _, found = findings(operator)
    assert {"api", "version", "key", "console", "clock", "credentials", "stack", "secret endpoint key", "secret signing key", "content credentials", "table", "hosts", "dead letters of dispatch", "quotas", "alarms"} <= set(found)
    for check in ("api", "version", "key", "console", "clock", "credentials", "stack", "secret endpoint key", "secret signing key", "content credentials"):
        assert [finding["health"] for finding in found[check]] == ["good"], found[check]


def test_a_wrong_key_is_told(operator):
    code, found = findings(operator, "gk_doctor_00000000000000000000000000000000")
    assert code == 1 and "tenants rotate" in bad(found, "key")["next"]


def test_a_secret_that_is_gone_is_told(operator):
    ssm = emulator.client("ssm", operator.stack["endpoint_url"])
    name = deploy.parameters(operator.stack)["EndpointKeyName"]
    value = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    ssm.delete_parameter(Name=name)
    try:
        code, found = findings(operator)
    finally:
        ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)
    assert code == 1 and "put-parameter" in bad(found, "secret endpoint key")["next"]


def test_lists_that_do_not_parse_and_an_alarm_that_rings_are_told(operator):
    s3, watch = (emulator.client(service, operator.stack["endpoint_url"]) for service in ("s3", "cloudwatch"))
    place = {"Bucket": operator.stack["buckets"]["assets"], "Key": f"moderation/{operator.name}.json"}
    alarm = "galley-lane-on-hold"
    s3.put_object(**place, Body=b"{")
    watch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
    try:
        code, found = findings(operator)
    finally:
        s3.delete_object(**place)
        watch.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="a test")
    assert code == 1 and operator.name in bad(found, "moderation")["found"]
    assert any(finding["found"] == f"{alarm} rings" for finding in found["alarms"])
