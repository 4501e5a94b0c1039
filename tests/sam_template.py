"""template.yaml as data: its tags spelled out, and resolved as a stack with given parameters sees it."""

import copy
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml

ROOT = Path(__file__).parent.parent
FILE = ROOT / "template.yaml"
NO_VALUE = {"Ref": "AWS::NoValue"}

Node: TypeAlias = Any  # mappings, sequences and scalars, as YAML nests them


class _Loader(yaml.CSafeLoader):
    """YAML whose dates stay text: a policy's Version is one."""

    yaml_implicit_resolvers = {  # noqa: RUF012  PyYAML's own attribute
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def _spell_out(loader: _Loader, name: str, node: yaml.Node) -> Node:
    """Turn a short tag such as !GetAtt Table.Arn into its long form."""
    value: Node
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        raise TypeError(f"{FILE.name}: !{name} holds neither text nor a list: {node.start_mark}")
    if name == "GetAtt":
        return {"Fn::GetAtt": value.split(".", 1)}
    return {name if name in {"Ref", "Condition"} else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _spell_out)


def load() -> dict[str, Node]:
    """Return the template as written: a copy, as some callers change it."""
    return copy.deepcopy(_read())


@cache
def _read() -> dict[str, Node]:
    template: dict[str, Node] = yaml.load(FILE.read_text(), _Loader)  # noqa: S506  a SafeLoader
    return template


def _over(shared: Node, own: Node) -> Node:
    """Return own properties over shared ones as SAM does: variables of both are together, and so are layers."""
    variables = {**shared["Environment"]["Variables"], **own.get("Environment", {}).get("Variables", {})}
    layers = [*shared["Layers"], *own.get("Layers", [])]
    return {**shared, **own, "Environment": {"Variables": variables}, "Layers": layers}


class Stack:
    """The template with parameters chosen; references to resources stay as they are."""

    def __init__(self, **parameters: str) -> None:
        self.template = load()
        defaults = {name: definition.get("Default") for name, definition in self.template["Parameters"].items()}
        if unknown := parameters.keys() - defaults.keys():
            raise ValueError(f"{FILE.name} has no parameters {sorted(unknown)}")
        self.parameters = defaults | parameters
        self.resources: dict[str, Node] = self._resolve(self.template["Resources"])

    def of_type(self, type_name: str) -> dict[str, Node]:
        """Return the properties of each resource of a type, by logical id."""
        return {
            name: resource["Properties"] for name, resource in self.resources.items() if resource["Type"] == type_name
        }

    def functions(self) -> dict[str, Node]:
        """Return the properties of each function, over those all functions share."""
        shared = self._resolve(self.template["Globals"]["Function"])
        return {name: _over(shared, own) for name, own in self.of_type("AWS::Serverless::Function").items()}

    def holds(self, condition: str) -> bool:
        return bool(self._resolve(self.template["Conditions"][condition]))

    def broken_rules(self) -> list[str]:
        """Return what CloudFormation would refuse these parameters with."""
        return [
            assertion["AssertDescription"]
            for rule in self.template["Rules"].values()
            if self._resolve(rule["RuleCondition"])
            for assertion in rule["Assertions"]
            if not self._resolve(assertion["Assert"])
        ]

    def _resolve(self, node: Node) -> Node:
        if isinstance(node, list):
            return [value for item in node if (value := self._resolve(item)) != NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            [(function, argument)] = node.items()
            if function == "Ref" and argument in self.parameters:
                return self._value(argument)
            if function in {"Fn::If", "Fn::Equals", "Fn::Not", "Fn::And", "Fn::Or"}:
                return self._decide(function, argument)
        return {key: value for key, item in node.items() if (value := self._resolve(item)) != NO_VALUE}

    def _value(self, parameter: str) -> Node:
        value = self.parameters[parameter]
        is_list = self.template["Parameters"][parameter]["Type"] == "CommaDelimitedList"
        return [part for part in value.split(",") if part] if is_list else value

    def _decide(self, function: str, argument: list[Node]) -> Node:
        if function == "Fn::If":
            condition, then, otherwise = argument
            return self._resolve(then if self.holds(condition) else otherwise)
        if function == "Fn::Not":
            return not self._resolve(argument[0])
        if function in {"Fn::And", "Fn::Or"}:
            return (all if function == "Fn::And" else any)(self._resolve(part) for part in argument)
        left, right = (self._text(item) for item in argument)
        return left == right

    def _text(self, node: Node) -> str:
        if isinstance(node, dict) and "Fn::Join" in node:
            separator, parts = node["Fn::Join"]
            return str(separator.join(self._resolve(parts)))
        return str(self._resolve(node))


def leaves(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Yield every scalar below node with the path that leads to it."""
    if isinstance(node, dict):
        for key, item in node.items():
            yield from leaves(item, f"{path}.{key}".lstrip("."))
    elif isinstance(node, list):
        for item in node:
            yield from leaves(item, path)
    else:
        yield path, node


def resource_named(arn: Node) -> str:
    """Return the logical id an ARN is made from, or nothing when it is not made from a resource."""
    if "Fn::GetAtt" in arn and arn["Fn::GetAtt"][1] == "Arn":
        return str(arn["Fn::GetAtt"][0])
    found = re.match(r"\$\{(\w+)\.Arn\}", arn.get("Fn::Sub", ""))
    return found[1] if found else ""
