"""Drillholes of a project. Depths and elevation in metres, angles in degrees, dip negative downwards."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.errors import InUse
from coresafe.models import Company, Dispatch, Drillhole, Project, Sample, TraySize
from coresafe.models.enums import DrillholeStatus
from coresafe.services import facts
from coresafe.services.listing import Listing, Page, Query, contains, equals, searchable
from coresafe.services.permissions import Permission
from coresafe.services.registry.common import Record, identifier, page_of, sent_fields
from coresafe.services.rules import Checks, key_of
from coresafe.services.transaction import reads, writes
from coresafe.services.unset import UNSET, Unset
from coresafe.services.work import Reading, Writing

H: Any = Drillhole.__table__

#: The deepest hole on Earth is 12,262 m; a deeper one is a slip of the pen.
DEEPEST_M = 15_000
#: Depths this close are the same one: closer than core is measured, and what is lost in converting from feet.
SAME_DEPTH_M = 0.01
#: No grid in use reaches further than this from its origin, in its own unit.
FARTHEST = 1e9
_EARLIEST_YEAR = 1850


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillholeRow:
    """A hole. Coordinates are in the project's CRS, as they were given. Times are UTC."""

    id: int
    version: int
    hole_id: str
    project_id: int
    project_code: str
    company_id: int
    company_name: str
    eoh_depth: float | None
    core_size: str | None
    easting: float | None
    northing: float | None
    elevation: float | None
    azimuth: float | None
    dip: float | None
    drilled_on: date | None
    status: DrillholeStatus
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddDrillhole:
    """A new hole; ``hole_id`` is unique in its project, compared without case and outer blanks."""

    hole_id: str
    project_id: int
    eoh_depth: float | None = None
    core_size: str | None = None
    easting: float | None = None
    northing: float | None = None
    elevation: float | None = None
    azimuth: float | None = None
    dip: float | None = None
    drilled_on: date | None = None
    status: DrillholeStatus | str = DrillholeStatus.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDrillhole:
    """Change the fields that are set; ``version`` is the one the row was read with. ``reason`` goes into the trail."""

    drillhole_id: int
    version: int
    hole_id: str | Unset = UNSET
    project_id: int | Unset = UNSET
    eoh_depth: float | None | Unset = UNSET
    core_size: str | None | Unset = UNSET
    easting: float | None | Unset = UNSET
    northing: float | None | Unset = UNSET
    elevation: float | None | Unset = UNSET
    azimuth: float | None | Unset = UNSET
    dip: float | None | Unset = UNSET
    drilled_on: date | None | Unset = UNSET
    status: DrillholeStatus | str | Unset = UNSET
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveDrillhole:
    """Delete a hole nothing refers to."""

    drillhole_id: int
    version: int | None = None


def _row(row: Row[Any]) -> DrillholeRow:
    return DrillholeRow(
        id=row.id,
        version=row.version,
        hole_id=row.hole_id,
        project_id=row.project_id,
        project_code=row.project_code,
        company_id=row.company_id,
        company_name=row.company_name,
        eoh_depth=row.eoh_depth,
        core_size=row.core_size,
        easting=row.easting,
        northing=row.northing,
        elevation=row.elevation,
        azimuth=row.azimuth,
        dip=row.dip,
        drilled_on=row.drilled_on,
        status=DrillholeStatus(row.status),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _of_project(column: Any, label: str) -> sa.Label[Any]:
    return sa.select(column).where(Project.id == H.c.project_id).scalar_subquery().label(label)


_company_name = (
    sa.select(Company.name)
    .join(Project, Project.company_id == Company.id)
    .where(Project.id == H.c.project_id)
    .scalar_subquery()
    .label("company_name")
)
RECORD = Record(
    table=H,
    kind="drillhole",
    noun="drillhole",
    name="hole_id",
    unique="hole_id",
    shown=(
        *H.c,
        _of_project(Project.code, "project_code"),
        _of_project(Project.company_id, "company_id"),
        _company_name,
    ),
    build=_row,
)


def checked(checks: Checks, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of the fields that were sent; project and core size are looked up by the caller."""
    values: dict[str, Any] = {}
    if "hole_id" in sent:
        values["hole_id"], values["hole_key"] = checks.name("hole_id", sent["hole_id"], limit=60, label="Hole id")
    if "project_id" in sent:
        values["project_id"] = identifier(sent["project_id"])
    if "eoh_depth" in sent:
        values["eoh_depth"] = _depth(checks, sent["eoh_depth"])
    if "core_size" in sent:
        values["core_size"] = checks.optional_text("core_size", sent["core_size"], limit=20)
    for name in ("easting", "northing", "elevation"):
        if name in sent:
            values[name] = checks.number(name, sent[name], least=-FARTHEST, most=FARTHEST)
    if "azimuth" in sent:
        azimuth = checks.number("azimuth", sent["azimuth"], least=0, most=360, below=360, unit="degrees")
        # 359.9996 rounds to full circle, which is north again.
        values["azimuth"] = None if azimuth is None else round(azimuth, 3) % 360
    if "dip" in sent:
        dip = checks.number("dip", sent["dip"], least=-90, most=90, unit="degrees")
        values["dip"] = None if dip is None else round(dip, 3)
    if "drilled_on" in sent:
        values["drilled_on"] = _day(checks, "drilled_on", sent["drilled_on"])
    if "status" in sent:
        status = checks.word("status", sent["status"], DrillholeStatus)
        if status is None and sent["status"] is None:
            checks.fail("status", "Status is missing. Choose one.")
        values["status"] = status.value if status else None
    return values


def _depth(checks: Checks, value: object) -> float | None:
    number = checks.number("eoh_depth", value, least=0, most=DEEPEST_M, label="EOH depth", unit="m")
    if number is None:
        return None
    rounded = round(number, 3)
    if rounded <= 0:
        checks.fail("eoh_depth", "EOH depth must be more than 0 m. Leave it empty where it is not known.")
    return rounded


def is_beyond(depth: float, eoh_depth: float | None) -> bool:
    """Whether a depth lies beyond the end of a hole, in metres; nothing does where the end is not known."""
    return eoh_depth is not None and round(depth - eoh_depth, 3) >= SAME_DEPTH_M


def trays_needed(depth: float, capacity: float) -> tuple[int, int]:
    """Trays for a planned hole of ``depth`` metres, ``capacity`` metres a tray: (those it fills, a tenth to spare).

    Source: domain, Core sizes. Both must be above zero.
    """
    # What conversion from feet leaves in the last digits fills no tray.
    filled = math.ceil(round(depth / capacity, 6))
    return filled, math.ceil(filled / 10)


def metres(depth: float | None, *, unit: bool = True) -> str:
    """A depth as a person writes it: 12.5 m."""
    text = f"{depth or 0:,.3f}".rstrip("0").rstrip(".")
    return f"{text} m" if unit else text


def _day(checks: Checks, field: str, value: object) -> date | None:
    if value is None:
        return None
    if isinstance(value, datetime) or not isinstance(value, date):
        checks.fail(field, "This must be a date.")
        return None
    if not _EARLIEST_YEAR <= value.year <= 2200:
        checks.fail(field, f"The date must lie between {_EARLIEST_YEAR} and 2200.")
        return None
    return value


def _check_project(tx: Writing, checks: Checks, project_id: int) -> None:
    statement = sa.select(Project.id, *facts.clock_columns()).where(Project.id == project_id)
    if tx.first(statement.with_for_update(read=True)) is None:
        checks.fail("project_id", "There is no such project. Choose one from the list.")


def _check_samples(tx: Writing, checks: Checks, row: Row[Any], eoh_depth: float | None) -> None:
    """No sample was taken from below the end of its hole (domain: Samples)."""
    if eoh_depth is None or eoh_depth <= 0 or eoh_depth == row.eoh_depth:
        return
    sample: Any = Sample.__table__
    taken = sa.select(sample.c.sample_id, sample.c.to_depth).where(sample.c.drillhole_id == row.id)
    deepest = tx.first(
        taken.where(sample.c.to_depth.is_not(None)).order_by(sample.c.to_depth.desc(), sample.c.id).limit(1)
    )
    if deepest is not None and is_beyond(deepest.to_depth, eoh_depth):
        checks.fail(
            "eoh_depth",
            f"Sample {deepest.sample_id} was taken down to {metres(deepest.to_depth)}, so the hole cannot end at "
            f"{metres(eoh_depth)}. Correct the sample first.",
        )


def spelled(tx: Writing, size: str | None) -> str | None:
    """A core size in the spelling of the tray sizes, where it is one of them; any other text as it is."""
    if size is None:
        return None
    found = tx.first(sa.select(TraySize.name).where(TraySize.name_key == key_of(size)))
    return str(found.name) if found else size


@writes(Permission.REGISTER)
def add_drillhole(tx: Writing, command: AddDrillhole) -> DrillholeRow:
    """Add a hole. Raises ValidationFailed, Duplicate(field='hole_id')."""
    checks = Checks()
    values = checked(checks, sent_fields(command))
    _check_project(tx, checks, values["project_id"])
    checks.done()
    values["core_size"] = spelled(tx, values["core_size"])
    answer: DrillholeRow = RECORD.add(tx, values)
    return answer


@writes(Permission.REGISTER)
def change_drillhole(tx: Writing, command: ChangeDrillhole) -> DrillholeRow:
    """Change a hole. Raises NotFound, ValidationFailed, StaleVersion with the row as it is, Duplicate.

    Its project stays once trays were dispatched for it (InUse), its end lies below every sample (ValidationFailed).
    """
    row = RECORD.lock(tx, command.drillhole_id)
    checks = Checks()
    values = checked(checks, sent_fields(command, leave_out=("drillhole_id", "version", "reason")))
    reason = checks.notes("reason", command.reason)
    moved = values.get("project_id", row.project_id) != row.project_id
    if moved:
        _check_project(tx, checks, values["project_id"])
    _check_samples(tx, checks, row, values.get("eoh_depth"))
    checks.done()
    RECORD.require_version(row, command.version)
    if moved and tx.first(sa.select(Dispatch.id).where(Dispatch.drillhole_id == row.id).limit(1)):
        raise InUse(
            f"Trays were dispatched for hole {row.hole_id}, so it stays in project {row.project_code}. "
            "Nothing was changed.",
            hint="Add a hole of the same name to the other project.",
        )
    if values.get("core_size") is not None:
        values["core_size"] = spelled(tx, values["core_size"])
    answer: DrillholeRow = RECORD.change(tx, row, values, reason=reason)
    return answer


@writes(Permission.DELETE)
def remove_drillhole(tx: Writing, command: RemoveDrillhole) -> None:
    """Delete a hole. Raises NotFound, StaleVersion, InUse where dispatches or samples refer to it."""
    row = RECORD.lock(tx, command.drillhole_id)
    if command.version is not None:
        RECORD.require_version(row, command.version)
    RECORD.remove(tx, row, "Set its status to abandoned or completed instead.")


LISTING = Listing(
    table=H,
    sorts={"hole_id": H.c.hole_key, "eoh_depth": H.c.eoh_depth, "id": H.c.id},
    filters={
        "id": equals(H.c.id),
        "hole_id": lambda value: H.c.hole_key == searchable(str(value)),
        "project_id": equals(H.c.project_id),
        "company_id": lambda value: H.c.project_id.in_(
            sa.select(Project.id).where(equals(Project.__table__.c.company_id)(value))
        ),
        "core_size": equals(H.c.core_size),
        "status": equals(H.c.status),
        "import_id": equals(H.c.import_id),
    },
    default_sort="hole_id",
    search=lambda text: contains(H.c.hole_key, text),
)


def _joined(start: sa.FromClause) -> sa.FromClause:
    return start


@reads(Permission.LOOK)
def get_drillhole(tx: Reading, drillhole_id: int) -> DrillholeRow:
    """One hole. Raises NotFound."""
    answer: DrillholeRow = RECORD.read(tx, drillhole_id)
    return answer


@reads(Permission.LOOK)
def list_drillholes(tx: Reading, query: Query) -> Page[DrillholeRow]:
    """A page of holes by hole id; ``q`` finds any part of it."""
    return page_of(tx, LISTING, query, RECORD.shown, _joined, _row)


@reads(Permission.LOOK)
def count_drillholes(tx: Reading, query: Query) -> int:
    """How many holes the filters let through."""
    return int(tx.all(LISTING.count(query))[0].rows)
