"""The model behind docs/repair.md keeps its own rules, and the page shows what it says."""

import re
from dataclasses import replace
from typing import Any

import pytest

import repair
from repair_model import HORIZON, Case, Model, waits_of
from tombola_cli.files.repository import ROOT

PAGE = (ROOT / "docs/repair.md").read_text("utf-8")
STATED = re.findall(r"repair\.py (--cpu-ms) ([\d.]+)", PAGE)[0]
ROWS = repair.cases(repair.options(list(STATED)))


def a_case(**others: Any) -> Case:
    said: dict[str, Any] = {
        "backlog": 100_000,
        "wins": 0,
        "concurrency": 100,
        "waits": waits_of(repair.defaults()),
        "cpu": 0.00027,
        "index_units": 40_000,
    }
    return Case(**{**said, **others})


def minutes(case: Case) -> float:
    return (Model(case).run().granted_after or HORIZON) / 60


def test_an_hour_without_the_queue_is_granted_within_half_an_hour_at_the_chosen_parameters() -> None:
    chosen = ROWS["an hour, parameters chosen"]
    run = Model(chosen).run()

    assert (chosen.backlog, chosen.wins) == (3_600_000, 1_000)
    assert run.granted_after is not None
    assert run.granted_after <= repair.TARGET_MINUTES * 60
    assert run.refused < 0.01  # of the writes, in the worst second


def test_the_default_row_has_what_the_template_says() -> None:
    said, case = repair.defaults(), ROWS["an hour, defaults"]

    assert case.concurrency == said["DistributeConcurrency"] == 10
    assert (case.waits.resend_after.total_seconds(), case.waits.failures_max) == (600, 8)
    assert (case.compensate_reserved, case.workers, case.helpers) == (None, said["RepairWorkers"], 1)


def test_a_queue_that_gets_more_than_distribution_takes_never_ends() -> None:
    case = a_case(concurrency=10, wins=1_000)

    assert case.wins > case.concurrency * 10 / case.batch_seconds
    assert Model(case).run().granted_after is None or minutes(case) > minutes(replace(case, concurrency=20))


@pytest.mark.parametrize(
    "slower", [{"cpu": 0.003}, {"concurrency": 5}, {"compensate_reserved": 2, "cpu": 0.003}, {"index_units": 1_000}]
)
def test_each_link_of_the_chain_can_be_the_slowest(slower: dict[str, Any]) -> None:
    case = a_case(backlog=1_000_000, workers=2)

    assert minutes(replace(case, **slower)) > minutes(case)


def test_every_order_is_granted_once_and_messages_in_excess_change_nothing() -> None:
    run = Model(a_case(backlog=1_000_000, concurrency=5)).run()

    assert run.messages > 1_000_000
    assert run._old == 0


def test_a_claim_writes_the_index_twice_and_a_grant_once() -> None:
    case = a_case(index_units=1_000, concurrency=1_000, account=5_000)

    seconds = Model(case).run().granted_after

    assert seconds is not None
    assert seconds >= 3 * case.backlog / case.index_bears


def test_reserved_concurrency_leaves_one_place_to_the_run_that_starts_the_workers() -> None:
    assert [a_case(workers=9, compensate_reserved=places).helpers for places in (1, 2, 99)] == [0, 1, 9]


def test_background_functions_get_what_draws_leave_of_the_account() -> None:
    assert a_case(account=110, draws=100).batches == 10
    assert a_case(account=110, draws=100).helpers == 0


def test_less_memory_than_a_processor_slows_a_worker_and_more_does_not_speed_it() -> None:
    half, whole, double = (a_case(memory=memory, cpu=0.003).worker_rate for memory in (884, 1769, 3538))

    assert half < 0.51 * whole
    assert whole == double


def test_the_page_shows_what_the_model_says() -> None:
    section = PAGE.partition("## The table")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in row.strip("| ").split("|")] for row in re.findall(r"^\|.*\|$", section, re.MULTILINE)
    ]

    assert rows[2:] == [[name, *repair.figures(case).values()] for name, case in ROWS.items()]


def test_the_page_says_what_the_model_assumes() -> None:
    assert [said for said in repair.assumptions(ROWS["an hour, parameters chosen"]) if f"- {said}\n" not in PAGE] == []
