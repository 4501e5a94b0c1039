"""Deploy template.yaml on an emulator: upload the code, then a change set, as sam deploy does on AWS."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tombola_cli.errors import TombolaError
from tombola_cli.local import bundle
from tombola_cli.operate.stack import Place, outputs_of

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef

T = TypeVar("T")

BUCKET = "tombola-code"
CODE = re.compile(r"\b(CodeUri|ContentUri):\s+([\w./-]+)")
CHANGE_SET_SECONDS_MAX = 300.0
STACK_SECONDS_MAX = 600.0
POLL_SECONDS = 0.05
EVENTS_MAX = 1_000  # of a stack that are looked through, some five for each resource; a page has 100
STACK_NAME_MAX = 53  # characters: the longest name made from it, a function's, has 11 more and may have 64
# The states of a stack after a failed creation; CloudFormation only lets it be deleted.
STILLBORN = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}
NEVER_DEPLOYED = {"REVIEW_IN_PROGRESS", None}
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")


@dataclass(frozen=True)
class Deployment:
    outputs: dict[str, str]
    changed: bool
    moved: dict[str, tuple[str, str]]  # parameters of a stack that was there: their values before and after


def deploy(
    place: Place, stack_name: str, root: Path, layers: Mapping[str, bytes], parameters: Mapping[str, str]
) -> Deployment:
    """Create or update the stack and return its outputs; unchanged code and parameters change nothing.

    layers are built already, by their folders; a folder that is not among them is uploaded as it is.
    """
    if len(stack_name) > STACK_NAME_MAX:
        raise TombolaError(
            f"stack name {stack_name}: {len(stack_name)} characters, at most {STACK_NAME_MAX} are allowed"
        )
    template = _upload(place, stack_name, root, layers)
    cloudformation: CloudFormationClient = place.client("cloudformation")
    if _status(cloudformation, stack_name) in STILLBORN:
        delete(place, stack_name)
    before = _parameters(cloudformation, stack_name)
    change_set = _prepare_changes(cloudformation, stack_name, template, parameters)
    if change_set:
        cloudformation.execute_change_set(ChangeSetName=change_set)
        _await_stack(cloudformation, stack_name)
    after = _parameters(cloudformation, stack_name)
    moved = {name: (before[name], after[name]) for name in before if after.get(name, before[name]) != before[name]}
    return Deployment(outputs_of(place, stack_name), changed=change_set is not None, moved=moved)


def delete(place: Place, stack_name: str) -> None:
    """Delete the stack; resources that the template retains stay."""
    cloudformation: CloudFormationClient = place.client("cloudformation")
    cloudformation.delete_stack(StackName=stack_name)
    gone = _await(lambda: _status(cloudformation, stack_name), _is_done, STACK_SECONDS_MAX)
    if gone not in {None, "DELETE_COMPLETE"}:
        raise TombolaError(f"stack {stack_name} could not be deleted: {_why(cloudformation, stack_name)}")


def _upload(place: Place, stack_name: str, root: Path, layers: Mapping[str, bytes]) -> str:
    """Upload the template and what it names by folder, and return the template's URL: a request has no room for it."""
    s3 = place.client("s3")
    s3.create_bucket(Bucket=BUCKET)

    def upload(content: bytes, ending: str) -> str:
        key = f"{stack_name}/{bundle.digest([content])}.{ending}"
        s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        return key

    def uploaded(match: re.Match[str]) -> str:
        kind, folder = match[1], root / match[2]
        content = layers.get(match[2].rstrip("/")) or bundle.zipped(folder, _code_in(folder))
        return f"{kind}: s3://{BUCKET}/{upload(content, 'zip')}"

    template = CODE.sub(uploaded, (root / "template.yaml").read_text())
    return f"{place.endpoint_url}/{BUCKET}/{upload(template.encode(), 'yaml')}"


def _code_in(folder: Path) -> list[Path]:
    files = bundle.files_of(folder)
    if not files:
        raise TombolaError(f"{folder}: template.yaml names this folder, but there is no code in it")
    return files


def _create_change_set(
    cloudformation: "CloudFormationClient", stack_name: str, template: str, parameters: Mapping[str, str]
) -> str:
    new = _status(cloudformation, stack_name) in NEVER_DEPLOYED
    try:
        return cloudformation.create_change_set(
            StackName=stack_name,
            ChangeSetName=f"deploy-{time.time_ns()}",
            ChangeSetType="CREATE" if new else "UPDATE",
            TemplateURL=template,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )["Id"]
    except cloudformation.exceptions.ClientError as error:
        raise TombolaError(f"template.yaml: {error.response['Error']['Message']}") from None


def _prepare_changes(
    cloudformation: "CloudFormationClient", stack_name: str, template: str, parameters: Mapping[str, str]
) -> str | None:
    """Return the change set to execute, or None when there is nothing to change."""
    change_set = _create_change_set(cloudformation, stack_name, template, parameters)
    described = _await(
        lambda: cloudformation.describe_change_set(ChangeSetName=change_set),
        lambda answer: not answer["Status"].endswith(("PENDING", "IN_PROGRESS")),
        CHANGE_SET_SECONDS_MAX,
    )
    reason = described.get("StatusReason", "no reason given")
    if described["Status"] != "FAILED":
        return change_set
    if any(words in reason for words in NO_CHANGES):
        return None
    raise TombolaError(f"template.yaml: {reason}")


def _await_stack(cloudformation: "CloudFormationClient", stack_name: str) -> None:
    status = _await(lambda: _status(cloudformation, stack_name), _is_done, STACK_SECONDS_MAX)
    if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        raise TombolaError(f"stack {stack_name} was not deployed: {_why(cloudformation, stack_name)}")


def _status(cloudformation: "CloudFormationClient", stack_name: str) -> str | None:
    try:
        return cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]["StackStatus"]
    except cloudformation.exceptions.ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def _parameters(cloudformation: "CloudFormationClient", stack_name: str) -> dict[str, str]:
    """Return the value of each parameter, given or by default; of a stack that was never deployed there are none."""
    if _status(cloudformation, stack_name) in NEVER_DEPLOYED:
        return {}
    told = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0].get("Parameters", [])
    return {each["ParameterKey"]: each["ParameterValue"] for each in told}


def _is_done(status: str | None) -> bool:
    return status is None or not status.endswith("IN_PROGRESS")


def _why(cloudformation: "CloudFormationClient", stack_name: str) -> str:
    """Name the resource that failed first, and its reason; later ones were only cancelled."""
    pages = cloudformation.get_paginator("describe_stack_events").paginate(
        StackName=stack_name, PaginationConfig={"MaxItems": EVENTS_MAX}
    )
    newest_first = (event for page in pages for event in page["StackEvents"])
    of_this_attempt = takewhile(lambda event: not _begins(event), newest_first)
    failures = [event for event in of_this_attempt if event.get("ResourceStatus", "").endswith("_FAILED")]
    if not failures:
        return "no resource says why"
    first = failures[-1]
    reason = first.get("ResourceStatusReason", "no reason given")
    return f"{first.get('LogicalResourceId')} ({first.get('ResourceType')}): {reason}"


def _begins(event: "StackEventTypeDef") -> bool:
    """Return whether the stack's creation or update began with event: older events belong to an earlier one."""
    of_stack = event.get("ResourceType") == "AWS::CloudFormation::Stack"
    return of_stack and event.get("ResourceStatus") in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}


def _await(ask: Callable[[], T], is_final: Callable[[T], bool], seconds_max: float) -> T:
    """Ask until the answer is final."""
    deadline = time.monotonic() + seconds_max
    while not is_final(answer := ask()):
        if time.monotonic() > deadline:
            raise TombolaError(f"CloudFormation was still at work after {seconds_max:.0f} seconds: {answer}")
        time.sleep(POLL_SECONDS)
    return answer
