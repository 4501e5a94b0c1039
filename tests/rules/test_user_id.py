"""Which text names a user: with a token nearly any, where a server chooses one spelling only."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.rules.problem import Problem
from tombola.rules.user_id import USER_ID_MAX, check_chosen_user_id, check_user_id

# What an OpenID token may hold: ASCII, and the most of it.
SUBS = [
    "auth0|5f7c8ec7c33c6c004bbafe82",
    "https://id.example/users#7",
    "user@example.com",
    "a/b?c=%20\\d",
    " two  words ",
    "me",
    ".",
    "..",
    "#" * 127 + "/" * 128,
]
IDS = [
    "xiaofuge",
    "user@example.com",
    "auth0|123",
    "USER:1'\"",
    "a b",
    "x" * 255,
    "小" * 255,
    "ü😀",
    "мир",
    "mei",
    "...",
]


def refused(problem: Problem | None) -> str:
    """Return the words of a refusal by the user's id."""
    assert problem is not None
    assert (problem.status, problem.code, problem.field) == (400, "0002", "user_id")
    return problem.detail


@pytest.mark.parametrize("user_id", [*SUBS, *IDS, "e\u0301", "\u200b", "\u2028", "\ue000", "\U000e0100"])
def test_a_token_may_stand_for_anybody(user_id: str) -> None:
    assert check_user_id(user_id) is None


@pytest.mark.parametrize("user_id", [None, "", 7, True, ["xiaofuge"], {"id": "xiaofuge"}, "x" * 256, "x" * 10_000])
def test_what_is_no_text_of_up_to_255_characters_is_nobody(user_id: object) -> None:
    assert refused(check_user_id(user_id)) == f"user_id must be a text of 1 to {USER_ID_MAX} characters"


@pytest.mark.parametrize("odd", list("\x00\t\n\x1b\x1f\x7f\x80\x9f\ud800\udfff\ufffe\uffff"))
def test_what_a_queue_or_a_screen_cannot_carry_is_in_nobody_s_id(odd: str) -> None:
    assert "must not hold control characters" in refused(check_user_id(f"a{odd}b"))


def test_two_people_whose_letters_were_lost_are_refused_and_do_not_become_one() -> None:
    jorg, jurg = (name.encode("latin-1").decode(errors="replace") for name in ("jörg", "jürg"))

    assert jorg == jurg
    assert "U+FFFD" in refused(check_user_id(jorg))


@pytest.mark.parametrize("user_id", IDS)
def test_a_server_may_choose_what_has_one_spelling_and_fits_a_path(user_id: str) -> None:
    assert check_chosen_user_id(user_id) is None


@pytest.mark.parametrize("user_id", ["a/b", "/", "a?b", "50%", "a#b", "#", "a\\b", ".", "..", "me"])
def test_a_server_chooses_nothing_that_a_path_cannot_carry(user_id: str) -> None:
    assert "must fit a path" in refused(check_chosen_user_id(user_id))


@pytest.mark.parametrize("blank", list(" \u00a0\u2003\u2028\u3000"))
def test_a_server_chooses_no_blank_at_either_end(blank: str) -> None:
    for user_id in (blank, f"{blank}xiaofuge", f"xiaofuge{blank}"):
        assert "blank" in refused(check_chosen_user_id(user_id))


INVISIBLE = {
    "a soft hyphen": "\u00ad",
    "a zero width space": "\u200b",
    "a zero width joiner": "\u200d",
    "a byte order mark": "\ufeff",
    "a word joiner": "\u2060",
    "a grapheme joiner": "\u034f",
    "an override of the direction": "\u202e",
    "an isolate of a direction": "\u2066",
    "a mark of direction": "\u200f",
    "an Arabic mark of direction": "\u061c",
    "a tag": "\U000e0061",
    "the end of a line": "\u2028",
    "the end of a paragraph": "\u2029",
    "a filler of Hangul": "\u3164",
    "one of half width": "\uffa0",
    "one of Jamo": "\u115f",
    "an inherent vowel": "\u17b4",
    "a selector of a variation": "\ufe0f",
    "one of the second series": "\U000e0101",
    "a Mongolian one": "\u180b",
    "a Braille pattern without dots": "\u2800",
    "a note head without ink": "\U0001d159",
    "a hieroglyph without ink": "\U00013441",
    "a blank that does not break": "\u00a0",
    "a wide blank": "\u3000",
    "what is not assigned": "\u0378",
    "what never will be": "\ufdd0",
}


@pytest.mark.parametrize("case", INVISIBLE)
def test_a_server_chooses_nothing_that_nobody_sees(case: str) -> None:
    assert "invisible" in refused(check_chosen_user_id(f"xiao{INVISIBLE[case]}fuge"))


@pytest.mark.parametrize("user_id", ["e\u0301", "\u212b", "\uf900", "\u1100\u1161"])
def test_a_server_chooses_the_composed_spelling(user_id: str) -> None:
    assert "NFC" in refused(check_chosen_user_id(user_id))
    assert check_chosen_user_id(unicodedata.normalize("NFC", user_id)) is None


@given(st.text(st.sampled_from("aeo\u0301\u0308\u0327éǖ가Å ") | st.characters(), max_size=8))
def test_of_all_spellings_of_an_id_a_server_may_choose_one(text: str) -> None:
    """Composed or not, with or without a blank around: at most one of them passes both checks."""
    spellings = {
        f"{before}{unicodedata.normalize(form, text)}{after}"
        for form in ("NFC", "NFD")
        for before in ("", " ")
        for after in ("", "\u3000")
    }
    passed = {each for each in spellings if check_user_id(each) is None and check_chosen_user_id(each) is None}

    assert len(passed) <= 1


@given(st.text(st.characters(codec="ascii"), max_size=12))
def test_what_a_server_may_choose_is_one_part_of_a_path_as_it_stands(text: str) -> None:
    if check_user_id(text) is None and check_chosen_user_id(text) is None:
        assert f"/users/{text}/draws".split("/")[2] == text
        assert text not in (".", "..", "me", "")
        assert not set(text) & set("?%#\\")
