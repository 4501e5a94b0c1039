"""The template as two tables: what every resource is, and what every role may do, a line or a mapping each."""

from typing import Any

from sam_template import Node, Stack

ATTRIBUTES = ("Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy")
HELD_ELSEWHERE = {"AlarmDescription", "DashboardBody"}  # words for people; tests/operations/test_dashboard.py
TELLING = ("AlarmActions", "InsufficientDataActions")
LANGUAGE = "2012-10-17"  # of policies
COMPARISONS = {"GreaterThanThreshold": ">"}


def resources_of(stack: Stack) -> dict[str, Any]:
    """Return everything but roles, by logical id: an alarm as a line, the rest as its attributes and properties."""
    functions = stack.functions()
    return {
        name: _alarm(resource)
        if resource["Type"] == "AWS::CloudWatch::Alarm"
        else _attributes(resource) | short(functions.get(name, resource.get("Properties", {})))
        for name, resource in stack.resources.items()
        if resource["Type"] != "AWS::IAM::Role"
    }


def rights_of(stack: Stack) -> dict[str, list[str]]:
    """Return what each role may do, a line a statement, the first one saying who takes the role."""
    return {name: _rights(role) for name, role in stack.resources.items() if role["Type"] == "AWS::IAM::Role"}


def _rights(role: Node) -> list[str]:
    properties = dict(role["Properties"])
    trust = properties.pop("AssumeRolePolicyDocument")
    documents = [policy["PolicyDocument"] for policy in properties.pop("Policies", [])]
    assert {document["Version"] for document in [trust, *documents]} == {LANGUAGE}
    taken = [_taken(role, statement) for statement in trust["Statement"]]
    described = [f"described as {properties.pop('Description')}"] if "Description" in properties else []
    assert not properties, f"the table has no place for {sorted(properties)}"
    return described + taken + [_right(statement) for document in documents for statement in document["Statement"]]


def short(node: Node) -> Node:
    """Return node with what is referred to as text, after an exclamation mark, and without words for people."""
    if isinstance(node, list):
        return [short(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.keys() == {"Ref"} or node.keys() == {"Fn::Sub"}:
        return f"!{next(iter(node.values()))}"
    if node.keys() == {"Fn::GetAtt"}:
        return f"!{'.'.join(node['Fn::GetAtt'])}"
    return {name: short(item) for name, item in node.items() if name not in HELD_ELSEWHERE}


def _attributes(resource: Node) -> dict[str, Any]:
    return {name: resource[name] for name in ATTRIBUTES if name in resource}


def _condition(resource: Node) -> str:
    return f", if {resource['Condition']}" if "Condition" in resource else ""


def _taken(resource: Node, statement: Node) -> str:
    ((kind, who),) = short(statement["Principal"]).items()
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sts:AssumeRole")
    return f"taken by {kind} {who}{_condition(resource)}"


def _right(statement: Node) -> str:
    assert statement.keys() <= {"Effect", "Action", "Resource", "Condition"}
    where = f" where {short(statement['Condition'])}" if "Condition" in statement else ""
    return f"{statement['Effect']} {_joined(statement['Action'])} on {_joined(statement['Resource'])}{where}"


def _joined(values: Node) -> str:
    plain = short(values)
    return ", ".join(plain) if isinstance(plain, list) else str(plain)


def _alarm(resource: Node) -> str:
    left = short(resource["Properties"])
    if "Metrics" in left:
        watched = "; ".join(map(_metric, left.pop("Metrics")))
    else:
        watched = _watched(left, left.pop("Statistic"), left.pop("Period"))
    periods = left.pop("EvaluationPeriods")
    times = f"{left.pop('DatapointsToAlarm', periods)} of {periods}"
    beyond = f"{COMPARISONS[left.pop('ComparisonOperator')]} {left.pop('Threshold')}"
    told = " ".join(name for name in TELLING if left.pop(name, None))
    line = f"{watched} | {times} {beyond} | {left.pop('TreatMissingData')} | {told}{_condition(resource)}"
    assert not left, f"the table has no place for {sorted(left)}"
    return line


def _metric(metric: Node) -> str:
    if "Expression" in metric:
        assert metric["ReturnData"] is True
        return f"{metric['Id']} = {metric['Expression']}"
    assert metric["ReturnData"] is False
    stat = metric["MetricStat"]
    assert stat.keys() == {"Metric", "Stat", "Period"}
    return f"{metric['Id']} = {_watched(dict(stat['Metric']), stat['Stat'], stat['Period'])}"


def _watched(metric: Node, statistic: str, period: int) -> str:
    dimensions = " ".join(f"{each['Name']}={each['Value']}" for each in metric.pop("Dimensions"))
    return f"{metric.pop('Namespace')} {metric.pop('MetricName')} {dimensions} {statistic} of {period} s"
