"""One word for one idea: the glossary's words are in use, its places exist, and no name has a word it forbids."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tombola_cli.files.repository import ROOT

GLOSSARY = (ROOT / "docs/glossary.md").read_text("utf-8")
WORDS, NOT_USED = (part.partition("\n## ")[0] for part in GLOSSARY.split("\n## ")[1:])
ROWS = [
    [cell.strip() for cell in row.split("|")[1:-1]] for row in re.findall(r"^\| [^|]*[a-z] \|.*$", WORDS, re.MULTILINE)
][1:]
FORBIDDEN = {
    word for row in re.findall(r"^\| (`.*?) \|", NOT_USED, re.MULTILINE) for word in re.findall(r"`(\w+)`", row)
}
CODE = sorted(file for folder in ("layers", "functions", "cli") for file in (ROOT / folder).rglob("*.py"))
DOCUMENTS = [ROOT / "README.md", *(file for file in (ROOT / "docs").glob("*.md") if file.name != "glossary.md")]
WORDS_MIN = 50  # fewer rows than that: the page is no longer read as it is written

# Names that still have a forbidden word. The list may only shrink: a name that has gone must leave it.
OFFENDERS = {
    "cli/tombola_cli/local/ministack.py::_expire_deliveries",
    "cli/tombola_cli/operate/stack.py::deliveries_table_name",
}


def named_in(tree: ast.AST) -> Iterator[str]:
    """Yield every name that a module gives: to classes, functions, arguments, variables and attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def parts(name: str) -> set[str]:
    """Return the words of a name in snake case, camel case or capitals."""
    return {part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def offenders(file: Path) -> set[str]:
    """Return the file's names, its own among them, that have a forbidden word."""
    names = [file.stem, *named_in(ast.parse(file.read_text("utf-8")))]
    return {f"{file.relative_to(ROOT)}::{name}" for name in names if parts(name) & FORBIDDEN}


def top_level(file: Path) -> set[str]:
    """Return the names of a module's own classes, functions and constants."""
    body = ast.parse(file.read_text("utf-8")).body
    return {name for node in body for name in named_in(ast.Module([node], []))}


def test_every_word_has_one_row_a_meaning_and_a_place_in_the_order_of_the_alphabet() -> None:
    words = [word for word, *_ in ROWS]

    assert words == sorted(set(words))
    assert len(words) >= WORDS_MIN
    assert [word for word, meaning, _, place in ROWS if not meaning or not place] == []


def test_every_word_is_used_in_the_code_or_in_another_document() -> None:
    used = "\n".join(file.read_text("utf-8") for file in (*CODE, *DOCUMENTS)).lower().replace("_", " ")

    assert [word for word, *_ in ROWS if not re.search(rf"\b{word}", used)] == []


def test_every_place_exists_and_a_name_in_it_is_defined_there() -> None:
    for word, _, _, place in ROWS:
        file, _, name = place.strip("`").partition("::")
        assert (ROOT / file).is_file(), f"{word}: {file}"
        assert not name or name in top_level(ROOT / file), f"{word}: {file} defines no {name}"


def test_a_name_is_split_into_its_words() -> None:
    assert parts("SettledOrder") == parts("settled_order") == parts("SETTLED_ORDER") == {"settled", "order"}
    assert parts("_toHTTPWorld") == {"to", "http", "world"}


def test_no_name_has_a_word_that_is_not_used() -> None:
    assert {"gift", "settle"} <= FORBIDDEN
    assert set().union(*map(offenders, CODE)) == OFFENDERS
