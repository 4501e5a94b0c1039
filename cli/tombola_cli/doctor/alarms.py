"""Does an outage ring, and does anybody hear it?"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tombola_cli.doctor.finding import Finding, right, wrong

# An alarm begins in INSUFFICIENT_DATA; one that rings for silence may be new for so long.
NEW = timedelta(minutes=15)
CONFIRMED = "arn:"  # so a subscription's ARN begins; before that it is PendingConfirmation

Answer = Mapping[str, Any]


def actions(alarms: Sequence[Answer], names: Collection[str]) -> Finding:
    """Judge whether each alarm of the stack, by name, is there and tells somebody."""
    gone = sorted(set(names) - {alarm["AlarmName"] for alarm in alarms})
    if gone or not names:
        return wrong(f"deleted: {', '.join(gone) or 'every alarm'}", "deploy the stack again")
    mute = sorted(alarm["AlarmName"] for alarm in alarms if not _actions(alarm))
    if mute:
        return wrong(f"nobody hears {_told(mute)}", "deploy with AlarmTopicArn")
    off = sorted(alarm["AlarmName"] for alarm in alarms if not alarm.get("ActionsEnabled", True))
    if off:
        return wrong(
            f"actions are off of {_told(off)}", f"aws cloudwatch enable-alarm-actions --alarm-names {' '.join(off)}"
        )
    return right(f"each of {len(alarms)} alarms tells somebody")


def states(alarms: Sequence[Answer], now: datetime) -> Finding:
    """Judge the alarms that ring now. Missing data is an alarm only where silence rings, and the alarm is not new."""
    ringing = sorted(alarm["AlarmName"] for alarm in alarms if _rings(alarm, now))
    if ringing:
        return wrong(f"rings: {', '.join(ringing)}", "look up each in docs/operations.md")
    return right(f"none of {len(alarms)} rings")


def _rings(alarm: Answer, now: datetime) -> bool:
    if alarm["StateValue"] == "INSUFFICIENT_DATA":
        return bool(alarm.get("InsufficientDataActions")) and now - alarm["StateUpdatedTimestamp"] > NEW
    return bool(alarm["StateValue"] == "ALARM")


def topics(alarms: Sequence[Answer]) -> list[str]:
    """Return the SNS topics that alarms tell."""
    return sorted({action for alarm in alarms for action in _actions(alarm) if ":sns:" in action})


def topic(subscriptions: Mapping[str, Sequence[Answer]]) -> Finding:
    """Judge the topics, each with its subscriptions."""
    if not subscriptions:
        return wrong("no alarm tells a topic", "deploy with AlarmTopicArn")
    unheard = sorted(name for name, each in subscriptions.items() if not _confirmed(each))
    if unheard:
        return wrong(
            f"nobody has confirmed a subscription to {', '.join(unheard)}", "aws sns subscribe, and confirm it"
        )
    told = ", ".join(f"{name}: {_confirmed(each)} confirmed" for name, each in sorted(subscriptions.items()))
    return right(told)


def _confirmed(subscriptions: Sequence[Answer]) -> int:
    return sum(each["SubscriptionArn"].startswith(CONFIRMED) for each in subscriptions)


def _actions(alarm: Answer) -> list[str]:
    return [*alarm.get("AlarmActions", ()), *alarm.get("InsufficientDataActions", ())]


def _told(names: Sequence[str]) -> str:
    return f"{len(names)}: {', '.join(names)}"
