"""The letter that Lambda leaves of records of a stream that it gave up: their numbers, and no content.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html has the form of it.
"""

import json
import re
from typing import Any

WORD = re.compile(r"[A-Za-z]{1,64}")  # Lambda's for why it gave up, such as RetryAttemptsExhausted


def told_of(body: str) -> str | None:
    """Return what a letter of a stream tells, as a sentence; None if body is another message."""
    try:
        letter: Any = json.loads(body)
        condition, records = letter["requestContext"]["condition"], letter["DDBStreamBatchInfo"]["batchSize"]
    except (ValueError, TypeError, LookupError):
        return None
    if not (isinstance(condition, str) and WORD.fullmatch(condition) and type(records) is int):
        return None
    count = "1 write" if records == 1 else f"{records} writes"
    return f"Lambda gave {count} of the stream up ({condition}): compensation wakes what is still due"
