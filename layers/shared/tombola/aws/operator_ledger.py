"""DynamoDB as the ledger of operators: the changes of an order that no function makes."""

from datetime import datetime

from tombola.aws.void_ledger import VoidLedger
from tombola.rules.order import Act, Order, due_when_retried
from tombola.rules.order_life import RELEASE, RETRY, RETRY_UNCLAIMED, VOID


class OperatorLedger(VoidLedger):
    """The ledger with the changes that operators make; each stands on the order as an act."""

    def release(self, order: Order, act: Act) -> bool:
        return self._act(order, RELEASE, act, now=act.at)

    def retry(self, order: Order, act: Act) -> bool:
        return self._act(order, RETRY, act, until=due_when_retried(order, act.at))

    def void(self, order: Order, act: Act) -> bool:
        return self._give_up(order, VOID, act)

    def retry_unclaimed(self, order: Order, act: Act, until: datetime) -> bool:
        return self._act(order, RETRY_UNCLAIMED, act, until=until)
