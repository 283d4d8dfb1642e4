"""Sheds and tray sizes: short lists that seldom change."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import Discriminator, Tag

from coresafe.api import answers
from coresafe.api.access import Who, needs
from coresafe.api.answers import Items
from coresafe.api.bodies import NewShed, ShedChange, TraySizeState, TraySizeStates, sent
from coresafe.api.fields import MANY, ONE, PathId, items_or_one
from coresafe.api.routes import ADDS, CHANGES, READS, IfMatch, Key, make_router, version_from
from coresafe.api.state import state_of
from coresafe.errors import FieldError, ValidationFailed
from coresafe.services.sheds import (
    AddShed,
    ChangeShed,
    Known,
    SetTraySize,
    SetTraySizes,
    ShedRow,
    TraySizeRow,
    add_shed,
    change_shed,
    known_sheds,
    known_tray_sizes,
    set_tray_sizes,
)

router = make_router("", "Sheds and tray sizes")

OneOrMany = Annotated[
    Annotated[TraySizeState, Tag(ONE)] | Annotated[TraySizeStates, Tag(MANY)], Discriminator(items_or_one)
]
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Unchanged since `If-None-Match`."}}


def _short_list(request: Request, name: str, found: Known[Any]) -> Response:
    """A short list with its validator; its bytes are made once for each state of its table."""
    known = state_of(request).known
    mark, content = known.get(name, ("", b""))
    if mark != found.mark:
        content = b'{"items":' + answers.rows(found.rows) + b"}"
        known[name] = (found.mark, content)
    tag = answers.tag_of(content)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if answers.matches(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=answers.JSON)


@router.get("/sheds", response_model=Items[ShedRow], responses=READS | _UNCHANGED, operation_id="list_sheds")
@needs(known_sheds.permission)
def all_sheds(request: Request, who: Who) -> Response:
    """All sheds, the first one first."""
    return _short_list(request, "sheds", known_sheds(who))


@router.post("/sheds", status_code=201, response_model=ShedRow, responses=ADDS, operation_id="add_shed")
@needs(add_shed.permission)
def new_shed(who: Who, body: NewShed, key: Key = None) -> Response:
    """Add a shed, with an account at zero for every size in use."""
    return answers.row(add_shed(who, AddShed(**sent(body)), key), 201)


@router.put("/sheds/{shed_id}", response_model=ShedRow, responses=CHANGES, operation_id="change_shed")
@needs(change_shed.permission)
def changed_shed(
    request: Request, who: Who, shed_id: PathId, body: ShedChange, key: Key = None, _if_match: IfMatch = None
) -> Response:
    """Change a shed: the fields that are sent."""
    values = sent(body) | {"version": version_from(request, body.version)}
    return answers.row(change_shed(who, ChangeShed(shed_id=shed_id, **values), key))


@router.get(
    "/tray-sizes", response_model=Items[TraySizeRow], responses=READS | _UNCHANGED, operation_id="list_tray_sizes"
)
@needs(known_tray_sizes.permission)
def all_tray_sizes(request: Request, who: Who) -> Response:
    """All tray sizes in their order, those not in use too."""
    return _short_list(request, "tray sizes", known_tray_sizes(who))


@router.put("/tray-sizes", response_model=Items[TraySizeRow], responses=CHANGES, operation_id="set_tray_sizes")
@needs(set_tray_sizes.permission)
def tray_sizes(who: Who, body: OneOrMany, key: Key = None) -> Response:
    """Change or add one tray size, or several (`items`): all or none. Answers like GET."""
    if isinstance(body, TraySizeStates):
        command = SetTraySizes(sizes=[SetTraySize(**sent(each)) for each in body.items])
        return answers.items(set_tray_sizes(who, command, key))
    try:
        return answers.items(set_tray_sizes(who, SetTraySizes(sizes=[SetTraySize(**sent(body))]), key))
    except ValidationFailed as error:  # there is no list in what was sent
        fields = [FieldError(each.field.removeprefix("items[0]."), each.message) for each in error.errors]
        raise ValidationFailed(fields) from error
