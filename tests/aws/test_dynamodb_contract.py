"""Every emulator is asked what the adapters take for granted of DynamoDB, and has to answer as AWS documents it."""

import gzip
import json
import re
from pathlib import Path

import boto3
import botocore
import pytest
from botocore.config import Config

from asked_table import Asked
from dynamodb_questions import EMULATORS, QUESTIONS, WRONG
from tombola_cli.files.repository import ROOT
from tombola_cli.operate.stack import LOCAL_REGION


@pytest.fixture(params=EMULATORS)
def asked(request: pytest.FixtureRequest) -> Asked:
    dynamodb = request.getfixturevalue(f"{request.param}_dynamodb")
    url = dynamodb.meta.endpoint_url
    if wrong := WRONG.get((request.node.callspec.params["sentence"], request.param)):
        request.applymarker(pytest.mark.xfail(strict=True, reason=f"{request.param} {wrong}"))
    streams = boto3.client(
        "dynamodbstreams",
        endpoint_url=url,
        config=Config(parameter_validation=False),  # which would refuse the name of Dynoxide's shard
        region_name=LOCAL_REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    return Asked(dynamodb, streams)


@pytest.mark.parametrize("sentence", QUESTIONS)
def test_an_emulator_answers_as_aws_documents_it(sentence: str, asked: Asked) -> None:
    question = QUESTIONS[sentence]

    assert question.ask(asked) == question.answer, f"{question.page}: {question.words}"


def test_what_is_quoted_of_the_api_reference_stands_in_it() -> None:
    model = Path(botocore.__file__).parent / "data/dynamodb/2012-08-10/service-2.json.gz"
    reference = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", json.dumps(json.loads(gzip.decompress(model.read_bytes())))))

    quoted = [each.words for each in QUESTIONS.values() if each.page.startswith("API")]
    assert [words for words in quoted if words not in reference] == []


def test_readers_are_told_where_an_emulator_is_wrong() -> None:
    _, table = (ROOT / "docs/emulators.md").read_text().split("| question | MiniStack | Dynoxide |\n|---|---|---|\n")
    rows = [row.strip("| ").split(" | ") for row in table.split("\n\n")[0].splitlines()]

    told = {(row[0], name): does for row in rows for name, does in zip(EMULATORS, row[1:], strict=True)}
    assert {place: does for place, does in told.items() if does != "right"} == WRONG
    assert {sentence for sentence, _ in told} == {sentence for sentence, _ in WRONG} <= QUESTIONS.keys()
