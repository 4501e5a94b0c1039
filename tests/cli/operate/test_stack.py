"""Every part of the command that asks one place asks it through the same clients."""

from dataclasses import fields, replace

from tombola_cli.operate.stack import CONNECTIONS_MAX, Place, Stack

HERE = Place(region="us-east-1", endpoint_url="http://127.0.0.1:1")
STACK = Stack(**{field.name: "x" for field in fields(Stack)} | vars(HERE))


def test_a_client_of_a_service_is_made_once_for_a_place_and_all_its_stacks() -> None:
    client = STACK.client("dynamodb")

    assert client is STACK.client("dynamodb") is replace(STACK, table_name="y").client("dynamodb")
    assert client is HERE.client("dynamodb")
    assert client.meta.config.max_pool_connections == CONNECTIONS_MAX


def test_another_place_and_another_service_have_clients_of_their_own() -> None:
    elsewhere = replace(STACK, endpoint_url="http://127.0.0.1:2")

    assert STACK.client("sqs").meta.service_model.service_name == "sqs"
    assert elsewhere.client("dynamodb").meta.endpoint_url == elsewhere.endpoint_url
    assert STACK.client("dynamodb").meta.endpoint_url == STACK.endpoint_url


def test_of_aws_the_profiles_region_is_taken_and_no_dummy_key() -> None:
    assert Place(region="eu-central-1").session().region_name == "eu-central-1"
    assert HERE.session().get_credentials().access_key == "test"
    assert Place(region="eu-central-1").session() is not HERE.session()
