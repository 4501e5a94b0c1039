"""The demo: a campaign on a stack of its own, and the figures of its results."""

import shutil
import statistics
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tombola_cli.audit.auditor import Audit
from tombola_cli.audit.books import Books
from tombola_cli.files.repository import ROOT
from tombola_cli.local import demo_parcels, demo_prizes, local_stack
from tombola_cli.local.campaign import Campaign
from tombola_cli.local.demo_parcels import Sent
from tombola_cli.local.demo_prizes import Kind
from tombola_cli.local.launch import launch
from tombola_cli.local.sample_provider import Desk
from tombola_cli.operate.stack import Stack
from tombola_cli.operate.transport_name import TransportName

ACTIVITY_FILE = ROOT / "activities/demo/demo.yaml"  # not among the sample activities: its pool is this module's
ACTIVITY_ID = "demo"
PERCENT = 100
PREFIX = "demo-"  # of the folders that demos live in, beside the local stack's

Tell = Callable[[str], None]
Progress = Callable[[int, int | None, str], None]


def homes(home: Path) -> list[Path]:
    """Return where demos have been left running, or left something behind."""
    return sorted(folder for folder in home.glob(f"{PREFIX}*") if folder.is_dir())


@contextmanager
def stack(home: Path, transport: TransportName, tell: Tell, *, keep: bool) -> Iterator[Stack]:
    """Yield a stack with that transport and the demo's activity; stop it and remove its files, unless it is kept."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        made = local_stack.up(home, None, tell, stack_name=home.name, transport=transport)
        launch(ACTIVITY_FILE, made)
        yield made
    finally:
        if not keep:
            remove(home)


def remove(home: Path) -> bool:
    """Stop the stack of a demo and remove its folder; return whether there was anything to stop."""
    was_up = local_stack.down(home)
    shutil.rmtree(home, ignore_errors=True)
    return was_up


def draw(campaign: Campaign, desk: Desk, tell: Progress) -> tuple[Books, Sent]:
    """Send every request, repair until nothing waits, refill the pool, repair again, and send the parcels out.

    Return the books after that. The provider whose desk this is comes back during the first repair, once enough calls
    were in vain; the deadline of the prizes without an address passes in it.
    """
    total = len(campaign.requests())
    for done, doing in enumerate(campaign.draw_all(), 1):
        tell(done, total, doing)
    books = _repaired(campaign, tell, lambda: demo_prizes.bring_back(desk))
    tell(total, None, f"importing codes for {campaign.audit(books).parked} parked orders")
    demo_prizes.refill(campaign.stack)
    _repaired(campaign, tell)
    tell(total, None, "exporting parcels, and marking them as shipped")
    sent = demo_parcels.send_out(ACTIVITY_ID, campaign.stack)
    return campaign.books(), sent


def _repaired(campaign: Campaign, tell: Progress, meanwhile: Callable[[], None] = lambda: None) -> Books:
    for books in campaign.until_quiet():
        meanwhile()
        tell(len(campaign.requests()), None, f"compensating, {campaign.audit(books).waiting} waiting")
    return books


def balances(verdict: Audit, kinds: Iterable[Kind]) -> bool:
    """Return whether every promise is kept, nothing waits, and as much was handed over as was granted."""
    return verdict.balanced and not verdict.waiting and all(kind.agrees for kind in kinds)


def figures(campaign: Campaign, verdict: Audit, seconds: float) -> dict[str, Any]:
    return {
        "transport": campaign.stack.transport,
        "draws": verdict.draws,
        "won": verdict.won,
        "lost": verdict.lost,
        "granted": verdict.granted,
        "parked": verdict.parked,
        "waiting": verdict.waiting,
        "oversold": verdict.oversold,
        "granted_twice": verdict.granted_twice,
        "unaccounted": verdict.unaccounted,
        "sent_failed": campaign.sent_failed,
        "seconds": round(seconds, 1),
    }


def waits(books: Books) -> tuple[float | None, float | None]:
    """Return the median and the 99th percentile of the seconds that prizes took, None where none was granted."""
    took = sorted(order["granted_at"] - order["drawn_at"] for order in books.orders.values() if "granted_at" in order)
    if not took:
        return None, None
    return statistics.median(took) / 1000, took[(len(took) * 99) // PERCENT] / 1000
