"""Sheds and tray sizes: the places that stock trays, and the kinds of tray they stock; administrators change them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.errors import InUse
from coresafe.models import Balance, Shed, Stocktake, Transfer, TraySize
from coresafe.models.enums import State, StocktakeStatus, TransferStatus
from coresafe.services import facts
from coresafe.services.permissions import Permission
from coresafe.services.registry.common import Record, sent_fields
from coresafe.services.registry.companies import checked_flag
from coresafe.services.rules import Checks
from coresafe.services.transaction import reads, writes
from coresafe.services.unset import UNSET, Unset
from coresafe.services.work import Reading, Writing

S: Any = Shed.__table__
T: Any = TraySize.__table__
B: Any = Balance.__table__
X: Any = Transfer.__table__
ST: Any = Stocktake.__table__

Row_co = TypeVar("Row_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShedRow:
    """A shed. ``time_zone`` is an IANA name; ``closed_through`` the last closed month (yyyymm) or 0."""

    id: int
    version: int
    name: str
    code: str
    time_zone: str
    is_active: bool
    closed_through: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddShed:
    """A new shed; name and code are unique. ``time_zone``: an IANA name, default this machine's."""

    name: str
    code: str
    time_zone: str | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeShed:
    """Change the fields that are set; ``version`` is the one the row was read with."""

    shed_id: int
    version: int
    name: str | Unset = UNSET
    code: str | Unset = UNSET
    time_zone: str | Unset = UNSET
    is_active: bool | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class TraySizeRow:
    """A kind of tray: core and hole diameter in mm, rows, capacity in metres of core, empty mass in kg."""

    id: int
    version: int
    name: str
    core_mm: float | None
    hole_mm: float | None
    rows: int | None
    capacity_m: float | None
    empty_mass_kg: float | None
    position: int
    is_active: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTraySize:
    """A new tray size; its name is unique."""

    name: str
    core_mm: float | None = None
    hole_mm: float | None = None
    rows: int | None = None
    capacity_m: float | None = None
    empty_mass_kg: float | None = None
    position: int = 0
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTraySize:
    """Change the fields that are set; ``version`` is the one the row was read with."""

    tray_size_id: int
    version: int
    name: str | Unset = UNSET
    core_mm: float | None | Unset = UNSET
    hole_mm: float | None | Unset = UNSET
    rows: int | None | Unset = UNSET
    capacity_m: float | None | Unset = UNSET
    empty_mass_kg: float | None | Unset = UNSET
    position: int | Unset = UNSET
    is_active: bool | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTraySize:
    """One tray size as it shall be, told by its name: a known one is changed (its version is needed), another added."""

    name: str
    version: int | None = None
    core_mm: float | None | Unset = UNSET
    hole_mm: float | None | Unset = UNSET
    rows: int | None | Unset = UNSET
    capacity_m: float | None | Unset = UNSET
    empty_mass_kg: float | None | Unset = UNSET
    position: int | Unset = UNSET
    is_active: bool | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTraySizes:
    """Several at once, all or none; sizes that are not named stay as they are."""

    sizes: Sequence[SetTraySize]


def _shed(row: Row[Any]) -> ShedRow:
    return ShedRow(
        id=row.id,
        version=row.version,
        name=row.name,
        code=row.code,
        time_zone=row.time_zone,
        is_active=bool(row.is_active),
        closed_through=row.closed_through,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _tray_size(row: Row[Any]) -> TraySizeRow:
    return TraySizeRow(
        id=row.id,
        version=row.version,
        name=row.name,
        core_mm=row.core_mm,
        hole_mm=row.hole_mm,
        rows=row.rows,
        capacity_m=row.capacity_m,
        empty_mass_kg=row.empty_mass_kg,
        position=row.position,
        is_active=bool(row.is_active),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


SHEDS = Record(table=S, kind="shed", noun="shed", name="name", unique="name", shown=tuple(S.c), build=_shed)
SIZES = Record(
    table=T, kind="tray_size", noun="tray size", name="name", unique="name", shown=tuple(T.c), build=_tray_size
)


def _checked_shed(checks: Checks, sent: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if "name" in sent:
        values["name"], values["name_key"] = checks.name("name", sent["name"])
    if "code" in sent:
        values["code"], values["code_key"] = checks.name("code", sent["code"], limit=20)
    if "time_zone" in sent:
        values["time_zone"] = _zone(checks, sent["time_zone"])
    if "is_active" in sent:
        values["is_active"] = checked_flag(checks, "is_active", sent["is_active"])
    return values


def _zone(checks: Checks, value: object) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    name = checks.text("time_zone", value, limit=60)
    try:
        if name:
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        checks.fail("time_zone", f"{name!r} is not a time zone. Write it as in Australia/Perth or UTC.")
    return name


def _local_zone() -> str:
    from tzlocal import get_localzone_name

    return get_localzone_name() or "UTC"


def _checked_size(checks: Checks, sent: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if "name" in sent:
        values["name"], values["name_key"] = checks.name("name", sent["name"], limit=20)
    for name, most, digits, unit in (
        ("core_mm", 1000, 1, "mm"),
        ("hole_mm", 1000, 1, "mm"),
        ("capacity_m", 1000, 2, "m"),
        ("empty_mass_kg", 1000, 2, "kg"),
    ):
        if name in sent:
            number = checks.number(name, sent[name], least=10**-digits, most=most, unit=unit, label=_LABELS[name])
            values[name] = None if number is None else round(number, digits)
    if "rows" in sent:
        values["rows"] = checks.whole("rows", sent["rows"], least=1, most=100)
    if "position" in sent:
        values["position"] = checks.whole("position", sent["position"], least=0, most=10_000) or 0
    if "is_active" in sent:
        values["is_active"] = checked_flag(checks, "is_active", sent["is_active"])
    return values


#: Sizes named at once at most.
_MOST_SIZES = 100

_LABELS = {
    "core_mm": "Core diameter",
    "hole_mm": "Hole diameter",
    "capacity_m": "Capacity",
    "empty_mass_kg": "Empty mass",
}


def _open_accounts(tx: Writing, *, shed_id: int | None = None, tray_size_id: int | None = None) -> None:
    """Balances at zero for every shed, active size and state that has none yet: what is locked must be there."""
    pairs = sa.select(S.c.id.label("shed_id"), T.c.id.label("tray_size_id")).select_from(S.join(T, sa.true()))
    wanted = pairs.where(T.c.is_active)
    if shed_id is not None:
        wanted = wanted.where(S.c.id == shed_id)
    if tray_size_id is not None:
        wanted = wanted.where(T.c.id == tray_size_id)
    there = {tuple(row) for row in tx.all(sa.select(B.c.shed_id, B.c.tray_size_id, B.c.state))}
    tx.insert_all(
        Balance,
        [
            {"shed_id": row.shed_id, "tray_size_id": row.tray_size_id, "state": state.value, "quantity": 0}
            for row in tx.all(wanted)
            for state in State
            if (row.shed_id, row.tray_size_id, state.value) not in there
        ],
    )


@writes(Permission.SETTINGS)
def add_shed(tx: Writing, command: AddShed) -> ShedRow:
    """Add a shed, with an account at zero for every size in use. Raises ValidationFailed, Duplicate(name or code)."""
    checks = Checks()
    sent = sent_fields(command)
    if command.time_zone is None:
        sent["time_zone"] = _local_zone()
    values = _checked_shed(checks, sent)
    checks.done()
    answer: ShedRow = SHEDS.add(tx, values)
    _open_accounts(tx, shed_id=answer.id)
    return answer


@writes(Permission.SETTINGS)
def change_shed(tx: Writing, command: ChangeShed) -> ShedRow:
    """Change a shed. Raises NotFound, ValidationFailed, StaleVersion, Duplicate.

    One that still holds trays or has some on their way to it, or the last one in use, cannot be switched off (InUse);
    neither can the time zone change once a month was closed, for its entries would fall into other months.
    """
    row = SHEDS.lock(tx, command.shed_id)
    checks = Checks()
    values = _checked_shed(checks, sent_fields(command, leave_out=("shed_id", "version")))
    if row.closed_through and values.get("time_zone", row.time_zone) != row.time_zone:
        checks.fail("time_zone", f"A month of {row.name} is closed, so its time zone stays {row.time_zone}.")
    checks.done()
    SHEDS.require_version(row, command.version)
    if row.is_active and values.get("is_active") is False:
        _require_empty(tx, row)
    answer: ShedRow = SHEDS.change(tx, row, values)
    return answer


_OWNED = (State.AVAILABLE, State.OCCUPIED, State.DAMAGED, State.OUT, State.IN_TRANSIT)


def _require_empty(tx: Writing, row: Row[Any]) -> None:
    held = sa.select(B.c.quantity).where(
        B.c.shed_id == row.id, B.c.state.in_([state.value for state in _OWNED]), B.c.quantity > 0
    )
    if tx.first(held.limit(1)):
        raise InUse(f"{row.name} still has trays, here or out. Nothing was changed.", hint="Move or adjust them first.")
    coming = sa.select(X.c.number).where(X.c.to_shed_id == row.id, X.c.status == TransferStatus.IN_TRANSIT.value)
    transfer = tx.first(coming.order_by(X.c.id).limit(1))
    if transfer:
        raise InUse(
            f"Trays are on their way to {row.name} with {transfer.number}. Nothing was changed.",
            hint="Receive them, or declare lost what never arrived.",
        )
    counted = (ST.c.shed_id == row.id, ST.c.status == StocktakeStatus.OPEN.value)
    stocktake = tx.first(sa.select(ST.c.number).where(*counted).limit(1))
    if stocktake:  # approved later, it would bring trays into a shed that nobody uses
        raise InUse(
            f"{row.name} is being counted: {stocktake.number}. Nothing was changed.",
            hint="Approve the stocktake, or cancel it.",
        )
    if tx.first(sa.select(S.c.id).where(S.c.is_active, S.c.id != row.id).limit(1)) is None:
        raise InUse(f"{row.name} is the only shed in use. Nothing was changed.", hint="Add another shed first.")


@writes(Permission.SETTINGS)
def add_tray_size(tx: Writing, command: AddTraySize) -> TraySizeRow:
    """Add a tray size; where it is in use, with an account at zero in every shed.

    Raises ValidationFailed, Duplicate.
    """
    checks = Checks()
    values = _checked_size(checks, sent_fields(command))
    checks.done()
    return _add_size(tx, values)


def _add_size(tx: Writing, values: dict[str, Any]) -> TraySizeRow:
    if not values["position"]:
        last = tx.first(sa.select(sa.func.max(T.c.position).label("last"), *facts.clock_columns()))
        values["position"] = ((last.last if last else 0) or 0) + 1
    answer: TraySizeRow = SIZES.add(tx, values)
    _open_accounts(tx, tray_size_id=answer.id)
    return answer


@writes(Permission.SETTINGS)
def change_tray_size(tx: Writing, command: ChangeTraySize) -> TraySizeRow:
    """Change a tray size; switching it on opens its accounts in every shed.

    Raises NotFound, ValidationFailed, StaleVersion, Duplicate, and InUse where trays of it are still owned and it is to
    be switched off.
    """
    row = SIZES.lock(tx, command.tray_size_id)
    checks = Checks()
    values = _checked_size(checks, sent_fields(command, leave_out=("tray_size_id", "version")))
    checks.done()
    return _change_size(tx, row, command.version, values)


def _change_size(tx: Writing, row: Row[Any], version: object, values: Mapping[str, Any]) -> TraySizeRow:
    SIZES.require_version(row, version)
    if row.is_active and values.get("is_active") is False:
        held = sa.select(B.c.quantity).where(
            B.c.tray_size_id == row.id, B.c.state.in_([state.value for state in _OWNED]), B.c.quantity > 0
        )
        if tx.first(held.limit(1)):
            raise InUse(
                f"Trays of size {row.name} are still owned, so it stays in use. Nothing was changed.",
                hint="Set its base inventory to 0 first, once none is out.",
            )
    answer: TraySizeRow = SIZES.change(tx, row, values)
    if answer.is_active and not row.is_active:
        _open_accounts(tx, tray_size_id=answer.id)
    return answer


@writes(Permission.SETTINGS)
def set_tray_sizes(tx: Writing, command: SetTraySizes) -> tuple[TraySizeRow, ...]:
    """Change and add tray sizes by name; answers with all sizes in their order.

    Raises ValidationFailed (also where the version of a known size is missing), StaleVersion, InUse.
    """
    checks = Checks()
    if not command.sizes or len(command.sizes) > _MOST_SIZES:
        checks.fail("items", f"Name 1 to {_MOST_SIZES} tray sizes.")
        checks.done()
    defaults = {field.name: field.default for field in fields(AddTraySize) if field.name != "name"}
    plans: list[tuple[Row[Any] | None, int | None, dict[str, Any]]] = []
    for index, size in enumerate(command.sizes):
        one = Checks()
        sent = _checked_size(one, sent_fields(size, leave_out=("version",)))
        there = tx.first(sa.select(*T.c).where(T.c.name_key == sent["name_key"]).with_for_update())
        if there is not None and size.version is None:
            one.fail("version", f"The version of {there.name} is missing. Send the one it was read with.")
        if any(sent["name_key"] == values["name_key"] for _, _, values in plans):
            one.fail("name", f"{sent['name']} is named twice.")
        for error in one.errors:
            checks.fail(f"items[{index}].{error.field}", error.message)
        plans.append((there, size.version, sent))
    checks.done()
    for there, version, values in plans:
        if there is None:
            _add_size(tx, _checked_size(checks, defaults) | values)
        else:
            _change_size(tx, there, version, values)
    return tuple(_tray_size(row) for row in tx.all(sa.select(*T.c).order_by(T.c.position, T.c.id)))


@reads(Permission.LOOK)
def list_sheds(tx: Reading, active_only: bool = False) -> tuple[ShedRow, ...]:
    """All sheds by id, the first one first; there are few."""
    return read_sheds(tx, active_only=active_only)


def read_sheds(tx: Reading, *, active_only: bool) -> tuple[ShedRow, ...]:
    """All sheds, or those in use, by id: one statement."""
    statement = sa.select(*S.c).order_by(S.c.id)
    return tuple(_shed(row) for row in tx.all(statement.where(S.c.is_active) if active_only else statement))


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Generic[Row_co]):
    """All rows of a short table. ``mark`` changes whenever any of them does, whoever changed it."""

    mark: str
    rows: tuple[Row_co, ...]


def _known(tx: Reading, table: Any, build: Callable[[Row[Any]], Row_co], order: Sequence[Any]) -> Known[Row_co]:
    """From the database's small cache where nothing changed since: rows are never deleted, and versions only rise."""
    marked = sa.select(sa.func.count().label("rows"), sa.func.sum(table.c.version).label("versions"))
    now = tx.all(marked.select_from(table))[0]
    mark = f"{table.name}-{now.rows}-{now.versions}"
    cached: Known[Row_co] | None = tx.context.database.known.get(table.name)
    if cached is not None and cached.mark == mark:
        return cached
    rows = tuple(build(row) for row in tx.all(sa.select(*table.c).order_by(*order)))
    fresh = Known(mark=f"{table.name}-{len(rows)}-{sum(getattr(row, 'version', 0) for row in rows)}", rows=rows)
    tx.context.database.known[table.name] = fresh
    return fresh


@reads(Permission.LOOK)
def known_sheds(tx: Reading) -> Known[ShedRow]:
    """All sheds by id, cached until one changes."""
    return _known(tx, S, _shed, (S.c.id,))


@reads(Permission.LOOK)
def known_tray_sizes(tx: Reading) -> Known[TraySizeRow]:
    """All tray sizes in their order, cached until one changes."""
    return _known(tx, T, _tray_size, (T.c.position, T.c.id))


@reads(Permission.LOOK)
def list_tray_sizes(tx: Reading, active_only: bool = False) -> tuple[TraySizeRow, ...]:
    """All tray sizes in their order; there are few."""
    statement = sa.select(*T.c).order_by(T.c.position, T.c.id)
    return tuple(_tray_size(row) for row in tx.all(statement.where(T.c.is_active) if active_only else statement))
