"""AWS as the tests have it: the one place that chooses who answers for which service.

DynamoDB is Dynoxide or, where that is missing, MiniStack; everything else is moto, within the process of the tests.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
import botocore.handlers
import botocore.useragent
import moto.backend_index
import moto.core.models
import moto.kms.models
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from moto import mock_aws

import dynoxide
from plain_http import PlainServer
from tombola_cli.files.repository import ROOT
from tombola_cli.local import install, local_stack
from tombola_cli.local.loopback import free_port
from tombola_cli.operate.stack import LOCAL_REGION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ENDPOINT = "AWS_ENDPOINT_URL_DYNAMODB"  # where boto3 looks, unless it is told an endpoint
# Of the work that is done for every test, some is for nobody here: moto catches the calls of the library requests, too,
# asks the patterns of all services for whose a call is, a third of a call of SQS, and gives each key of KMS a pair of
# RSA keys of its own, with which only an asymmetric key signs; botocore tells twice in each call which versions of what
# it runs on, an eighth of the call's time.
moto.core.models.RESPONSES_METHODS = []
moto.backend_index.backend_url_patterns.sort(key=lambda pattern: pattern[0] != "sqs")
moto.kms.models.generate_private_key = cache(moto.kms.models.generate_private_key)  # type: ignore[attr-defined]
botocore.useragent.UserAgentString.to_string = lambda self: "tests"  # type: ignore[method-assign]


@contextmanager
def emulated_aws() -> Iterator[None]:
    """Answer every client of boto3; what is made on it is gone at the end."""
    url = dynamodb_url()
    passes: Any = {"core": {"passthrough": {"urls": [url]}}}
    with mock_aws(config=passes), patch.dict(os.environ, {ENDPOINT: url}), patch.object(SigV4Auth, "add_auth", _name):
        try:
            yield
        finally:
            drop_tables(dynamodb_at(url))


def _name(signer: Any, request: AWSRequest) -> None:
    """Name a key, and the region for moto; nobody here looks at the signature, which is a sixth of a call's work."""
    scope = f"20260101/{signer._region_name}/{signer._service_name}/aws4_request"
    request.headers["X-Amz-Date"] = "20260101T000000Z"
    request.headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders=host, Signature=0"


def dynamodb_url() -> str:
    """Return the endpoint of DynamoDB, which is started first."""
    return dynamodb_server().endpoint


@cache
def dynamodb_server() -> PlainServer:
    """Return DynamoDB, which is started first; each session of boto3 made afterwards asks it over plain sockets."""
    server = PlainServer(dynoxide.endpoint_url() if dynoxide.is_there() else _ministack())
    botocore.handlers.BUILTIN_HANDLERS.append(("before-send.dynamodb", server.answers))
    return server


@cache
def dynamodb_at(url: str) -> "DynamoDBClient":
    """Return a client of an emulator, which takes any key."""
    return boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name=LOCAL_REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def drop_tables(dynamodb: "DynamoDBClient") -> None:
    for page in dynamodb.get_paginator("list_tables").paginate():
        for name in page["TableNames"]:
            dynamodb.delete_table(TableName=name)


def _ministack() -> str:
    home = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    atexit.register(local_stack.down, home)  # before its home
    return local_stack.start(home, install.emulator(ROOT, print), free_port())
