"""The checks in the order in which they are told, each with the question that it asks AWS."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from tombola.aws.clock import utc_now
from tombola.aws.workers import ALIAS
from tombola_cli.doctor import alarms, logs, seeds, serving, surroundings, tables
from tombola_cli.doctor.asking import Questions
from tombola_cli.doctor.finding import Finding, Line, UnansweredError, right
from tombola_cli.operate.function_name import Function
from tombola_cli.operate.logbook import log_group

ALARM_NAMES_MAX = 100  # of one DescribeAlarms
CALLERS = {Function.DRAW: "apigateway.amazonaws.com", Function.COMPENSATE: "events.amazonaws.com"}


@dataclass(frozen=True, slots=True)
class Check:
    """A name, the part of the stack it is about, and how a finding is come by."""

    name: str
    about: str
    find: Callable[[Questions], Finding]

    def line(self, questions: Questions) -> Line:
        """Return the finding; a question without an answer is one too."""
        try:
            found = self.find(questions)
        except UnansweredError as error:
            found = error.finding
        return Line(self.name, self.about, found)


def checks() -> Iterator[Check]:
    """Yield every check that only looks."""
    yield Check("stack status", "stack", lambda asked: surroundings.stack_status(asked.described()))
    yield Check("stage", "stack", _stage)
    yield Check("clock", "this machine", _clock)
    yield from _of_each_function("alias", _alias)
    yield from _of_each_function("published", _published)
    yield Check("API calls the alias", "draw", _api)
    yield Check("transport calls the alias", "distribute", _mapping)
    yield Check("schedule calls the alias", "compensate", _schedule)
    for function in CALLERS:
        yield Check("permission", function, partial(_permission, function))
    yield from _of_each_function("reserved concurrency", _concurrency)
    yield Check("account concurrency", "account", _account)
    yield from _of_the_key()
    yield from _of_the_tables()
    yield Check("visibility and redrive", "queue", _queue)
    yield Check("dead letters", "queue", lambda asked: surroundings.dead_letters(asked.attributes(asked.stack.dlq_url)))
    yield Check("alarm actions", "alarms", lambda asked: alarms.actions(_alarms(asked), _alarm_names(asked)))
    yield ALARM_STATES
    yield Check("alarm topic", "alarms", _topic)
    yield from _of_each_function("log settings", _log_settings)
    yield from _of_each_function("log group", _log_group)
    yield Check("access log", "API", _access_log)


def _of_each_function(name: str, find: Callable[[Function, Questions], Finding]) -> Iterator[Check]:
    for function in Function:
        yield Check(name, function, partial(find, function))


def _of_the_key() -> Iterator[Check]:
    yield Check("key state", "seeds", lambda asked: seeds.key_state(_key(asked, "describe_key")["KeyMetadata"]))
    yield Check("key policy", "seeds", _key_policy)
    yield Check("key grants", "seeds", lambda asked: seeds.key_grants(_key(asked, "list_grants")["Grants"]))
    yield Check("key rotation", "seeds", lambda asked: seeds.key_rotation(_key(asked, "get_key_rotation_status")))


def _of_the_tables() -> Iterator[Check]:
    for about, name in (("table", "table_name"), ("deliveries", "deliveries_table_name")):
        yield Check("table status", about, partial(_described, name, tables.status))
        yield Check("deletion protection", about, partial(_described, name, tables.protection))
        yield Check("encryption", about, partial(_described, name, tables.encryption))
        yield Check("backups", about, partial(_backups, name))
    for index in tables.INDEXES:
        yield Check(f"index {index}", "table", partial(_described, "table_name", partial(tables.index, index)))
    yield Check("expiry", "deliveries", _expiry)


def _stage(asked: Questions) -> Finding:
    return surroundings.stage(asked.parameters(), emulated=asked.stack.endpoint_url is not None)


def _clock(asked: Questions) -> Finding:
    before = utc_now()
    return surroundings.clock(before, asked.now(), utc_now())


def name_of(function: Function, asked: Questions) -> str:
    return str(getattr(asked.stack, f"{function}_function"))


def _alias(function: Function, asked: Questions) -> Finding:
    name = name_of(function, asked)
    found = asked.ask("lambda", "get_alias", FunctionName=name, Name=ALIAS)
    return serving.alias(found, asked.ask("lambda", "list_versions_by_function", FunctionName=name)["Versions"])


def _published(function: Function, asked: Questions) -> Finding:
    name = name_of(function, asked)
    return serving.published(asked.configuration(name, ALIAS), asked.configuration(name))


def _api(asked: Questions) -> Finding:
    found = asked.ask("apigatewayv2", "get_integrations", ApiId=_api_id(asked))["Items"]
    return serving.api(found, asked.alias_arn(asked.stack.draw_function))


def _api_id(asked: Questions) -> str:
    return next(iter(asked.physical("AWS::ApiGatewayV2::Api")), "")


def _mapping(asked: Questions) -> Finding:
    # Asked by both names: by the function's, mappings of its alias may be left out, and by the alias's all others are.
    name, alias_arn = asked.stack.distribute_function, asked.alias_arn(asked.stack.distribute_function)
    answers = [asked.ask("lambda", "list_event_source_mappings", FunctionName=each) for each in (name, alias_arn)]
    found = {each["UUID"]: each for answer in answers for each in answer["EventSourceMappings"]}
    return serving.mapping(list(found.values()), alias_arn)


def _schedule(asked: Questions) -> Finding:
    name = next(iter(asked.physical("AWS::Events::Rule")), "")
    targets = asked.ask("events", "list_targets_by_rule", Rule=name)["Targets"]
    rule = asked.ask("events", "describe_rule", Name=name)
    return serving.schedule(rule, targets, asked.alias_arn(asked.stack.compensate_function))


def _permission(function: Function, asked: Questions) -> Finding:
    name = name_of(function, asked)
    policy = asked.ask("lambda", "get_policy", FunctionName=name, Qualifier=ALIAS)["Policy"]
    return serving.permission(policy, CALLERS[function], asked.alias_arn(name))


def _concurrency(function: Function, asked: Questions) -> Finding:
    batches = int(asked.parameters().get("DistributeConcurrency", 1)) if function is Function.DISTRIBUTE else 1
    found = asked.ask("lambda", "get_function_concurrency", FunctionName=name_of(function, asked))
    return serving.concurrency(found, batches)


def _account(asked: Questions) -> Finding:
    return surroundings.account_concurrency(asked.ask("lambda", "get_account_settings"))


def _key(asked: Questions, operation: str, **arguments: str) -> Any:  # noqa: ANN401  as ask
    return asked.ask("kms", operation, KeyId=asked.stack.seed_key_arn, **arguments)


def _key_policy(asked: Questions) -> Finding:
    return seeds.key_policy(_key(asked, "get_key_policy", PolicyName="default")["Policy"], _readers(asked))


def _readers(asked: Questions) -> list[str]:
    """Return the roles that may read seeds: that of the draw function, and that of the person who reveals them."""
    roles = [asked.configuration(asked.stack.draw_function)["Role"], asked.stack.reveal_role_arn]
    return [role for role in roles if role]


def _described(name: str, judge: Callable[[tables.Answer], Finding], asked: Questions) -> Finding:
    return judge(asked.ask("dynamodb", "describe_table", TableName=getattr(asked.stack, name))["Table"])


def _backups(name: str, asked: Questions) -> Finding:
    found = asked.ask("dynamodb", "describe_continuous_backups", TableName=getattr(asked.stack, name))
    return tables.backups(found["ContinuousBackupsDescription"])


def _expiry(asked: Questions) -> Finding:
    found = asked.ask("dynamodb", "describe_time_to_live", TableName=asked.stack.deliveries_table_name)
    return tables.expiry(found["TimeToLiveDescription"])


def _queue(asked: Questions) -> Finding:
    if not asked.stack.queue_url:
        return right(f"no queue: the transport is {asked.stack.transport}")
    dlq_arn = asked.attributes(asked.stack.dlq_url)["QueueArn"]
    timeout = asked.configuration(asked.stack.distribute_function)["Timeout"]
    return surroundings.queue(asked.attributes(asked.stack.queue_url), dlq_arn, timeout)


def _alarm_names(asked: Questions) -> list[str]:
    return asked.physical("AWS::CloudWatch::Alarm")


def _alarms(asked: Questions) -> list[Any]:
    names = _alarm_names(asked)
    batches = [names[start : start + ALARM_NAMES_MAX] for start in range(0, len(names), ALARM_NAMES_MAX)]
    answers = [asked.ask("cloudwatch", "describe_alarms", AlarmNames=batch) for batch in batches]
    return [alarm for answer in answers for alarm in answer["MetricAlarms"]]


ALARM_STATES = Check("alarm states", "alarms", lambda asked: alarms.states(_alarms(asked), asked.now()))


def _topic(asked: Questions) -> Finding:
    topics = alarms.topics(_alarms(asked))
    answers = {name: asked.ask("sns", "list_subscriptions_by_topic", TopicArn=name) for name in topics}
    return alarms.topic({name: answer["Subscriptions"] for name, answer in answers.items()})


def _log_settings(function: Function, asked: Questions) -> Finding:
    return logs.log_settings(asked.configuration(name_of(function, asked)))


def _log_group(function: Function, asked: Questions) -> Finding:
    name = log_group(asked.stack, function)
    return logs.log_group(asked.ask("logs", "describe_log_groups", logGroupNamePrefix=name)["logGroups"], name)


def _access_log(asked: Questions) -> Finding:
    return logs.access_log(asked.ask("apigatewayv2", "get_stage", ApiId=_api_id(asked), StageName="$default"))
