"""Jobs with listeners, half of which come and go: what each costs does not grow with their number."""

import pytest

import bench_streams
import places
from test_budget import no_sweep

FEW, TIMES, MANY, RUNS = 10, 2, 30, 3
WITHIN = 0.05


def quiet(stack, many: int) -> dict:
    """A level at which nothing had to be asked twice: what a busy machine repeats says nothing of the work."""
    for _ in range(4):
        found = bench_streams.level(stack, many)
        assert not found["lost"]
        if not found["gave way"]:
            return found["per job"]
    pytest.fail(f"this machine is too busy for {many} jobs: {dict(found['gave way'])}")


def test_a_job_costs_no_more_calls_among_many_than_among_few(capsys):
    stack = places.load()
    with no_sweep(stack):
        few = [quiet(stack, FEW) for _ in range(TIMES)]
        base = {kind: sum(one[kind] for one in few) / TIMES for kind in bench_streams.COUNTED}
        # How jobs fall into batches differs by some percent from run to run; what grows with their number does so each time.
        for _ in range(RUNS):
            many = quiet(stack, MANY)
            with capsys.disabled():
                print(f"\n  each of {MANY} jobs with listeners; in brackets each of {FEW}")
                for kind in bench_streams.COUNTED:
                    print(f"    {many[kind]:8.2f}  {kind}   [{base[kind]:.2f}]")
            # Fewer are no fault: jobs that come together share a look at the lane, or a batch of the stream.
            off = {kind: many[kind] / base[kind] for kind in bench_streams.COUNTED if many[kind] / base[kind] - 1 > WITHIN}
            if not off:
                return
    pytest.fail(f"more than {WITHIN:.0%} above {FEW} jobs, each time: {off}; {many['by function']}, {[one['by function'] for one in few]}")
