"""The draw function, and who asks it: users with a token, servers that sign; through a rule tree, by their facts."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

import draw_handler
from builders import SEED, an_activity
from cloud import Cloud, Context, a_cloud, event, sealed, stock_of
from tombola.aws.activity_items import tree_item
from tombola.rules.facts import Condition, Operator
from tombola.rules.tree import Branch, Leaf, Stem, Tree

TREE = "2110081902"
ORDERS, ORDER = "/users/{user_id}/draws", "/users/{user_id}/draws/{order_id}"
DRAW: dict[str, Any] = {
    "routeKey": "POST /activities/{activity_id}/draws",
    "pathParameters": {"activity_id": "100001"},
}


def a_tree(man: str = "100001") -> Tree:
    """Return a tree by gender, then by age."""
    by_gender = (("man", "11"), ("woman", "12"))
    return Tree(
        tree_id=TREE,
        tree_name="tree",
        root="1",
        nodes=(
            Stem(
                node_id="1",
                fact="gender",
                branches=tuple(Branch(operator=Operator.EQUAL, values=(who,), to=to) for who, to in by_gender),
            ),
            Stem(node_id="11", fact="age", branches=(Branch(operator=Operator.LESS, values=("25",), to="111"),)),
            Leaf(node_id="111", activity_id=man),
            Leaf(node_id="12", activity_id="100002"),
        ),
    )


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with a_cloud(monkeypatch) as cloud:
        cloud.ledger.put_item(tree_item(a_tree()))
        yield cloud


@pytest.fixture
def guarded(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Return the cloud behind a token."""
    monkeypatch.setenv("AUTHORIZATION", "jwt")
    monkeypatch.setenv("FACT_CLAIMS", "gender, age")
    draw_handler.wire.cache_clear()
    return cloud


def with_claims(**claims: Any) -> dict[str, Any]:
    """Return the changes to a sample event that give its token these claims, beside its own."""
    context = event("draw-jwt")["requestContext"]
    context["authorizer"]["jwt"]["claims"] |= claims
    return {"requestContext": context}


def test_facts_lead_through_a_tree_to_an_activity_and_a_repeat_to_the_same_order(cloud: Cloud) -> None:
    status, order = cloud.send("draw-tree")
    cloud.ledger.put_item(tree_item(a_tree(man="999")))
    draw_handler.wire.cache_clear()
    again, repeat = cloud.send("draw-tree")

    assert (status, again) == (201, 200)
    assert (order["activity_id"], order["tree_id"]) == ("100001", TREE)
    assert repeat == order
    assert cloud.get(ORDER, user_id="xiaofuge", order_id=order["order_id"]) == (200, order)
    assert cloud.deliver() == 1
    assert cloud.audit().balanced


def test_a_warm_draw_through_a_tree_makes_three_calls_too(cloud: Cloud) -> None:
    cloud.send("draw-tree")

    with cloud.calls() as calls:
        cloud.send("draw-tree", headers={"idempotency-key": "another"})

    assert calls == ["TransactWriteItems", "SendMessageBatch", "UpdateItem"]


NOWHERE = {
    "a fact is missing": ({"gender": "man"}, "node 11: fact 'age' is missing"),
    "no branch fits": ({"gender": "man", "age": 25}, "node 11: no branch fits fact 'age'"),
    "its activity is unknown": ({"gender": "woman"}, "node 12: there is no activity 100002"),
}


@pytest.mark.parametrize("case", NOWHERE)
def test_facts_that_lead_nowhere_are_a_422_that_names_the_node(cloud: Cloud, case: str) -> None:
    facts, detail = NOWHERE[case]
    before = cloud.ledger.items()

    status, problem = cloud.send("draw-tree", body=json.dumps({"user_id": "xiaofuge", "facts": facts}))

    assert (status, problem["code"], problem["field"]) == (422, "D002", "facts")
    assert problem["detail"] == f"tree {TREE} leads to no activity: {detail}"
    assert cloud.ledger.items() == before


@pytest.mark.parametrize("tree_id", ["999", "a/b", "{tree_id}", "用户", "2110081902#"])
def test_an_unknown_tree_is_a_404(cloud: Cloud, tree_id: str) -> None:
    status, problem = cloud.send("draw-tree", pathParameters={"tree_id": tree_id})

    assert (status, problem["code"], problem["field"]) == (404, "0002", "tree_id")


def test_no_fact_is_logged_nor_anybody_s_name(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.send("draw-tree", body=json.dumps({"user_id": "xiaofuge", "facts": {"gender": "a secret"}}))
    cloud.send("draw-tree")

    out = capsys.readouterr().out
    assert "a secret" not in out
    assert "xiaofuge" not in out


def test_with_a_token_its_user_draws_by_its_facts(guarded: Cloud) -> None:
    status, order = guarded.send("draw-jwt")

    assert (status, order["user_id"], order["activity_id"], order["tree_id"]) == (201, "xiaofuge", "100001", TREE)


def test_with_a_token_a_body_may_name_its_own_user(guarded: Cloud) -> None:
    first, order = guarded.send("draw-jwt")
    again, repeat = guarded.send("draw-jwt", body='{"user_id": "xiaofuge"}')

    assert (first, again) == (201, 200)
    assert order == repeat


BODIES = {
    "another user": ('{"user_id": "fustack"}', 403, None, "user_id"),
    "facts of one's own": ('{"facts": {"gender": "woman"}}', 400, "0002", "facts"),
    "no facts, but told so": ('{"facts": {}}', 400, "0002", "facts"),
    "an unknown field": ('{"sub": "fustack"}', 400, "0002", "sub"),
    "a user that is none": ('{"user_id": null}', 400, "0002", "user_id"),
}


@pytest.mark.parametrize("case", BODIES)
def test_with_a_token_a_body_that_says_otherwise_is_refused_and_changes_nothing(guarded: Cloud, case: str) -> None:
    body, status, code, field = BODIES[case]
    before = guarded.ledger.items()

    answer = draw_handler.handler({**event("draw-jwt"), "body": body}, Context())  # type: ignore[arg-type]

    problem = json.loads(answer["body"])
    assert (answer["statusCode"], problem.get("code"), problem["field"]) == (status, code, field)
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert guarded.ledger.items() == before


def test_a_claim_that_is_not_named_is_no_fact(guarded: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACT_CLAIMS", "age")
    draw_handler.wire.cache_clear()

    status, problem = guarded.send("draw-jwt")

    assert (status, problem["code"]) == (422, "D002")
    assert "fact 'gender' is missing" in problem["detail"]


def test_a_refreshed_token_that_says_something_else_repeats_the_draw(guarded: Cloud) -> None:
    other = an_activity(activity_id="100002", sealed_seed=sealed(SEED, "100002"))
    guarded.ledger.apply(other, stock_of(other))
    _, order = guarded.send("draw-jwt")

    for claims in ({"exp": "1795449999"}, {"gender": "woman"}, {"gender": "unknown"}):
        assert guarded.send("draw-jwt", **with_claims(**claims)) == (200, order)


def test_the_same_key_of_another_token_is_another_draw(guarded: Cloud) -> None:
    _, order = guarded.send("draw-jwt")
    status, other = guarded.send("draw-jwt", **with_claims(sub="fustack"))

    assert (status, other["user_id"]) == (201, "fustack")
    assert other["order_id"] != order["order_id"]


@pytest.fixture
def gated(guarded: Cloud) -> Cloud:
    """Return the cloud behind a token, and its activity behind the tree."""
    guarded.ledger.apply(an_activity(through=(TREE,), sealed_seed=sealed(SEED, "100001")), {("3", 0): 5})
    return guarded


@pytest.mark.parametrize("age", ["25", "[20]", "young"])
def test_with_a_token_whose_facts_the_tree_refuses_no_way_leads_to_its_activity(gated: Cloud, age: str) -> None:
    before = gated.ledger.items()
    claims = with_claims(gender="man", age=age)

    through_tree, no_leaf = gated.send("draw-jwt", **claims)
    direct, problem = gated.send("draw-jwt", **DRAW, **claims)

    assert (through_tree, no_leaf["code"]) == (422, "D002")
    assert (direct, problem["code"], problem["title"]) == (409, "0001", "not the way in")
    assert problem["detail"] == f"activity 100001 is drawn only through tree {TREE}"
    assert gated.ledger.items() == before


def test_with_a_token_whose_facts_the_tree_admits_its_activity_is_drawn_through_the_tree_alone(gated: Cloud) -> None:
    assert gated.send("draw-jwt", **DRAW)[0] == 409
    assert gated.send("draw-jwt")[0] == 201
    assert gated.audit().balanced


def test_conditions_look_at_the_token_and_never_at_the_body(guarded: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    adult = Condition(fact="age", operator=Operator.AT_LEAST, values=("18",))
    guarded.ledger.apply(an_activity(admit=(adult,), sealed_seed=sealed(SEED, "100001")), {("3", 0): 5})
    body = {"body": '{"facts": {"age": 18}}'}

    assert guarded.send("draw-jwt", **DRAW, **body, **with_claims(age="17"))[1]["field"] == "facts"
    status, problem = guarded.send("draw-jwt", **DRAW, **with_claims(age="17.123"))
    assert (status, problem["code"], problem["detail"].rpartition(": ")[2]) == (409, "0001", "fact 'age' does not fit")
    assert guarded.send("draw-jwt", **DRAW, **with_claims(age="18"))[0] == 201
    assert "17.123" not in capsys.readouterr().out + json.dumps(problem)


STAFF = Tree(
    tree_id=TREE,
    tree_name="by group",
    root="1",
    nodes=(
        Stem(node_id="1", fact="groups", branches=(Branch(operator=Operator.EQUAL, values=("staff",), to="2"),)),
        Leaf(node_id="2", activity_id="100001"),
    ),
)


@pytest.mark.parametrize(
    ("named", "status"), [("groups[]", 201), ("groups", 422), ("nickname, groups", 422), ("age, groups[]", 201)]
)
def test_an_array_finds_its_branch_only_where_its_claim_is_named_as_a_list(
    guarded: Cloud, monkeypatch: pytest.MonkeyPatch, named: str, status: int
) -> None:
    """A nickname that reads like a list of groups is a nickname."""
    guarded.ledger.put_item(tree_item(STAFF))
    monkeypatch.setenv("FACT_CLAIMS", named)
    draw_handler.wire.cache_clear()

    assert guarded.send("draw-jwt", **with_claims(groups="[gold staff]", nickname="[gold staff]"))[0] == status


def test_a_claim_that_is_no_fact_is_missing_and_crashes_nothing(
    guarded: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded.ledger.put_item(tree_item(STAFF))
    monkeypatch.setenv("FACT_CLAIMS", "groups[]")
    draw_handler.wire.cache_clear()
    odd: list[Any] = [None, {"staff": "staff"}, ["staff", 7], ["staff"] * 101]

    for groups in odd:
        status, problem = guarded.send("draw-jwt", **with_claims(groups=groups))
        assert (status, problem["detail"].rpartition(": ")[2]) == (422, "fact 'groups' is missing")


@pytest.mark.parametrize(
    ("groups", "status"),
    [(["gold", "staff"], 201), ("staff", 201), (["gold"], 422), ("[gold staff]", 422), ([7], 400), (None, 400)],
)
def test_a_server_names_facts_as_texts_or_lists_of_texts(cloud: Cloud, groups: object, status: int) -> None:
    cloud.ledger.put_item(tree_item(STAFF))

    found, answer = cloud.send("draw-tree", body=json.dumps({"user_id": "u", "facts": {"groups": groups}}))

    assert found == status
    assert status != 400 or answer["field"] == "groups"


def test_a_tree_of_before_with_a_branch_that_nobody_can_take_is_drawn_as_it_is(cloud: Cloud) -> None:
    twice = tuple(Branch(operator=Operator.EQUAL, values=("man",), to=to) for to in ("2", "3"))
    leaves = Leaf(node_id="2", activity_id="100001"), Leaf(node_id="3", activity_id="999")
    nodes = (Stem(node_id="1", fact="gender", branches=twice), *leaves)
    cloud.ledger.put_item(tree_item(Tree(tree_id=TREE, tree_name="", root="1", nodes=nodes)))

    assert cloud.send("draw-tree")[0] == 201


def test_a_token_draws_an_activity_without_a_tree_too(guarded: Cloud) -> None:
    status, order = guarded.send("draw-jwt", **DRAW)

    assert (status, order["user_id"], order["tree_id"]) == (201, "xiaofuge", None)


def test_a_token_shows_its_user_s_draws_and_nobody_else_s(guarded: Cloud) -> None:
    _, order = guarded.send("draw-jwt")
    mine = event("draw-jwt")["requestContext"]
    mine["http"]["method"] = "GET"
    theirs = with_claims(sub="fustack")["requestContext"]
    theirs["http"]["method"] = "GET"
    one = {"routeKey": f"GET {ORDER}", "pathParameters": {"user_id": "xiaofuge", "order_id": order["order_id"]}}

    assert guarded.send("orders", requestContext=mine) == (200, {"draws": [order], "unreadable": 0, "next": None})
    assert guarded.send("orders", **one, requestContext=mine) == (200, order)
    for asked in ({}, one):
        status, problem = guarded.send("orders", **asked, requestContext=theirs)
        assert (status, problem["field"]) == (403, "user_id")


def test_without_a_token_claims_are_no_facts_and_the_body_names_the_user(cloud: Cloud) -> None:
    status, problem = cloud.send("draw-jwt")

    assert (status, problem["code"], problem["field"]) == (400, "0002", "user_id")
