"""Build the layer beside this file, compiled, into a folder: python3.13 -I build_layer.py FOLDER [PLATFORM ...].

Without platforms one layer serves both architectures: a compiled module carries its architecture in its file name, so
that both lie side by side, and no layer is ever the wrong one. Equal sources make equal bytes.
"""

import compileall
import py_compile
import shutil
import subprocess  # nosec B404
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
PYTHON = (3, 13)  # bytecode of another version is not read
PLATFORMS = ("manylinux2014_x86_64", "manylinux2014_aarch64")
MOUNTED = "/opt"  # where Lambda unpacks a layer, and what a traceback names
DOWNLOAD_SECONDS_MAX = 600


def main() -> None:
    if sys.version_info[:2] != PYTHON:
        sys.exit(f"the layer needs python3.13, and {sys.executable} is {sys.version.split()[0]}: install python3.13")
    layer = Path(sys.argv[1])
    packages = layer / "python"
    shutil.rmtree(packages, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        for platform in sys.argv[2:] or PLATFORMS:
            _download(platform, folder)
        for wheel in sorted(Path(folder).glob("*.whl")):
            _unpack(wheel, packages)
    if (HERE / "tombola").exists():
        shutil.copytree(HERE / "tombola", packages / "tombola", ignore=shutil.ignore_patterns("__pycache__"))
    _compile(layer)


def _download(platform: str, folder: str) -> None:
    wanted = ["--platform", platform, "--implementation", "cp", "--python-version", ".".join(map(str, PYTHON))]
    options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--dest", folder]
    lock = str(HERE / "requirements.txt")
    command = [sys.executable, "-m", "pip", "download", *options, *wanted, "--requirement", lock]
    # The command is a list that stands here: no shell reads it.
    if subprocess.run(command, check=False, timeout=DOWNLOAD_SECONDS_MAX).returncode:  # nosec B603
        sys.exit(f"the layer's packages for {platform} could not be downloaded: pip says why above")


def _unpack(wheel: Path, packages: Path) -> None:
    """Unpack what is imported; commands would name this machine's Python."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if ".data/scripts/" in name or name.endswith("/"):
                continue
            file, content = packages / name, archive.read(name)
            if file.exists() and file.read_bytes() != content and ".dist-info/" not in name:
                sys.exit(f"{wheel.name}: its {name} is another one than that of the other architecture")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


def _compile(layer: Path) -> None:
    """Compile for a folder that nobody writes to: no file's time or content is looked at when it is imported."""
    compiled = compileall.compile_dir(
        layer,
        quiet=1,
        stripdir=layer,
        prependdir=MOUNTED,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        sys.exit("a file of the layer does not compile: compileall says which above")


if __name__ == "__main__":
    main()
