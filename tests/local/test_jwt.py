"""Authorization jwt on the deployed stack: a user draws and looks in their own name, by a token that was verified."""

import uuid
from typing import Any

import pytest

from issuer import Issuer
from played import until
from tombola_cli.audit.auditor import audit
from tombola_cli.audit.snapshot import read_books
from tombola_cli.describe.examples import ADDRESS
from tombola_cli.files.repository import ROOT
from tombola_cli.files.tree_file import read_tree
from tombola_cli.local.launch import launch
from tombola_cli.operate import rule_trees
from tombola_cli.operate.api import Api
from tombola_cli.operate.stack import Stack

TREE = """
tree_id: crowd
tree_name: crowd
root: 1
nodes:
  1: { fact: age, branches: [{ "<": 25, to: 2 }] }
  2: { activity_id: 100001 }
"""
STAFF = """
tree_id: staff
tree_name: staff
root: 1
nodes:
  1: { fact: FACT, branches: [{ "=": staff, to: 2 }] }
  2: { activity_id: 100003 }
"""
NAMED = ("groups", "nickname")  # the first is named as a list


class Client:
    """Asks with a token, or without."""

    def __init__(self, stack: Stack) -> None:
        self.api = Api(stack)

    def ask(
        self, method: str, path: str, token: str | None, body: dict[str, Any] | None = None, key: str = "key"
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Idempotency-Key": key} | ({} if token is None else {"Authorization": f"Bearer {token}"})
        reply = self.api.ask(method, path, headers, body)
        return reply.status, reply.body

    def draw(self, token: str | None, body: dict[str, Any] | None = None, key: str = "key") -> tuple[int, Any]:
        return self.ask("POST", "/activities/100001/draws", token, body or {}, key)


@pytest.fixture(scope="module")
def client(jwt_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Client:
    launch(ROOT / "activities/100001.yaml", jwt_stack)
    file = tmp_path_factory.mktemp("files") / "file.yaml"
    file.write_text((ROOT / "activities/100003.yaml").read_text().replace("[2110081902]", "[groups, nickname]"))
    launch(file, jwt_stack)
    things = (ROOT / "activities/100001.yaml").read_text().replace("award_type: 1", "award_type: 4")
    file.write_text(things.replace("activity_id: 100001", "activity_id: parcels"))
    launch(file, jwt_stack)
    staff = [STAFF.replace("tree_id: staff", f"tree_id: {each}").replace("FACT", each) for each in NAMED]
    for tree in (TREE, *staff):
        file.write_text(tree)
        rule_trees.apply(read_tree(file), jwt_stack)
    return Client(jwt_stack)


@pytest.fixture
def user() -> str:
    return f"user-{uuid.uuid4()}"


def test_without_a_token_nobody_draws(client: Client) -> None:
    assert client.draw(None, {"user_id": "somebody"})[0] == 401


def test_a_token_that_was_tampered_with_or_is_for_others_is_refused(client: Client, issuer: Issuer, user: str) -> None:
    head, body, signature = issuer.token(user).split(".")

    assert client.draw(f"{head}.{body}.{signature[::-1]}")[0] == 401
    assert client.draw(issuer.token(user, aud="another"))[0] == 401
    assert client.draw(issuer.token(user, iss="http://127.0.0.1:9"))[0] == 401


def test_the_user_is_the_tokens_sub(client: Client, issuer: Issuer, user: str) -> None:
    status, order = client.draw(issuer.token(user))

    assert (status, order["user_id"]) == (201, user)
    assert client.ask("GET", f"/users/{user}/draws/{order['order_id']}", issuer.token(user))[0] == 200
    assert len(client.ask("GET", f"/users/{user}/draws", issuer.token(user))[1]["draws"]) == 1
    quotas = f"quotas/{order['activity_id']}"
    assert client.ask("GET", f"/users/me/{quotas}", None)[0] == 401
    assert client.ask("GET", f"/users/me/{quotas}", issuer.token(user))[1]["quotas"][0]["taken"] == 1


def test_another_users_body_and_path_are_refused(client: Client, issuer: Issuer, user: str) -> None:
    token = issuer.token(user)
    _, order = client.draw(issuer.token("victim"), key=user)

    assert client.draw(token, {"user_id": "victim"}, key=user)[0] == 403
    assert client.ask("GET", "/users/victim/draws", token)[0] == 403
    assert client.ask("GET", f"/users/victim/draws/{order['order_id']}", token)[0] == 403
    assert client.ask("GET", f"/users/victim/quotas/{order['activity_id']}", token)[0] == 403


def test_a_user_says_where_a_parcel_goes_and_nobody_else_does(client: Client, issuer: Issuer, user: str) -> None:
    token, other = issuer.token(user), issuer.token("somebody-else")
    order_id = client.ask("POST", "/activities/parcels/draws", token, {})[1]["order_id"]
    mine, theirs = f"/users/me/draws/{order_id}", f"/users/{user}/draws/{order_id}"

    assert client.ask("POST", f"{theirs}/claim", None)[0] == 401
    for method, act, body in (("POST", "claim", None), ("PUT", "shipping-address", ADDRESS)):
        assert client.ask(method, f"{theirs}/{act}", other, body)[0] == 403
        assert client.ask(method, f"{mine}/{act}", other, body)[0] == 404
    assert client.ask("POST", f"{mine}/claim", token)[0] == 409
    assert client.ask("PUT", f"{mine}/shipping-address", token, {**ADDRESS, "country": "ZZ"})[1]["field"] == "country"
    assert client.ask("PUT", f"{mine}/shipping-address", token, ADDRESS)[0] == 200
    until(lambda: client.ask("GET", mine, token)[1]["grant_state"] == 1)
    assert client.ask("PUT", f"{mine}/shipping-address", token, {**ADDRESS, "remark": "ring twice"})[0] == 200
    assert client.ask("POST", f"{mine}/claim", token)[0] == 200


ODD = {
    "the longest that OpenID allows": "https://id.example/" + "#/|@ " * 47 + "!",
    "an address": "https://id.example/users#7",
    "a path": "../me/?a=%23",
    "the word": "me",
}


@pytest.mark.parametrize("case", ODD)
def test_whoever_a_token_stands_for_draws_is_granted_and_looks(client: Client, issuer: Issuer, case: str) -> None:
    sub = ODD[case]
    status, order = client.draw(issuer.token(sub))
    path = f"/users/me/draws/{order['order_id']}"
    until(lambda: client.ask("GET", path, issuer.token(sub))[1]["grant_state"] == 1)

    assert (status, order["user_id"]) == (201, sub)
    assert client.draw(issuer.token(sub)) == (200, client.ask("GET", path, issuer.token(sub))[1])
    assert [each["order_id"] for each in client.ask("GET", "/users/me/draws", issuer.token(sub))[1]["draws"]] == [
        order["order_id"]
    ]
    assert client.ask("GET", path, issuer.token("somebody-else"))[0] == 404
    stack = client.api.stack
    books = read_books(stack.client("dynamodb"), stack.table_name)
    assert (sub, order["order_id"]) in books.orders
    assert audit(books, {}).breaches == ()


def test_a_refreshed_token_with_the_same_key_is_a_repeat(client: Client, issuer: Issuer, user: str) -> None:
    first = client.draw(issuer.token(user, age=18))
    again = client.draw(issuer.token(user, age=19, jti="refreshed"), {"user_id": user})

    assert (first[0], again[0]) == (201, 200)
    assert again[1]["order_id"] == first[1]["order_id"]


def test_facts_come_from_named_claims_and_never_from_the_body(client: Client, issuer: Issuer, user: str) -> None:
    path = "/trees/crowd/draws"

    assert client.ask("POST", path, issuer.token(user, age=18), {})[0] == 201
    status, problem = client.ask("POST", path, issuer.token(user), {"facts": {"age": 18}}, key="another")
    assert (status, problem["field"]) == (400, "facts")
    status, problem = client.ask("POST", path, issuer.token(user, tier="gold"), {}, key="another")
    assert (status, problem["code"]) == (422, "D002")


def test_an_array_finds_its_branch_where_its_claim_is_named_as_a_list_and_no_nickname_does(
    client: Client, issuer: Issuer, user: str
) -> None:
    staff = issuer.token(user, groups=["gold", "staff"], nickname=["gold", "staff"])
    poser = issuer.token(user, nickname="[gold staff]", groups="[gold]")

    assert client.ask("POST", "/trees/groups/draws", staff, {})[0] == 201
    for token, tree_id in ((staff, "nickname"), (poser, "nickname"), (poser, "groups")):
        status, problem = client.ask("POST", f"/trees/{tree_id}/draws", token, {}, key="another")
        assert (status, problem["code"]) == (422, "D002")


def test_the_direct_way_to_a_trees_activity_is_closed_whatever_the_facts(
    client: Client, issuer: Issuer, user: str
) -> None:
    for groups in (["gold"], ["staff"]):
        status, problem = client.ask("POST", "/activities/100003/draws", issuer.token(user, groups=groups), {})
        assert (status, problem["code"]) == (409, "0001")
        assert problem["detail"] == "activity 100003 is drawn only through the trees groups, nickname"
