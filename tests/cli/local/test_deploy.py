"""Deploying the template on an emulator, from a copy of the project that a test may change."""

import os
import shutil
from pathlib import Path

import pytest

from tombola_cli.errors import TombolaError
from tombola_cli.files.repository import ROOT
from tombola_cli.local import bundle, local_stack
from tombola_cli.local.deploy import STACK_NAME_MAX, Deployment, delete, deploy
from tombola_cli.operate.stack import Place

STACK_NAME = "copy"
LAYERS = {"layers/shared": b"a layer that no test here calls"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Copy what a deployment reads."""
    shutil.copy(ROOT / "template.yaml", tmp_path)
    shutil.copytree(ROOT / "functions", tmp_path / "functions")
    shutil.copytree(ROOT / "layers/kafka", tmp_path / "layers/kafka")
    return tmp_path


def _deploy(emulator: Place, project: Path) -> Deployment:
    return deploy(emulator, STACK_NAME, project, LAYERS, local_stack.PARAMETERS)


def _code_of(emulator: Place, deployment: Deployment) -> str:
    functions = emulator.client("lambda")
    found = functions.get_function_configuration(FunctionName=deployment.outputs["DrawFunctionName"])
    return str(found["CodeSha256"])


def test_only_changed_code_is_deployed_again(emulator: Place, project: Path) -> None:
    first = _deploy(emulator, project)
    code = _code_of(emulator, first)
    assert first.changed
    assert not _deploy(emulator, project).changed

    with (project / "functions/draw/draw_handler.py").open("a") as handler:
        handler.write("# a change\n")
    second = _deploy(emulator, project)

    assert second.changed
    assert _code_of(emulator, second) != code
    assert second.outputs == first.outputs


def test_the_resource_that_failed_is_named_with_its_reason(emulator: Place, project: Path) -> None:
    template = project / "template.yaml"
    template.write_text(
        template.read_text().replace("EnableKeyRotation: true", "KeySpec: ROT13\n      EnableKeyRotation: false")
    )

    with pytest.raises(TombolaError, match=r"SeedKey \(AWS::KMS::Key\): .*ROT13"):
        deploy(emulator, "broken", project, LAYERS, local_stack.PARAMETERS)


def test_of_two_updates_that_failed_the_last_ones_reason_is_told(emulator: Place, project: Path) -> None:
    template = project / "template.yaml"
    sound = template.read_text()
    deploy(emulator, "updated", project, LAYERS, local_stack.PARAMETERS)

    for name in ("First", "Second"):
        broken = f"\n  {name}:\n    Type: AWS::KMS::Key\n    Properties: {{KeySpec: ROT13}}\n\nOutputs:\n"
        template.write_text(sound.replace("\nOutputs:\n", broken))
        with pytest.raises(TombolaError, match=rf"deployed: {name} \(AWS::KMS::Key\)"):
            deploy(emulator, "updated", project, LAYERS, local_stack.PARAMETERS)


def test_a_stack_that_failed_is_made_anew(emulator: Place, project: Path) -> None:
    template = project / "template.yaml"
    sound = template.read_text()
    template.write_text(sound.replace("EnableKeyRotation: true", "KeySpec: ROT13"))
    with pytest.raises(TombolaError):
        deploy(emulator, "second-try", project, LAYERS, local_stack.PARAMETERS)
    template.write_text(sound)

    assert deploy(emulator, "second-try", project, LAYERS, local_stack.PARAMETERS).changed


LAST_AND_BROKEN = """
  Broken:
    Type: AWS::KMS::Key
    DependsOn: [Table, Deliveries, SeedKey, ApiStage]
    Properties: {KeySpec: ROT13}

Outputs:
"""


def test_a_failed_creation_leaves_nothing_that_the_next_would_meet(emulator: Place, project: Path) -> None:
    template = project / "template.yaml"
    template.write_text(template.read_text().replace("\nOutputs:\n", LAST_AND_BROKEN))
    before = _kept(emulator)

    with pytest.raises(TombolaError, match=r"Broken \(AWS::KMS::Key\)"):
        deploy(emulator, "half", project, LAYERS, local_stack.PARAMETERS)

    assert _kept(emulator) == before


def _kept(emulator: Place) -> tuple[set[str], set[str]]:
    """Return the tables, and the keys that are not about to be deleted."""
    kms = emulator.client("kms")
    keys = {key["KeyId"] for key in kms.list_keys()["Keys"]}
    states = {key: kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] for key in keys}
    tables = set(emulator.client("dynamodb").list_tables()["TableNames"])
    return tables, {key for key, state in states.items() if state != "PendingDeletion"}


def test_a_stack_name_that_makes_names_too_long_is_refused_before_anything_is_made(project: Path) -> None:
    name, nowhere = "s" * (STACK_NAME_MAX + 1), Place(region="eu-central-1", endpoint_url="http://127.0.0.1:1")

    with pytest.raises(TombolaError, match=f"54 characters, at most {STACK_NAME_MAX}"):
        deploy(nowhere, name, project, LAYERS, local_stack.PARAMETERS)


def test_a_rule_of_the_template_is_told_by_its_own_words(emulator: Place, project: Path) -> None:
    parameters = {**local_stack.PARAMETERS, "Stage": "prod"}

    with pytest.raises(TombolaError, match="Authorization=none needs Stage=local"):
        deploy(emulator, "open", project, LAYERS, parameters)


def test_a_folder_without_code_is_named(emulator: Place, project: Path) -> None:
    shutil.rmtree(project / "functions/compensate")

    with pytest.raises(TombolaError, match=r"functions/compensate: template.yaml names this folder"):
        _deploy(emulator, project)


def test_deleting_a_stack_leaves_none(emulator: Place, project: Path) -> None:
    deploy(emulator, "short-lived", project, LAYERS, local_stack.PARAMETERS)

    delete(emulator, "short-lived")

    with pytest.raises(emulator.client("cloudformation").exceptions.ClientError, match="does not exist"):
        emulator.client("cloudformation").describe_stacks(StackName="short-lived")


def test_a_bundle_is_the_same_whenever_its_files_were_written(project: Path) -> None:
    folder = project / "functions"
    before = bundle.zipped(folder, bundle.files_of(folder))

    for file in bundle.files_of(folder):
        os.utime(file, (1, 1))

    assert bundle.zipped(folder, bundle.files_of(folder)) == before
