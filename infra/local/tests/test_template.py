"""What the template promises: least privilege, encryption, dead letters, alarms, a small idle bill."""

import re

import pytest

import deploy
from conftest import ROOT, states


def test_every_folder_of_functions_has_its_resource_and_the_other_way_round(template):
    folders = {p.parent.name for p in (ROOT / "functions").glob("*/Cargo.toml")}
    assert {f"{f.title()}Function" for f in folders} == set(template.functions())
    for name, function in template.functions().items():
        assert function["CodeUri"] == f"../target/lambda/{name.removesuffix('Function').lower()}/"
        assert function["Runtime"] == "provided.al2023" and function["Handler"] == "bootstrap"


def test_the_machine_calls_only_functions_that_exist(template, machine):
    given = set(template.of("AWS::Serverless::StateMachine")["Pipeline"]["DefinitionSubstitutions"])
    text = (ROOT / "infra" / "pipeline.asl.json").read_text()
    assert set(re.findall(r"\$\{(\w+)\}", text)) == given


def test_the_machine_s_role_allows_exactly_what_the_machine_does(template, machine):
    substitutions = template.of("AWS::Serverless::StateMachine")["Pipeline"]["DefinitionSubstitutions"]
    wanted = set()
    for _, state in states(machine):
        if state["Type"] != "Task":
            continue
        if "sqs:sendMessage" in state["Resource"]:
            wanted.add(("sqs:SendMessage", substitutions[state["Arguments"]["QueueUrl"].strip("${}")]["Ref"]))
        else:
            wanted.add(("lambda:InvokeFunction", named(substitutions[state["Arguments"]["FunctionName"].strip("${}")])))
    allowed = set()
    for statement in _listed(template.of("AWS::IAM::Role")["PipelineRole"]["Policies"][0]["PolicyDocument"]["Statement"]):
        for action in _listed(statement["Action"]):
            if not action.startswith("logs:"):
                allowed |= {(action, named(r)) for r in _listed(statement["Resource"])}
    assert allowed == wanted


def test_policies_name_actions_and_resources_one_by_one(template):
    for name, function in template.functions().items():
        assert len(function["Policies"]) == 1, f"{name}: one policy"
        for statement in function["Policies"][0]["Statement"]:
            assert statement["Effect"] == "Allow"
            for action in _listed(statement["Action"]):
                assert "*" not in action, f"{name}: {action}"
            for resource in _listed(statement["Resource"]):
                assert resource != "*", name
                if isinstance(resource, dict) and "Fn::If" in resource:
                    assert resource["Fn::If"][0] == "Local", f"{name}: a wide resource is for the emulator only"


def test_models_are_called_by_the_role_only_where_the_operator_names_them(template):
    (policy,) = template.of("AWS::IAM::Policy").values()
    assert policy["Roles"] == [{"Ref": "CallFunctionRole"}], "nobody else calls vendors"
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Resource"] == {"Ref": "ModelArns"}, "no more than the operator names"
    assert all("*" not in action for action in statement["Action"])
    whole = template.whole
    assert whole["Resources"]["CallModels"]["Condition"] == "CallsModels", "nothing named, no statement"
    assert whole["Conditions"]["CallsModels"] == {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "ModelArns"}]}, ""]}]}
    assert whole["Parameters"]["ModelArns"]["Default"] == ""


def test_only_what_signs_or_calls_hosts_reads_the_keys(template):
    readers = {name for name, f in template.functions().items() if "ssm:GetParameter" in repr(f["Policies"])}
    assert not readers & {"StepFunction", "GateFunction"}, "these decode foreign bytes and need no key"


def test_everything_at_rest_is_encrypted(template):
    for name, bucket in template.of("AWS::S3::Bucket").items():
        rule = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] in ("AES256", "aws:kms"), name
    for name, queue in template.of("AWS::SQS::Queue").items():
        assert queue["SqsManagedSseEnabled"] is True, name
    for name, table in template.of("AWS::DynamoDB::Table").items():
        assert table["SSESpecification"]["SSEEnabled"] is True, name


def test_buckets_are_closed_and_tidy_themselves(template):
    buckets = template.of("AWS::S3::Bucket")
    policies = {p["Bucket"]["Ref"] for p in template.of("AWS::S3::BucketPolicy").values()}
    assert policies == set(buckets), "each refuses plain HTTP"
    for name, bucket in buckets.items():
        assert all(bucket["PublicAccessBlockConfiguration"].values()) and len(bucket["PublicAccessBlockConfiguration"]) == 4, name
        assert any("AbortIncompleteMultipartUpload" in r for r in bucket["LifecycleConfiguration"]["Rules"]), name
        assert bucket["OwnershipControls"]["Rules"][0]["ObjectOwnership"] == "BucketOwnerEnforced", name


def test_what_people_cannot_make_again_outlives_the_stack(template):
    for name, resource in template.resources.items():
        if resource["Type"] in ("AWS::S3::Bucket", "AWS::DynamoDB::Table"):
            assert resource["DeletionPolicy"] == "RetainExceptOnCreate", name
            assert resource["UpdateReplacePolicy"] == "Retain", name
    table = template.of("AWS::DynamoDB::Table")["Table"]
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert template.whole["Parameters"]["DeletionProtection"]["Default"] == "true"


def test_every_asynchronous_target_has_dead_letters(template):
    for name, rule in template.of("AWS::Events::Rule").items():
        for target in rule["Targets"]:
            assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0] == "EventDeadLetters", name
    for name, function in template.functions().items():
        assert function["DeadLetterQueue"]["TargetArn"]["Fn::GetAtt"][0] == "EventDeadLetters", name
    assert "RedrivePolicy" in template.of("AWS::SQS::Queue")["DispatchQueue"]


def test_the_command_and_the_sweep_know_every_queue_of_dead_letters(template):
    """`galley ops dlq` finds them by the names of the outputs, and what came from a queue goes back to it."""
    queues = template.of("AWS::SQS::Queue")
    letters = {name: named(queue["RedrivePolicy"]["deadLetterTargetArn"]) for name, queue in queues.items() if "RedrivePolicy" in queue}
    others = set(queues) - set(letters)
    assert others >= set(letters.values()) and all(name.endswith("DeadLetters") for name in others)
    outputs = {name: output["Value"] for name, output in template.whole["Outputs"].items()}
    assert {outputs[f"{name}Url"]["Ref"] for name in queues} == set(queues)
    for source, letter in letters.items():
        assert (source.removesuffix("Queue"), source[-5:]) == (letter.removesuffix("DeadLetters"), "Queue")
    known = deploy.queues({name: name for name in outputs})
    assert {known[f"{name.removesuffix('DeadLetters').lower()}_dead_letters_url"] for name in others} == {f"{name}Url" for name in others}
    assert {known[f"{name.removesuffix('Queue').lower()}_queue_url"] for name in letters} == {f"{name}Url" for name in letters}
    told = template.whole["Globals"]["Function"]["Environment"]["Variables"]
    assert {value["Ref"] for name, value in told.items() if name.endswith("_DEAD_LETTERS_URL")} == others


def test_the_queue_s_batches_may_fail_in_part(template):
    for name, mapping in template.of("AWS::Lambda::EventSourceMapping").items():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name


def test_sam_adds_no_rights_of_its_own_accord(template):
    for name, function in template.functions().items():
        assert "Events" not in function, f"{name}: an event of SAM's brings a policy for every queue or bucket"


def test_every_rule_may_invoke_its_target(template):
    permitted = {(named(p["FunctionName"]), p["SourceArn"]["Fn::GetAtt"][0]) for p in template.of("AWS::Lambda::Permission").values() if p["Principal"] == "events.amazonaws.com"}
    wanted = {(named(t["Arn"]), name) for name, rule in template.of("AWS::Events::Rule").items() for t in rule["Targets"]}
    assert permitted == wanted


def integrated(uri):
    """The function behind an integration: a WebSocket API wants its address in full."""
    if "Ref" in uri:
        return uri
    return {"Ref": re.search(r"functions/\$\{(\w+\.Alias)\}/invocations$", uri["Fn::Sub"])[1]}


def test_everything_calls_functions_by_their_alias(template):
    assert template.whole["Globals"]["Function"]["AutoPublishAlias"] == "live"
    called = [p["FunctionName"] for p in template.of("AWS::Lambda::Permission").values()]
    called += [m["FunctionName"] for m in template.of("AWS::Lambda::EventSourceMapping").values()]
    called += [integrated(i["IntegrationUri"]) for i in template.of("AWS::ApiGatewayV2::Integration").values()]
    called += [t["Arn"] for rule in template.of("AWS::Events::Rule").values() for t in rule["Targets"] if "Function" in repr(t["Arn"])]
    called += [given for name, given in template.of("AWS::Serverless::StateMachine")["Pipeline"]["DefinitionSubstitutions"].items() if name.endswith("FunctionArn")]
    assert 10 < len(called)
    for function in called:
        assert function.get("Ref", "").endswith("Function.Alias"), function


def decided_by(template, condition: str) -> set[str]:
    """The parameters that a condition looks at, itself or through others."""
    looked = repr(template.whole["Conditions"][condition])
    inner = (decided_by(template, other) for other in re.findall(r"'Condition': '(\w+)'", looked))
    return set(re.findall(r"'Ref': '(\w+)'", looked)).union(*inner)


def test_a_parameter_that_reaches_a_function_makes_a_new_version(template):
    # SAM compares references, not what they refer to; CloudFormation compares the description itself.
    for name, function in template.functions().items():
        reached = {k: function[k] for k in ("Environment", "Timeout", "MemorySize", "Architectures")}
        parameters = set(re.findall(r"'Ref': '(\w+)'", repr(reached))) | set(re.findall(r"\$\{(\w+)\}", repr(reached)))
        for condition in re.findall(r"'Fn::If': \['(\w+)'", repr(reached)):
            parameters |= decided_by(template, condition)
        # One too few is a change that is never live; one too many publishes what did not change, which AWS refuses.
        parameters &= set(template.whole["Parameters"])
        assert parameters == set(re.findall(r"\$\{(\w+)\}", function["VersionDescription"]["Fn::Sub"])), name


def test_what_a_version_is_described_by_fits_with_names_of_a_usual_length(template):
    given = {name: str(parameter.get("Default", "")) for name, parameter in template.whole["Parameters"].items()}
    given |= {name: f"/galley/production/{name}" for name in ("EndpointKeyName", "SigningKeyName", "CertificateSecret")}
    given |= {"CertificateKey": "1234abcd-12ab-34cd-56ef-1234567890ab", "PublicUrl": "https://media.example.com", "OidcIssuer": "https://login.example.com/tenant"}
    for name, function in template.functions().items():
        text = re.sub(r"\$\{(\w+)\}", lambda found: given[found[1]], function["VersionDescription"]["Fn::Sub"])
        assert len(text) <= 240, f"{name}: AWS takes 256 characters, and hosts need some"


def test_one_key_signs_and_one_secret_is_read_and_none_where_none_is_named(template):
    statements = {s["Action"]: s["Resource"]["Fn::Sub"] for s in template.functions()["PublishFunction"]["Policies"][0]["Statement"] if s["Action"] in ("kms:Sign", "secretsmanager:GetSecretValue")}
    here = "${AWS::Region}:${AWS::AccountId}"
    assert statements == {
        "kms:Sign": "arn:${AWS::Partition}:kms:%s:key/${CertificateKey}" % here,
        "secretsmanager:GetSecretValue": "arn:${AWS::Partition}:secretsmanager:%s:secret:${CertificateSecret}-??????" % here,
    }
    parameters = template.whole["Parameters"]
    for name in ("CertificateSecret", "CertificateKey"):
        assert parameters[name]["Default"] == "" and not re.search(parameters[name]["AllowedPattern"], "*"), name
    for name, function in template.functions().items():
        assert "kms:" not in repr(function["Policies"]) or name == "PublishFunction", name


def test_every_log_group_forgets(template):
    groups = template.of("AWS::Logs::LogGroup")
    for name, group in groups.items():
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name
    for name, function in template.functions().items():
        assert function["LoggingConfig"]["LogGroup"]["Ref"] in groups, name


def test_every_environment_variable_is_read_and_every_one_read_is_given(template):
    given = {name for function in template.functions().values() for name in function["Environment"]["Variables"]}
    sources = [*(ROOT / "functions").glob("*/src/**/*.rs"), *(ROOT / "shared" / "aws").glob("src/**/*.rs")]
    text = "\n".join(p.read_text().split("#[cfg(test)]")[0] for p in sources)
    named = set(re.findall(r'"([A-Z][A-Z0-9_]+)"', text))
    read = set(re.findall(r'(?:env::\w+(?:::<[^>]*>)?\(|from_env\(\s*&?\w+,)\s*"([A-Z][A-Z0-9_]+)"', text))
    assert {n for n in read if not n.startswith(("AWS_", "_X_AMZN"))} - given == set(), "read, but the template does not give it"
    assert given - named == set(), "given, but nothing reads it"


def test_alarms_and_runbook_sections_match(template, runbook):
    kinds = {a["Dimensions"][0]["Value"] for a in template.of("AWS::CloudWatch::Alarm").values()}
    sections = set(re.findall(r"^## (\w+)$", runbook, re.M))
    assert kinds == sections


def test_each_way_to_be_stuck_has_its_alarm(template):
    source = "\n".join(p.read_text() for p in (ROOT / "shared" / "domain" / "src").rglob("*.rs"))
    found = re.search(r"pub enum Stuck \{(.*?)\n\}", source, re.S)
    assert found, "the domain's enum Stuck"
    variants = re.findall(r"^    ([A-Z]\w+)\b", re.sub(r"\{[^}]*\}", "", found.group(1)), re.M)
    snake = {re.sub(r"(?<!^)(?=[A-Z])", "_", v).lower() for v in variants}
    kinds = {a["Dimensions"][0]["Value"] for a in template.of("AWS::CloudWatch::Alarm").values()}
    assert kinds == snake
    for name, alarm in template.of("AWS::CloudWatch::Alarm").items():
        assert (alarm["Namespace"], alarm["MetricName"], alarm["Dimensions"][0]["Name"]) == ("Galley", "Stuck", "kind"), name
        assert alarm["TreatMissingData"] == "notBreaching" and alarm["AlarmActions"], name


@pytest.mark.parametrize("hosts", ["127.0.0.1:8701", "10.0.0.7:8000,localhost:1", "[::1]:80"])
def test_cloudformation_refuses_a_loopback_address_on_aws(template, hosts):
    for name in ("AllowedHosts", "WebhookHosts"):
        pattern = template.whole["Parameters"][name]["AllowedPattern"]
        assert not re.search(pattern, hosts) and re.search(pattern, "10.0.0.7:8000,gpu.internal:443") and re.search(pattern, "")
    variables = template.whole["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["ALLOWED_HOSTS"] == {"Fn::If": ["Local", {"Ref": "LocalHosts"}, {"Ref": "AllowedHosts"}]}
    assert variables["WEBHOOK_HOSTS"] == {"Fn::If": ["Local", {"Ref": "LocalWebhookHosts"}, {"Ref": "WebhookHosts"}]}


def named(reference):
    """The resource that a GetAtt, or a Ref to an alias, is about."""
    return reference["Fn::GetAtt"][0] if "Fn::GetAtt" in reference else reference["Ref"].removesuffix(".Alias")


def _listed(value):
    return value if isinstance(value, list) else [value]
