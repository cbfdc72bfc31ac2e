"""The dashboard, made from the list of alarms: `python3 infra/local/dashboard.py` writes it into the template."""

import json
import pathlib
import re

TEMPLATE = pathlib.Path(__file__).resolve().parents[1] / "template.yaml"
# From the key to the next line that is not deeper.
BODY = re.compile(r"^( *)DashboardBody: !Sub \|\n(?:\1 +.*\n)+", re.M)


def named(alarm: dict) -> str:
    name = alarm["AlarmName"]
    return name["Fn::Sub"] if isinstance(name, dict) else name


def body(alarms: dict) -> dict:
    """One panel with the state of every alarm, and one graph for each metric that alarms look at."""
    arn = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"
    widgets = [
        {"type": "alarm", "x": 0, "y": 0, "width": 24, "height": 6, "properties": {"title": "Alarms", "alarms": [arn + named(a) for a in alarms.values()]}}
    ]
    graphs: dict = {}
    for alarm in alarms.values():
        graphs.setdefault((alarm["Namespace"], alarm["MetricName"], alarm["Statistic"], alarm["Period"]), []).append(alarm)
    for place, ((namespace, metric, statistic, period), of) in enumerate(graphs.items()):
        lines = [[namespace, metric, *(part for d in a.get("Dimensions", []) for part in (d["Name"], d["Value"]))] for a in of]
        widgets.append(
            {
                "type": "metric", "x": 12 * (place % 2), "y": 6 + 8 * (place // 2), "width": 12 if 1 < len(graphs) else 24, "height": 8,
                "properties": {
                    "title": f"{namespace} {metric}", "region": "${AWS::Region}", "stat": statistic, "period": period,
                    "view": "timeSeries", "stacked": False, "yAxis": {"left": {"min": 0}}, "metrics": lines,
                },
            }
        )
    return {"widgets": widgets}


def text(dashboard: dict) -> str:
    """JSON whose long lists have a line for each entry."""
    whole = json.dumps(dashboard)
    whole = re.sub(r'(?<=\[)(?=\{|"arn:|\["Galley)|(?<=, )(?=\{"type|"arn:|\["Galley)', "\n", whole)
    return "\n".join(line.rstrip() for line in whole.splitlines()) + "\n"


def written(template: str, dashboard: dict) -> str:
    """The template with this dashboard in it."""

    def block(found: re.Match) -> str:
        indent = found.group(1)
        lines = "".join(f"{indent}  {line}\n" for line in text(dashboard).splitlines())
        return f"{indent}DashboardBody: !Sub |\n{lines}"

    return BODY.sub(block, template)


if __name__ == "__main__":
    from template import Template

    known = Template(TEMPLATE)
    TEMPLATE.write_text(written(known.text, body(known.of("AWS::CloudWatch::Alarm"))))
