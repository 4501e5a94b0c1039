"""YAML whose mistakes have a line, whatever is wrong with it."""

from pathlib import Path

import pytest

from tombola_cli.errors import TombolaError
from tombola_cli.files.yaml_lines import NODES_MAX, Mistake, WrongFileError, document_of, read_document

LAUGHS = "\n".join(["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 6))])


def test_every_scalar_is_a_text_and_each_part_has_its_line(tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text("# a comment\nid: 010\nawards:\n  - { name: no, rate: 0.10 }\n  - name: ~\n")

    document = read_document(file)

    assert document.data == {"id": "010", "awards": [{"name": "no", "rate": "0.10"}, {"name": "~"}]}
    assert document.line(["awards", 1, "name"]) == 5
    assert document.line(["awards", 0, "missing"]) == 4


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("id: 1\nid: 2\n", "2: id is given twice", id="a field twice"),
        pytest.param("id: 1\n? [a]\n: 2\n", "2: a field's name must be a text", id="a list as a name"),
        pytest.param("id: 1\nawards: [\n", "3: expected the node content, but found '<stream end>'", id="no end"),
        pytest.param(LAUGHS, f"1: more than {NODES_MAX} fields", id="aliases that multiply"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, complaint: str, tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(text)

    with pytest.raises(TombolaError) as refused:
        read_document(file)

    assert str(refused.value) == f"{file}:{complaint}"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(None, "No such file or directory", id="no file"),
        pytest.param(b"\xff", "'utf-8' codec can't decode", id="no text"),
        pytest.param(b"[" * 100_000, "maximum recursion depth exceeded", id="too deep"),
    ],
)
def test_a_file_that_is_no_yaml_at_all_is_told_by_its_name(
    content: bytes | None, complaint: str, tmp_path: Path
) -> None:
    file = tmp_path / "file.yaml"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(TombolaError) as refused:
        read_document(file)

    assert str(refused.value).startswith(f"{file}: ")
    assert complaint in str(refused.value)


def test_the_mistakes_of_a_file_are_there_one_by_one(tmp_path: Path) -> None:
    with pytest.raises(WrongFileError) as wrong:
        document_of(b"a: 1\na: 2\n", tmp_path / "x.yaml")
    assert wrong.value.mistakes == (Mistake(2, "a is given twice"),)
    assert str(wrong.value) == f"{tmp_path}/x.yaml:2: a is given twice"
