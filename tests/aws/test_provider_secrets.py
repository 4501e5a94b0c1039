"""Definitions of providers are read from Secrets Manager, remembered for minutes, and never told."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from builders import NOON, SECOND, definition
from emulated_aws import emulated_aws
from tombola.aws.provider_secrets import REMEMBERED, ProviderSecrets
from tombola.rules.provider import UndefinedProviderError

PREFIX = "stack/provider/"
SLOW_SECONDS = 0.05


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with emulated_aws():
        manager = boto3.client("secretsmanager", region_name="us-east-1")
        manager.create_secret(Name=f"{PREFIX}shop", SecretString=definition(key="the first key of all"))
        yield manager


def secrets(manager: Any, *, local: bool = False) -> ProviderSecrets:
    return ProviderSecrets(lambda: manager, PREFIX, local)


def test_a_definition_is_remembered_for_minutes_and_then_read_again(manager: Any) -> None:
    found = secrets(manager)
    assert found.find("shop", NOON).key == "the first key of all"
    manager.put_secret_value(SecretId=f"{PREFIX}shop", SecretString=definition(key="the second key of all"))

    assert timedelta(minutes=5) >= REMEMBERED
    assert found.find("shop", NOON + REMEMBERED - SECOND).key == "the first key of all"
    assert found.find("shop", NOON + REMEMBERED).key == "the second key of all"


def test_ten_who_ask_at_once_read_a_definition_once(manager: Any) -> None:
    read: list[str] = []

    def slowly(**_: Any) -> None:
        read.append("")
        time.sleep(SLOW_SECONDS)  # long enough for the others to come

    manager.meta.events.register("before-send.secrets-manager.GetSecretValue", slowly)
    known = secrets(manager)

    with ThreadPoolExecutor(10) as threads:
        found = {provider.name for provider in threads.map(lambda _: known.find("shop", NOON), range(10))}

    assert (found, len(read)) == ({"shop"}, 1)


def test_a_definition_can_be_read_again_at_once_and_is_remembered_from_then_on(manager: Any) -> None:
    found = secrets(manager)
    found.find("shop", NOON)
    manager.put_secret_value(SecretId=f"{PREFIX}shop", SecretString=definition(key="the second key of all"))

    assert found.read_again("shop", NOON).key == "the second key of all"
    assert found.find("shop", NOON + SECOND).key == "the second key of all"


def test_a_clock_that_went_back_remembers_nothing_for_ever(manager: Any) -> None:
    found = secrets(manager)
    found.find("shop", NOON)
    manager.put_secret_value(SecretId=f"{PREFIX}shop", SecretString=definition(key="the second key of all"))

    assert found.find("shop", NOON - SECOND).key == "the second key of all"


def test_a_provider_that_is_not_defined_is_undefined(manager: Any) -> None:
    with pytest.raises(UndefinedProviderError, match="the definition of provider other: there is none"):
        secrets(manager).find("other", NOON)


def test_a_definition_that_is_bytes_is_undefined(manager: Any) -> None:
    manager.create_secret(Name=f"{PREFIX}bytes", SecretBinary=b"sesame")

    with pytest.raises(UndefinedProviderError, match="the definition of provider bytes: it is no JSON"):
        secrets(manager).find("bytes", NOON)


def test_what_is_wrong_is_not_remembered(manager: Any) -> None:
    manager.create_secret(Name=f"{PREFIX}new", SecretString="{}")
    found = secrets(manager)
    with pytest.raises(UndefinedProviderError):
        found.find("new", NOON)

    manager.put_secret_value(SecretId=f"{PREFIX}new", SecretString=definition())
    assert found.find("new", NOON).name == "new"


def answered(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "secret"}}, "GetSecretValue")


@pytest.mark.parametrize(
    ("error", "because"),
    [
        (answered("AccessDeniedException"), r"it cannot be read \(AccessDeniedException\)"),
        (answered("DecryptionFailure"), r"it cannot be read \(DecryptionFailure\)"),
        (answered("InvalidRequestException"), "there is none"),
        (answered("ThrottlingException"), "Secrets Manager does not answer"),
        (EndpointConnectionError(endpoint_url="https://secret.example"), "Secrets Manager does not answer"),
    ],
)
def test_a_definition_that_cannot_be_read_is_undefined_for_now(error: Exception, because: str) -> None:
    class Broken:
        def get_secret_value(self, **_: Any) -> None:
            raise error

    with pytest.raises(UndefinedProviderError, match=f"the definition of provider shop: {because}$") as found:
        secrets(Broken()).find("shop", NOON)
    assert "secret" not in str(found.value)


def test_definitions_are_in_no_repr(manager: Any) -> None:
    found = secrets(manager)
    found.find("shop", NOON)

    assert "first key" not in repr(found)


def test_plain_http_is_for_the_local_stage(manager: Any) -> None:
    manager.create_secret(Name=f"{PREFIX}plain", SecretString=definition(url="http://127.0.0.1/"))

    assert not secrets(manager, local=True).find("plain", NOON).secure
    with pytest.raises(UndefinedProviderError, match="url must begin with https://"):
        secrets(manager).find("plain", NOON)
