"""Kafka's layer as its Makefile builds it for SAM: small, for one architecture, and apart from the shared one."""

import os
import subprocess
from pathlib import Path

import pytest

from sam_template import ROOT
from tombola_cli.sam import sam_tools

SOURCE = ROOT / "layers/kafka"
BUILD_SECONDS_MAX = 600.0
BYTES_MAX = 20_000_000
MACHINES = {"X86": 62, "Arm": 183}  # e_machine of an ELF file, bytes 18 and 19: elf(5)


def built(folder: Path, target: str) -> Path:
    """Build a layer as SAM does; return its folder."""
    environment = {**os.environ, "PATH": f"{sam_tools.python_folder()}{os.pathsep}{os.environ['PATH']}"}
    command = ["make", "-C", str(SOURCE), f"build-{target}", f"ARTIFACTS_DIR={folder}"]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=BUILD_SECONDS_MAX
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module", params=MACHINES)
def layer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("kafka")
    return request.param, built(folder, f"KafkaLayer{request.param}")


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def test_the_layer_is_small_enough_and_carries_the_client_and_the_signer_alone(layer: tuple[str, Path]) -> None:
    _, folder = layer

    assert size_of(folder) <= BYTES_MAX
    assert {path.name for path in (folder / "python").iterdir() if not path.name.endswith(".dist-info")} == {
        "confluent_kafka",
        "confluent_kafka.libs",
        "aws_msk_iam_sasl_signer",
    }


def test_every_library_is_for_the_layers_architecture(layer: tuple[str, Path]) -> None:
    architecture, folder = layer
    libraries = [file for file in folder.rglob("*.so*") if file.is_file()]

    assert len(libraries) >= 2
    assert {int.from_bytes(file.read_bytes()[18:20], "little") for file in libraries} == {MACHINES[architecture]}


def test_every_source_is_compiled(layer: tuple[str, Path]) -> None:
    _, folder = layer
    sources = list(folder.rglob("*.py"))

    assert sources
    assert [s for s in sources if not (s.parent / "__pycache__" / f"{s.stem}.cpython-313.pyc").exists()] == []


@pytest.mark.parametrize("target", [f"KafkaLayer{architecture}" for architecture in MACHINES])
def test_without_a_folder_nothing_is_built(target: str) -> None:
    done = subprocess.run(
        ["make", "-n", "-C", str(SOURCE), f"build-{target}", "ARTIFACTS_DIR="],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert "ARTIFACTS_DIR names no folder: run sam build" in done.stderr


def test_the_builder_is_the_one_of_the_shared_layer() -> None:
    assert (SOURCE / "build_layer.py").resolve() == ROOT / "layers/shared/build_layer.py"
