"""Nothing in template.yaml changes unnoticed: every resource, and every right, stands in tests/template_tables.yaml."""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
import yaml

import sam_template
from sam_template import ROOT, Node, Stack
from template_tables import ATTRIBUTES, HELD_ELSEWHERE, resources_of, rights_of

TABLES = yaml.safe_load((ROOT / "tests/template_tables.yaml").read_text("utf-8"))
# What is off by default, switched on together.
CHOSEN = {
    "AlarmTopicArn": "arn:aws:sns:eu-central-1:111122223333:operators",
    "Authorization": "jwt",
    "Canary": "true",
    "CompensateReserved": "3",
    "CorsOrigins": "https://shop.example",
    "Dashboard": "true",
    "DataKeyArn": "arn:aws:kms:eu-central-1:111122223333:key/1",
    "DeletionProtection": "true",
    "DistributeReserved": "10",
    "IndexWarmWrites": "40000",
    "JwtAudience": "one,two",
    "JwtIssuer": "https://issuer.example",
    "KafkaBootstrapServers": "b-1.example:9098,b-2.example:9098",
    "KafkaClusterArn": "arn:aws:kafka:eu-central-1:111122223333:cluster/tombola/1",
    "KafkaPollers": "provisioned",
    "KafkaSecurityGroupIds": "sg-11111111",
    "KafkaSubnetIds": "subnet-11111111,subnet-22222222",
    "RevealPrincipal": "arn:aws:iam::111122223333:role/operator",
    "TableWarmReads": "20000",
    "TableWarmWrites": "80000",
}
# Transports that are not the default, and what is switched on with them.
TRANSPORTS: dict[str, dict[str, str]] = {
    "kafka": {"Transport": "kafka"},
    "kafka of one's own": {
        "Transport": "kafka",
        "Architecture": "arm64",
        "KafkaClusterArn": "",
        "KafkaSecurity": "scram",
        "KafkaSecretArn": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:brokers-AbCdEf",
    },
    "kafka on the internet": {
        "Transport": "kafka",
        "KafkaClusterArn": "",
        "KafkaSubnetIds": "",
        "KafkaSecurity": "scram",
        "KafkaSecretArn": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:brokers-AbCdEf",
    },
    "streams": {"Transport": "streams"},
}
UNSEEN = {"Metadata", "PolicyName", *HELD_ELSEWHERE}  # what tools are told, and words for people


def tables() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield both tables, and for what is switched on, and then for another transport, the rows that change."""
    plain = Stack()
    resources, rights = resources_of(plain), rights_of(plain)
    yield "resources", resources
    yield "rights", rights
    chosen = Stack(**CHOSEN)
    yield "resources when all is switched on", _changed(resources_of(chosen), resources)
    yield "rights when all is switched on", _changed(rights_of(chosen), rights)
    for name, more in TRANSPORTS.items():
        other = Stack(**{**CHOSEN, **more})
        yield f"resources with {name}", _changed(resources_of(other), resources_of(chosen))
        yield f"rights with {name}", _changed(rights_of(other), rights_of(chosen))


@cache
def tables_of_today() -> dict[str, dict[str, Any]]:
    return dict(tables())


def _changed(after: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    return {name: row for name, row in after.items() if row != before.get(name)}


@pytest.mark.parametrize("table", TABLES)
def test_the_template_is_what_its_tables_say(table: str) -> None:
    assert tables_of_today()[table] == TABLES[table]


def test_there_is_no_other_table() -> None:
    assert tables_of_today().keys() == TABLES.keys()


def edits(node: Node, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything in the template's resources that can be taken away."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, item in items:
        if name in UNSEEN:
            continue
        yield (*path, name)
        if not (isinstance(item, dict) and len(item) == 1 and next(iter(item)).startswith("Fn::")):
            yield from edits(item, (*path, name))


RESOURCES = sam_template.load()["Resources"]


def test_nothing_can_be_taken_from_a_resource_unnoticed(monkeypatch: pytest.MonkeyPatch) -> None:
    template, unnoticed = sam_template.load(), []
    for path in [path for path in edits(RESOURCES) if len(path) > 1 and path[1] not in ("Type", *ATTRIBUTES)]:
        broken = deepcopy(template)
        place = broken["Resources"]
        for name in path[:-1]:
            place = place[name]
        del place[path[-1]]
        monkeypatch.setattr(sam_template, "load", lambda broken=broken: broken)
        try:
            same = all(rows == TABLES[name] for name, rows in tables())  # the first that differs ends it
        except (AssertionError, KeyError, TypeError, ValueError, IndexError):
            same = False  # it is no template any more
        if same:
            unnoticed.append(path)

    assert unnoticed == []
