"""Activities, their odds and their logs, as they are shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tombola.rules.activity import Activity
from tombola.rules.activity_states import ActivityState
from tombola.rules.change import Change
from tombola.rules.log import Entry
from tombola.rules.order import BY_HAND, NO_ADDRESS, UNCLAIMED
from tombola.rules.peak import WINS_OF_A_LANE, WINS_OF_A_NEW_INDEX, every_draw_wins, peak_wins, peak_wins_waiting
from tombola.rules.unreadable import Unreadable
from tombola.rules.window import due_at
from tombola.rules.winnable import unwinnable
from tombola_cli.screens.blocks import Block, Column, Facts, Table, Told, Value
from tombola_cli.screens.terms_sheets import MINUTES, admission, asked_for, granted, minute, odds

if TYPE_CHECKING:
    from tombola_cli.files.activity_file import ActivityFile
    from tombola_cli.operate.apply import Plan
from tombola_cli.files.zones import zone_of

WAITS_FOR = {BY_HAND: "with grant by-hand", NO_ADDRESS: "that need an address", UNCLAIMED: "to be claimed"}
STATES = {
    "EDIT": "a draft",
    "ARRAIGNMENT": "waits for approval",
    "REVOKE": "revoked",
    "PASS": "approved",  # nosec B105
    "DOING": "running",
    "REFUSE": "refused",
    "CLOSE": "closed",
    "OPEN": "opened again",
}
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def window(activity: Activity) -> str:
    """Return the window as the clocks of its zone show it, and how long it is."""
    begin, end = (moment.astimezone(zone_of(activity.time_zone)) for moment in (activity.begin, activity.end))
    span = activity.end - activity.begin
    if span >= DAY:  # days are days of the zone, though one of them has 23 or 25 hours
        span = end.replace(tzinfo=None) - begin.replace(tzinfo=None)
    return f"{_on_the_clock(begin)} to {_on_the_clock(end)}, {activity.time_zone}: {length(span)}"


def _on_the_clock(moment: datetime) -> str:
    return f"{moment:%a {MINUTES}} {moment.isoformat(timespec='minutes')[16:]}"


def length(span: timedelta) -> str:
    """Return span in days, hours and minutes, rounded up: its last moment belongs to it."""
    unit = MINUTE if span >= MINUTE else SECOND
    whole = -(-span // unit) * unit
    hours, rest = divmod(whole % DAY, timedelta(hours=1))
    parts = {"day": whole // DAY, "hour": hours, "minute": rest // MINUTE, "second": rest % MINUTE // SECOND}
    return " ".join(f"{number} {name}{'' if number == 1 else 's'}" for name, number in parts.items() if number)


def doubts(file: "ActivityFile") -> list[str]:
    """Return a sentence for each award that nobody can win as the file stands, and for a peak beyond the index."""
    lost = [f"award {award_id} cannot be won: {why}" for award_id, why in unwinnable(file.activity).items()]
    return [*lost, *_crowd(file)]


def _crowd(file: "ActivityFile") -> list[str]:
    """Return the advice for a peak with more wins than the index of due orders bears, or its one lane by hand."""
    why = ", since every draw wins" if every_draw_wins(file.activity) else ""
    wins, waiting = peak_wins(file.activity, file.peaks) or 0, peak_wins_waiting(file.activity, file.peaks)
    lane = max(waiting, key=lambda each: waiting[each], default="")
    if waiting.get(lane, 0) > WINS_OF_A_LANE:
        words = f"the one lane in which they wait, {lane}, bears some {WINS_OF_A_LANE}"
        return [_throttled(f"{waiting[lane]} wins a second {WAITS_FOR[lane]}, and {words}")]
    if wins > WINS_OF_A_NEW_INDEX:
        return [_throttled(f"{wins} wins a second{why}, and a new index bears some {WINS_OF_A_NEW_INDEX}")]
    return []


def _throttled(words: str) -> str:
    beyond = "beyond that draws are throttled (docs/hot-keys.md, The index of what is due)"
    return f"its peaks ask for {words}, whatever the shards: {beyond}"


def file_facts(file: "ActivityFile") -> list[Block]:
    """Return the easily overlooked points of a file: its times, awards that nobody can win, too high a peak."""
    activity = file.activity
    fields = {"activity_id": activity.activity_id, **_window_fields(activity)}
    return [Facts(fields, f"window: {window(activity)}"), _lines("notes", "note", doubts(file))]


def _window_fields(activity: Activity) -> dict[str, Value]:
    return {"begin": activity.begin, "end": activity.end, "time_zone": activity.time_zone}


def _lines(name: str, label: str, found: Iterable[str], style: str = "yellow") -> Table:
    """Return sentences, each on a line with a label before it."""
    sentences = list(found)
    told = "\n".join(f"{label}: {each}" for each in sentences)
    return Table(name, [Column(label)], [[each] for each in sentences], told, style)


def valid(file: Path, activity: Activity) -> list[Block]:
    return [odds(activity), admission(activity), Facts({"file": str(file), "valid": True}, f"{file}: valid")]


def plan(file: Path, planned: "Plan", unfinished: Sequence[str]) -> list[Block]:
    """Return the changes that applying would make, and the stock that an interrupted run left; new odds are told."""
    (would, sentence), wanted = _would(planned), planned.wanted
    told = "\n".join(f"{each}: an interrupted run would be taken up" for each in unfinished)
    return [
        *[each if would == "create" else replace(each, told="") for each in (odds(wanted), admission(wanted))],
        replace(changes(planned.changes), told=None if planned.changes else ""),
        Table("unfinished", [Column("stock")], [[each] for each in unfinished], told),
        _lines("refusals", "refused", planned.refusals, "red"),
        Facts({"file": str(file), "would": would}, sentence and f"{file}: {sentence}"),
    ]


def outlook(planned: "Plan") -> list[Block]:
    """Return the effect of applying in one sentence, and the changes where there are any."""
    would, sentence = _would(planned)
    told = sentence or f"would {would} activity {planned.wanted.activity_id}"
    return [Facts({"would": would}, told), *([changes(planned.changes)] if planned.changes else [])]


def _would(planned: "Plan") -> tuple[str, str]:
    """Return the effect of applying as one word and as a sentence."""
    if planned.found is None:
        return "create", f"would create activity {planned.wanted.activity_id}"
    if planned.does_nothing:
        return "nothing", "nothing would change"
    return ("be refused" if planned.refusals else "change"), ""


def applied(file: Path, activity_id: str, *, changed: bool) -> list[Block]:
    words = "applied" if changed else "nothing had changed"
    return [Facts({"file": str(file), "activity_id": activity_id, "applied": changed}, f"{file}: {words}")]


def moved(activity: Activity) -> list[Block]:
    """Return the state that an activity was brought to, and the next step."""
    told = f"activity {activity.activity_id}: {_state(activity.state)}{what_follows(activity)}"
    return [Facts({"activity_id": activity.activity_id, "state": activity.state.name}, told)]


def revealed(activity_id: str, seed: str) -> list[Block]:
    return [Facts({"activity_id": activity_id, "seed": seed}, f"seed {seed}")]


def state_words(state: ActivityState) -> str:
    """Return the name of a state, which is Lottery's, and what it means."""
    return f"{state.name} ({STATES[state.name]})"


def _state(state: ActivityState) -> str:
    return f"{state.value} {state_words(state)}"


def activity(shown: Activity, left: Mapping[str, int]) -> list[Block]:
    return [summary(shown), odds(shown, left)]


def summary(activity: Activity) -> Facts:
    """Return the facts of an activity, but for its awards."""
    limits = {period.name: draws for period, draws in activity.quotas.limits}
    quotas = ", ".join(f"{draws} a user and {period}" for period, draws in limits.items())
    told = {
        "activity": f"{activity.activity_id} {activity.activity_name}",
        "state": f"{_state(activity.state)}, version {activity.version}{what_follows(activity)}",
        "window": window(activity),
        "strategy": activity.strategy_mode.name.lower(),
        "quotas": quotas or "none",
        "prizes": granted(activity),
        **asked_for(activity, public=False),
        **asked_for(activity, public=True),
        "commitment": activity.commitment if activity.approved else "public from approval on",
        "seed": activity.seed.hex() if activity.seed is not None else "secret",
    }
    fields = {
        "activity_id": activity.activity_id,
        "activity_name": activity.activity_name,
        "state": activity.state.name,
        "version": activity.version,
        **_window_fields(activity),
        "strategy": told["strategy"],
        "quotas": limits,
        "grant": activity.grant_type.name.lower(),
        "blocked": len(activity.blocked),
        "through": list(activity.through),
        "admits": told["admits"],
        "commitment": activity.commitment if activity.approved else None,
        "seed": None if activity.seed is None else told["seed"],
    }
    return Facts(fields, told)


def listing(found: Sequence[object]) -> list[Block]:
    columns = [
        Column("activity_id", "activity"),
        Column("activity_name", "name", folds=True),
        Column("state"),
        Column("begin", "begins"),
        Column("end", "ends"),
        Column("awards"),
        Column("creator", folds=True),
    ]
    rows = [
        [
            each.activity_id,
            each.activity_name,
            Told(each.state.name, f"{each.state.value} {each.state.name}"),
            Told(each.begin, minute(each.begin)),
            Told(each.end, minute(each.end)),
            len(each.shares),
            each.creator,
        ]
        for each in found
        if isinstance(each, Activity)
    ]
    return [Table("activities", columns, rows), unreadable(found)]


def log(found: Sequence[object], broken: int | None) -> list[Block]:
    """Return the entries of a log; broken is the number of the first that does not fit the chain of hashes, if any."""
    columns = [
        Column("number", "no"),
        Column("at", "when (UTC)"),
        Column("who"),
        Column("what"),
        Column("state_from", None),
        Column("state_to", "state"),
        Column("why", None),
        Column("changes", "why and what changed", folds=True),
    ]
    rows = [_entry(entry) for entry in found if isinstance(entry, Entry)]
    whole = Facts({"whole": broken is None}, "the chain of hashes is whole" if broken is None else "")
    return [Table("entries", columns, rows), unreadable(found), whole]


def _entry(entry: Entry) -> list[Value]:
    before = None if entry.state_from is None else entry.state_from.name
    after = entry.state_to.name
    words = [*([entry.why] if entry.why else []), *entry.changes]
    return [
        entry.number,
        entry.at,
        entry.who,
        entry.what,
        before,
        Told(after, after if before in (None, after) else f"{before} → {after}"),
        entry.why,
        Told(list(entry.changes), "\n".join(words)),
    ]


def changes(found: Iterable[Change]) -> Table:
    columns = [Column("field"), Column("before", "now", folds=True), Column("after", "then", folds=True)]
    return Table("changes", columns, [[change.field, change.before, change.after] for change in found])


def unreadable(found: Sequence[object]) -> Table:
    """Return the items that were found and cannot be shown, each with its key and the reason."""
    rows = [[item.pk, item.sk, item.because] for item in found if isinstance(item, Unreadable)]
    told = "\n".join(f"cannot be shown: {pk} {sk}: {because}" for pk, sk, because in rows)
    return Table("unreadable", [Column("pk"), Column("sk"), Column("because", folds=True)], rows, told)


def what_follows(activity: Activity) -> str:
    """Return the change that will come to activity by itself, as the end of a sentence."""
    due = due_at(activity)
    if due is None:
        dead = activity.state is ActivityState.CLOSE and not activity.approved
        return ", for ever: it was not approved" if dead else ""
    if activity.state is ActivityState.DOING:
        return f", closes at {minute(activity.end)}"
    soon = activity.begin <= activity.since
    return ", starts within a minute" if soon else f", starts at {minute(activity.begin)}"
