"""Providers of coupons as they are shown, without address, key or template: those are secrets."""

from collections.abc import Sequence
from datetime import timedelta

from tombola.rules.provider import FOR_EVER, Provider
from tombola_cli.operate.providers import Defined
from tombola_cli.screens.blocks import Block, Column, Facts, Table

COLUMNS = [Column("provider"), Column("changed_at")]
HOUR = timedelta(hours=1)


def listed(providers: Sequence[Defined]) -> list[Block]:
    rows = [[each.name, each.changed_at] for each in providers]
    return [Table("providers", COLUMNS, rows, None if rows else "no provider is defined")]


def checked(provider: Provider) -> list[Block]:
    return [
        Facts(
            {
                "provider": provider.name,
                "host": provider.host,
                "timeout_seconds": provider.timeout_seconds,
                "coupon": ".".join(provider.coupon),
                "keeps_keys_hours": FOR_EVER if provider.keeps_keys is None else provider.keeps_keys / HOUR,
                "valid": True,
            }
        )
    ]


def serving(url: str, defined_as: str | None) -> list[Block]:
    fields = {"url": url, "provider": defined_as}
    told = f"a sample provider of coupons answers at {url}; Ctrl-C ends it"
    return [Facts(fields, told if defined_as is None else f"{told}\ndefined as provider {defined_as} of this stack")]
