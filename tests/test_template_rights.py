"""What template.yaml allows: which function may do what, and who may call the API."""

import json
import re
from fnmatch import fnmatchcase
from typing import Any

import boto3
import pytest

from builders import NOON, SECOND, UNCOUNTED, an_activity, an_order
from emulated_aws import emulated_aws
from sam_template import ROOT, Node, Stack, leaves, resource_named
from tables import TableLedger
from tombola.aws.void_ledger import VoidLedger
from tombola.rules.acceptance import act_of_deadline
from tombola.rules.order_life import LAPSE, MISS
from tombola_cli.local import local_stack

PROD = Stack()
LOCAL = Stack(Stage="local", Authorization="none")
FUNCTIONS = ("DrawFunction", "DistributeFunction", "CompensateFunction")
HTTP_API_SECONDS_MAX = 30  # API Gateway's own limit

# Every asterisk among the rights of the template, and why there must be one.
WILDCARDS = {
    "ApiInvokesLive.SourceArn": "stage and route of this API: a route's path has variable parts",
    "ApiInvokesDraw.SourceArn": "as ApiInvokesLive",
    "CanaryRole.Policies.PolicyDocument.Statement.Resource": "cloudwatch:DescribeAlarms takes no resource",
    "SeedKey.KeyPolicy.Statement.Resource": "in a key's policy this means the key itself",
    "DrawRole logs": "the ARN of a log group ends in :* for its streams, which the runtime names",
    "DistributeRole logs": "as DrawRole",
    "CompensateRole logs": "as DrawRole",
    "DistributeRole.Policies.PolicyDocument.Statement.Resource": (
        "the providers of this stack, which its operator names; Secrets Manager ends an ARN by chance"
    ),
    "CompensateRole.Policies.PolicyDocument.Statement.Condition.ForAllValues:StringLike.dynamodb:LeadingKeys": (
        "the partitions of all activities"
    ),
    "DistributeRole.Policies.PolicyDocument.Statement.Condition.ForAllValues:StringLike.dynamodb:LeadingKeys": (
        "the partitions of all pools"
    ),
    "DrawRole.Policies.PolicyDocument.Statement.Condition.ForAllValues:StringLike.dynamodb:LeadingKeys": (
        "the partitions of all users, of all stock and of all parcels"
    ),
}


OWN_FUNCTIONS = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
OWN_PROVIDERS = (
    "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/provider/"
)
REVEALING = "RevealRole"  # taken by people, and never by a function
CANARY = "CanaryRole"  # taken by CodeDeploy
JWT = {"JwtIssuer": "https://issuer.example", "JwtAudience": "one,two"}
REVEALER = "arn:aws:iam::111122223333:role/operator"


def roles(stack: Stack = PROD) -> dict[str, Node]:
    """Return the roles of the functions."""
    return {name: role for name, role in stack.of_type("AWS::IAM::Role").items() if name not in {REVEALING, CANARY}}


def statements(role: str, stack: Stack = PROD) -> list[Node]:
    """Return what a role may do."""
    policies = roles(stack)[role]["Policies"]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def listed(value: Node) -> list[Node]:
    return value if isinstance(value, list) else [value]


def actions(role: str) -> set[str]:
    return {action for statement in statements(role) for action in listed(statement["Action"])}


# ---- Who may do what


def test_each_function_has_a_role_of_its_own() -> None:
    taken = [resource_named(function["Role"]) for function in PROD.functions().values()]

    assert sorted(taken) == sorted(roles())
    assert len(set(taken)) == len(FUNCTIONS)


def test_compensation_may_start_workers_of_its_own_and_nothing_else() -> None:
    rights = [s for role in roles() for s in statements(role) if "lambda:InvokeFunction" in listed(s["Action"])]
    name = PROD.resources["CompensateFunction"]["Properties"]["FunctionName"]["Fn::Sub"]

    assert [right["Resource"]["Fn::Sub"] for right in rights] == [f"{OWN_FUNCTIONS}{name}:live"]


def test_the_only_secrets_that_a_function_may_read_are_the_providers_and_only_distribution_may() -> None:
    rights = [(role, s) for role in roles() for s in statements(role) if "secretsmanager:" in str(s["Action"])]

    [(role, right)] = rights
    assert (role, right["Action"]) == ("DistributeRole", "secretsmanager:GetSecretValue")
    assert right["Resource"] == {"Fn::Sub": f"{OWN_PROVIDERS}*"}


def test_only_distribution_reaches_the_calls_of_providers() -> None:
    rights = [
        (role, set(listed(s["Action"])))
        for role in roles()
        for s in statements(role)
        if "Deliveries" in str(s["Resource"])
    ]

    asked = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
    assert rights == [("DistributeRole", asked)]


def test_only_distribution_reads_the_stream_of_the_table_and_where_there_is_one_alone() -> None:
    # The page of AWS's that template.yaml names lists these four; without one of them a mapping is refused.
    asked = {f"dynamodb:{name}" for name in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")}
    rights = [
        (transport, role, set(listed(s["Action"])), s["Resource"])
        for transport, stack in (("sqs", PROD), ("streams", Stack(Transport="streams")))
        for role in roles(stack)
        for s in statements(role, stack)
        if "Stream" in str(s["Action"]).replace("logs:CreateLogStream", "")
    ]

    assert rights == [("streams", "DistributeRole", asked, {"Fn::Sub": "${Table.Arn}/stream/*"})]


@pytest.mark.parametrize("role", roles())
def test_no_role_borrows_a_managed_policy(role: str) -> None:
    assert "ManagedPolicyArns" not in roles()[role]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_gets_rights_besides_its_role(function: str) -> None:
    assert "Policies" not in PROD.functions()[function]


@pytest.mark.parametrize("role", roles())
def test_only_lambda_may_take_a_role(role: str) -> None:
    [trust] = roles()[role]["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


@pytest.mark.parametrize("role", roles())
def test_no_action_of_a_role_is_a_wildcard(role: str) -> None:
    assert actions(role)
    assert not [action for action in actions(role) if "*" in action]


@pytest.mark.parametrize("role", roles())
def test_every_right_of_a_role_is_on_an_arn_of_this_stack(role: str) -> None:
    arns = [arn for statement in statements(role) for arn in listed(statement["Resource"])]

    assert arns
    named = (OWN_FUNCTIONS, OWN_PROVIDERS)
    others = {resource_named(arn) for arn in arns if not arn.get("Fn::Sub", "").startswith(named)}
    assert others <= PROD.resources.keys()


def test_every_asterisk_among_the_rights_is_listed_with_its_reason() -> None:
    rights = ("AWS::IAM::Role", "AWS::Lambda::Permission", "AWS::KMS::Key", "AWS::SQS::QueuePolicy")
    written = {
        path.removesuffix(".Fn::Sub")
        for type_name in rights
        for path, text in leaves(PROD.of_type(type_name))
        if "*" in str(text)
    }
    implied = {
        f"{role} logs"
        for role in roles()
        for statement in statements(role)
        if resource_named(statement["Resource"]) in PROD.of_type("AWS::Logs::LogGroup")
    }

    assert written | implied == WILDCARDS.keys()


# DynamoDB decrypts a table's key as whoever asks for an item ("DynamoDB encryption at rest usage notes", Decrypt); who
# sends to an encrypted queue makes data keys and checks them, who receives decrypts ("Amazon SQS Key management").
DATA_KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KEY_RIGHTS = {
    "DrawRole": {"kms:Decrypt", "kms:GenerateDataKey"},
    "DistributeRole": {"kms:Decrypt"},
    "CompensateRole": {"kms:Decrypt", "kms:GenerateDataKey"},
}


@pytest.mark.parametrize("role", roles())
def test_a_role_may_use_the_operator_s_own_key_as_far_as_it_must_and_no_other_key(role: str) -> None:
    more = [
        statement for statement in statements(role, Stack(DataKeyArn=DATA_KEY)) if statement not in statements(role)
    ]

    assert [(set(listed(right["Action"])), right["Resource"]) for right in more] == (
        [(KEY_RIGHTS[role], DATA_KEY)] if role in KEY_RIGHTS else []
    )
    assert not {action for action in actions(role) if action.startswith("kms:")}


def test_every_role_that_reaches_the_table_may_use_the_operator_s_own_key() -> None:
    reaching = {role for role in roles() if any(action.startswith("dynamodb:") for action in actions(role))}

    assert reaching == KEY_RIGHTS.keys()


def test_the_key_policy_in_the_docs_lets_cloudwatch_use_the_key_for_every_log_group_of_a_stack_and_of_no_other() -> (
    None
):
    [text] = re.findall(r"```json\n(.+?)```", (ROOT / "docs/deployment.md").read_text(), re.DOTALL)
    account, logs = json.loads(text)["Statement"]
    names = [group["LogGroupName"]["Fn::Sub"] for group in PROD.of_type("AWS::Logs::LogGroup").values()]
    patterns = logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]

    def covered(stack: str) -> list[bool]:
        arns = ["arn:aws:logs:eu-central-1:111122223333:log-group:" + name for name in names]
        return [any(fnmatchcase(arn.replace("${AWS::StackName}", stack), each) for each in patterns) for arn in arns]

    assert (account["Principal"], account["Action"]) == ({"AWS": "arn:aws:iam::111122223333:root"}, "kms:*")
    assert logs["Principal"] == {"Service": "logs.eu-central-1.amazonaws.com"}
    assert all(covered("tombola"))
    assert not any(covered("other"))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_writes_to_its_own_log_group_only(function: str) -> None:
    role = resource_named(PROD.functions()[function]["Role"])
    logs = PROD.functions()[function]["LoggingConfig"]["LogGroup"]["Ref"]
    writes = [s for s in statements(role) if any(action.startswith("logs:") for action in listed(s["Action"]))]

    assert [resource_named(statement["Resource"]) for statement in writes] == [logs]


def readers(stack: Stack) -> list[str | None]:
    policy = stack.resources["SeedKey"]["Properties"]["KeyPolicy"]["Statement"]
    found = [reader for s in policy if "kms:Decrypt" in listed(s["Action"]) for reader in s["Principal"]["AWS"]]
    return [resource_named(reader) for reader in found]


def test_only_the_draw_function_reads_seeds_unless_somebody_is_named_who_reveals() -> None:
    assert readers(PROD) == ["DrawRole"]
    assert readers(Stack(RevealPrincipal=REVEALER)) == ["DrawRole", REVEALING]


def test_the_revealing_role_can_do_nothing_else_and_is_taken_by_the_one_who_is_named() -> None:
    role = Stack(RevealPrincipal=REVEALER).resources[REVEALING]["Properties"]
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]

    assert role.keys() == {"Description", "AssumeRolePolicyDocument"}
    assert trust["Principal"] == {"AWS": REVEALER}
    assert PROD.resources[REVEALING]["Condition"] == "WithReveal"


@pytest.mark.parametrize(
    ("principal", "fits"),
    [
        ("", True),
        (REVEALER, True),
        ("arn:aws-cn:iam::111122223333:user/team/anna@shop.example", True),
        ("arn:aws:iam::111122223333:role/root", True),
        ("arn:aws:iam::111122223333:root", False),
        ("111122223333", False),  # IAM takes it for the account's root
        ("*", False),
        ("arn:aws:iam::*:role/operator", False),
        ("arn:aws:iam::111122223333:role/*", False),
        ("arn:aws:sts::111122223333:assumed-role/operator/anna", False),
    ],
)
def test_who_reveals_is_one_role_or_user_and_never_a_whole_account(principal: str, fits: bool) -> None:
    parameter = PROD.template["Parameters"]["RevealPrincipal"]

    assert bool(re.search(parameter["AllowedPattern"], principal)) is fits
    assert re.search(parameter["AllowedPattern"], local_stack.PARAMETERS["RevealPrincipal"])
    assert all("root" in parameter[words] for words in ("Description", "ConstraintDescription"))


@pytest.mark.parametrize(
    ("role", "partitions"), [("DrawRole", ["USER#*", "STOCK#*"]), ("CompensateRole", ["ACTIVITY#*"])]
)
def test_who_puts_items_may_put_them_only_where_they_belong(role: str, partitions: list[str]) -> None:
    [puts] = [s for s in statements(role) if "dynamodb:PutItem" in listed(s["Action"])]

    assert puts["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": partitions}}


def test_the_draw_function_changes_parcels_and_neither_makes_nor_removes_one() -> None:
    rights = [s for s in statements("DrawRole") if "SHIPMENTS" in str(s.get("Condition"))]

    [right] = rights
    assert listed(right["Action"]) == ["dynamodb:UpdateItem"]
    assert right["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["SHIPMENTS#*"]}}
    assert "dynamodb:DeleteItem" not in actions("DrawRole")


def test_compensation_may_make_every_call_of_a_deadline_even_where_an_order_has_moved_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    until, refused = NOON + SECOND, list[str]()

    def check(params: Any, model: Any, **_: Any) -> None:
        parts = params.get("TransactItems", [{model.name: params}])
        for kind, part in (pair for each in parts for pair in each.items()):
            action = kind if kind.endswith("Item") else f"{kind}Item"
            item = part.get("Key") or part.get("Item")
            if not may("CompensateRole", f"dynamodb:{action}", None if item is None else item["pk"]["S"]):
                refused.append(f"{action} {part}")

    with emulated_aws():
        table = TableLedger(boto3.client("dynamodb"))
        table.apply(an_activity(), {("3", 0): 5})
        order = an_order(accept_by=until, due_at=until, lapses=True)
        table.record(order, UNCOUNTED)
        assert table.accept(order, until, NOON)
        table.dynamodb.meta.events.register("provide-client-params.dynamodb", check)
        ledger = VoidLedger(table.dynamodb, table.table)

        assert not ledger.lapse(order, act_of_deadline(LAPSE, order, until))
        assert not ledger.miss(order, "late", act_of_deadline(MISS, order, until))

    assert refused == []


def may(role: str, action: str, partition: str | None) -> bool:
    """Return whether role may take action on an item of partition; None: of partitions that nobody names."""
    rights = [s for s in statements(role) if action in listed(s["Action"])]
    keys = [s.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys") for s in rights]
    return any(found is None or any(fnmatchcase(partition or "", key) for key in found) for found in keys)


def test_nobody_can_hand_out_the_reading_of_seeds_but_in_the_key_policy() -> None:
    policy = PROD.resources["SeedKey"]["Properties"]["KeyPolicy"]["Statement"]
    allowed = {action for statement in policy for action in listed(statement["Action"])}

    assert not {action for action in allowed if "*" in action or action in {"kms:CreateGrant", "kms:ReEncryptFrom"}}
    assert "kms:PutKeyPolicy" in allowed  # else the key could never be administered again


# ---- The HTTP API


def test_the_routes_are_those_of_the_api_and_all_go_to_the_draw_function() -> None:
    routes = PROD.of_type("AWS::ApiGatewayV2::Route")

    assert {route["RouteKey"] for route in routes.values()} == {
        "POST /activities/{activity_id}/draws",
        "POST /trees/{tree_id}/draws",
        "GET /activities/{activity_id}",
        "GET /activities/{activity_id}/log",
        "GET /users/{user_id}/draws",
        "GET /users/{user_id}/draws/{order_id}",
        "POST /users/{user_id}/draws/{order_id}/claim",
        "PUT /users/{user_id}/draws/{order_id}/shipping-address",
        "GET /users/{user_id}/quotas/{activity_id}",
    }
    assert all(route["Target"] == {"Fn::Sub": "integrations/${DrawIntegration}"} for route in routes.values())
    integration = PROD.resources["DrawIntegration"]["Properties"]
    assert integration["IntegrationUri"]["Fn::Sub"].endswith(":function:${DrawFunction}:live/invocations")
    assert integration["PayloadFormatVersion"] == "2.0"


PUBLIC = {"ActivityRoute", "LogRoute"}  # commitment, odds, log and seed are for everybody
GUARDED = sorted(PROD.of_type("AWS::ApiGatewayV2::Route").keys() - PUBLIC)


@pytest.mark.parametrize("route", sorted(PUBLIC))
def test_what_players_check_is_public_whatever_the_authorization(route: str) -> None:
    for stack in (PROD, LOCAL, Stack(Authorization="jwt", **JWT)):
        assert stack.resources[route]["Properties"]["AuthorizationType"] == "NONE"


@pytest.mark.parametrize("route", GUARDED)
def test_a_route_wants_signed_requests_by_default(route: str) -> None:
    assert PROD.resources[route]["Properties"]["AuthorizationType"] == "AWS_IAM"


@pytest.mark.parametrize("route", GUARDED)
def test_a_route_is_open_when_authorization_is_none(route: str) -> None:
    assert LOCAL.resources[route]["Properties"]["AuthorizationType"] == "NONE"


@pytest.mark.parametrize("route", GUARDED)
def test_a_route_wants_a_token_of_the_issuer_when_authorization_is_jwt(route: str) -> None:
    stack = Stack(Authorization="jwt", **JWT)
    properties = stack.resources[route]["Properties"]

    assert properties["AuthorizationType"] == "JWT"
    assert properties["AuthorizerId"] == {"Ref": "JwtAuthorizer"}
    configuration = stack.resources["JwtAuthorizer"]["Properties"]["JwtConfiguration"]
    assert configuration == {"Issuer": "https://issuer.example", "Audience": {"Fn::Split": [",", "one,two"]}}
    assert "AuthorizerId" not in PROD.resources[route]["Properties"]


@pytest.mark.parametrize("missing", JWT)
def test_jwt_without_issuer_or_audience_is_refused(missing: str) -> None:
    [refusal] = Stack(Authorization="jwt", **{**JWT, missing: ""}).broken_rules()

    assert f"Authorization=jwt needs {missing}" in refusal


def test_an_open_api_is_refused_outside_the_local_stage() -> None:
    [refusal] = Stack(Stage="prod", Authorization="none").broken_rules()

    assert "Authorization=none needs Stage=local" in refusal


@pytest.mark.parametrize(
    ("stage", "authorization"), [("local", "none"), ("local", "iam"), ("prod", "iam")], ids=" ".join
)
def test_every_other_choice_of_stage_and_authorization_is_accepted(stage: str, authorization: str) -> None:
    assert Stack(Stage=stage, Authorization=authorization).broken_rules() == []


def test_only_this_api_may_invoke_the_draw_function() -> None:
    permissions = PROD.of_type("AWS::Lambda::Permission")

    assert {name: permission["FunctionName"]["Ref"] for name, permission in permissions.items()} == {
        "ApiInvokesLive": "DrawFunction.Alias",
        "ApiInvokesDraw": "DrawFunction",
    }
    for permission in permissions.values():
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert permission["SourceArn"]["Fn::Sub"].endswith(":${AWS::AccountId}:${Api}/*/*")


def test_routes_are_made_one_after_the_other_and_the_stage_last() -> None:
    resources = PROD.template["Resources"]
    last, chain = resources["ApiStage"]["DependsOn"], []
    while last is not None:
        chain.append(last)
        last = resources[last].get("DependsOn")

    assert sorted(chain) == sorted(PROD.of_type("AWS::ApiGatewayV2::Route"))


def test_codedeploy_may_move_the_alias_of_draws_and_look_at_alarms() -> None:
    role = PROD.resources[CANARY]
    [trust] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    rights = [
        statement for policy in role["Properties"]["Policies"] for statement in policy["PolicyDocument"]["Statement"]
    ]

    assert role["Condition"] == "WithCanary"
    assert trust["Principal"] == {"Service": "codedeploy.amazonaws.com"}
    assert [(right["Action"], right["Resource"]) for right in rights] == [
        (["lambda:GetAlias", "lambda:UpdateAlias"], {"Fn::GetAtt": ["DrawFunction", "Arn"]}),
        ("lambda:GetProvisionedConcurrencyConfig", {"Fn::Sub": "${DrawFunction.Arn}:*"}),
        ("cloudwatch:DescribeAlarms", "*"),
    ]


def test_requests_are_throttled_as_the_parameters_say() -> None:
    settings = Stack(ThrottleRate="7", ThrottleBurst="9").resources["ApiStage"]["Properties"]["DefaultRouteSettings"]

    assert settings == {"ThrottlingRateLimit": "7", "ThrottlingBurstLimit": "9"}


def test_whoever_looks_is_throttled_apart_from_whoever_draws() -> None:
    stack = Stack(PublicThrottleRate="3", PublicThrottleBurst="5")
    own = {"ThrottlingRateLimit": "3", "ThrottlingBurstLimit": "5"}

    settings = stack.resources["ApiStage"]["Properties"]["RouteSettings"]
    assert settings == {stack.resources[route]["Properties"]["RouteKey"]: own for route in PUBLIC}


def test_no_page_may_call_the_api_by_default() -> None:
    assert "CorsConfiguration" not in PROD.resources["Api"]["Properties"]


def test_pages_of_the_given_origins_may_call_the_api() -> None:
    stack = Stack(CorsOrigins="https://a.example,https://b.example")

    cors = stack.resources["Api"]["Properties"]["CorsConfiguration"]
    assert cors["AllowOrigins"] == ["https://a.example", "https://b.example"]
    assert "idempotency-key" in cors["AllowHeaders"]


@pytest.mark.parametrize("stack", [PROD, LOCAL], ids=["prod", "local"])
def test_the_draw_function_gives_up_before_the_api_does(stack: Stack) -> None:
    assert stack.functions()["DrawFunction"]["Timeout"] < HTTP_API_SECONDS_MAX
