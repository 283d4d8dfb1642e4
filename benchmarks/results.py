"""Lines of the table, and the table."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measured number. ``within``: whether it keeps its limit, None where it has none."""

    what: str
    measured: str
    limit: str = ""
    within: bool | None = None
    detail: str = ""


def at_most(what: str, value: float, limit: float, *, unit: str = "", digits: int = 2, detail: str = "") -> Line:
    """A number that should not pass its limit."""
    return Line(
        what=what,
        measured=f"{value:.{digits}f}{unit}",
        limit=f"≤ {limit:g}{unit}",
        within=round(value, digits) <= limit,
        detail=detail,
    )


def at_least(what: str, value: float, limit: float, *, detail: str = "") -> Line:
    """A number that should not stay below its limit."""
    return Line(
        what=what, measured=f"{value:.2f}", limit=f"≥ {limit:g}", within=round(value, 2) >= limit, detail=detail
    )


def milliseconds(seconds: float) -> str:
    """'4.21 ms'."""
    return f"{seconds * 1000:.2f} ms"


def median_ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """The median of the ratios of runs that were made in pairs, one right after the other."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def table(lines: Iterable[Line]) -> str:
    """All lines as one Markdown table, so that a run can be pasted as it is."""
    head = ("What", "Measured", "Limit", "Kept", "Detail")
    marks = {True: "yes", False: "NO", None: ""}
    rows = [head, *((line.what, line.measured, line.limit, marks[line.within], line.detail) for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    shown = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    shown.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(shown)
