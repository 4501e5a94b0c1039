"""The image has what AWS's has beside Python: the runtime client and the SDK, at the locked versions, and no more."""

import re

import pytest

from sam_local import base_image
from tombola_cli.files.repository import ROOT
from tombola_cli.sam import sam_tools

LOCKED = (ROOT / "requirements/sam.txt").read_text()


def test_the_runtimes_packages_are_there_with_what_they_need_and_no_more() -> None:
    site = sam_tools.path_of(base_image.SITE)

    found = {base_image._name(each.metadata["Name"]): each.version for each in base_image._with_needs(site)}

    assert {"awslambdaric", "boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3"} <= set(
        found
    )
    assert not {"aws-sam-cli", "pydantic", "cfn-lint", "pip"} & set(found)
    for name, version in found.items():
        assert re.search(rf"^{name}=={re.escape(version)} ", LOCKED, re.MULTILINE), name


@pytest.mark.parametrize(
    ("requirement", "name"),
    [
        ("urllib3!=2.2.0,<3,>=1.25.4; python_version >= '3.10'", "urllib3"),
        ("python_dateutil (<3.0.0)", "python-dateutil"),
        ("s3transfer[crt]>=0.1", "s3transfer"),
        ("ruamel.yaml~=0.18", "ruamel-yaml"),
    ],
)
def test_a_package_is_known_by_its_name_alone(requirement: str, name: str) -> None:
    assert base_image._name(requirement) == name


def test_the_way_to_the_stack_is_in_the_image_since_sam_passes_on_only_what_the_template_declares() -> None:
    assert "AWS_ENDPOINT_URL" not in (ROOT / "template.yaml").read_text()
    assert f"ENV AWS_ENDPOINT_URL={base_image.ENDPOINT}" in base_image.SETTINGS
