"""What an import would do: the rows of a file against what is there, before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.models import Company, Drillhole, Project, TraySize
from coresafe.models.enums import DrillholeStatus, ProjectStatus
from coresafe.services.importing.fields import RecordType
from coresafe.services.importing.parsing import FileRow, ImportCommand, Problem
from coresafe.services.rules import key_of
from coresafe.services.work import Reading, Writing

C: Any = Company.__table__
P: Any = Project.__table__
H: Any = Drillhole.__table__

TABLES: dict[RecordType, Any] = {
    RecordType.COMPANIES: Company,
    RecordType.PROJECTS: Project,
    RecordType.DRILLHOLES: Drillhole,
}
#: Rows looked up or written with one statement.
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRow:
    """A row to be added: its number in the file and its columns."""

    row: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    """A row to be changed: its number in the file, which record, and the fields that differ."""

    row: int
    record_id: int
    version: int
    old: dict[str, Any]
    new: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What was understood of a file and what importing it would do. ``skipped`` rows have errors."""

    record_type: RecordType
    file_name: str
    mapping: dict[str, str]
    unused_columns: tuple[str, ...]
    rows_read: int
    to_add: tuple[PlannedRow, ...]
    to_update: tuple[PlannedChange, ...]
    unchanged: int
    tails_cleaned: int
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]

    @property
    def skipped(self) -> int:
        """Rows of the file with an error in them."""
        return len({problem.row for problem in self.errors})


def make_plan(tx: Reading | Writing, command: ImportCommand) -> Plan:
    """Compare the rows of a file with what is there. A handful of statements, and one for every 500 rows."""
    planner = _Planner(tx, command)
    planner.run()
    return Plan(
        record_type=command.record_type,
        file_name=command.file_name,
        mapping=command.mapping,
        unused_columns=command.unused_columns,
        rows_read=command.rows_read,
        to_add=tuple(planner.to_add),
        to_update=tuple(planner.to_update),
        unchanged=planner.unchanged,
        tails_cleaned=command.tails_cleaned,
        errors=tuple(sorted(planner.errors, key=lambda problem: problem.row)),
        warnings=tuple(sorted(command.warnings, key=lambda problem: problem.row)),
    )


class _Planner:
    def __init__(self, tx: Reading | Writing, command: ImportCommand) -> None:
        self.tx = tx
        self.command = command
        self.to_add: list[PlannedRow] = []
        self.to_update: list[PlannedChange] = []
        self.unchanged = 0
        self.errors: list[Problem] = list(command.errors)

    def run(self) -> None:
        """Sort every row into added, changed, unchanged or wrong."""
        kind = self.command.record_type
        if kind is RecordType.COMPANIES:
            prepared = [(row, self._company(row)) for row in self.command.rows]
            there = self._there(C, C.c.name_key, [values["name_key"] for _row, values in prepared])
            keys = [values["name_key"] for _row, values in prepared]
        elif kind is RecordType.PROJECTS:
            prepared = list(self._projects())
            keys = [values["code_key"] for _row, values in prepared]
            there = self._there(P, P.c.code_key, keys)
        else:
            prepared = list(self._drillholes())
            keys = [(values["project_id"], values["hole_key"]) for _row, values in prepared]
            there = self._holes_there(keys)
        for (row, values), key in zip(prepared, keys, strict=True):
            self._sort(row, values, there.get(key))

    # -- the columns of a row ------------------------------------------------------------------------------------

    def _company(self, row: FileRow) -> dict[str, Any]:
        return {**row.values, "name_key": key_of(row.values["name"])}

    def _projects(self) -> Iterable[tuple[FileRow, dict[str, Any]]]:
        owners = self._there(C, C.c.name_key, [key_of(row.values["company"]) for row in self.command.rows])
        for row in self.command.rows:
            values = dict(row.values)
            name = values.pop("company")
            owner = owners.get(key_of(name))
            if owner is None:
                self._fail(row, "company", name, "There is no such company. Import or add it first.")
                continue
            values |= {"company_id": owner.id, "code_key": key_of(values["code"])}
            if "name" in values:
                values["name_key"] = key_of(values["name"])
            yield row, values

    def _drillholes(self) -> Iterable[tuple[FileRow, dict[str, Any]]]:
        command = self.command
        named = {row.values["project"] for row in command.rows if "project" in row.values}
        if command.project is not None:
            named = {command.project}
        projects = self._there(P, P.c.code_key, [key_of(name) for name in named])
        if command.project is not None and key_of(command.project) not in projects:
            message = f"There is no project {command.project[:40]}. Add it first, or choose another with --project."
            self.errors.append(Problem(row=0, column="project", value=command.project[:80], message=message))
            return
        spellings: Any = sa.select(TraySize.name_key, TraySize.name)
        sizes = {row.name_key: row.name for row in self.tx.all(spellings)}
        for row in command.rows:
            values = dict(row.values)
            name = values.pop("project", None) if command.project is None else command.project
            project = projects.get(key_of(name)) if name else None
            if project is None:
                message = "There is no such project. Add it first." if name else "The project is missing."
                self._fail(row, "project", name or "", message)
                continue
            values |= {"project_id": project.id, "hole_key": key_of(values["hole_id"])}
            if "core_size" in values:
                values["core_size"] = sizes.get(key_of(values["core_size"]), values["core_size"])
            yield row, values

    # -- what is there -------------------------------------------------------------------------------------------

    def _there(self, table: Any, key: Any, wanted: Sequence[str]) -> dict[Any, Row[Any]]:
        found: dict[Any, Row[Any]] = {}
        for chunk in _chunks(sorted(set(wanted))):
            found.update(
                {getattr(row, key.name): row for row in self.tx.all(sa.select(*table.c).where(key.in_(chunk)))}
            )
        return found

    def _holes_there(self, wanted: Sequence[tuple[int, str]]) -> dict[Any, Row[Any]]:
        found: dict[Any, Row[Any]] = {}
        for project_id in sorted({project for project, _key in wanted}):
            keys = sorted({key for project, key in wanted if project == project_id})
            for chunk in _chunks(keys):
                statement = sa.select(*H.c).where(H.c.project_id == project_id, H.c.hole_key.in_(chunk))
                found.update({(row.project_id, row.hole_key): row for row in self.tx.all(statement)})
        return found

    # -- sorting -------------------------------------------------------------------------------------------------

    def _sort(self, row: FileRow, values: dict[str, Any], known: Row[Any] | None) -> None:
        if known is None:
            self.to_add.append(PlannedRow(row=row.row, values=_complete(self.command.record_type, values)))
            return
        differing = {name: value for name, value in values.items() if not _same(getattr(known, name), value)}
        # The same key is the same record; its spelling stays as it is.
        differing.pop(_NAMES[self.command.record_type], None)
        told = [name for name in differing if not name.endswith("_key")]
        if not told:
            self.unchanged += 1
            return
        if not self.command.update:
            fields = ", ".join(name.removesuffix("_id") if name == "company_id" else name for name in told)
            self._fail(
                row,
                _NAMES[self.command.record_type],
                str(values[_NAMES[self.command.record_type]]),
                f"This is there already, with another {fields}. Import with --update to change it.",
            )
            return
        old = {name: getattr(known, name) for name in differing}
        self.to_update.append(
            PlannedChange(row=row.row, record_id=known.id, version=known.version, old=old, new=differing)
        )

    def _fail(self, row: FileRow, name: str, value: object, message: str) -> None:
        column = self.command.mapping.get(name, name)
        self.errors.append(Problem(row=row.row, column=column, value=str(value)[:80], message=message))


_NAMES = {RecordType.COMPANIES: "name", RecordType.PROJECTS: "code", RecordType.DRILLHOLES: "hole_id"}

_EMPTY: dict[RecordType, dict[str, Any]] = {
    RecordType.COMPANIES: {"contact_email": None, "contact_phone": None, "is_active": True},
    RecordType.PROJECTS: {"location": None, "crs": None, "status": ProjectStatus.ACTIVE.value},
    RecordType.DRILLHOLES: {
        **dict.fromkeys(("eoh_depth", "core_size", "easting", "northing", "elevation", "azimuth", "dip", "drilled_on")),
        "status": DrillholeStatus.ACTIVE.value,
    },
}


def _complete(record_type: RecordType, values: dict[str, Any]) -> dict[str, Any]:
    """Every column of a new row: what the file does not say is empty, and the name of a project is its code."""
    whole = {**_EMPTY[record_type], **values}
    if record_type is RecordType.PROJECTS and "name" not in whole:
        whole |= {"name": values["code"], "name_key": values["code_key"]}
    return whole


def _same(there: Any, value: Any) -> bool:
    if isinstance(there, date) or isinstance(value, date):
        return bool(there == value)
    if isinstance(there, (int, float)) and isinstance(value, (int, float)):
        return abs(there - value) <= 1e-9 * max(1.0, abs(there))
    return bool(there == value)


def _chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
