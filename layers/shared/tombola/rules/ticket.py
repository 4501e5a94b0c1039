"""Which number does a draw get? One that anybody can compute again from a committed seed and recorded inputs."""

import hashlib
import hmac

ROUNDS_MAX = 128  # each round is rejected with a chance below one half: reaching this is no chance


def netstring(value: str | int) -> bytes:
    """Return value so framed that no two lists of values run together: length, colon, bytes, comma."""
    data = str(value).encode()
    return b"%d:%s," % (len(data), data)


def order_id_of(scope: str, user_id: str, idempotency_key: str) -> int:
    """Return the draw's identity, 63 bits: the same three inputs are the same draw for ever."""
    digest = hashlib.sha256(netstring(scope) + netstring(user_id) + netstring(idempotency_key)).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def ticket_of(seed: bytes, order_id: int, user_id: str, attempt: int, total: int) -> int:
    """Return an integer in [0, total), each equally likely.

    Numbers above the largest multiple of total are rejected, or the low tickets would be likelier.
    """
    fair = 2**64 // total * total
    stem = netstring(order_id) + netstring(user_id) + netstring(attempt)
    for chance in range(ROUNDS_MAX):
        digest = hmac.digest(seed, stem + netstring(chance), "sha256")
        number = int.from_bytes(digest[:8], "big")
        if number < fair:
            return number % total
    raise ArithmeticError(f"order {order_id}: {ROUNDS_MAX} rounds rejected")
