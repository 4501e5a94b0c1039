"""When a function's adapters are built."""

import gc
import os
from collections.abc import Callable
from functools import _lru_cache_wrapper, cache
from typing import TypeVar

Built = TypeVar("Built")


def at_start(build: Callable[[], Built]) -> "_lru_cache_wrapper[Built]":
    """Build once an execution environment: on Lambda in INIT, which has a full CPU, elsewhere on first use."""
    built = cache(build)
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        try:
            built()
        finally:
            gc.freeze()  # these objects are there for good
            gc.enable()
    return built
