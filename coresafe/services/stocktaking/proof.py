"""The proof of stocktakes: what was posted is what their lines say (see ``proving``)."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from coresafe.models import Movement, Stocktake, StocktakeLine, TraySize
from coresafe.models.enums import MovementKind, State, StocktakeStatus

M = Movement.__table__
ST = Stocktake.__table__
LINE = StocktakeLine.__table__


def problems(connection: Connection) -> Iterator[str]:
    """The movements of a stocktake add up to counted - expected, line by line; only approved ones have any."""
    numbers = {row.id: row for row in connection.execute(sa.select(ST.c.id, ST.c.number, ST.c.status, ST.c.shed_id))}
    sizes = {row.id: row.name for row in connection.execute(sa.select(TraySize.id, TraySize.name))}
    posted: dict[tuple[int, int, str], int] = {}
    for state, sign in ((M.c.from_state, -1), (M.c.to_state, 1)):
        keys = (M.c.stocktake_id, M.c.tray_size_id, state.label("state"))
        total = sa.func.sum(M.c.quantity).label("quantity")
        grouped = sa.select(*keys, total).where(M.c.stocktake_id.is_not(None)).group_by(*keys)
        for row in connection.execute(grouped):
            key = (row.stocktake_id, row.tray_size_id, row.state)
            posted[key] = posted.get(key, 0) + sign * int(row.quantity)
    posted = {key: n for key, n in posted.items() if n and key[2] != State.EXTERNAL}
    stated = {}
    for row in connection.execute(sa.select(LINE)):
        if row.counted != row.expected:
            stated[row.stocktake_id, row.tray_size_id, row.state] = row.counted - row.expected
            if not row.reason:
                yield f"{numbers[row.stocktake_id].number}: {sizes[row.tray_size_id]} {row.state} varies without a reason."
    for key in sorted(posted.keys() | stated.keys()):
        if posted.get(key, 0) != stated.get(key, 0):
            stocktake, size, state_name = key
            yield (
                f"{numbers[stocktake].number}: {sizes[size]} {state_name} varies by {stated.get(key, 0):+}, "
                f"its movements say {posted.get(key, 0):+}."
            )
    lined = set(connection.execute(sa.select(LINE.c.stocktake_id).distinct()).scalars())
    for stocktake_id, row in sorted(numbers.items()):
        if (row.status == StocktakeStatus.APPROVED.value) != (stocktake_id in lined):
            yield f"{row.number} is {row.status}, and its lines do not say so."
    is_of = M.c.kind == MovementKind.STOCKTAKE.value
    astray = sa.select(M.c.id).where(is_of != M.c.stocktake_id.is_not(None)).order_by(M.c.id)
    for row in connection.execute(astray):
        yield f"Movement {row.id} is of a stocktake and names none, or the other way round."
