"""The HTTP API: routes that validate, call one use case, and shape its answer (docs/api_documentation.md)."""

from __future__ import annotations

#: Where version 1 begins.
PREFIX = "/api/v1"
