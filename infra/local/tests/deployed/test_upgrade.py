"""Deploying over what runs, and deleting what was deployed: nothing is lost by either."""

import subprocess
import sys
import threading

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


def versions(world) -> dict[str, int]:
    return {f: int(world.functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]) for f, name in world.stack["functions"].items()}


def test_jobs_in_a_lane_at_a_publication_and_in_a_gate_finish_over_a_deployment(world):
    """There is no window to wait at yet: a publication that is tried again stands in for it."""
    before, jobs, stop = versions(world), [], threading.Event()
    with receiver() as hook:
        hook.first = 503
        target = {"kind": "webhook", "url": hook.url}
        publish = {"kind": "publish", "with": {"assets": "{{ generate.image }}", "target": target}, "after": ["good"]}

        def keep_coming():
            # Some of them are in a gate, some at the receiver, whenever an alias moves.
            while not stop.is_set():
                jobs.append(world.submit(publish=publish))
                stop.wait(2)

        stream = threading.Thread(target=keep_coming)
        stream.start()
        world.until("some are under way", lambda: 2 < len(jobs))
        with world.held():
            waiting = world.submit()
            world.until("it waits in the lane", lambda: world.items(f"JOB#{waiting}").get("STEP#generate", {}).get("state") == "waiting")
            lease = 1 + int(deploy.parameters(places.load())["LeaseSeconds"])
            again = [sys.executable, str(ROOT / "infra/local/stack.py"), "up", "--test", "--set", f"LeaseSeconds={lease}"]
            done = subprocess.run(again, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        stop.set()
        stream.join()
        for job in [waiting, *jobs]:
            world.ends(job, "succeeded")
    after = versions(world)
    assert all(before[f] < after[f] for f in after), "every function has a new version"
    for job in [waiting, *jobs]:
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
        s3.put_object(Bucket=buckets[0], Key=f"kept/{job}/picture", Body=b"bytes")
        sam(world, "delete", "--stack-name", name, "--no-prompts", "--region", emulator.REGION)
        with pytest.raises(cloud.exceptions.ClientError):
            cloud.describe_stacks(StackName=name)
        kept = world.table.get_item(TableName=table, Key={"pk": {"S": f"JOB#{job}"}, "sk": {"S": "META"}})["Item"]
        assert kept["tenant"]["S"] == "kept"
        assert s3.get_object(Bucket=buckets[0], Key=f"kept/{job}/picture")["Body"].read() == b"bytes"
        assert f"{name}-intake" not in {f["FunctionName"] for f in world.functions.list_functions()["Functions"]}
    finally:
        # The emulator takes the text `false` for a yes.
        world.table.update_table(TableName=table, DeletionProtectionEnabled=False)
        world.table.delete_table(TableName=table)
        for bucket in buckets:
            for version in s3.list_object_versions(Bucket=bucket).get("Versions", []):
                s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
            s3.delete_bucket(Bucket=bucket)
