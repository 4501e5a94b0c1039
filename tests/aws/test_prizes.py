"""Every award that a file may promise is handed over by somebody."""

from tombola.aws.prizes import PROVIDERS
from tombola.rules.award_type import AWARD_TYPES


def test_whatever_a_file_may_promise_somebody_hands_over_and_nothing_else() -> None:
    assert [each for each in AWARD_TYPES.values() if each.told is not None] == list(PROVIDERS)
