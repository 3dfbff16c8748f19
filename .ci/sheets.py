"""Each alarm of the template names a sheet, and the operators' book has it."""

import re
import sys
from pathlib import Path

root = Path(__file__).parent.parent
alarms = re.split(r"(?m)^(?=  \w+:\n    Type: AWS::CloudWatch::Alarm$)", (root / "infra/template.yaml").read_text())[1:]
sheets = re.findall(r"(?m)^### (.+)$", (root / "docs/operations.md").read_text())
wrong = []
for alarm in alarms:
    name = alarm.split(":")[0].strip()
    sheet = re.search(r'AlarmDescription: .* Sheet "(.+)"\.', alarm)
    if not sheet:
        wrong.append(f"{name} names no sheet")
    elif sheet[1] not in sheets:
        wrong.append(f'{name}: docs/operations.md has no sheet "{sheet[1]}"')
if not alarms:
    wrong.append("the template has no alarms")
sys.exit("\n".join(wrong) or 0)
