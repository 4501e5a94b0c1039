"""The demo, as anybody runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lotterys_json import or_say_what_is_missing
from tombola_cli.files.repository import ROOT
from tombola_cli.local import java
from tombola_cli.local.local_stack import HOME

pytestmark = pytest.mark.apart
SECONDS_MAX = 1200
FIGURES = [
    *("transport", "draws", "won", "lost", "granted", "parked", "waiting", "oversold"),
    *("granted_twice", "unaccounted", "sent_failed", "seconds", "kinds", "parcels", "wins"),
]


@pytest.mark.parametrize("transport", ["sqs", "kafka", "streams"])
def test_the_demo_lacks_messages_codes_a_provider_and_addresses_and_its_books_balance(transport: str) -> None:
    if transport == "kafka":
        or_say_what_is_missing(lambda: java.found("java", "Kafka"))
    command: list[str | Path] = [Path(sys.executable).with_name("tombola"), "demo", "--transport", transport]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "balanced\ttrue\n" in done.stdout  # in a pipe, as here
    figures = json.loads((HOME / "demo.json").read_text())
    assert list(figures) == FIGURES
    text, code, coupon, parcel = figures["kinds"]
    assert (code["kind"], code["parked_meanwhile"]) == ("code", 10)
    assert code["won"] == code["granted"] == code["handed_over"] == 50
    assert "pool demo-codes has no code left that is good for another 24 hours\t10\n" in done.stdout
    assert coupon["won"] == coupon["granted"] == coupon["handed_over"] > 0
    assert (coupon["kind"], coupon["parked_meanwhile"]) == ("coupon", 0)
    assert coupon["failed_meanwhile"] > 0
    assert "provider demo-shop cannot be reached" in done.stdout
    assert (text["kind"], text["parked_meanwhile"], text["handed_over"]) == ("text", 0, None)
    assert sum(kind["won"] for kind in figures["kinds"]) == figures["won"]
    assert (parcel["kind"], parcel["parked_meanwhile"], parcel["failed_meanwhile"]) == ("parcel", 0, 0)
    sent = figures["parcels"]
    assert (
        0 < parcel["granted"] == parcel["handed_over"] == sent["addresses_given"] == sent["exported"] == sent["shipped"]
    )
    assert 0 < parcel["void"] == sent["deadlines_passed"] == parcel["won"] - parcel["granted"]
    assert figures["wins"] == {"listed": figures["won"], "agrees": True}
    assert (figures["draws"], figures["won"]) == (500, 500 - figures["lost"])
    assert figures["granted"] == figures["won"] - parcel["void"]
    assert {figures[name] for name in ("parked", "waiting", "oversold", "granted_twice", "unaccounted")} == {0}
    assert figures["transport"] == transport
    assert (figures["sent_failed"] > 0) == (
        transport != "streams"
    )  # a stream takes every win with the draw's own write
    assert figures["lost"] > 0
    assert not list(HOME.glob("demo-*"))
