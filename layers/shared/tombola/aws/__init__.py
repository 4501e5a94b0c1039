"""One thin adapter an AWS service."""
