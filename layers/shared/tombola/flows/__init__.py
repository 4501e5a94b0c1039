"""One use case a Lambda function: draw, distribute, compensate."""
