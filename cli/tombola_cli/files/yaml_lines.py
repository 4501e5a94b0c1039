"""YAML whose mistakes have a line: every scalar is a text, 010 and no included."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from tombola_cli.errors import TombolaError
from tombola_cli.files.known_fields import told_of

NODES_MAX = 50_000  # aliases could multiply a small file without end
SHOWN_MAX = 40  # signs of a text in a complaint

Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """The contents of a file, and the line of each part."""

    data: Any
    lines: dict[Loc, int]

    def line(self, loc: Sequence[str | int]) -> int:
        """Return the line, from 1 on, of the deepest part of loc that is there."""
        known = (tuple(loc[:length]) for length in range(len(loc), -1, -1))
        return next((self.lines[part] for part in known if part in self.lines), 1)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A line, and the field and the fault in it."""

    line: int
    words: str


UNKNOWN_FIELD = "Extra inputs are not permitted"
# Of messages of YAML's and of Pydantic's that say nothing to somebody who writes a campaign.
PLAIN_WORDS = {
    "mapping values are not allowed here": 'a text with a colon in it needs quotes: "Raffle: win a bike"',
    UNKNOWN_FIELD: "there is no such field",
    "Field required": "is missing",
    "String should match pattern '^[A-Za-z0-9_-]+$'": "takes letters, digits, _ and - only",
}


class WrongFileError(TombolaError):
    """Every mistake of a file, in one sentence and one by one."""

    def __init__(self, path: Path, mistakes: Sequence[Mistake]) -> None:
        super().__init__("; ".join(f"{path}:{mistake.line}: {mistake.words}" for mistake in mistakes))
        self.mistakes = tuple(mistakes)


def read_document(path: Path) -> Document:
    """Read path; raise TombolaError naming file and line if it cannot be read or gives a field twice."""
    try:
        return document_of(path.read_bytes(), path)
    except OSError as error:
        raise TombolaError(f"{path}: {' '.join(str(error).split())}") from None


def document_of(contents: bytes, path: Path) -> Document:
    """Read the contents of path, as read_document does."""
    lines: dict[Loc, int] = {}
    try:
        root = yaml.compose(contents.decode(), Loader=yaml.BaseLoader)
        data = None if root is None else _build(root, (), lines)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = error.problem or error.context or "no YAML"
        raise WrongFileError(path, [Mistake(line, PLAIN_WORDS.get(problem, problem))]) from None
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise TombolaError(f"{path}: {' '.join(str(error).split())}") from None
    return Document(data, lines)


def wrong(path: Path, document: Document, error: ValidationError, model: type[BaseModel]) -> WrongFileError:
    """Return every mistake of the file, which is no model, as one error: file, line, field and fault."""
    return WrongFileError(path, [_mistake_at(document, each["loc"], each["msg"], model) for each in error.errors()])


def shown(text: str) -> str:
    """Return text as it stands in a complaint: on one line, and in quotes where its ends would not be seen."""
    cut = text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"
    return cut if cut and cut.isprintable() and cut.strip() == cut else repr(cut)


def _mistake_at(document: Document, loc: Loc, message: str, model: type[BaseModel]) -> Mistake:
    # Places in a list count from 1, as people do.
    field = ".".join(str(part + 1) if isinstance(part, int) else part for part in loc)
    if message.startswith("Input should be a valid dictionary"):
        message = "must hold fields, each with a name"
    known = told_of(model, loc) if message == UNKNOWN_FIELD else ""
    words = PLAIN_WORDS.get(message, message.removeprefix("Value error, ")) + known
    return Mistake(document.line(loc), f"{f'{field}: ' if field else ''}{words}")


def _build(node: yaml.Node, loc: Loc, lines: dict[Loc, int]) -> Any:  # noqa: ANN401 - a node holds any value
    lines.setdefault(loc, node.start_mark.line + 1)
    if len(lines) > NODES_MAX:
        raise _mistake(node, f"more than {NODES_MAX} fields")
    if isinstance(node, yaml.MappingNode):
        return _build_mapping(node, loc, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_build(each, (*loc, number), lines) for number, each in enumerate(node.value)]
    return node.value


def _build_mapping(node: yaml.MappingNode, loc: Loc, lines: dict[Loc, int]) -> dict[str, Any]:
    built: dict[str, Any] = {}
    for name, value in node.value:
        if not isinstance(name, yaml.ScalarNode):
            raise _mistake(name, "a field's name must be a text")
        if name.value in built:
            raise _mistake(name, f"{name.value} is given twice")
        lines[*loc, name.value] = name.start_mark.line + 1
        built[name.value] = _build(value, (*loc, name.value), lines)
    return built


def _mistake(node: yaml.Node, words: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=words, problem_mark=node.start_mark)
