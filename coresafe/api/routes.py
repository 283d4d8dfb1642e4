"""How routes are declared: documented errors, the key of a write, and the version of a change."""

from __future__ import annotations

import re
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from pydantic import BeforeValidator, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from coresafe.api.access import BEARER, Route
from coresafe.api.errors import Problem
from coresafe.errors import ValidationFailed

_MEANINGS = {
    400: "Malformed or impossible; `errors` names each field.",
    401: "Nobody is signed in, or the session has ended.",
    403: "The role does not allow it.",
    404: "There is no such record.",
    409: "The state of things does not allow it; what is needed to recover is in the body.",
    413: "The body is larger than 1 MB.",
    429: "Too often, or locked after wrong passwords. Wait for `Retry-After` seconds.",
    500: "A defect of CoreSafe, logged with its trace.",
    503: "The database is away, or another write takes too long. Ask again after `Retry-After` seconds.",
}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors a route can answer with, for the OpenAPI document."""
    return {status: {"model": Problem, "description": _MEANINGS[status]} for status in sorted({*statuses, 500, 503})}


READS = errors(400, 401, 403)
READS_ONE = errors(400, 401, 403, 404)
ADDS = errors(400, 401, 403, 409, 413)
CHANGES = errors(400, 401, 403, 404, 409, 413)


def make_router(prefix: str, tag: str, *, signed_in: bool = True) -> APIRouter:
    """A router of one noun."""
    from fastapi import Depends

    needed = [Depends(BEARER)] if signed_in else []
    return APIRouter(prefix=prefix, tags=[tag], route_class=Route, dependencies=needed)


class _Text:
    """To a reader a text: not every client that is made from the document writes other types into a header."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def __get_pydantic_json_schema__(self, _core: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": self._pattern}


_UUID = "[0-9A-Fa-f]{8}(?:-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}"


def _key(value: Any) -> uuid.UUID:
    if re.fullmatch(_UUID, str(value)):
        return uuid.UUID(str(value))
    raise PydanticCustomError("key", "must be a UUID, made anew for each new operation")


#: The operation id of a write: sent again, it gets the first one's answer.
Key = Annotated[
    Annotated[uuid.UUID, BeforeValidator(_key), _Text(f"^{_UUID}$")] | None,
    Header(
        alias="Idempotency-Key",
        description="A UUID made by the client for this operation. The same key with the same body answers as the first "
        "time did; with another body it is refused.",
    ),
]

_VERSION = r'(?:W/)?(?:"[0-9]{1,10}"|[0-9]{1,10})'
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The version the row was read with, as `ETag` told it.",
        json_schema_extra={"pattern": f"^{_VERSION}$"},
    ),
]


def version_from(request: Request, stated: int | None) -> int:
    """The version of a change, from its body or from If-Match. Raises ValidationFailed where there is none, or two."""
    header = request.headers.get("if-match")
    if header is None:
        if stated is None:
            raise ValidationFailed.of("version", "The version is missing. Send the one the row was read with.")
        return stated
    if not re.fullmatch(_VERSION, header.strip()):
        raise ValidationFailed.of("If-Match", 'If-Match takes the version of the row, such as "3".')
    version = int(header.strip().removeprefix("W/").strip('"'))
    if stated is not None and stated != version:
        raise ValidationFailed.of("version", "The version in the body and the one in If-Match differ. Send one.")
    return version
