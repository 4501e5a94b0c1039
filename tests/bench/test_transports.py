"""What docs/transports.md says of calls, units and dollars is what is counted and computed, by rules of its own."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

import transports
from sam_template import Stack
from tombola.aws.transport import TRANSPORTS
from tombola_cli.files.repository import ROOT
from transport_count import counts_of
from transport_model import (
    BATCH_MAX,
    DRAW_GB,
    GRANT_GB,
    IDLE_MONTH,
    MILLION,
    Call,
    Counts,
    Run,
    cost,
    draw_amounts,
    grant_amounts,
    million_draws,
    percentile,
    prices_in,
    total,
)

PRICES = prices_in(transports.PRICES)
PAGE = (ROOT / "docs/transports.md").read_text("utf-8")


@pytest.fixture(scope="module")
def counts() -> Mapping[str, Counts]:
    return {name: counts_of(name) for name in TRANSPORTS}


def shown_below(heading: str) -> list[list[str]]:
    """Return the rows of the table below a heading of the page, its own headings first."""
    section = PAGE.partition(f"# {heading}\n")[2].partition("\n#")[0]
    rows = [line[1:-1].split("|") for line in re.findall(r"^\|.*\|$", section, re.MULTILINE)]
    cells = [[cell.strip() for cell in row] for row in rows]
    return [cells[0], *cells[2:]]


def operations(run: Run) -> list[str]:
    return [call.operation for call in run.calls]


def test_a_draw_makes_the_calls_that_it_is_known_for(counts: Mapping[str, Counts]) -> None:
    made = {name: operations(each.won) for name, each in counts.items()}

    assert made == {
        "sqs": ["TransactWriteItems", "SendMessageBatch", "UpdateItem"],
        "kafka": ["TransactWriteItems", "UpdateItem"],
        "streams": ["TransactWriteItems"],
    }
    assert {tuple(operations(each.lost)) for each in counts.values()} == {("TransactWriteItems",)}


def test_units_are_counted_as_the_budgets_of_the_design_have_them(counts: Mapping[str, Counts]) -> None:
    """Lost, won, and won and granted: a win's entry in the index of wins is one of them."""
    units = {
        name: [each.lost.write_units, each.won.write_units, each.won.write_units + each.one.write_units]
        for name, each in counts.items()
    }

    assert units == {"sqs": [4, 9, 11], "kafka": [4, 9, 11], "streams": [4, 8, 10]}


def test_a_batch_is_read_at_once_and_each_of_its_prizes_granted(counts: Mapping[str, Counts]) -> None:
    for each in counts.values():
        assert operations(each.batch) == ["BatchGetItem", *["UpdateItem"] * BATCH_MAX]
        assert each.batch.read_units == BATCH_MAX
        assert each.batch.write_units == BATCH_MAX * each.one.write_units


def test_bytes_are_those_of_the_bodies_and_of_what_a_broker_got(counts: Mapping[str, Counts]) -> None:
    won = counts["kafka"].won

    assert won.published > len("xiaofuge")
    assert won.bytes == won.published + sum(call.sent + call.received for call in won.calls)
    assert counts["sqs"].won.published == counts["streams"].won.published == 0


def a_call(service: str = "dynamodb", write_units: int = 0) -> Call:
    return Call(service=service, operation="Some", sent=100, received=50, write_units=write_units)


def a_run(*calls: Call) -> Run:
    return Run(calls=calls or (a_call(write_units=2),))


def some_counts(transport: str) -> Counts:
    run = a_run()
    won = a_run(a_call(write_units=8))
    return Counts(transport=transport, lost=run, won=won, one=run, batch=a_run(*[a_call(write_units=2)] * BATCH_MAX))


def test_a_draw_takes_its_request_its_invocation_and_its_calls() -> None:
    amounts = draw_amounts(a_run(a_call(write_units=9), a_call("sqs")), "sqs")

    assert (amounts["http_request"], amounts["invocation"]) == (1, 1)
    assert (amounts["write_unit"], amounts["queue_request"]) == (9, 1)
    assert amounts["gb_second"] == pytest.approx((0.010 + 0.012 + 0.017) * DRAW_GB)
    assert grant_amounts(a_run(), "sqs", 1)["gb_second"] == pytest.approx((0.010 + 0.012) * GRANT_GB)


def test_only_a_queue_is_charged_for_being_read_and_a_batch_shares_the_charge() -> None:
    one, ten = (grant_amounts(a_run(), "sqs", messages) for messages in (1, BATCH_MAX))

    assert (one["queue_request"], ten["queue_request"]) == (2, 0.2)
    assert grant_amounts(a_run(), "streams", 1)["queue_request"] == 0
    assert grant_amounts(a_run(), "kafka", 1)["queue_request"] == 0


def test_of_a_million_draws_the_part_that_wins_takes_a_grant_each_and_the_rest_none() -> None:
    none, some, every = (million_draws(some_counts("streams"), wins, 1) for wins in (0, 0.25, 1))

    assert none["write_unit"] == 2 * MILLION
    assert every["write_unit"] == (8 + 2) * MILLION
    assert some["write_unit"] == (0.75 * 2 + 0.25 * 10) * MILLION
    assert some["http_request"] == every["http_request"] == MILLION
    assert (none["invocation"], every["invocation"]) == (MILLION, 2 * MILLION)


def test_amounts_of_the_same_name_are_added_and_priced_by_it() -> None:
    amounts = total({"write_unit": 2.0}, {"write_unit": 3.0, "read_unit": 4.0})

    assert amounts == {"write_unit": 5.0, "read_unit": 4.0}
    assert cost(amounts, {"write_unit": 0.5, "read_unit": 0.25}) == 3.5


def test_each_price_has_its_page_and_the_day_on_which_it_was_seen(tmp_path: Path) -> None:
    text = transports.PRICES.read_text("utf-8")

    assert len(re.findall(r'^source = "https://(?:docs\.)?aws\.amazon\.com/\S+"$', text, re.MULTILINE)) == len(PRICES)
    assert len(re.findall(r'^seen = ".*\d{4}-\d\d-\d\d.*"$', text, re.MULTILINE)) == len(PRICES)
    (tmp_path / "mine.toml").write_text('[write_unit]\ndollars = 1.0\nper = 4\nsource = ""\nseen = "2026-11-26"\n')
    with pytest.raises(KeyError, match="write_unit has no source or no day"):
        prices_in(tmp_path / "mine.toml")


def test_every_amount_has_a_price_and_every_price_is_used(counts: Mapping[str, Counts]) -> None:
    charged = {name for each in counts.values() for name in million_draws(each, 1, 1)}
    idle = {name for what in IDLE_MONTH.values() for amounts in what.values() for name in amounts}

    assert charged | idle == PRICES.keys()
    assert IDLE_MONTH.keys() == TRANSPORTS.keys()


@pytest.mark.parametrize("name", TRANSPORTS)
def test_the_model_has_the_memory_and_the_batches_of_the_template(name: str) -> None:
    stack = Stack(Transport=name)

    assert {each["BatchSize"] for each in stack.of_type("AWS::Lambda::EventSourceMapping").values()} <= {BATCH_MAX}
    memory = {function: each["MemorySize"] for function, each in stack.functions().items()}
    assert memory["DrawFunction"] == DRAW_GB * 1024
    assert memory["DistributeFunction"] == GRANT_GB * 1024


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(number) for number in range(200, 0, -1)]

    assert (percentile(values, 0.5), percentile(values, 0.99), percentile([7.0], 0.99)) == (101.0, 199.0, 7.0)


def test_the_page_shows_what_is_counted(counts: Mapping[str, Counts]) -> None:
    assert shown_below("What a draw does") == [list(transports.COUNT_HEADINGS), *transports.count_rows(counts)]


def test_the_page_shows_what_a_million_draws_cost(counts: Mapping[str, Counts]) -> None:
    rows = transports.cost_rows(counts, PRICES)

    assert shown_below("What a million draws cost") == [list(transports.COST_HEADINGS), *rows]


def test_the_page_shows_what_a_million_wins_pay_for(counts: Mapping[str, Counts]) -> None:
    assert shown_below("What is paid for") == [["", *counts], *transports.part_rows(counts, PRICES)]


def test_brokers_for_prizes_alone_cost_more_than_the_draws_that_the_page_names(counts: Mapping[str, Counts]) -> None:
    brokers, endpoints, _pollers = (cost(amounts, PRICES) for amounts in IDLE_MONTH["kafka"].values())
    millions = int(re.findall(r"more in a month than (\d+) million winning draws", PAGE)[0])

    assert brokers + endpoints > millions * cost(million_draws(counts["kafka"], 1, 1), PRICES)


def test_the_page_shows_what_a_month_without_draws_costs() -> None:
    rows = transports.idle_rows(list(TRANSPORTS), PRICES)

    assert shown_below("What a month without draws costs") == [list(transports.IDLE_HEADINGS), *rows]
