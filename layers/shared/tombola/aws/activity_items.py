"""How an activity, its stock, its log and a rule tree look in the table; nothing but translation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tombola.aws.items import (
    Item,
    award_from,
    award_map,
    int_or_none,
    milliseconds,
    moment,
    moment_from,
    number,
    stock_key,
    text,
    text_or_none,
)
from tombola.rules.activity import Activity, Cap, GrantType, Share
from tombola.rules.facts import Comparison, Condition, Operator
from tombola.rules.log import Entry
from tombola.rules.odds import StrategyMode
from tombola.rules.quota import Quotas
from tombola.rules.state import ActivityState
from tombola.rules.tree import Branch, Leaf, Stem, Tree
from tombola.rules.window import due_at

ACTIVITIES = "activities"  # the lane of those that start or close by themselves
ACTIVITIES_PK = "ACTIVITIES"  # the partition of their names, so that they can be listed


def activity_key(activity_id: str) -> Item:
    return {"pk": text(f"ACTIVITY#{activity_id}"), "sk": text("CONFIG")}


def activity_of_key(item: Mapping[str, Any]) -> str:
    return str(item["pk"]["S"]).removeprefix("ACTIVITY#")


def name_item(activity_id: str) -> Item:
    return {"pk": text(ACTIVITIES_PK), "sk": text(activity_id)}


def log_key(activity_id: str, entry: int) -> Item:
    return {"pk": text(f"ACTIVITY#{activity_id}"), "sk": text(f"LOG#{entry:08d}")}


def tree_key(tree_id: str) -> Item:
    return {"pk": text(f"TREE#{tree_id}"), "sk": text("CONFIG")}


def activity_item(activity: Activity) -> Item:
    """Return activity as its item; it stands in its lane while it starts or closes by itself."""
    item: Item = activity_key(activity.activity_id) | {
        "activity_name": text(activity.activity_name),
        "activity_desc": text(activity.activity_desc),
        "creator": text(activity.creator),
        "begin": text(activity.begin.isoformat()),
        "end": text(activity.end.isoformat()),
        "time_zone": text(activity.time_zone),
        "strategy_mode": number(activity.strategy_mode),
        "grant_type": number(activity.grant_type),
        "quotas": {"M": _quotas_map(activity.quotas)},
        "blocked": {"L": [text(user_id) for user_id in activity.blocked]},
        "awards": {"L": [{"M": _share_map(share)} for share in activity.shares]},
        "state": number(activity.state),
        "since": moment(activity.since),
        "approved": {"BOOL": activity.approved},
        "version": number(activity.version),
        "commitment": text(activity.commitment),
        "sealed_seed": {"B": activity.sealed_seed},
        "entries": number(activity.entries),
        "digest": text(activity.digest),
    }
    due = due_at(activity)
    optional = {
        "grant_at": None if activity.grant_at is None else text(activity.grant_at.isoformat()),
        "cap": None if activity.cap is None else {"M": _cap_map(activity.cap)},
        "fallback": None if activity.fallback is None else text(activity.fallback),
        "through": {"L": [text(tree_id) for tree_id in activity.through]} if activity.through else None,
        "admit": {"L": [{"M": _condition_map(each)} for each in activity.admit]} if activity.admit else None,
        "seed": None if activity.seed is None else text(activity.seed.hex()),
        "lane": None if due is None else text(ACTIVITIES),
        "due_at": None if due is None else number(milliseconds(due)),
    }
    return item | {name: value for name, value in optional.items() if value is not None}


def activity_from(item: Mapping[str, Any]) -> Activity:
    return Activity(
        activity_id=activity_of_key(item),
        activity_name=item["activity_name"]["S"],
        activity_desc=item["activity_desc"]["S"],
        creator=item["creator"]["S"],
        begin=datetime.fromisoformat(item["begin"]["S"]),
        end=datetime.fromisoformat(item["end"]["S"]),
        time_zone=item["time_zone"]["S"],
        strategy_mode=StrategyMode(int(item["strategy_mode"]["N"])),
        grant_type=GrantType(int(item["grant_type"]["N"])),
        grant_at=datetime.fromisoformat(item["grant_at"]["S"]) if "grant_at" in item else None,
        quotas=_quotas_from(item["quotas"]["M"]),
        cap=_cap_from(item["cap"]["M"]) if "cap" in item else None,
        blocked=tuple(entry["S"] for entry in item["blocked"]["L"]),
        through=tuple(entry["S"] for entry in item.get("through", {"L": []})["L"]),
        admit=tuple(_condition_from(entry["M"]) for entry in item.get("admit", {"L": []})["L"]),
        shares=tuple(_share_from(entry["M"]) for entry in item["awards"]["L"]),
        fallback=text_or_none(item, "fallback"),
        state=ActivityState(int(item["state"]["N"])),
        since=moment_from(item["since"]),
        approved=item["approved"]["BOOL"],
        version=int(item["version"]["N"]),
        commitment=item["commitment"]["S"],
        sealed_seed=item["sealed_seed"]["B"],
        seed=bytes.fromhex(item["seed"]["S"]) if "seed" in item else None,
        entries=int(item["entries"]["N"]),
        digest=item["digest"]["S"],
    )


def stock_item(activity_id: str, award_id: str, shard: int, units: int) -> Item:
    """Return a shard as it begins; version counts the changes of initial, never the draws."""
    return stock_key(activity_id, award_id, shard) | {
        "initial": number(units),
        "left": number(units),
        "version": number(1),
    }


def entry_item(activity_id: str, entry: Entry) -> Item:
    item: Item = log_key(activity_id, entry.number) | {
        "at": text(entry.at.isoformat()),
        "who": text(entry.who),
        "what": text(entry.what),
        "why": text(entry.why),
        "state_to": number(entry.state_to),
        "version": number(entry.version),
        "changes": {"L": [text(change) for change in entry.changes]},
        "before": text(entry.before),
    }
    return item if entry.state_from is None else item | {"state_from": number(entry.state_from)}


def entry_from(item: Mapping[str, Any]) -> Entry:
    state_from = int_or_none(item, "state_from")
    return Entry(
        number=int(item["sk"]["S"].removeprefix("LOG#")),
        at=datetime.fromisoformat(item["at"]["S"]),
        who=item["who"]["S"],
        what=item["what"]["S"],
        why=item["why"]["S"],
        state_from=None if state_from is None else ActivityState(state_from),
        state_to=ActivityState(int(item["state_to"]["N"])),
        version=int(item["version"]["N"]),
        changes=tuple(change["S"] for change in item["changes"]["L"]),
        before=item["before"]["S"],
    )


def tree_item(tree: Tree) -> Item:
    return tree_key(tree.tree_id) | {
        "tree_name": text(tree.tree_name),
        "root": text(tree.root),
        "nodes": {"L": [{"M": _node_map(node)} for node in tree.nodes]},
    }


def tree_from(item: Mapping[str, Any]) -> Tree:
    return Tree(
        tree_id=str(item["pk"]["S"]).removeprefix("TREE#"),
        tree_name=item["tree_name"]["S"],
        root=item["root"]["S"],
        nodes=tuple(_node_from(entry["M"]) for entry in item["nodes"]["L"]),
    )


def _node_map(node: Stem | Leaf) -> Item:
    if isinstance(node, Leaf):
        return {"node_id": text(node.node_id), "activity_id": text(node.activity_id)}
    branches = [{"M": _comparison_map(each) | {"to": text(each.to)}} for each in node.branches]
    return {"node_id": text(node.node_id), "fact": text(node.fact), "branches": {"L": branches}}


def _node_from(fields: Mapping[str, Any]) -> Stem | Leaf:
    node_id = fields["node_id"]["S"]
    if "activity_id" in fields:
        return Leaf(node_id=node_id, activity_id=fields["activity_id"]["S"])
    return Stem(
        node_id=node_id,
        fact=fields["fact"]["S"],
        branches=tuple(
            Branch(
                operator=Operator(each["M"]["operator"]["S"]),
                values=tuple(value["S"] for value in each["M"]["values"]["L"]),
                to=each["M"]["to"]["S"],
            )
            for each in fields["branches"]["L"]
        ),
    )


def _comparison_map(comparison: Comparison) -> Item:
    return {"operator": text(comparison.operator), "values": {"L": [*map(text, comparison.values)]}}


def _condition_map(condition: Condition) -> Item:
    return _comparison_map(condition) | {"fact": text(condition.fact)}


def _condition_from(fields: Mapping[str, Any]) -> Condition:
    return Condition(
        fact=fields["fact"]["S"],
        operator=Operator(fields["operator"]["S"]),
        values=tuple(value["S"] for value in fields["values"]["L"]),
    )


def _quotas_map(quotas: Quotas) -> Item:
    limits = {"activity": quotas.activity, "day": quotas.day, "month": quotas.month}
    return {name: number(limit) for name, limit in limits.items() if limit is not None}


def _quotas_from(fields: Mapping[str, Any]) -> Quotas:
    return Quotas(
        activity=int_or_none(fields, "activity"), day=int_or_none(fields, "day"), month=int_or_none(fields, "month")
    )


def _cap_map(cap: Cap) -> Item:
    return {"limit": number(cap.limit), "shards": number(cap.shards)}


def _cap_from(fields: Mapping[str, Any]) -> Cap:
    return Cap(limit=int(fields["limit"]["N"]), shards=int(fields["shards"]["N"]))


def _share_map(share: Share) -> Item:
    fields = award_map(share.award) | {"weight": number(share.weight), "shards": number(share.shards)}
    if share.unlock_after:
        fields["unlock_after"] = number(share.unlock_after)
    return fields if share.stock is None else fields | {"stock": number(share.stock)}


def _share_from(fields: Mapping[str, Any]) -> Share:
    return Share(
        award=award_from(fields),
        weight=int(fields["weight"]["N"]),
        stock=int_or_none(fields, "stock"),
        shards=int(fields["shards"]["N"]),
        unlock_after=int_or_none(fields, "unlock_after") or 0,
    )
