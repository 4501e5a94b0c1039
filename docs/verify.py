"""Compute every draw of a revealed activity again, with nothing but Python: python docs/verify.py ACTIVITY LOG DRAWS...

ACTIVITY is what GET /activities/{activity_id} answered after the seed was revealed, LOG what …/log?limit=100 answered,
each of DRAWS what GET /users/{user_id}/draws?limit=100 or a draw itself answered, all as JSON files. Compare the
commitment that is printed with the one you saved before you drew. The exit status is 1 if anything is not as it was
promised, 2 if it cannot be told.
"""

import hashlib
import hmac
import json
import sys
from pathlib import Path
from typing import Any

WHOLE = 1_000_000
TOTAL = 2


def main(arguments: list[str]) -> int:
    """Print a line for each draw; return how the program ends."""
    if len(arguments) < 3:  # noqa: PLR2004 - an activity, its log and its draws
        print(__doc__)
        return 2
    try:
        activity, log, *answers = (json.loads(Path(name).read_text("utf-8")) for name in arguments)
        seed = bytes.fromhex(activity["seed"] or "")
        draws = [draw for answer in answers for draw in answer.get("draws", [answer])]
        mine = [draw for draw in draws if draw["activity_id"] == activity["activity_id"]]
    except (OSError, ValueError, KeyError, AttributeError) as error:
        print(f"these are not the answers of the API: {type(error).__name__} {error}")
        return 2
    faults = faults_of_commitment(activity, log["entries"], seed)
    wrong = [draw for draw in mine if not told(draw, activity, seed)] if seed else []
    print(f"commitment {activity['commitment']}", *faults, sep="\n")
    if any(answer.get("next") for answer in (log, *answers)):
        print("there are more pages: ask again with ?limit=100&after= and the `next` of the answer")
    print(f"{len(draws) - len(mine)} draws of other activities left out")
    print(f"{len(mine) - len(wrong)} of {len(mine)} draws are what the seed makes them")
    return 1 if wrong or faults or not mine else 0


def faults_of_commitment(activity: dict[str, Any], entries: list[dict[str, Any]], seed: bytes) -> list[str]:
    """Return what is wrong with seed, odds and log: the last approval has committed to both."""
    faults = [] if seed else ["the activity is not revealed yet"]
    if seed and hashlib.sha256(seed).hexdigest() != activity["commitment"]:
        faults.append("the seed is not the one committed to")
    before = "0" * 64
    for entry in entries:
        fields = {name: value for name, value in entry.items() if name != "hash"}
        text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        if (entry["before"], entry["hash"]) != (before, hashlib.sha256(text.encode()).hexdigest()):
            faults.append(f"the log is broken at entry {entry['number']}")
            break
        before = entry["hash"]
    approvals = [entry["changes"] for entry in entries if entry["what"] == "approve"]
    odds = hashlib.sha256((activity["odds"] or "").encode()).hexdigest()
    if approvals[-1:] != [[f"commitment: {activity['commitment']}", f"odds: {odds}"]]:
        faults.append("commitment and odds are not those of the approval")
    return faults


def told(draw: dict[str, Any], activity: dict[str, Any], seed: bytes) -> bool:
    """Print what was told and what the seed says; return whether they agree."""
    award = None if draw["award"] is None else draw["award"]["award_id"]
    scope = draw["activity_id"] if draw["tree_id"] is None else f"TREE#{draw['tree_id']}"
    digest = hashlib.sha256(framed([scope, draw["user_id"], draw["idempotency_key"]])).digest()
    limited = {each["award_id"] for each in activity["awards"] if each["stock"] is not None}
    fault = fault_of_proof(draw, json.loads(activity["odds"]), limited)
    outcome, computed = recompute(draw, json.loads(activity["odds"]), seed)
    if int.from_bytes(digest[:8], "big") >> 1 != int(draw["order_id"]):
        fault = "its id is not the hash of its key"
    elif (draw["outcome"], award) != (outcome, computed):
        fault = f"the seed says {outcome} {computed or '-'}"
    print(f"{draw['order_id']:>19} {draw['outcome']} {award or '-'}: {f'WRONG, {fault}' if fault else 'right'}")
    return fault is None


def fault_of_proof(draw: dict[str, Any], odds: dict[str, Any], limited: set[str]) -> str | None:
    """Return what cannot be: an award is excluded because it is locked, and has to be then, or sold out."""
    proof, excluded = draw["proof"], set(draw["proof"]["excluded"])
    if draw["tree_id"] not in odds.get("through", [draw["tree_id"]]):
        return "it came by a way in that the activity does not have"
    locked = {award_id for award_id, _, unlock_after in odds["awards"] if unlock_after > (proof["taken"] or 0)}
    if locked - excluded:
        return "an award that was locked was not excluded"
    if excluded - locked - limited:
        return "an award was excluded that cannot be sold out"
    return "drawn anew without another exclusion" if proof["attempt"] > len(excluded) else None


def recompute(draw: dict[str, Any], odds: dict[str, Any], seed: bytes) -> tuple[str, str | None]:
    """Return outcome and award: the ticket falls on an award in the order of the table, or on none."""
    excluded, total_mode = set(draw["proof"]["excluded"]), odds["strategy_mode"] == TOTAL
    table = [(name, weight) for name, weight, _ in odds["awards"] if not (total_mode and name in excluded)]
    tickets = sum(weight for _, weight in table) if total_mode else WHOLE
    attempt = draw["proof"]["attempt"] if total_mode else 0
    number = ticket(seed, [draw["order_id"], draw["user_id"], str(attempt)], tickets) if tickets else 0
    for award_id, weight in table:
        number -= weight
        if number < 0 and award_id not in excluded:
            return "won", award_id
        if number < 0:
            break
    return ("lost", None) if odds["fallback"] is None else ("fallback", odds["fallback"])


def ticket(seed: bytes, inputs: list[str], tickets: int) -> int:
    """Return HMAC-SHA256 over the framed inputs as a fair number below tickets."""
    for chance in range(128):
        digest = hmac.new(seed, framed([*inputs, str(chance)]), "sha256").digest()
        number = int.from_bytes(digest[:8], "big")
        if number < 2**64 - 2**64 % tickets:
            return number % tickets
    raise ArithmeticError("128 rounds gave no fair number")


def framed(parts: list[str]) -> bytes:
    return b"".join(f"{len(part.encode())}:{part},".encode() for part in parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
