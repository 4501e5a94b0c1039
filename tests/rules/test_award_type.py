"""Which types of award there are."""

from tombola.rules.award_type import OWN_FROM, TOMBOLAS, AwardType


def test_a_file_may_name_the_types_that_somebody_hands_over() -> None:
    told = [each for each in TOMBOLAS if each.told is not None]
    assert told == [AwardType.TEXT, AwardType.CODE, AwardType.COUPON, AwardType.PHYSICAL]


def test_only_a_thing_is_sent_to_an_address() -> None:
    assert [each for each in TOMBOLAS if each.addressed] == [AwardType.PHYSICAL]


def test_the_content_of_a_code_comes_from_a_pool_and_that_of_a_coupon_from_a_provider() -> None:
    assert [each.source for each in TOMBOLAS] == [None, "pool", "provider", None]


def test_a_type_is_told_as_its_number() -> None:
    assert [str(each) for each in TOMBOLAS] == ["1", "2", "3", "4"]


def test_no_type_of_tombolas_has_the_number_or_the_provider_of_an_owners() -> None:
    assert all(each.number < OWN_FROM and each.provider is None for each in TOMBOLAS)


def test_only_what_is_called_outside_may_be_handed_over_by_a_call_that_failed() -> None:
    assert [each for each in TOMBOLAS if each.outside] == [AwardType.COUPON]
