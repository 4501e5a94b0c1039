"""What the adapters take for granted of DynamoDB: each question with the answer that AWS documents.

API is the API Reference, whose sentences the SDK carries; Guide is the Developer Guide. Where an emulator is wrong,
WRONG says so, and the question fails as soon as a release of it is right. docs/emulators.md tells readers the same.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from asked_table import CONFLICT, COUNT, FIRST, ONE, Asked

SHARD_ID_MIN = 28  # letters, as the SDK's model says
TABLE_NAME_MIN = 3
KIB = 1024
EMULATORS = ("ministack", "dynoxide")
REFUSED, FAILED = "ValidationException", "ConditionalCheckFailedException"
DIGITS = "Guide, Supported data types and naming rules"
NOWHERE = "no page of AWS's: known by its error alone"
THERE = "attribute_exists(pk)"
DUE: dict[str, Any] = {"lane": {"S": "L"}}


class Question(NamedTuple):
    page: str
    words: str
    ask: Callable[[Asked], Any]
    answer: Any


QUESTIONS = {
    "a canceled transaction tells a reason for each action, in their order": Question(
        "API, CancellationReason",
        "The values of the list are ordered according to the ordering of the TransactWriteItems request parameter.",
        lambda to: [code for code, _ in to.reasons(to.a_put("new"), to.an_update("first", COUNT, "n > :by"))],
        ["None", "ConditionalCheckFailed"],
    ),
    "a reason shows the item that did not meet the condition, if there is one": Question(
        "API, Update",
        "Use ReturnValuesOnConditionCheckFailure to get the item attributes if the Update condition fails.",
        lambda to: to.reasons(to.an_update("none", COUNT, THERE), to.an_update("first", COUNT, "n > :by")),
        [("ConditionalCheckFailed", None), ("ConditionalCheckFailed", FIRST)],
    ),
    "a transaction that counts in an absent attribute is canceled": Question(
        "API, TransactionCanceledException",
        "The provided expression refers to an attribute that does not exist in the item.",
        lambda to: to.reasons(to.a_put("new"), to.an_update("first", "SET q = q + :by")),
        [("None", None), ("ValidationError", None)],
    ),
    "two actions of a transaction never meet one item": Question(
        "API, TransactWriteItems",
        "no two actions can target the same item",
        lambda to: to.transact(to.a_put("new"), to.a_put("new")),
        REFUSED,
    ),
    "a transaction that is sent again with its token is applied once": Question(
        "API, TransactWriteItemsInput.ClientRequestToken",
        "multiple identical calls have the same effect as one single call",
        lambda to: [*(to.transact(to.an_update("first"), **to.token) for _ in range(2)), to.n("first")],
        [None, None, 2],
    ),
    "another transaction with the same token is refused": Question(
        "API, TransactWriteItemsInput.ClientRequestToken",
        "DynamoDB returns an IdempotentParameterMismatch exception.",
        lambda to: [to.transact(to.an_update("first", by=by), **to.token) for by in (1, 2)],
        [None, "IdempotentParameterMismatchException"],
    ),
    "a transaction has a hundred actions at the most": Question(
        "API, TransactWriteItems",
        "groups up to 100 action requests",
        lambda to: [to.transact(*map(to.a_put, map(str, range(count)))) for count in (100, 101)],
        [None, REFUSED],
    ),
    "a transactional read answers in the order in which it was asked": Question(
        "API, TransactGetItemsOutput.Responses",
        "each of which corresponds to the TransactGetItem object in the same position in the TransactItems array",
        lambda to: to.read_together("none", "first"),
        [None, FIRST],
    ),
    "transactions that come at once lose no count": Question(
        "API, TransactWriteItems",
        "The actions are completed atomically so that either all of them succeed, or all of them fail.",
        lambda to: to.count_at_once().count(None) == to.n("first") - 1,
        True,
    ),
    "of transactions that meet one item at once some are told of a conflict": Question(
        "API, TransactionCanceledException",
        "There is an ongoing TransactWriteItems operation that conflicts with a concurrent TransactWriteItems request.",
        lambda to: CONFLICT in to.count_at_once(),
        True,
    ),
    "a put that is refused shows the item that is there": Question(
        "API, PutItemInput.ReturnValuesOnConditionCheckFailure",
        "returns the item attributes for a PutItem operation that failed a condition check",
        lambda to: to.put_anew("first"),
        FIRST,
    ),
    "a comparison with an absent attribute does not hold": Question(
        NOWHERE,
        "",
        lambda to: [to.update("none", "SET n = :by", f"n {sign} :by") for sign in ("=", "<", ">=")],
        [FAILED] * 3,
    ),
    "an absent attribute is unequal to any value": Question(
        NOWHERE, "", lambda to: to.update("none", "SET n = :by", "n <> :by"), None
    ),
    "a reserved word is no name in an expression": Question(
        "Guide, Reserved words in DynamoDB",
        "Do not use any of these words as attribute names in expressions.",
        lambda to: to.update("first", "SET state = :by"),
        REFUSED,
    ),
    "a value that no expression uses is refused": Question(
        NOWHERE, "", lambda to: to.update("first", "REMOVE n", ExpressionAttributeValues={":unused": ONE}), REFUSED
    ),
    "a name that no expression uses is refused": Question(
        NOWHERE, "", lambda to: to.update("first", COUNT, ExpressionAttributeNames={"#unused": "n"}), REFUSED
    ),
    "one update never sets a path twice": Question(
        NOWHERE, "", lambda to: to.update("first", "SET n = :by, n = :by"), REFUSED
    ),
    "a key is never updated": Question(
        "API, AttributeValueUpdate",
        "You cannot use UpdateItem to update any primary key attributes.",
        lambda to: to.update("first", "SET sk = :by"),
        REFUSED,
    ),
    "a number has 38 digits at the most": Question(
        DIGITS,
        "Numbers can have up to 38 digits of precision. Exceeding this results in an exception.",
        lambda to: [to.put("n", n={"N": "9" * digits}) for digits in (38, 39)],
        [None, REFUSED],
    ),
    "a number is neither too large nor too small": Question(
        DIGITS,
        "Positive range: 1E-130 to 9.9999999999999999999999999999999999999E+125",
        lambda to: [to.put("n", n={"N": digits}) for digits in ("9.9E+125", "1E+126", "1E-130", "1E-131")],
        [None, REFUSED, None, REFUSED],
    ),
    "a sum of 38 digits is exact": Question(
        DIGITS,
        "Numbers can have up to 38 digits of precision. Exceeding this results in an exception.",
        lambda to: [to.put("n", n={"N": "9" * 37 + "8"}), to.update("n", COUNT), to.n("n")],
        [None, None, int("9" * 38)],
    ),
    "a text may be empty, a key may not": Question(
        "API, PutItem",
        "Attribute values of type String and Binary must have a length greater than zero if the attribute is used as a"
        " key attribute for a table or index.",
        lambda to: [to.put("e", v={"S": ""}), to.put(""), to.put("e", lane={"S": ""}, due_at=ONE)],
        [None, REFUSED, REFUSED],
    ),
    "a partition key has 2048 bytes at the most": Question(
        DIGITS,
        "the maximum length of the first attribute value (the partition key) is 2048 bytes",
        lambda to: [to.put("p" * size) for size in (2 * KIB, 2 * KIB + 1)],
        [None, REFUSED],
    ),
    "a sort key has 1024 bytes at the most": Question(
        DIGITS,
        "the maximum length of the second attribute value (the sort key) is 1024 bytes",
        lambda to: [to.put("p", "s" * size) for size in (KIB, KIB + 1)],
        [None, REFUSED],
    ),
    "an item has 400 KB at the most, and its names count": Question(
        "Guide, Quotas",
        "The maximum item size in DynamoDB is 400 KB, which includes both attribute name binary length (UTF-8 length)"
        " and attribute value lengths (again binary length).",
        lambda to: [to.put("p", v={"S": "x" * size}) for size in (to.room("p", "v"), to.room("p", "v") + 1)],
        [None, REFUSED],
    ),
    "an index has only the items that have its keys, in the order of the second": Question(
        "Guide, Global secondary indexes",
        "A global secondary index only tracks data items where its key attributes actually exist.",
        lambda to: (
            [to.put("5", **DUE, due_at={"N": "5"}), to.put("3", **DUE, due_at={"N": "3"}), to.put("x", **DUE)]
            and to.lane()
        ),
        ["3", "5"],
    ),
    "an item whose key of an index is removed leaves the index": Question(
        "Guide, Global secondary indexes",
        "A global secondary index only tracks data items where its key attributes actually exist.",
        lambda to: [to.put("5", **DUE, due_at=ONE), to.update("5", "REMOVE lane"), to.lane()],
        [None, None, []],
    ),
    "a key of an index has the type that the table says": Question(
        "API, PutItemInput.Item",
        "the data types for those attributes must match those of the schema in the table's attribute definition",
        lambda to: to.put("x", **DUE, due_at={"S": "x"}),
        REFUSED,
    ),
    "a global index is never read consistently": Question(
        "API, Query",
        "Global secondary indexes support eventually consistent reads only, so do not specify ConsistentRead when"
        " querying a global secondary index.",
        lambda to: to.lane(ConsistentRead=True),
        REFUSED,
    ),
    "a batch reads a hundred items at the most": Question(
        "API, BatchGetItem",
        "If you request more than 100 items, BatchGetItem returns a ValidationException",
        lambda to: [to.read_batch(*map(str, range(count))) for count in (100, 101)],
        [None, REFUSED],
    ),
    "a batch reads no item twice": Question(
        "API, BatchGetItem",
        "BatchGetItem will result in a ValidationException if the same key is specified multiple times.",
        lambda to: to.read_batch("first", "first"),
        REFUSED,
    ),
    "a batch writes 25 items at the most": Question(
        "API, BatchWriteItem",
        "There are more than 25 requests in the batch.",
        lambda to: [to.write_batch(*map(str, range(count))) for count in (25, 26)],
        [None, REFUSED],
    ),
    "a batch writes no item twice": Question(
        "API, BatchWriteItem",
        "You try to perform multiple operations on the same item in the same BatchWriteItem request.",
        lambda to: to.write_batch("new", "new"),
        REFUSED,
    ),
    "items of one partition come in the order of their keys' bytes": Question(
        "API, Query",
        "otherwise, the results are returned in order of UTF-8 bytes",
        lambda to: to.in_order(["\uffff", "z", "é", "9", "a", "\U00010400", "Z", "10", "B"]),
        ["10", "9", "B", "Z", "a", "z", "é", "\uffff", "\U00010400"],
    ),
    "a shard of a stream has a name that the SDK takes": Question(
        "API, Shard of DynamoDB Streams",
        "",
        lambda to: len(to.shard()["ShardId"].removesuffix(to.name)) + TABLE_NAME_MIN >= SHARD_ID_MIN,
        True,
    ),
    "a record of the stream has the item before and after": Question(
        "API, StreamSpecification.StreamViewType",
        "Both the new and the old item images of the item are written to the stream.",
        lambda to: [to.update("first", COUNT), to.delete("first")] and to.records(),
        [("INSERT", None, "1"), ("MODIFY", "1", "2"), ("REMOVE", "2", None)],
    ),
    "a write that changes nothing leaves no record in the stream": Question(
        "Guide, Change data capture for DynamoDB Streams",
        "If you perform a PutItem or UpdateItem operation that does not change any data in an item, DynamoDB Streams"
        " does not write a stream record for that operation.",
        lambda to: [to.put("first", n=ONE), to.update("first", "SET n = :by"), to.delete("none")] and to.records(),
        [("INSERT", None, "1")],
    ),
}
# What an emulator does instead.
WRONG = {
    ("one update never sets a path twice", "ministack"): "sets it",
    ("a sum of 38 digits is exact", "ministack"): "rounds it",
    ("a shard of a stream has a name that the SDK takes", "dynoxide"): "names it by its table, in 20 letters or more",
    ("a write that changes nothing leaves no record in the stream", "dynoxide"): "leaves one",
    **{
        ("of transactions that meet one item at once some are told of a conflict", emulator): "lets them wait"
        for emulator in EMULATORS
    },
}
