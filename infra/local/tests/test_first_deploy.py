"""infra/DEPLOY.md says what the template says."""

import re

from conftest import ROOT
from test_bill import BESIDE, BUDGET

TEXT = (ROOT / "infra" / "DEPLOY.md").read_text()


def section(title: str) -> str:
    return re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", TEXT, re.M | re.S)[1]


def test_every_parameter_is_explained_with_its_default(template):
    told = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", section("Parameters"), re.M))
    assert set(told) == set(template.whole["Parameters"])
    for name, parameter in template.whole["Parameters"].items():
        default = str(parameter.get("Default", ""))
        assert told[name].strip().strip("`") == (default or "empty"), name


def test_every_kind_of_resource_is_told(template):
    told = set(re.findall(r"`(AWS::[\w:]+)`", section("What is created")))
    assert told == {resource["Type"] for resource in template.resources.values()}


def test_the_idle_bill_is_the_one_that_a_test_holds():
    told = section("What it costs idle")
    assert f"at most ${BUDGET:.2f} a month" in told
    for dollars in BESIDE.values():
        assert f"${dollars:.2f}" in told


def test_the_readme_leads_here():
    assert "infra/DEPLOY.md" in (ROOT / "README.md").read_text()
