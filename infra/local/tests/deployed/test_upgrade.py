"""Deploying over what runs, and deleting what was deployed: nothing is lost by either."""

import contextlib
import datetime
import json
import os
import shutil
import subprocess
import sys
import threading
import tomllib
import urllib.request

import pytest

import deploy
import emulator
import places
import tools
from conftest import ROOT
from faults import World, receiver


@pytest.fixture(scope="module")
def world():
    return World()


def sam(world, *words: str) -> None:
    env = tools.environment() | emulator.KEYS | {"AWS_ENDPOINT_URL": world.stack["endpoint_url"], "AWS_DEFAULT_REGION": emulator.REGION}
    done = subprocess.run([tools.binary("sam"), *words], cwd=ROOT, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


VERSION = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
NEXT = VERSION[:-1] + ("1" if VERSION[-1] == "0" else "0")


@contextlib.contextmanager
def next_release(folder):
    """The binaries of a release that says another version of itself; afterwards those that were there."""
    binaries = [places.LAMBDA / f / "bootstrap" for f in places.FUNCTIONS]
    for binary in binaries:
        kept = folder / binary.parent.name
        shutil.copy2(binary, kept)
        half = binary.with_suffix(".half")
        # Of the same length, so that everything stays where it was; and a tail that no loader reads.
        half.write_bytes(binary.read_bytes().replace(VERSION.encode(), NEXT.encode()) + b"the next release")
        half.chmod(kept.stat().st_mode)
        os.replace(half, binary)
    try:
        yield
    finally:
        for binary in binaries:
            shutil.move(folder / binary.parent.name, binary)


def deployed(world) -> None:
    done = subprocess.run([sys.executable, str(ROOT / "infra/local/stack.py"), "up", "--test"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def told(world) -> str:
    """The version that the API tells of itself."""
    with urllib.request.urlopen(f"{world.stack['api_url']}/openapi.json", timeout=30) as answer:
        return json.load(answer)["info"]["version"]


def code(world) -> dict[str, str]:
    """What the aliases run, by its hash."""
    return {f: world.functions.get_function_configuration(FunctionName=name, Qualifier="live")["CodeSha256"] for f, name in world.stack["functions"].items()}


def versions(world) -> dict[str, int]:
    return {f: int(world.functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]) for f, name in world.stack["functions"].items()}


def at(seconds: float) -> str:
    """A time that is so far ahead, as windows are told it."""
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)).isoformat(timespec="seconds")


def state_of(world, publication: str) -> str | None:
    """The state of a publication as the command tells it; none while there is none."""
    told = world.run(f"galley publications show {publication} --json", fine=range(10))
    return json.loads(told)["state"] if told else None


def test_jobs_in_a_lane_at_a_window_at_a_publication_and_in_a_gate_finish_over_another_release_and_on_the_way_back(world, tmp_path):
    jobs, waited, stop = [], [], threading.Event()
    windowed = {"kind": "publish", "with": {"assets": "{{ generate.image }}", "target": {"kind": "s3"}, "window": {"at": at(6 * 3600), "any_hour": True}}, "after": ["good"]}
    with receiver() as hook:
        hook.first = 503
        target = {"kind": "webhook", "url": hook.url}
        publish = {"kind": "publish", "with": {"assets": "{{ generate.image }}", "target": target}, "after": ["good"]}

        def keep_coming():
            # Some of them are in a gate, some at the receiver, whenever an alias moves.
            while not stop.is_set():
                jobs.append(world.submit(publish=publish))
                stop.wait(2)

        def over(version: str) -> None:
            """Deploys while a job waits in the lane and one at a window, which opens afterwards."""
            before, ran = versions(world), code(world)
            timed = world.submit(publish=windowed)
            publication = f"{timed}.publish"
            world.until("it waits at a window", lambda: state_of(world, publication) == "scheduled")
            with world.held():
                waiting = world.submit()
                world.until("it waits in the lane", lambda: world.items(f"JOB#{waiting}").get("STEP#generate", {}).get("state") == "waiting")
                deployed(world)
            assert state_of(world, publication) == "scheduled"
            world.run(f"galley publications reschedule {publication} {at(10)}")
            waited.extend([waiting, timed])
            after, runs = versions(world), code(world)
            assert all(before[f] < after[f] for f in after), "every function has a new version"
            assert all(ran[f] != runs[f] for f in runs), "it is another binary"
            assert told(world) == version

        stream = threading.Thread(target=keep_coming)
        stream.start()
        try:
            world.until("some are under way", lambda: 2 < len(jobs))
            assert told(world) == VERSION
            with next_release(tmp_path):
                over(NEXT)
            over(VERSION)
        finally:
            stop.set()
            stream.join()
        for job in [*waited, *jobs]:
            world.ends(job, "succeeded")
    for job in [*waited, *jobs]:
        items = world.items(f"JOB#{job}")
        assert [k for k in items if k.startswith("ATTEMPT#")] == ["ATTEMPT#generate#001"], "rendered once"
        assert items["META"]["run"] == 1
    assert len(set(hook.ids)) == len(jobs) and len(hook.ids) >= 2 * len(jobs), "each was refused once and then published"


def test_a_deleted_stack_leaves_table_and_objects(world):
    name, cloud, s3 = "galley-gone", emulator.client("cloudformation", world.stack["endpoint_url"]), emulator.client("s3", world.stack["endpoint_url"])
    overrides = [f"{k}={v}" for k, v in deploy.parameters(places.load()).items()]
    sam(world, "deploy", "--config-file", str(ROOT / "samconfig.toml"), "--stack-name", name, "--no-progressbar", "--parameter-overrides", *overrides)
    outputs = {o["OutputKey"]: o["OutputValue"] for o in cloud.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]}
    table, buckets = outputs["TableName"], [outputs[f"{b}BucketName"] for b in ("Assets", "Uploads", "Public")]
    try:
        reach = f"AWS_ENDPOINT_URL={world.stack['endpoint_url']} AWS_REGION={emulator.REGION} GALLEY_STACK={name} galley"
        key = world.run(f"{reach} admin tenants add kept").strip()
        assert world.run(f"{reach} ops stuck") == "", "another stack is found by its name"
        document = {"name": "one", "budget_usd": 0.2, "steps": {"generate": {"kind": "image.generate", "with": {"prompt": "a lighthouse", "width": 256, "height": 256}}, "good": {"kind": "gate.quality", "with": {"images": "{{ generate.image }}"}}}}
        job = world.submit_to(outputs["ApiUrl"], key, document)
        for bucket in buckets:
            s3.put_object(Bucket=bucket, Key=f"kept/{job}/picture", Body=b"bytes")
        sam(world, "delete", "--stack-name", name, "--no-prompts", "--region", emulator.REGION)
        with pytest.raises(cloud.exceptions.ClientError):
            cloud.describe_stacks(StackName=name)
        kept = world.table.get_item(TableName=table, Key={"pk": {"S": f"JOB#{job}"}, "sk": {"S": "META"}})["Item"]
        assert kept["tenant"]["S"] == "kept"
        for bucket in buckets:
            assert s3.get_object(Bucket=bucket, Key=f"kept/{job}/picture")["Body"].read() == b"bytes"
        assert f"{name}-intake" not in {f["FunctionName"] for f in world.functions.list_functions()["Functions"]}
        with pytest.raises(world.table.exceptions.ClientError, match="[Dd]eletion ?[Pp]rotection"):
            world.table.delete_table(TableName=table)
    finally:
        # The emulator takes the text `false` for a yes.
        world.table.update_table(TableName=table, DeletionProtectionEnabled=False)
        world.table.delete_table(TableName=table)
        for bucket in buckets:
            for version in s3.list_object_versions(Bucket=bucket).get("Versions", []):
                s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
            s3.delete_bucket(Bucket=bucket)
