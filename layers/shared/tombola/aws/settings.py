"""Environment variables, read once, at the edge."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import timedelta
from typing import Any, Self

from tombola.rules.claims import Claim, claims_named
from tombola.rules.remedy import Waits

AUTHORIZATIONS = ("iam", "jwt", "none")


class MissingVariableError(Exception):
    """The function cannot start without this environment variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Each field is the variable of its name in capitals; template.yaml sets them all."""

    table_name: str
    transport: str  # one of those in aws/transport.py, which has variables of its own
    first_check_seconds: str
    resend_after_seconds: str
    backoff_seconds: str
    backoff_max_seconds: str
    failures_max: str
    repair_workers: str
    authorization: str  # iam, jwt or none: what the API asks of its callers
    powertools_service_name: str  # these two Powertools reads by itself, but only when a draw is already recorded
    powertools_metrics_namespace: str

    fact_claims: tuple[Claim, ...] = ()  # the claims that are facts; only with jwt
    codes_low: int = 0  # a pool with about so few codes is told; only the function that hands codes over

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Self:
        """Read every variable; raise MissingVariableError naming those that are absent or empty."""
        found: dict[str, Any] = read_variables([field.name for field in fields(cls) if field.default is MISSING], env)
        if env["AUTHORIZATION"] not in AUTHORIZATIONS:  # a word that is not understood must not open the API
            raise MissingVariableError(f"AUTHORIZATION must be one of {', '.join(AUTHORIZATIONS)}")
        claims, codes_low = claims_named(env.get("FACT_CLAIMS", "")), int(env.get("CODES_LOW", "0"))
        return cls(**found, fact_claims=claims, codes_low=codes_low)

    @property
    def waits(self) -> Waits:
        return Waits(
            first_check=_seconds(self.first_check_seconds),
            resend_after=_seconds(self.resend_after_seconds),
            backoff=_seconds(self.backoff_seconds),
            backoff_max=_seconds(self.backoff_max_seconds),
            failures_max=round(float(self.failures_max)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponSettings:
    """The variables that only distribution has; each field is one of its name in capitals."""

    stage: str
    calls_table: str  # where Powertools remembers which calls were made
    provider_secrets: str  # begins the name of each provider's secret

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Self:
        """Read every variable; raise MissingVariableError naming those that are absent or empty."""
        return cls(**read_variables([field.name for field in fields(cls)], env))

    @property
    def local(self) -> bool:
        return self.stage == "local"


def read_variables(names: list[str], env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of these names in capitals; raise MissingVariableError naming those that are missing."""
    missing = [name.upper() for name in names if not env.get(name.upper())]
    if missing:
        raise MissingVariableError(f"set {', '.join(missing)} in the function's environment (template.yaml)")
    return {name: env[name.upper()] for name in names}


def _seconds(text: str) -> timedelta:
    return timedelta(milliseconds=round(float(text) * 1000))  # as the table keeps a time
