"""CSV files that a spreadsheet opens as they were meant: nothing in them runs, and none is ever seen half written."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from coresafe.errors import ValidationFailed
from coresafe.services.auditing import moment_text

_RUNS = ("=", "+", "-", "@", "\t", "\r")


def safe(value: Any) -> Any:
    """A cell: times in UTC ending in Z, yes or no, and a text that would run as a formula led by an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, str) and value.startswith(_RUNS):
        return "'" + value
    return value


def write_rows(target: TextIO, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write a header and rows; returns how many rows."""
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(header)
    count = 0
    for row in rows:
        writer.writerow([safe(value) for value in row])
        count += 1
    return count


def write_file(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write beside ``path`` and move into place when complete. Raises ValidationFailed where it cannot be written."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        # Excel takes a file for UTF-8 only by its mark.
        with unfinished.open("w", encoding="utf-8-sig", newline="") as target:
            count = write_rows(target, header, rows)
            target.flush()
            os.fsync(target.fileno())
        unfinished.replace(path)
    except OSError as error:
        why = (error.strerror or "it cannot be written").lower()
        raise ValidationFailed.of("file", f"{path.name} cannot be written: {why}. Choose another place.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return count
