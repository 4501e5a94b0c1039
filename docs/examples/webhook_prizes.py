"""An award of one's own type: the order's invoice is posted, signed, to a webhook that hands the prize over."""

from dataclasses import dataclass
from datetime import datetime

from tombola.aws import clients, clock
from tombola.aws.ledger import DynamoLedger
from tombola.aws.prizes import Means
from tombola.aws.provider_call import UnansweredError, call
from tombola.aws.provider_secrets import ProviderSecrets
from tombola.aws.settings import CouponSettings
from tombola.rules.coupon import failure_of
from tombola.rules.invoice import invoice_json
from tombola.rules.order import Order
from tombola.rules.problem import TooLittleTimeError
from tombola.rules.provider import UndefinedProviderError, signed
from tombola.rules.verdict import Failed, Grant, Granted, Refused, Unchanged

MARGIN_SECONDS = 5.0  # beside a call: to write down what came of it


def webhook_prizes(means: Means) -> "WebhookPrizes":
    """Return what the row of the type names, built once an execution environment."""
    settings = CouponSettings.from_env()
    secrets = ProviderSecrets(clients.secretsmanager_client, settings.provider_secrets, settings.local)
    return WebhookPrizes(means.ledger, secrets)


@dataclass(frozen=True, slots=True)
class WebhookPrizes:
    """Posts with the same Idempotency-Key each time; what makes the prize the winner's, once, is the grant's write."""

    ledger: DynamoLedger
    secrets: ProviderSecrets

    def grant(self, order: Order, now: datetime) -> Grant:
        """Post order's invoice, and grant it once the webhook has answered well."""
        name = None if order.award is None else order.award.source
        if name is None:
            return Refused("its award names no webhook")
        failure = self._post(order, name, now)
        if failure is not None:
            return failure
        return Granted() if self.ledger.grant(order, now) else Unchanged()

    def _post(self, order: Order, name: str, now: datetime) -> Failed | Refused | None:
        try:
            webhook = self.secrets.find(name, now)
        except UndefinedProviderError as error:
            return Failed(str(error), counts=False)  # no order's fault: it waits until somebody defines the webhook
        if not clock.deadline_of_invocation().allows(webhook.timeout_seconds + MARGIN_SECONDS):
            raise TooLittleTimeError(f"there is too little time left to ask webhook {name}")
        try:
            request = signed(webhook, order, invoice_json(order).encode(), now)
            answer = call(webhook, request, local=self.secrets.local)
        except UnansweredError as error:
            return Failed(str(error))  # it may have acted: the same key goes with the next call
        return failure_of(name, answer, now)
