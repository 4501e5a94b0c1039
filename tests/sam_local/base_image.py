"""The image that functions run in, made on this machine: no registry is asked.

Python where Lambda has it, Lambda's own runtime client and the SDK from the environment of SAM's tools, and the few
programs that SAM's own build of an image runs. It stands in for AWS's image and is not the same: see docs/sam.md.
"""

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path

from sam_local.engine import BRIDGE, Engine
from tombola_cli.files.repository import ROOT
from tombola_cli.sam import sam_tools

STACK_PORT = 4566  # where a container finds the stack, at the bridge
ENDPOINT = f"http://{BRIDGE}:{STACK_PORT}"
SITE = "lib/python3.13/site-packages"
RUNTIME = {"awslambdaric", "boto3"}  # with what they need: what AWS's image brings
PROGRAMS = ("sh", "mv", "chmod", "cp", "rm")
LIBRARIES = Path("/lib/x86_64-linux-gnu")
# What a wheel may be linked against, whether Python is or not.
GLIBC = (
    *("libc.so.6", "libm.so.6", "libdl.so.2", "librt.so.1", "libpthread.so.0", "libutil.so.1", "libresolv.so.2"),
    *("libnss_dns.so.2", "libnss_files.so.2", "libgcc_s.so.1", "libstdc++.so.6", "libz.so.1"),
)
LEFT_OUT = ("__pycache__", "test", "site-packages", "idlelib", "tkinter", "turtledemo", "ensurepip", "config-*")
SETTINGS = (
    "ENV LANG=en_US.UTF-8",
    "ENV PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin",
    "ENV LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/task:/var/task/lib:/opt/lib",
    "ENV LAMBDA_TASK_ROOT=/var/task",
    "ENV LAMBDA_RUNTIME_DIR=/var/runtime",
    # An env file of SAM's sets only what the template declares, and on AWS there is nothing to declare.
    f"ENV AWS_ENDPOINT_URL={ENDPOINT}",
    "WORKDIR /var/task",
)
BOOTSTRAP = """#!/bin/sh
export AWS_EXECUTION_ENV=AWS_Lambda_python3.13
export PYTHONPATH=/var/task:/opt/python/lib/python3.13/site-packages:/opt/python
exec /var/lang/bin/python3.13 -m awslambdaric "$_HANDLER"
"""


def made(engine: Engine) -> str:
    """Return the name of the image; make it unless the engine has it."""
    name = f"tombola-lambda:{_digest()}"
    if not engine.docker("image", "ls", "--quiet", name):
        engine.docker("image", "prune", "--all", "--force")  # the ones before, and what SAM made of them
        with tempfile.TemporaryDirectory() as folder:
            _fill(Path(folder) / "root")
            archive = _packed(Path(folder) / "root")
            changes = [word for setting in SETTINGS for word in ("--change", setting)]
            engine.docker("import", *changes, "-", name, file=archive)
    return name


def _digest() -> str:
    """Return what the image is made of, as a word: the interpreter, the locked packages, and this file."""
    python = sam_tools.python_folder() / "python3.13"
    parts = [str(python.resolve()).encode(), (ROOT / "requirements/sam.txt").read_bytes(), Path(__file__).read_bytes()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _fill(root: Path) -> None:
    for folder in ("bin", "etc", "opt", "proc", "sys", "dev", "root", "tmp", "var/task", "var/rapid", "var/runtime"):
        (root / folder).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    _put_python(root)
    _put_packages(root / "var/lang" / SITE)
    for program in PROGRAMS:
        _copy(Path(shutil.which(program) or program), root / "bin" / program)
    _put_libraries(root)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/nsswitch.conf").write_text("hosts: files dns\n")
    (root / "var/runtime/bootstrap").write_text(BOOTSTRAP)
    (root / "var/runtime/bootstrap").chmod(0o755)
    _compile(root)


def _put_python(root: Path) -> None:
    prefix, lang = sam_tools.python_folder().parent, root / "var/lang"
    _copy(prefix / "bin/python3.13", lang / "bin/python3.13")
    for library in (prefix / "lib").glob("libpython3.13.so*"):
        _copy(library, lang / "lib" / library.name)
    folder = "lib/python3.13"
    shutil.copytree(prefix / folder, lang / folder, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))


def _put_packages(target: Path) -> None:
    site = sam_tools.path_of(SITE)
    for distribution in _with_needs(site):
        for file in distribution.files or ():
            if "__pycache__" not in file.parts and ".." not in file.parts:
                _copy(site / file, target / file)


def _with_needs(site: Path) -> Iterator[Distribution]:
    """Yield the runtime's packages and all that they need, each once."""
    installed = {_name(each.metadata["Name"]): each for each in Distribution.discover(path=[str(site)])}
    wanted, seen = sorted(RUNTIME), set[str]()
    while wanted:
        name = wanted.pop()
        if name in seen or name not in installed:  # not installed: for another Python or another system
            continue
        seen.add(name)
        yield installed[name]
        wanted += [_name(need) for need in installed[name].requires or () if "extra ==" not in need]


def _name(requirement: str) -> str:
    """Return a package's name as everybody spells it, without versions and markers."""
    name = "".join(sign if sign.isalnum() or sign in "-_." else " " for sign in requirement).split()[0]
    return name.lower().replace("_", "-").replace(".", "-")


def _put_libraries(root: Path) -> None:
    """Copy what the programs, Python and its modules are linked against, and what a package may be."""
    linked = [*(root / "bin").iterdir(), root / "var/lang/bin/python3.13", *(root / "var/lang").rglob("*.so*")]
    python = sam_tools.python_folder().parent / "lib"
    told = subprocess.run(
        ["ldd", *linked], env={"LD_LIBRARY_PATH": str(python)}, capture_output=True, text=True, check=False
    )
    words = [word for line in told.stdout.splitlines() for word in line.split() if word.startswith("/")]
    found = {Path(word) for word in words if not word.endswith(":") and not word.startswith((str(root), str(python)))}
    for library in sorted(found | {LIBRARIES / name for name in GLIBC if (LIBRARIES / name).exists()}):
        _copy(library, root / library.relative_to("/"))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def _compile(root: Path) -> None:
    """Compile all of Python: else a function's first second passes inside its own time limit."""
    python, lang = sam_tools.python_folder() / "python3.13", root / "var/lang/lib"
    options = ["-q", "-j0", "--invalidation-mode", "unchecked-hash", "-s", str(root), "-p", "/"]
    subprocess.run([python, "-m", "compileall", *options, lang], check=False, capture_output=True)


def _packed(root: Path) -> Path:
    archive = root.with_suffix(".tar")
    with tarfile.open(archive, "w") as tar:
        for entry in sorted(root.iterdir()):
            tar.add(entry, entry.name, filter=_of_root)
    return archive


def _of_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry
