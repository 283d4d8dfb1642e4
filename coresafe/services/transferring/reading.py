"""Transfers as they are read: one, by its id or its number, and pages of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.errors import NotFound
from coresafe.models import Shed, Transfer, TransferEntry, TransferEntryLine, TransferLine, TraySize, User
from coresafe.models.enums import Contents, State, TransferEntryKind, TransferStatus
from coresafe.services.dispatch_rows import (
    days_between,
    json_array,
    json_rows,
    moment_as_text,
    read_moment,
    rows_by_id,
    size_name,
    username_of,
)
from coresafe.services.dispatching import printable
from coresafe.services.listing import (
    Listing,
    Page,
    Query,
    checked_limit,
    contains,
    equals,
    from_page,
    since,
    starts,
    until,
)
from coresafe.services.permissions import Permission
from coresafe.services.rules import identifier, key_of
from coresafe.services.transaction import reads
from coresafe.services.transferring.answers import (
    TransferEntryLineRow,
    TransferEntryRow,
    TransferLineRow,
    TransferRow,
)
from coresafe.services.work import Reading

X = Transfer.__table__
L = TransferLine.__table__
E = TransferEntry.__table__
EL = TransferEntryLine.__table__

_ENTRY = ("id", "kind", "happened_at", "created_at", "technician", "reason", "voided_at", "void_reason")
#: What an entry says of a line.
AMOUNTS = ("good", "occupied", "damaged", "lost", "surplus")


def _entries_column() -> sa.Label[str]:
    """All entries of a transfer with their lines, as JSON: a row a line."""
    line = L.alias("sent_line")
    of_line = (line.c.transfer_id == EL.c.transfer_id) & (line.c.position == EL.c.transfer_position)
    found = sa.select(
        json_rows(
            json_array(
                *(moment_as_text(E.c[name]) for name in _ENTRY),
                username_of(E.c.created_by),
                size_name(line.c.tray_size_id),
                *(EL.c[name] for name in AMOUNTS),
            )
        )
    ).select_from(E.join(EL, EL.c.entry_id == E.c.id).join(line, of_line))
    return found.where(E.c.transfer_id == X.c.id).correlate(X).scalar_subquery().label("entries_json")


def columns() -> list[Any]:
    """A row a line. Names come from subqueries, so that a lock on the transfer locks nothing but it."""

    def named(column: Any, condition: Any, label: str) -> sa.Label[Any]:
        return sa.select(column).where(condition).scalar_subquery().label(label)

    return [
        *X.c,
        L.c.position,
        L.c.tray_size_id,
        L.c.state,
        L.c.quantity.label("line_quantity"),
        *(L.c[name] for name in AMOUNTS),
        L.c.in_transit.label("line_in_transit"),
        named(TraySize.name, TraySize.id == L.c.tray_size_id, "tray_size"),
        named(Shed.name, Shed.id == X.c.shed_id, "shed_name"),
        named(Shed.time_zone, Shed.id == X.c.shed_id, "time_zone"),
        named(Shed.name, Shed.id == X.c.to_shed_id, "to_shed_name"),
        named(Shed.time_zone, Shed.id == X.c.to_shed_id, "to_time_zone"),
        named(User.username, User.id == X.c.created_by, "entered_by"),
        _entries_column(),
    ]


def row_of(rows: Sequence[Row[Any]], now: Any) -> TransferRow:
    """One transfer from the rows of its lines."""
    head = rows[0]
    status = TransferStatus(head.status)
    return TransferRow(
        id=head.id,
        version=head.version,
        number=head.number,
        status=status,
        shed_id=head.shed_id,
        shed_name=head.shed_name,
        time_zone=head.time_zone,
        to_shed_id=head.to_shed_id,
        to_shed_name=head.to_shed_name,
        to_time_zone=head.to_time_zone,
        sent_at=head.sent_at,
        driver=head.driver,
        technician=head.technician,
        vehicle=head.vehicle,
        notes=head.notes,
        quantity=head.quantity,
        in_transit=head.in_transit,
        discrepancy=bool(head.discrepancy),
        days=days_between(head.sent_at, head.ended_at or now, head.time_zone),
        ended_at=head.ended_at,
        void_reason=head.void_reason,
        entered_by=head.entered_by,
        created_at=head.created_at,
        updated_at=head.updated_at,
        lines=tuple(
            TransferLineRow(
                tray_size=row.tray_size,
                contents=contents_of(row.state),
                quantity=row.line_quantity,
                in_transit=0 if status is TransferStatus.VOIDED else row.line_in_transit,
                **{name: getattr(row, name) for name in AMOUNTS},
            )
            for row in rows
        ),
        entries=_entries(head.entries_json),
    )


def contents_of(state: str) -> Contents:
    """What the trays of a line held when they left."""
    return Contents.CORE if state == State.OCCUPIED else Contents.EMPTY


def _entries(found: str | None) -> tuple[TransferEntryRow, ...]:
    answer = []
    for rows in rows_by_id(found):
        row_id, kind, at, entered, technician, reason, voided, why, who = rows[0][:9]
        sizes: dict[str, list[int]] = {}
        for size, *parts in (row[9:] for row in rows):
            sums = sizes.setdefault(size, [0] * len(AMOUNTS))
            for index, part in enumerate(parts):
                sums[index] += part
        answer.append(
            TransferEntryRow(
                id=row_id,
                kind=TransferEntryKind(kind),
                happened_at=read_moment(at),  # type: ignore[arg-type]
                entered_at=read_moment(entered),  # type: ignore[arg-type]
                technician=technician,
                reason=reason,
                voided_at=read_moment(voided),
                void_reason=why,
                entered_by=who,
                lines=tuple(
                    TransferEntryLineRow(tray_size=size, **dict(zip(AMOUNTS, sums, strict=True)))
                    for size, sums in sorted(sizes.items())  # the database gives them in any order
                ),
            )
        )
    return tuple(answer)


def _search(text: str) -> sa.ColumnElement[bool]:
    """A number (from its beginning), or part of a shed's name, or of the driver's or technician's."""
    if text.upper().startswith("T-"):
        return starts(X.c.number, text.upper())
    sheds = sa.select(Shed.id).where(contains(Shed.name_key, text) | contains(Shed.code_key, text))
    found = X.c.shed_id.in_(sheds) | X.c.to_shed_id.in_(sheds)
    for person in (X.c.driver, X.c.technician):
        found |= contains(sa.func.lower(person), text)
    return found | X.c.number.like(f"%-{text.zfill(6)}") if text.isdigit() else found


LISTING = Listing(
    table=X,
    sorts={
        "sent_at": X.c.sent_at,
        "number": X.c.number,
        "driver": X.c.driver,
        "quantity": X.c.quantity,
        "in_transit": X.c.in_transit,
        "id": X.c.id,
    },
    filters={
        "id": equals(X.c.id),
        "number": equals(X.c.number),
        "status": equals(X.c.status),
        "open": lambda wanted: (
            X.c.status == TransferStatus.IN_TRANSIT.value if wanted else X.c.status != TransferStatus.IN_TRANSIT.value
        ),
        "shed_id": lambda shed: equals(X.c.shed_id)(shed) | equals(X.c.to_shed_id)(shed),
        "from_shed_id": equals(X.c.shed_id),
        "to_shed_id": equals(X.c.to_shed_id),
        "discrepancy": equals(X.c.discrepancy),
        "sent_from": since(X.c.sent_at),
        "sent_to": until(X.c.sent_at),
    },
    default_sort="-sent_at",
    search=_search,
)


@reads(Permission.LOOK)
def list_transfers(tx: Reading, query: Query) -> Page[TransferRow]:
    """A page of transfers with their entries, newest first unless sorted otherwise."""
    ids = LISTING.ids(query).cte("page")
    _name, column, descending = LISTING.order(query)
    down = descending != query.backwards
    ends = (ids.c.sort_value.desc(), ids.c.id.desc()) if down else (ids.c.sort_value.asc(), ids.c.id.asc())
    joined = ids.join(X, X.c.id == ids.c.id).join(L, L.c.transfer_id == X.c.id)
    found = tx.all(from_page(sa.select(*columns()).select_from(joined).order_by(*ends, L.c.position)))
    grouped: dict[int, list[Row[Any]]] = {}
    for row in found:
        grouped.setdefault(row.id, []).append(row)
    rows = [row_of(lines, tx.now) for lines in grouped.values()]
    keys = [(row.id, getattr(row, column.name)) for row in rows]
    page = LISTING.page(query, keys, rows[: checked_limit(query.limit)], tx.now)
    return replace(page, total=tx.all(LISTING.count(query))[0].rows) if query.total else page


@reads(Permission.LOOK)
def count_transfers(tx: Reading, query: Query) -> int:
    """How many transfers the filters let through."""
    return int(tx.all(LISTING.count(query))[0].rows)


def _read_one(tx: Reading, where: sa.ColumnElement[bool], otherwise: str) -> TransferRow:
    statement = sa.select(*columns()).select_from(X.join(L, L.c.transfer_id == X.c.id)).where(where)
    rows = tx.all(statement.order_by(L.c.position))
    if not rows:
        raise NotFound(otherwise)
    return row_of(rows, tx.now)


@reads(Permission.LOOK)
def get_transfer(tx: Reading, transfer_id: int) -> TransferRow:
    """One transfer with its entries. Raises NotFound."""
    return _read_one(tx, X.c.id == identifier(transfer_id), "There is no such transfer.")


@reads(Permission.LOOK)
def find_transfer(tx: Reading, number: str) -> TransferRow:
    """The transfer of a number, as a scanner reads it. Raises NotFound."""
    wanted = key_of(number if isinstance(number, str) and printable(number) else "").upper()
    return _read_one(tx, X.c.number == wanted, f"There is no transfer {wanted or 'with that number'}.")
