"""What no linter knows of the template: that it is watched, released and restored as a whole."""

import re
import sys
from pathlib import Path

from samcli.yamlhelper import yaml_parse

root = Path(__file__).parent.parent
text = (root / "infra/template.yaml").read_text()
resources = yaml_parse(text)["Resources"]
wrong = []


def of(kind):
    return {name: part.get("Properties", {}) for name, part in resources.items() if part["Type"] == kind}


def watched(metric):
    """The parts that some alarm looks at by a metric."""
    found = set()
    for alarm in of("AWS::CloudWatch::Alarm").values():
        metrics = [alarm] + [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", []) if "MetricStat" in m]
        for one in metrics:
            if one.get("MetricName") == metric:
                found |= set(re.findall(r"'(?:Ref|Fn::GetAtt)': \[?'(\w+)'", str(one.get("Dimensions", []))))
    return found


def every(wanted, given, what):
    wrong.extend(f"{name} {what}" for name in sorted(set(wanted) - set(given)))


# Each alarm has its sheet in the operators' book.
sheets = re.findall(r"(?m)^### (.+)$", (root / "docs/operations.md").read_text())
edge = yaml_parse((root / "infra/edge.yaml").read_text())["Resources"]
of_edge = {name: part["Properties"] for name, part in edge.items() if part["Type"] == "AWS::CloudWatch::Alarm"}
for name, alarm in (of("AWS::CloudWatch::Alarm") | of_edge).items():
    sheet = re.search(r'Sheet "(.+)"\.$', alarm["AlarmDescription"])
    if not sheet or sheet[1] not in sheets:
        wrong.append(f"{name} has no sheet in docs/operations.md")

# Each queue is watched: by age where it starts a function, by depth where nothing takes from it.
functions = of("AWS::Serverless::Function")
events = {name: f.get("Events", {}).values() for name, f in functions.items()}
taken = {e["Properties"]["Queue"]["Fn::GetAtt"][0] for es in events.values() for e in es if e["Type"] == "SQS"}
queues = set(of("AWS::SQS::Queue"))
every(taken, watched("ApproximateAgeOfOldestMessage"), "starts a function, and no alarm says when it waits")
every(queues - taken, watched("ApproximateNumberOfMessagesVisible"), "starts no function, and no alarm says when it holds something")

# Each function that nobody waits for is watched by its crashes and its log.
quiet = {name for name, es in events.items() if any(e["Type"] != "HttpApi" for e in es)}
logged = {f["LogGroupName"]["Ref"].removesuffix("LogGroup") for f in of("AWS::Logs::MetricFilter").values()}
every(quiet, watched("Errors"), "works unseen, and no alarm says when it crashes")
every(quiet, logged, "works unseen, and no metric counts its errors")

# Releases are taken back by alarms that exist, with or without somebody to tell.
names = {a["AlarmName"]["Fn::Sub"] for n, a in of("AWS::CloudWatch::Alarm").items() if "Condition" not in resources[n]}
for name, function in functions.items():
    if "AutoPublishAlias" in function:
        every({a["Fn::Sub"] for a in function["DeploymentPreference"]["Alarms"]["Fn::If"][1]}, names, f"takes back {name}, and is no alarm that always exists")

# Whatever works with the table works with a restored one.
for line in text.splitlines():
    if re.search(r"!Ref Table\b|\bTable\.(Arn|StreamArn)\b", line) and "HasRestored" not in line:
        wrong.append(f"a restored table is not meant by: {line.strip()}")

sys.exit("\n".join(wrong) or 0)
