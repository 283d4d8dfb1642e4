"""CSV files that a spreadsheet opens as they were meant: nothing in them runs."""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from coresafe.services.exporting.declaring import Columns, Kind, Sheet

#: Excel takes a file for UTF-8 only by its mark.
MARK = b"\xef\xbb\xbf"
#: Bytes that are handed on at a time, about.
CHUNK = 64 * 1024
#: What a spreadsheet takes for the beginning of a formula.
RUNS = ("=", "+", "-", "@", "\t", "\r")


def safe(value: str | None) -> str | None:
    """A text as a cell: one that would run as a formula is led by an apostrophe."""
    return "'" + value if value and value[0] in RUNS else value


@functools.lru_cache(4096)
def moment_cell(at: str | None) -> str | None:
    """A moment as the database tells it, in ISO 8601 ending in Z."""
    if at is None:
        return None
    time = at[11:19] if at.endswith(".000000") else at[11:]
    return f"{at[:10]}T{time}Z"


def shown_cell(value: Any) -> Any:
    """A value as a table shows it: texts that never run, moments to the minute, numbers and days as they are."""
    if isinstance(value, str):
        return safe(value)
    return value.isoformat(" ", "minutes") if isinstance(value, datetime) else value


def write_csv(path: Path, sheet: Sheet, batches: Iterable[Columns], told: Callable[[int], None] | None) -> int:
    """Write a CSV file; returns how many rows it holds below its header. ``told`` hears of them from time to time."""
    count = 0
    with path.open("wb") as target:
        for chunk, ended in chunks(sheet, batches):
            target.write(chunk)
            count += ended
            if told is not None:
                told(count)
    return count


def chunks(sheet: Sheet, batches: Iterable[Columns]) -> Iterator[tuple[bytes, int]]:
    """The file piece by piece, each with how many rows it ends; the first one is its header."""
    texts, moments, shown = (sheet.places(kind) for kind in (Kind.TEXT, Kind.MOMENT, Kind.SHOWN))
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(sheet.header)
    held = MARK
    rows = 0
    for columns in batches:
        rows += len(columns[0])
        _convert(columns, texts, moments)
        for place in shown:
            columns[place] = list(map(shown_cell, columns[place]))
        writer.writerows(zip(*columns, strict=True))
        if buffer.tell() >= CHUNK:
            yield held + buffer.getvalue().encode(), rows
            held, rows = b"", 0
            buffer.seek(0)
            buffer.truncate()
    yield held + buffer.getvalue().encode(), rows


def _convert(columns: Columns, texts: Iterable[int], moments: Iterable[int]) -> None:
    for place in texts:
        cells: Any = columns[place]
        # Looked at together first: hardly any batch holds such a text.
        if any(value and value[0] in RUNS for value in cells):
            columns[place] = list(map(safe, cells))
    for place in moments:
        columns[place] = list(map(moment_cell, columns[place]))
