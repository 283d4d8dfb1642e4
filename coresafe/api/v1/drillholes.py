"""Drillholes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from coresafe.api import answers
from coresafe.api.access import Who, needs
from coresafe.api.answers import PageOf, PageOfSome
from coresafe.api.bodies import DrillholeChange, NewDrillhole, sent
from coresafe.api.fields import PathId
from coresafe.api.queries import DrillholeQuery
from coresafe.api.routes import ADDS, CHANGES, READS, READS_ONE, IfMatch, Key, make_router, version_from
from coresafe.services.registry import (
    AddDrillhole,
    ChangeDrillhole,
    DrillholeRow,
    add_drillhole,
    change_drillhole,
    get_drillhole,
    list_drillholes,
)

router = make_router("/drillholes", "Drillholes")


@router.get("", response_model=PageOf[DrillholeRow] | PageOfSome, responses=READS, operation_id="list_drillholes")
@needs(list_drillholes.permission)
def all_drillholes(who: Who, query: Annotated[DrillholeQuery, Query()]) -> Response:
    """A page of drillholes, by hole id."""
    return answers.page(list_drillholes(who, query.query()), DrillholeRow, query.fields)


@router.post("", status_code=201, response_model=DrillholeRow, responses=ADDS, operation_id="add_drillhole")
@needs(add_drillhole.permission)
def new_drillhole(who: Who, body: NewDrillhole, key: Key = None) -> Response:
    """Add a hole; its id is unique in its project, compared without case and outer blanks."""
    return answers.row(add_drillhole(who, AddDrillhole(**sent(body)), key), 201, location="/api/v1/drillholes")


@router.get("/{drillhole_id}", response_model=DrillholeRow, responses=READS_ONE, operation_id="get_drillhole")
@needs(get_drillhole.permission)
def one_drillhole(who: Who, drillhole_id: PathId) -> Response:
    """One hole."""
    return answers.row(get_drillhole(who, drillhole_id))


@router.put("/{drillhole_id}", response_model=DrillholeRow, responses=CHANGES, operation_id="change_drillhole")
@needs(change_drillhole.permission)
def changed_drillhole(
    request: Request,
    who: Who,
    drillhole_id: PathId,
    body: DrillholeChange,
    key: Key = None,
    _if_match: IfMatch = None,
) -> Response:
    """Change a hole: the fields that are sent. The project stays once trays were dispatched for the hole."""
    values = sent(body) | {"version": version_from(request, body.version)}
    return answers.row(change_drillhole(who, ChangeDrillhole(drillhole_id=drillhole_id, **values), key))
