"""What --set takes: a parameter of the template, once, with its value as it stands."""

from pathlib import Path

import pytest

from sam_template import Stack
from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT
from tombola_cli.local import local_stack
from tombola_cli.local.template_parameters import NOT_TO_BE_SET, chosen


def test_each_parameter_of_the_template_is_set_but_for_those_that_up_sets() -> None:
    names = Stack().template["Parameters"].keys() - NOT_TO_BE_SET

    assert chosen(ROOT, [f"{name}=1" for name in names]) == dict.fromkeys(names, "1")
    assert Stack().template["Parameters"].keys() >= NOT_TO_BE_SET


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("CorsOrigins=https://a.example,http://127.0.0.1:5173", "https://a.example,http://127.0.0.1:5173"),
        ("CorsOrigins=", ""),
        ("CorsOrigins=https://a.example/?b=c", "https://a.example/?b=c"),  # the first sign parts them
    ],
)
def test_a_value_is_taken_as_it_stands(setting: str, value: str) -> None:
    assert chosen(ROOT, [setting]) == {"CorsOrigins": value}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (["CorsOrigins"], r"^--set CorsOrigins: write Name=Value, such as CorsOrigins=https://shop\.example$"),
        ([""], r"^--set : write Name=Value"),
        (["=x"], r"^--set : template\.yaml has no such parameter; it has .*CorsOrigins"),
        (["corsorigins=x"], r"^--set corsorigins: template\.yaml has no such parameter; it has .*CorsOrigins"),
        (["ThrottleRate=1", "ThrottleRate=1"], r"^--set ThrottleRate: it is set twice$"),
        (["Transport=kafka"], r"^--set Transport: tombola up sets it; --transport names the transport$"),
        (["Stage=prod"], r"^--set Stage: tombola up sets it"),
    ],
)
def test_anything_else_is_refused_by_name(settings: list[str], told: str) -> None:
    with pytest.raises(TombolaError, match=told):
        chosen(ROOT, settings)


def test_the_parameters_that_are_listed_can_all_be_set() -> None:
    with pytest.raises(TombolaError) as error:
        chosen(ROOT, ["Nothing=1"])

    listed = str(error.value).partition("it has ")[2].split(", ")
    assert chosen(ROOT, [f"{name}=1" for name in listed]).keys() == set(listed)
    assert local_stack.PARAMETERS.keys() - NOT_TO_BE_SET <= set(listed)


def test_a_project_without_parameters_has_none_to_set(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("Resources: {}\n")

    with pytest.raises(TombolaError, match="no such parameter"):
        chosen(tmp_path, ["CorsOrigins=x"])
