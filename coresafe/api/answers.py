"""Answers: rows of the services as JSON, written once and quickly, with paging, chosen fields and validators."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import fields as fields_of
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic_core import to_json
from starlette.responses import Response

from coresafe.api.fields import Unless
from coresafe.errors import ValidationFailed
from coresafe.services.listing import Page

T = TypeVar("T")

JSON = "application/json"


class PageOf(BaseModel, Generic[T]):
    """One page of a list. `next_cursor` leads on and is null at the end; `total` counts all, where it was asked for."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    items: list[T]
    next_cursor: str | None
    """Send it as `cursor` for the next page."""
    total: Unless[int] = None


class PageOfSome(BaseModel):
    """A page whose rows hold the fields that were asked for with `fields`."""

    items: list[dict[str, Any]]
    next_cursor: str | None
    total: Unless[int] = None


class Items(BaseModel, Generic[T]):
    """All of a short list."""

    items: list[T]


def to_bytes(value: Any) -> bytes:
    """Plain data as JSON."""
    return to_json(value)


_WRITERS: dict[Any, TypeAdapter[Any]] = {}


def _writer(kind: Any, *, many: bool = False) -> TypeAdapter[Any]:
    """What writes a row of a kind, or many of them: made once, which takes longer than a page."""
    made = _WRITERS.get((kind, many))
    if made is None:
        made = _WRITERS[kind, many] = TypeAdapter(tuple[kind, ...] if many else kind)
    return made


def row(value: Any, status: int = 200, *, location: str = "") -> Response:
    """One row, with its version as the validator that If-Match takes."""
    headers = {"Location": f"{location}/{value.id}"} if location else {}
    version = getattr(value, "version", None)
    if version is not None:
        headers["ETag"] = f'"{version}"'
    return Response(_writer(type(value)).dump_json(value), status, headers, JSON)


def items(values: Sequence[Any], status: int = 200) -> Response:
    """All of a short list."""
    return Response(b'{"items":' + rows(values) + b"}", status, None, JSON)


def rows(values: Sequence[Any]) -> bytes:
    """Rows of one kind as a JSON array."""
    return _writer(type(values[0]), many=True).dump_json(tuple(values)) if values else b"[]"


def page(found: Page[Any], kind: type, wanted: str | None) -> Response:
    """A page of rows; ``wanted``: only these fields of each. Raises ValidationFailed for one that does not exist."""
    chosen = chosen_fields(kind, wanted)
    if chosen is None:
        content = rows(found.items)
    else:
        content = to_json([{name: getattr(each, name) for name in chosen} for each in found.items])
    total = b"" if found.total is None else b',"total":%d' % found.total
    body = b'{"items":' + content + b',"next_cursor":' + to_json(found.next_cursor) + total + b"}"
    return Response(body, 200, None, JSON)


def chosen_fields(kind: type, wanted: str | None) -> list[str] | None:
    """The fields named in ``fields=id,number``; None for all."""
    if wanted is None:
        return None
    known = [field.name for field in fields_of(kind)]
    names = list(dict.fromkeys(name.strip() for name in wanted.split(",")))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValidationFailed.of("fields", f"There is no field {unknown[0][:40]!r}. Choose from: {', '.join(known)}.")
    return names


def tag_of(content: bytes) -> str:
    """The validator of a short list."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def matches(header: str | None, tag: str) -> bool:
    """Whether If-None-Match names this validator."""
    if not header:
        return False
    named = [part.strip().removeprefix("W/") for part in header.split(",")]
    return "*" in named or tag in named


def plain(value: Any, status: int = 200) -> Response:
    """Plain data, or an answer of a report."""
    return Response(to_json(value), status, None, JSON)
