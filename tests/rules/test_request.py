"""Which requests may be worked on, and which field is named when one may not."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tombola.rules.facts import Fact, Facts
from tombola.rules.problem import Problem
from tombola.rules.request import (
    Bearer,
    DrawRequest,
    Target,
    is_activity_id,
    is_order_id,
    path_user,
    read_draw_request,
)
from tombola.rules.ticket import order_id_of

KEY = "6f1c7d52-0f1e-4c51-9d5b-2b1a4e6f9c3d"
BODY = '{"user_id": "xiaofuge"}'
ACTIVITY, TREE = Target("activity", "100001"), Target("tree", "100001")
BEARER = Bearer("xiaofuge", {"age": "18", "groups": ("gold", "staff")})


def accepted(body: str, target: Target = ACTIVITY, key: str = KEY, bearer: Bearer | None = None) -> DrawRequest:
    request = read_draw_request(target, key, body, bearer)
    assert isinstance(request, DrawRequest), request
    return request


def refused(body: str | None, key: str | None = KEY, bearer: Bearer | None = None) -> Problem:
    problem = read_draw_request(ACTIVITY, key, body, bearer)
    assert isinstance(problem, Problem), problem
    assert (problem.status, problem.code) == (400, "0002")
    return problem


def with_user(user_id: Any) -> str:
    return json.dumps({"user_id": user_id})


def with_facts(facts: Any) -> str:
    return json.dumps({"user_id": "xiaofuge", "facts": facts})


def test_a_request_is_read_as_it_was_asked() -> None:
    request = accepted(BODY)

    assert (request.target, request.user_id, request.idempotency_key) == (ACTIVITY, "xiaofuge", KEY)
    assert request.facts == {}


@pytest.mark.parametrize(
    "key",
    [None, "", "k" * 256, "k" * 300, "two words", " key", "key\n", "k\x00", "k\x7f", "schlüssel", "钥匙", "\ud800"],
)
def test_a_missing_or_bad_key_is_refused_by_name(key: str | None) -> None:
    assert refused(BODY, key).field == "Idempotency-Key"


@pytest.mark.parametrize("key", ["key,key", "key, key", "key,", ","])
def test_a_key_that_a_gateway_may_have_joined_of_two_is_refused_with_the_reason(key: str) -> None:
    assert "without a comma" in refused(BODY, key).detail


@pytest.mark.parametrize("key", ["k", "!", "~", "k" * 255, 'a#b/"\\'])
def test_any_visible_key_of_up_to_255_characters_is_accepted(key: str) -> None:
    assert accepted(BODY, key=key).idempotency_key == key


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        "{",
        '{"user_id": "xiaofuge"',
        '{"user_id": "xiaofuge"} {}',
        "{'user_id': 'xiaofuge'}",
        "null",
        "7",
        '"xiaofuge"',
        '[{"user_id": "xiaofuge"}]',
        "NaN",
        '{"user_id": "xiaofuge", "facts": {"age": NaN}}',
        '{"user_id": "xiaofuge", "facts": {"age": Infinity}}',
        '{"user_id": "xiaofuge", "facts": {"age": -Infinity}}',
        '{"user_id": "xiaofuge", "user_id": "fustack"}',
        '{"user_id": "xiaofuge", "facts": {"age": 18, "age": 19}}',
        "9" * 5_000,
        "[" * 16_000,
        '{"user_id":' * 1_400,
        '{"user_id": "xiaofuge", "facts": {"a": ' + "[" * 16_000 + "}}",
        with_user("x" * 16_384),
        " " * 16_384 + BODY,
        "\ufeff" + BODY,
        "\ufffd" + BODY,
        '{"user_id": "j\ufffdrg"}',
        '{"user_id": "xiaofuge", "facts": {"town": "D\ufffdren"}}',
    ],
)
def test_a_body_that_is_no_json_object_is_refused_by_name(body: str | None) -> None:
    assert refused(body).field == "body"


def test_a_body_of_exactly_the_limit_is_accepted() -> None:
    accepted(BODY + " " * (16_384 - len(BODY)))


@pytest.mark.parametrize("user_id", [None, "", 7, ["xiaofuge"], "x" * 256, "a\nb", "\ud800", "j\ufffdrg"])
def test_a_user_id_that_is_nobody_s_is_refused_by_name(user_id: object) -> None:
    assert refused(with_user(user_id)).field == "user_id"
    assert refused(with_user(user_id), bearer=Bearer(user_id, {})).field == "user_id"  # type: ignore[arg-type]


@pytest.mark.parametrize("user_id", ["a/b", "a#b", "..", "me", " xiaofuge", "xiao\u200bfuge", "e\u0301"])
def test_an_id_is_drawn_with_as_a_token_says_and_refused_where_a_server_chose_it(user_id: str) -> None:
    assert refused(with_user(user_id)).field == "user_id"
    assert accepted("{}", bearer=Bearer(user_id, {})).user_id == user_id
    assert accepted(with_user(user_id), bearer=Bearer(user_id, {})).user_id == user_id


def test_a_body_without_user_is_refused_by_name() -> None:
    assert refused("{}").field == "user_id"


@pytest.mark.parametrize("user_id", ["x", "x" * 255, "小" * 255, "ü 😀", "user@example.com", "auth0|123", "USER:1'\""])
def test_any_other_text_of_up_to_255_characters_is_a_user(user_id: str) -> None:
    assert accepted(with_user(user_id)).user_id == user_id


@pytest.mark.parametrize("facts", [None, [], "age", 7, {str(n): n for n in range(51)}])
def test_what_is_no_object_of_facts_or_too_many_is_refused_by_name(facts: object) -> None:
    assert refused(with_facts(facts)).field == "facts"


NO_FACTS = [
    "null",
    "{}",
    '{"years": 18}',
    "[18]",
    "[null]",
    '[["gold"]]',
    '["gold", true]',
    json.dumps(["gold"] * 101),
    "9" * 5_000,
    "-" + "9" * 5_000,
    "1e999",
    "-1e999",
    "1e999999",
    "1e-999999",
    "0e-999999",
    "1e" + "9" * 5_000,
    "1e-" + "9" * 5_000,
]


@pytest.mark.parametrize("value", NO_FACTS, ids=lambda value: value[:20])
def test_a_fact_that_is_none_is_refused_by_its_name_and_without_its_value(value: str) -> None:
    problem = refused(f'{{"user_id": "xiaofuge", "facts": {{"gender": "man", "age": {value}}}}}')

    assert problem.field == "age"
    assert problem.detail.startswith("fact 'age' must be a text, a number, a truth value or a list")
    assert value.strip("[]{}")[:12] not in problem.detail or value in ("{}", "null")


def test_of_a_fact_that_is_none_as_much_of_the_name_is_told_as_an_answer_can_hold() -> None:
    problem = refused(json.dumps({"user_id": "xiaofuge", "facts": {"\ud800" + "x" * 1_000: None}}))

    assert problem.field == "\\ud800" + "x" * 63
    f"{problem.field} {problem.detail}".encode()


@pytest.mark.parametrize(
    ("value", "fact"),
    [
        ('"01067"', "01067"),
        ('"1.0"', "1.0"),
        ("1.0", "1"),
        ("1e3", "1000"),
        ("1E+3", "1000"),
        ("0.10", "0.1"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("1067", "1067"),
        ("0.30000000000000004441", "0.30000000000000004441"),  # more digits than a double holds
        ("9007199254740993.0", "9007199254740993"),
        ("1e-7", "0.0000001"),
        ("1e300", "1" + "0" * 300),
        ("1e-400", "0." + "0" * 399 + "1"),
        ("9" * 4_300, "9" * 4_300),
        ("true", "true"),
        ("false", "false"),
        ('["gold", "staff"]', ("gold", "staff")),
        ("[]", ()),
        ('"[gold staff]"', "[gold staff]"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_fact_is_a_text_or_a_list_of_texts_and_a_number_its_shortest_plain_text(value: str, fact: Fact) -> None:
    assert accepted(f'{{"user_id": "xiaofuge", "facts": {{"x": {value}}}}}').facts == {"x": fact}


def test_fifty_facts_are_accepted() -> None:
    assert len(accepted(with_facts({str(n): n for n in range(50)})).facts) == 50


# As the code of before lists were facts wrote them: an order of then has to be found by a repeat of now.
HASHES = {
    "{}": "2c5a6b9128802d26bc7c18eda698e3d2c204ad5b04739737767f68df9fc8950c",
    '{"gender": "man", "postal": "01067"}': "e4fc6f8325ca1fbef094c28a1f5308bcb953b7f78dc24430f0f596102bba8330",
    '{"x": "\\u00e9\\ud83d\\ude00"}': "6d291b889601454cfa03954a02c1eb4327c8312c5088267ab14d933c6f139df8",
    '{"x": 18, "y": true, "z": false}': "51d3cc5c51eae204a0af8747fe168b50ad5d82781766d7c7203aad67db4f230e",
    '{"x": 9007199254740993}': "853bac0464510268e7af694f9bef9aaf1659f1d0707135dfd06d70233dc34c78",
    '{"x": 1.0}': "95ee51b9d3c666d1c1ded145ff703fd03f0cf063a1b1920b4ee92766cfec96f6",
    '{"x": 1e3}': "3b254e00fa3ed5e7bdce4cd23086e79b33e0df793c3c1b9b027983433fbda120",
    '{"x": 0.10}': "aac494bb247ae1eff1428b50621a80c57de50d5a53828e4f883ae216cc6f261a",
    '{"x": -0.0}': "484ca5d0fc97427365d146fe8b6b90e897ce9443580a846fa7a0ec62723f8a65",
    '{"x": -0}': "e5600e0eb434b9b9a5e27dd3e4ccb63b31eb2d6010efbe62ce61e4e6af857551",
    '{"x": 1e300}': "d328d8d06ba9882bbf250dc950a8ab55e940340c22d31d0a4c54424123c9f15e",
    '{"x": 0.30000000000000004441}': "73fe0003dd7dfffd96b645eeb4d80a448d4fda561b285292da886bc003735005",
    '{"x": 5e-324}': "929742c6a025677509450f5620a67a3168db077777d573203026017e392860f5",
    '{"x": 1e-400}': "1f2916ed060bea36bdd11dd1f5cd50650b2973f1f2aa013cc439355f5f71efc1",
    f'{{"x": {"9" * 4_300}}}': "8b32ef475691b4c29b5ea54904f39af1bf60542829ebae91c3c6e8c3c9b02126",
}


@pytest.mark.parametrize("facts", HASHES, ids=lambda facts: facts[:20])
def test_a_request_has_the_hash_that_orders_on_record_have_for_it(facts: str) -> None:
    assert accepted(f'{{"user_id": "xiaofuge", "facts": {facts}}}', TREE).request_hash == HASHES[facts]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"user_id": "xiaofuge", "fact": {}}', "fact"),
        ('{"user_id": "xiaofuge", "": 1}', ""),
        ('{"b": 1, "a": 1}', "a"),
        ('{"user_id": "", "award_id": "1"}', "award_id"),
        (json.dumps({"x" * 1_000: 1}), "x" * 64),
    ],
)
def test_an_unknown_field_is_refused_by_its_name(body: str, field: str) -> None:
    problem = refused(body)

    assert problem.field == field
    assert "unknown field" in problem.detail


ODD_NAME = '{"user_id": "xiaofuge", "\\ud800": 1}'


def test_a_problem_can_be_sent_even_if_the_name_of_the_field_is_no_text() -> None:
    problem = refused(ODD_NAME)

    f"{problem.field} {problem.detail}".encode()


values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=3)
texts = st.text(st.characters(), max_size=40) | st.text('{}[]":,\\ud80NaIe9-.', max_size=40)
objects = st.dictionaries(st.sampled_from(["user_id", "facts", "other"]), values | st.dictionaries(st.text(), values))


@given(texts | objects.map(json.dumps), texts | st.just(KEY))
@example("9" * 5_000, KEY)
@example(ODD_NAME, KEY)
def test_whatever_comes_is_read_or_refused_and_never_raises(body: str, key: str) -> None:
    for bearer in (None, BEARER):
        result = read_draw_request(ACTIVITY, key, body, bearer)

        assert isinstance(result, DrawRequest) or (result.field is not None and len(result.detail) < 300)


facts = st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.integers() | st.booleans(), max_size=5)


@given(facts, st.randoms(use_true_random=False))
def test_the_same_request_in_another_order_and_spacing_has_the_same_hash(asked: dict[str, Any], random: Any) -> None:
    names = list(asked)
    random.shuffle(names)
    reordered = {"facts": {name: asked[name] for name in names}, "user_id": "xiaofuge"}

    assert accepted(with_facts(asked)).request_hash == accepted(json.dumps(reordered, indent=1)).request_hash


@given(facts, facts)
def test_other_facts_have_another_hash(one: dict[str, Any], other: dict[str, Any]) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)  # 1 is not true in JSON

    assert (accepted(with_facts(one)).request_hash == accepted(with_facts(other)).request_hash) == same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"a": "1"}),
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {}),
        ({"a": "b"}, {"a": ["b"]}),
        ({"a": ["b", "c"]}, {"a": ["c", "b"]}),
    ],
)
def test_these_facts_differ(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert accepted(with_facts(one)).request_hash != accepted(with_facts(other)).request_hash


def test_no_facts_are_the_same_as_empty_ones() -> None:
    assert accepted(BODY).request_hash == accepted(with_facts({})).request_hash


def test_another_user_or_activity_is_another_request_and_another_key_is_not() -> None:
    asked = accepted(BODY).request_hash

    assert accepted(with_user("fustack")).request_hash != asked
    assert accepted(BODY, Target("activity", "100002")).request_hash != asked
    assert accepted(BODY, key="another").request_hash == asked


def test_a_tree_and_an_activity_of_one_name_are_drawn_apart() -> None:
    of_activity, of_tree = accepted(BODY, ACTIVITY), accepted(BODY, TREE)

    assert (of_activity.target.scope, of_tree.target.scope) == ("100001", "TREE#100001")
    assert of_activity.request_hash != of_tree.request_hash
    assert order_id_of(ACTIVITY.scope, "xiaofuge", KEY) != order_id_of(TREE.scope, "xiaofuge", KEY)


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=20))
def test_no_activitys_scope_looks_like_a_trees(name: str) -> None:
    assert not (is_activity_id(Target("activity", name).scope) and Target("tree", name).scope == name)
    assert not is_activity_id(Target("tree", name).scope)


@pytest.mark.parametrize("body", [BODY, "{}"])
def test_with_a_bearer_the_user_and_the_facts_are_the_tokens(body: str) -> None:
    request = accepted(body, TREE, bearer=BEARER)

    assert (request.target, request.user_id, request.idempotency_key) == (TREE, "xiaofuge", KEY)
    assert request.facts == BEARER.facts


def test_a_bearer_who_names_themselves_or_not_asks_the_same() -> None:
    assert accepted(BODY, bearer=BEARER) == accepted("{}", bearer=BEARER)


@pytest.mark.parametrize("user_id", ["fustack", "xiaofuge ", "Xiaofuge", "x"])
def test_a_bearer_draws_for_nobody_else(user_id: str) -> None:
    problem = read_draw_request(ACTIVITY, KEY, with_user(user_id), BEARER)

    assert isinstance(problem, Problem)
    assert (problem.status, problem.code, problem.field) == (403, None, "user_id")
    assert problem.title == "another user"


def test_a_bearer_is_told_of_another_user_before_the_facts() -> None:
    problem = read_draw_request(ACTIVITY, KEY, '{"user_id": "fustack", "facts": {}}', BEARER)

    assert isinstance(problem, Problem)
    assert problem.status == 403


@pytest.mark.parametrize("facts", [{}, {"age": 18}, {"age": 99}, {"age": 18, "vip": True}])
def test_a_bearer_brings_no_facts_in_the_body_not_even_the_tokens(facts: object) -> None:
    assert refused(with_facts(facts), bearer=BEARER).field == "facts"
    assert refused(json.dumps({"facts": facts}), bearer=BEARER).field == "facts"


@pytest.mark.parametrize(
    ("body", "key", "field"),
    [
        (None, KEY, "body"),
        ("", KEY, "body"),
        ("[]", KEY, "body"),
        ("{}", None, "Idempotency-Key"),
        ('{"award_id": "1"}', KEY, "award_id"),
        ('{"user_id": null}', KEY, "user_id"),
        ('{"facts": [1]}', KEY, "facts"),
    ],
)
def test_with_a_bearer_all_else_is_checked_as_without(body: str | None, key: str | None, field: str) -> None:
    assert refused(body, key, BEARER).field == field


@pytest.mark.parametrize("user_id", ["", "x" * 256, "a\nb", "j\ufffdrg"])
def test_a_token_for_nobody_who_can_draw_is_refused(user_id: str) -> None:
    assert refused("{}", bearer=Bearer(user_id, {})).field == "user_id"


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.tuples(st.text(max_size=5)), max_size=5))
def test_a_refreshed_token_with_other_facts_asks_the_same_request(facts: Facts) -> None:
    refreshed = accepted("{}", TREE, bearer=Bearer("xiaofuge", facts))

    assert refreshed.request_hash == accepted("{}", TREE, bearer=BEARER).request_hash
    assert refreshed.facts == facts


ODD = Bearer("https://id.example/users#7", {})


@pytest.mark.parametrize(
    ("name", "bearer", "whose"),
    [
        ("xiaofuge", None, "xiaofuge"),
        ("xiaofuge", BEARER, "xiaofuge"),
        ("me", BEARER, "xiaofuge"),
        ("me", ODD, ODD.user_id),
        (ODD.user_id, ODD, ODD.user_id),
        ("me", Bearer("me", {}), "me"),
        ("fustack", None, "fustack"),
        ("fustack", BEARER, 403),
        ("XIAOFUGE", BEARER, 403),
        ("", BEARER, 403),
        ("ME", BEARER, 403),
        ("a\nb", BEARER, 403),  # who else there is, is nobody's business
        ("me", None, 404),
        ("ME", None, "ME"),
        ("a\nb", None, 400),
        ("j\ufffdrg", None, 400),
        ("", None, 400),
        ("x" * 256, None, 400),
        ("me", Bearer("", {}), 400),
        ("me", Bearer("a\nb", {}), 400),
        ("a\nb", Bearer("a\nb", {}), 400),
        ("a/b", None, "a/b"),  # drawn before such ids were refused
        ("e\u0301", None, "e\u0301"),
    ],
)
def test_a_path_shows_the_bearer_s_own_draws_or_those_of_the_user_a_server_names(
    name: str, bearer: Bearer | None, whose: str | int
) -> None:
    found = path_user(name, bearer)

    assert whose == (found.status if isinstance(found, Problem) else found)
    assert not isinstance(found, Problem) or found.field == "user_id"


def test_without_tokens_nobody_is_me_and_the_reason_is_told() -> None:
    problem = path_user("me", None)

    assert isinstance(problem, Problem)
    assert (problem.code, problem.detail) == (
        "0002",
        "`me` is the user of a token, and none is asked for here: name the user",
    )


@pytest.mark.parametrize(
    ("texts", "valid"),
    [
        (["100001", "a-B_9", "x" * 64], True),
        (["x" * 65, "", "a#b", "a\n", "a/b", "活动", "\u0661"], False),  # the last is a digit, but not ours
    ],
)
def test_an_activity_id_is_plain(texts: list[str], valid: bool) -> None:
    assert [is_activity_id(text) for text in texts] == [valid] * len(texts)


@pytest.mark.parametrize(
    ("texts", "valid"),
    [
        (["0", "7", str(2**63 - 1)], True),
        ([str(2**63), "9" * 20, "9" * 5_000, "", "-1", "1\n", "1.0", "x", "\u0661"], False),
    ],
)
def test_an_order_id_is_a_number_of_63_bits(texts: list[str], valid: bool) -> None:
    assert [is_order_id(text) for text in texts] == [valid] * len(texts)
