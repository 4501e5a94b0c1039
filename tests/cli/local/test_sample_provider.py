"""The sample provider: it knows a key again, checks signatures, and fails as it is told to and no otherwise."""

import json
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import pytest
import urllib3

from builders import NOON, a_provider, an_order
from coupon_desk import serving
from tombola.rules.provider import Provider, request_of
from tombola_cli.errors import TombolaError
from tombola_cli.local.sample_provider import AGE_SECONDS_MAX, Desk, Faults, SampleProvider, serve

KEY = "a key of the tests"


@pytest.fixture
def desk() -> Desk:
    return Desk(KEY, Random(1), slow_seconds=0)  # noqa: S311 - a sample


@pytest.fixture
def server(desk: Desk) -> Iterator[SampleProvider]:
    with serving(desk, clock=NOON.timestamp) as server:
        yield server


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False, timeout=5) as http:
        yield http


def ask(
    http: urllib3.PoolManager, server: SampleProvider, order_id: int = 7, changes: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    provider: Provider = a_provider(local=True, url=server.url, key=KEY)
    request = request_of(provider, an_order(order_id), NOON)
    headers = {**request.headers, **(changes or {})}
    answer = http.request("POST", server.url, body=request.body, headers=headers, redirect=False)
    return answer.status, json.loads(answer.data)


def test_the_same_key_gets_the_same_coupon_and_another_key_another(
    http: urllib3.PoolManager, server: SampleProvider
) -> None:
    first, again, other = ask(http, server), ask(http, server), ask(http, server, 8)

    assert first[0] == 200
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    "changes",
    [
        {"Tombola-Signature": "v1=0"},
        {"Tombola-Signature": ""},
        {"Tombola-Timestamp": str(int(NOON.timestamp()) - AGE_SECONDS_MAX - 1)},
        {"Tombola-Timestamp": "soon"},
        {"Idempotency-Key": "another"},
    ],
)
def test_a_request_that_is_not_signed_so_gets_nothing(
    http: urllib3.PoolManager, server: SampleProvider, changes: dict[str, str]
) -> None:
    assert ask(http, server, changes=changes)[0] == 401
    assert server.desk.given == {}


def test_a_request_without_a_key_gets_nothing(http: urllib3.PoolManager, server: SampleProvider) -> None:
    assert ask(http, server, changes={"Idempotency-Key": ""})[0] == 400


def test_a_key_that_is_under_way_is_told_so(http: urllib3.PoolManager, server: SampleProvider) -> None:
    server.desk.faults = Faults(slow=1)
    answers: list[int] = []

    def meanwhile(_seconds: float) -> None:
        server.sleep = lambda _: None
        answers.append(ask(http, server)[0])

    server.sleep = meanwhile

    assert ask(http, server)[0] == 200
    assert answers == [409]


def test_each_fault_is_what_it_is_called(http: urllib3.PoolManager, server: SampleProvider) -> None:
    def statuses(faults: Faults) -> set[int]:
        server.desk.faults = faults
        return {ask(http, server, order_id)[0] for order_id in range(30)}

    assert statuses(Faults(failing=1)) == {503}
    assert 0 < len(server.desk.given) < 30  # some had an effect
    assert statuses(Faults(refusing=1)) == {401}
    assert statuses(Faults(lying=1)) == {200, 302}
    with pytest.raises(urllib3.exceptions.ProtocolError):
        statuses(Faults(down=1))


def test_faults_are_set_anew_and_told_by_the_server_without_a_coupon(
    http: urllib3.PoolManager, server: SampleProvider
) -> None:
    _, given = ask(http, server)
    address = server.url.removesuffix("/coupons")

    answer = http.request("POST", f"{address}/faults", body=b'{"slow": 0.5}')
    assert server.desk.faults == Faults(slow=0.5)
    told = http.request("GET", address).data
    assert json.loads(told) == json.loads(answer.data)
    assert given["coupon"].encode() not in told
    for wrong in (b"{", b'{"slow": 2}', b'{"slower": 1}', b'{"slow": "1"}', b"[]"):
        assert http.request("POST", f"{address}/faults", body=wrong).status == 400
    assert http.request("POST", f"{address}/elsewhere").status == 404


@pytest.mark.parametrize("wrong", [{"slow": 1.1}, {"down": -0.1}, {"slow": 0.6, "down": 0.6}])
def test_chances_that_are_none_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(TombolaError, match="chance"):
        Faults(**wrong)


def test_the_same_seed_gives_the_same_faults() -> None:
    desks = [Desk(KEY, Random(5), Faults(slow=0.3, down=0.3)) for _ in range(2)]  # noqa: S311 - a sample

    first, second = ([desk.enter(str(number))[0] for number in range(50)] for desk in desks)
    assert first == second
    assert set(first) == {"slow", "down", None}


def test_it_ends_when_its_time_is_over() -> None:
    urls: list[str] = []

    serve(0, KEY, Faults(), 0, 0, 0.01, urls.append)

    assert urls[0].startswith("http://127.0.0.1:")


def test_a_port_that_is_taken_is_told_with_its_number(server: SampleProvider, desk: Desk) -> None:
    taken = server.server_address[1]

    with pytest.raises(TombolaError, match=rf"port {taken} of 127\.0\.0\.1 cannot be served: .+; take another --port"):
        SampleProvider(taken, desk)


@pytest.mark.parametrize(("error", "told"), [(BrokenPipeError(), False), (ZeroDivisionError(), True)])
def test_a_caller_that_has_given_up_is_no_traceback_and_a_defect_is(
    server: SampleProvider, error: Exception, told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        raise error
    except type(error):
        server.handle_error(None, ("127.0.0.1", 1))

    assert (type(error).__name__ in capsys.readouterr().err) is told
