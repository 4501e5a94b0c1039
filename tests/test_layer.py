"""The layer as its Makefile builds it for SAM: compiled, for both architectures, equal whenever it is built."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sam_template import ROOT
from tombola_cli.sam import sam_tools

SOURCE = ROOT / "layers/shared"
BUILD_SECONDS_MAX = 600.0
BYTES_MAX = 24_500_000  # 23.9 MB before there was Kafka, whose client is in another layer
IMPORT_SECONDS_MAX = 300.0
PYC_HEADER = slice(4, 8)  # PEP 552: flags; bit 0: a hash, not a time; bit 1: compare it with the source
UNCHECKED_HASH = (1).to_bytes(4, "little")
MACHINES = {"x86_64": 62, "aarch64": 183}  # e_machine of an ELF file, bytes 18 and 19: elf(5)
DRAW_AND_INVOICE = "import tombola.aws.http, tombola.aws.ledger, tombola.aws.invoices, tombola.flows.draw"


def build(folder: Path, python_folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{python_folder}{os.pathsep}{os.environ['PATH']}", **more}
    command = ["make", "-C", str(SOURCE), "build-SharedLayer", f"ARTIFACTS_DIR={folder}"]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=BUILD_SECONDS_MAX
    )


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layer")
    done = build(folder, sam_tools.python_folder())
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def differing(some: dict[str, bytes], others: dict[str, bytes]) -> list[str]:
    """Return the names alone, since pytest takes a minute to show how megabytes differ."""
    return sorted(name for name in some.keys() | others.keys() if some.get(name) != others.get(name))


def test_every_source_has_bytecode_that_is_never_compared_with_it(layer: Path) -> None:
    sources = list(layer.rglob("*.py"))

    assert {file.name for file in sources} >= {"ledger.py", "typing_extensions.py", "api_gateway.py"}
    for source in sources:
        bytecode = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
        assert bytecode.exists(), source
        assert bytecode.read_bytes()[PYC_HEADER] == UNCHECKED_HASH, bytecode


def test_a_traceback_names_the_file_where_lambda_has_it(layer: Path) -> None:
    [bytecode] = layer.glob("python/tombola/aws/__pycache__/ledger.*.pyc")

    assert b"/opt/python/tombola/aws/ledger.py" in bytecode.read_bytes()
    assert not any(str(layer).encode() in content for content in contents(layer).values())


def test_every_compiled_module_is_there_for_both_architectures(layer: Path) -> None:
    modules = {file.name.split(".")[0] for file in layer.rglob("*.so")}

    for module, (architecture, machine) in ((name, each) for name in modules for each in MACHINES.items()):
        [file] = layer.rglob(f"{module}.cpython-313-{architecture}-linux-gnu.so")
        assert int.from_bytes(file.read_bytes()[18:20], "little") == machine, file
    assert len(list(layer.rglob("*.so"))) == len(modules) * len(MACHINES)
    assert "_pydantic_core" in modules


def test_a_read_only_layer_is_loaded_with_no_file_compiled_and_none_written(layer: Path) -> None:
    before = contents(layer)

    done = subprocess.run(
        [sam_tools.python_folder() / "python3.13", "-v", "-c", DRAW_AND_INVOICE],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{layer / 'python'}:{':'.join(sys.path)}"},
        capture_output=True,
        text=True,
        timeout=IMPORT_SECONDS_MAX,
        check=False,
    )

    told = [line for line in done.stderr.splitlines() if str(layer) in line]
    loaded = [line for line in told if line.startswith("# code object from ")]
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(loaded) > 100
    assert [line for line in loaded if not line.endswith(".pyc'")] == []
    assert [line for line in told if "wrote" in line or "could not create" in line] == []
    assert differing(contents(layer), before) == []


def test_the_same_sources_make_the_same_bytes(layer: Path, tmp_path: Path) -> None:
    again = tmp_path / "a folder of another name"

    done = build(again, sam_tools.python_folder(), PYTHONHASHSEED="7", PYTHONPYCACHEPREFIX=str(tmp_path / "elsewhere"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert differing(contents(again), contents(layer)) == []


def test_another_python_than_lambdas_is_refused_by_name(tmp_path: Path) -> None:
    pretend = "import sys; sys.version_info = (3, 12, 1, 'final', 0); sys.argv = ['build_layer.py', 'nowhere']"
    script = f"{pretend}; import runpy; runpy.run_path({str(SOURCE / 'build_layer.py')!r}, run_name='__main__')"

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 1
    assert "the layer needs python3.13" in done.stderr
    assert "install python3.13" in done.stderr
    assert not list(tmp_path.iterdir())


def test_nothing_but_the_library_and_its_packages_is_in_the_layer(layer: Path) -> None:
    assert [path.name for path in layer.iterdir()] == ["python"]
    assert not [path for path in (layer / "python").rglob("*") if path.name in {"bin", "build_layer.py", "Makefile"}]


def test_it_does_not_grow_with_another_transport(layer: Path) -> None:
    assert sum(len(content) for content in contents(layer).values()) <= BYTES_MAX
    assert not list(layer.rglob("*confluent*"))


def test_without_a_folder_nothing_is_built_and_nothing_removed() -> None:
    done = subprocess.run(
        ["make", "-n", "-C", str(SOURCE), "build-SharedLayer", "ARTIFACTS_DIR="],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert "ARTIFACTS_DIR names no folder: run sam build" in done.stderr


def test_the_lock_does_not_depend_on_the_machine_that_builds() -> None:
    pinned = [line for line in (SOURCE / "requirements.txt").read_text().splitlines() if "==" in line]

    assert pinned
    assert not [line for line in pinned if ";" in line]  # pip asks this machine, not the platform, about a marker
