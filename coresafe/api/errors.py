"""Errors as answers: one shape for all, a sentence a person can act on, and never anything of the inside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from pydantic_core import to_jsonable_python
from starlette.exceptions import HTTPException
from starlette.responses import Response

from coresafe import logs
from coresafe.api.access import PayloadTooLarge
from coresafe.api.fields import Unless
from coresafe.api.limits import RateLimited
from coresafe.errors import (
    AccountLocked,
    Conflict,
    CoreSafeError,
    Duplicate,
    Forbidden,
    NotFound,
    StaleVersion,
    Trouble,
    Unauthenticated,
    UserError,
    ValidationFailed,
)

_LOG = logs.get("coresafe.api")
#: Seconds after which a program may ask again while the database is away.
RETRY_SECONDS = 2


class ErrorCode(StrEnum):
    """Every code an error can have."""

    VALIDATION_ERROR = "VALIDATION_ERROR"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105
    ACCOUNT_LOCKED = "ACCOUNT_LOCKED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    DUPLICATE = "DUPLICATE"
    IN_USE = "IN_USE"
    STALE_VERSION = "STALE_VERSION"
    INSUFFICIENT_STOCK = "INSUFFICIENT_STOCK"
    ALREADY_RETURNED = "ALREADY_RETURNED"
    OVER_RETURN = "OVER_RETURN"
    PERIOD_CLOSED = "PERIOD_CLOSED"
    WRONG_STATE = "WRONG_STATE"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    RATE_LIMITED = "RATE_LIMITED"
    DATABASE_UNAVAILABLE = "DATABASE_UNAVAILABLE"
    INTERNAL_ERROR = "INTERNAL_ERROR"


class FieldProblem(BaseModel):
    """What is wrong with one field; its path reads like `lines[0].quantity`."""

    field: str
    message: str


class StockShortage(BaseModel):
    """A size of which less is there than was asked for, in trays."""

    tray_size: str
    requested: int
    available: int


class OverReturned(BaseModel):
    """A size of which more came back than is out, in trays."""

    tray_size: str
    entered: int
    outstanding: int


class Problem(BaseModel):
    """An error. Besides the first three fields it holds what is needed to put it right."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    detail: str
    """A sentence a person can act on."""
    error_code: ErrorCode
    timestamp: datetime
    errors: Unless[list[FieldProblem]] = None
    """With VALIDATION_ERROR and DUPLICATE: each field."""
    shortages: Unless[list[StockShortage]] = None
    """With INSUFFICIENT_STOCK: each size."""
    lines: Unless[list[OverReturned]] = None
    """With OVER_RETURN: each size."""
    current: Unless[dict[str, Any]] = None
    """With STALE_VERSION: the row as it stands now."""


def status_of(error: CoreSafeError) -> int:
    """The HTTP status of an error's class."""
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            return status
    return 500


_STATUSES: tuple[tuple[type[CoreSafeError], int], ...] = (
    (ValidationFailed, 400),
    (Unauthenticated, 401),
    (AccountLocked, 429),
    (RateLimited, 429),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (PayloadTooLarge, 413),
    (UserError, 400),
    (Trouble, 503),
)


def answer(error: CoreSafeError) -> Response:
    """The answer to a request that was refused or failed."""
    status = status_of(error)
    if status == 500:
        return problem(500, "INTERNAL_ERROR", "Something went wrong inside CoreSafe. The log has the details.")
    more = dict(error.details)
    if isinstance(error, Duplicate) and error.field:
        more["errors"] = [{"field": error.field, "message": error.message}]
    if isinstance(error, StaleVersion) and error.current is not None:
        current = to_jsonable_python(error.current)
        more["current"] = {"items": current} if isinstance(current, list) else current
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, (AccountLocked, RateLimited)):
        headers["Retry-After"] = str(max(1, error.retry_after))
    if status == 503:
        headers["Retry-After"] = str(RETRY_SECONDS)
    detail = " ".join(part for part in (error.message, error.hint) if part)
    if isinstance(error, ValidationFailed):
        more["errors"] = [{"field": _outer(e["field"]), "message": e["message"]} for e in more["errors"]]
    return problem(status, error.code, detail, headers, **more)


def _outer(field: str) -> str:
    """A field as the API calls it."""
    return {"operation_id": "Idempotency-Key", "from_state": "from", "to_state": "to"}.get(field, field)


def problem(status: int, code: str, detail: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """An answer in the shape of all errors."""
    from coresafe.api.answers import to_bytes

    body = {"detail": detail, "error_code": code, "timestamp": datetime.now(UTC).replace(microsecond=0), **more}
    return Response(to_bytes(body), status, headers, "application/json")


def install(app: FastAPI) -> None:
    """Let every error of the app leave in this shape."""
    app.add_exception_handler(CoreSafeError, _told)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _of_framework)


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, CoreSafeError)  # noqa: S101  # installed for that class
    if status_of(error) == 500:
        _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return answer(error)


async def _malformed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    return answer(refused(error.errors()))


def refused(found: Sequence[Any]) -> ValidationFailed:
    """What pydantic found, each in our words and at its field."""
    from coresafe.errors import FieldError

    fields: dict[str, str] = {}
    for each in found:
        field = _path(each["loc"])
        fields.setdefault(field, _words(field, each))
    return ValidationFailed([FieldError(field, message) for field, message in fields.items()])


def _path(location: Sequence[Any]) -> str:
    """('body', 'lines', 0, 'quantity') reads 'lines[0].quantity'."""
    where, *rest = location or ("body",)
    if where == "header":
        return "-".join(part.capitalize() for part in str(rest[0]).split("-")) if rest else "header"
    path = ""
    for part in rest:
        if isinstance(part, int):
            path += f"[{part}]"
        elif re.fullmatch(r"[\w-]{1,60}", str(part)):
            path += f".{part}" if path else str(part)
        elif not re.search(r"[\[\](]", str(part)):  # not a branch of a union, which only pydantic knows
            path += f".{str(part)[:60]}" if path else str(part)[:60]
    return path or str(where)


def _words(field: str, each: Any) -> str:
    kind, context = each["type"], each.get("ctx") or {}
    name = field.rsplit(".", 1)[-1].replace("_", " ")
    label = name[:1].upper() + name[1:]
    if kind == "extra_forbidden":
        return f"There is no field {name!r} here. Leave it out."
    if kind == "missing":
        return "The body is missing. Send JSON." if field == "body" else f"{label} is missing. Enter it."
    if kind == "json_invalid":
        return "The body is not valid JSON."
    if kind in _KINDS:
        return f"{label} {_KINDS[kind].format(**context)}."
    return f"{label}: {each['msg']}." if field else f"{each['msg']}."


_KINDS = {
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "is too large",
    "float_type": "must be a number",
    "string_type": "must be text",
    "string_unicode": "holds a broken character. Type it again",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object with fields",
    "model_attributes_type": "must be a JSON object with fields; send it as application/json",
    "dataclass_type": "must be an object with fields",
    "enum": "must be one of: {expected}",
    "literal_error": "must be one of: {expected}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_long": "holds too many; at most {max_length} fit",
    "too_short": "holds too few; at least {min_length} are needed",
    "moment": "must be a date and time with its time zone, such as 2026-10-20T12:00:00Z",
    "day": "must be a date such as 2026-10-20",
}


def methods_at(app: FastAPI, path: str) -> list[str]:
    """Every method that an address takes: the framework names those of the first route only."""
    paths = app.openapi()["paths"]
    if path in paths:
        return sorted(method.upper() for method in paths[path])
    found: set[str] = set()
    for template, operations in paths.items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            found |= {method.upper() for method in operations}
    return sorted(found)


async def _of_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == 404:
        return problem(404, "NOT_FOUND", "There is nothing at this address.")
    if error.status_code == 405:
        allowed = ", ".join(methods_at(request.app, request.url.path)) or (error.headers or {}).get("Allow", "GET")
        headers = {"Allow": allowed}
        return problem(405, "METHOD_NOT_ALLOWED", f"This address takes {allowed} only.", headers)
    if error.status_code == 413:
        return answer(PayloadTooLarge())
    if error.status_code == 400:
        return answer(ValidationFailed.of("body", "The body cannot be read. Send JSON in UTF-8."))
    return problem(500, "INTERNAL_ERROR", "Something went wrong inside CoreSafe. The log has the details.")
