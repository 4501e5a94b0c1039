"""The template's tables, queues, key and roles on an emulator that enforces every role's rights."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from sam_template import Stack
from tombola_cli.local import ministack
from tombola_cli.local.loopback import free_port
from tombola_cli.local.process import Background
from tombola_cli.operate.stack import LOCAL_REGION, Place

STACK_NAME = "rights"
ACCOUNT = "000000000000"
# What needs no transform, and no function: those run elsewhere, with these roles.
DEPLOYED = (
    "AWS::DynamoDB::Table",
    "AWS::SQS::Queue",
    "AWS::KMS::Key",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
)
HEALTHY_SECONDS_MAX = 180.0
DEPLOYED_SECONDS_MAX = 600.0
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class GuardedStack:
    """Where it is, and what each resource is called there."""

    place: Place
    names: Mapping[str, str]

    def variables(self, function: str, role: str) -> dict[str, str]:
        """Return the variables the template gives a function, and credentials of its role."""
        declared = Stack().functions()[function]["Environment"]["Variables"]
        known, keys = {**self.names, "AWS::StackName": STACK_NAME}, self._taken(role)
        return {
            **{name: _filled_in(value, known) for name, value in declared.items()},
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
            "AWS_REGION": LOCAL_REGION,
            "AWS_DEFAULT_REGION": LOCAL_REGION,
            "AWS_ENDPOINT_URL": str(self.place.endpoint_url),
        }

    def client_of(self, role: str, service: str) -> Any:
        """Return a client with the rights of a role and no more."""
        keys = self._taken(role)
        return boto3.session.Session(
            keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], LOCAL_REGION
        ).client(service, endpoint_url=self.place.endpoint_url)  # type: ignore[call-overload]

    def _taken(self, role: str) -> dict[str, str]:
        arn = f"arn:aws:iam::{ACCOUNT}:role/{self.names[role]}"
        taken: dict[str, str] = self.place.client("sts").assume_role(RoleArn=arn, RoleSessionName="function")[
            "Credentials"
        ]
        return taken


def _filled_in(value: Any, known: Mapping[str, str]) -> str:
    """Return a variable's value with the names that it refers to filled in."""
    if not isinstance(value, dict):
        return str(value)
    if "Ref" in value:
        return known[value["Ref"]]
    return re.sub(r"\$\{(.+?)\}", lambda found: known[found[1]], value["Fn::Sub"])


@contextmanager
def running(environment: Path, folder: Path) -> Iterator[GuardedStack]:
    """Start an emulator that asks for rights, and put the template's resources on it."""
    emulator, port = Background(folder / "emulator"), free_port()
    emulator.start(ministack.command(environment), ministack.settings(port, emulator.folder) | {"AUTH": "true"})
    try:
        place = Place(region=LOCAL_REGION, endpoint_url=f"http://127.0.0.1:{port}")
        _await_healthy(place, emulator)
        yield GuardedStack(place, _deployed(place))
    finally:
        emulator.stop()


def _await_healthy(place: Place, emulator: Background) -> None:
    deadline = time.monotonic() + HEALTHY_SECONDS_MAX
    while not ministack.is_healthy(str(place.endpoint_url)):
        if time.monotonic() > deadline or not emulator.is_alive():
            raise TimeoutError(f"the emulator does not answer: {emulator.last_words()} (log: {emulator.log})")
        time.sleep(POLL_SECONDS)


def _deployed(place: Place) -> dict[str, str]:
    """Create the resources and return their names by logical id."""
    cloudformation = place.client("cloudformation")
    body = json.dumps({"Resources": _resources()})
    cloudformation.create_stack(StackName=STACK_NAME, TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
    deadline = time.monotonic() + DEPLOYED_SECONDS_MAX
    while (status := _status(cloudformation)).endswith("IN_PROGRESS"):
        if time.monotonic() > deadline:
            raise TimeoutError(f"stack {STACK_NAME} is still {status} after {DEPLOYED_SECONDS_MAX:.0f} s")
        time.sleep(POLL_SECONDS)
    if status != "CREATE_COMPLETE":
        raise RuntimeError(f"stack {STACK_NAME}: {status}")
    described = cloudformation.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in described}


def _status(cloudformation: Any) -> str:
    return str(cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]["StackStatus"])


def _resources() -> dict[str, Any]:
    """Return the template's own resources, their rights unchanged but for what the emulator does not know."""
    stack = Stack()
    known = {name: resource for name, resource in stack.resources.items() if resource["Type"] in DEPLOYED}
    chosen = {name: each for name, each in known.items() if "Condition" not in each or stack.holds(each["Condition"])}
    for resource in chosen.values():
        resource.pop("Condition", None)
        if resource["Type"] == "AWS::IAM::Role":
            _let_the_test_take(resource["Properties"])
            _let_send_batches(resource["Properties"])
    return chosen


def _let_the_test_take(role: dict[str, Any]) -> None:
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    trust["Principal"] = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def _let_send_batches(role: dict[str, Any]) -> None:
    """On AWS the right to send is the right to send batches; the emulator asks for a right no policy can name."""
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Action"] == "sqs:SendMessage":
                statement["Action"] = ["sqs:SendMessage", "sqs:SendMessageBatch"]
