"""One thin adapter an AWS service."""

import gc
import os

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    gc.disable()  # until at_start has built: what is imported stays, and looking through it for garbage takes time
