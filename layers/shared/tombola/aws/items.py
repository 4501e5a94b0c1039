"""How an order looks in the table, and what every item is made of; nothing but translation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tombola.aws.address_items import address_from, address_map
from tombola.aws.decode import EPOCH, MILLISECOND, DamageError, Fields, Item, count, moment_from, texts, totally
from tombola.rules.activity import Award, GrantType
from tombola.rules.award_type import AWARD_TYPES
from tombola.rules.odds import StrategyMode
from tombola.rules.order import LANES, Act, GrantState, MqState, Order, OrderKey, Outcome, Proof, numbered_lane
from tombola.rules.quota import is_counter


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


def order_of_key(item: Mapping[str, Any]) -> OrderKey:
    """Return user_id and order_id from the keys of an order's item; raise DamageError if they are no order's."""
    fields = Fields(item)
    user_id = fields.read("pk", "S", lambda pk: str(pk).removeprefix("USER#"))
    order_id = fields.read("sk", "S", lambda sk: int(str(sk).removeprefix("ORDER#")))
    if order_key(user_id, order_id) != {"pk": item["pk"], "sk": item["sk"]}:
        raise DamageError("its key is no order's")
    return user_id, order_id


def order_item(order: Order) -> Item:
    """Return order as its item; fields that are None are left out."""
    award: Item = {} if order.award is None else {"award": {"M": award_map(order.award)}}
    return {
        **order_key(order.user_id, order.order_id),
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
        **award,
        **({"acts": {"L": [{"M": act_map(act)} for act in order.acts]}} if order.acts else {}),
        **({} if order.address is None else {"address": {"M": address_map(order.address)}}),
        **_left_out_if_none(order),
    }


def _left_out_if_none(order: Order) -> Item:
    numbers = {
        "begun": order.begun or None,
        "addresses": order.addresses or None,
        "lapses": int(order.lapses) or None,
        "shard": order.shard,
        "cap_shard": order.cap_shard,
        "wake": int(order.wake) or None,
    }
    moments = {
        "sent_at": order.sent_at,
        "granted_at": order.granted_at,
        "grant_at": order.grant_at,
        "due_at": order.due_at,
        "failed_at": order.failed_at,
        "accept_by": order.accept_by,
        "accepted_at": order.accepted_at,
        "shipped_at": order.shipped_at,
    }
    words = {
        "lane": order.lane,
        "win": order.win,
        "failed_because": order.failed_because,
        "parked_because": order.parked_because,
        "tree_id": order.tree_id,
        "content": order.content,
        "batch": order.batch,
        "carrier": order.carrier,
        "tracking": order.tracking,
    }
    return {
        **{name: number(value) for name, value in numbers.items() if value is not None},
        **{name: moment(value) for name, value in moments.items() if value is not None},
        **{name: text(value) for name, value in words.items() if value is not None},
    }


def order_from(item: Mapping[str, Any]) -> Order:
    """Return item as an order; raise DamageError naming the attribute that is not an order's."""
    (user_id, order_id), read, maybe = order_of_key(item), Fields(item).read, Fields(item).maybe
    return Order(
        order_id=order_id,
        user_id=user_id,
        activity_id=read("activity_id", "S", str),
        tree_id=maybe("tree_id", "S", str),
        idempotency_key=read("idempotency_key", "S", str),
        request_hash=read("request_hash", "S", str),
        outcome=read("outcome", "S", Outcome),
        award=maybe("award", "M", award_from),
        shard=maybe("shard", "N", count),
        cap_shard=maybe("cap_shard", "N", count),
        strategy_mode=read("strategy_mode", "N", lambda digits: StrategyMode(int(digits))),
        grant_type=read("grant_type", "N", lambda digits: GrantType(int(digits))),
        proof=read("proof", "M", _proof_from),
        drawn_at=read("drawn_at", "N", moment_from),
        win=maybe("win", "S", str),
        mq_state=read("mq_state", "N", lambda digits: MqState(int(digits))),
        grant_state=read("grant_state", "N", lambda digits: GrantState(int(digits))),
        grants=read("grants", "N", count),
        claims=read("claims", "N", count),
        failures=read("failures", "N", count),
        begun=maybe("begun", "N", count) or 0,
        sent_at=maybe("sent_at", "N", moment_from),
        granted_at=maybe("granted_at", "N", moment_from),
        grant_at=maybe("grant_at", "N", moment_from),
        due_at=maybe("due_at", "N", moment_from),
        failed_at=maybe("failed_at", "N", moment_from),
        failed_because=maybe("failed_because", "S", str),
        parked_because=maybe("parked_because", "S", str),
        lane_before=_lane_before(item, order_id),
        wake=bool(maybe("wake", "N", count)),
        content=maybe("content", "S", str),
        acts=maybe("acts", "L", lambda acts: tuple(_act_from(act["M"]) for act in acts)) or (),
        **_of_its_user(Fields(item)),
    )


def _of_its_user(fields: Fields) -> dict[str, Any]:
    """Return what an order has of its user's claim, its address and its parcel."""
    moments = {name: fields.maybe(name, "N", moment_from) for name in ("accept_by", "accepted_at", "shipped_at")}
    words = {name: fields.maybe(name, "S", str) for name in ("batch", "carrier", "tracking")}
    return {
        **moments,
        **words,
        "lapses": bool(fields.maybe("lapses", "N", count)),
        "address": fields.maybe("address", "M", address_from),
        "addresses": fields.maybe("addresses", "N", count) or 0,
    }


def _lane_before(item: Mapping[str, Any], order_id: int) -> str | None:
    """Return item's numbered lane if it is not the one that a new order would get."""
    lane = item.get("lane", {}).get("S")
    return lane if lane in LANES and lane != numbered_lane(order_id) else None


decode_order = totally(order_from)


def counters_from(item: Mapping[str, Any]) -> dict[str, int]:
    """Return the counters of a user's quota item."""
    fields = Fields(item)
    return {name: fields.read(name, "N", count) for name in item if is_counter(name)}


decode_counters = totally(counters_from)


def units_left(item: Mapping[str, Any]) -> int:
    """Return what is left in a shard of stock."""
    return Fields(item).read("left", "N", count)


decode_units_left = totally(units_left)


def award_map(award: Award) -> Item:
    source = {} if award.source is None else {"source": text(award.source)}
    return {
        **source,
        "award_id": text(award.award_id),
        "award_type": number(award.award_type.number),
        "award_name": text(award.award_name),
        "award_content": text(award.award_content),
    }


def award_from(values: Mapping[str, Any]) -> Award:
    fields = Fields(values)
    return Award(
        award_id=fields.read("award_id", "S", str),
        award_type=fields.read("award_type", "N", lambda digits: AWARD_TYPES[int(digits)]),
        award_name=fields.read("award_name", "S", str),
        award_content=fields.read("award_content", "S", str),
        source=fields.maybe("source", "S", str),
    )


def act_map(act: Act) -> Item:
    times = {"at": act.at, "parked_at": act.parked_at}
    words = {"what": act.what, "who": act.who, "why": act.why, "ended": act.ended}
    return {
        **{name: moment(value) for name, value in times.items() if value is not None},
        **{name: text(value) for name, value in words.items() if value is not None},
    }


def _act_from(values: Mapping[str, Any]) -> Act:
    fields = Fields(values)
    return Act(
        at=fields.read("at", "N", moment_from),
        what=fields.read("what", "S", str),
        who=fields.read("who", "S", str),
        why=fields.read("why", "S", str),
        ended=fields.maybe("ended", "S", str),
        parked_at=fields.maybe("parked_at", "N", moment_from),
    )


def _proof_map(proof: Proof) -> Item:
    fields: Item = {
        "attempt": number(proof.attempt),
        "excluded": {"L": [text(award_id) for award_id in proof.excluded]},
        "version": number(proof.version),
    }
    return fields if proof.taken is None else fields | {"taken": number(proof.taken)}


def _proof_from(values: Mapping[str, Any]) -> Proof:
    fields = Fields(values)
    return Proof(
        attempt=fields.read("attempt", "N", count),
        excluded=fields.read("excluded", "L", texts),
        version=fields.read("version", "N", count),
        taken=fields.maybe("taken", "N", count),
    )
