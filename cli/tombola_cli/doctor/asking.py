"""The one place that asks AWS; a refused answer becomes a finding instead of the end of the run."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from tombola.aws.workers import ALIAS
from tombola_cli.doctor.finding import Finding, UnansweredError, only_you, wrong
from tombola_cli.errors import TombolaError
from tombola_cli.operate.stack import Stack

T = TypeVar("T")

ITEMS_MAX = 10_000  # of one list: alarms, versions, resources, subscriptions
# Each service has its own word for it.
DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException", "NotAuthorized"}
)
RIGHT = re.compile(r"perform: ([A-Za-z-]+:\w+)")
NOT_THERE = ("NotFound", "NotExist", "NoSuch", "NonExistent")
EVERY_READING = {"apigatewayv2": "apigateway:GET"}  # there a right is named by HTTP's method


@dataclass
class Questions:
    """Asks of one stack, each question once."""

    stack: Stack
    clients: dict[str, Any] = field(default_factory=dict)
    rights: set[str] = field(default_factory=set)  # that it took, such as kms:GetKeyPolicy
    _known: dict[str, Any] = field(default_factory=dict)

    def ask(self, service: str, operation: str, **arguments: Any) -> Any:  # noqa: ANN401  each operation has its own
        """Return the answer, all its pages; raise UnansweredError where there is none."""
        question = f"{service} {operation} {arguments}"
        if question not in self._known:
            self._known[question] = self._asked(service, operation, arguments)
        return self._known[question]

    def _asked(self, service: str, operation: str, arguments: dict[str, Any]) -> Any:  # noqa: ANN401  as ask
        if service not in self.clients:
            self.clients[service] = self.stack.client(service)
        client = self.clients[service]
        right = EVERY_READING.get(service, f"{service}:{client.meta.method_to_api_mapping[operation]}")
        self.rights.add(right)
        if client.can_paginate(operation):
            pages = client.get_paginator(operation).paginate(**arguments, PaginationConfig={"MaxItems": ITEMS_MAX})
            return _answer(pages.build_full_result, right)
        return _answer(partial(getattr(client, operation), **arguments), right)

    def now(self) -> datetime:
        """Return the time by the clock of AWS."""
        return _answer(self.stack.now, "sts:GetCallerIdentity")

    def configuration(self, function: str, qualifier: str = "$LATEST") -> Any:  # noqa: ANN401  as ask
        return self.ask("lambda", "get_function_configuration", FunctionName=function, Qualifier=qualifier)

    def alias_arn(self, function: str) -> str:
        """Return the ARN that a caller of the function must name."""
        return f"{self.configuration(function)['FunctionArn'].removesuffix(':$LATEST')}:{ALIAS}"

    def attributes(self, queue_url: str) -> dict[str, str]:
        asked = self.ask("sqs", "get_queue_attributes", QueueUrl=queue_url, AttributeNames=["All"])
        return dict(asked["Attributes"])

    def parameters(self) -> dict[str, str]:
        """Return the parameters of the last deployment."""
        pairs = self.described().get("Parameters", [])
        return {pair["ParameterKey"]: pair["ParameterValue"] for pair in pairs}

    def described(self) -> Any:  # noqa: ANN401  as ask
        return self.ask("cloudformation", "describe_stacks", StackName=self.stack.stack_name)["Stacks"][0]

    def physical(self, kind: str) -> list[str]:
        """Return the physical ids of the stack's resources of a kind, such as AWS::Events::Rule."""
        listed = self.ask("cloudformation", "list_stack_resources", StackName=self.stack.stack_name)
        return [each["PhysicalResourceId"] for each in listed["StackResourceSummaries"] if each["ResourceType"] == kind]


def _answer(call: Callable[[], T], right: str) -> T:
    try:
        return call()
    except ClientError as error:
        raise UnansweredError(unanswered(error, right)) from None
    except (BotoCoreError, TombolaError) as error:
        raise UnansweredError(only_you(f"no answer: {error}", "ask again")) from None


def unanswered(error: ClientError, otherwise: str) -> Finding:
    """Return what an error stands for; otherwise is the right it needs, where the error does not name it."""
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code in DENIED:
        named = RIGHT.search(message)
        return only_you("not looked at", f"needs {named[1] if named else otherwise}")
    if any(words in code for words in NOT_THERE):
        return wrong(f"not there: {message or code}", "deploy the stack again")
    return only_you(f"AWS answered {code}: {message}", "ask again, or look in the console")
