"""Beginning a stocktake, entering what was counted, and declaring sizes counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row
from sqlalchemy.exc import DBAPIError

from coresafe.errors import NotFound, StaleVersion, ValidationFailed, WrongState
from coresafe.models import Shed, Stocktake, StocktakeCount, StocktakeSize, TraySize, User
from coresafe.models.enums import State, StocktakeStatus
from coresafe.services import facts, failures
from coresafe.services.counting import next_number
from coresafe.services.permissions import Permission
from coresafe.services.rules import MAX_QUANTITY, Checks, identifier, key_of
from coresafe.services.stocktaking.answers import (
    COUNTED_STATES,
    ClearCount,
    CountRow,
    DeclareSize,
    EnterCount,
    OpenStocktake,
    RecountSize,
    SizeProgress,
    StocktakeRow,
)
from coresafe.services.stocktaking.reading import (
    count_columns,
    count_of,
    counts_with_names,
    header_of,
    read_counts,
    read_header,
    read_progress,
)
from coresafe.services.transaction import writes
from coresafe.services.work import Writing

ST = Stocktake.__table__
Z = StocktakeSize.__table__
C = StocktakeCount.__table__
T = TraySize.__table__
SHED = Shed.__table__


@writes(Permission.APPROVE)
def open_stocktake(tx: Writing, command: OpenStocktake) -> StocktakeRow:
    """Begin a count of a shed, now. Nothing is frozen: trays may come and go meanwhile.

    Raises ValidationFailed, and WrongState while another count of the shed is open.
    """
    checks = Checks()
    first = sa.select(sa.func.min(SHED.c.id)).where(SHED.c.is_active).scalar_subquery()
    wanted = first if command.shed_id is None else sa.literal(identifier(command.shed_id))
    # Alone, so that of two who begin at once the second finds the first one's.
    statement = sa.select(SHED.c.id, SHED.c.name, SHED.c.is_active, *facts.clock_columns()).where(SHED.c.id == wanted)
    shed = tx.first(statement.with_for_update())
    if shed is None or not shed.is_active:
        checks.fail("shed_id", "There is no such shed in use.")
    notes = checks.notes("notes", command.notes)
    checks.done()
    assert shed is not None  # noqa: S101  # the checks refused otherwise
    is_open = (ST.c.shed_id == shed.id, ST.c.status == StocktakeStatus.OPEN.value)
    there = tx.first(sa.select(ST.c.number).where(*is_open).limit(1))
    if there is not None:
        raise WrongState(
            f"{shed.name} is being counted already: {there.number}. Nothing was changed.",
            hint="Count along in it, or have it approved or cancelled first.",
        )
    number = next_number(tx, "S")
    stocktake_id = tx.insert(
        Stocktake,
        {
            "number": number,
            "shed_id": shed.id,
            "status": StocktakeStatus.OPEN.value,
            "opened_at": tx.now,
            "opened_by": tx.actor.user_id,
            "notes": notes,
            "created_at": tx.now,
            "updated_at": tx.now,
        },
    )
    new = {"number": number, "shed_id": shed.id, "notes": notes}
    tx.audit("open", "stocktake", stocktake_id, new=new)
    return header_of(read_header(tx, stocktake_id))


def lock_stocktake(tx: Writing, stocktake_id: object, *, alone: bool) -> Row[Any]:
    """The row, held alone by what must see all counts, and shared by those who count. Raises NotFound."""
    statement = sa.select(*ST.c, *facts.clock_columns()).where(ST.c.id == identifier(stocktake_id))
    row = tx.first(statement.with_for_update(read=not alone))
    if row is None:
        raise NotFound("There is no such stocktake.")
    return row


def require_open(tx: Writing, row: Row[Any]) -> None:
    """Raise WrongState where it was approved or cancelled, naming by whom."""
    if row.status == StocktakeStatus.OPEN.value:
        return
    ender = tx.first(sa.select(User.username).where(User.id == row.ended_by))
    by = f" by {ender.username}" if ender is not None else ""
    raise WrongState(f"{row.number} has been {row.status}{by}. Nothing was changed.")


def checked_state(checks: Checks, field: str, value: object) -> State | None:
    """A state that can be counted."""
    for state in COUNTED_STATES:
        if isinstance(value, str) and value == state.value:
            return state
    if value is None:
        checks.fail(field, "State is missing. Say whether the trays are available, occupied or damaged.")
    else:
        checks.fail(field, f"State must be one of: {', '.join(COUNTED_STATES)}.")
    return None


def known_size(tx: Writing, checks: Checks, value: object) -> Any:
    """The size of that name. One that is not in use may be counted all the same: it stands there."""
    text = checks.text("tray_size", value, limit=60, label="Tray size")
    if not text:
        return None
    row = tx.first(sa.select(T.c.id, T.c.name).where(T.c.name_key == key_of(text)))
    if row is None:
        checks.fail("tray_size", f"There is no tray size {text!r}. Choose one from the list.")
    return row


def _declared(tx: Writing, stocktake_id: int, size_id: int) -> Row[Any] | None:
    statement = (
        sa.select(T.c.name, Z.c.declared_at, User.username.label("declarer"))
        .select_from(Z.join(T, T.c.id == Z.c.tray_size_id).outerjoin(User.__table__, User.id == Z.c.declared_by))
        .where(Z.c.stocktake_id == stocktake_id, Z.c.tray_size_id == size_id)
    )
    return tx.first(statement)


def _require_undeclared(tx: Writing, stocktake_id: int, size: Any) -> Row[Any] | None:
    """The size's row, if it has one. Raises WrongState where it was declared counted."""
    row = _declared(tx, stocktake_id, size.id)
    if row is not None:
        _refuse_declared(row)
    return row


@writes(Permission.COUNT)
def enter_count(tx: Writing, command: EnterCount) -> CountRow:
    """Enter how many trays were found; a recount replaces one's own entry, and adds up with what others entered.

    Raises NotFound, ValidationFailed, StaleVersion, and WrongState where the size was declared counted or the stocktake
    ended. Eight round trips, for who counts may be at the end of a long line.
    """
    checks = Checks()
    row = lock_stocktake(tx, command.stocktake_id, alone=False)
    name = checks.text("tray_size", command.tray_size, limit=60, label="Tray size")
    state = checked_state(checks, "state", command.state)
    place = checks.optional_text("place", command.place) or ""
    if command.quantity is None:
        checks.fail("quantity", "Quantity is missing. Enter how many were found, 0 where there are none.")
    quantity = checks.whole("quantity", command.quantity, least=0, most=MAX_QUANTITY, label="Quantity")
    checks.whole("version", command.version, least=1, most=2**31 - 1)
    found = _look_up(tx, row.id, T.c.name_key == key_of(name), state, place) if name else None
    if name and found is None:
        checks.fail("tray_size", f"There is no tray size {name!r}. Choose one from the list.")
    checks.done()
    assert found is not None and state is not None and quantity is not None  # noqa: PT018, S101  # refused otherwise
    require_open(tx, row)
    _refuse_declared(found)
    return _put(tx, found, state, place, quantity, stocktake_id=row.id, version=command.version)


def _look_up(
    tx: Writing, stocktake_id: int, size: sa.ColumnElement[bool], state: State | None, place: str
) -> Row[Any] | None:
    """A size, whether it is declared, and one's own entry of it in a state at a place: one statement."""
    mine = (
        (C.c.stocktake_id == stocktake_id)
        & (C.c.counter_id == tx.actor.user_id)
        & (C.c.place_key == key_of(place))
        & (C.c.tray_size_id == T.c.id)
        & (C.c.state == (state.value if state is not None else ""))
    )
    statement = (
        sa.select(
            T.c.id,
            T.c.name,
            Z.c.declared_at,
            User.username.label("declarer"),
            C.c.id.label("count_id"),
            C.c.quantity,
            C.c.version,
        )
        .select_from(
            T.outerjoin(Z, (Z.c.tray_size_id == T.c.id) & (Z.c.stocktake_id == stocktake_id))
            .outerjoin(User.__table__, User.id == Z.c.declared_by)
            .outerjoin(C, mine)
        )
        .where(size)
    )
    return tx.first(statement)


def _refuse_declared(found: Row[Any]) -> None:
    """Raise WrongState where the size was declared counted."""
    if found.declared_at is not None:
        raise WrongState(
            f"{found.name} was declared counted by {found.declarer}. Nothing was changed.",
            hint="Take the declaration back to count on.",
        )


def _put(
    tx: Writing,
    found: Row[Any],
    state: State,
    place: str,
    quantity: int,
    *,
    stocktake_id: int,
    version: int | None = None,
) -> CountRow:
    """Write one's own entry, new or over the old one; ``found`` is what ``_look_up`` answered."""
    stamp = {"place": place, "quantity": quantity, "counted_at": tx.now, "updated_at": tx.now}
    if found.count_id is None:
        key = {
            "stocktake_id": stocktake_id,
            "counter_id": tx.actor.user_id,
            "place_key": key_of(place),
            "tray_size_id": found.id,
            "state": state.value,
        }
        try:
            count_id = tx.insert(StocktakeCount, {**key, **stamp, "created_at": tx.now})
        except DBAPIError as error:
            if failures.is_duplicate(error):  # the same person in a second window
                raise failures.TryAgain from error
            raise
    else:
        count_id = found.count_id
        _change(tx, count_id, found.version, stamp, version)
    said = {"tray_size": found.name, "state": state.value, "place": place}
    old = None if found.count_id is None else {**said, "quantity": found.quantity}
    tx.audit("count", "stocktake", stocktake_id, old=old, new={**said, "quantity": quantity})
    return CountRow(
        id=count_id,
        stocktake_id=stocktake_id,
        counter=tx.actor.username,
        place=place,
        tray_size=found.name,
        state=state,
        quantity=quantity,
        counted_at=tx.now,
        version=1 if found.count_id is None else found.version + 1,
    )


def _change(tx: Writing, count_id: int, there: int, stamp: Mapping[str, Any], version: int | None) -> None:
    """Change an entry whose version was ``there``. Raises StaleVersion where another one was stated."""
    if version is not None and version != there:
        raise StaleVersion(
            "This entry was changed in another window. Nothing was changed.", current=_read_count(tx, count_id)
        )
    statement = sa.update(C).where(C.c.id == count_id, C.c.version == there)
    if tx.change(statement.values({**stamp, "version": there + 1})).rowcount != 1:
        raise failures.TryAgain


def _read_count(tx: Writing, count_id: int) -> CountRow:
    statement = sa.select(*count_columns()).select_from(counts_with_names()).where(C.c.id == count_id)
    return count_of(tx.all(statement)[0])


@writes(Permission.COUNT)
def clear_count(tx: Writing, command: ClearCount) -> CountRow:
    """Take an entry back: one's own, or as a manager anybody's. The place is then not counted.

    Raises NotFound, Forbidden, StaleVersion, and WrongState as ``enter_count``.
    """
    checks = Checks()
    checks.whole("version", command.version, least=1, most=2**31 - 1)
    found = tx.first(
        sa.select(*count_columns()).select_from(counts_with_names()).where(C.c.id == identifier(command.count_id))
    )
    if found is None:
        raise NotFound("There is no such entry.")
    row = lock_stocktake(tx, found.stocktake_id, alone=False)
    if found.counter_id != tx.actor.user_id:
        tx.require(Permission.APPROVE, "Only a manager takes back what somebody else counted.")
    checks.done()
    require_open(tx, row)
    _require_undeclared(tx, row.id, tx.all(sa.select(T.c.id, T.c.name).where(T.c.id == found.tray_size_id))[0])
    there = tx.all(sa.select(C).where(C.c.id == found.id))[0]
    if there.quantity is None:
        raise WrongState("This entry has been taken back already. Nothing was changed.")
    stamp = {"quantity": None, "counted_at": tx.now, "updated_at": tx.now}
    _change(tx, there.id, there.version, stamp, command.version)
    said = {"tray_size": found.tray_size, "state": found.state, "place": found.place, "counter": found.counter}
    tx.audit("count", "stocktake", row.id, old={**said, "quantity": there.quantity}, new={**said, "quantity": None})
    return _read_count(tx, found.id)


@writes(Permission.COUNT)
def declare_size(tx: Writing, command: DeclareSize) -> SizeProgress:
    """Say that everything of a size has been looked at, now, in every state.

    A state that nobody entered a number of must be said to be empty in ``none``. Raises NotFound, ValidationFailed at
    ``none`` or ``tray_size``, and WrongState where it is declared already or the stocktake ended.
    """
    checks = Checks()
    row = lock_stocktake(tx, command.stocktake_id, alone=True)
    size = known_size(tx, checks, command.tray_size)
    none = _checked_none(checks, command.none)
    checks.done()
    assert size is not None  # noqa: S101  # the checks refused otherwise
    require_open(tx, row)
    there = _require_undeclared(tx, row.id, size)
    counts = [count for count in read_counts(tx, row.id) if count.tray_size == size.name]
    counted = {count.state: sum(c.quantity or 0 for c in counts if c.state is count.state) for count in counts}
    for state in none:
        if counted.get(state):
            checks.fail("none", f"{size.name} {state.value} has been counted, and is not empty.")
    left = [state.value for state in COUNTED_STATES if state not in counted and state not in none]
    if left:
        checks.fail(
            "none",
            f"{size.name} {' and '.join(left)} {'has' if len(left) == 1 else 'have'} not been counted. "
            "Enter a number, or say that there is none.",
        )
    checks.done()
    for state in none:
        if state not in counted:
            found = _look_up(tx, row.id, T.c.id == size.id, state, "")
            assert found is not None  # noqa: S101  # it was looked up just now
            _put(tx, found, state, "", 0, stocktake_id=row.id)
    stamp = {"declared_at": tx.now, "declared_by": tx.actor.user_id}
    if there is None:
        tx.insert_all(StocktakeSize, [{"stocktake_id": row.id, "tray_size_id": size.id, **stamp}])
    else:
        mine = (Z.c.stocktake_id == row.id, Z.c.tray_size_id == size.id)
        tx.change(sa.update(Z).where(*mine).values(stamp))
    raise_version(tx, row)
    tx.audit("declare", "stocktake", row.id, new={"tray_size": size.name, "declared_at": tx.now})
    return _progress(tx, row.id, size.name)


def _checked_none(checks: Checks, value: object) -> list[State]:
    if isinstance(value, str) or not isinstance(value, (list, tuple)):
        checks.fail("none", "Say which states are empty as a list.")
        return []
    states = [checked_state(checks, f"none[{index}]", one) for index, one in enumerate(value)]
    return [state for state in COUNTED_STATES if state in states]


def raise_version(tx: Writing, row: Row[Any], **changes: Any) -> None:
    """Store ``changes`` of a stocktake that is held alone, under its next version."""
    values = {**changes, "version": row.version + 1, "updated_at": tx.now}
    tx.change(sa.update(ST).where(ST.c.id == row.id).values(values))


def _progress(tx: Writing, stocktake_id: int, size: str) -> SizeProgress:
    _header, sizes, _counts = read_progress(tx, stocktake_id)
    found = next((one for one in sizes if one.tray_size == size), None)
    if found is None:
        raise ValidationFailed.of("tray_size", f"{size} has not been declared counted.")
    return found


@writes(Permission.COUNT)
def recount_size(tx: Writing, command: RecountSize) -> SizeProgress:
    """Take the declaration of a size back: it can be counted on, and is left alone until it is declared again.

    Raises NotFound, ValidationFailed, and WrongState where it is not declared or the stocktake ended.
    """
    checks = Checks()
    row = lock_stocktake(tx, command.stocktake_id, alone=True)
    size = known_size(tx, checks, command.tray_size)
    checks.done()
    assert size is not None  # noqa: S101  # the checks refused otherwise
    require_open(tx, row)
    there = _declared(tx, row.id, size.id)
    if there is None or there.declared_at is None:
        raise WrongState(f"{size.name} is not declared counted. Nothing was changed.")
    mine = (Z.c.stocktake_id == row.id, Z.c.tray_size_id == size.id)
    tx.change(sa.update(Z).where(*mine).values(declared_at=None, declared_by=None))
    raise_version(tx, row)
    old = {"tray_size": size.name, "declared_at": there.declared_at}
    tx.audit("recount", "stocktake", row.id, old=old, new={"tray_size": size.name, "declared_at": None})
    return _progress(tx, row.id, size.name)
