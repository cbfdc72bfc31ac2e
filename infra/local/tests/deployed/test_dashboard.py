"""The dashboard, as deployed with the stack: each alarm on it is one that there is, and each graph shows what an alarm looks at."""

import json

import emulator
import places


def test_the_deployed_dashboard_shows_the_deployed_alarms_and_their_metrics():
    stack = places.load()
    watch = emulator.client("cloudwatch", stack["endpoint_url"])
    (dashboard,) = watch.list_dashboards()["DashboardEntries"]
    text = watch.get_dashboard(DashboardName=dashboard["DashboardName"])["DashboardBody"]
    assert "${" not in text
    shown, *graphs = json.loads(text)["widgets"]
    alarms = [alarm for page in watch.get_paginator("describe_alarms").paginate() for alarm in page["MetricAlarms"]]
    assert sorted(shown["properties"]["alarms"]) == sorted(alarm["AlarmArn"] for alarm in alarms)
    looked_at = {(a["Namespace"], a["MetricName"], *(part for d in a["Dimensions"] for part in (d["Name"], d["Value"]))) for a in alarms}
    assert {tuple(line) for graph in graphs for line in graph["properties"]["metrics"]} == looked_at
