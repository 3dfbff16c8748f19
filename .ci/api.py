#!/usr/bin/env python3
"""Holds the OpenAPI document against the running API: starts the local runner, makes something of each
kind, and lets schemathesis send what the document allows and what it forbids.

Usage: api.py RUNNER SCHEMATHESIS [CASES]. Prints nothing where all is well but how many cases there were.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

RUNNER, SCHEMATHESIS = sys.argv[1], sys.argv[2]
CASES = sys.argv[3] if len(sys.argv) > 3 else "60"

CONFIG = """
[parameters]
{parameters}

# 428 is what a change without If-Match gets (RFC 6585).
[checks.missing_required_header]
expected-statuses = [400, 401, 428]

# API Gateway answers 404 to a method that no route has, and never asks a function.
[checks.unsupported_method]
enabled = false

# The usual ones, and 413: a forbidden value may be longer than a body may be.
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429, "5xx"]

# What a document cannot say: whether a cursor was given by this list (400), whether the version is the present one
# and the state of things allows it (409), whether something else of the org is there (404).
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 400, 401, 403, 404, 409]
# What it stops is stopped for whatever is sent after it.
[[operations]]
include-operation-id = "switch-set"
enabled = false
{operations}
"""

# Operations whose body has rules that a schema cannot say, as that what it names must be there: 422 with a pointer.
BEYOND = """
[[operations]]
include-operation-id = "{operation}"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 401, 403, 404, 409, 422]
"""


def start(folder):
    """The runner on a free port, and its address once it answers."""
    said = Path(folder, "said")
    with said.open("w") as out:
        runner = subprocess.Popen(
            [RUNNER, "--port", "0", "--data", folder + "/data"], stdout=out, stderr=subprocess.STDOUT
        )
    for _ in range(300):
        found = re.search(r"Start here +(http://\S+?)/?\s", said.read_text())
        if found:
            return runner, found.group(1)
        time.sleep(0.1)
    runner.kill()
    sys.exit("the runner did not start: " + said.read_text())


def call(url, token, method, path, body=None):
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data=data, method=method, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def parameters(url, token):
    """What the path parameters of the document stand for, as far as the demonstration has it."""
    org = "clean_water"
    services = call(url, token, "GET", f"/v1/orgs/{org}/services")["items"]
    call(url, token, "POST", f"/v1/orgs/{org}/templates", TEMPLATE)
    key = call(url, token, "POST", f"/v1/orgs/{org}/keys/generate", {"name": "api_check"})
    return {
        "org": org,
        "campaign": "clean_rivers",
        "page": "1",
        "purpose": "email",
        "service": services[0]["id"],
        "template": TEMPLATE["name"],
        "locale": TEMPLATE["locale"],
        "key": key["id"],
    }


TEMPLATE = {"name": "hello", "locale": "en", "subject": "Hello", "html": "<p>Hello</p>", "text": "Hello"}


def main():
    with tempfile.TemporaryDirectory() as folder:
        runner, url = start(folder)
        try:
            token = Path(folder, "data", "staff-token").read_text()
            document = json.load(urllib.request.urlopen(url + "/v1/openapi.json"))
            beyond = [
                operation["operationId"]
                for methods in document["paths"].values()
                for operation in methods.values()
                if operation.get("x-beyond-schema")
            ]
            config = Path(folder, "schemathesis.toml")
            config.write_text(
                CONFIG.format(
                    parameters="\n".join(
                        f'"path.{name}" = "{value}"' for name, value in parameters(url, token).items()
                    ),
                    operations="".join(BEYOND.format(operation=operation) for operation in beyond),
                )
            )
            checked = subprocess.run(
                [SCHEMATHESIS, "--config-file", config, "run", url + "/v1/openapi.json",
                 "--header", f"Authorization: Bearer {token}", "--phases", "examples,coverage,fuzzing",
                 "--max-examples", CASES, "--seed", "1", "--warnings", "off", "--workers", "1",
                 "--suppress-health-check", "all"],
                cwd=folder, capture_output=True, text=True,
            )
            if checked.returncode != 0:
                sys.exit(checked.stdout + checked.stderr)
            print(re.search(r"(\d[\d,]*) generated", checked.stdout).group(0))
        finally:
            runner.terminate()
            runner.wait(10)


if __name__ == "__main__":
    main()
