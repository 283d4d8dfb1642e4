"""What happened to a sample, as its audit entries tell it."""

from __future__ import annotations

from collections.abc import Sequence

from coresafe.services.audit_trail import AuditRow
from coresafe.services.samples import SampleRow
from coresafe.ui import trail
from coresafe.ui.samples.words import SAMPLE_STATUS, SAMPLE_TYPE, depth
from coresafe.ui.trail import SHOWN
from coresafe.ui.widgets import History
from coresafe.ui.words import mark, tr

_FIELDS = {
    "sample_id": mark("Sample id"),
    "sample_type": mark("Type"),
    "status": mark("Status"),
    "dispatch_id": mark("Dispatch"),
    "drillhole_id": mark("Hole"),
    "from_depth": mark("From"),
    "to_depth": mark("To"),
}
_ACTIONS = {"add": mark("Recorded"), "change": mark("Changed"), "remove": mark("Removed")}


def history_of(entries: Sequence[AuditRow], row: SampleRow) -> History:
    """The section of the detail pane, the newest first."""
    told = [(trail.when(entry), _told(entry, row), trail.by_whom(entry)) for entry in entries[:SHOWN]]
    return trail.history(told, more=len(entries) > SHOWN, nothing=tr("Nothing was changed since it was read in."))


def _told(entry: AuditRow, row: SampleRow) -> str:
    if entry.action != "change" or not entry.new:
        return tr(_ACTIONS.get(entry.action, entry.action))
    return "\n".join(trail.changes(entry.old, entry.new, _FIELDS, lambda field, value: _said(field, value, row)))


def _said(field: str, value: object, row: SampleRow) -> str:
    if value is None or value == "":
        return ""
    if field in ("sample_type", "status"):
        word = {**SAMPLE_TYPE, **SAMPLE_STATUS}.get(str(value))
        return tr(word) if word else str(value)
    if field in ("from_depth", "to_depth"):
        return depth(float(str(value)), 0, "m")
    if field == "dispatch_id":
        return row.dispatch_number or "" if value == row.dispatch_id else f"#{value}"
    if field == "drillhole_id":
        return row.hole_id or "" if value == row.drillhole_id else f"#{value}"
    return str(value)
