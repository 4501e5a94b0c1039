"""One thin adapter an AWS service."""

import gc
import os

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    gc.disable()  # until at_start has built: imported modules stay, and a look through them for garbage takes time
