"""From cells to values: every row of a file read, cleaned and checked, before the database is asked anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from coresafe.errors import ValidationFailed
from coresafe.services.importing import cleaning
from coresafe.services.importing.fields import FIELDS, STATUS_WORDS, Field, Kind, RecordType, field_of
from coresafe.services.importing.mapping import Mapping, asked_for, choose
from coresafe.services.importing.reading import Cell, Sheet, read_sheets
from coresafe.services.rules import Checks, key_of

#: Everything a plan says row by row, per kind; more would be read by nobody.
MAX_PROBLEMS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something about one cell: its row in the file (0: the file as a whole), its column and value, and a sentence."""

    row: int
    column: str
    value: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One row that could be read: its number in the file, its key, and the fields that are there."""

    row: int
    key: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCommand:
    """A file ready to be planned and imported; made by ``prepare``.

    ``project``: the code of the project all holes belong to. ``update``: rows that are there already are changed where
    the file differs. ``valid_only``: rows with errors are left out instead of stopping the import.
    """

    record_type: RecordType
    file_name: str
    digest: str
    mapping: dict[str, str]
    rows: tuple[FileRow, ...]
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    unused_columns: tuple[str, ...] = ()
    rows_read: int = 0
    tails_cleaned: int = 0
    project: str | None = None
    update: bool = False
    valid_only: bool = False


@dataclass
class _Reading:
    """What is collected while a sheet is read."""

    mapping: Mapping
    decimal_comma: bool
    elevation_markers: frozenset[float]
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    tails: int = 0


def prepare(
    path: Path,
    record_type: RecordType | str,
    *,
    mapping: str = "",
    project: str | None = None,
    update: bool = False,
    valid_only: bool = False,
) -> ImportCommand:
    """Read a file and understand it; the database is not asked. Raises ValidationFailed where that cannot be done."""
    kind = RecordType(record_type)
    sheet, matched = choose(kind, read_sheets(path), asked_for(kind, mapping))
    if kind is RecordType.DRILLHOLES and project is None and "project" not in matched.columns:
        raise ValidationFailed.of(
            "project", "The file does not say which project its holes belong to. Say it with --project CODE."
        )
    return parse(sheet, matched, file_name=path.name, project=project, update=update, valid_only=valid_only)


def parse(
    sheet: Sheet,
    mapping: Mapping,
    *,
    file_name: str,
    project: str | None = None,
    update: bool = False,
    valid_only: bool = False,
) -> ImportCommand:
    """The rows of one sheet. Raises ValidationFailed where the sign of the dips must be said first."""
    data = [(number, cells) for number, cells in sheet.rows if number >= mapping.first_row]
    data, described = _without_descriptions(sheet, mapping, data)
    state = _Reading(
        mapping=mapping,
        decimal_comma=sheet.decimal_comma,
        elevation_markers=_elevation_markers(_column(data, mapping, "elevation"), sheet.decimal_comma),
        warnings=[Problem(row=0, column="", value="", message=note) for note in (*mapping.notes, *described)],
    )
    _require_dip_sign(data, state)
    if project is not None:
        mapping.columns.pop("project", None)
    rows = [row for number, cells in data if (row := _row(number, cells, state)) is not None]
    kept = _without_repeats(rows, state)
    return ImportCommand(
        record_type=mapping.record_type,
        file_name=file_name[-255:],
        digest=sheet.digest,
        mapping=mapping.as_dict(),
        rows=tuple(kept),
        errors=tuple(state.errors),
        warnings=tuple(state.warnings),
        unused_columns=mapping.unused,
        rows_read=len(data),
        tails_cleaned=state.tails,
        project=project,
        update=update,
        valid_only=valid_only,
    )


def _without_descriptions(
    sheet: Sheet, mapping: Mapping, data: list[tuple[int, tuple[Cell, ...]]]
) -> tuple[list[tuple[int, tuple[Cell, ...]]], list[str]]:
    """Government templates label rows in a first column headed *FIELD*; a labelled row describes and is no data."""
    header = next((cells for number, cells in sheet.rows if number == mapping.header_row), ())
    first_used = any(index == 0 for index, _header in mapping.columns.values())
    if first_used or not header or str(header[0] or "").strip().casefold() != "field":
        return data, []
    kept = [(number, cells) for number, cells in data if cleaning.text_of(cells[0]) is None]
    left_out = len(data) - len(kept)
    return kept, [f"{left_out} rows that describe the columns were left out."] if left_out else []


def _column(data: Iterable[tuple[int, tuple[Cell, ...]]], mapping: Mapping, name: str) -> list[Cell]:
    if name not in mapping.columns:
        return []
    index = mapping.columns[name][0]
    return [cells[index] if index < len(cells) else None for _number, cells in data]


def _numbers(cells: Iterable[Cell], decimal_comma: bool, markers: frozenset[float]) -> list[float]:
    found = []
    for cell in cells:
        try:
            number = cleaning.number_of(cell, decimal_comma=decimal_comma, markers=markers)
        except cleaning.Unreadable:
            continue
        if number is not None:
            found.append(number)
    return found


#: Where other elevations lie within these metres of -99, it is an elevation: mines go below sea level.
_NEAR_99 = (-199.0, -50.0)


def _elevation_markers(cells: list[Cell], decimal_comma: bool) -> frozenset[float]:
    usual = cleaning.MISSING_NUMBERS
    others = _numbers(cells, decimal_comma, usual)
    below = any(_NEAR_99[0] <= number <= _NEAR_99[1] for number in others)
    return usual - {-99.0} if below else usual


def _require_dip_sign(data: list[tuple[int, tuple[Cell, ...]]], state: _Reading) -> None:
    """Files are written either way; a file in which every dip is positive could mean either."""
    if state.mapping.dip or "dip" not in state.mapping.columns:
        return
    dips = _numbers(_column(data, state.mapping, "dip"), state.decimal_comma, cleaning.MISSING_NUMBERS)
    pointed = [dip for dip in dips if dip]
    if pointed and all(dip > 0 for dip in pointed):
        raise ValidationFailed.of(
            "mapping",
            f"All dips in {state.mapping.columns['dip'][1]!r} are positive. Say what that means: --mapping "
            "dip=down-positive where the holes go down, dip=down-negative where they really go up.",
        )


def _row(number: int, cells: tuple[Cell, ...], state: _Reading) -> FileRow | None:
    """The values of one row, or None where something in it is wrong (which is then in the errors)."""
    record_type = state.mapping.record_type
    values: dict[str, Any] = {}
    raw: dict[str, tuple[str, str]] = {}
    before = len(state.errors)
    tail = False
    for wanted in FIELDS[record_type]:
        if wanted.name not in state.mapping.columns:
            continue
        index, header = state.mapping.columns[wanted.name]
        cell = cells[index] if index < len(cells) else None
        raw[wanted.name] = (header, _shown(cell))
        try:
            value = _value(wanted, cell, state)
        except cleaning.Unreadable as problem:
            state.errors.append(Problem(row=number, column=header, value=_shown(cell), message=str(problem)))
            continue
        if wanted.kind is Kind.DEPTH and value is not None:
            tail = tail or _had_tail(cell, value, state)
        if wanted.kind is Kind.WORD and value is not None:
            value = _status(number, header, value, state)
        if value is not None:
            values[wanted.name] = value
        elif wanted.required:
            message = f"{wanted.name.replace('_', ' ').capitalize()} is missing."
            state.errors.append(Problem(row=number, column=header, value=_shown(cell), message=message))
    if record_type is RecordType.DRILLHOLES:
        _finish_hole(number, values, raw, state)
    if len(state.errors) == before:
        _check(number, values, raw, state)
    if len(state.errors) != before:
        return None
    state.tails += tail
    return FileRow(row=number, key=_key(record_type, values), values=values)


def _value(wanted: Field, cell: Cell, state: _Reading) -> Any:
    if wanted.kind in (Kind.TEXT, Kind.WORD):
        return cleaning.text_of(cell)
    if wanted.kind is Kind.DATE:
        return cleaning.date_of(cell)
    if wanted.kind is Kind.WHOLE:
        return cleaning.whole_of(cell)
    if wanted.kind is Kind.FLAG:
        return cleaning.flag_of(cell)
    markers = state.elevation_markers if wanted.name == "elevation" else cleaning.MISSING_NUMBERS
    number = cleaning.number_of(cell, decimal_comma=state.decimal_comma, markers=markers)
    if number is None:
        return None
    if wanted.kind is Kind.DEPTH:
        return round(cleaning.without_noise(number) * state.mapping.depth_factor, 3)
    if wanted.name == "dip" and state.mapping.dip == "down-positive":
        return -number if number else number
    return number


def _had_tail(cell: Cell, value: float, state: _Reading) -> bool:
    """Whether a depth in metres lost float noise on the way."""
    if state.mapping.depth_factor != 1 or isinstance(cell, (bool, date)) or cell is None:
        return False
    try:
        return float(cell) != value
    except ValueError:
        return False


def _status(number: int, header: str, text: str, state: _Reading) -> str | None:
    known = STATUS_WORDS[state.mapping.record_type].get(key_of(text))
    if known is None:
        message = "This status is not one of ours and was left out."
        state.warnings.append(Problem(row=number, column=header, value=_shown(text), message=message))
    return known


def _finish_hole(number: int, values: dict[str, Any], raw: dict[str, tuple[str, str]], state: _Reading) -> None:
    """The one date that is kept, and what is odd about a hole without being wrong."""
    started, finished = values.pop("started_on", None), values.pop("finished_on", None)
    if started and finished and finished < started:
        header, value = raw["finished_on"]
        message = f"The hole ends before it starts ({started.isoformat()}). The end was kept as its date."
        state.warnings.append(Problem(row=number, column=header, value=value, message=message))
    if "drilled_on" not in values and (finished or started):
        values["drilled_on"] = finished or started
    if values.get("azimuth") == 360:  # a full circle
        values["azimuth"] = 0.0


def _check(number: int, values: dict[str, Any], raw: dict[str, tuple[str, str]], state: _Reading) -> None:
    """The rules every form obeys too, told with row, column and value; project and company come later."""
    from coresafe.services.registry import companies, drillholes, projects

    checks = Checks()
    sent = {name: value for name, value in values.items() if name not in ("project", "company")}
    if state.mapping.record_type is RecordType.COMPANIES:
        columns = companies.checked(checks, sent)
    elif state.mapping.record_type is RecordType.PROJECTS:
        columns = projects.checked(checks, {"name": values.get("code"), **sent} if values.get("code") else sent)
        if "name" not in values:
            columns.pop("name", None)
    else:
        columns = drillholes.checked(checks, sent)
    for name in ("project", "company"):
        if name in values:
            checks.name(name, values[name])
    for error in checks.errors:
        header, value = raw.get(error.field, (error.field, ""))
        state.errors.append(Problem(row=number, column=header, value=value, message=error.message))
    if not checks.errors:
        values.update((name, value) for name, value in columns.items() if field_of(state.mapping.record_type, name))


_KEY_FIELD = {RecordType.COMPANIES: "name", RecordType.PROJECTS: "code", RecordType.DRILLHOLES: "hole_id"}


def _key(record_type: RecordType, values: dict[str, Any]) -> str:
    key = key_of(str(values[_KEY_FIELD[record_type]]))
    if record_type is RecordType.DRILLHOLES and "project" in values:
        return f"{key_of(str(values['project']))}\n{key}"
    return key


def _without_repeats(rows: list[FileRow], state: _Reading) -> list[FileRow]:
    """Each record once. The same thing said again is a remark; something else said of the same record is an error."""
    first: dict[str, FileRow] = {}
    again = 0
    name = _KEY_FIELD[state.mapping.record_type]
    header = state.mapping.columns[name][1]
    for row in rows:
        known = first.setdefault(row.key, row)
        if known is row:
            continue
        differing = [
            n for n in {**known.values, **row.values} if n != name and known.values.get(n) != row.values.get(n)
        ]
        if not differing:
            again += 1
            continue
        message = f"Row {known.row} has the same {name.replace('_', ' ')} and another {differing[0].replace('_', ' ')}."
        value = _shown(row.values[name])
        state.errors.append(Problem(row=row.row, column=header, value=value, message=message))
    if again:
        message = f"{again:,} rows say again what a row above them says; each record is taken once."
        state.warnings.append(Problem(row=0, column=header, value="", message=message))
    return list(first.values())


def _shown(cell: Any) -> str:
    """A cell as a person can find it again."""
    text = "" if cell is None else str(cell)
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= 80 else text[:79] + "…"  # fits a line
