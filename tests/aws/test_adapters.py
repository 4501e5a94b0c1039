"""The adapters of the draw function are made once of the environment, and ask one table."""

from collections.abc import Iterator

import pytest

from cloud import Cloud, a_cloud
from tombola.aws.adapters import draw_adapters
from tombola.aws.settings import MissingVariableError


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with a_cloud(monkeypatch) as cloud:
        yield cloud


def test_activities_and_orders_are_of_the_table_that_the_environment_names(cloud: Cloud) -> None:
    cloud.draw()

    made = draw_adapters()

    assert made.settings.table_name == cloud.ledger.table
    assert made.activities.find("100001", cloud.now) is not None
    assert len(made.ledger.orders_of("xiaofuge")) == 1


def test_without_a_table_nothing_is_made(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TABLE_NAME")

    with pytest.raises(MissingVariableError, match="TABLE_NAME"):
        draw_adapters()
