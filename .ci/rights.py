"""Which rights of the template no story needed: each is too much, or wants a story.

Usage: rights.py FILE, the file that PROCA_RIGHTS named while the tests ran.
"""

import re
import sys
from pathlib import Path

# Lambda itself takes messages from queues and changes from the stream, in the function's name.
OF_LAMBDA = {
    *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    *("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"),
}

used = set(Path(sys.argv[1]).read_text().split("\n"))
rows = re.findall(r"(?m)^\| `(\w+)` \| `[^`]*` \| (.*) \|$", Path("docs/rights.md").read_text())
given = {f"{function} {action}" for function, actions in rows for action in re.findall(r"`([^`]+)`", actions)}
unused = sorted(right for right in given - used if right.split()[1] not in OF_LAMBDA)
sys.exit("\n".join(f"no story needs the right {right}" for right in unused) or 0)
