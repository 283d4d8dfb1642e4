"""What a form has at hand before anybody types: the stock, and the names of earlier dispatches to complete from."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from coresafe.models.base import NAME_LENGTH
from coresafe.services.dispatch_rows import D
from coresafe.services.inventory import StockQuery, StockRow, stock_columns, stock_of
from coresafe.services.permissions import Permission
from coresafe.services.transaction import reads
from coresafe.services.work import Reading

#: Dispatches looked back for names: whoever drove longer ago is typed.
_RECENT = 2000
#: Names of one kind that are at hand; where there are more, the database is asked as somebody types.
MANY_NAMES = 300

_COLUMNS = {"driver": D.c.driver, "technician": D.c.technician, "destination": D.c.destination}
KINDS = tuple(_COLUMNS)
_STOCK = "stock"


@dataclass(frozen=True, slots=True, kw_only=True)
class AtHand:
    """The stock of one shed or of all, and by kind (``KINDS``) every name of recent dispatches.

    A kind with more than ``MANY_NAMES`` names is left out.
    """

    stock: tuple[StockRow, ...]
    names: Mapping[str, tuple[str, ...]]


@reads(Permission.LOOK)
def at_hand(tx: Reading, query: StockQuery) -> AtHand:
    """Read it all in one round trip."""
    shed_id = query.checked()
    one = shed_id is not None
    rows = tx.all(_statement(of_one_shed=one), {"of_shed": shed_id} if one else None)
    names: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for row in rows:
        if row.kind != _STOCK:
            names[row.kind].append(row.words)
    return AtHand(
        stock=tuple(stock_of(row, row.words, shed_id) for row in rows if row.kind == _STOCK),
        names={kind: tuple(sorted(found)) for kind, found in names.items() if len(found) <= MANY_NAMES},
    )


@functools.cache
def _statement(*, of_one_shed: bool) -> sa.Select[Any]:
    sizes = stock_columns(of_one_shed=of_one_shed).subquery("sizes")
    states = [column for column in sizes.c if column.name.startswith("in_")]
    parts: list[sa.Select[Any]] = [
        sa.select(sa.literal(_STOCK).label("kind"), sizes.c.tray_size.label("words"), sizes.c.position, sizes.c.size_id,
                  *states)
    ]  # fmt: skip
    nothing = [sa.literal(0).label(column.name) for column in states]
    for kind, column in _COLUMNS.items():
        named = _recent_names(column).group_by("name").limit(MANY_NAMES + 1).subquery(kind)
        parts.append(
            sa.select(
                sa.literal(kind),
                named.c.name,
                sa.literal(0).label("position"),
                sa.literal(0).label("size_id"),
                *nothing,
            )
        )
    every = sa.union_all(*parts).subquery("every")
    return sa.select(*every.c).order_by(every.c.position, every.c.size_id)


def _recent_names(column: sa.Column[Any]) -> sa.Select[Any]:
    recent = sa.select(column.label("name")).order_by(D.c.id.desc()).limit(_RECENT).subquery()
    return sa.select(recent.c.name).where(recent.c.name.is_not(None))


@reads(Permission.LOOK)
def known_people(tx: Reading, kind: str, text: str) -> tuple[str, ...]:
    """Names of recent dispatches of a ``kind`` (``KINDS``) that hold ``text``, for completion; the first twenty."""
    wanted = text.strip()[:NAME_LENGTH].encode("utf-8", "ignore").decode().replace("\0", "")
    statement = _recent_names(_COLUMNS[kind])
    name = statement.selected_columns[0]
    statement = statement.where(sa.func.lower(name).contains(wanted.lower(), autoescape=True))
    return tuple(row.name for row in tx.all(statement.group_by(name).order_by(name).limit(20)))
