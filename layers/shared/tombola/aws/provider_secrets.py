"""The definitions of providers in Secrets Manager, remembered for some minutes: a key is changed there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from tombola.aws.faults import busy_when_unanswered
from tombola.rules.problem import BusyError
from tombola.rules.provider import Provider, UndefinedProviderError, provider_from

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

REMEMBERED = timedelta(minutes=5)
MISSING_CODES = frozenset({"ResourceNotFoundException", "InvalidRequestException"})  # the latter: it is being deleted


@dataclass(frozen=True, slots=True)
class ProviderSecrets:
    """Definitions by the provider's name; prefix begins the names of their secrets."""

    client: Callable[[], "SecretsManagerClient"]
    prefix: str
    local: bool
    known: dict[str, tuple[Provider, datetime]] = field(default_factory=dict, repr=False)
    reading: Lock = field(default_factory=Lock, repr=False)  # of the first who asks: the others of a batch wait for it

    def find(self, name: str, now: datetime) -> Provider:
        """Return the provider of that name, as it was defined some minutes ago at the most.

        Raise UndefinedProviderError if it is not defined, or wrongly, or if nobody knows now.
        """
        with self.reading:
            found = self.known.get(name)
            if found is not None and timedelta() <= now - found[1] < REMEMBERED:
                return found[0]
            return self.read_again(name, now)

    def read_again(self, name: str, now: datetime) -> Provider:
        """Return the provider as it is defined now, and remember that."""
        provider = provider_from(name, self._text(name), local=self.local)
        self.known[name] = provider, now
        return provider

    def _text(self, name: str) -> str:
        try:
            with busy_when_unanswered():
                found = self.client().get_secret_value(SecretId=f"{self.prefix}{name}")
        except ClientError as error:
            code = error.response["Error"]["Code"]
            because = "there is none" if code in MISSING_CODES else f"it cannot be read ({code})"
            raise UndefinedProviderError(f"the definition of provider {name}: {because}") from None
        except BusyError:
            raise UndefinedProviderError(
                f"the definition of provider {name}: Secrets Manager does not answer"
            ) from None
        return found.get("SecretString", "")
