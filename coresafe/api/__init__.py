"""The HTTP API: routes that validate, call one use case, and shape its answer (docs/api_documentation.md)."""
