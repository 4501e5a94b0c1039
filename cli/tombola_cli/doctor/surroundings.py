"""The stack as a whole, its queues, this machine's clock, and the account it lives in."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tombola_cli.doctor.finding import Finding, only_you, right, wrong

# A signature is refused when clocks differ by minutes; a clock that is seconds wrong is on its way there.
CLOCK_OFF_MAX = timedelta(seconds=10)
SECOND = timedelta(seconds=1)  # AWS tells the time to the second
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html asks for both.
TIMEOUTS_HIDDEN = 6
RECEIVES = range(5, 21)

Answer = Mapping[str, Any]


def stack_status(described: Answer) -> Finding:
    status = described["StackStatus"]
    if status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        return right(status)
    if status.endswith("IN_PROGRESS"):
        return only_you(status, "a deployment is under way: ask again when it has ended")
    return wrong(status, "the last deployment failed: look at the stack's events, mend, deploy again")


def stage(parameters: Mapping[str, str], *, emulated: bool) -> Finding:
    """Judge the purpose of the stack."""
    found = parameters.get("Stage")
    if found == "prod" or (found == "local" and emulated):
        return right(f"{found}{', on an emulator' if emulated else ''}")
    return wrong(f"{found}: tables are not protected, and nobody may have to sign", "deploy with Stage=prod")


def clock(before: datetime, told: datetime, after: datetime) -> Finding:
    """Judge this machine's clock by when AWS was asked and what it told."""
    off = max(before - told - SECOND, told - after, timedelta())
    if off > CLOCK_OFF_MAX:
        return wrong(f"{off.total_seconds():.0f} s off that of AWS", "let this machine follow a time server")
    return right(f"within {CLOCK_OFF_MAX.total_seconds():.0f} s of that of AWS")


def queue(attributes: Mapping[str, str], dlq_arn: str, timeout: int) -> Finding:
    """Judge the queue of invoices by the timeout, in seconds, of the function that receives from it."""
    hidden, wanted = int(attributes["VisibilityTimeout"]), TIMEOUTS_HIDDEN * timeout
    if hidden < wanted:
        return wrong(f"hides a message {hidden} s; {wanted} s are asked for", "deploy the stack again")
    redrive = json.loads(attributes.get("RedrivePolicy", "{}"))
    if redrive.get("deadLetterTargetArn") != dlq_arn:
        return wrong("a message that fails for good does not go to the dead letters", "deploy the stack again")
    receives = int(redrive["maxReceiveCount"])
    if receives not in RECEIVES:
        return wrong(f"{receives} tries before the dead letters", "deploy the stack again")
    return right(f"hides a message {hidden} s; {receives} tries, then the dead letters")


def dead_letters(attributes: Mapping[str, str]) -> Finding:
    count = int(attributes["ApproximateNumberOfMessages"])
    if count:
        return wrong(f"{count} messages", "read them, mend what they died of, send them again")
    return right("none")


def account_concurrency(settings: Answer) -> Finding:
    """Tell what the account lets run at once: whether it is enough hangs on what is to come."""
    limit = settings["AccountLimit"]
    free, whole = limit["UnreservedConcurrentExecutions"], limit["ConcurrentExecutions"]
    seen = f"{free} of {whole} executions at once are not reserved"
    return only_you(seen, "see docs/deployment.md, Concurrency; Service Quotas gives more")
