"""The demo's codes and coupons: a pool that holds too few, a provider that is down for a while. And what came of all.

No code and no coupon is in any figure.
"""

import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Thread

from tombola_cli.audit.books import GRANTED, VOID, Books, Item
from tombola_cli.local.demo_parcels import PHYSICAL
from tombola_cli.local.sample_provider import Desk, Faults, SampleProvider
from tombola_cli.operate.code_import import import_codes
from tombola_cli.operate.parked_codes import parked_for, retry_parked
from tombola_cli.operate.providers import define_sample
from tombola_cli.operate.stack import Stack

POOL, PROVIDER = "demo-codes", "demo-shop"  # as activities/demo/demo.yaml names them
CODES = 40  # for the 50 units of their award
MORE_CODES = 20
CALLS_IN_VAIN = 10  # of the provider, until it is back
KEY_BYTES, CODE_BYTES = 32, 8
POLL_SECONDS = 0.05
CODE, COUPON = 2, 3
KINDS = {1: "text", CODE: "code", COUPON: "coupon", PHYSICAL: "parcel"}  # by the type of an award
DOWN, WELL = Faults(down=1), Faults()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What became of the prizes of one type.

    handed_over counts the used codes of the pool, the coupons that the provider gave, or the parcels that were shipped;
    None: a text is not used up. Void are those whose deadline has passed.
    """

    kind: str
    won: int
    granted: int
    void: int
    parked_meanwhile: int
    failed_meanwhile: int
    handed_over: int | None

    @property
    def agrees(self) -> bool:
        """Return whether as many were handed over as orders were granted."""
        return self.handed_over in (None, self.granted)


@contextmanager
def provided(stack: Stack) -> Iterator[Desk]:
    """Fill the pool, and yield the desk of a provider on a free port, which is down until its faults are set anew."""
    import_more(stack, CODES)
    desk = Desk(secrets.token_hex(KEY_BYTES), Random(), DOWN)  # noqa: S311 - coupons of a sample  # nosec B311
    with SampleProvider(0, desk) as server:
        define_sample(stack, PROVIDER, server.url, desk.key)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": POLL_SECONDS}, daemon=True)
        thread.start()
        try:
            yield desk
        finally:
            server.shutdown()
            thread.join()


def bring_back(desk: Desk) -> None:
    """Let the provider answer from now on, if enough calls of it were in vain."""
    if desk.asked >= CALLS_IN_VAIN:
        desk.faults = WELL


def refill(stack: Stack) -> int:
    """Import more codes, let orders that are parked for want of one be tried again, and return how many it were."""
    import_more(stack, MORE_CODES)
    return retry_parked(parked_for(POOL, stack), "tombola", stack)


def import_more(stack: Stack, count: int) -> None:
    """Import so many new codes into the pool, from a file that nobody else can read and that is gone afterwards."""
    with TemporaryDirectory(prefix="tombola-") as folder:
        file = Path(folder) / "codes.csv"
        file.write_text("code\n" + "".join(f"{secrets.token_hex(CODE_BYTES)}\n" for _ in range(count)))
        import_codes(file, POOL, stack, stack.now())


def kinds(books: Books, desk: Desk, shipped: int) -> list[Kind]:
    """Return what became of texts, codes, coupons and parcels, in this order."""
    used = sum(pool == POOL for pool, _ in books.used)
    handed_over = {CODE: used, COUPON: len(desk.given), PHYSICAL: shipped}
    return [_kind(award_type, books, handed_over.get(award_type)) for award_type in KINDS]


def causes(books: Books) -> Counter[str]:
    """Return for how many orders a grant failed, or was parked and tried again, by the reasons on record."""
    found = Counter[str]()
    for order in books.orders.values():
        found.update({order["failed_because"]} if "failed_because" in order else ())
        found.update({str(act["ended"]) for act in _retries(order)})
    return found


def _kind(award_type: int, books: Books, handed_over: int | None) -> Kind:
    won = [each for each in books.orders.values() if "award" in each and each["award"]["award_type"] == award_type]
    return Kind(
        kind=KINDS[award_type],
        won=len(won),
        granted=sum(order["grant_state"] == GRANTED for order in won),
        void=sum(order["grant_state"] == VOID for order in won),
        parked_meanwhile=sum(bool(_retries(order)) for order in won),
        failed_meanwhile=sum("failed_at" in order for order in won),
        handed_over=handed_over,
    )


def _retries(order: Item) -> list[Item]:
    """Return the acts by which an operator let a parked order be tried again; each says why it had been parked."""
    return [act for act in order.get("acts", []) if act["what"] == "retry"]
