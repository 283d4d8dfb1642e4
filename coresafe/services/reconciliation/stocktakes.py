"""What approved stocktakes of a period found otherwise than the ledger, dated as its movements are: when it was counted."""

from __future__ import annotations

import sqlalchemy as sa

from coresafe.models import Stocktake, StocktakeLine, StocktakeSize, TraySize
from coresafe.models.enums import State
from coresafe.services.reconciliation.answers import StocktakeVariance
from coresafe.services.reporting import Period, Places
from coresafe.services.work import Reading

ST = Stocktake.__table__
Z = StocktakeSize.__table__
LINE = StocktakeLine.__table__
T = TraySize.__table__


def read_stocktakes(tx: Reading, places: Places, period: Period) -> tuple[StocktakeVariance, ...]:
    """The lines that vary, by the moment their size was declared counted. One statement."""
    statement = (
        sa.select(ST.c.id, ST.c.number, ST.c.shed_id, Z.c.declared_at, T.c.name.label("tray_size"), LINE)
        .select_from(
            LINE.join(ST, ST.c.id == LINE.c.stocktake_id)
            .join(Z, (Z.c.stocktake_id == LINE.c.stocktake_id) & (Z.c.tray_size_id == LINE.c.tray_size_id))
            .join(T, T.c.id == LINE.c.tray_size_id)
        )
        .where(LINE.c.counted != LINE.c.expected, Z.c.declared_at >= period.since, Z.c.declared_at < period.until)
        .order_by(Z.c.declared_at, ST.c.id, T.c.position, T.c.id)
    )
    if places.shed_id is not None:
        statement = statement.where(ST.c.shed_id == places.shed_id)
    order = {state.value: at for at, state in enumerate(State)}
    rows = [
        StocktakeVariance(
            stocktake_id=row.id,
            number=row.number,
            shed_id=row.shed_id,
            at=row.declared_at,
            tray_size=row.tray_size,
            state=State(row.state),
            expected=row.expected,
            counted=row.counted,
            variance=row.counted - row.expected,
            reason=row.reason or "",
        )
        for row in tx.all(statement)
    ]
    keys = {key: at for at, key in enumerate(dict.fromkeys((row.stocktake_id, row.tray_size) for row in rows))}
    return tuple(sorted(rows, key=lambda row: (keys[row.stocktake_id, row.tray_size], order[row.state.value])))
