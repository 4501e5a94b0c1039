"""A provider of coupons that refuses us, is not defined, or gives a coupon that nobody gets."""

from dataclasses import replace

from cloud import client
from coupon_desk import a_coupon_order, define, make_calls_table
from operations.scene import Scene
from tombola.aws import coupons
from tombola.rules.coupon import Answer
from tombola.rules.invoice import invoice_json
from tombola.rules.order import GrantState
from tombola.rules.provider import Provider, Request

MINUTES = 4


def _fails_for_minutes(scene: Scene) -> None:
    for minute in scene.minutes(MINUTES):
        order = a_coupon_order(minute)
        scene.cloud.ledger.put(order)
        assert scene.distributes(invoice_json(order)) == set()
        scene.rests()


def refused(scene: Scene) -> None:
    make_calls_table()
    define()
    with scene.monkeypatch.context() as patch:
        patch.setattr(coupons, "call", lambda *_, **__: Answer(403, b""))
        _fails_for_minutes(scene)


def undefined(scene: Scene) -> None:
    make_calls_table()
    client("secretsmanager")
    _fails_for_minutes(scene)


def unused(scene: Scene) -> None:
    """Void the order while its call is under way."""
    make_calls_table()
    define()
    order = a_coupon_order()
    scene.cloud.ledger.put(order)

    def call(_provider: Provider, _request: Request, **_: object) -> Answer:
        scene.cloud.ledger.put(replace(order, grant_state=GrantState.VOID))
        return Answer(200, b'{"coupon": "WELCOME-10"}')

    with scene.monkeypatch.context() as patch:
        patch.setattr(coupons, "call", call)
        for _ in scene.minutes(1):
            assert scene.distributes(invoice_json(order)) == set()
            scene.rests()
