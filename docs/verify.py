"""Compute every draw of a revealed activity again, with nothing but Python: python docs/verify.py ACTIVITY LOG DRAWS...

ACTIVITY is what GET /activities/{activity_id} answered after the seed was revealed, LOG what …/log?limit=100 answered
after that, each of DRAWS what GET /users/{user_id}/draws?limit=100 or a draw itself answered, all as JSON files; more
pages are more files, in any order. Compare the commitment that is printed with the one you saved before you drew.

The exit status is 0 if everything is as it was promised, 1 if anything is not, and 2 if it cannot be told: no seed is
revealed, the log does not reach that far, no draw is the activity's, this program is older than it, or a file is no
answer of the API. What is called wrong cannot have come about; what no file shows is not doubted.
"""

import hashlib
import hmac
import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Answer = dict[str, Any]
Answers = list[Answer]
time = datetime.fromisoformat
WHOLE, TOTAL, EDIT, DOING, GRANTED, VOID = 1_000_000, 2, 1, 5, 1, 3
CAP, RETURNED = "the cap", "1 returned"  # what all draws take a unit of; a void draw's unit among changes of stock
PERIODS = {"activity": "", "month": "%Y-%m", "day": "%Y-%m-%d"}  # of quotas, and how strftime tells one from the next
ODDS = {"admit", "awards", "claims", "fallback", "strategy_mode", "through"}
MOVING = {"award", "grant_state", "mq_state", "grant_at", "claim_by", "claimed_at", "shipment"}  # may be told anew
CLOCKS = timedelta(minutes=2)  # a draw remembers the activity for ten seconds and may take twenty; clocks differ
# The steps, the states that allow them, and the state after each; any other step leaves the state as it is.
MOVES = {"submit": {1: 2}, "approve": {2: 4}, "refuse": {2: 6, 4: 6}, "withdraw": {2: 1, 6: 1}, "open": {7: 8},
         "start": {4: 5, 8: 5}, "close": {1: 7, 4: 7, 5: 7, 6: 7, 8: 7}}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Read the files and judge them; return how the program ends."""
    if len(arguments) < 3:  # noqa: PLR2004 - an activity, its log and its draws
        print(__doc__)
        return 2
    try:
        activity, *answers = (json.loads(Path(name).read_text("utf-8")) for name in arguments)
        pages = {json.dumps(answer): answer for answer in answers if answer.get("entries")}  # one may be there twice
        log = sorted(pages.values(), key=lambda page: page["entries"][0]["number"])
        entries = [entry for page in log for entry in page["entries"]]
        draws = [draw for answer in answers if "entries" not in answer for draw in answer.get("draws", [answer])]
        if any(answer.get("next") for answer in answers):
            print("if you have not given all pages: ask again with ?limit=100&after= and the `next` of the answer")
        return judge(activity, entries, draws, more=bool(log and log[-1].get("next")))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        print(f"these are not the answers of the API: {type(error).__name__} {error}")
        return 2


def judge(activity: Answer, entries: Answers, draws: Answers, *, more: bool = False) -> int:
    """Print each fault, and a line for each draw; return how the program ends. more: the log goes on after entries."""
    if unknown := sorted({*activity["quotas"]} - {*PERIODS} | {*json.loads(activity["odds"])} - ODDS):
        print(f"this program is too old to judge this activity: it does not know {', '.join(unknown)}")
        return 2
    seed = bytes.fromhex(activity["seed"] or "")
    told = [draw for draw in draws if draw["activity_id"] == activity["activity_id"]]
    mine = list({draw["order_id"]: draw for draw in told}.values())
    revealed = bool(seed) and any(entry["what"] == "reveal" for entry in entries)  # before it draws may be missing
    faults = [*faults_of_log(activity, entries), *faults_of_commitment(activity, entries, seed, more=more)]
    faults += [*faults_of_answers(told), *(faults_of_counts(activity, entries, mine) if revealed else [])]
    print(f"commitment {activity['commitment']}", *faults, sep="\n")
    right = 0
    for draw in mine if revealed else []:
        found = list(faults_of_draw(draw, activity, entries, mine, seed))
        award = draw["award"]["award_id"] if draw["award"] else "-"
        verdict = f"WRONG, {'; '.join(found)}" if found else "right"
        print(f"{draw['order_id']:>19} {draw['outcome']} {award}: {verdict}")
        right += not found
    if not revealed:
        print("the log does not reach the reveal: give all its pages" if seed else "the activity is not revealed yet")
    print(f"{len(draws) - len(told)} draws of other activities left out")
    print(f"{right} of {len(mine)} draws are what the seed makes them")
    return 1 if faults or (revealed and right < len(mine)) else 0 if right else 2


def faults_of_log(activity: Answer, entries: Answers) -> Iterator[str]:
    """Yield where the log is no chain from its first entry on, or where one cannot follow on the one before."""
    before, state, version, revealed = "0" * 64, None, 0, False
    for number, entry in enumerate(entries, 1):
        fields = {name: value for name, value in entry.items() if name != "hash"}
        text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        if (entry["number"], entry["before"], entry["hash"]) != (number, before, sha256(text)):
            yield f"the log is broken at entry {entry['number']}"
            return
        what = entry["what"]
        after = MOVES[what].get(state or 0) if what in MOVES else state or EDIT
        version += what == "apply"
        if (entry["state_from"], entry["state_to"], entry["version"]) != (state, after, version):
            yield f"entry {number} of the log cannot follow on the one before"
        if revealed and (what in MOVES or what == "apply"):
            yield f"entry {number} of the log changes the activity after its seed was revealed"
        if what == "reveal" and entry["changes"] != [f"seed: {activity['seed']}"]:
            yield "the seed is not the one that the log reveals"
        before, state, revealed = entry["hash"], entry["state_to"], revealed or what == "reveal"
    if revealed and (activity["state"], activity["version"]) != (state, version):
        yield "the activity's state and version are not those of the log's end"


def faults_of_commitment(activity: Answer, entries: Answers, seed: bytes, *, more: bool) -> Iterator[str]:
    """Yield the faults of seed and odds, which the last approval has committed to, and of how these are shown."""
    if seed and hashlib.sha256(seed).hexdigest() != activity["commitment"]:
        yield "the seed is not the one committed to"
    approved = [[f"commitment: {activity['commitment']}", f"odds: {sha256(activity['odds'])}"]]
    if not more and [entry["changes"] for entry in entries if entry["what"] == "approve"][-1:] != approved:
        yield "commitment and odds are not those of the approval"
    odds = json.loads(activity["odds"])
    awards = [[each["award_id"], Fraction(each["rate"]) * WHOLE, each["unlock_after"]] for each in activity["awards"]]
    shown = {**odds, "awards": awards, "fallback": activity["fallback"], "strategy_mode": activity["strategy_mode"]}
    if odds != shown:
        yield "the awards are shown with other odds than those committed to"
    admit = [[each["fact"], each["operator"], each["values"]] for each in activity["admit"]]
    timed = [share for share in activity["awards"] if share.get("claim_seconds") is not None]
    claims = [[each["award_id"], each["claim_seconds"], each["unclaimed"] == "void"] for each in timed]
    if [activity["through"], admit, claims] != [odds.get(name, []) for name in ("through", "admit", "claims")]:
        yield "it is shown with other ways in, conditions or deadlines than those committed to"
    ends = [entry for entry in entries if (entry["what"], entry["who"]) == ("return", "deadline")]
    lapses = {f"award {name} stock: {RETURNED}" for name, _, void in odds.get("claims", []) if void}
    if any(not lapses.issuperset(entry["changes"]) for entry in ends):
        yield "a unit came back after a deadline, and nobody had promised that"
    weights = [weight for _, weight, _ in odds["awards"]]
    if min(weights) < 0 or not sum(weights) or (odds["strategy_mode"] != TOTAL and sum(weights) > WHOLE):
        yield f"there cannot be such odds: they sum to {sum(weights)} of {WHOLE}"


def faults_of_answers(draws: Answers) -> Iterator[str]:
    """Yield which draws are told in two ways, and which have the same place in a user's order."""
    seen: dict[str, Answer] = {}
    for draw in draws:
        fixed = {name: draw[name] for name in draw.keys() - MOVING}
        fixed["award"] = [(draw["award"] or {}).get(name) for name in ("award_id", "award_name")]
        if seen.setdefault(draw["order_id"], fixed) != fixed:
            yield f"draw {draw['order_id']} is told in two ways"
    for (user_id, taken), count in Counter((each["user_id"], each["proof"]["taken"]) for each in seen.values()).items():
        if count > 1 and taken is not None:
            yield f"{count} draws of {user_id} each say that {taken} came before"


def faults_of_counts(activity: Answer, entries: Answers, draws: Answers) -> Iterator[str]:
    """Yield awards with more units won than gone, and users who have drawn more often than was ever allowed."""
    won = [(f"award {draw['award']['award_id']}", draw["grant_state"]) for draw in draws if draw["award"]]
    taken = Counter(name for name, _ in won) + Counter({CAP: len(draws)})
    void = Counter(name for name, state in won if state == VOID)
    units = {f"award {share['award_id']}": (share["stock"], share["stock_left"]) for share in activity["awards"]}
    units[CAP] = (activity["cap"]["limit"], activity["cap"]["left"]) if activity["cap"] else (None, None)
    for name, (stock, left) in units.items():
        kept = taken[name] - max(void[name], changed(entries, f"{name} stock").count([RETURNED]))
        if stock is not None and not 0 <= left <= stock:
            yield f"{left} units of {name} cannot be left of {stock}"
        elif stock is not None and kept > stock - left:
            yield f"{kept} units of {name} are in these draws, and only {stock - left} are gone"
    for period, form in PERIODS.items():
        limits = [activity["quotas"][period], *(word for each in changed(entries, f"quotas.{period}") for word in each)]
        most = max(int(limit) for limit in limits) if limits[0] is not None else len(draws)
        for (user_id, when), count in Counter((draw["user_id"], local(draw, activity, form)) for draw in draws).items():
            if count > most:
                yield f"{user_id} has drawn {count} times{when and f' in {when}'}, and {most} are the most"


def local(draw: Answer, activity: Answer, form: str) -> str:
    """Return the day or month of a draw by the activity's clocks; one of its own if Python does not know them."""
    try:
        return time(draw["drawn_at"]).astimezone(ZoneInfo(activity["time_zone"])).strftime(form)
    except ZoneInfoNotFoundError:
        return form and str(draw["order_id"])


def faults_of_draw(draw: Answer, activity: Answer, entries: Answers, draws: Answers, seed: bytes) -> Iterator[str]:
    """Yield the parts of a draw that cannot be."""
    odds, award = json.loads(activity["odds"]), draw["award"]
    scope = draw["activity_id"] if draw["tree_id"] is None else f"TREE#{draw['tree_id']}"
    digest = hashlib.sha256(framed([scope, draw["user_id"], draw["idempotency_key"]])).digest()
    if int.from_bytes(digest[:8], "big") >> 1 != int(draw["order_id"]):
        yield "its id is not the hash of its key"
    outcome, computed = recompute(draw, odds, seed)
    if (draw["outcome"], award and award["award_id"]) != (outcome, computed):
        yield f"the seed says {outcome} {computed or '-'}"
    if draw["tree_id"] not in odds.get("through", [draw["tree_id"]]):
        yield "it came by a way in that the activity does not have"
    if draw["code"] != ("0000" if award else "D001"):
        yield f"its code {draw['code']} says otherwise"
    names = {share["award_id"]: share["award_name"] for share in activity["awards"]}
    if award and award["award_name"] != names.get(award["award_id"], award["award_name"]):
        yield f"its award is called {names[award['award_id']]}"
    yield from faults_of_time(draw, activity, odds, entries)
    yield from faults_of_proof(draw, odds)
    yield from faults_of_sold_out(draw, activity, odds, entries, draws)


def faults_of_time(draw: Answer, activity: Answer, odds: Answer, entries: Answers) -> Iterator[str]:
    """Yield whether it was drawn or claimed when it could not be, or drawn by a version that was not there."""
    at = time(draw["drawn_at"])
    known = [entry for entry in entries if time(entry["at"]) <= at + CLOCKS]
    gone = [entry for entry in known[1:] if time(entry["at"]) <= at - CLOCKS]  # each took the place of one before
    if DOING not in [entry["state_to"] for entry in known[len(gone) :]]:
        yield "the activity was not open then"
    ends = [activity["end"]]
    for entry in reversed(entries):
        for before, after in changes(entry, "end"):
            ends = [*ends, before, after] if entry in known else [before]
    if not time(activity["begin"]) <= at <= max(map(time, ends)):
        yield "it was drawn outside the window"
    first = max((entry["version"] for entry in entries if entry["what"] == "approve"), default=1)
    if not first <= draw["proof"]["version"] <= max((entry["version"] for entry in known), default=0):
        yield "its version was not in force then"
    within = {name: timedelta(seconds=seconds) for name, seconds, _ in odds.get("claims", [])}
    name, until, claimed = (draw["award"] or {}).get("award_id"), draw.get("claim_by"), draw.get("claimed_at")
    if until and (name not in within or time(until) < at + within[name]):
        yield "it has another deadline than promised"
    if until and (claimed or draw["grant_state"] == GRANTED) and not (claimed and time(claimed) <= time(until)):
        yield "it was not claimed by its deadline"


def faults_of_proof(draw: Answer, odds: Answer) -> Iterator[str]:
    """Yield wrong exclusions: an award is excluded because it is locked, and has to be then, or sold out."""
    proof, locked = draw["proof"], locked_in(draw, odds)
    if proof["taken"] is None and locked:
        yield "it does not say how many draws came before"
    if locked - set(proof["excluded"]):
        yield "an award that was locked was not excluded"
    # Each new attempt has found one more award sold out; in single mode the first ticket stands.
    most = len(set(proof["excluded"]) - locked) if odds["strategy_mode"] == TOTAL else 0
    if not 0 <= proof["attempt"] <= most:
        yield "drawn anew without another exclusion"


def faults_of_sold_out(draw: Answer, activity: Answer, odds: Answer, entries: Answers, draws: Answers) -> Iterator[str]:
    """Yield which awards were excluded as sold out, and cannot have been: units do not come from nowhere."""
    shares = {share["award_id"]: share for share in activity["awards"]}
    for name in sorted(set(draw["proof"]["excluded"]) - locked_in(draw, odds)):
        stock, left = (shares[name]["stock"], shares[name]["stock_left"]) if name in shares else (None, 0)
        wins = [each for each in draws if each["award"] and each["award"]["award_id"] == name]
        got = changed(entries, f"award {name} stock")
        raised = any(each == [RETURNED] or int(each[1]) > int(each[0]) for each in got)
        cut = any(line.startswith("and ") for entry in since_approval(entries) for line in entry["changes"])
        if stock is None:
            yield "an award was excluded that cannot be sold out"
        elif raised or cut or any(win["grant_state"] == VOID for win in wins):
            continue  # it may have been sold out at that time
        elif left > 0:
            yield f"award {name} was excluded as sold out, and {left} of {stock} units are left"
        elif any(time(win["drawn_at"]) > time(draw["drawn_at"]) + CLOCKS for win in wins):
            yield f"award {name} was excluded as sold out, and won after that"


def recompute(draw: Answer, odds: Answer, seed: bytes) -> tuple[str, str | None]:
    """Return outcome and award: the ticket falls on an award in the order of the table, or on none."""
    excluded, total_mode = set(draw["proof"]["excluded"]), odds["strategy_mode"] == TOTAL
    table = [(name, weight) for name, weight, _ in odds["awards"] if not (total_mode and name in excluded)]
    tickets = sum(weight for _, weight in table) if total_mode else WHOLE
    attempt = draw["proof"]["attempt"] if total_mode else 0
    number = ticket(seed, [draw["order_id"], draw["user_id"], str(attempt)], tickets) if tickets else 0
    while table and number >= table[0][1]:
        number -= table.pop(0)[1]
    if table and table[0][0] not in excluded:
        return "won", table[0][0]
    return ("lost", None) if odds["fallback"] is None else ("fallback", odds["fallback"])


def ticket(seed: bytes, inputs: list[str], tickets: int) -> int:
    """Return HMAC-SHA256 over the framed inputs as a fair number below tickets."""
    for chance in range(128):
        number = int.from_bytes(hmac.new(seed, framed([*inputs, str(chance)]), "sha256").digest()[:8], "big")
        if number < 2**64 - 2**64 % tickets:
            return number % tickets
    raise ArithmeticError("128 rounds gave no fair number")


def locked_in(draw: Answer, odds: Answer) -> set[str]:
    return {name for name, _, unlock_after in odds["awards"] if unlock_after > (draw["proof"]["taken"] or 0)}


def since_approval(entries: Answers) -> Answers:
    return entries[max((place for place, entry in enumerate(entries, 1) if entry["what"] == "approve"), default=0) :]


def changed(entries: Answers, field: str) -> list[list[str]]:
    return [change for entry in since_approval(entries) for change in changes(entry, field)]


def changes(entry: Answer, field: str) -> list[list[str]]:
    return [line[len(field) + 2 :].split(" → ") for line in entry["changes"] if line.startswith(f"{field}: ")]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def framed(parts: list[str]) -> bytes:
    return b"".join(f"{len(part.encode())}:{part},".encode() for part in parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
