"""What template.yaml promises: what is kept, what is bounded, and who is told."""

import ast
import re
import tomllib
from dataclasses import fields

import pytest

from sam_template import ROOT, Node, Stack, resource_named
from tombola.aws.settings import CouponSettings, Settings
from tombola_cli.local.deploy import STACK_NAME_MAX
from tombola_cli.sam import sam_tools

PROD = Stack()
LOCAL = Stack(Stage="local", Authorization="none")
FUNCTIONS = ("DrawFunction", "DistributeFunction", "CompensateFunction")
KEPT = ("Table", "Deliveries", "SeedKey")
TABLES = ("Table", "Deliveries")
DAY_SECONDS = 86_400
FUNCTION_NAME_MAX = 64  # characters: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
RESERVED = {"DistributeReserved": "DistributeFunction", "CompensateReserved": "CompensateFunction"}


def alarms_on(stack: Stack, metric: str) -> dict[str, Node]:
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    return {name: alarm for name, alarm in alarms.items() if alarm.get("MetricName") == metric}


# ---- The functions


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_handler_named_in_the_template_exists(function: str) -> None:
    properties = PROD.functions()[function]
    module, name = properties["Handler"].split(".")
    tree = ast.parse((ROOT / properties["CodeUri"] / f"{module}.py").read_text())

    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_runs_on_the_layers_python_with_a_time_limit(function: str) -> None:
    properties, layer = PROD.functions()[function], PROD.resources["SharedLayer"]

    assert layer["Metadata"] == {"BuildMethod": "makefile"}  # which makes bytecode: tests/test_layer.py
    assert layer["Properties"]["CompatibleRuntimes"] == [properties["Runtime"]] == ["python3.13"]
    assert properties["Layers"] == [{"Ref": "SharedLayer"}]
    assert 0 < properties["Timeout"] <= 60


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_called_by_its_alias_whose_versions_hold_code_layer_and_variables(function: str) -> None:
    properties = PROD.functions()[function]

    assert (properties["AutoPublishAlias"], properties["AutoPublishAliasAllProperties"]) == ("live", True)
    assert PROD.resources["SharedLayer"]["Properties"]["PublishLambdaVersion"] is True
    assert PROD.resources[function]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_functions_run_on_the_architecture_chosen_and_the_layer_on_both(architecture: str) -> None:
    stack = Stack(Architecture=architecture)

    assert stack.resources["SharedLayer"]["Properties"]["CompatibleArchitectures"] == ["x86_64", "arm64"]
    assert all(function["Architectures"] == [architecture] for function in stack.functions().values())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_gets_exactly_the_variables_the_library_reads(function: str) -> None:
    of_transports = {
        "QUEUE_URL",
        "DEAD_LETTERS_URL",
        "KAFKA_POLLERS",
    }  # read by the transports
    variables = PROD.functions()[function]["Environment"]["Variables"].keys() - of_transports

    read = {field.name.upper() for field in fields(Settings)}
    if function == "DistributeFunction":
        read |= {field.name.upper() for field in fields(CouponSettings)}
    assert variables - {"POWERTOOLS_LOG_LEVEL"} == read  # the level has a default


def test_the_library_accepts_the_waits_the_template_gives_by_default() -> None:
    variables = PROD.functions()["DrawFunction"]["Environment"]["Variables"]

    waits = Settings.from_env({name: str(value) for name, value in variables.items()}).waits

    assert waits.first_check.total_seconds() == 60
    assert waits.resend_after.total_seconds() == 600
    assert (waits.backoff.total_seconds(), waits.backoff_max.total_seconds()) == (60, 3600)
    assert waits.failures_max == 8


# ---- What is kept


@pytest.mark.parametrize("resource", KEPT)
def test_ledger_guards_and_key_outlive_the_stack_but_not_its_failed_creation(resource: str) -> None:
    assert PROD.resources[resource]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert PROD.resources[resource]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_encrypted_and_restorable(table: str) -> None:
    properties = PROD.resources[table]["Properties"]

    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_protected_from_deletion_once_the_first_deployment_has_succeeded(table: str) -> None:
    first, second = Stack(), Stack(DeletionProtection="true")

    assert first.resources[table]["Properties"]["DeletionProtectionEnabled"] == "false"
    assert second.resources[table]["Properties"]["DeletionProtectionEnabled"] == "true"


NAMES = [
    ("DrawFunction", "FunctionName"),
    ("DistributeFunction", "FunctionName"),
    ("CompensateFunction", "FunctionName"),
]


@pytest.mark.parametrize(("resource", "name"), NAMES)
def test_the_longest_name_of_a_stack_makes_names_that_lambda_takes(resource: str, name: str) -> None:
    named = PROD.resources[resource]["Properties"][name]["Fn::Sub"]

    assert len(named.replace("${AWS::StackName}", "s" * STACK_NAME_MAX)) <= FUNCTION_NAME_MAX


@pytest.mark.parametrize(("parameter", "function"), RESERVED.items())
def test_a_function_that_works_in_the_background_may_have_concurrency_of_its_own(parameter: str, function: str) -> None:
    assert Stack(**{parameter: "5"}).functions()[function]["ReservedConcurrentExecutions"] == "5"
    assert "ReservedConcurrentExecutions" not in PROD.functions()[function]


@pytest.mark.parametrize("parameter", RESERVED)
@pytest.mark.parametrize(
    ("value", "fits"), [("", True), ("1", True), ("100", True), ("0", False), ("00", False), ("-1", False)]
)
def test_reserved_concurrency_is_never_nothing(parameter: str, value: str, fits: bool) -> None:
    pattern = PROD.template["Parameters"][parameter]["AllowedPattern"]

    assert bool(re.search(pattern, value)) is fits


def test_the_indexes_of_what_is_due_and_of_wins_carry_keys_only() -> None:
    properties = PROD.resources["Table"]["Properties"]

    indexes = {index["IndexName"]: index for index in properties["GlobalSecondaryIndexes"]}
    keys = {name: [key["AttributeName"] for key in index["KeySchema"]] for name, index in indexes.items()}
    assert keys == {"due": ["lane", "due_at"], "wins": ["win", "drawn_at"]}
    assert all(index["Projection"] == {"ProjectionType": "KEYS_ONLY"} for index in indexes.values())
    types = {each["AttributeName"]: each["AttributeType"] for each in properties["AttributeDefinitions"]}
    assert types == {"pk": "S", "sk": "S", "lane": "S", "due_at": "N", "win": "S", "drawn_at": "N"}


def test_the_ledger_has_a_stream_only_where_distribution_reads_it() -> None:
    assert "StreamSpecification" not in PROD.resources["Table"]["Properties"]
    streams = Stack(Transport="streams").resources["Table"]["Properties"]
    assert streams["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}


def test_the_ledger_forgets_nothing_but_guards_of_outside_calls_expire() -> None:
    assert "TimeToLiveSpecification" not in PROD.resources["Table"]["Properties"]
    expiry = PROD.resources["Deliveries"]["Properties"]["TimeToLiveSpecification"]
    assert expiry == {"AttributeName": "expiration", "Enabled": True}


DATA_KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OWN_KEY = Stack(DataKeyArn=DATA_KEY)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_encrypted_with_the_operator_s_own_key_where_there_is_one(table: str) -> None:
    encryption = OWN_KEY.resources[table]["Properties"]["SSESpecification"]

    assert encryption == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": DATA_KEY}


def test_the_operator_s_own_key_is_one_key_and_no_alias() -> None:
    pattern = PROD.template["Parameters"]["DataKeyArn"]["AllowedPattern"]
    fit = ("", DATA_KEY, DATA_KEY.replace("aws", "aws-cn"), DATA_KEY.replace("1234abcd", "mrk-1234abcd"))
    no_fit = ("*", DATA_KEY + "*", DATA_KEY.replace(":key/", ":alias/"), DATA_KEY.rpartition("/")[2], " " + DATA_KEY)

    assert [text for text in (*fit, *no_fit) if re.search(pattern, text)] == list(fit)


def test_the_key_of_the_seeds_is_rotated() -> None:
    assert PROD.resources["SeedKey"]["Properties"]["EnableKeyRotation"] is True


# ---- Queue and schedule


@pytest.mark.parametrize("queue", PROD.of_type("AWS::SQS::Queue"))
def test_a_queue_is_encrypted_by_sqs_or_with_the_operator_s_own_key(queue: str) -> None:
    by_sqs, own = (stack.resources[queue]["Properties"] for stack in (PROD, OWN_KEY))

    assert (by_sqs["SqsManagedSseEnabled"], "KmsMasterKeyId" in by_sqs) == (True, False)
    assert (own["KmsMasterKeyId"], "SqsManagedSseEnabled" in own) == (DATA_KEY, False)  # SQS takes one of them


def test_a_message_stays_hidden_for_six_timeouts_of_the_function() -> None:
    hidden = PROD.resources["Queue"]["Properties"]["VisibilityTimeout"]

    assert hidden >= 6 * PROD.functions()["DistributeFunction"]["Timeout"]


def test_a_message_of_the_local_stage_stays_hidden_while_its_batch_may_run() -> None:
    hidden = LOCAL.resources["Queue"]["Properties"]["VisibilityTimeout"]

    assert hidden >= LOCAL.functions()["DistributeFunction"]["Timeout"]


def test_a_message_is_tried_five_times_before_it_is_a_dead_letter() -> None:
    redrive = PROD.resources["Queue"]["Properties"]["RedrivePolicy"]

    assert resource_named(redrive["deadLetterTargetArn"]) == "DeadLetters"
    assert redrive["maxReceiveCount"] >= 5


def test_dead_letters_are_kept_for_fourteen_days() -> None:
    assert PROD.resources["DeadLetters"]["Properties"]["MessageRetentionPeriod"] == 14 * DAY_SECONDS


def test_a_batch_fails_in_parts_and_batches_at_once_are_bounded() -> None:
    mapping = Stack(DistributeConcurrency="4").resources["DistributeFunctionInvoices"]["Properties"]

    assert resource_named(mapping["EventSourceArn"]) == "Queue"
    assert mapping["BatchSize"] == 10
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": "4"}


def test_compensation_runs_every_minute_and_a_missed_run_is_not_made_up_for() -> None:
    function = PROD.functions()["CompensateFunction"]

    [schedule] = [event["Properties"] for event in function["Events"].values()]
    assert schedule["Schedule"] == "rate(1 minute)"
    assert schedule["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 60
    assert schedule["RetryPolicy"]["MaximumRetryAttempts"] <= 1
    assert function["EventInvokeConfig"] == {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}


# ---- Logs, alarms, outputs


@pytest.mark.parametrize("function", FUNCTIONS)
def test_logs_of_a_function_are_kept_as_long_as_the_parameter_says(function: str) -> None:
    stack = Stack(LogRetentionDays="7")
    properties = stack.functions()[function]

    logs = stack.resources[properties["LoggingConfig"]["LogGroup"]["Ref"]]["Properties"]
    assert logs["LogGroupName"] == {"Fn::Sub": "/aws/lambda/" + properties["FunctionName"]["Fn::Sub"]}
    assert logs["RetentionInDays"] == "7"


@pytest.mark.parametrize("group", PROD.of_type("AWS::Logs::LogGroup"))
def test_logs_are_encrypted_with_the_operator_s_own_key_where_there_is_one(group: str) -> None:
    assert OWN_KEY.resources[group]["Properties"]["KmsKeyId"] == DATA_KEY
    assert "KmsKeyId" not in PROD.resources[group]["Properties"]


@pytest.mark.parametrize("alarm", PROD.of_type("AWS::CloudWatch::Alarm"))
def test_an_alarm_tells_the_topic_when_one_is_given(alarm: str) -> None:
    topic = "arn:aws:sns:eu-central-1:111122223333:operators"

    assert Stack(AlarmTopicArn=topic).resources[alarm]["Properties"]["AlarmActions"] == [topic]
    assert "AlarmActions" not in PROD.resources[alarm]["Properties"]


def test_one_dead_letter_raises_an_alarm() -> None:
    [alarm] = alarms_on(PROD, "ApproximateNumberOfMessagesVisible").values()

    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["DeadLetters", "QueueName"]}}]
    assert (alarm["Statistic"], alarm["ComparisonOperator"]) == ("Maximum", "GreaterThanThreshold")
    assert alarm["Threshold"] == 0


def test_one_parked_order_raises_an_alarm() -> None:
    [alarm] = alarms_on(PROD, "Parked").values()

    assert (alarm["Statistic"], alarm["ComparisonOperator"]) == ("Maximum", "GreaterThanThreshold")
    assert alarm["Threshold"] == 0


@pytest.mark.parametrize(
    ("metric", "statistic"), [("Unreadable", "Maximum"), ("MissingShards", "Sum"), ("Defects", "Sum")]
)
def test_damage_raises_an_alarm_within_a_minute(metric: str, statistic: str) -> None:
    [alarm] = alarms_on(PROD, metric).values()

    assert (alarm["Statistic"], alarm["ComparisonOperator"]) == (statistic, "GreaterThanThreshold")
    assert (alarm["Threshold"], alarm["Period"], alarm["EvaluationPeriods"]) == (0, 60, 1)
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "tombola"}]


def test_an_order_due_for_five_minutes_raises_an_alarm_and_so_does_silence() -> None:
    [alarm] = alarms_on(PROD, "OldestDue").values()

    assert (alarm["Statistic"], alarm["ComparisonOperator"]) == ("Maximum", "GreaterThanThreshold")
    assert alarm["Threshold"] == 300
    assert alarm["TreatMissingData"] == "missing"  # with an action of its own: no alarm is told before the first run


@pytest.mark.parametrize("function", FUNCTIONS)
def test_one_error_of_a_function_raises_an_alarm(function: str) -> None:
    watching = [
        alarm
        for alarm in alarms_on(PROD, "Errors").values()
        if alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": function}}]
    ]

    assert [(alarm["Statistic"], alarm["Threshold"]) for alarm in watching] == [("Sum", 0)]


@pytest.mark.parametrize("metric", ["Parked", "OldestDue"])
def test_an_alarm_looks_where_the_functions_write_their_metrics(metric: str) -> None:
    [alarm] = alarms_on(PROD, metric).values()
    variables = PROD.functions()["CompensateFunction"]["Environment"]["Variables"]

    assert alarm["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
    assert alarm["Dimensions"] == [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]


def test_the_outputs_are_what_the_command_and_the_readme_name() -> None:
    assert PROD.template["Outputs"].keys() == {
        "ApiUrl",
        "ApiId",
        "TableName",
        "DeliveriesTableName",
        "Transport",
        "QueueUrl",
        "DlqUrl",
        "SeedKeyArn",
        "RevealRoleArn",
        "DrawFunctionName",
        "DistributeFunctionName",
        "CompensateFunctionName",
    }


def test_sam_deploy_needs_no_capability_but_the_one_in_samconfig() -> None:
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())

    assert config["default"]["deploy"]["parameters"]["capabilities"] == "CAPABILITY_IAM"
    named = [role for role in PROD.of_type("AWS::IAM::Role").values() if "RoleName" in role]
    assert not named  # a name would need CAPABILITY_NAMED_IAM


# ---- The tools' own opinion


def test_cfn_lint_finds_nothing() -> None:
    sam_tools.run("cfn-lint", "--non-zero-exit-code", "informational", "template.yaml")


def test_sam_finds_the_template_valid() -> None:
    sam_tools.run("sam", "validate", "--lint", "--template", "template.yaml")
