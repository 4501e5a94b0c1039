"""More compensation: asynchronous invocations of the function that runs, by its own alias."""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tombola.aws.events import WORKER

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

ALIAS = "live"  # of each function: what its triggers call (template.yaml, AutoPublishAlias)


class LambdaWorkers:
    """The adapter of the workers' port; the client is made when the first worker is needed, which is rare.

    An event that Lambda accepts may still be dropped, and it is not tried again (template.yaml, EventInvokeConfig).
    """

    def __init__(
        self, new_client: Callable[[], "LambdaClient"], function_name: str, tell: Callable[[Exception], None]
    ) -> None:
        self._new_client = new_client
        self._function = function_name
        self._tell = tell

    def start(self, lanes: Sequence[str]) -> bool:
        try:
            self._new_client().invoke(
                FunctionName=self._function,
                Qualifier=ALIAS,
                InvocationType="Event",
                Payload=json.dumps({WORKER: list(lanes)}),
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the run that asked works the lanes off by itself
            self._tell(error)
            return False
        return True
