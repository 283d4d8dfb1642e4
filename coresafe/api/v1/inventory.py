"""The stock: what there is, the base inventory, moves, and the ledger."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response
from pydantic import BaseModel

from coresafe.api import answers
from coresafe.api.access import Who, needs
from coresafe.api.answers import Items, PageOf, PageOfSome
from coresafe.api.bodies import BaseInventory, StockMove, sent
from coresafe.api.queries import MovementQuery, ShedQuery
from coresafe.api.routes import CHANGES, READS, Key, make_router
from coresafe.services.inventory import (
    MovementRow,
    MoveStock,
    SetBase,
    StockQuery,
    StockRow,
    list_movements,
    move_stock,
    set_base,
    stock,
)

router = make_router("/inventory", "Inventory")


class Available(BaseModel):
    """What can be dispatched empty now, in trays."""

    tray_size: str
    available: int


@router.get("", response_model=Items[StockRow], responses=READS, operation_id="get_inventory")
@needs(stock.permission)
def inventory(who: Who, query: Annotated[ShedQuery, Query()]) -> Response:
    """Every size in use, at 0 too, with its trays by state."""
    return answers.items(stock(who, StockQuery(shed_id=query.shed_id)))


@router.put("", response_model=Items[StockRow], responses=CHANGES, operation_id="set_base_inventory")
@needs(set_base.permission)
def base_inventory(who: Who, body: BaseInventory, key: Key = None) -> Response:
    """State how many trays of a size a shed owns; the difference is posted. Answers with the shed's stock."""
    return answers.items(set_base(who, SetBase(**sent(body)), key))


@router.get("/available", response_model=Items[Available], responses=READS, operation_id="get_available")
@needs(stock.permission)
def available(who: Who, query: Annotated[ShedQuery, Query()]) -> Response:
    """What can be dispatched empty now."""
    found = stock(who, StockQuery(shed_id=query.shed_id))
    return answers.plain({"items": [{"tray_size": row.tray_size, "available": row.available} for row in found]})


@router.get(
    "/movements", response_model=PageOf[MovementRow] | PageOfSome, responses=READS, operation_id="list_movements"
)
@needs(list_movements.permission)
def movements(who: Who, query: Annotated[MovementQuery, Query()]) -> Response:
    """A page of the ledger, newest first."""
    return answers.page(list_movements(who, query.query()), MovementRow, query.fields)


@router.post("/moves", status_code=201, response_model=Items[StockRow], responses=CHANGES, operation_id="move_stock")
@needs(move_stock.permission)
def moved(who: Who, body: StockMove, key: Key = None) -> Response:
    """Move trays: operators may *release*, the rest takes a manager. Answers with the shed's stock."""
    values = sent(body)
    command = MoveStock(from_state=values.pop("from_", None), to_state=values.pop("to", None), **values)
    return answers.items(move_stock(who, command, key), 201)
