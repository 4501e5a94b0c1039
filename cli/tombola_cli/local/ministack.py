"""Everything peculiar to MiniStack 1.5.33, each with its reason: this module goes when the reasons go."""

import http.client
import json
import os
import shutil
import tempfile
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tombola_cli.local import bundle, install, patient_ministack
from tombola_cli.operate.stack import Place

HEALTH_SECONDS_MAX = 10.0
LAYERS_KEPT_MAX = 4

# Invocations at once, all functions together; beyond it they are refused, but for those that the API lets wait. Without
# a bound every client more is a worker process more, cold workers starve warm ones of CPU until they time out, and a
# timeout kills its worker. 2 batches of the queue, 1 compensation, and one to spare beside the API's own.
INVOCATIONS_MAX = patient_ministack.CALLS_MAX + 4
# Each batch worked off at once is a worker process of 60 MB; 2 is the least the template allows.
DISTRIBUTE_CONCURRENCY = 2
# Workers beyond a function's first that are idle for so long are ended: memory comes back after a burst.
WARM_SECONDS = 60


def command(environment: Path) -> list[str]:
    return [str(environment / "bin/python"), "-P", patient_ministack.__file__]


def settings(port: int, folder: Path) -> dict[str, str]:
    """Return the whole environment of the emulator.

    It starts from nothing, because every Lambda worker inherits it: the caller's AWS_PROFILE or
    AWS_ENDPOINT_URL would reach the handlers, and PYTHONDONTWRITEBYTECODE make each cold start compile anew.
    """
    state, temporary = folder / "state", folder / "tmp"
    for directory in (state, temporary):
        directory.mkdir(parents=True, exist_ok=True)
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",  # the default is every interface, and nobody has to sign a request
        "MINISTACK_HOST": "127.0.0.1",  # stands in queue URLs; localhost may mean ::1, where nothing listens
        "TMPDIR": str(temporary),  # worker folders are left behind there; down removes them
        "STATE_DIR": str(state),
        "S3_DATA_DIR": str(state / "s3"),
        "SFTP_ENABLED": "0",  # these two open ports of their own
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",  # processes, not containers
        "LAMBDA_ACCOUNT_CONCURRENCY": str(INVOCATIONS_MAX),
        "LAMBDA_WARM_TTL_SECONDS": str(WARM_SECONDS),
    }


def is_healthy(endpoint_url: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{endpoint_url}/_ministack/health", timeout=HEALTH_SECONDS_MAX) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004  HTTP's own number
    except (OSError, http.client.HTTPException):
        return False


def api_url(place: Place, api_id: str) -> str:
    """Return the URL of the HTTP API as a path of the endpoint.

    The API's own URL starts with a host name below localhost or 127.0.0.1, which few resolvers know.
    """
    return f"{place.endpoint_url}/_aws/execute-api/{api_id}/$default"


def repair(place: Place, outputs: Mapping[str, str]) -> None:
    """Set the settings that the emulator dropped from the template; on other emulators it changes nothing."""
    _expire_deliveries(place, outputs["DeliveriesTableName"])
    _limit_distribution(place, outputs["DistributeFunctionName"])
    _let_pages_in(place, outputs["ApiId"])


def _expire_deliveries(place: Place, table_name: str) -> None:
    """Say it again: CloudFormation's TimeToLiveSpecification is dropped, and records would never expire."""
    dynamodb = place.client("dynamodb")
    answer = dynamodb.describe_time_to_live(TableName=table_name)
    if answer["TimeToLiveDescription"]["TimeToLiveStatus"] not in {"ENABLED", "ENABLING"}:
        wanted = {"AttributeName": "expiration", "Enabled": True}
        dynamodb.update_time_to_live(TableName=table_name, TimeToLiveSpecification=wanted)


def _limit_distribution(place: Place, function: str) -> None:
    """Make MaximumConcurrency a number: a parameter stays text, which stops the poller of every queue."""
    functions = place.client("lambda")
    for mapping in functions.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]:
        limit = {name: int(value) for name, value in mapping.get("ScalingConfig", {}).items()}
        if limit:
            functions.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig=limit)


def _let_pages_in(place: Place, api_id: str) -> None:
    """Say it again: CorsConfiguration keeps the names that it has in the template, and the gateway reads others.

    Those names are in the emulator's own answer, of which boto3 takes nothing over.
    """
    gateway, told = place.client("apigatewayv2"), dict[str, Any]()
    events, answer = gateway.meta.events, "before-parse.apigatewayv2.GetApi"

    def note(response_dict: dict[str, Any], **_: Any) -> None:  # noqa: ANN401  whatever else botocore tells
        told.update(json.loads(response_dict["body"]))

    events.register(answer, note)
    gateway.get_api(ApiId=api_id)
    events.unregister(answer, note)  # others have the same client
    cors = told.get("corsConfiguration", {})
    if "AllowOrigins" in cors:
        gateway.update_api(ApiId=api_id, CorsConfiguration=cors)


def layers(root: Path, environment: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Return each layer as a zip file for the emulator's own interpreter, compiled; by its folder in the template.

    Handlers run on the emulator's Python and not on Runtime, so compiled packages must fit that one; and
    a layer is unpacked afresh for each worker, so without bytecode that ignores file times every cold start
    would compile everything. Built once for each state of the sources: bytecode is not reproducible.
    """
    return {f"layers/{name}": _layer(root, environment, name) for name in names}


def _layer(root: Path, environment: Path, name: str) -> bytes:
    requirements, source = root / f"layers/{name}/requirements.txt", root / f"layers/{name}/tombola"
    folder = root / ".local/layer" / name
    packages = folder / f"packages-{bundle.digest([_interpreter(environment), requirements.read_bytes()])}"
    built = folder / f"{packages.name}-{_digest_of(source)}.zip"
    if not packages.exists():
        _install_packages(root, environment, requirements, packages)
    if not built.exists():
        _build_layer(environment, packages, source, built)
        _forget_old_layers(folder)
    return built.read_bytes()


def _interpreter(environment: Path) -> bytes:
    return (environment / "pyvenv.cfg").read_bytes()


def _digest_of(source: Path) -> str:
    files = bundle.files_of(source)
    return bundle.digest(
        part for file in files for part in (file.relative_to(source).as_posix().encode(), file.read_bytes())
    )


def _install_packages(root: Path, environment: Path, requirements: Path, packages: Path) -> None:
    """Install without sources: the emulator unpacks in one thread for all, and half the files take half the time."""
    with _workspace(packages.parent) as workspace:
        install.packages(root, environment / "bin/python", requirements, workspace / "python")
        _compile(environment, workspace, "-b")  # beside the sources, where Python looks when they are gone
        for source in workspace.rglob("*.py"):
            source.unlink()
        with suppress(OSError):  # somebody else was first, or the next step fails
            (workspace / "python").rename(packages)


def _build_layer(environment: Path, packages: Path, source: Path, built: Path) -> None:
    with _workspace(built.parent) as workspace:
        shutil.copytree(packages, workspace / "python")
        if source.exists():  # Kafka's layer is packages alone
            library = workspace / "python" / source.name
            shutil.copytree(source, library, ignore=shutil.ignore_patterns("__pycache__"))
            _compile(environment, library)
        archive = workspace / "layer.zip"
        archive.write_bytes(bundle.zipped(workspace, bundle.files_of(workspace, bytecode=True)))
        archive.rename(built)


@contextmanager
def _workspace(folder: Path) -> Iterator[Path]:
    """Yield an empty folder on the same file system: a finished result is moved into place at once."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="new-") as temporary:
        yield Path(temporary)


def _compile(environment: Path, folder: Path, *more: str) -> None:
    options = ["-q", "--invalidation-mode", "unchecked-hash", *more]
    install.run([str(environment / "bin/python"), "-m", "compileall", *options, str(folder)], folder)


def _forget_old_layers(folder: Path) -> None:
    by_age = sorted(folder.glob("*.zip"), key=lambda file: file.stat().st_mtime)
    for old in by_age[:-LAYERS_KEPT_MAX]:
        old.unlink(missing_ok=True)
