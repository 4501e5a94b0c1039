"""The functions and the layer as SAM builds them, under Lambda's runtime, with the rights of their own roles."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

import guarded_stack
from guarded_items import (
    NOT_YET_DUE,
    OVERDUE,
    apply_activity,
    failed_because,
    grant_state,
    invoices_and_poison,
    orders_on_the_queue,
    record_coupon_order,
    record_order,
    record_parcel_order,
)
from guarded_stack import GuardedStack
from sam_template import ROOT, Stack, resource_named
from tombola.aws.items import order_key
from tombola.rules.activity_states import ActivityState
from tombola.rules.invoice import Invoice, invoice_json
from tombola_cli.operate.function_name import Function
from tombola_cli.operate.stack import Stack as Deployed
from tombola_cli.sam import rie, sam_tools
from tombola_cli.sam.invoke import invoke
from tombola_cli.sam.rie import BuiltFunction, Invoke

FUNCTIONS = ("DrawFunction", "DistributeFunction", "CompensateFunction")
IMPORT_SECONDS_MAX = 300.0
# What AWS installs beside its Python 3.13 runtime; everything else must come with the function or its layer.
RUNTIME_BRINGS = {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3"}
# What the SDK takes where it finds it, as in the environment of SAM's tools, and does without elsewhere.
SDK_TAKES = {"awscrt", "_awscrt", "certifi", "OpenSSL", "cryptography", "_cffi_backend", "_distutils_hack"}
TELL_IMPORTS = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
print(json.dumps({name: file for name, file in files.items() if file}))
"""

Run: TypeAlias = Callable[[str], AbstractContextManager[Invoke]]


def sam_build(folder: Path, *options: str) -> Path:
    places: list[str | Path] = ["--build-dir", folder / "build", "--cache-dir", folder / "cache"]
    sam_tools.run("sam", "build", *places, *options, python_folder=sam_tools.python_folder())
    return folder / "build"


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build with SAM, once, as README says, and return the folder."""
    return sam_build(tmp_path_factory.mktemp("sam"))


@pytest.fixture(scope="module")
def guarded(emulator_environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedStack]:
    """Start the template's resources, with the activity of the events, which everybody wins."""
    with guarded_stack.running(emulator_environment, tmp_path_factory.mktemp("guarded")) as running:
        apply_activity(running, event("draw")["pathParameters"]["activity_id"])
        yield running


@pytest.fixture
def run(build: Path, guarded: GuardedStack, tmp_path: Path) -> Run:
    """Return a way to run a built function with the template's variables and its role's rights."""

    def with_its_role(name: str) -> AbstractContextManager[Invoke]:
        role = resource_named(Stack().functions()[name]["Role"])
        return rie.running(built(build, name), guarded.variables(name, role), tmp_path / "log")

    return with_its_role


def built(build: Path, name: str) -> BuiltFunction:
    properties = Stack().functions()[name]
    return BuiltFunction(
        folder=build / name,
        layers=(build / "SharedLayer",),
        handler=properties["Handler"],
        timeout_seconds=properties["Timeout"],
    )


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def event(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "events" / f"{name}.json").read_text())
    return loaded


# ---- What was built


def test_the_layer_is_compiled_and_the_same_whatever_the_architecture(build: Path, tmp_path: Path) -> None:
    for_arm = sam_build(tmp_path, "SharedLayer", "--parameter-overrides", "Architecture=arm64")

    layer, sources = files_below(build / "SharedLayer"), list((build / "SharedLayer").rglob("*.py"))
    assert layer == files_below(for_arm / "SharedLayer")
    assert len(sources) == sum(name.endswith(".cpython-313.pyc") for name in layer) > 500


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_starts_without_compiling_or_writing_anything_of_its_layer(name: str, build: Path) -> None:
    function, before = built(build, name), files_below(build / "SharedLayer")
    environment = {**function.environment({"AWS_DEFAULT_REGION": "us-east-1"}), "PYTHONDONTWRITEBYTECODE": ""}
    del environment["AWS_LAMBDA_FUNCTION_NAME"]  # with it, importing would want the table

    told = subprocess.run(
        [sam_tools.path_of("bin/python"), "-v", "-c", f"import {function.handler.split('.')[0]}"],
        cwd=function.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=IMPORT_SECONDS_MAX,
        check=True,
    )

    of_layer = [line for line in told.stderr.splitlines() if str(function.layers[0]) in line]
    loaded = [line for line in of_layer if line.startswith("# code object from ")]
    assert len(loaded) > 50
    assert [line for line in loaded if not line.endswith(".pyc'")] == []
    assert [line for line in of_layer if "wrote" in line] == []
    assert files_below(build / "SharedLayer") == before


def test_the_layer_carries_the_library_and_leaves_the_sdk_to_the_runtime(build: Path) -> None:
    carried = {path.name for path in (build / "SharedLayer/python").iterdir()}

    assert {"tombola", "pydantic", "aws_lambda_powertools"} <= carried
    assert not carried & {"boto3", "botocore", "s3transfer"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_imports_only_what_its_build_and_the_runtime_bring(name: str, build: Path) -> None:
    function = built(build, name)
    environment = function.environment({"AWS_DEFAULT_REGION": "us-east-1"})
    del environment["AWS_LAMBDA_FUNCTION_NAME"]  # with it, importing would want the table

    told = subprocess.run(
        [sam_tools.path_of("bin/python"), "-c", TELL_IMPORTS, function.handler.split(".")[0]],
        cwd=function.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=IMPORT_SECONDS_MAX,
        check=True,
    )

    files = json.loads(told.stdout)
    from_elsewhere = {module.split(".")[0] for module, file in files.items() if "/site-packages/" in file}
    assert Path(files["tombola"]).is_relative_to(function.layers[0] / "python")
    assert from_elsewhere <= RUNTIME_BRINGS | SDK_TAKES


# ---- What it does


def test_the_built_draw_function_answers_a_draw_and_its_repeats_with_the_same_order(run: Run) -> None:
    with run("DrawFunction") as invoke:
        # The first repeat is told by a transaction, the second by a look.
        drawn, *repeats = invoke(event("draw")), invoke(event("draw-repeat")), invoke(event("draw-repeat"))

    assert drawn.get("statusCode") == 201, drawn
    order = json.loads(drawn["body"])
    assert (order["outcome"], order["mq_state"]) == ("won", 1)
    for repeated in repeats:
        assert repeated.get("statusCode") == 200, repeated
        assert json.loads(repeated["body"])["order_id"] == order["order_id"]


def test_the_built_draw_function_shows_an_activity(run: Run) -> None:
    with run("DrawFunction") as invoke:
        shown = invoke(event("activity"))

    assert shown.get("statusCode") == 200, shown
    assert json.loads(shown["body"])["activity_id"] == event("activity")["pathParameters"]["activity_id"]


def test_the_built_draw_function_shows_an_order(run: Run) -> None:
    with run("DrawFunction") as invoke:
        order = json.loads(invoke(event("draw"))["body"])
        shown = invoke(event("order"))

    assert shown.get("statusCode") == 200, shown
    assert json.loads(shown["body"])["order_id"] == order["order_id"]


def test_the_built_functions_take_an_address_send_a_parcel_there_and_take_another_with_their_own_rights(
    run: Run, guarded: GuardedStack
) -> None:
    order = record_parcel_order(guarded, 79, "waits-for-a-parcel")
    path = {"pathParameters": {"user_id": order.user_id, "order_id": str(order.order_id)}}
    given, claim = event("shipping-address") | path, event("claim") | path
    [message] = event("distribute-lottery-invoice")["Records"]

    with run("DrawFunction") as invoke:
        first = invoke(given)
    with run("DistributeFunction") as invoke:
        granted = invoke({"Records": [{**message, "body": invoice_json(order)}]})
    with run("DrawFunction") as invoke:
        second, claimed = invoke(given), invoke(claim)

    assert [each.get("statusCode") for each in (first, second, claimed)] == [200] * 3, (first, second, claimed)
    assert granted == {"batchItemFailures": []}
    assert grant_state(guarded, order) == "1"


def test_the_built_distribute_function_grants_its_batch_and_fails_the_poison_alone(
    run: Run, guarded: GuardedStack
) -> None:
    batch = event("distribute-batch-with-poison")
    invoices, poison = invoices_and_poison(batch)
    for invoice in invoices:
        record_order(guarded, invoice, NOT_YET_DUE)

    with run("DistributeFunction") as invoke:
        answer = invoke(batch)

    assert len(poison) == 1
    assert answer == {"batchItemFailures": [{"itemIdentifier": poison[0]}]}
    assert {grant_state(guarded, invoice) for invoice in invoices} == {"1"}


def test_the_built_distribute_function_grants_lotterys_own_invoice(run: Run, guarded: GuardedStack) -> None:
    batch = event("distribute-lottery-invoice")
    [invoice], _ = invoices_and_poison(batch)
    record_order(guarded, invoice, NOT_YET_DUE)

    with run("DistributeFunction") as invoke:
        answer = invoke(batch)

    assert answer == {"batchItemFailures": []}
    assert grant_state(guarded, invoice) == "1"


def test_the_built_distribute_function_asks_a_provider_with_its_own_rights(run: Run, guarded: GuardedStack) -> None:
    order = record_coupon_order(guarded, url="https://127.0.0.1:1/coupons")
    [message] = event("distribute-lottery-invoice")["Records"]

    with run("DistributeFunction") as invoke:
        answer = invoke({"Records": [{**message, "body": invoice_json(order)}]})

    assert answer == {"batchItemFailures": []}
    assert failed_because(guarded, order) == "provider shop cannot be reached (NewConnectionError)"


def test_the_built_compensate_function_starts_an_activity_with_its_own_rights(run: Run, guarded: GuardedStack) -> None:
    apply_activity(guarded, "approved", ActivityState.PASS)

    with run("CompensateFunction") as invoke:
        report = invoke(event("compensate-schedule"))

    assert report["moved"] == 1


def test_the_built_compensate_function_sends_an_overdue_order_again(run: Run, guarded: GuardedStack) -> None:
    prize = {"award_id": "1", "award_type": 1, "award_name": "ipad", "award_content": "Code"}
    overdue = Invoice(user_id="waits-for-long", order_id=77, **prize)  # type: ignore[arg-type]
    record_order(guarded, overdue, OVERDUE)

    with run("CompensateFunction") as invoke:
        report = invoke(event("compensate-schedule"))

    assert report == {"resent": 1, "send_failed": 0, "parked": 0, "moved": 0}
    assert overdue.order_id in orders_on_the_queue(guarded)


def test_the_built_compensate_function_writes_the_metrics_that_alarms_watch(run: Run, tmp_path: Path) -> None:
    alarms = Stack().of_type("AWS::CloudWatch::Alarm").values()
    watched = {alarm["MetricName"] for alarm in alarms if alarm.get("Namespace") == {"Ref": "AWS::StackName"}}
    watched -= {"Defects", "MissingShards", "BusyAnswers", "Undelivered", "GrantFailures", "PoolsLow"}  # of the others
    watched -= {"ProviderRefusesUs", "ProvidersUndefined", "CouponsUnused"}

    with run("CompensateFunction") as invoke:
        invoke(event("compensate-schedule"))

    [line] = [line for line in (tmp_path / "log").read_text().splitlines() if line.startswith('{"_aws"')]
    written = json.loads(line)
    [directive] = written["_aws"]["CloudWatchMetrics"]
    assert watched <= {metric["Name"] for metric in directive["Metrics"]}
    assert (directive["Namespace"], directive["Dimensions"]) == (guarded_stack.STACK_NAME, [["service"]])
    assert written["service"] == "tombola"


def test_invoke_shows_the_answer_of_the_built_function_on_a_local_stack(
    build: Path, stack: Deployed, tmp_path: Path
) -> None:
    answer = invoke(Function.DRAW, event("draw-latin-1"), stack, build, tmp_path / "log")

    assert (answer.status, answer.answer["field"]) == (400, "body")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_without_its_table_fails_at_start_and_says_so(
    name: str, build: Path, guarded: GuardedStack, tmp_path: Path
) -> None:
    variables = guarded.variables(name, resource_named(Stack().functions()[name]["Role"]))
    del variables["TABLE_NAME"]

    with rie.running(built(build, name), variables, tmp_path / "log") as invoke:
        answer = invoke({})

    assert "TABLE_NAME" in answer.get("errorMessage", ""), answer
    assert answer["errorType"] == "MissingVariableError"


def test_these_tests_would_notice_a_right_that_a_role_lacks(guarded: GuardedStack) -> None:
    dynamodb = guarded.client_of("DrawRole", "dynamodb")

    with pytest.raises(dynamodb.exceptions.ClientError, match="not authorized to perform: dynamodb:DeleteItem"):
        dynamodb.delete_item(TableName=guarded.names["Table"], Key=order_key("somebody", 1))


def test_no_function_but_draw_may_read_a_seed(guarded: GuardedStack) -> None:
    sealed = guarded.place.client("kms").encrypt(KeyId=guarded.names["SeedKey"], Plaintext=b"seed")["CiphertextBlob"]
    kms = guarded.client_of("DistributeRole", "kms")

    with pytest.raises(kms.exceptions.ClientError, match="not authorized to perform: kms:Decrypt"):
        kms.decrypt(CiphertextBlob=sealed)
