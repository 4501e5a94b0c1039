"""Which types of award there are."""

from tombola.rules.award_type import AWARD_TYPES, AwardType


def test_a_file_may_name_the_types_that_somebody_hands_over() -> None:
    told = [each for each in AWARD_TYPES.values() if each.told is not None]
    assert told == [AwardType.TEXT, AwardType.CODE, AwardType.COUPON]


def test_the_content_of_a_code_comes_from_a_pool_and_that_of_a_coupon_from_a_provider() -> None:
    assert [each.source for each in AWARD_TYPES.values()] == [None, "pool", "provider", None]


def test_a_type_is_told_as_its_number() -> None:
    assert [str(each) for each in AWARD_TYPES.values()] == ["1", "2", "3", "4"]
