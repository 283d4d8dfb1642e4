"""How stocktakes are read: as a list, as somebody who counts sees one, and with its lines afterwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.errors import NotFound
from coresafe.models import (
    MonthlyTotal,
    Shed,
    Stocktake,
    StocktakeCount,
    StocktakeLine,
    StocktakeSize,
    TraySize,
    User,
)
from coresafe.models.enums import State, StocktakeStatus
from coresafe.services.listing import Listing, Page, Query, contains, equals, since, until
from coresafe.services.permissions import Permission
from coresafe.services.registry.common import page_of
from coresafe.services.rules import identifier, month_of
from coresafe.services.stocktaking.answers import (
    COUNTED_STATES,
    Counting,
    CountRow,
    LineRow,
    SizeProgress,
    StateProgress,
    StocktakeDetail,
    StocktakeRow,
)
from coresafe.services.transaction import reads
from coresafe.services.work import Reading, Writing

ST = Stocktake.__table__
Z = StocktakeSize.__table__
C = StocktakeCount.__table__
LINE = StocktakeLine.__table__
SHED = Shed.__table__
T = TraySize.__table__
MT = MonthlyTotal.__table__
OPENER = User.__table__.alias("opener")
ENDER = User.__table__.alias("ender")
COUNTER = User.__table__.alias("counter")
DECLARER = User.__table__.alias("declarer")


def header_columns() -> list[Any]:
    """What a ``StocktakeRow`` is made of; needs ``with_names``."""
    declared = sa.select(sa.func.count()).where(Z.c.stocktake_id == ST.c.id, Z.c.declared_at.is_not(None))
    varied = sa.select(sa.func.count()).where(LINE.c.stocktake_id == ST.c.id, LINE.c.counted != LINE.c.expected)
    return [
        *ST.c,
        SHED.c.name.label("shed_name"),
        SHED.c.code.label("shed_code"),
        SHED.c.time_zone,
        OPENER.c.username.label("opener"),
        ENDER.c.username.label("ender"),
        declared.correlate(ST).scalar_subquery().label("declared"),
        varied.correlate(ST).scalar_subquery().label("varied"),
    ]


def with_names(start: sa.FromClause) -> sa.FromClause:
    """The stocktakes with their shed and who opened and ended them."""
    return (
        start.join(SHED, SHED.c.id == ST.c.shed_id)
        .join(OPENER, OPENER.c.id == ST.c.opened_by)
        .outerjoin(ENDER, ENDER.c.id == ST.c.ended_by)
    )


def header_of(row: Row[Any]) -> StocktakeRow:
    """A row of ``header_columns``."""
    return StocktakeRow(
        id=row.id,
        number=row.number,
        shed_id=row.shed_id,
        shed_name=row.shed_name,
        shed_code=row.shed_code,
        status=StocktakeStatus(row.status),
        opened_at=row.opened_at,
        opened_by=row.opener,
        notes=row.notes,
        ended_at=row.ended_at,
        ended_by=row.ender,
        end_reason=row.end_reason,
        declared=int(row.declared),
        variances=int(row.varied),
        version=row.version,
    )


def read_header(tx: Reading | Writing, stocktake_id: object) -> Row[Any]:
    """One stocktake with its names. Raises NotFound."""
    statement = sa.select(*header_columns()).select_from(with_names(ST)).where(ST.c.id == identifier(stocktake_id))
    row = tx.first(statement)
    if row is None:
        raise NotFound("There is no such stocktake.")
    return row


def count_columns() -> list[Any]:
    """What a ``CountRow`` is made of; needs ``counts_with_names``."""
    return [*C.c, COUNTER.c.username.label("counter"), T.c.name.label("tray_size")]


def counts_with_names() -> sa.FromClause:
    """The entries with who counted and what."""
    return C.join(COUNTER, COUNTER.c.id == C.c.counter_id).join(T, T.c.id == C.c.tray_size_id)


def count_of(row: Row[Any]) -> CountRow:
    """A row of ``count_columns``."""
    return CountRow(
        id=row.id,
        stocktake_id=row.stocktake_id,
        counter=row.counter,
        place=row.place,
        tray_size=row.tray_size,
        state=State(row.state),
        quantity=row.quantity,
        counted_at=row.counted_at,
        version=row.version,
    )


def read_counts(tx: Reading | Writing, stocktake_id: int) -> list[CountRow]:
    """Everybody's entries that stand, the newest first."""
    statement = (
        sa.select(*count_columns())
        .select_from(counts_with_names())
        .where(C.c.stocktake_id == stocktake_id, C.c.quantity.is_not(None))
        .order_by(C.c.counted_at.desc(), C.c.id.desc())
    )
    return [count_of(row) for row in tx.all(statement)]


def _size_columns() -> list[Any]:
    """What is known of a size in a stocktake; needs ``_with_sizes``."""
    first = sa.select(sa.func.min(MT.c.month)).where(MT.c.shed_id == ST.c.shed_id, MT.c.tray_size_id == T.c.id)
    return [
        T.c.name.label("size_name"),
        T.c.is_active.label("size_active"),
        Z.c.declared_at,
        DECLARER.c.username.label("declarer"),
        first.correlate(ST, T).scalar_subquery().label("first_month"),
    ]


def _with_sizes(start: sa.FromClause) -> sa.FromClause:
    """Each stocktake with every size there is."""
    return (
        start.join(T, sa.true())
        .outerjoin(Z, (Z.c.tray_size_id == T.c.id) & (Z.c.stocktake_id == ST.c.id))
        .outerjoin(DECLARER, DECLARER.c.id == Z.c.declared_by)
    )


def _sizes(found: Sequence[Row[Any]], counts: Sequence[CountRow]) -> tuple[SizeProgress, ...]:
    """How far each size is that belongs to the count: what the shed ever had, and while it is open what is in use."""
    who: dict[tuple[str, State], set[str]] = defaultdict(set)
    for count in counts:
        who[count.tray_size, count.state].add(count.counter)
    counted = {size for size, _state in who}
    return tuple(
        SizeProgress(
            tray_size=row.size_name,
            states=tuple(
                StateProgress(state=state, counters=tuple(sorted(who[row.size_name, state])))
                for state in COUNTED_STATES
            ),
            declared_at=row.declared_at,
            declared_by=row.declarer if row.declared_at is not None else None,
        )
        for row in found
        if row.declared_at is not None or row.size_name in counted or _belongs(row)
    )


def _belongs(row: Row[Any]) -> bool:
    if row.ended_at is None:
        return bool(row.size_active) or row.first_month is not None
    return row.first_month is not None and row.first_month <= month_of(row.ended_at, row.time_zone)


def read_sizes(tx: Reading | Writing, stocktake_id: object) -> Sequence[Row[Any]]:
    """A stocktake, once for every size there is, in their order: one statement. Raises NotFound."""
    statement = (
        sa.select(*header_columns(), *_size_columns())
        .select_from(_with_sizes(with_names(ST)))
        .where(ST.c.id == identifier(stocktake_id))
        .order_by(T.c.position, T.c.id)
    )
    found = tx.all(statement)
    if not found:
        raise NotFound("There is no such stocktake.")
    return found


def read_progress(
    tx: Reading | Writing, stocktake_id: object
) -> tuple[Row[Any], tuple[SizeProgress, ...], list[CountRow]]:
    """A stocktake, how far every size is, and everybody's entries: two statements. Raises NotFound."""
    found = read_sizes(tx, stocktake_id)
    counts = read_counts(tx, found[0].id)
    return found[0], _sizes(found, counts), counts


LISTING = Listing(
    table=ST,
    sorts={"id": ST.c.id, "opened_at": ST.c.opened_at, "ended_at": ST.c.ended_at, "number": ST.c.number},
    filters={
        "shed_id": equals(ST.c.shed_id),
        "status": equals(ST.c.status),
        "from": since(ST.c.opened_at),
        "to": until(ST.c.opened_at),
    },
    default_sort="-opened_at",
    search=lambda text: contains(sa.func.lower(ST.c.number), text),
)


@reads(Permission.LOOK)
def list_stocktakes(tx: Reading, query: Query) -> Page[StocktakeRow]:
    """A page of the stocktakes, newest first."""
    return page_of(tx, LISTING, query, header_columns(), with_names, header_of)


@reads(Permission.LOOK)
def count_stocktakes(tx: Reading, query: Query) -> int:
    """How many stocktakes the filters let through."""
    return int(tx.all(LISTING.count(query))[0].rows)


@reads(Permission.COUNT)
def counting(tx: Reading, stocktake_id: int) -> Counting:
    """A stocktake as somebody who counts sees it: no number but his own. Raises NotFound. Two statements."""
    header, sizes, counts = read_progress(tx, stocktake_id)
    me = tx.actor.username
    return Counting(
        stocktake=header_of(header),
        sizes=sizes,
        mine=tuple(row for row in counts if row.counter == me),
        places=tuple(sorted({row.place for row in counts if row.place}, key=str.casefold)),
        as_of=tx.now,
    )


def read_detail(tx: Reading | Writing, stocktake_id: object) -> StocktakeDetail:
    """A stocktake with its lines. Raises NotFound."""
    header = read_header(tx, stocktake_id)
    statement = (
        sa.select(LINE, T.c.name.label("tray_size"), Z.c.declared_at, DECLARER.c.username.label("declarer"))
        .select_from(
            LINE.join(T, T.c.id == LINE.c.tray_size_id)
            .outerjoin(Z, (Z.c.stocktake_id == LINE.c.stocktake_id) & (Z.c.tray_size_id == LINE.c.tray_size_id))
            .outerjoin(DECLARER, DECLARER.c.id == Z.c.declared_by)
        )
        .where(LINE.c.stocktake_id == header.id)
        .order_by(T.c.position, T.c.id)
    )
    order = {state.value: at for at, state in enumerate(COUNTED_STATES)}
    found = tx.all(statement)
    places: dict[int, int] = {}
    for row in found:
        places.setdefault(row.tray_size_id, len(places))
    lines = tuple(
        LineRow(
            tray_size=row.tray_size,
            state=State(row.state),
            expected=row.expected,
            counted=row.counted,
            variance=row.counted - row.expected,
            reason=row.reason,
            at=row.declared_at,
            declared_by=row.declarer,
        )
        for row in sorted(found, key=lambda row: (places[row.tray_size_id], order.get(row.state, 0)))
    )
    left: tuple[str, ...] = ()
    if header.status == StocktakeStatus.APPROVED.value:
        _header, sizes, _counts = read_progress(tx, header.id)
        left = tuple(size.tray_size for size in sizes if size.declared_at is None)
    return StocktakeDetail(stocktake=header_of(header), lines=lines, left_alone=left)


@reads(Permission.LOOK, snapshot=True)
def get_stocktake(tx: Reading, stocktake_id: int) -> StocktakeDetail:
    """A stocktake with what was found and expected, once it is approved. Raises NotFound."""
    return read_detail(tx, stocktake_id)
