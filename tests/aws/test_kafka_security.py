"""How a producer signs in: by the kind of security, and with nothing of a secret in any word."""

import json
import time
from typing import Any

import pytest
from confluent_kafka import Producer

from tombola.aws.kafka_security import KINDS, BrokerSecretError, security_of
from tombola.aws.settings import MissingVariableError


class Secrets:
    """Secrets Manager with one secret."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.asked: list[str] = []

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 - boto's name
        self.asked.append(SecretId)
        return {"SecretString": self.text}


def settings_of(kind: str, text: str = "", **env: str) -> dict[str, Any]:
    secrets: Any = Secrets(text)
    return dict(security_of({"KAFKA_SECURITY": kind, **env}, lambda: secrets)())


def test_without_security_nothing_is_set() -> None:
    assert settings_of("none") == {}


def test_tls_encrypts_and_signs_in_nobody() -> None:
    assert settings_of("tls") == {"security.protocol": "SSL"}


def test_the_secret_holds_user_and_password_as_msk_wants_them() -> None:
    text = json.dumps({"username": "tombola", "password": "pa55word"})

    assert settings_of("scram", text, KAFKA_SECRET_ARN="arn") == {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "tombola",
        "sasl.password": "pa55word",
    }


def test_the_secret_is_read_again_for_each_producer() -> None:
    secrets: Any = Secrets('{"username": "tombola", "password": "one"}')
    security = security_of({"KAFKA_SECURITY": "scram", "KAFKA_SECRET_ARN": "arn"}, lambda: secrets)
    security()
    secrets.text = '{"username": "tombola", "password": "two"}'

    assert security()["sasl.password"] == "two"
    assert secrets.asked == ["arn", "arn"]


@pytest.mark.parametrize(
    "text",
    [
        *("", "pa55word", "[]", '"pa55word"', '{"password": "pa55word"}'),
        *('{"username": "", "password": "pa55word"}', '{"username": "tombola", "password": 55}'),
        '{"username": "tombola55", "password": ""}',
    ],
)
def test_a_secret_of_another_form_is_refused_without_a_word_of_it(text: str) -> None:
    with pytest.raises(BrokerSecretError, match="must be JSON with the texts username and password") as error:
        settings_of("scram", text, KAFKA_SECRET_ARN="arn")
    assert "55" not in str(error.value)


def test_with_iam_the_role_signs_a_token_that_tells_when_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")

    settings = settings_of("iam", AWS_REGION="eu-central-1")
    text, ends = settings.pop("oauth_cb")("")

    assert settings == {"security.protocol": "SASL_SSL", "sasl.mechanism": "OAUTHBEARER"}
    assert 600 < ends - time.time() < 1000
    assert len(text) > 100


def test_a_token_that_cannot_be_had_is_told_before_a_producer_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_region: str) -> None:
        raise RuntimeError("no role")

    monkeypatch.setattr("aws_msk_iam_sasl_signer.MSKAuthTokenProvider.generate_auth_token", refused)

    with pytest.raises(RuntimeError, match="no role"):
        settings_of("iam", AWS_REGION="eu-central-1")


@pytest.mark.parametrize("kind", KINDS)
def test_librdkafka_knows_every_setting(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    text = json.dumps({"username": "tombola", "password": "pa55word"})

    Producer({**settings_of(kind, text, KAFKA_SECRET_ARN="arn", AWS_REGION="eu-central-1"), "log_level": 0})


@pytest.mark.parametrize(
    ("env", "missing"),
    [
        ({}, "KAFKA_SECURITY"),
        ({"KAFKA_SECURITY": "plain"}, "must be one of none, tls, iam, scram"),
    ],
)
def test_a_kind_that_is_none_starts_nothing(env: dict[str, str], missing: str) -> None:
    secrets: Any = Secrets("")

    with pytest.raises(MissingVariableError, match=missing):
        security_of(env, lambda: secrets)


@pytest.mark.parametrize(("kind", "missing"), [("iam", "AWS_REGION"), ("scram", "KAFKA_SECRET_ARN")])
def test_a_kind_that_lacks_a_variable_names_it(kind: str, missing: str) -> None:
    with pytest.raises(MissingVariableError, match=missing):
        settings_of(kind)
