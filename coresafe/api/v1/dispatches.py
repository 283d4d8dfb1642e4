"""Dispatches, their returns and what becomes of what is missing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response

from coresafe.api import answers
from coresafe.api.access import Who, needs
from coresafe.api.answers import PageOf, PageOfSome
from coresafe.api.bodies import (
    DispatchChange,
    Extension,
    NewDispatch,
    NewResolution,
    NewReturn,
    Void,
    sent,
)
from coresafe.api.fields import PathId
from coresafe.api.queries import DispatchQuery, OutstandingQuery, SamplesOfDispatchQuery
from coresafe.api.routes import ADDS, CHANGES, READS, READS_ONE, IfMatch, Key, make_router, version_from
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import (
    AmendDispatch,
    DispatchTrays,
    ExtendDispatch,
    VoidDispatch,
    WantedLine,
    amend_dispatch,
    dispatch_trays,
    extend_dispatch,
    get_dispatch,
    list_dispatches,
    list_outstanding,
    void_dispatch,
)
from coresafe.services.returning import (
    LostLine,
    ResolveLost,
    ReturnedLine,
    TakeReturn,
    VoidResolution,
    VoidReturn,
    resolve_lost,
    take_return,
    void_resolution,
    void_return,
)
from coresafe.services.samples import SampleRow, list_samples

router = make_router("/dispatches", "Dispatches")
_HISTORY = {"returns", "resolutions"}


def _with_history(fields: str | None) -> bool:
    """Whether returns and resolutions are among the fields asked for."""
    chosen = answers.chosen_fields(DispatchRow, fields)
    return chosen is None or bool(_HISTORY & set(chosen))


def _lines(values: dict[str, Any], kind: type) -> dict[str, Any]:
    if values.get("lines") is not None:
        values["lines"] = [kind(**line) for line in values["lines"]]
    return values


@router.get("", response_model=PageOf[DispatchRow] | PageOfSome, responses=READS, operation_id="list_dispatches")
@needs(list_dispatches.permission)
def all_dispatches(who: Who, query: Annotated[DispatchQuery, Query()]) -> Response:
    """A page of dispatches, newest first unless sorted otherwise."""
    history = _with_history(query.fields)
    return answers.page(list_dispatches(who, query.query(), history=history), DispatchRow, query.fields)


@router.post("", status_code=201, response_model=DispatchRow, responses=ADDS, operation_id="add_dispatch")
@needs(dispatch_trays.permission)
def new_dispatch(who: Who, body: NewDispatch, key: Key = None) -> Response:
    """Send trays out. Refused whole where there are not enough, naming each size."""
    command = DispatchTrays(**_lines(sent(body), WantedLine))
    return answers.row(dispatch_trays(who, command, key), 201, location="/api/v1/dispatches")


@router.get(
    "/outstanding", response_model=PageOf[DispatchRow] | PageOfSome, responses=READS, operation_id="list_outstanding"
)
@needs(list_outstanding.permission)
def outstanding(who: Who, query: Annotated[OutstandingQuery, Query()]) -> Response:
    """A page of dispatches of which something is out, oldest first."""
    history = _with_history(query.fields)
    return answers.page(list_outstanding(who, query.query(), history=history), DispatchRow, query.fields)


@router.get("/{dispatch_id}", response_model=DispatchRow, responses=READS_ONE, operation_id="get_dispatch")
@needs(get_dispatch.permission)
def one_dispatch(who: Who, dispatch_id: PathId) -> Response:
    """One dispatch with its returns and resolutions."""
    return answers.row(get_dispatch(who, dispatch_id))


@router.put("/{dispatch_id}", response_model=DispatchRow, responses=CHANGES, operation_id="amend_dispatch")
@needs(amend_dispatch.permission)
def amended_dispatch(
    request: Request, who: Who, dispatch_id: PathId, body: DispatchChange, key: Key = None, _if_match: IfMatch = None
) -> Response:
    """Correct an open dispatch: the header until it is closed, its lines while nothing has come back."""
    values = _lines(sent(body), WantedLine) | {"version": version_from(request, body.version)}
    return answers.row(amend_dispatch(who, AmendDispatch(dispatch_id=dispatch_id, **values), key))


@router.post(
    "/{dispatch_id}/return",
    status_code=201,
    response_model=DispatchRow,
    responses=CHANGES,
    operation_id="return_dispatch",
)
@needs(take_return.permission)
def returned(who: Who, dispatch_id: PathId, body: NewReturn, key: Key = None) -> Response:
    """Take trays back. What does not come back stays outstanding. Answers with the dispatch as it now stands."""
    command = TakeReturn(dispatch_id=dispatch_id, **_lines(sent(body), ReturnedLine))
    return answers.row(take_return(who, command, key), 201)


@router.post(
    "/{dispatch_id}/resolve",
    status_code=201,
    response_model=DispatchRow,
    responses=CHANGES,
    operation_id="resolve_dispatch",
)
@needs(resolve_lost.permission)
def resolved(who: Who, dispatch_id: PathId, body: NewResolution, key: Key = None) -> Response:
    """Declare missing trays lost, with the reason."""
    values = _lines(sent(body), LostLine)
    del values["disposition"]
    return answers.row(resolve_lost(who, ResolveLost(dispatch_id=dispatch_id, **values), key), 201)


@router.post(
    "/{dispatch_id}/void",
    status_code=201,
    response_model=DispatchRow,
    responses=CHANGES,
    operation_id="void_dispatch",
)
@needs(void_dispatch.permission)
def voided(who: Who, dispatch_id: PathId, body: Void, key: Key = None) -> Response:
    """Void a dispatch by counter-entries, while no return or resolution stands."""
    return answers.row(void_dispatch(who, VoidDispatch(dispatch_id=dispatch_id, **sent(body)), key), 201)


@router.post(
    "/{dispatch_id}/returns/{return_id}/void",
    status_code=201,
    response_model=DispatchRow,
    responses=CHANGES,
    operation_id="void_return",
)
@needs(void_return.permission)
def voided_return(who: Who, dispatch_id: PathId, return_id: PathId, body: Void, key: Key = None) -> Response:
    """Void a return: its trays are out again."""
    command = VoidReturn(dispatch_id=dispatch_id, return_id=return_id, **sent(body))
    return answers.row(void_return(who, command, key), 201)


@router.post(
    "/{dispatch_id}/resolutions/{resolution_id}/void",
    status_code=201,
    response_model=DispatchRow,
    responses=CHANGES,
    operation_id="void_resolution",
)
@needs(void_resolution.permission)
def voided_resolution(who: Who, dispatch_id: PathId, resolution_id: PathId, body: Void, key: Key = None) -> Response:
    """Void a declaration of loss: its trays are outstanding again."""
    command = VoidResolution(dispatch_id=dispatch_id, resolution_id=resolution_id, **sent(body))
    return answers.row(void_resolution(who, command, key), 201)


@router.post(
    "/{dispatch_id}/extend",
    status_code=201,
    response_model=DispatchRow,
    responses=CHANGES,
    operation_id="extend_dispatch",
)
@needs(extend_dispatch.permission)
def extended(who: Who, dispatch_id: PathId, body: Extension, key: Key = None) -> Response:
    """Give a dispatch a new due date."""
    return answers.row(extend_dispatch(who, ExtendDispatch(dispatch_id=dispatch_id, **sent(body)), key), 201)


@router.get(
    "/{dispatch_id}/samples",
    response_model=PageOf[SampleRow] | PageOfSome,
    responses=READS_ONE,
    operation_id="list_samples_of_dispatch",
)
@needs(list_samples.permission)
def samples_of(who: Who, dispatch_id: PathId, query: Annotated[SamplesOfDispatchQuery, Query()]) -> Response:
    """A page of the samples that a dispatch took along."""
    found = list_samples(who, query.query(dispatch_id=dispatch_id))
    if not found.items and not query.cursor:
        get_dispatch(who, dispatch_id)  # an empty list of a dispatch that is not there would say that it is
    return answers.page(found, SampleRow, query.fields)
