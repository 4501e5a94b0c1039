"""Compute every draw of a revealed activity again, with nothing but Python: python docs/verify.py ACTIVITY DRAWS...

ACTIVITY is what GET /activities/{activity_id} answered after the seed was revealed, each of DRAWS what
GET /users/{user_id}/draws or a draw itself answered, all as JSON files. The exit status is 1 if a draw is not what
seed and recorded inputs make it.
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
    if len(arguments) < 2:  # noqa: PLR2004 - an activity and its draws
        print(__doc__)
        return 2
    activity, *answers = (json.loads(Path(name).read_text("utf-8")) for name in arguments)
    if activity["seed"] is None:
        print(f"activity {activity['activity_id']} is not revealed yet")
        return 1
    seed = bytes.fromhex(activity["seed"])
    if hashlib.sha256(seed).hexdigest() != activity["commitment"]:
        print("the seed is not the one committed to")
        return 1
    draws = [draw for answer in answers for draw in answer.get("draws", [answer])]
    wrong = [draw for draw in draws if not told(draw, activity, seed)]
    print(f"{len(draws) - len(wrong)} of {len(draws)} draws are what the seed makes them")
    return 1 if wrong else 0


def told(draw: dict[str, Any], activity: dict[str, Any], seed: bytes) -> bool:
    """Print what was told and what the seed says; return whether they agree."""
    award = None if draw["award"] is None else draw["award"]["award_id"]
    outcome, computed = recompute(draw, json.loads(activity["odds"]), seed)
    right = draw["activity_id"] == activity["activity_id"] and (draw["outcome"], award) == (outcome, computed)
    print(f"{draw['order_id']:>19} {draw['outcome']} {award or '-'}: {'right' if right else f'WRONG, {computed}'}")
    return right


def recompute(draw: dict[str, Any], odds: dict[str, Any], seed: bytes) -> tuple[str, str | None]:
    """Return outcome and award: the ticket falls on an award in the order of the table, or on none."""
    excluded, total_mode = set(draw["proof"]["excluded"]), odds["strategy_mode"] == TOTAL
    taken = draw["proof"]["taken"] or 0
    if {award_id for award_id, _, unlock_after in odds["awards"] if unlock_after > taken} - excluded:
        return "an award that was locked was not excluded", None
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
        message = b"".join(f"{len(part.encode())}:{part},".encode() for part in [*inputs, str(chance)])
        number = int.from_bytes(hmac.new(seed, message, "sha256").digest()[:8], "big")
        if number < 2**64 - 2**64 % tickets:
            return number % tickets
    raise ArithmeticError("128 rounds gave no fair number")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
