"""The stock of every shed at once: what a page needs to show one shed, another, or all together, in one round trip."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from coresafe.models import Balance, Shed, TraySize
from coresafe.models.enums import State
from coresafe.services.inventory import StockRow, state_columns, stock_of
from coresafe.services.permissions import Permission
from coresafe.services.transaction import reads
from coresafe.services.work import Reading

B = Balance.__table__
S = Shed.__table__
T = TraySize.__table__

_COUNTED = ("base", "available", "occupied", "damaged", "in_transit", "outstanding", "lost", "scrapped")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShedStock:
    """What a shed has of every size that is in use or that it holds. ``time_zone`` is an IANA name."""

    shed_id: int
    name: str
    code: str
    time_zone: str
    is_active: bool
    rows: tuple[StockRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockBySheds:
    """Every shed with its stock, those in use first, then by id; ``as_of`` is the database's clock."""

    as_of: datetime
    sheds: tuple[ShedStock, ...]

    def of(self, shed_id: int | None) -> tuple[StockRow, ...]:
        """The stock of one shed, with None that of all sheds together; () for a shed that there is not."""
        if shed_id is not None:
            return next((shed.rows for shed in self.sheds if shed.shed_id == shed_id), ())
        together: dict[str, StockRow] = {}
        for row in itertools.chain.from_iterable(shed.rows for shed in self.sheds):
            there = together.get(row.tray_size)
            together[row.tray_size] = replace(row, shed_id=None) if there is None else added(there, row)
        order = [row.tray_size for row in max((shed.rows for shed in self.sheds), key=len, default=())]
        known = {size: at for at, size in enumerate(order)}
        return tuple(sorted(together.values(), key=lambda row: known.get(row.tray_size, len(known))))

    def with_rows(self, shed_id: int, rows: Sequence[StockRow]) -> StockBySheds:
        """The same with a newer answer for one shed."""
        newer = tuple(replace(shed, rows=tuple(rows)) if shed.shed_id == shed_id else shed for shed in self.sheds)
        return replace(self, sheds=newer)


def added(one: StockRow, other: StockRow) -> StockRow:
    """Both together, under the name of the first."""
    return replace(one, **{name: getattr(one, name) + getattr(other, name) for name in _COUNTED})


def total(rows: Sequence[StockRow]) -> StockRow | None:
    """All sizes together, with "" for a size; None where there is no row."""
    return replace(functools.reduce(added, rows), tray_size="") if rows else None


@functools.cache
def _statement() -> sa.Select[Any]:
    shed = (S.c.id, S.c.name, S.c.code, S.c.time_zone, S.c.is_active)
    size = (T.c.id, T.c.name, T.c.position, T.c.is_active)
    pairs = S.join(T, sa.true())
    return (
        sa.select(
            S.c.id.label("shed_id"), S.c.name, S.c.code, S.c.time_zone, S.c.is_active,
            T.c.id.label("size_id"), T.c.name.label("tray_size"), T.c.is_active.label("size_active"), *state_columns(),
        )
        .select_from(pairs.outerjoin(B, (B.c.shed_id == S.c.id) & (B.c.tray_size_id == T.c.id)))
        .group_by(*shed, *size)
        .order_by(S.c.is_active.desc(), S.c.id, T.c.position, T.c.id)
    )  # fmt: skip


def _holds(row: Any) -> bool:
    """Whether there is, or ever was, a tray of this size here."""
    return any(getattr(row, f"in_{state.value}") for state in State)


@reads(Permission.LOOK)
def stock_by_shed(tx: Reading) -> StockBySheds:
    """What there is of every size, shed by shed. One statement: sheds and sizes are few."""
    return read_stock_by_shed(tx)


def read_stock_by_shed(tx: Reading) -> StockBySheds:
    """The same, within another read."""
    sheds = []
    found = [row for row in tx.all(_statement()) if row.size_active or _holds(row)]
    for _shed_id, rows in itertools.groupby(found, key=lambda row: row.shed_id):
        mine = list(rows)
        sheds.append(
            ShedStock(
                shed_id=mine[0].shed_id,
                name=mine[0].name,
                code=mine[0].code,
                time_zone=mine[0].time_zone,
                is_active=bool(mine[0].is_active),
                rows=tuple(stock_of(row, row.tray_size, row.shed_id) for row in mine),
            )
        )
    return StockBySheds(as_of=tx.now, sheds=tuple(sheds))
