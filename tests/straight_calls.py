"""The emulator of DynamoDB, asked without the SDK's work on a call, which is most of its time.

For tests that make tens of thousands of calls. On the wire a call is the JSON of its arguments, but for bytes. What the
SDK does with arguments and answers is left to all other tests.
"""

import json
from base64 import b64decode, b64encode
from typing import Any

from botocore.client import BaseClient

from emulated_aws import dynamodb_server

DYNAMODB = "dynamodb"
OK = 200
SIGNED = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
HEADERS = {"Content-Type": "application/x-amz-json-1.0", "Authorization": SIGNED, "X-Amz-Date": "20260101T000000Z"}


def ask(original: Any, client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
    """Make a call of DynamoDB, or of another service as the SDK does it; raise what the SDK would."""
    if client.meta.service_model.service_name != DYNAMODB:
        return original(client, operation, arguments)
    headers = {**HEADERS, "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
    body = json.dumps(arguments, default=lambda blob: b64encode(blob).decode())
    answer = dynamodb_server().ask(headers, body.encode())
    said = json.loads(answer.body, object_hook=_with_bytes)
    if answer.status == OK:
        return said
    code = said["__type"].rpartition("#")[2]
    error = {"Code": code, "Message": said.get("message", said.get("Message", ""))}
    kind: Any = client.exceptions.from_code(code)
    raise kind({**said, "Error": error}, operation)


def _with_bytes(found: dict[str, Any]) -> dict[str, Any]:
    """Return an attribute of bytes as the SDK does; such a value is alone in its object."""
    return {"B": b64decode(found["B"])} if found.keys() == {"B"} else found
