"""Is the last deployment the one that is served: alias, versions, and the callers of the alias?"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tombola_cli.doctor.finding import Finding, only_you, right, wrong

AGAIN = "deploy again: a deployment was interrupted, rolled back, or changed by hand"
PROBLEM = "PROBLEM"  # begins what Lambda tells of pollers that reach no broker, and of a function that failed
# The settings that a published version keeps; another value in $LATEST is a change that nobody serves.
KEPT = ("CodeSha256", "Environment", "Layers", "Timeout", "MemorySize", "Runtime", "Handler", "Role", "LoggingConfig")

Answer = Mapping[str, Any]


def alias(found: Answer, versions: Iterable[Answer]) -> Finding:
    """Judge where an alias points, of the versions that there are."""
    at = found["FunctionVersion"]
    newest = max((int(each["Version"]) for each in versions if each["Version"].isdecimal()), default=None)
    weights = found.get("RoutingConfig", {}).get("AdditionalVersionWeights") or {}
    if weights:
        parts = ", ".join(f"{weight:.0%} on version {version}" for version, weight in weights.items())
        return only_you(f"version {at}, and {parts}", "a deployment is under way: ask again when it has ended")
    if newest is None or at != str(newest):
        return wrong(f"points at version {at}; the newest is {newest or 'not published'}", AGAIN)
    return right(f"points at version {at}, the newest")


def published(served: Answer, latest: Answer) -> Finding:
    """Judge whether the version that is served is as $LATEST; values are not told, some are nobody's business."""
    changed = [name for name in KEPT if _plain(served, name) != _plain(latest, name)]
    if changed:
        return wrong(f"changed, and not served: {', '.join(changed)}", AGAIN)
    return right("code, layers and variables of $LATEST are those of the version served")


def _plain(configuration: Answer, name: str) -> Any:  # noqa: ANN401  a setting of any type
    value = configuration.get(name)
    if name == "Layers":
        return [layer["Arn"] for layer in value or []]
    return value


def api(integrations: Sequence[Answer], alias_arn: str) -> Finding:
    """Judge which function the HTTP API calls."""
    others = [each.get("IntegrationUri", "") for each in integrations if not _calls(each, alias_arn)]
    if others or not integrations:
        return wrong(f"calls {', '.join(others) or 'nobody'}, not {alias_arn}", "deploy the stack again")
    return right(f"calls {alias_arn}")


def _calls(integration: Answer, alias_arn: str) -> bool:
    uri = integration.get("IntegrationUri", "")
    return bool(uri == alias_arn or uri.endswith(f"/functions/{alias_arn}/invocations"))


def mapping(mappings: Sequence[Answer], alias_arn: str) -> Finding:
    """Judge whom the transport calls."""
    if len(mappings) != 1:
        todo = "deploy the stack again" if not mappings else "delete those that are not the stack's"
        return wrong(f"{len(mappings)} event source mappings call the function, not 1", todo)
    (found,) = mappings
    if found["State"] != "Enabled":
        enable = f"aws lambda update-event-source-mapping --uuid {found['UUID']} --enabled"
        return wrong(f"is {found['State']}: nothing is received", enable)
    if found["FunctionArn"] != alias_arn:
        return wrong(f"calls {found['FunctionArn']}, not {alias_arn}", "deploy the stack again")
    if found.get("LastProcessingResult", "").startswith(PROBLEM):
        return _in_trouble(found)
    if _takes_single_messages(found) and "ReportBatchItemFailures" not in found.get("FunctionResponseTypes", []):
        return wrong("fails whole batches for one bad message", "deploy the stack again")
    return right(f"enabled, calls {alias_arn}")


def _in_trouble(mapping: Answer) -> Finding:
    """Judge a mapping whose last try failed: of a stream, Lambda says so of the function alone."""
    said = mapping["LastProcessingResult"]
    if "Topics" in mapping:
        return wrong(f"reads nothing: {said}", "docs/kafka.md says what its pollers need")
    return wrong(f"its last invocation failed: {said}", "read the distribute function's log")


def _takes_single_messages(mapping: Answer) -> bool:
    """Return whether Lambda takes single messages back from it: of a topic only its provisioned pollers do."""
    return "Topics" not in mapping or "ProvisionedPollerConfig" in mapping


def schedule(rule: Answer, targets: Sequence[Answer], alias_arn: str) -> Finding:
    """Judge the rule that starts compensation."""
    if rule["State"] != "ENABLED":
        return wrong(f"is {rule['State']}: nothing is repaired", f"aws events enable-rule --name {rule['Name']}")
    called = [target["Arn"] for target in targets]
    if called != [alias_arn]:
        return wrong(f"calls {', '.join(called) or 'nobody'}, not {alias_arn}", "deploy the stack again")
    return right(f"enabled, {rule['ScheduleExpression']}, calls {alias_arn}")


def permission(policy: str, service: str, alias_arn: str) -> Finding:
    """Judge whether a service may invoke an alias, by the alias's own policy as JSON."""
    if any(_lets(statement, service, alias_arn) for statement in json.loads(policy)["Statement"]):
        return right(f"{service} may invoke {alias_arn}")
    return wrong(f"{service} may not invoke {alias_arn}", "deploy the stack again")


def _lets(statement: Answer, service: str, alias_arn: str) -> bool:
    principal = statement.get("Principal", {})
    return (
        statement["Effect"] == "Allow"
        and isinstance(principal, Mapping)
        and principal.get("Service") == service
        and statement.get("Action") == "lambda:InvokeFunction"
        and statement.get("Resource") == alias_arn
    )


def concurrency(found: Answer, batches: int) -> Finding:
    """Judge the executions that a function keeps for itself, of which batches may be wanted at once."""
    reserved = found.get("ReservedConcurrentExecutions")
    if reserved == 0:
        return wrong("0 reserved: it never runs", "deploy with another number, or empty for none of its own")
    if reserved is not None and reserved < batches:
        todo = "deploy with at least as many, or with a lower DistributeConcurrency"
        return wrong(f"{reserved} reserved for {batches} batches at once: refused ones count as tries", todo)
    return right("none of its own: it shares the account's" if reserved is None else f"{reserved} reserved")
