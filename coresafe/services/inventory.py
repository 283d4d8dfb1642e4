"""The stock of the sheds: what is where, the base inventory, and the moves that are neither dispatch nor return."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from coresafe.errors import StaleVersion, ValidationFailed, WrongState
from coresafe.models import Balance, Company, Dispatch, Movement, Return, Shed, Stocktake, Transfer, TraySize, User
from coresafe.models.enums import OWNED_STATES, MovementKind, State
from coresafe.services import facts
from coresafe.services.dispatching import find_size
from coresafe.services.ledger import Gate, Move, Posting, Source, open_accounts
from coresafe.services.listing import (
    Listing,
    Page,
    Query,
    checked_limit,
    contains,
    equals,
    from_page,
    searchable,
    since,
    until,
)
from coresafe.services.permissions import Permission
from coresafe.services.rules import MAX_QUANTITY, Checks, identifier, key_of
from coresafe.services.standing import lock_dispatch, require_version, store
from coresafe.services.transaction import reads, writes
from coresafe.services.work import Reading, Writing


@dataclass(frozen=True, slots=True, kw_only=True)
class StockQuery:
    """Whose stock: one shed's, or with None all sheds' together."""

    shed_id: int | None = None

    def checked(self) -> int | None:
        """The shed's id, or None. Raises ValidationFailed for what can be no id."""
        return _shed_or_none(self.shed_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRow:
    """Trays of one size by state. base = available + occupied + damaged + outstanding (out) + in_transit."""

    shed_id: int | None
    tray_size: str
    base: int
    available: int
    occupied: int
    damaged: int
    in_transit: int
    outstanding: int
    lost: int
    scrapped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBase:
    """State how many trays of a size the shed owns; the difference is posted.

    ``expected_base``: what it was thought to be before.
    """

    tray_size: str
    base_quantity: int
    reason: str
    shed_id: int | None = None
    expected_base: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveStock:
    """Move trays within a shed, in from suppliers, or out to scrap.

    ``kind``: purchase, fill, release, damage, repair, scrap, recovery or found. ``from_state`` chooses the account trays
    are taken from where there is a choice (damage: available or occupied; scrap: damaged, available or occupied);
    ``to_state`` where recovered trays go (available, occupied or damaged). A recovery names its ``dispatch_id``, and may say
    which ``version`` of it was looked at.
    """

    kind: MovementKind | str
    tray_size: str
    quantity: int
    reason: str
    shed_id: int | None = None
    from_state: State | str | None = None
    to_state: State | str | None = None
    dispatch_id: int | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementRow:
    """One line of the ledger. ``of_kind``: what a void counters."""

    id: int
    at: datetime
    entered_at: datetime
    kind: MovementKind
    of_kind: MovementKind
    tray_size: str
    quantity: int
    from_account: State
    to_account: State
    shed_id: int
    to_shed_id: int
    shed_name: str
    company_id: int | None
    company_name: str | None
    dispatch_id: int | None
    dispatch_number: str | None
    return_id: int | None
    return_number: str | None
    stocktake_id: int | None
    stocktake_number: str | None
    transfer_id: int | None
    transfer_number: str | None
    user: str
    reason: str | None


#: Instead of one state in the filter ``account`` of the movements: every state in which a tray is owned.
OWNED = "owned"

#: kind → accounts trays may be taken from (the first is the default), and where they go.
_MOVES: dict[MovementKind, tuple[tuple[State, ...], tuple[State, ...]]] = {
    MovementKind.PURCHASE: ((State.EXTERNAL,), (State.AVAILABLE,)),
    MovementKind.FOUND: ((State.EXTERNAL,), (State.AVAILABLE,)),
    MovementKind.FILL: ((State.AVAILABLE,), (State.OCCUPIED,)),
    MovementKind.RELEASE: ((State.OCCUPIED,), (State.AVAILABLE,)),
    MovementKind.DAMAGE: ((State.AVAILABLE, State.OCCUPIED), (State.DAMAGED,)),
    MovementKind.REPAIR: ((State.DAMAGED,), (State.AVAILABLE,)),
    MovementKind.SCRAP: ((State.DAMAGED, State.AVAILABLE, State.OCCUPIED), (State.SCRAPPED,)),
    MovementKind.RECOVERY: ((State.LOST,), (State.AVAILABLE, State.OCCUPIED, State.DAMAGED)),
}

B = Balance.__table__
M = Movement.__table__
T = TraySize.__table__


def read_stock(tx: Reading | Writing, shed_id: int | None) -> tuple[StockRow, ...]:
    """Every size in use, at 0 too, with its trays by state, in one shed or in all together."""
    one = shed_id is not None
    found = tx.all(_stock_statement(of_one_shed=one), {"of_shed": shed_id} if one else None)
    return tuple(stock_of(row, row.tray_size, shed_id) for row in found)


@functools.cache
def _stock_statement(*, of_one_shed: bool) -> sa.Select[Any]:
    return stock_columns(of_one_shed=of_one_shed).order_by(T.c.position, T.c.id)


def state_columns() -> list[sa.Label[Any]]:
    """The trays ``in_`` each state, summed up, as ``stock_of`` reads them."""
    return [
        sa.func.coalesce(sa.func.sum(sa.case((B.c.state == state.value, B.c.quantity), else_=0)), 0).label(
            f"in_{state.value}"
        )
        for state in State
    ]


def stock_columns(*, of_one_shed: bool) -> sa.Select[Any]:
    """``size_id``, ``tray_size``, ``position`` and the trays ``in_`` each state of every size in use, in no order.

    The parameter ``of_shed`` is the shed's id where it is of one.
    """
    ours = B.c.tray_size_id == T.c.id
    if of_one_shed:
        ours &= B.c.shed_id == sa.bindparam("of_shed")
    held = sa.func.coalesce(sa.func.sum(sa.func.abs(B.c.quantity)), 0)
    return (
        sa.select(T.c.id.label("size_id"), T.c.name.label("tray_size"), T.c.position, *state_columns())
        .select_from(T.outerjoin(B, ours))
        .group_by(T.c.id, T.c.name, T.c.position, T.c.is_active)
        .having(T.c.is_active | (held > 0))
    )


def stock_of(row: Any, tray_size: str, shed_id: int | None) -> StockRow:
    """A row of ``stock_columns``."""
    return StockRow(
        shed_id=shed_id,
        tray_size=tray_size,
        base=sum(int(getattr(row, f"in_{state.value}")) for state in OWNED_STATES),
        available=int(row.in_available),
        occupied=int(row.in_occupied),
        damaged=int(row.in_damaged),
        in_transit=int(row.in_in_transit),
        outstanding=int(row.in_out),
        lost=int(row.in_lost),
        scrapped=int(row.in_scrapped),
    )


def _shed_or_none(shed_id: object) -> int | None:
    if shed_id is None:
        return None
    if isinstance(shed_id, bool) or not isinstance(shed_id, int) or not 0 < shed_id < 2**63:
        raise ValidationFailed.of("shed_id", "There is no such shed.")
    return shed_id


@reads(Permission.LOOK)
def stock(tx: Reading, query: StockQuery) -> tuple[StockRow, ...]:
    """What there is of every size in use, in one shed or in all together."""
    return read_stock(tx, query.checked())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    gate: Gate
    size: Any


def _look_up(tx: Writing, checks: Checks, shed_id: object, tray_size: object) -> _Place | None:
    """The shed (under a shared lock) and the size a move is about; errors at their fields."""
    shed, size = Shed.__table__, T.alias("size")
    key = key_of(tray_size)[:60] if isinstance(tray_size, str) and tray_size.strip().isprintable() else ""
    first = sa.select(sa.func.min(shed.c.id)).where(shed.c.is_active).scalar_subquery()
    wanted = first if shed_id is None else sa.literal(identifier(shed_id))
    statement = (
        sa.select(
            shed.c.id, shed.c.name, shed.c.time_zone, shed.c.closed_through, shed.c.is_active.label("shed_active"),
            size.c.id.label("size_id"), size.c.name.label("size_name"), size.c.is_active,
            *facts.clock_columns(),
        )
        .select_from(shed.outerjoin(size, size.c.name_key == key))
        .where(shed.c.id == wanted)
        .with_for_update(read=True)
    )  # fmt: skip
    row = tx.first(statement)
    if row is None or not row.shed_active:
        checks.fail("shed_id", "There is no such shed in use.")
    if row is None:  # nothing else was looked for without it
        return None
    found = {key: _Size(id=row.size_id, name=row.size_name, is_active=bool(row.is_active))} if row.size_id else {}
    size_row = find_size(checks, "tray_size", tray_size, found)
    if size_row is None:
        return None
    gate = Gate(shed_id=row.id, time_zone=row.time_zone, closed_through=row.closed_through, shed_name=row.name)
    return _Place(gate=gate, size=size_row)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    id: int
    name: str
    is_active: bool


@writes(Permission.STOCK, stock=True)
def set_base(tx: Writing, command: SetBase) -> tuple[StockRow, ...]:
    """State the base inventory of a size: the first setting posts *opening*, every later one an *adjustment*.

    Raises InsufficientStock where available would go below zero, StaleVersion where the base is not ``expected_base``.
    """
    checks = Checks()
    place = _look_up(tx, checks, command.shed_id, command.tray_size)
    reason = checks.reason("reason", command.reason)
    if command.base_quantity is None:
        checks.fail("base_quantity", "Base quantity is missing. Enter how many trays the shed owns.")
    wanted = checks.whole("base_quantity", command.base_quantity, least=0, most=MAX_QUANTITY) or 0
    checks.whole("expected_base", command.expected_base, least=0, most=2**31 - 1)
    checks.done()
    assert place is not None  # noqa: S101  # the checks refused otherwise
    gate, size = place.gate, place.size
    mine = (B.c.shed_id == gate.shed_id, B.c.tray_size_id == size.id)
    held = sa.select(B).where(*mine).order_by(B.c.state).with_for_update()
    owned = {row.state: row.quantity for row in tx.all(held)}
    missing = [(gate.shed_id, size.id, state.value) for state in State if state.value not in owned]
    if missing:  # a row that is not there cannot be locked: two first settings would both find nothing
        open_accounts(tx, missing)
        owned = {row.state: row.quantity for row in tx.all(held)}
    base = sum(owned.get(state.value, 0) for state in OWNED_STATES)
    if command.expected_base is not None and command.expected_base != base:
        raise StaleVersion(
            f"The base inventory of {size.name} is {base:,} by now, not {command.expected_base:,}. Nothing was changed.",
            current=read_stock(tx, gate.shed_id),
        )
    settings = M.c.kind.in_([MovementKind.OPENING.value, MovementKind.ADJUSTMENT.value])
    before = sa.select(M.c.id).where(settings, M.c.shed_id == gate.shed_id, M.c.tray_size_id == size.id).limit(1)
    kind = MovementKind.ADJUSTMENT if tx.first(before) else MovementKind.OPENING
    difference = wanted - base
    posting = Posting(
        tx,
        [
            Move(
                kind=kind,
                tray_size_id=size.id,
                tray_size=size.name,
                quantity=abs(difference),
                from_state=State.EXTERNAL if difference > 0 else State.AVAILABLE,
                to_state=State.AVAILABLE if difference > 0 else State.EXTERNAL,
                gate=gate,
            )
        ],
        at=tx.now,
        reason=reason,
    )
    posting.take()
    posting.record(Source())
    about = {"shed_id": gate.shed_id, "tray_size": size.name}
    tx.audit(
        kind.value,
        "stock",
        f"{gate.shed_id}/{size.name}",
        old={**about, "base": base},
        new={**about, "base": wanted},
        reason=reason,
    )
    return read_stock(tx, gate.shed_id)


@writes(Permission.RELEASE, stock=True)
def move_stock(tx: Writing, command: MoveStock) -> tuple[StockRow, ...]:
    """Purchase, fill, release, damage, repair, scrap, recover or find trays; answers with the shed's stock.

    Releasing is for everybody, the rest for managers. Raises InsufficientStock where there are not so many, and StaleVersion
    where the dispatch of a recovery is of another version.
    """
    checks = Checks()
    kind = checks.word("kind", command.kind, MovementKind, label="Kind")
    if kind is not MovementKind.RELEASE:
        tx.require(Permission.STOCK)
    if kind is not None and kind not in _MOVES:
        checks.fail("kind", f"Kind must be one of: {', '.join(_MOVES)}.")
    if command.kind is None:
        checks.fail("kind", "Kind is missing. Say what happens to the trays.")
    locked = None
    shed_id: object = command.shed_id
    if kind is MovementKind.RECOVERY:
        if command.dispatch_id is None:
            checks.fail("dispatch_id", "Name the dispatch on which the trays were lost.")
        else:
            locked = lock_dispatch(tx, command.dispatch_id)
            shed_id = locked.row.shed_id
    elif command.dispatch_id is not None:
        checks.fail("dispatch_id", "Only a recovery names a dispatch.")
    place = _look_up(tx, checks, shed_id, command.tray_size)
    reason = checks.reason("reason", command.reason)
    if command.quantity is None:
        checks.fail("quantity", "Quantity is missing. Enter how many trays.")
    quantity = checks.quantity("quantity", command.quantity)
    source = _chosen(checks, "from_state", command.from_state, kind, 0)
    target = _chosen(checks, "to_state", command.to_state, kind, 1)
    checks.done()
    assert place is not None and kind is not None and source is not None and target is not None  # noqa: PT018, S101
    gate, size = place.gate, place.size
    lines = None
    if locked is not None:
        if command.shed_id is not None and command.shed_id != locked.row.shed_id:
            raise ValidationFailed.of("shed_id", f"{locked.row.number} left from {locked.row.shed_name}.")
        require_version(locked, command.version)
        lines = _recovered(locked, size.name, quantity)
    posting = Posting(
        tx,
        [
            Move(
                kind=kind,
                tray_size_id=size.id,
                tray_size=size.name,
                quantity=quantity,
                from_state=source,
                to_state=target,
                gate=gate,
                company_id=locked.row.company_id if locked else None,
            )
        ],
        at=tx.now,
        reason=reason,
    )
    posting.take()
    if locked is not None and lines is not None:
        answer = store(tx, locked, lines, at=tx.now, final=locked.row.final)
        tx.audit(
            "recover",
            "dispatch",
            locked.row.id,
            old={"recovered": locked.row.recovered},
            new={"recovered": answer.recovered},
            reason=reason,
        )
    posting.record(Source(dispatch_id=locked.row.id if locked else None))
    moved = {"shed_id": gate.shed_id, "tray_size": size.name, "quantity": quantity, "from": source, "to": target}
    if locked is not None:
        moved["dispatch"] = locked.row.number
    tx.audit(kind.value, "stock", f"{gate.shed_id}/{size.name}", new=moved, reason=reason)
    return read_stock(tx, gate.shed_id)


def _chosen(checks: Checks, field: str, value: object, kind: MovementKind | None, side: int) -> State | None:
    """The account on one side of a move: as chosen, or the kind's own."""
    if kind not in _MOVES:
        return None
    choices = _MOVES[kind][side]
    state = checks.word(field, value, State, label="From" if side == 0 else "To")
    if value is None:
        return choices[0]
    if state is not None and state not in choices:
        checks.fail(field, f"A {kind.value} goes {'from' if side == 0 else 'to'}: {', '.join(choices)}.")
    return state


def _recovered(locked: Any, size: str, quantity: int) -> list[Any]:
    """The lines with ``quantity`` more recovered; no more than are lost."""
    left = quantity
    lines = []
    for line in locked.lines:
        share = min(left, line.lost - line.recovered) if line.tray_size == size else 0
        left -= share
        lines.append(line.with_changes(recovered=share))
    if left:
        missing = quantity - left
        raise WrongState(
            f"Of {locked.row.number} only {missing:,} {size} are lost and not yet recovered. Nothing was changed."
        )
    return lines


def _of_account(shed: int | None, state: object) -> sa.ColumnElement[bool]:
    """Movements into or out of a state (of one shed, where it is named); *owned*: what made the trays owned more or fewer."""
    states = [one.value for one in OWNED_STATES] if state == OWNED else [str(state)]
    taken: list[sa.ColumnElement[bool]] = [M.c.from_state.in_(states)]
    put: list[sa.ColumnElement[bool]] = [M.c.to_state.in_(states)]
    if shed is not None:
        taken.append(M.c.shed_id == shed)
        put.append(M.c.to_shed_id == shed)
    out, into = sa.and_(*taken), sa.and_(*put)
    return (out & sa.not_(into)) | (into & sa.not_(out)) if state == OWNED else out | into


def _account(wanted: object) -> sa.ColumnElement[bool]:
    """The filter for an account: a state, or a shed's id and a state."""
    shed, state = wanted if isinstance(wanted, tuple) and len(wanted) == 2 else (None, wanted)
    return _of_account(None if shed is None else identifier(shed), state)


MOVEMENTS = Listing(
    table=M,
    sorts={"at": M.c.at, "id": M.c.id},
    filters={
        "id": equals(M.c.id),
        "kind": equals(M.c.kind),
        "tray_size_id": equals(M.c.tray_size_id),
        "tray_size": lambda name: M.c.tray_size_id.in_(sa.select(T.c.id).where(T.c.name_key == searchable(str(name)))),
        "shed_id": lambda shed: equals(M.c.shed_id)(shed) | equals(M.c.to_shed_id)(shed),
        "account": _account,
        "company_id": equals(M.c.company_id),
        "dispatch_id": equals(M.c.dispatch_id),
        "return_id": equals(M.c.return_id),
        "stocktake_id": equals(M.c.stocktake_id),
        "transfer_id": equals(M.c.transfer_id),
        "user_id": equals(M.c.user_id),
        "from": since(M.c.at),
        "to": until(M.c.at),
    },
    default_sort="-at",
    search=lambda text: contains(sa.func.lower(sa.func.coalesce(M.c.reason, "")), text),
)


@reads(Permission.LOOK)
def list_movements(tx: Reading, query: Query) -> Page[MovementRow]:
    """A page of the ledger, newest first."""
    ids = MOVEMENTS.ids(query).subquery("page")
    _name, column, descending = MOVEMENTS.order(query)
    down = descending != query.backwards
    ends = (ids.c.sort_value.desc(), ids.c.id.desc()) if down else (ids.c.sort_value.asc(), ids.c.id.asc())
    joined = (
        ids.join(M, M.c.id == ids.c.id)
        .join(T, T.c.id == M.c.tray_size_id)
        .join(Shed.__table__, Shed.id == M.c.shed_id)
        .join(User.__table__, User.id == M.c.user_id)
        .outerjoin(Company.__table__, Company.id == M.c.company_id)
        .outerjoin(Dispatch.__table__, Dispatch.id == M.c.dispatch_id)
        .outerjoin(Return.__table__, Return.id == M.c.return_id)
        .outerjoin(Stocktake.__table__, Stocktake.id == M.c.stocktake_id)
        .outerjoin(Transfer.__table__, Transfer.id == M.c.transfer_id)
    )
    statement = sa.select(
        *M.c,
        T.c.name.label("tray_size"),
        Shed.name.label("shed_name"),
        User.username.label("user"),
        Company.name.label("company_name"),
        Dispatch.number.label("dispatch_number"),
        Return.number.label("return_number"),
        Stocktake.number.label("stocktake_number"),
        Transfer.number.label("transfer_number"),
    ).select_from(joined)
    found = tx.all(from_page(statement.order_by(*ends)))
    rows = [
        MovementRow(
            id=row.id,
            at=row.at,
            entered_at=row.entered_at,
            kind=MovementKind(row.kind),
            of_kind=MovementKind(row.of_kind),
            tray_size=row.tray_size,
            quantity=row.quantity,
            from_account=State(row.from_state),
            to_account=State(row.to_state),
            shed_id=row.shed_id,
            to_shed_id=row.to_shed_id,
            shed_name=row.shed_name,
            company_id=row.company_id,
            company_name=row.company_name,
            dispatch_id=row.dispatch_id,
            dispatch_number=row.dispatch_number,
            return_id=row.return_id,
            return_number=row.return_number,
            stocktake_id=row.stocktake_id,
            stocktake_number=row.stocktake_number,
            transfer_id=row.transfer_id,
            transfer_number=row.transfer_number,
            user=row.user,
            reason=row.reason,
        )
        for row in found
    ]
    keys = [(row.id, getattr(row, column.name)) for row in rows]
    page = MOVEMENTS.page(query, keys, rows[: checked_limit(query.limit)], tx.now)
    return replace(page, total=tx.all(MOVEMENTS.count(query))[0].rows) if query.total else page


@reads(Permission.LOOK)
def count_movements(tx: Reading, query: Query) -> int:
    """How many movements the filters let through."""
    return int(tx.all(MOVEMENTS.count(query))[0].rows)
