"""Which types of award there are."""

from tombola.rules.award_type import AWARD_TYPES, AwardType


def test_a_text_is_the_only_type_that_a_file_may_name() -> None:
    assert [each for each in AWARD_TYPES.values() if each.told is not None] == [AwardType.TEXT]


def test_a_type_is_told_as_its_number() -> None:
    assert [str(each) for each in AWARD_TYPES.values()] == ["1", "2", "3", "4"]
