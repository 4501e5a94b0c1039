"""Where the project's code calls DynamoDB, found in its source."""

import ast
from collections.abc import Iterator

from tombola.aws.activity_ledger import DynamoActivityLedger
from tombola.aws.code_ledger import DynamoCodePool
from tombola.aws.due_index import DueIndex
from tombola.aws.forget_ledger import ForgetLedger
from tombola.aws.ledger import DynamoLedger
from tombola.aws.operator_ledger import OperatorLedger
from tombola.aws.void_ledger import VoidLedger
from tombola_cli.files.repository import ROOT

FOLDERS = ("layers/shared/tombola", "functions", "cli/tombola_cli")
LEDGERS = (DynamoLedger, VoidLedger, OperatorLedger, ForgetLedger, DynamoActivityLedger, DueIndex, DynamoCodePool)
WRITES = frozenset(
    {
        "put_item",
        "update_item",
        "delete_item",
        "transact_write_items",
        "batch_write_item",
        "execute_statement",
        "batch_execute_statement",
        "execute_transaction",
    }
)
READS = frozenset({"get_item", "query", "scan", "batch_get_item", "transact_get_items"})
# Each of them is run under conflicts in test_conflicting_writers.py; all others are in test_consistent_reads.py.
WRITING_PORTS = frozenset(
    {
        "DynamoLedger.record",
        "DynamoLedger.mark_sent",
        "DynamoLedger.mark_failed",
        "DynamoLedger.begin",
        "DynamoLedger.grant",
        "DynamoLedger.grant_with",
        "DynamoLedger.grant_shipment",
        "DynamoLedger.accept",
        "DynamoLedger.give_address",
        "DynamoLedger.change_address",
        "DynamoLedger.change_shipment",
        "DynamoLedger.hold",
        "DynamoLedger.unbegin",
        "DynamoCodePool.take",
        "DynamoLedger.postpone",
        "DynamoLedger.park",
        "DynamoLedger.claim",
        "DynamoLedger.claim_all",
        "DynamoLedger.unclaim",
        "OperatorLedger.release",
        "OperatorLedger.retry",
        "OperatorLedger.retry_unclaimed",
        "OperatorLedger.void",
        "VoidLedger.miss",
        "VoidLedger.lapse",
        "ForgetLedger.mark_forgetting",
        "ForgetLedger.erase",
        "ForgetLedger.erase_quota",
        "DynamoActivityLedger.move",
        "DynamoActivityLedger.write",
        "DueIndex.set_aside",
        "DueIndex.give_back",
        "DueIndex.put_off",
    }
)


def ports() -> set[str]:
    """Return the public methods of the adapters that reach the table."""
    return {f"{kind.__name__}.{name}" for kind in LEDGERS for name in vars(kind) if not name.startswith("_")}


def call_sites(operations: frozenset[str]) -> set[tuple[str, str]]:
    """Return files and functions whose source names one of operations."""
    files = (file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))
    return {
        (str(file.relative_to(ROOT)), function)
        for file in files
        for function, node in _nodes(ast.parse(file.read_text("utf-8")), "")
        if _names(node) in operations
    }


def update_expressions() -> set[tuple[str, str, str]]:
    """Return files, functions and the constant text of what is written there as an expression of an update."""
    files = (file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))
    return {
        (str(file.relative_to(ROOT)), function, text)
        for file in files
        for function, node in _nodes(ast.parse(file.read_text("utf-8")), "")
        if (text := _constant_text(node)).startswith(("SET ", "ADD ", "REMOVE "))
    }


def _constant_text(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "…".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
    return ""


def _names(node: ast.AST) -> str | None:
    """Return the attribute, or the operation of the paginator, that node names."""
    match node:
        case ast.Call(func=ast.Attribute(attr="get_paginator"), args=[ast.Constant(value=str(operation))]):
            return operation
        case ast.Attribute(attr=name):
            return name
    return None


def _nodes(parent: ast.AST, function: str) -> Iterator[tuple[str, ast.AST]]:
    """Yield each node with the function it is in, named as tracebacks do: those within functions are their parent's."""
    for node in ast.iter_child_nodes(parent):
        inside = function
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not isinstance(parent, ast.FunctionDef):
            inside = f"{function}.{node.name}".lstrip(".")
        yield inside, node
        yield from _nodes(node, inside)
