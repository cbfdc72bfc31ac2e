"""The dashboard shows every alarm, and saved queries ask log groups that there are."""

import json

import dashboard


def shown(template) -> dict:
    return json.loads(template.resources["AlarmsDashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])


def test_the_dashboard_is_what_the_list_of_alarms_makes(template):
    made = dashboard.body(template.of("AWS::CloudWatch::Alarm"))
    assert shown(template) == made, "run `python3 infra/local/dashboard.py` and commit the template"
    assert dashboard.written(template.text, made) == template.text


def test_every_alarm_is_on_the_dashboard_with_its_metric(template):
    panel, *graphs = shown(template)["widgets"]
    drawn = [line for graph in graphs for line in graph["properties"]["metrics"]]
    alarms = template.of("AWS::CloudWatch::Alarm").values()
    assert len(panel["properties"]["alarms"]) == len(alarms) == len(drawn)
    for alarm in alarms:
        dimensions = [part for d in alarm["Dimensions"] for part in (d["Name"], d["Value"])]
        assert [alarm["Namespace"], alarm["MetricName"], *dimensions] in drawn


def test_the_dashboard_is_small_and_paid_for_only_where_it_is_wanted(template):
    # A dashboard of more than 500 metrics, or one that nobody asked for, would cost.
    assert len(json.dumps(shown(template))) < 20_000
    assert template.resources["AlarmsDashboard"]["Condition"] == "ShowsDashboard"
    assert template.whole["Parameters"]["Dashboard"]["Default"] == "false"


def test_saved_queries_ask_log_groups_of_the_template(template):
    groups = {json.dumps(g["LogGroupName"]) for g in template.of("AWS::Logs::LogGroup").values()}
    of_functions = {name for name, g in template.of("AWS::Logs::LogGroup").items() if "/aws/lambda/" in json.dumps(g)}
    queries = template.of("AWS::Logs::QueryDefinition")
    assert len(queries) >= 4
    for name, query in queries.items():
        assert template.resources[name]["Condition"] == "OnAws", f"{name}: the emulator has no such thing"
        logs = query["LogGroupNames"]
        assert logs and {json.dumps(template.resources[g["Ref"]]["Properties"]["LogGroupName"]) for g in logs} <= groups
        assert {g["Ref"] for g in logs} == of_functions, f"{name}: every function's"
        assert query["QueryString"].startswith(("fields", "filter")), name
