"""Which column of a file holds which field: recognised by name, or said by the person."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from coresafe.errors import FieldError, ValidationFailed
from coresafe.services.importing.fields import FIELDS, RecordType, core_words, field_of, folded
from coresafe.services.importing.reading import Cell, Sheet

#: A header is looked for in the first rows; titles and notes may stand above it.
HEADER_ROWS = 30
METRES_PER_FOOT = 0.3048

OPTIONS: dict[str, tuple[str, ...]] = {"depth_unit": ("m", "ft"), "dip": ("down-negative", "down-positive")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person said of the columns: ``field=COLUMN`` and options, separated by commas.

    ``depth_unit=ft|m``; ``dip=down-positive|down-negative``; ``sheet=NAME`` and ``first_row=N`` (the first row of data)
    for workbooks; ``field=`` leaves a field out; ``field=#3`` takes the third column.
    """

    columns: dict[str, str] = field(default_factory=dict)
    depth_unit: str = ""
    dip: str = ""
    sheet: str = ""
    first_row: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """What was understood: field -> (position, header); the rows of data; and what is to be said about it."""

    record_type: RecordType
    columns: dict[str, tuple[int, str]]
    unused: tuple[str, ...]
    header_row: int
    first_row: int
    depth_factor: float
    dip: str
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, str]:
        """For storing and showing: field -> column, and the options that are not the usual ones."""
        shown = {name: header for name, (_position, header) in self.columns.items()}
        if self.depth_factor != 1:
            shown["depth_unit"] = "ft"
        return shown | ({"dip_sign": self.dip} if self.dip else {})


def asked_for(record_type: RecordType, text: str) -> Asked:
    """Read a mapping as typed. Raises ValidationFailed naming what is not understood."""
    columns: dict[str, str] = {}
    options: dict[str, str] = {}
    errors: list[FieldError] = []
    for part in next(csv.reader([text], skipinitialspace=True), []):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        name = name.lower()
        if not part.strip():
            continue
        if not equals:
            errors.append(FieldError("mapping", f"{part.strip()[:60]!r} is not of the form field=COLUMN."))
        elif name in OPTIONS and value.lower() in OPTIONS[name]:
            options[name] = value.lower()
        elif name in ("sheet", "first_row"):
            options[name] = value
        elif name == "depth_unit":
            errors.append(FieldError("mapping", f"depth_unit is m or ft, not {value[:60]!r}."))
        elif field_of(record_type, name):
            columns[name] = value
        else:
            known = ", ".join(f.name for f in FIELDS[record_type])
            errors.append(FieldError("mapping", f"There is no field {name[:60]!r}. The fields are: {known}."))
    first = options.get("first_row", "")
    if first and not (first.isdecimal() and 0 < int(first) < 10_000_000):
        errors.append(FieldError("mapping", f"first_row is the number of a row, not {first[:60]!r}."))
    if errors:
        raise ValidationFailed(errors)
    return Asked(
        columns=columns,
        depth_unit=options.get("depth_unit", ""),
        dip=options.get("dip", ""),
        sheet=options.get("sheet", ""),
        first_row=int(first) if first else 0,
    )


def choose(record_type: RecordType, sheets: Sequence[Sheet], asked: Asked) -> tuple[Sheet, Mapping]:
    """The sheet that fits, with its mapping. Raises ValidationFailed where a needed column is found in none."""
    if asked.sheet:
        wanted = [sheet for sheet in sheets if folded(sheet.name) == folded(asked.sheet)]
        if not wanted:
            names = ", ".join(sheet.name for sheet in sheets)
            raise ValidationFailed.of("mapping", f"There is no sheet {asked.sheet[:60]!r}. The sheets are: {names}.")
        sheets = wanted
    failure: ValidationFailed | None = None
    best: tuple[int, Sheet, Mapping] | None = None
    for sheet in sheets:
        try:
            mapping = match(record_type, sheet, asked)
        except ValidationFailed as error:
            failure = failure or error
            continue
        if best is None or len(mapping.columns) > best[0]:
            best = (len(mapping.columns), sheet, mapping)
    if best is None:
        raise failure or ValidationFailed.of("file", "The file is empty.")
    return best[1], best[2]


def match(record_type: RecordType, sheet: Sheet, asked: Asked) -> Mapping:
    """The mapping of one sheet."""
    position = _header_position(record_type, sheet, asked)
    header_row, cells = sheet.rows[position]
    headers = [_text(cell) for cell in cells]
    notes: list[str] = []
    columns = _said(headers, asked)
    taken = {index for index, _header in columns.values()}
    for name, index in _recognised(record_type, headers, taken, skip=set(asked.columns)).items():
        columns[name] = (index, headers[index])
    _require(record_type, headers, columns)
    unused = tuple(h for i, h in enumerate(headers) if h and i not in {index for index, _ in columns.values()})
    following = sheet.rows[position + 1][0] if position + 1 < len(sheet.rows) else header_row + 1
    return Mapping(
        record_type=record_type,
        columns=columns,
        unused=unused,
        header_row=header_row,
        first_row=asked.first_row or following,
        depth_factor=_depth_factor(columns, asked, notes),
        dip=asked.dip,
        notes=tuple(notes),
    )


def _text(cell: Cell) -> str:
    return "" if cell is None else " ".join(str(cell).replace("\ufeff", "").split())


def _header_position(record_type: RecordType, sheet: Sheet, asked: Asked) -> int:
    """The row among the first that names the most fields; the first row where none names any."""
    best, most = 0, 0
    said = {folded(column) for column in asked.columns.values()}
    for position, (_number, cells) in enumerate(sheet.rows[:HEADER_ROWS]):
        headers = [_text(cell) for cell in cells]
        named = len(_recognised(record_type, headers, set(), skip=set()))
        named += sum(1 for header in headers if header and folded(header) in said)
        if named > most:
            best, most = position, named
    return best


def _said(headers: list[str], asked: Asked) -> dict[str, tuple[int, str]]:
    columns: dict[str, tuple[int, str]] = {}
    errors = []
    for name, wanted in asked.columns.items():
        if not wanted:
            continue
        index = _index_of(headers, wanted)
        if index is None:
            shown = ", ".join(header for header in headers if header)[:600]
            errors.append(
                FieldError("mapping", f"There is no column {wanted[:60]!r} for {name}. The columns are: {shown}.")
            )
        else:
            columns[name] = (index, headers[index] or f"#{index + 1}")
    if errors:
        raise ValidationFailed(errors)
    return columns


def _index_of(headers: list[str], wanted: str) -> int | None:
    for same in (lambda header: header == wanted, lambda header: folded(header) == folded(wanted)):
        for index, header in enumerate(headers):
            if header and same(header):
                return index
    number = re.fullmatch(r"#(\d{1,4})", wanted)
    return int(number[1]) - 1 if number and 0 < int(number[1]) <= len(headers) else None


def _recognised(record_type: RecordType, headers: list[str], taken: set[int], *, skip: set[str]) -> dict[str, int]:
    """Field -> position, by the names of ``fields``; whole names beat names cut off, and those beat single words."""
    found: dict[str, int] = {}
    free = {index: header for index, header in enumerate(headers) if header and index not in taken}
    ways = (
        lambda header, name: folded(header) == folded(name),
        # Ten characters: what shape files cut names to.
        lambda header, name: len(header) == 10 < len(name) and header.casefold() == name[:10].casefold(),
        lambda header, name: core_words(header) == folded(name),
    )
    for way in ways:
        for wanted in FIELDS[record_type]:
            if wanted.name in found or wanted.name in skip:
                continue
            hit = next((i for name in wanted.names for i, header in free.items() if way(header, name)), None)
            if hit is not None:
                found[wanted.name] = hit
                del free[hit]
    return found


def _require(record_type: RecordType, headers: list[str], columns: dict[str, tuple[int, str]]) -> None:
    missing = [field.name for field in FIELDS[record_type] if field.required and field.name not in columns]
    if missing:
        shown = ", ".join(header for header in headers if header)[:600]
        raise ValidationFailed(
            [
                FieldError("mapping", f"No column was recognised as {name}. Say it with --mapping {name}=COLUMN.")
                for name in missing
            ],
            f"No column was recognised as {' or '.join(missing)}. Say which with --mapping {missing[0]}=COLUMN. "
            f"The columns are: {shown}.",
        )


def _depth_factor(columns: dict[str, tuple[int, str]], asked: Asked, notes: list[str]) -> float:
    if asked.depth_unit:
        return METRES_PER_FOOT if asked.depth_unit == "ft" else 1.0
    header = columns.get("eoh_depth", (0, ""))[1].casefold()
    if set(re.findall(r"[a-z]+", header)) & {"ft", "feet", "foot"}:
        notes.append(f"Depths in {columns['eoh_depth'][1]!r} were taken as feet and converted to metres.")
        return METRES_PER_FOOT
    return 1.0
