"""A reader takes a sentence in at first reading: no clause begins with who or what and lacks its noun."""

from pathlib import Path

import pytest

from english import files, headless, is_headless, sentences
from tombola_cli.files.repository import ROOT

# cli, bench and tests join when their sentences are mended.
PLACES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "docs", ROOT / "layers/shared/tombola", ROOT / "functions"]
OTHERS = ("order.md", "verify.py")  # made of the table of an order's life; bound to 300 lines


@pytest.mark.parametrize(
    "sentence",
    [
        "What is to go goes before the activity is written, and what is to come comes after it.",
        "Who meets the last unit too late draws anew.",
        "Whoever applies an activity makes its seed.",
        "Only who has drawn often enough can win it.",
        "It is the award for who would lose.",
        "The log shows no error: who claims an order has it alone.",
        "It compares the odds with what is revealed.",
        "The index of what is due has 128 lanes.",
        "Asking again is safe: what was recorded is answered.",
        "An invoice is sent again, and what failed before is not repaired.",
        "It is refused by whoever asks.",
    ],
)
def test_a_clause_without_its_noun_is_found(sentence: str) -> None:
    assert is_headless(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "What is a fact?",
        "Who may draw it now, by which way, with which facts?",
        "The refusal says what to do.",
        "The log tells everybody who did it and why.",
        "Users who may not draw are listed.",
        "The user to whom the prize was promised has it.",
        "Lower stock first, then write the activity, then raise stock.",
        "A repeat is answered whatever else is broken.",
    ],
)
def test_a_question_an_indirect_question_and_a_clause_with_its_noun_pass(sentence: str) -> None:
    assert not is_headless(sentence)


def test_code_links_and_emphasis_are_no_part_of_a_sentence() -> None:
    told = "**Who draws, wins.** See [the page](what.md) and `for who in crowd`. A. B?"

    assert sentences(told) == ["Who draws, wins.", "See the page and X.", "A.", "B?"]


def test_tables_headings_and_code_blocks_of_a_page_are_left_out(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "## What it looks at\n\n| What | is |\n\n```sh\nWhat is this\n```\n\nfine\n- Who comes wins.\n", "utf-8"
    )

    assert headless(page) == [(10, "Who comes wins.")]


def test_docstrings_comments_and_messages_of_a_program_are_read(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text('"""What is due goes first."""\n# Who comes wins.\nm = f"only who has {1} wins"\n', "utf-8")

    assert [clause.line for clause in headless(program)] == [1, 2, 3]


def test_no_sentence_of_the_documents_and_the_layer_has_to_be_read_twice() -> None:
    read = [file for file in files(PLACES) if file.name not in OTHERS]
    found = [f"{file.relative_to(ROOT)}:{line}: {text}" for file in read for line, text in headless(file)]

    assert found == []
    assert len(read) > len(PLACES)
