"""Each deployment is served whole: SAM's own translator publishes another version for each kind of change."""

import atexit
import json
import re
import subprocess
import threading
from functools import cache
from typing import Any, TypeAlias

import pytest

from sam_template import FILE, ROOT, Stack
from tombola_cli.sam import sam_tools

Resources: TypeAlias = dict[str, Any]

FUNCTIONS = ("DrawFunction", "DistributeFunction", "CompensateFunction")
DESCRIPTION_MAX = 256  # characters of a version's description, and of a layer's
LICENSE_MAX = 512  # of a layer's license
LAYER_DIGITS_MAX = 8  # of the number of a layer's version
TRANSLATE_SECONDS_MAX = 300.0
# As `sam package` does: what is uploaded is called by its content.
UPLOADED = re.sub(r"\b(CodeUri|ContentUri): (\S+)/\n", r"\1: s3://code/\2-one\n", FILE.read_text())


@cache
def translator() -> subprocess.Popen[str]:
    """Start SAM's translator, for as long as this process lives."""
    python = sam_tools.path_of("bin", "python")
    process = subprocess.Popen(
        [python, ROOT / "tests/sam_translate.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"AWS_DEFAULT_REGION": "eu-central-1"},
    )
    atexit.register(process.communicate)
    return process


@cache
def translated(template: str = UPLOADED, **parameters: str) -> Resources:
    """Return the resources that CloudFormation gets, with the values of parameters that stand in them."""
    process = translator()
    assert process.stdin
    assert process.stdout
    too_late = threading.Timer(TRANSLATE_SECONDS_MAX, process.kill)
    too_late.start()
    process.stdin.write(json.dumps([template, Stack().parameters | parameters]) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    too_late.cancel()
    assert line, "the translator ended: its last words are above"
    resources: Resources = json.loads(line)
    return resources


def version_of(function: str, template: str = UPLOADED, **parameters: str) -> tuple[str, str]:
    """Return what makes a function's version another one: its logical id, and its description as it is filled in.

    A version is replaced when its description changes:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-version.html
    """
    resources = translated(template, **parameters)
    alias = resources[f"{function}Aliaslive"]["Properties"]
    version = alias["FunctionVersion"]["Fn::GetAtt"][0]
    assert alias["FunctionName"] == {"Ref": function} == resources[version]["Properties"]["FunctionName"]
    return version, described(resources[version], parameters)


def described(version: Resources, parameters: dict[str, str]) -> str:
    """Return the description as it is filled in; for the number of Kafka's layer stands what makes another number."""
    values = Stack().parameters | parameters
    filled = version["Properties"]["Description"]["Fn::Sub"]
    text = filled if isinstance(filled, str) else filled[0]
    layer = " ".join(told_of_brokers().values()) if values["Transport"] == "kafka" else ""
    return re.sub(r"\$\{(\w+)\}", lambda found: str(values.get(found[1], "")), text.replace("${KafkaLayer}", layer))


def told_of_brokers(architecture: str = "X86") -> dict[str, str]:
    """Return the texts of Kafka's layer: another text is another version of the layer, and so another number.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-layerversion.html
    """
    layer = Stack().template["Resources"][f"KafkaLayer{architecture}"]["Properties"]
    return {name: layer[name]["Fn::Sub"] for name in ("Description", "LicenseInfo")}


def describing(function: str) -> set[str]:
    """Return the parameters by which a function's version is described, be it in the texts of its layer."""
    filled = Stack().template["Resources"][function]["Properties"]["VersionDescription"]["Fn::Sub"]
    texts = [filled] if isinstance(filled, str) else [filled[0], *told_of_brokers().values()]
    return set(re.findall(r"\$\{(\w+)\}", " ".join(texts))) - {"KafkaLayer"}


def reaching(function: str) -> list[str]:
    """Return the parameters whose value stands in those of the function's properties that belong to a version."""
    stack = Stack()
    shared, own = stack.template["Globals"]["Function"], stack.template["Resources"][function]["Properties"]
    elsewhere = {
        "Events",
        "DeploymentPreference",
        "ReservedConcurrentExecutions",
        "LoggingConfig",
        "VersionDescription",
    }
    text = json.dumps([shared, {name: part for name, part in own.items() if name not in elsewhere}])
    named = {name for name in stack.parameters if f'{{"Ref": "{name}"}}' in text}
    conditions = {name for name in stack.template["Conditions"] if f'"Fn::If": ["{name}"' in text}
    decided = json.dumps([stack.template["Conditions"][name] for name in conditions])
    return sorted(named | {name for name in stack.parameters if f'{{"Ref": "{name}"}}' in decided})


ON_KAFKA = {
    "Transport": "kafka",
    "KafkaBootstrapServers": "one:9092",
    "KafkaSecretArn": "arn",
    "KafkaSubnetIds": "subnet-1",
}
CHANGES = {
    "KafkaBootstrapServers": "two:9092",
    "KafkaSecurity": "tls",
    "KafkaSecretArn": "arn2",
    "KafkaSubnetIds": "subnet-2",
    "KafkaSecurityGroupIds": "sg-2",
    "KafkaPollers": "provisioned",
    "LogLevel": "WARNING",
    "FirstCheckSeconds": "61",
    "ResendAfterSeconds": "601",
    "BackoffSeconds": "61",
    "BackoffMaxSeconds": "3601",
    "FailuresMax": "9",
    "RepairWorkers": "2",
    "CodesLow": "50",
    "Authorization": "jwt",
    "JwtFactClaims": "age,groups[]",
    "Architecture": "arm64",
    "Stage": "local",
    "Transport": "streams",
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_same_template_and_parameters_are_the_same_version(function: str) -> None:
    assert version_of(function) == version_of(function, UPLOADED + "\n")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_other_code_is_another_version(function: str) -> None:
    folder = Stack().functions()[function]["CodeUri"].strip("/")

    assert version_of(function) != version_of(function, UPLOADED.replace(f"{folder}-one", f"{folder}-two"))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_another_layer_is_another_version(function: str) -> None:
    assert version_of(function) != version_of(function, UPLOADED.replace("layers/shared-one", "layers/shared-two"))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_another_property_is_another_version(function: str) -> None:
    assert version_of(function) != version_of(function, UPLOADED.replace("Runtime: python3.13", "Runtime: python3.14"))


@pytest.mark.parametrize(
    ("function", "parameter"), [(function, parameter) for function in FUNCTIONS for parameter in reaching(function)]
)
def test_another_value_of_a_parameter_is_another_version(function: str, parameter: str) -> None:
    others = ON_KAFKA if parameter.startswith("Kafka") else {}

    assert version_of(function, **others) != version_of(function, **{**others, parameter: CHANGES[parameter]})


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_parameter_that_changes_no_function_publishes_no_version(function: str) -> None:
    """Lambda refuses a version of a function that did not change (issue 1497 of SAM), and the stack with it."""
    assert sorted(describing(function)) == reaching(function)


def longest() -> dict[str, str]:
    """Return the longest value of each parameter that has a bound."""
    return {
        name: max(map(str, definition["AllowedValues"]), key=len)
        if "AllowedValues" in definition
        else "9" * (definition["MaxLength"] if "MaxLength" in definition else len(str(definition["MaxValue"])) + 3)
        for name, definition in Stack().template["Parameters"].items()
        if {"AllowedValues", "MaxLength", "MaxValue"} & definition.keys()
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_longest_values_that_parameters_allow_fit_into_a_versions_description(function: str) -> None:
    filled = Stack().template["Resources"][function]["Properties"]["VersionDescription"]["Fn::Sub"]
    text = (filled if isinstance(filled, str) else filled[0]).replace("${KafkaLayer}", "9" * LAYER_DIGITS_MAX)

    assert len(re.sub(r"\$\{(\w+)\}", lambda found: longest()[found[1]], text)) <= DESCRIPTION_MAX


@pytest.mark.parametrize(("text", "most"), [("Description", DESCRIPTION_MAX), ("LicenseInfo", LICENSE_MAX)])
def test_the_longest_values_that_parameters_allow_fit_into_the_texts_of_kafkas_layer(text: str, most: int) -> None:
    told = told_of_brokers()

    assert told == told_of_brokers("Arm")
    assert len(re.sub(r"\$\{(\w+)\}", lambda found: longest()[found[1]], told[text])) <= most


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
@pytest.mark.parametrize("function", ["DrawFunction", "CompensateFunction"])
def test_the_number_of_kafkas_layer_stands_in_the_version_of_those_who_send(function: str, architecture: str) -> None:
    layer = Stack(Transport="kafka", Architecture=architecture).functions()[function]
    name = "KafkaLayerX86" if architecture == "x86_64" else "KafkaLayerArm"

    number = {"Fn::Select": [7, {"Fn::Split": [":", {"Ref": name}]}]}
    assert layer["VersionDescription"]["Fn::Sub"][1] == {"KafkaLayer": number}
    assert layer["Layers"] == [{"Ref": "SharedLayer"}, {"Ref": name}]
    assert Stack(Architecture=architecture).functions()[function]["Layers"] == [{"Ref": "SharedLayer"}]
    assert Stack().functions()[function]["VersionDescription"]["Fn::Sub"][1] == {"KafkaLayer": ""}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_version_that_is_replaced_stays_for_requests_under_way(function: str) -> None:
    resources = translated()
    version = resources[version_of(function)[0]]

    assert (version["DeletionPolicy"], version["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_every_trigger_points_at_the_alias() -> None:
    resources = translated()
    mapping, rule, config = (
        resources[name]["Properties"]
        for name in (
            "DistributeFunctionInvoices",  # the id that it had as an event: a second one of the queue would be refused
            "CompensateFunctionEveryMinute",
            "CompensateFunctionEventInvokeConfig",
        )
    )

    assert mapping["FunctionName"] == {"Ref": "DistributeFunctionAliaslive"}
    assert [target["Arn"] for target in rule["Targets"]] == [{"Ref": "CompensateFunctionAliaslive"}]
    assert resources["CompensateFunctionEveryMinutePermission"]["Properties"]["FunctionName"] == {
        "Ref": "CompensateFunctionAliaslive"
    }
    assert config["Qualifier"] == "live"  # asynchronous events of the alias, so no other setting holds for them
    uri = resources["DrawIntegration"]["Properties"]["IntegrationUri"]["Fn::Sub"]
    assert uri.endswith(":function:${DrawFunction}:live/invocations")
    assert resources["ApiInvokesLive"]["Properties"]["FunctionName"] == {"Ref": "DrawFunctionAliaslive"}


def test_the_gateway_may_call_the_alias_before_it_is_told_to() -> None:
    assert translated()["DrawIntegration"]["DependsOn"] == "ApiInvokesLive"


def test_a_new_version_gets_all_draws_at_once_unless_a_canary_is_asked_for() -> None:
    at_once, careful = translated(), translated(Canary="true")

    assert "UpdatePolicy" not in at_once["DrawFunctionAliaslive"]
    assert not [name for name, resource in at_once.items() if resource["Type"].startswith("AWS::CodeDeploy")]
    assert "CodeDeployLambdaAliasUpdate" in careful["DrawFunctionAliaslive"]["UpdatePolicy"]


def test_a_canary_is_taken_back_by_the_alarms_of_draws() -> None:
    group = translated(Canary="true")["DrawFunctionDeploymentGroup"]["Properties"]

    alarms = [alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]]
    assert group["AlarmConfiguration"]["Enabled"]
    assert group["ServiceRoleArn"] == {"Fn::GetAtt": ["CanaryRole", "Arn"]}
    assert {"DrawErrorsAlarm", "DefectsAlarm", "BusyAnswersAlarm"} <= set(alarms)
    assert set(alarms) <= translated().keys()
