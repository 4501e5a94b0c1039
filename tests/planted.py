"""Faults planted in a deployed stack, one at a time, each with the checks that are to find it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tombola.aws.workers import ALIAS
from tombola_cli.doctor.asking import Questions
from tombola_cli.doctor.checks import checks
from tombola_cli.doctor.finding import Verdict
from tombola_cli.operate.stack import Stack

DISTRIBUTE_TIMEOUT = 10  # seconds, in the local stage
FUNCTIONS = ("draw", "distribute", "compensate")
Wrong = set[tuple[str, str]]  # check, and what it is about


@dataclass
class Patient:
    """The stack under the doctor's eyes, and how its parts are reached."""

    stack: Stack
    clients: dict[str, Any] = field(default_factory=dict)  # making one takes longer than most questions

    def __getattr__(self, name: str) -> Any:
        service = {"functions": "lambda", "gateway": "apigatewayv2"}.get(name, name)
        if service not in self.clients:
            self.clients[service] = self.stack.client(service)
        return self.clients[service]

    def wrong(self) -> Wrong:
        asked = Questions(self.stack, self.clients)
        lines = [check.line(asked) for check in checks()]
        return {(line.check, line.about) for line in lines if line.finding.verdict is Verdict.WRONG}

    def named(self, kind: str) -> str:
        return Questions(self.stack).physical(kind)[0]

    def alarms(self) -> list[dict[str, Any]]:
        return list(self.cloudwatch.describe_alarms()["MetricAlarms"])

    def put_alarm(self, alarm: dict[str, Any], **changes: Any) -> None:
        given = self.cloudwatch.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
        self.cloudwatch.put_metric_alarm(
            **{name: value for name, value in {**alarm, **changes}.items() if name in given}
        )

    def mapping(self) -> str:
        return str(self.functions.list_event_source_mappings()["EventSourceMappings"][0]["UUID"])


def mend(patient: Patient) -> None:
    """Give a local stack what it leaves out."""
    for table in (patient.stack.table_name, patient.stack.deliveries_table_name):
        patient.dynamodb.update_table(
            TableName=table, DeletionProtectionEnabled=True, SSESpecification={"Enabled": True, "SSEType": "KMS"}
        )
        backups = {"PointInTimeRecoveryEnabled": True}
        patient.dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=backups)
    hidden = {"VisibilityTimeout": str(6 * DISTRIBUTE_TIMEOUT)}
    patient.sqs.set_queue_attributes(QueueUrl=patient.stack.queue_url, Attributes=hidden)
    topic = patient.sns.create_topic(Name="alarms")["TopicArn"]
    patient.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:000000000000:somebody")
    for alarm in patient.alarms():
        patient.put_alarm(alarm, AlarmActions=[topic])
    for name in FUNCTIONS:
        function = getattr(patient.stack, f"{name}_function")
        log = {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN"}
        group = {"LogGroup": f"/aws/lambda/{function}"}
        patient.functions.update_function_configuration(FunctionName=function, LoggingConfig={**log, **group})
        serve(patient, function)
    settings = {"DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:access", "Format": "$context.status"}
    patient.gateway.update_stage(ApiId=api_id(patient), StageName="$default", AccessLogSettings=settings)


def api_id(patient: Patient) -> str:
    return patient.named("AWS::ApiGatewayV2::Api")


def serve(patient: Patient, function: str) -> str:
    """Publish $LATEST and point the alias at it, as a deployment does; return the version."""
    version = str(patient.functions.publish_version(FunctionName=function)["Version"])
    patient.functions.update_alias(FunctionName=function, Name=ALIAS, FunctionVersion=version)
    return version


@contextmanager
def an_alias_on_an_old_version(patient: Patient) -> Iterator[Wrong]:
    function = patient.stack.draw_function
    patient.functions.update_function_configuration(FunctionName=function, Description="another")
    newest = patient.functions.publish_version(FunctionName=function)["Version"]
    yield {("alias", "draw")}
    patient.functions.update_alias(FunctionName=function, Name=ALIAS, FunctionVersion=newest)


@contextmanager
def an_alias_that_is_gone(patient: Patient) -> Iterator[Wrong]:
    function = patient.stack.compensate_function
    at = patient.functions.get_alias(FunctionName=function, Name=ALIAS)["FunctionVersion"]
    policy = patient.functions.get_policy(FunctionName=function, Qualifier=ALIAS)["Policy"]
    patient.functions.delete_alias(FunctionName=function, Name=ALIAS)
    yield {("alias", "compensate"), ("published", "compensate"), ("permission", "compensate")}
    patient.functions.create_alias(FunctionName=function, Name=ALIAS, FunctionVersion=at)
    source = json.loads(policy)["Statement"][0]["Condition"]["ArnLike"]["AWS:SourceArn"]
    patient.functions.add_permission(
        FunctionName=function,
        Qualifier=ALIAS,
        StatementId="again",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=source,
    )


@contextmanager
def a_change_that_nobody_serves(patient: Patient) -> Iterator[Wrong]:
    function = patient.stack.distribute_function
    before = patient.functions.get_function_configuration(FunctionName=function)["MemorySize"]
    patient.functions.update_function_configuration(FunctionName=function, MemorySize=before + 1)
    yield {("published", "distribute")}
    patient.functions.update_function_configuration(FunctionName=function, MemorySize=before)


@contextmanager
def an_api_past_the_alias(patient: Patient) -> Iterator[Wrong]:
    found = patient.gateway.get_integrations(ApiId=api_id(patient))["Items"][0]
    where = {"ApiId": api_id(patient), "IntegrationId": found["IntegrationId"]}
    patient.gateway.update_integration(**where, IntegrationUri=found["IntegrationUri"].replace(f":{ALIAS}", ""))
    yield {("API calls the alias", "draw")}
    patient.gateway.update_integration(**where, IntegrationUri=found["IntegrationUri"])


@contextmanager
def a_mapping_that_is_disabled(patient: Patient) -> Iterator[Wrong]:
    patient.functions.update_event_source_mapping(UUID=patient.mapping(), Enabled=False)
    yield {("transport calls the alias", "distribute")}
    patient.functions.update_event_source_mapping(UUID=patient.mapping(), Enabled=True)


@contextmanager
def a_mapping_past_the_alias(patient: Patient) -> Iterator[Wrong]:
    function = patient.stack.distribute_function
    patient.functions.update_event_source_mapping(UUID=patient.mapping(), FunctionName=function)
    yield {("transport calls the alias", "distribute")}
    patient.functions.update_event_source_mapping(UUID=patient.mapping(), FunctionName=f"{function}:{ALIAS}")


@contextmanager
def a_schedule_that_is_disabled(patient: Patient) -> Iterator[Wrong]:
    patient.events.disable_rule(Name=patient.named("AWS::Events::Rule"))
    yield {("schedule calls the alias", "compensate")}
    patient.events.enable_rule(Name=patient.named("AWS::Events::Rule"))


@contextmanager
def a_function_that_may_not_run(patient: Patient) -> Iterator[Wrong]:
    function = patient.stack.compensate_function
    patient.functions.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    yield {("reserved concurrency", "compensate")}
    patient.functions.delete_function_concurrency(FunctionName=function)


@contextmanager
def a_key_policy_of_another_role(patient: Patient) -> Iterator[Wrong]:
    key = {"KeyId": patient.stack.seed_key_arn, "PolicyName": "default"}
    sound = patient.kms.get_key_policy(**key)["Policy"]
    role = patient.functions.get_function_configuration(FunctionName=patient.stack.draw_function)["Role"]
    patient.kms.put_key_policy(**key, Policy=sound.replace(role, "arn:aws:iam::000000000000:role/another"))
    yield {("key policy", "seeds")}
    patient.kms.put_key_policy(**key, Policy=sound)


@contextmanager
def a_key_that_will_be_deleted(patient: Patient) -> Iterator[Wrong]:
    key = patient.stack.seed_key_arn
    patient.kms.schedule_key_deletion(KeyId=key)
    yield {("key state", "seeds")}
    patient.kms.cancel_key_deletion(KeyId=key)
    patient.kms.enable_key(KeyId=key)


@contextmanager
def a_grant_that_reads_seeds(patient: Patient) -> Iterator[Wrong]:
    key = patient.stack.seed_key_arn
    who = "arn:aws:iam::000000000000:role/another"
    grant = patient.kms.create_grant(KeyId=key, GranteePrincipal=who, Operations=["Decrypt"])["GrantId"]
    yield {("key grants", "seeds")}
    patient.kms.revoke_grant(KeyId=key, GrantId=grant)


@contextmanager
def protection_off(patient: Patient) -> Iterator[Wrong]:
    table = patient.stack.table_name
    patient.dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    yield {("deletion protection", "table")}
    patient.dynamodb.update_table(TableName=table, DeletionProtectionEnabled=True)


@contextmanager
def an_index_that_is_missing(patient: Patient) -> Iterator[Wrong]:
    table = {"TableName": patient.stack.table_name}
    described = patient.dynamodb.describe_table(**table)["Table"]
    patient.dynamodb.update_table(**table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "due"}}])
    yield {("index due", "table")}
    due = next(index for index in described["GlobalSecondaryIndexes"] if index["IndexName"] == "due")
    index = {name: due[name] for name in ("IndexName", "KeySchema", "Projection")}
    patient.dynamodb.update_table(
        **table,
        AttributeDefinitions=described["AttributeDefinitions"],
        GlobalSecondaryIndexUpdates=[{"Create": index}],
    )


@contextmanager
def a_dead_letter(patient: Patient) -> Iterator[Wrong]:
    patient.sqs.send_message(QueueUrl=patient.stack.dlq_url, MessageBody="{}")
    yield {("dead letters", "queue")}
    patient.sqs.purge_queue(QueueUrl=patient.stack.dlq_url)


@contextmanager
def an_alarm_without_topic(patient: Patient) -> Iterator[Wrong]:
    alarm = patient.alarms()[-1]
    patient.put_alarm(alarm, AlarmActions=[])
    yield {("alarm actions", "alarms")}
    patient.put_alarm(alarm)


@contextmanager
def an_alarm_that_is_gone(patient: Patient) -> Iterator[Wrong]:
    alarm = patient.alarms()[0]
    patient.cloudwatch.delete_alarms(AlarmNames=[alarm["AlarmName"]])
    yield {("alarm actions", "alarms")}
    patient.put_alarm(alarm)


@contextmanager
def an_alarm_that_rings(patient: Patient) -> Iterator[Wrong]:
    name = patient.named("AWS::CloudWatch::Alarm")
    patient.cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
    yield {("alarm states", "alarms")}
    patient.cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="a test")


@contextmanager
def a_log_group_kept_for_ever(patient: Patient) -> Iterator[Wrong]:
    group = f"/aws/lambda/{patient.stack.draw_function}"
    patient.logs.delete_retention_policy(logGroupName=group)
    yield {("log group", "draw")}
    patient.logs.put_retention_policy(logGroupName=group, retentionInDays=30)


PLANTED = (
    an_alias_on_an_old_version,
    an_alias_that_is_gone,
    a_change_that_nobody_serves,
    an_api_past_the_alias,
    a_mapping_that_is_disabled,
    a_mapping_past_the_alias,
    a_schedule_that_is_disabled,
    a_function_that_may_not_run,
    a_key_policy_of_another_role,
    a_key_that_will_be_deleted,
    a_grant_that_reads_seeds,
    protection_off,
    an_index_that_is_missing,
    a_dead_letter,
    an_alarm_without_topic,
    an_alarm_that_is_gone,
    an_alarm_that_rings,
    a_log_group_kept_for_ever,
)
