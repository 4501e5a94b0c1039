"""Which sentences a reader has to read twice: clauses that begin with who or what and name no noun.

`python tests/english.py FOLDER_OR_FILE ...` lists them.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

WORDS_MIN = 3  # shorter texts in code are names and keys
BEFORE = "of|for|by|as|to|with|than|only|from|beside"
VERBS = "is|was|are|were|has|had|can|cannot|could|stands|comes|goes|fails|failed"
ASKING = "says?|said|tells?|told|shows?|shown|asks?|sees?|seen|knows?|known|decides?|lists?|prints?|means"

# An indirect question is what it says: "says what to do", "tell the user who did it".
INDIRECT = re.compile(rf"\b({ASKING})((?: [\w']+){{0,3}}?),? (?:what|who)\b", re.IGNORECASE)
HEADLESS = (
    re.compile(r"^(?:What|Who|Whoever|Whatever)\b"),
    re.compile(rf"\b(?:{BEFORE}|and|or) (?:who|whoever)\b", re.IGNORECASE),
    re.compile(rf"\b(?:{BEFORE}) (?:what|whatever)\b", re.IGNORECASE),
    re.compile(r"[:;] (?:who|whoever) [a-z]+"),
    re.compile(rf"[:;] what (?:{VERBS})\b"),
    re.compile(rf"\bwhat (?:{VERBS})\b[^?.;:,]*\b(?:is|was|are|goes|comes|stands|stays)\b", re.IGNORECASE),
)


class Clause(NamedTuple):
    """A sentence that has to be read twice, and the line on which its paragraph begins."""

    line: int
    sentence: str


def is_headless(sentence: str) -> bool:
    """Return whether a clause of sentence begins with who or what and has no noun to stand on."""
    if sentence.endswith("?"):
        return False
    told = INDIRECT.sub(r"\1\2 that", sentence)
    return any(pattern.search(told) for pattern in HEADLESS)


def sentences(paragraph: str) -> list[str]:
    """Return the sentences of a paragraph without code, links and emphasis."""
    plain = re.sub(r"`[^`]*`", "X", paragraph)
    plain = re.sub(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])", r"\1", plain)
    plain = " ".join(plain.replace("*", "").split())
    return re.split(r"(?<=[.?!])\s+(?=[\"(A-Z])", plain)


def paragraphs(markdown: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each paragraph and list entry outside code, tables and headings."""
    text = re.sub(r"```.*?```", lambda code: "\n" * code[0].count("\n"), markdown, flags=re.DOTALL)
    begin, lines = 1, list[str]()
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        apart = not line.strip() or re.match(r"\||#|\[[^\]]+\]: ", line)
        if lines and (apart or re.match(r"\s*(?:- |\d+\. )", line)):
            yield begin, " ".join(lines)
            lines = []
        if not apart:
            begin = begin if lines else number
            lines.append(re.sub(r"^\s*(?:- |\d+\. )", "", line))


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each docstring paragraph, comment and message of a Python file."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("#: ")
    inside = set[int]()  # an f-string's own parts, which the walk meets after it
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in node.values}
            parts = [part.value if isinstance(part, ast.Constant) else "X" for part in node.values]
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            for paragraph in node.value.split("\n\n"):
                if len(paragraph.split()) >= WORDS_MIN:
                    yield node.lineno, paragraph


def headless(file: Path) -> list[Clause]:
    """Return the sentences of a Markdown or Python file that have to be read twice."""
    text = file.read_text("utf-8")
    read = paragraphs(text) if file.suffix == ".md" else texts(text)
    found = {Clause(line, each) for line, part in read for each in sentences(part) if is_headless(each)}
    return sorted(found)


def files(places: list[Path]) -> list[Path]:
    """Return the Markdown and Python files among places and in their folders."""
    inside = [file for place in places for file in (sorted(place.rglob("*")) if place.is_dir() else [place])]
    return [file for file in inside if file.suffix in (".md", ".py") and ".local" not in file.parts]


if __name__ == "__main__":
    for each in files([Path(place) for place in sys.argv[1:]]):
        for clause in headless(each):
            sys.stdout.write(f"{each}:{clause.line}: {clause.sentence}\n")
