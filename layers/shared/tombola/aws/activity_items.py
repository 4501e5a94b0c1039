"""How an activity, its stock, its log and a rule tree look in the table; nothing but translation."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tombola.aws.decode import DamageError, Fields, Item, count, moment_from, texts, totally
from tombola.aws.items import award_from, award_map, milliseconds, moment, number, stock_key, text
from tombola.rules.activity import Activity, Cap, GrantType, Share
from tombola.rules.activity_states import ActivityState
from tombola.rules.due import ACTIVITIES
from tombola.rules.facts import Comparison, Operator
from tombola.rules.log import Entry
from tombola.rules.odds import StrategyMode
from tombola.rules.policy import POLICIES, Policy
from tombola.rules.quota import PERIODS, Quotas
from tombola.rules.tree import Branch, Leaf, Stem, Tree
from tombola.rules.window import due_at

SECOND = timedelta(seconds=1)
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
        "win_shards": None if activity.win_shards == 1 else number(activity.win_shards),
        "seed": None if activity.seed is None else text(activity.seed.hex()),
        "lane": None if due is None else text(ACTIVITIES),
        "due_at": None if due is None else number(milliseconds(due)),
    }
    item |= {name: value for name, value in optional.items() if value is not None}
    for name, policy in POLICIES.items():
        asked = policy.plain(getattr(activity, name))
        if asked or policy.always:
            item[name] = _attribute(asked)
    return item


def activity_from(item: Mapping[str, Any]) -> Activity:
    """Return item as an activity; raise DamageError naming the attribute that is not an activity's."""
    read, maybe = Fields(item).read, Fields(item).maybe
    return Activity(
        activity_id=read("pk", "S", lambda pk: str(pk).removeprefix("ACTIVITY#")),
        activity_name=read("activity_name", "S", str),
        activity_desc=read("activity_desc", "S", str),
        creator=read("creator", "S", str),
        begin=read("begin", "S", datetime.fromisoformat),
        end=read("end", "S", datetime.fromisoformat),
        time_zone=read("time_zone", "S", lambda name: ZoneInfo(name).key),
        strategy_mode=read("strategy_mode", "N", lambda digits: StrategyMode(int(digits))),
        grant_type=read("grant_type", "N", lambda digits: GrantType(int(digits))),
        grant_at=maybe("grant_at", "S", datetime.fromisoformat),
        quotas=read("quotas", "M", _quotas_from),
        cap=maybe("cap", "M", _cap_from),
        **{name: _policy_from(policy, item) for name, policy in POLICIES.items()},
        shares=read("awards", "L", lambda entries: tuple(_share_from(entry["M"]) for entry in entries)),
        fallback=maybe("fallback", "S", str),
        win_shards=maybe("win_shards", "N", count) or 1,
        state=read("state", "N", _state),
        since=read("since", "N", moment_from),
        approved=read("approved", "BOOL", bool),
        version=read("version", "N", count),
        commitment=read("commitment", "S", str),
        sealed_seed=read("sealed_seed", "B", bytes),
        seed=maybe("seed", "S", bytes.fromhex),
        entries=read("entries", "N", count),
        digest=read("digest", "S", str),
    )


decode_activity = totally(activity_from)


def _state(digits: str) -> ActivityState:
    return ActivityState(int(digits))


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
    """Return item as a line of a log; raise DamageError naming the attribute that is none's."""
    read, maybe = Fields(item).read, Fields(item).maybe
    return Entry(
        number=read("sk", "S", lambda sk: int(str(sk).removeprefix("LOG#"))),
        at=read("at", "S", datetime.fromisoformat),
        who=read("who", "S", str),
        what=read("what", "S", str),
        why=read("why", "S", str),
        state_from=maybe("state_from", "N", _state),
        state_to=read("state_to", "N", _state),
        version=read("version", "N", count),
        changes=read("changes", "L", texts),
        before=read("before", "S", str),
    )


decode_entry = totally(entry_from)


def tree_item(tree: Tree) -> Item:
    return tree_key(tree.tree_id) | {
        "tree_name": text(tree.tree_name),
        "root": text(tree.root),
        "nodes": {"L": [{"M": _node_map(node)} for node in tree.nodes]},
    }


def tree_from(item: Mapping[str, Any]) -> Tree:
    """Return item as a tree; raise DamageError or MistakeError if it is none."""
    read = Fields(item).read
    return Tree(
        tree_id=read("pk", "S", lambda pk: str(pk).removeprefix("TREE#")),
        tree_name=read("tree_name", "S", str),
        root=read("root", "S", str),
        nodes=read("nodes", "L", lambda entries: tuple(_node_from(entry["M"]) for entry in entries)),
    )


decode_tree = totally(tree_from)


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


def _policy_from(policy: Policy, item: Mapping[str, Any]) -> tuple[Any, ...]:
    if policy.name not in item and not policy.always:
        return ()
    return Fields(item).read(policy.name, "L", lambda asked: policy.value([_plain(each) for each in asked]))


def _attribute(plain: Any) -> Item:  # noqa: ANN401 - any JSON that a policy is made of
    """Return texts, lists and maps of them as DynamoDB writes them."""
    if isinstance(plain, list):
        return {"L": [_attribute(each) for each in plain]}
    if isinstance(plain, dict):
        return {"M": {name: _attribute(each) for name, each in plain.items()}}
    return text(plain)


def _plain(value: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the same, back
    if "L" in value:
        return [_plain(each) for each in value["L"]]
    if "M" in value:
        return {name: _plain(each) for name, each in value["M"].items()}
    return value["S"]


def _quotas_map(quotas: Quotas) -> Item:
    return {period.name: number(draws) for period, draws in quotas.limits}


def _quotas_from(values: Mapping[str, Any]) -> Quotas:
    for name in values:
        if name not in PERIODS:  # left out, it would be a quota that nobody keeps
            raise DamageError(f"{name} is no period that this code knows")
    return Quotas(**{name: Fields(values).read(name, "N", int) for name in values})


def _cap_map(cap: Cap) -> Item:
    return {"limit": number(cap.limit), "shards": number(cap.shards)}


def _cap_from(values: Mapping[str, Any]) -> Cap:
    read = Fields(values).read
    return Cap(limit=read("limit", "N", int), shards=read("shards", "N", int))


def _share_map(share: Share) -> Item:
    fields = award_map(share.award) | {"weight": number(share.weight), "shards": number(share.shards)}
    if share.unlock_after:
        fields["unlock_after"] = number(share.unlock_after)
    if share.grant_type is not None:
        fields["grant_type"] = number(share.grant_type)
    if share.claim_within is not None:
        fields["claim_seconds"] = number(share.claim_within // SECOND)
    if share.lapses:
        fields["lapses"] = number(1)
    return fields if share.stock is None else fields | {"stock": number(share.stock)}


def _share_from(values: Mapping[str, Any]) -> Share:
    fields = Fields(values)
    return Share(
        award=award_from(values),
        weight=fields.read("weight", "N", int),
        stock=fields.maybe("stock", "N", int),
        shards=fields.read("shards", "N", int),
        unlock_after=fields.maybe("unlock_after", "N", int) or 0,
        grant_type=fields.maybe("grant_type", "N", lambda digits: GrantType(int(digits))),
        claim_within=fields.maybe("claim_seconds", "N", lambda digits: int(digits) * SECOND),
        lapses=bool(fields.maybe("lapses", "N", count)),
    )
