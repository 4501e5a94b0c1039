"""The room that works on a deployed stack, local or on AWS: its table, its API, its log."""
