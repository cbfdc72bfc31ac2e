"""A vendor is set up, changed, held and removed by command, and its key is never told."""

import json

import pytest

from faults import World

KEY = "a-key-that-nobody-may-see"
# No scenario calls it: what waits in its lane, or is busy there, would be theirs.
VENDOR = "runway"


@pytest.fixture(scope="module")
def world():
    return World()


def listed(world) -> dict:
    found = [json.loads(line) for line in world.run("galley admin vendors list --json").splitlines()]
    return {vendor["vendor"]: vendor for vendor in found}


def test_a_vendor_is_set_up_changed_and_removed_and_its_key_is_never_told(world):
    add = f"printf '{KEY}' | galley admin vendors add {VENDOR} --slots 3 --rate 50/min --key-file - 2>&1"
    said = [world.run(add), world.run(add), world.run(f"galley admin vendors add {VENDOR} --slots 2 2>&1")]
    vendor = listed(world)[VENDOR]
    assert (vendor["slots"], vendor["busy"], vendor["open"], vendor["rate"]) == (2, 0, True, {"starts": 50, "per_s": 60})
    said.append(world.run(f"galley ops hold {VENDOR} 'an outage'"))
    assert listed(world)[VENDOR]["hold"] == "an outage"
    said += [world.run(f"galley ops resume {VENDOR}"), world.run(f"galley admin vendors remove {VENDOR} 2>&1"), world.run(f"galley admin vendors remove {VENDOR} 2>&1")]
    assert VENDOR not in listed(world)
    assert f"there is no key of {VENDOR}" in world.run(f"galley admin vendors add {VENDOR} --slots 2 2>&1", fine=(1,))
    assert not any(KEY in text for text in said)
