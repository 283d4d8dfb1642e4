"""The columns of the table of holes, declared once."""

from __future__ import annotations

from typing import Any

from coresafe.services.registry import DrillholeRow
from coresafe.ui.drillholes.words import measure
from coresafe.ui.tables import Align, columns
from coresafe.ui.tables.columns import Column
from coresafe.ui.words import mark


def _number(key: str, title: str, places: int, **more: Any) -> Column:
    return Column(key=key, title=title, align=Align.RIGHT, format=lambda value: measure(value, places), **more)


def _status(row: DrillholeRow) -> str:
    return row.status.value


COLUMNS: tuple[Column, ...] = (
    columns.text("hole_id", mark("Hole id"), width=104, sort="hole_id"),
    columns.state("status", mark("Status"), value=_status, width=112),
    _number("eoh_depth", mark("EOH depth (m)"), 1, width=108, sort="eoh_depth"),
    columns.text("core_size", mark("Core size"), width=80),
    columns.text("project_code", mark("Project"), width=76),
    columns.text("company_name", mark("Company"), width=152),
    _number("easting", mark("Easting"), 1, width=104),
    _number("northing", mark("Northing"), 1, width=112),
    _number("elevation", mark("RL (m)"), 1, width=80),
    _number("azimuth", mark("Azimuth (°)"), 1, width=96),
    _number("dip", mark("Dip (°)"), 1, width=72),
    columns.text("drilled_on", mark("Date"), width=104),
)
