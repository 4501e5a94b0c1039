"""How an order looks in the table, and what every item is made of; nothing but translation."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tombola.rules.activity import Award, AwardType, GrantType
from tombola.rules.odds import StrategyMode
from tombola.rules.order import GrantState, MqState, Order, Outcome, Proof

Item = dict[str, Any]  # attribute values as DynamoDB writes them: {"S": …}, {"N": …}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def text(value: str) -> dict[str, str]:
    return {"S": value}


def number(value: int) -> dict[str, str]:
    return {"N": str(value)}


def moment(value: datetime) -> dict[str, str]:
    """Return value as epoch milliseconds."""
    return {"N": str(milliseconds(value))}


def milliseconds(value: datetime) -> int:
    return (value - EPOCH) // MILLISECOND


def order_key(user_id: str, order_id: int) -> Item:
    return {"pk": text(f"USER#{user_id}"), "sk": text(f"ORDER#{order_id:019d}")}


def quota_key(user_id: str, activity_id: str) -> Item:
    return {"pk": text(f"USER#{user_id}"), "sk": text(f"QUOTA#{activity_id}")}


def stock_key(activity_id: str, award_id: str, shard: int) -> Item:
    return {"pk": text(f"STOCK#{activity_id}#{award_id}#{shard:02d}"), "sk": text("STOCK")}


def order_of_key(item: Mapping[str, Any]) -> tuple[str, int]:
    """Return user_id and order_id from the keys of an order's item."""
    return item["pk"]["S"].removeprefix("USER#"), int(item["sk"]["S"].removeprefix("ORDER#"))


def order_item(order: Order) -> Item:
    """Return order as its item; what is None is left out."""
    item: Item = order_key(order.user_id, order.order_id) | {
        "activity_id": text(order.activity_id),
        "idempotency_key": text(order.idempotency_key),
        "request_hash": text(order.request_hash),
        "outcome": text(order.outcome),
        "strategy_mode": number(order.strategy_mode),
        "grant_type": number(order.grant_type),
        "mq_state": number(order.mq_state),
        "grant_state": number(order.grant_state),
        "grants": number(order.grants),
        "claims": number(order.claims),
        "failures": number(order.failures),
        "drawn_at": moment(order.drawn_at),
        "proof": {"M": _proof_map(order.proof)},
    }
    if order.award is not None:
        item["award"] = {"M": award_map(order.award)}
    for name, shard in (("shard", order.shard), ("cap_shard", order.cap_shard)):
        if shard is not None:
            item[name] = number(shard)
    for name, value in (
        ("sent_at", order.sent_at),
        ("granted_at", order.granted_at),
        ("grant_at", order.grant_at),
        ("due_at", order.due_at),
    ):
        if value is not None:
            item[name] = moment(value)
    for name, words in (
        ("lane", order.lane),
        ("parked_because", order.parked_because),
        ("tree_id", order.tree_id),
    ):
        if words is not None:
            item[name] = text(words)
    return item


def order_from(item: Mapping[str, Any]) -> Order:
    user_id, order_id = order_of_key(item)
    return Order(
        order_id=order_id,
        user_id=user_id,
        activity_id=item["activity_id"]["S"],
        tree_id=text_or_none(item, "tree_id"),
        idempotency_key=item["idempotency_key"]["S"],
        request_hash=item["request_hash"]["S"],
        outcome=Outcome(item["outcome"]["S"]),
        award=award_from(item["award"]["M"]) if "award" in item else None,
        shard=int_or_none(item, "shard"),
        cap_shard=int_or_none(item, "cap_shard"),
        strategy_mode=StrategyMode(int(item["strategy_mode"]["N"])),
        grant_type=GrantType(int(item["grant_type"]["N"])),
        proof=_proof_from(item["proof"]["M"]),
        drawn_at=moment_from(item["drawn_at"]),
        mq_state=MqState(int(item["mq_state"]["N"])),
        grant_state=GrantState(int(item["grant_state"]["N"])),
        grants=int(item["grants"]["N"]),
        claims=int(item["claims"]["N"]),
        failures=int(item["failures"]["N"]),
        sent_at=_moment_or_none(item, "sent_at"),
        granted_at=_moment_or_none(item, "granted_at"),
        grant_at=_moment_or_none(item, "grant_at"),
        due_at=_moment_or_none(item, "due_at"),
        parked_because=text_or_none(item, "parked_because"),
    )


def moment_from(value: Mapping[str, str]) -> datetime:
    return EPOCH + int(value["N"]) * MILLISECOND


def int_or_none(item: Mapping[str, Any], name: str) -> int | None:
    return int(item[name]["N"]) if name in item else None


def text_or_none(item: Mapping[str, Any], name: str) -> str | None:
    return str(item[name]["S"]) if name in item else None


def _moment_or_none(item: Mapping[str, Any], name: str) -> datetime | None:
    return moment_from(item[name]) if name in item else None


def award_map(award: Award) -> Item:
    return {
        "award_id": text(award.award_id),
        "award_type": number(award.award_type),
        "award_name": text(award.award_name),
        "award_content": text(award.award_content),
    }


def award_from(fields: Mapping[str, Any]) -> Award:
    return Award(
        award_id=fields["award_id"]["S"],
        award_type=AwardType(int(fields["award_type"]["N"])),
        award_name=fields["award_name"]["S"],
        award_content=fields["award_content"]["S"],
    )


def _proof_map(proof: Proof) -> Item:
    fields: Item = {
        "attempt": number(proof.attempt),
        "excluded": {"L": [text(award_id) for award_id in proof.excluded]},
        "version": number(proof.version),
    }
    return fields if proof.taken is None else fields | {"taken": number(proof.taken)}


def _proof_from(fields: Mapping[str, Any]) -> Proof:
    return Proof(
        attempt=int(fields["attempt"]["N"]),
        excluded=tuple(entry["S"] for entry in fields["excluded"]["L"]),
        version=int(fields["version"]["N"]),
        taken=int_or_none(fields, "taken"),
    )
