"""The providers of coupons that a stack's operator has defined, each in a secret of its own."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeAlias

from tombola.aws.provider_secrets import ProviderSecrets
from tombola.rules.provider import FOR_EVER, Provider, UndefinedProviderError
from tombola.rules.request import is_activity_id
from tombola_cli.errors import TombolaError
from tombola_cli.operate.stack import Stack

PAGES_MAX = 10  # of a hundred secrets
PAGE = 100
SAMPLE_TIMEOUT_SECONDS = 2

Keeps: TypeAlias = Callable[[str], timedelta | None]  # of a provider by its name; None: for ever


@dataclass(frozen=True)
class Defined:
    """A definition that is there, whatever it says."""

    name: str
    changed_at: datetime


def prefix_of(stack: Stack) -> str:
    """Return what begins the names of the secrets."""
    return f"{stack.stack_name}/provider/"


def defined(stack: Stack) -> list[Defined]:
    """Return the providers that are defined, by name; raise TombolaError if they are too many to be listed."""
    return sorted(_found(stack), key=lambda each: each.name)


def _found(stack: Stack) -> Iterator[Defined]:
    client, prefix = stack.client("secretsmanager"), prefix_of(stack)
    asked: dict[str, Any] = {"MaxResults": PAGE, "Filters": [{"Key": "name", "Values": [prefix]}]}
    for _ in range(PAGES_MAX):
        found = client.list_secrets(**asked)
        for each in found["SecretList"]:
            if each["Name"].startswith(prefix):
                changed_at = each.get("LastChangedDate") or each["CreatedDate"]
                yield Defined(each["Name"].removeprefix(prefix), changed_at.astimezone(UTC))
        if "NextToken" not in found:
            return
        asked["NextToken"] = found["NextToken"]
    raise TombolaError(f"more secrets begin with {prefix} than {PAGES_MAX} pages hold")


def checked(stack: Stack, name: str) -> Provider:
    """Return the provider as distribution would find it; raise TombolaError naming what is wrong, and no secret."""
    secrets = ProviderSecrets(lambda: stack.client("secretsmanager"), prefix_of(stack), stack.endpoint_url is not None)
    try:
        return secrets.read_again(name, datetime.now(UTC))
    except UndefinedProviderError as error:
        raise TombolaError(str(error)) from None


def keeping(stack: Stack) -> Keeps:
    """Return a way to ask how long a provider knows a key again; one that cannot be read may have forgotten all."""

    @cache
    def keeps(name: str) -> timedelta | None:
        try:
            return checked(stack, name).keeps_keys
        except TombolaError:
            return timedelta()

    return keeps


def define_sample(stack: Stack, name: str, url: str, key: str) -> None:
    """Define the sample provider at url in a local stack, in place of what was defined there under that name.

    Raise TombolaError for a name that no activity's file can say.
    """
    if not is_activity_id(name):  # names of providers have the form of all names in files
        raise TombolaError(f"{name!r} names no provider: take 1 to 64 letters, digits, - and _")
    definition = {
        "url": url,
        "body": {"user": "{user_id}", "order": "{order_id}", "prize": "{award_id}"},
        "timeout_seconds": SAMPLE_TIMEOUT_SECONDS,
        "key": key,
        "coupon": "coupon",
        "keeps_keys_hours": FOR_EVER,
    }
    client, secret, text = stack.client("secretsmanager"), f"{prefix_of(stack)}{name}", json.dumps(definition)
    try:
        client.put_secret_value(SecretId=secret, SecretString=text)
    except client.exceptions.ResourceNotFoundException:
        client.create_secret(Name=secret, SecretString=text)
