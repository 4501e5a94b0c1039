"""How an activity and an order look in the table: design.md's items, and nothing but translation."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tombola.rules.activity import Activity, ActivityState, Award, AwardType, GrantType, Share, StrategyMode
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


def activity_key(activity_id: str) -> Item:
    return {"pk": text(f"ACTIVITY#{activity_id}"), "sk": text("CONFIG")}


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
        item["award"] = {"M": _award_map(order.award)}
    if order.shard is not None:
        item["shard"] = number(order.shard)
    for name, value in (
        ("sent_at", order.sent_at),
        ("granted_at", order.granted_at),
        ("due_at", order.due_at),
    ):
        if value is not None:
            item[name] = moment(value)
    for name, words in (("lane", order.lane), ("parked_because", order.parked_because)):
        if words is not None:
            item[name] = text(words)
    return item


def order_from(item: Mapping[str, Any]) -> Order:
    user_id, order_id = order_of_key(item)
    return Order(
        order_id=order_id,
        user_id=user_id,
        activity_id=item["activity_id"]["S"],
        idempotency_key=item["idempotency_key"]["S"],
        request_hash=item["request_hash"]["S"],
        outcome=Outcome(item["outcome"]["S"]),
        award=_award_from(item["award"]["M"]) if "award" in item else None,
        shard=int(item["shard"]["N"]) if "shard" in item else None,
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
        due_at=_moment_or_none(item, "due_at"),
        parked_because=item["parked_because"]["S"] if "parked_because" in item else None,
    )


def activity_item(activity: Activity) -> Item:
    item: Item = activity_key(activity.activity_id) | {
        "activity_name": text(activity.activity_name),
        "activity_desc": text(activity.activity_desc),
        "state": number(activity.state),
        "begin": text(activity.begin.isoformat()),
        "end": text(activity.end.isoformat()),
        "strategy_mode": number(activity.strategy_mode),
        "grant_type": number(activity.grant_type),
        "awards": {"L": [{"M": _share_map(share)} for share in activity.shares]},
        "version": number(activity.version),
        "commitment": text(activity.commitment),
        "sealed_seed": {"B": activity.sealed_seed},
    }
    return item if activity.quota is None else item | {"quota": number(activity.quota)}


def activity_from(item: Mapping[str, Any]) -> Activity:
    return Activity(
        activity_id=item["pk"]["S"].removeprefix("ACTIVITY#"),
        activity_name=item["activity_name"]["S"],
        activity_desc=item["activity_desc"]["S"],
        state=ActivityState(int(item["state"]["N"])),
        begin=datetime.fromisoformat(item["begin"]["S"]),
        end=datetime.fromisoformat(item["end"]["S"]),
        strategy_mode=StrategyMode(int(item["strategy_mode"]["N"])),
        grant_type=GrantType(int(item["grant_type"]["N"])),
        quota=int(item["quota"]["N"]) if "quota" in item else None,
        shares=tuple(_share_from(entry["M"]) for entry in item["awards"]["L"]),
        version=int(item["version"]["N"]),
        commitment=item["commitment"]["S"],
        sealed_seed=item["sealed_seed"]["B"],
    )


def stock_item(activity_id: str, award_id: str, shard: int, units: int) -> Item:
    return stock_key(activity_id, award_id, shard) | {"initial": number(units), "left": number(units)}


def moment_from(value: Mapping[str, str]) -> datetime:
    return EPOCH + int(value["N"]) * MILLISECOND


def _moment_or_none(item: Mapping[str, Any], name: str) -> datetime | None:
    return moment_from(item[name]) if name in item else None


def _award_map(award: Award) -> Item:
    return {
        "award_id": text(award.award_id),
        "award_type": number(award.award_type),
        "award_name": text(award.award_name),
        "award_content": text(award.award_content),
    }


def _award_from(fields: Mapping[str, Any]) -> Award:
    return Award(
        award_id=fields["award_id"]["S"],
        award_type=AwardType(int(fields["award_type"]["N"])),
        award_name=fields["award_name"]["S"],
        award_content=fields["award_content"]["S"],
    )


def _share_map(share: Share) -> Item:
    fields = _award_map(share.award) | {"weight": number(share.weight), "shards": number(share.shards)}
    return fields if share.stock is None else fields | {"stock": number(share.stock)}


def _share_from(fields: Mapping[str, Any]) -> Share:
    return Share(
        award=_award_from(fields),
        weight=int(fields["weight"]["N"]),
        stock=int(fields["stock"]["N"]) if "stock" in fields else None,
        shards=int(fields["shards"]["N"]),
    )


def _proof_map(proof: Proof) -> Item:
    return {
        "attempt": number(proof.attempt),
        "excluded": {"L": [text(award_id) for award_id in proof.excluded]},
        "version": number(proof.version),
    }


def _proof_from(fields: Mapping[str, Any]) -> Proof:
    return Proof(
        attempt=int(fields["attempt"]["N"]),
        excluded=tuple(entry["S"] for entry in fields["excluded"]["L"]),
        version=int(fields["version"]["N"]),
    )
