"""What the real `sam local` needs of a machine, and what of it is not there."""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator

from tombola_cli.errors import TombolaError
from tombola_cli.sam import sam_tools

# Debian's docker.io brings docker, dockerd and iptables; util-linux, iproute2 and libc-bin have the rest.
PROGRAMS = ("docker", "dockerd", "iptables", "unshare", "nsenter", "ip", "ldd")
NAMESPACES = ("unshare", "--net", "--mount", "true")


def missing() -> list[str]:
    """Return a sentence for each thing that is missing; nothing where `sam local` can run."""
    return list(_missing())


def _missing() -> Iterator[str]:
    system, machine = platform.system(), platform.machine()
    if (system, machine) != ("Linux", "x86_64"):
        yield f"Linux on x86_64, from which the base image is made; this is {system} on {machine}"
    for program in PROGRAMS:
        if shutil.which(program) is None:
            yield f"{program}: as root, `bash requirements/container_engine.sh` brings the container engine"
    if os.geteuid():
        yield "root, for a container engine in namespaces of its own"
    elif shutil.which("unshare") and subprocess.run(NAMESPACES, check=False, capture_output=True).returncode:
        yield "the right to make a network namespace and a mount namespace"
    try:
        sam_tools.python_folder()
    except TombolaError as error:
        yield str(error)
