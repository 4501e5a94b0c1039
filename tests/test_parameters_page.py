"""docs/parameters.md has a row for each parameter of the template, in its order, as the template tells it."""

from typing import Any

from sam_template import ROOT, load

PAGE = (ROOT / "docs/parameters.md").read_text("utf-8")


def row(name: str, told: Any) -> str:
    """Return the row of a parameter: its name, its default, what it may be, and what it is for."""
    default = told.get("Default", "")
    cells = (f"`{name}`", "empty" if default == "" else f"`{default}`", may_be(told), told["Description"])
    return f"| {' | '.join(cells)} |"


def may_be(told: Any) -> str:
    """Return what the template takes."""
    if values := told.get("AllowedValues"):
        return ", ".join(f"`{value}`" for value in values)
    if "MinValue" in told:
        most = told.get("MaxValue")
        return f"from {told['MinValue']:,} on" if most is None else f"{told['MinValue']:,} to {most:,}"
    if words := told.get("ConstraintDescription"):
        return str(words).removeprefix("must be ")
    return "texts with commas between" if told["Type"] == "CommaDelimitedList" else "a text"


def test_the_page_tells_each_parameter_as_the_template_has_it() -> None:
    wanted = [row(name, told) for name, told in load()["Parameters"].items()]

    assert [line for line in PAGE.splitlines() if line.startswith("| `")] == wanted, "\n".join(wanted)


def test_no_parameter_is_without_words() -> None:
    assert all(told["Description"].strip() for told in load()["Parameters"].values())
