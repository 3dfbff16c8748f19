"""The emulator, and what it takes to get the template into it."""

import json
import logging
import os
import platform
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import boto3
from samtranslator.translator.transform import transform

from adapted import adapt
from tools import run

REGION = "eu-central-1"
ACCOUNT = "000000000000"
PORT = 4566
STACK = "proca"
BUCKET = "proca-functions"

# It says of each function that it has no feature to be turned on.
logging.getLogger("samtranslator.feature_toggle.feature_toggle").setLevel(logging.ERROR)


class Cloud:
    """The emulator, from its start to its end."""

    def __init__(self, folder):
        self.url = f"http://127.0.0.1:{PORT}"
        self.folder = folder
        self.environment = os.environ | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        os.environ.update(self.environment)
        self.log = folder / "emulator.log"

    def __enter__(self):
        settings = {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(PORT),
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "LAMBDA_EXECUTOR": "local",
            "AUTH": "true",
            "TMPDIR": str(self.folder),
        }
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [Path(sys.executable).parent / "ministack"],
                env=self.environment | settings, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )
        for _ in range(100):
            try:
                urllib.request.urlopen(self.url + "/_ministack/health")
                return self
            except OSError:
                time.sleep(0.2)
        raise SystemExit("the emulator does not start: " + self.log.read_text()[-2000:])

    def __exit__(self, kind, *_):
        if kind is not None:
            print("the last that the emulator and the functions said:", *self.log.read_text().splitlines()[-60:], sep="\n")
        self.process.terminate()
        self.process.wait()

    def client(self, service):
        return boto3.client(service)

    def deploy(self, template, parameters):
        """Uploads the functions, transforms the template as CloudFormation would, and makes the stack."""
        parameters = parameters | {"Architecture": "arm64" if platform.machine() == "aarch64" else "x86_64"}
        self.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        packaged = self.folder / "packaged.json"
        run(["sam", "package", "--template-file", template, "--s3-bucket", BUCKET, "--use-json", "--no-progressbar",
             "--output-template-file", packaged])
        no_managed_policies = SimpleNamespace(load=dict)
        transformed = transform(json.loads(packaged.read_text()), parameters, no_managed_policies)
        for line in adapt(transformed):
            print(line)
        self.client("s3").put_object(Bucket=BUCKET, Key="template.json", Body=json.dumps(transformed).encode())
        formation = self.client("cloudformation")
        formation.create_stack(
            StackName=STACK,
            TemplateURL=f"{self.url}/{BUCKET}/template.json",
            Capabilities=["CAPABILITY_IAM"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        )
        status = "CREATE_IN_PROGRESS"
        while status == "CREATE_IN_PROGRESS":
            time.sleep(1)
            stack = formation.describe_stacks(StackName=STACK)["Stacks"][0]
            status = stack["StackStatus"]
        if status != "CREATE_COMPLETE":
            events = formation.describe_stack_events(StackName=STACK)["StackEvents"]
            failed = [f"{e['LogicalResourceId']}: {e['ResourceStatusReason']}" for e in events if "FAILED" in e["ResourceStatus"]]
            raise SystemExit("the stack was not made:\n" + "\n".join(failed))
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        self.api = f"{self.url}/_aws/execute-api/{self.outputs['ApiUrl'].split('//')[1].split('.')[0]}/$default"

    def said(self):
        """What the functions logged, each line as it is."""
        return [line for line in self.log.read_text().splitlines() if line.startswith('{"level":')]

    def dead_letters(self):
        """How many messages each dead-letter queue has that has any."""
        sqs = self.client("sqs")
        queues = [url for url in sqs.list_queues()["QueueUrls"] if "DeadLetter" in url or "Failures" in url]
        assert queues
        asked = ["ApproximateNumberOfMessages"]
        counts = {url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=asked)["Attributes"][asked[0]] for url in queues}
        return {url: count for url, count in counts.items() if int(count)}

    def mails(self):
        """What SES took, oldest first."""
        with urllib.request.urlopen(self.url + "/_ministack/ses/messages") as answer:
            return json.load(answer)["messages"].get(ACCOUNT, [])
