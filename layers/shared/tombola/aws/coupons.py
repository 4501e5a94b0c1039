"""Coupons of outside services: each order's provider is asked once, and its answer is replayed until it is granted.

The table of calls guards the call only; what makes the coupon the winner's, and only once, is the conditional grant.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, cast

from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
)
from botocore.exceptions import ClientError

from tombola.aws import clients
from tombola.aws.coupon_calls import KEY_PREFIX
from tombola.aws.deadline import Deadline
from tombola.aws.faults import busy_when_unanswered
from tombola.aws.ledger import DynamoLedger
from tombola.aws.provider_call import UnansweredError, call
from tombola.aws.provider_secrets import ProviderSecrets
from tombola.aws.settings import CouponSettings
from tombola.rules.coupon import Answer, Meaning, coupon_or_failure, meaning_of, remembered_for
from tombola.rules.order import Order
from tombola.rules.problem import BusyError, TooLittleTimeError
from tombola.rules.provider import Provider, UndefinedProviderError, key_of, request_of
from tombola.rules.remedy import Waits
from tombola.rules.verdict import Failed, Grant, Granted, Refused, Unchanged, UnderWay

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

MARGIN_SECONDS = 2.0  # beside a call: to write down what came of it. Near the end, see Powertools' issue 4759


class TellProvider(Protocol):
    """Tells an operator of providers and coupons; never a coupon, and nothing of a definition."""

    def tell_refuses_us(self, name: str, because: str) -> None: ...

    def tell_undefined(self, name: str, because: str) -> None: ...

    def tell_unused(self, order: Order, *, in_doubt: bool) -> None: ...


class _NoCouponError(Exception):
    """Carries why there is no coupon past Powertools, which remembers whatever is returned."""

    def __init__(self, grant: Failed | Refused) -> None:
        super().__init__()
        self.grant = grant


@dataclass(frozen=True, slots=True)
class _Remaining:
    """Lambda's context as Powertools reads it, of the invocation that runs now."""

    deadline: Deadline

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int(self.deadline.seconds_left() * 1000))


def wired(ledger: DynamoLedger, settings: CouponSettings, waits: Waits, tell: TellProvider) -> "Coupons":
    """Return the coupons of an execution environment, on its own clients."""
    store = DynamoDBPersistenceLayer(table_name=settings.calls_table, boto3_client=clients.dynamodb_client())
    secrets = ProviderSecrets(clients.secretsmanager_client, settings.provider_secrets, settings.local)
    return Coupons(ledger, store, secrets, remembered_for(waits), tell)


class Coupons:
    """The provider of coupons, for an execution environment."""

    def __init__(
        self,
        ledger: DynamoLedger,
        store: DynamoDBPersistenceLayer,
        secrets: ProviderSecrets,
        remembered_for: timedelta,
        tell: TellProvider,
    ) -> None:
        self.ledger = ledger
        self._store = store
        self._secrets = secrets
        self._remembered_seconds = round(remembered_for.total_seconds())
        self._tell = tell

    def grant(self, order: Order, deadline: Deadline, now: datetime) -> Grant:
        """Ask order's provider for its coupon, or hear what it answered before, and grant it."""
        name = None if order.award is None else order.award.source
        if name is None:
            return Refused("its award names no provider")
        if not deadline.allows(MARGIN_SECONDS):
            raise TooLittleTimeError("there is no time left to ask a provider")
        try:
            coupon = self._once(order, name, deadline, now)
        except _NoCouponError as error:
            return error.grant
        except (IdempotencyAlreadyInProgressError, IdempotencyInconsistentStateError):
            return UnderWay()
        except IdempotencyPersistenceLayerError as error:
            return _unwritten(error)
        if self.ledger.grant_with(order, coupon, now):
            return Granted()
        self._check_unused(order, coupon)
        return Unchanged()

    def _once(self, order: Order, name: str, deadline: Deadline, now: datetime) -> str:
        """Return the coupon for order, asked for unless it is remembered; raise _NoCouponError without one."""
        given: list[str] = []

        def ask(*, key: str) -> str:  # noqa: ARG001 - what Powertools knows the call by
            given.append(self._ask(order, name, deadline, now))
            return given[0]

        config = IdempotencyConfig(hash_function="sha256", expires_after_seconds=self._remembered_seconds)
        config.register_lambda_context(cast("LambdaContext", _Remaining(deadline)))
        once = idempotent_function(
            ask, data_keyword_argument="key", persistence_store=self._store, config=config, key_prefix=KEY_PREFIX
        )
        try:
            return str(once(key=key_of(order.user_id, order.order_id)))
        except IdempotencyPersistenceLayerError:
            if given:  # it could not be remembered, and is here all the same
                return given[0]
            raise

    def _ask(self, order: Order, name: str, deadline: Deadline, now: datetime) -> str:
        try:
            provider = self._secrets.find(name, now)
            answer = self._call(provider, order, deadline, now)
            if meaning_of(answer.status) is Meaning.REFUSES_US:  # was the key changed a moment ago?
                provider = self._secrets.read_again(name, now)
                answer = self._call(provider, order, deadline, now)
        except UndefinedProviderError as error:
            self._tell.tell_undefined(name, str(error))
            raise _NoCouponError(Failed(str(error), counts=False)) from None
        except UnansweredError as error:
            raise _NoCouponError(Failed(str(error))) from None
        found = coupon_or_failure(name, answer, provider.coupon, now)
        if isinstance(found, str):
            return found
        if meaning_of(answer.status) is Meaning.REFUSES_US:
            self._tell.tell_refuses_us(name, found.because)
        raise _NoCouponError(found)

    def _call(self, provider: Provider, order: Order, deadline: Deadline, now: datetime) -> Answer:
        if not deadline.allows(provider.timeout_seconds + MARGIN_SECONDS):
            raise TooLittleTimeError(f"there is too little time left to ask provider {provider.name}")
        return call(provider, request_of(provider, order, now), local=self._secrets.local)

    def _check_unused(self, order: Order, coupon: str) -> None:
        """Tell of a coupon that nobody gets; another try may have granted this very one.

        Where the order cannot be read, it is told in doubt: the order has moved on, and nobody would ask again.
        """
        try:
            found = self.ledger.orders([(order.user_id, order.order_id)]).get((order.user_id, order.order_id))
        except Exception:  # noqa: BLE001 - whatever it is, the coupon is told of
            found = None
        if not isinstance(found, Order):
            self._tell.tell_unused(order, in_doubt=True)
        elif found.content != coupon:
            self._tell.tell_unused(order, in_doubt=False)


def _unwritten(error: IdempotencyPersistenceLayerError) -> Failed:
    """Return the failure that the table of calls is no use; raise BusyError if it only did not answer."""
    try:
        with busy_when_unanswered():
            raise error.__cause__ or error  # noqa: TRY301 - to have it sorted as every error of AWS is
    except BusyError:
        raise
    except ClientError as refused:
        return Failed(f"the table of calls cannot be used ({refused.response['Error']['Code']})", counts=False)
    except Exception as refused:  # noqa: BLE001 - whatever it was, it is no order's fault
        return Failed(f"the table of calls cannot be used ({type(refused).__name__})", counts=False)
