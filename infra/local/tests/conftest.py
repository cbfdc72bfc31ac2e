"""What the tests of the infrastructure read: the template, the state machine, the runbook."""

import json
import pathlib
import sys

import pytest

LOCAL = pathlib.Path(__file__).resolve().parents[1]
ROOT = LOCAL.parents[1]
sys.path.insert(0, str(LOCAL))

from template import Template


@pytest.fixture(scope="session")
def template():
    return Template(ROOT / "infra" / "template.yaml")


@pytest.fixture(scope="session")
def machine():
    return json.loads((ROOT / "infra" / "pipeline.asl.json").read_text())


@pytest.fixture(scope="session")
def runbook():
    return (ROOT / "infra" / "RUNBOOK.md").read_text()


def states(machine: dict):
    """Every state by name, those inside a Map too."""
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])
