"""A mistake says what is wrong, and in which field."""

from tombola.rules.mistake import MistakeError


def test_a_mistake_names_its_field_as_the_file_does() -> None:
    mistake = MistakeError("awards: award_id 3 is given twice", "awards", 1, "award_id")

    assert (str(mistake), mistake.loc) == ("awards: award_id 3 is given twice", ("awards", 1, "award_id"))
    assert isinstance(mistake, ValueError)
