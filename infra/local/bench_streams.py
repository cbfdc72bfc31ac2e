"""Jobs with listeners, more and more of them until something gives way; and what each job then costs in calls."""

import asyncio
import collections
import json
import math
import statistics
import time

import emulator
import figures
import tools
from crowd import Crowd
from say import line

LEVELS = (10, 20, 40, 80, 120, 160, 200, 300, 400)
TIERS = ("standard", "premium")
# As many items of a tenant wait in a lane; more of them wait in the tenant's line, and cost a call or two more.
IN_LANE = 8
# A sound: its chunks always come, while a preview is only a courtesy of a render that lasts.
PIPELINE = {"name": "streamed", "budget_usd": 0.1, "steps": {"sing": {"kind": "audio.generate", "with": {"prompt": "a boat", "seconds": 3, "seed": 7, "test": {"seconds": 1}}}}}
# These jobs never go to vendors: whatever it does meanwhile is for others, who may be looking for lost work for hours.
NOT_THEIRS = "call"
COUNTED = ("transitions", "invocations", "reads", "writes")


def tenants(stack: dict, many: int) -> dict[str, list[str]]:
    """Keys of new tenants of each tier, so many that none has more work waiting than the lane itself holds."""
    env = emulator.KEYS | {"AWS_ENDPOINT_URL": stack["endpoint_url"], "AWS_REGION": stack["region"], "GALLEY_TABLE": stack["table"], "GALLEY_API": stack["api_url"]}
    add = lambda tier: tools.run([stack["galley"], "admin", "tenants", "add", f"crowd-{tier}-{time.time_ns()}", "--tier", tier], "no tenant could be added", env=env)
    each = math.ceil(many / len(TIERS) / IN_LANE)
    return {tier: [add(tier).strip().splitlines()[-1] for _ in range(each)] for tier in TIERS}


def level(stack: dict, many: int) -> dict:
    """So many jobs and listeners at once: how long it took, what gave way, what was lost, what each job cost."""
    crowd = Crowd(stack["api_url"], tenants(stack, many), PIPELINE)
    since = time.time()
    by_tier = asyncio.run(crowd.gather(many))
    took = time.time() - since
    # What was begun is over within moments: the last $disconnect, the news of the last end.
    time.sleep(3)
    lost = collections.Counter()
    for listener in (one for listeners in by_tier.values() for one in listeners):
        lost += missed(stack, listener)
    runs = theirs(figures.invocations(stack, since))
    return {
        "many": many,
        "seconds": took,
        "first chunk": {tier: sorted(1000 * one.first_chunk for one in listeners if one.first_chunk) for tier, listeners in by_tier.items()},
        "gave way": crowd.gave_way + troubles(runs),
        "lost": lost,
        "per job": costs(stack, since, runs, [one.job for listeners in by_tier.values() for one in listeners]),
    }


def theirs(by_function: dict) -> dict:
    """Without functions that the jobs do not go through."""
    return {function: made for function, made in by_function.items() if function != NOT_THEIRS}


def missed(stack: dict, listener) -> collections.Counter:
    """What a listener did not see, or saw twice, of the log; and whether the job itself went wrong."""
    table, found = emulator.client("dynamodb", stack["endpoint_url"]), collections.Counter()
    log = table.query(TableName=stack["table"], KeyConditionExpression="pk = :log", ExpressionAttributeValues={":log": {"S": f"LOG#{listener.job}"}}, ConsistentRead=True)["Items"]
    numbers = [int(event["sk"]["S"].removeprefix("EVENT#")) for event in log]
    found["events not seen"] = len(set(numbers) - set(listener.seen))
    found["events seen twice, or out of order"] = sum(later <= earlier for earlier, later in zip(listener.seen, listener.seen[1:]))
    job = table.get_item(TableName=stack["table"], Key={"pk": {"S": f"JOB#{listener.job}"}, "sk": {"S": "META"}})["Item"]
    found[f"jobs {job['state']['S']}"] = int(job["state"]["S"] != "succeeded")
    return +found


def troubles(runs: dict[str, list[dict]]) -> collections.Counter:
    """What functions complained of, by function and what it was about."""
    found = collections.Counter()
    for function, own in runs.items():
        for text in (text for run in own for text in run["printed"]):
            if "Task timed out" in text:
                found[f"{function} ran out of its own time"] += 1
            elif '"level":"WARN"' in text or '"level":"ERROR"' in text:
                said = json.loads(text)["message"]
                late = " had no answer in time" if "timeout" in said or "timed out" in said else ""
                # Without the ids that follow, so that the same is counted together.
                found[f"{function}: {' '.join(said.split()[:4])}{late}"] += 1
    return found


def costs(stack: dict, since: float, runs: dict[str, list[dict]], jobs: list[str]) -> dict:
    """Calls for each job, in the mean, by kind; and by function."""
    asked = theirs(figures.requests(stack, since))
    execution = stack["state_machine_arn"].replace(":stateMachine:", ":execution:")
    of = lambda names: {function: sum(one["service"] == "dynamodb" and one["name"] in names for one in made) for function, made in asked.items()}
    by_function = {"invocations": {function: len(own) for function, own in runs.items()}, "reads": of(figures.READS), "writes": of(figures.WRITES)}
    found = {kind: sum(counts.values()) / len(jobs) for kind, counts in by_function.items()}
    found["transitions"] = sum(figures.transitions(stack, f"{execution}:{job}-1") for job in jobs) / len(jobs)
    return found | {"by function": {kind: {function: count / len(jobs) for function, count in counts.items()} for kind, counts in by_function.items()}}


def show(found: dict, first: dict) -> None:
    """A level, beside the first one."""
    line(f"  {found['many']} jobs × {found['many']} listeners in {found['seconds']:.0f} s")
    for tier, taken in found["first chunk"].items():
        if not taken:
            # On a machine so slow that each render was over before its first chunk was told of.
            line(f"    {tier:9} no chunk came before its render was over")
            continue
        line(f"    {tier:9} submit → first chunk   p50 {statistics.median(taken):6.0f} ms   p99 {taken[min(len(taken) - 1, int(0.99 * len(taken)))]:6.0f} ms   {len(taken)} jobs")
    line("    calls for each job: " + ", ".join(f"{found['per job'][kind]:.2f} {kind} ({found['per job'][kind] / first['per job'][kind]:.2f} ×)" for kind in COUNTED))
    for what, times in found["gave way"].most_common(6):
        line(f"    gave way {times:4} ×: {what}")
    for what, times in found["lost"].items():
        line(f"    LOST {times} {what}")


def rise(stack: dict) -> None:
    """More and more, until something gives way."""
    first = None
    for many in LEVELS:
        found = level(stack, many)
        first = first or found
        show(found, first)
        if found["lost"] or found["gave way"]:
            [(what, _)] = (found["lost"] or found["gave way"]).most_common(1)
            after = "" if found["lost"] else "; it was asked again, and nothing was lost"
            line(f"  broke at {many}: {what}{after}")
            return
    line(f"  nothing broke up to {LEVELS[-1]}")
