"""The room that describes the HTTP API to machines: docs/openapi.json and its examples."""
