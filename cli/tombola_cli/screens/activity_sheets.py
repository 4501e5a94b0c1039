"""Activities as tables for people."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from tombola.rules.activity import CAP, Activity, GrantType
from tombola.rules.admission import conditions_told, ways_in
from tombola.rules.answer import rate_text
from tombola.rules.change import Change
from tombola.rules.log import Entry
from tombola.rules.peak import every_draw_wins, peak_wins, wins_borne
from tombola.rules.quota import Period
from tombola.rules.state import ActivityState
from tombola.rules.unreadable import Unreadable
from tombola.rules.window import due_at
from tombola.rules.winnable import unwinnable
from tombola_cli.files.activity_file import ActivityFile
from tombola_cli.files.file_times import zone_of

MINUTES = "%Y-%m-%d %H:%M"
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


def window(activity: Activity) -> str:
    """Return the window as the clocks of its zone show it, and how long it is."""
    begin, end = (moment.astimezone(zone_of(activity.time_zone)) for moment in (activity.begin, activity.end))
    span = activity.end - activity.begin
    if span >= DAY:  # days are days of the zone, though one of them has 23 or 25 hours
        span = end.replace(tzinfo=None) - begin.replace(tzinfo=None)
    return f"{_on_the_clock(begin)} to {_on_the_clock(end)}, {activity.time_zone}: {_length(span)}"


def _on_the_clock(moment: datetime) -> str:
    return f"{moment:%a {MINUTES}} {moment.isoformat(timespec='minutes')[16:]}"


def _length(span: timedelta) -> str:
    """Return span in days, hours and minutes, rounded up: its last moment belongs to it."""
    unit = MINUTE if span >= MINUTE else SECOND
    whole = -(-span // unit) * unit
    hours, rest = divmod(whole % DAY, timedelta(hours=1))
    parts = {"day": whole // DAY, "hour": hours, "minute": rest // MINUTE, "second": rest % MINUTE // SECOND}
    return " ".join(f"{number} {name}{'' if number == 1 else 's'}" for name, number in parts.items() if number)


def doubts(file: ActivityFile) -> list[str]:
    """Return a sentence for each award that nobody can win as the file stands, and for a peak beyond the index."""
    lost = [f"award {award_id} cannot be won: {why}" for award_id, why in unwinnable(file.activity).items()]
    return [*lost, *_crowd(file)]


def _crowd(file: ActivityFile) -> list[str]:
    """Return what is to be done before a peak whose wins the index of what is due does not bear."""
    wins, borne = peak_wins(file.activity, file.peaks), wins_borne(file.activity)
    if wins is None or wins <= borne:
        return []
    why = ", since every draw wins" if every_draw_wins(file.activity) else ""
    bears = (
        "with grant by-hand the index bears" if file.activity.grant_type is GrantType.BY_HAND else "a new index bears"
    )
    words = f"its peaks ask for {wins} wins a second{why}, and {bears} some {borne}, whatever the shards"
    return [f"{words}: beyond that draws are throttled (docs/hot-keys.md, The index of what is due)"]


def odds(activity: Activity, left: Mapping[str, int] | None = None) -> Table:
    """Return the awards with their odds; with what is left of their stock, if that is known."""
    columns = ["award", "name", "rate", "stock", *([] if left is None else ["left"]), "shards", "unlocked after"]
    table = Table(*columns, box=SIMPLE)
    for share in activity.shares:
        award_id = share.award.award_id
        units = ["unlimited" if share.stock is None else str(share.stock)]
        if left is not None:
            units.append(str(left.get(award_id, "")))
        name = escape(share.award.award_name) + (" (fallback)" if award_id == activity.fallback else "")
        unlocked = f"{share.unlock_after} draws" if share.unlock_after else ""
        shards = "" if share.stock is None else str(share.shards)
        table.add_row(award_id, name, rate_text(share.weight), *units, shards, unlocked)
    if activity.cap is not None:
        units = [str(activity.cap.limit), *([] if left is None else [str(left[CAP])])]
        table.add_row("", "draws of all users", "", *units, str(activity.cap.shards), "")
    return table


def summary(activity: Activity) -> Table:
    """Return what an activity is, but for its awards."""
    table = Table(box=None, show_header=False)
    limits = [(period, activity.quotas.limit(period)) for period in Period]
    quotas = ", ".join(f"{draws} a user and {period}" for period, draws in limits if draws is not None)
    grants = {
        GrantType.AT_ONCE: "at once",
        GrantType.AT_A_TIME: f"at {_minute(activity.grant_at or activity.end)}",
        GrantType.BY_HAND: "by hand: tombola release",
    }
    rows = {
        "activity": f"{activity.activity_id} {activity.activity_name}",
        "state": f"{activity.state.value} {activity.state.name}, version {activity.version}{what_follows(activity)}",
        "window": window(activity),
        "strategy": activity.strategy_mode.name.lower(),
        "quotas": quotas or "none",
        "prizes": f"granted {grants[activity.grant_type]}",
        "blocked": f"{len(activity.blocked)} users",
        "drawn": ways_in(activity.through),
        "admits": conditions_told(activity.admit),
        "commitment": activity.commitment if activity.approved else "public from approval on",
        "seed": activity.seed.hex() if activity.seed is not None else "secret",
    }
    for name, words in rows.items():
        table.add_row(name, escape(words))
    return table


def admission(activity: Activity) -> str:
    """Return by which way whom activity lets in."""
    return escape(f"drawn {ways_in(activity.through)}; admits {conditions_told(activity.admit)}")


def listing(activities: Iterable[Activity]) -> Table:
    activity_id = Column("activity", no_wrap=True)  # it is copied into the next command
    table = Table(activity_id, "name", "state", "begins", "ends", "awards", "creator", box=SIMPLE)
    for each in activities:
        state = f"{each.state.value} {each.state.name}"
        window = _minute(each.begin), _minute(each.end)
        table.add_row(
            each.activity_id, escape(each.activity_name), state, *window, str(len(each.shares)), escape(each.creator)
        )
    return table


def log(entries: Sequence[Entry]) -> Table:
    changed = Column("why and what changed", overflow="fold")  # a commitment is copied whole
    table = Table("", "when (UTC)", "who", "what", "state", changed, box=SIMPLE)
    for entry in entries:
        moved = "" if entry.state_from is None else f"{entry.state_from.name} → "
        words = [*([entry.why] if entry.why else []), *entry.changes]
        table.add_row(
            str(entry.number),
            f"{entry.at:%Y-%m-%d %H:%M:%S}",
            escape(entry.who),
            entry.what,
            moved + entry.state_to.name if entry.state_from != entry.state_to else entry.state_to.name,
            escape("\n".join(words)),
        )
    return table


def changes(found: Iterable[Change]) -> Table:
    table = Table("field", "now", "then", box=SIMPLE)
    for change in found:
        table.add_row(change.field, escape(change.before), escape(change.after))
    return table


def tell_unreadable(console: Console, found: Sequence[object]) -> None:
    """Print which of what was found is there and cannot be shown, with its key and why."""
    for item in found:
        if isinstance(item, Unreadable):
            console.print(f"cannot be shown: {item.pk} {item.sk}: {item.because}", markup=False)


def what_follows(activity: Activity) -> str:
    """Return what will happen to activity by itself, as the end of a sentence."""
    due = due_at(activity)
    if due is None:
        dead = activity.state is ActivityState.CLOSE and not activity.approved
        return ", for ever: it was not approved" if dead else ""
    if activity.state is ActivityState.DOING:
        return f", closes at {_minute(activity.end)}"
    soon = activity.begin <= activity.since
    return ", starts within a minute" if soon else f", starts at {_minute(activity.begin)}"


def _minute(moment: datetime) -> str:
    return f"{moment:{MINUTES} %z}"
