"""The address of AWS, and the names that the parts of a deployed stack have there."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from tombola.aws.clock import deadline_in
from tombola.aws.deadline import Deadline
from tombola_cli.errors import TombolaError
from tombola_cli.operate.transport_name import TransportName

LOCAL_REGION = "us-east-1"
PATIENCE_SECONDS = 20.0  # that the command tries to get past other transactions, since it last got on
# On a busy machine an emulator answers late, or that it is full.
EMULATOR_SECONDS_MAX = 300
EMULATOR_TRIES_MAX = 10
CONNECTIONS_MAX = 64  # of one client
# Making a client takes a tenth of a second, and each session of its own some megabytes: each is made once, and by one
# thread at a time, as no two may make clients of one session at once.
MAKING = Lock()


@dataclass(frozen=True, kw_only=True)
class Place:
    """An emulator's endpoint, or AWS itself when there is none."""

    region: str | None
    endpoint_url: str | None = None
    profile: str | None = None

    def client(self, service: str) -> Any:  # noqa: ANN401  callers name the client's type
        """Return a boto3 client, which all callers and their threads share."""
        with MAKING:
            return _client(Place(region=self.region, endpoint_url=self.endpoint_url, profile=self.profile), service)

    def session(self) -> Any:  # noqa: ANN401  boto3's, imported no sooner than it is needed
        """Return a session of boto3 with the rights of the profile, and with none that count for an emulator."""
        return _session(self.profile, self.region, emulated=self.endpoint_url is not None)

    def now(self) -> datetime:
        """Return the time by the clock of AWS, to the second: what hangs on it must not hang on this machine's.

        It comes with every answer; this call needs no right.
        """
        answer = self.client("sts").get_caller_identity()["ResponseMetadata"]["HTTPHeaders"]
        try:
            return parsedate_to_datetime(answer["date"]).astimezone(UTC)
        except (KeyError, ValueError):
            told = answer.get("date", "no Date")
            raise TombolaError(
                f"the answer of {self.endpoint_url or 'AWS'} does not say what time it is: {told}"
            ) from None

    def patience(self) -> Deadline:
        """Return how long one write may be tried."""
        return deadline_in(PATIENCE_SECONDS)


@cache
def _client(place: Place, service: str) -> Any:  # noqa: ANN401  as Place.client
    """Make a client; an emulator gets dummy credentials and is never reached through a proxy."""
    from botocore.config import Config  # noqa: PLC0415  a tenth of a second that --help need not wait for

    config, make = Config(max_pool_connections=CONNECTIONS_MAX), place.session().client
    if place.endpoint_url is None:
        return make(service, config=config)
    patient: Any = {"mode": "standard", "total_max_attempts": EMULATOR_TRIES_MAX}
    slow = Config(proxies={}, read_timeout=EMULATOR_SECONDS_MAX, retries=patient)
    return make(service, endpoint_url=place.endpoint_url, config=config.merge(slow))


@cache
def _session(profile: str | None, region: str | None, *, emulated: bool) -> Any:  # noqa: ANN401  as Place.session
    import boto3  # noqa: PLC0415  as above

    if emulated:
        return boto3.session.Session("test", "test", region_name=region)
    return boto3.session.Session(profile_name=profile, region_name=region)


@dataclass(frozen=True, kw_only=True)
class Stack(Place):
    """A deployed stack: its place and the names of its parts."""

    stack_name: str
    api_url: str
    table_name: str
    deliveries_table_name: str
    transport: str = TransportName.SQS  # of which a stack of a version before says nothing
    queue_url: str  # empty where the transport is no queue
    dlq_url: str
    seed_key_arn: str
    reveal_role_arn: str
    draw_function: str
    distribute_function: str
    compensate_function: str

    @classmethod
    def from_outputs(cls, place: Place, stack_name: str, outputs: Mapping[str, str]) -> "Stack":
        """Read the names from the outputs of the CloudFormation stack."""
        try:
            return cls(
                **asdict(place),
                stack_name=stack_name,
                api_url=outputs["ApiUrl"],
                table_name=outputs["TableName"],
                deliveries_table_name=outputs["DeliveriesTableName"],
                transport=outputs.get("Transport", TransportName.SQS),
                queue_url=outputs.get("QueueUrl", ""),
                dlq_url=outputs["DlqUrl"],
                seed_key_arn=outputs["SeedKeyArn"],
                reveal_role_arn=outputs.get("RevealRoleArn", ""),  # only where somebody may
                draw_function=outputs["DrawFunctionName"],
                distribute_function=outputs["DistributeFunctionName"],
                compensate_function=outputs["CompensateFunctionName"],
            )
        except KeyError as missing:
            raise TombolaError(f"stack {stack_name} has no output {missing}: was it made by Tombola?") from None

    @classmethod
    def load(cls, file: Path) -> "Stack":
        """Read the file that save wrote."""
        try:
            return cls(**json.loads(file.read_text()))
        except FileNotFoundError:
            raise TombolaError(f"no local stack ({file}): run tombola up") from None
        except (TypeError, ValueError) as error:
            raise TombolaError(f"{file} is unreadable ({error}): delete it and run tombola up") from None

    def save(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(self), indent=2) + "\n")


def outputs_of(place: Place, stack_name: str) -> dict[str, str]:
    """Return the outputs of a CloudFormation stack."""
    stacks = place.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}
