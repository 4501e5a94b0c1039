"""How does a producer sign in to the brokers? One entry a kind of security, by its name in template.yaml."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tombola.aws.settings import MissingVariableError, read_variables

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

Settings = Mapping[str, Any]  # of librdkafka
MILLISECONDS = 1000


class BrokerSecretError(Exception):
    """The secret with the user and password of the brokers cannot be used; it tells why, and nothing that it holds."""


def security_of(env: Mapping[str, str], secrets: Callable[[], "SecretsManagerClient"]) -> Callable[[], Settings]:
    """Return what reads the settings by which a producer signs in; raise MissingVariableError if none are meant."""
    kind = read_variables(["kafka_security"], env)["kafka_security"]
    if kind not in KINDS:
        raise MissingVariableError(f"KAFKA_SECURITY must be one of {', '.join(KINDS)}")
    return lambda: KINDS[kind](env, secrets)


def _none(_env: Mapping[str, str], _secrets: Callable[[], "SecretsManagerClient"]) -> Settings:
    return {}


def _tls(_env: Mapping[str, str], _secrets: Callable[[], "SecretsManagerClient"]) -> Settings:
    return {"security.protocol": "SSL"}


def _iam(env: Mapping[str, str], _secrets: Callable[[], "SecretsManagerClient"]) -> Settings:
    """Sign in with the function's own role.

    https://docs.aws.amazon.com/msk/latest/developerguide/configure-clients-for-iam-access-control.html
    """
    region = read_variables(["aws_region"], env)["aws_region"]
    from aws_msk_iam_sasl_signer import MSKAuthTokenProvider  # noqa: PLC0415 - it brings boto3

    def token(_: str = "") -> tuple[str, float]:
        text, expires_at = MSKAuthTokenProvider.generate_auth_token(region)
        return text, expires_at / MILLISECONDS

    token()  # raises at once; for a token that cannot be had, making the producer would wait ten seconds
    return {"security.protocol": "SASL_SSL", "sasl.mechanism": "OAUTHBEARER", "oauth_cb": token}


def _scram(env: Mapping[str, str], secrets: Callable[[], "SecretsManagerClient"]) -> Settings:
    """Sign in with the user and password that the secret holds as MSK wants it: a password that is changed is found.

    https://docs.aws.amazon.com/msk/latest/developerguide/msk-password.html
    """
    arn = read_variables(["kafka_secret_arn"], env)["kafka_secret_arn"]
    user, password = _user_and_password(secrets().get_secret_value(SecretId=arn).get("SecretString", ""))
    return {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": user,
        "sasl.password": password,
    }


def _user_and_password(text: str) -> tuple[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    match found:
        case {"username": str(user), "password": str(password)} if user and password:
            return user, password
    raise BrokerSecretError("the secret of the brokers must be JSON with the texts username and password")


KINDS: Mapping[str, Callable[[Mapping[str, str], Callable[[], "SecretsManagerClient"]], Settings]] = {
    "none": _none,
    "tls": _tls,
    "iam": _iam,
    "scram": _scram,
}
