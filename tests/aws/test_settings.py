"""Settings: read from the environment, and refused by name."""

from datetime import timedelta

import pytest

from builders import WAITS
from tombola.aws.settings import CouponSettings, MissingVariableError, Settings
from tombola.rules.claims import Claim

ENVIRONMENT = {
    "TABLE_NAME": "table",
    "TRANSPORT": "sqs",
    "FIRST_CHECK_SECONDS": "60",
    "RESEND_AFTER_SECONDS": "600",
    "BACKOFF_SECONDS": "60",
    "BACKOFF_MAX_SECONDS": "3600",
    "FAILURES_MAX": "3",
    "REPAIR_WORKERS": "2",
    "AUTHORIZATION": "jwt",
    "POWERTOOLS_SERVICE_NAME": "tombola",
    "POWERTOOLS_METRICS_NAMESPACE": "tests",
}


def test_settings_are_read_from_the_environment() -> None:
    settings = Settings.from_env(ENVIRONMENT)

    assert settings.waits == WAITS
    assert settings.authorization == "jwt"


def test_a_wait_is_of_whole_milliseconds_as_the_table_keeps_them() -> None:
    assert Settings.from_env({**ENVIRONMENT, "BACKOFF_SECONDS": "1.0006"}).waits.backoff == timedelta(milliseconds=1001)


def test_claims_are_facts_only_where_the_environment_names_them() -> None:
    assert Settings.from_env(ENVIRONMENT).fact_claims == ()
    found = Settings.from_env({**ENVIRONMENT, "FACT_CLAIMS": "age, groups[]"})
    assert found.fact_claims == (Claim("age"), Claim("groups", is_list=True))


@pytest.mark.parametrize("name", ENVIRONMENT)
@pytest.mark.parametrize("empty", [True, False])
def test_a_missing_or_empty_variable_is_named(name: str, *, empty: bool) -> None:
    changed = (
        {**ENVIRONMENT, name: ""} if empty else {other: ENVIRONMENT[other] for other in ENVIRONMENT if other != name}
    )

    with pytest.raises(MissingVariableError, match=name):
        Settings.from_env(changed)


COUPONS = {"STAGE": "local", "CALLS_TABLE": "calls", "PROVIDER_SECRETS": "tombola/provider/"}


@pytest.mark.parametrize("name", COUPONS)
def test_a_variable_that_only_distribution_needs_is_named_by_it(name: str) -> None:
    with pytest.raises(MissingVariableError, match=name):
        CouponSettings.from_env({**COUPONS, name: ""})


@pytest.mark.parametrize(("stage", "local"), [("local", True), ("prod", False), ("LOCAL", False)])
def test_only_the_local_stage_is_local(stage: str, local: bool) -> None:
    assert CouponSettings.from_env({**COUPONS, "STAGE": stage}).local is local


@pytest.mark.parametrize("word", ["JWT", "open", "iam "])
def test_an_authorization_that_is_not_understood_starts_nothing(word: str) -> None:
    with pytest.raises(MissingVariableError, match="AUTHORIZATION must be one of iam, jwt, none"):
        Settings.from_env({**ENVIRONMENT, "AUTHORIZATION": word})
