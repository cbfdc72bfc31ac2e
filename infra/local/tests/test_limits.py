"""AWS refuses what the emulator lets through; these hold template and state machine to AWS's limits."""

import json
import re

from conftest import ROOT, states


def test_the_queue_hides_a_message_at_least_as_long_as_the_function_may_run(template):
    for name in ("Dispatch", "Notify"):
        timeout = template.value(template.functions()[f"{name}Function"]["Timeout"])
        hidden = template.value(template.of("AWS::SQS::Queue")[f"{name}Queue"]["VisibilityTimeout"])
        assert hidden >= 6 * timeout, "AWS demands the time-out and advises six times that"


def test_a_call_s_queue_hides_a_message_at_least_as_long_as_a_call_may_take(template):
    hidden = template.of("AWS::SQS::Queue")["CallQueue"]["VisibilityTimeout"]
    assert hidden >= template.whole["Parameters"]["CallTimeout"]["MaxValue"], "AWS demands it of the mapping"


def test_the_stream_brings_exactly_what_goes_out(template):
    (pattern,) = (f["Pattern"] for f in template.of("AWS::Lambda::EventSourceMapping")["NewsMapping"]["FilterCriteria"]["Filters"])
    image = json.loads(pattern)["dynamodb"]["NewImage"]
    source = (ROOT / "shared" / "domain" / "src" / "notify" / "kinds.rs").read_text()
    kinds = re.findall(r'"([a-z._]+)"', re.search(r"KINDS: .*?= \[(.*?)\];", source, re.S)[1])
    assert image["type"]["S"] == [*kinds, {"prefix": "review."}]
    assert image["sk"]["S"] == [{"prefix": "EVENT#"}] and json.loads(pattern)["eventName"] == ["INSERT"]


def test_a_batch_of_the_stream_that_cannot_be_handled_is_told_within_the_day_that_the_stream_keeps_it(template):
    mapping = template.of("AWS::Lambda::EventSourceMapping")["NewsMapping"]
    assert 0 < mapping["MaximumRecordAgeInSeconds"] < 86_400 and mapping["BisectBatchOnFunctionError"] is True
    assert mapping["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0] == "EventDeadLetters"
    assert mapping["MaximumBatchingWindowInSeconds"] >= 1, "an end comes with its publications"


def test_every_environment_in_samconfig_keeps_the_queue_hidden_long_enough(template):
    import tomllib

    from conftest import ROOT

    for name, environment in tomllib.loads((ROOT / "samconfig.toml").read_text()).items():
        if not isinstance(environment, dict):
            continue
        given = dict(o.split("=", 1) for o in environment["deploy"]["parameters"]["parameter_overrides"])
        defaults = {k: p.get("Default") for k, p in template.whole["Parameters"].items()}
        assert set(given) <= set(defaults), f"{name} names a parameter that the template lacks"
        both = defaults | given
        assert int(both["DispatchVisibility"]) >= int(both["FunctionTimeout"]), name


def test_functions_behind_the_http_api_answer_within_its_30_seconds(template):
    assert template.whole["Parameters"]["FunctionTimeout"]["MaxValue"] <= 30
    integrations = template.of("AWS::ApiGatewayV2::Integration")
    for name, integration in integrations.items():
        if integration["ApiId"] == {"Ref": "StreamApi"}:
            continue
        assert integration["TimeoutInMillis"] <= 30_000, name
        assert integration["PayloadFormatVersion"] == "2.0", name
        function = integration["IntegrationUri"]["Ref"].removesuffix(".Alias")
        # `call` takes minutes over messages of its queue; a webhook it only verifies.
        wanted = "CallTimeout" if function == "CallFunction" else "FunctionTimeout"
        assert template.functions()[function]["Timeout"] == {"Ref": wanted}, name


def test_a_websocket_is_asked_for_no_more_than_it_carries(template):
    assert template.of("AWS::ApiGatewayV2::Integration")["StreamIntegration"]["TimeoutInMillis"] <= 29_000
    source = (ROOT / "shared" / "domain" / "src" / "watch" / "push.rs").read_text()
    (most,) = re.findall(r"const MESSAGE_MOST: usize = ([\d_]+);", source)
    # A frame holds 32 KB, and job, type and the brackets come on top.
    assert int(most.replace("_", "")) + 500 <= 32 * 1024
    source = (ROOT / "shared" / "domain" / "src" / "watch" / "mod.rs").read_text()
    assert "const CONNECTION_S: i64 = 2 * 3600;" in source, "API Gateway ends a connection after two hours"


def test_no_queue_delays_longer_than_sqs_can(template):
    for name, queue in template.of("AWS::SQS::Queue").items():
        assert queue.get("DelaySeconds", 0) <= 900, name
        assert 60 <= queue["MessageRetentionPeriod"] <= 1_209_600, name
        assert queue.get("ReceiveMessageWaitTimeSeconds", 0) <= 20, name


def test_lambda_time_outs_and_memory_are_within_bounds(template):
    for name, function in template.functions().items():
        assert 1 <= template.value(function["Timeout"]) <= 900, name
        assert 128 <= function["MemorySize"] <= 10_240, name


def test_names_fit_with_the_longest_stack_name(template):
    for name, function in template.functions().items():
        text = function["FunctionName"]["Fn::Sub"].replace("${AWS::StackName}", "galley-production")
        assert len(text) <= 64, name


def test_inline_maps_run_at_most_40_at_once(machine):
    maps = [s for _, s in states(machine) if s["Type"] == "Map"]
    assert maps
    for state in maps:
        assert state["MaxConcurrency"] <= 40
        assert state["ItemProcessor"]["ProcessorConfig"]["Mode"] == "INLINE"


def test_the_machine_is_jsonata_throughout(machine):
    assert machine["QueryLanguage"] == "JSONata"
    jsonpath = {"InputPath", "OutputPath", "ResultPath", "Parameters", "ResultSelector", "ItemsPath", "TimeoutSecondsPath", "HeartbeatSecondsPath"}
    for name, state in states(machine):
        assert not jsonpath & set(state), name
        assert state.get("QueryLanguage", "JSONata") == "JSONata", name
    assert '.$"' not in json.dumps(machine), "a key that ends in .$ is JSONPath"


def test_every_wait_for_a_token_has_a_literal_time_out_and_no_retry(machine):
    waits = [(n, s) for n, s in states(machine) if s.get("Resource", "").endswith(".waitForTaskToken")]
    assert waits
    for name, state in waits:
        assert isinstance(state["TimeoutSeconds"], int), name
        assert state["TimeoutSeconds"] >= 86_400, f"{name}: a backstop, far beyond any deadline"
        assert "Retry" not in state, f"{name}: a retry would send the work under a second token"


def test_every_task_catches_whatever_comes(machine):
    for name, state in states(machine):
        if state["Type"] in ("Task", "Map"):
            assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name
        if state["Type"] == "Task":
            assert isinstance(state["TimeoutSeconds"], int), name


def test_a_task_waits_longer_than_its_function_may_run(template, machine):
    for name, state in states(machine):
        if state.get("Resource") == "arn:aws:states:::lambda:invoke":
            function = re.fullmatch(r"\$\{(\w+)Arn\}", state["Arguments"]["FunctionName"]).group(1)
            assert state["TimeoutSeconds"] > template.value(template.functions()[function]["Timeout"]), name


def test_only_two_kinds_of_task_are_used(machine):
    used = {s["Resource"] for _, s in states(machine) if s["Type"] == "Task"}
    assert used == {"arn:aws:states:::sqs:sendMessage.waitForTaskToken", "arn:aws:states:::lambda:invoke"}


def test_the_definition_is_under_aws_s_megabyte(machine):
    assert len(json.dumps(machine)) < 1_048_576


def test_the_schedule_is_no_finer_than_a_minute(template):
    for name, rule in template.of("AWS::Events::Rule").items():
        if expression := rule.get("ScheduleExpression"):
            assert re.fullmatch(r"rate\((1 minute|\d+ (minutes|hours|days))\)", expression), name


def test_a_reserved_environment_variable_is_never_set(template):
    for name in template.whole["Globals"]["Function"]["Environment"]["Variables"]:
        assert not name.startswith(("AWS_", "LAMBDA_", "_")), name


def test_nothing_local_is_on_by_default(template):
    parameters = template.whole["Parameters"]
    assert parameters["LocalEndpoint"]["Default"] == ""
    for name in ("AllowedHosts", "WebhookHosts", "LocalHosts", "LocalWebhookHosts"):
        assert parameters[name]["Default"] == ""
