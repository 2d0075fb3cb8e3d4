"""The emulated AWS: ministack as a process of its own, with policies enforced, and the template deployed on it."""

import hashlib
import io
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile

import boto3
import botocore.config
from samtranslator.yaml_helper import yaml_parse

from proxy import Proxy

ROOT = pathlib.Path(__file__).resolve().parents[2]
REGION = "eu-west-3"
ACCOUNT = "000000000000"
ARTIFACTS = "artifacts"

# The emulator looks every 10 seconds which schedules are due; a compressed year has no such time.
LAUNCH = """
from ministack.services import scheduler
scheduler._SCHEDULE_TICK_INTERVAL = 0.1
from ministack.app import main
main()
"""

# How long anything of the emulator may take on a machine that is busy.
PATIENCE = 120


class Emulator:
    def __init__(self, folder):
        self.folder = folder
        self.log_path = folder / "emulator.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.proxy = Proxy(port, REGION, ACCOUNT)
        # `AUTH`: every request is signed by a role and allowed by its policies, or refused. Nothing of this machine's
        # own credentials comes near it.
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "AUTH": "true",
            "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": self.proxy.url, "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0",
        }
        self._log = open(self.log_path, "wb")
        self._process = subprocess.Popen([sys.executable, "-c", LAUNCH], env=environment, cwd=folder,
                                         stdout=self._log, stderr=subprocess.STDOUT)
        wait(lambda: self._is_up(port), "the emulator to start")

    def _is_up(self, port):
        if self._process.poll() is not None:
            raise SystemExit(f"the emulator ended: {self.log_path.read_text()[-2000:]}")
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=2).status == 200
        except OSError:
            return False

    def client(self, service):
        return boto3.client(
            service, region_name=REGION, endpoint_url=self.proxy.url, aws_access_key_id="test",
            aws_secret_access_key="test",
            config=botocore.config.Config(retries={"max_attempts": 1}, read_timeout=PATIENCE, max_pool_connections=32))

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self.proxy.stop()
        self._log.close()


def wait(found, what, patience=PATIENCE, pause=0.05):
    """Waits until `found` gives something, and gives it."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        result = found()
        if result:
            return result
        time.sleep(pause)
    raise SystemExit(f"waited {patience} seconds for {what}")


def package(emulator, binaries):
    """The template with each function's package in a bucket, as `sam package` leaves it: the very binaries."""
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=ARTIFACTS, CreateBucketConfiguration={"LocationConstraint": REGION})
    template = yaml_parse((ROOT / "infra/template.yaml").read_text())
    for resource in template["Resources"].values():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        name = resource["Metadata"]["BuildProperties"]["Binary"]
        stripped = emulator.folder / f"{name}.bootstrap"
        subprocess.run(["strip", "-o", stripped, binaries / name], check=True)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            entry = zipfile.ZipInfo("bootstrap")
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, stripped.read_bytes())
        s3.put_object(Bucket=ARTIFACTS, Key=f"{name}.zip", Body=packed.getvalue())
        resource.pop("Metadata")
        resource["Properties"]["CodeUri"] = {"Bucket": ARTIFACTS, "Key": f"{name}.zip"}
        # The emulator fires schedules by this machine's clock, at which the story's functions have nothing to do, and from
        # the moment it makes them: they are made disabled, and a copy of each is fired when the story says.
        for trigger in resource["Properties"].get("Events", {}).values():
            if trigger["Type"] == "ScheduleV2":
                trigger["Properties"]["State"] = "DISABLED"
    template["Globals"]["Function"].pop("CodeUri")
    # The emulator asks for this right on every resource, and knows no sender: beside the template's own statement, which
    # the check of policies applies, one that it understands.
    template["Resources"]["MailDispatchRole"]["Properties"]["Policies"].append({
        "PolicyName": "emulator", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*"}]}})
    # The principal of a bucket's policy is, in the cloud, the role of a session; for the emulator it is the session.
    for statement in template["Resources"]["UploadsBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]:
        if statement["Sid"] == "ReadByTheChecksAlone":
            readers = statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
            readers += [{"Fn::Sub": session_of(reader["Fn::Sub"])} for reader in readers]
    template["Globals"]["Function"]["Architectures"] = ["x86_64"]
    s3.put_object(Bucket=ARTIFACTS, Key="template.json", Body=json.dumps(template).encode())
    return f"{emulator.proxy.url}/{ARTIFACTS}/template.json", template


def session_of(role):
    """The session in which a function has a role: by the function's name, which is the role's."""
    session = role.replace(":iam::", ":sts::").replace(":role/", ":assumed-role/")
    return f"{session}/{role.rpartition('/')[2]}"


class Stack:
    """One stage of the template, deployed."""

    def __init__(self, emulator, template_url, stage, parameters):
        self.stage, self.emulator = stage, emulator
        self.cloudformation = emulator.client("cloudformation")
        given = {"Stage": stage, "Architecture": "x86_64"} | parameters
        self.name = f"monmaster-{stage}"
        self.cloudformation.create_stack(
            StackName=self.name, TemplateURL=template_url,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()])
        wait(self._made, f"the stack {self.name}")
        self.lambda_ = emulator.client("lambda")
        self.dynamodb = emulator.client("dynamodb")
        self.scheduler = emulator.client("scheduler")
        self.logs = emulator.client("logs")
        self.s3 = emulator.client("s3")
        self.tables = {table: f"monmaster-{stage}-{table}" for table in ("state", "journal")}
        self._refuse_enabled_schedules()

    def _refuse_enabled_schedules(self):
        enabled = [schedule["Name"] for schedule in self.scheduler.list_schedules(NamePrefix=f"{self.name}-")["Schedules"]
                   if schedule["State"] != "DISABLED"]
        if enabled:
            raise SystemExit(f"the emulator would fire {', '.join(enabled)} by this machine's clock")

    def _made(self):
        stack = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        if stack["StackStatus"].endswith(("FAILED", "ROLLBACK_COMPLETE")):
            events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
            raise SystemExit("\n".join(f"{e['LogicalResourceId']}: {e['ResourceStatusReason']}" for e in events
                                       if e.get("ResourceStatusReason")))
        return stack["StackStatus"] == "CREATE_COMPLETE"

    def function(self, name):
        return f"monmaster-{self.stage}-{name}"

    def access_key(self, name):
        """The access key under which the emulator lets a function call: derived from function and role."""
        function = self.lambda_.get_function_configuration(FunctionName=self.function(name))
        digest = hashlib.sha256(f"{function['FunctionArn']}:{function['Role']}".encode()).hexdigest()
        return f"ASIA{digest[:16].upper()}"

    def policy(self, name):
        """The statements of a function's role, as deployed."""
        iam = self.emulator.client("iam")
        role = self.function(name)
        found = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        return found["Statement"] if isinstance(found, dict) else json.loads(found)["Statement"]

    def environment(self, name):
        return self.lambda_.get_function_configuration(FunctionName=self.function(name))["Environment"]["Variables"]

    def items(self, table):
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.tables[table], ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    def failures(self):
        """The stage's queues of failures, each with how many messages lie in it."""
        sqs = self.emulator.client("sqs")
        for queue in (f"{self.name}-failures", f"{self.name}-mail-failures"):
            url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
            told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
            yield queue, int(told["Attributes"]["ApproximateNumberOfMessages"])

    def log_lines(self, name):
        """Every line that a function wrote, with the service's own."""
        pages = self.logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{self.function(name)}")
        return [event["message"] for page in pages for event in page["events"]]
