"""What the stack's template promises and the code keeps, or the other way round."""

import re
from pathlib import Path

import pytest
import yaml

from galley_endpoint import host, renders, server
from galley_endpoint.settings import Settings

from .conftest import KEY, ROOT


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions."""


def _function(loader: _Loader, suffix: str, node: yaml.Node) -> dict:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    return {suffix: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _function)


@pytest.fixture(scope="module")
def resources() -> dict:
    return {
        name: r.get("Properties", {})
        for name, r in yaml.load((ROOT / "template.yaml").read_text(), _Loader)["Resources"].items()
    }


def test_a_drain_ends_before_the_container_is_killed(resources: dict):
    stop = resources["Task"]["ContainerDefinitions"][0]["StopTimeout"]
    assert stop == 120
    drain_s = Settings.from_env({"GALLEY_ENDPOINT_KEY": KEY}).drain_s
    assert drain_s + renders.GRACE_S + server.REPORTS_S + host.LAST_WORD_S < stop
    user_data = resources["LaunchTemplate"]["LaunchTemplateData"]["UserData"]["Fn::Base64"]["Sub"]
    assert "ECS_CONTAINER_STOP_TIMEOUT=120s" in user_data


def test_every_variable_that_the_template_sets_is_one_that_the_code_reads(resources: dict):
    container = resources["Task"]["ContainerDefinitions"][0]
    names = [one["Name"] for one in container["Environment"] + container["Secrets"]]
    code = "".join(path.read_text() for path in (ROOT / "galley_endpoint").rglob("*.py"))
    assert [name for name in names if f'"{name}"' not in code] == []
    assert "GALLEY_TEST_FAULTS" not in names


def test_no_host_has_a_public_address_and_only_galley_may_call(resources: dict):
    assert resources["Service"]["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] == "DISABLED"
    assert (
        resources["LaunchTemplate"]["LaunchTemplateData"]["NetworkInterfaces"][0]["AssociatePublicIpAddress"] is False
    )
    ingress = resources["HostSecurityGroup"]["SecurityGroupIngress"]
    assert [rule["SourceSecurityGroupId"] for rule in ingress] == [{"Ref": "SourceSecurityGroupId"}]
    assert "SecurityGroupIngress" not in resources["InstanceSecurityGroup"]


def test_instances_answer_for_their_identity_by_token_only(resources: dict):
    assert resources["LaunchTemplate"]["LaunchTemplateData"]["MetadataOptions"]["HttpTokens"] == "required"


def test_pinned_packages_are_pinned_exactly():
    for name in ("requirements.txt", "requirements-test.txt", "requirements-diffusers.txt"):
        for line in (ROOT / name).read_text().splitlines():
            assert re.fullmatch(r"|#.*|-r requirements\.txt|[A-Za-z0-9_.-]+==[0-9][0-9A-Za-z.]*", line), line


def test_hosts_follow_what_galley_says_of_its_lane_and_the_first_one_comes_for_whatever_waits(resources: dict):
    metrics = resources["ScalingPolicy"]["TargetTrackingScalingPolicyConfiguration"]["CustomizedMetricSpecification"]
    named = {m["Id"]: m["MetricStat"]["Metric"]["MetricName"] for m in metrics["Metrics"] if "MetricStat" in m}
    assert named == {"wanted": "LaneSlotsWanted", "slots": "LaneSlots"}
    sweep = (ROOT.parent.parent / "functions" / "settle" / "src" / "edge.rs").read_text()
    assert all(f'"{name}"' in sweep for name in named.values())
    alarm = resources["FirstHostWanted"]
    assert alarm["AlarmActions"] == [{"Ref": "FirstHost"}]
    assert alarm["TreatMissingData"] == "notBreaching"
    step = resources["FirstHost"]["StepScalingPolicyConfiguration"]
    assert (step["AdjustmentType"], step["StepAdjustments"][0]["ScalingAdjustment"]) == ("ExactCapacity", 1)
