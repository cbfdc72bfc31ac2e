"""A vendor is set up, changed, held and removed by command, and its key is never told."""

import json

import pytest

from faults import World

KEY = "a-key-that-nobody-may-see"


@pytest.fixture(scope="module")
def world():
    return World()


def listed(world) -> dict:
    found = [json.loads(line) for line in world.run("galley admin vendors list --json").splitlines()]
    return {vendor["vendor"]: vendor for vendor in found}


def test_a_vendor_is_set_up_changed_and_removed_and_its_key_is_never_told(world):
    add = f"printf '{KEY}' | galley admin vendors add stability --slots 3 --rate 50/min --key-file - 2>&1"
    said = [world.run(add), world.run(add), world.run("galley admin vendors add stability --slots 2 2>&1")]
    vendor = listed(world)["stability"]
    assert (vendor["slots"], vendor["busy"], vendor["open"], vendor["rate"]) == (2, 0, True, {"starts": 50, "per_s": 60})
    said.append(world.run("galley ops hold stability 'an outage'"))
    assert listed(world)["stability"]["hold"] == "an outage"
    said += [world.run("galley ops resume stability"), world.run("galley admin vendors remove stability 2>&1"), world.run("galley admin vendors remove stability 2>&1")]
    assert "stability" not in listed(world)
    assert "there is no key of stability" in world.run("galley admin vendors add stability --slots 2 2>&1", fine=(1,))
    assert not any(KEY in text for text in said)
