"""The proof of transfers: what is on its way, and what was posted, is what their lines say (see ``proving``)."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from coresafe.models import Balance, Movement, Shed, TraySize
from coresafe.models.enums import MovementKind, State, TransferStatus
from coresafe.services.transferring.reading import AMOUNTS, EL, E, L, X

B = Balance.__table__
M = Movement.__table__

#: A transfer, a size, a shed and a state there.
_Account = tuple[int, int, int, str]


def problems(connection: Connection) -> Iterator[str]:
    """Whatever does not fit: headers and lines, entries and lines, balances and lines, movements and documents."""
    yield from _headers(connection)
    yield from _entries(connection)
    yield from _balances(connection)
    yield from _movements(connection)
    yield from _astray(connection)


def _headers(connection: Connection) -> Iterator[str]:
    """The header says what its lines say; the state is the one that follows from them."""
    sums = (
        sa.select(
            L.c.transfer_id,
            sa.func.sum(L.c.quantity).label("quantity"),
            sa.func.sum(L.c.in_transit).label("in_transit"),
            sa.func.sum(L.c.damaged + L.c.lost + L.c.surplus).label("spoiled"),
        )
        .group_by(L.c.transfer_id)
        .subquery()
    )
    voided = X.c.status == TransferStatus.VOIDED.value
    missing = sa.case((voided, 0), else_=sums.c.in_transit)
    status = sa.case(
        (voided, TransferStatus.VOIDED.value),
        (sums.c.in_transit > 0, TransferStatus.IN_TRANSIT.value),
        else_=TransferStatus.ARRIVED.value,
    )
    wrong = sa.or_(
        sums.c.transfer_id.is_(None),
        X.c.quantity != sums.c.quantity,
        X.c.in_transit != missing,
        X.c.status != status,
        X.c.discrepancy != (~voided & (sums.c.spoiled > 0)),
        X.c.ended_at.is_(None) != (X.c.in_transit > 0),
        voided & (sums.c.in_transit != sums.c.quantity),
    )
    statement = sa.select(X.c.number).select_from(X.outerjoin(sums, sums.c.transfer_id == X.c.id))
    for row in connection.execute(statement.where(wrong).order_by(X.c.id)):
        yield f"{row.number}: its header and its lines do not say the same."


def _entries(connection: Connection) -> Iterator[str]:
    """The lines of a transfer = the sums of its standing receipts and losses."""
    said = (
        sa.select(EL.c.transfer_id, EL.c.transfer_position, *(sa.func.sum(EL.c[name]).label(name) for name in AMOUNTS))
        .select_from(EL.join(E, E.c.id == EL.c.entry_id))
        .where(E.c.voided_at.is_(None))
        .group_by(EL.c.transfer_id, EL.c.transfer_position)
        .subquery()
    )
    here = (said.c.transfer_id == L.c.transfer_id) & (said.c.transfer_position == L.c.position)
    wrong = sa.or_(*(L.c[name] != sa.func.coalesce(said.c[name], 0) for name in AMOUNTS))
    statement = sa.select(X.c.number, L.c.position).select_from(
        L.join(X, X.c.id == L.c.transfer_id).outerjoin(said, here)
    )
    for row in connection.execute(statement.where(wrong).order_by(X.c.id, L.c.position)):
        yield f"{row.number}, line {row.position}: its receipts and losses do not add up to the line."


def _balances(connection: Connection) -> Iterator[str]:
    """What is on its way from a shed, by its balance = by the lines of its transfers."""
    lines = (
        sa.select(X.c.shed_id, L.c.tray_size_id, sa.func.sum(L.c.in_transit).label("quantity"))
        .select_from(L.join(X, X.c.id == L.c.transfer_id))
        .where(X.c.status != TransferStatus.VOIDED.value)
        .group_by(X.c.shed_id, L.c.tray_size_id)
    )
    stated = {(row.shed_id, row.tray_size_id): int(row.quantity) for row in connection.execute(lines)}
    held = sa.select(B.c.shed_id, B.c.tray_size_id, B.c.quantity).where(B.c.state == State.IN_TRANSIT.value)
    kept = {(row.shed_id, row.tray_size_id): int(row.quantity) for row in connection.execute(held)}
    sheds = {row.id: row.name for row in connection.execute(sa.select(Shed.id, Shed.name))}
    sizes = _sizes(connection)
    for key in sorted(stated.keys() | kept.keys()):
        if stated.get(key, 0) != kept.get(key, 0):
            yield (
                f"On their way and balance differ: {sizes.get(key[1], 'size')} in transit at {sheds.get(key[0], 'shed')} "
                f"is {kept.get(key, 0)}, the transfers say {stated.get(key, 0)}."
            )


def _movements(connection: Connection) -> Iterator[str]:
    """What the movements of a transfer changed, account by account = what its lines say became of it."""
    posted: dict[_Account, int] = {}
    for shed, state, sign in ((M.c.shed_id, M.c.from_state, -1), (M.c.to_shed_id, M.c.to_state, 1)):
        keys = (M.c.transfer_id, M.c.tray_size_id, shed.label("shed"), state.label("state"))
        grouped = sa.select(*keys, sa.func.sum(M.c.quantity).label("quantity")).where(M.c.transfer_id.is_not(None))
        for row in connection.execute(grouped.group_by(*keys)):
            _add(posted, (row.transfer_id, row.tray_size_id, row.shed, row.state), sign * int(row.quantity))
    stated: dict[_Account, int] = {}
    numbers: dict[int, str] = {}
    told = sa.select(X.c.number, X.c.shed_id, X.c.to_shed_id, X.c.status, L).select_from(
        X.join(L, L.c.transfer_id == X.c.id)
    )
    for row in connection.execute(told):
        numbers[row.transfer_id] = row.number
        if row.status == TransferStatus.VOIDED.value:
            continue
        about = (row.transfer_id, row.tray_size_id)
        for shed_id, state_name, quantity in (
            (row.shed_id, row.state, -row.quantity),
            (row.shed_id, State.IN_TRANSIT.value, row.in_transit),
            (row.shed_id, State.LOST.value, row.lost),
            (row.to_shed_id, State.AVAILABLE.value, row.good + row.surplus),
            (row.to_shed_id, State.OCCUPIED.value, row.occupied),
            (row.to_shed_id, State.DAMAGED.value, row.damaged),
            (row.to_shed_id, State.EXTERNAL.value, -row.surplus),
        ):
            _add(stated, (*about, shed_id, state_name), quantity)
    sizes = _sizes(connection)
    for key in sorted(posted.keys() | stated.keys()):
        if posted.get(key, 0) != stated.get(key, 0):
            transfer_id, size, _shed, state_name = key
            yield (
                f"{numbers.get(transfer_id, 'No transfer')}: {sizes.get(size, 'size')} {state_name} changes by "
                f"{stated.get(key, 0):+}, its movements say {posted.get(key, 0):+}."
            )


def _add(sums: dict[_Account, int], key: _Account, quantity: int) -> None:
    sums[key] = sums.get(key, 0) + quantity


def _astray(connection: Connection) -> Iterator[str]:
    """Trays cross from shed to shed with a transfer, or at once with a return received elsewhere."""
    is_of = M.c.of_kind == MovementKind.TRANSFER.value
    nameless = is_of & M.c.transfer_id.is_(None) & M.c.return_id.is_(None)
    on_the_way = ((M.c.from_state == State.IN_TRANSIT.value) | (M.c.to_state == State.IN_TRANSIT.value)) & (
        M.c.transfer_id.is_(None)
    )
    for row in connection.execute(sa.select(M.c.id).where(nameless | on_the_way).order_by(M.c.id)):
        yield f"Movement {row.id} is of a transfer and names none."


def _sizes(connection: Connection) -> dict[int, str]:
    return {row.id: row.name for row in connection.execute(sa.select(TraySize.id, TraySize.name))}
