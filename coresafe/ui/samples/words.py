"""What people read about samples: the words of types and states, depths, and one sample in a sentence."""

from __future__ import annotations

from dataclasses import fields

from coresafe.models.enums import QC_TYPES
from coresafe.services.samples import SampleRow
from coresafe.ui.words import SAMPLE_TYPE, mark

SAMPLE_STATUS = {"collected": mark("Collected"), "processing": mark("Processing"), "completed": mark("Completed")}

__all__ = ["SAMPLE_STATUS", "SAMPLE_TYPE", "depth", "is_qc", "plain_row"]


def is_qc(sample_type: str | None) -> bool:
    """Whether samples of this type check the laboratory and have no interval."""
    return sample_type in {kind.value for kind in QC_TYPES}


def depth(value: float | None, places: int = 2, unit: str = "") -> str:
    """'1 234.50', never less exact than it was given; "" where there is none."""
    if value is None:
        return ""
    given = f"{value:.3f}".rstrip("0")
    places = max(places, len(given.partition(".")[2]))
    said = f"{value:,.{places}f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{said}\N{NO-BREAK SPACE}{unit}" if unit else said


def plain_row(row: SampleRow) -> SampleRow:
    """The sample alone, without what was noted while it was recorded."""
    return SampleRow(**{field.name: getattr(row, field.name) for field in fields(SampleRow)})
