"""The columns of the table of samples, declared once."""

from __future__ import annotations

from coresafe.services.samples import SampleRow
from coresafe.ui.samples.words import SAMPLE_TYPE, depth
from coresafe.ui.tables import Align, columns
from coresafe.ui.tables.columns import Column
from coresafe.ui.words import mark, tr


def type_of(row: SampleRow) -> str:
    """The type in a word."""
    return tr(SAMPLE_TYPE[row.sample_type.value])


COLUMNS: tuple[Column, ...] = (
    columns.text("sample_id", mark("Sample id"), width=112, sort="sample_id"),
    columns.text("sample_type", mark("Type"), value=type_of, width=120),
    columns.state("status", mark("Status"), value=lambda row: row.status.value, width=116),
    columns.text("hole_id", mark("Hole"), width=92),
    Column(key="from_depth", title=mark("From (m)"), align=Align.RIGHT, width=76, format=depth, sort="from_depth"),
    Column(key="to_depth", title=mark("To (m)"), align=Align.RIGHT, width=68, format=depth),
    columns.text("dispatch_number", mark("Dispatch"), width=124),
    columns.text("entered_by", mark("Entered by"), width=96),
    columns.moment("created_at", mark("When"), sort="created_at"),
)
