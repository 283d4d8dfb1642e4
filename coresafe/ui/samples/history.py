"""What happened to a sample, as its audit entries tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from coresafe.services.audit_trail import AuditRow
from coresafe.services.samples import SampleRow
from coresafe.ui.samples.words import SAMPLE_STATUS, SAMPLE_TYPE, depth
from coresafe.ui.tables.columns import local
from coresafe.ui.widgets import History
from coresafe.ui.words import mark, tr

#: Entries shown; older ones stand in the audit trail.
SHOWN = 20

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
_DOORS = {"api": mark("API"), "import": mark("import"), "command line": mark("command line")}


def history_of(entries: Sequence[AuditRow], row: SampleRow) -> History:
    """The section of the detail pane, the newest first."""
    told = [(local(entry.at), _told(entry, row), _who(entry)) for entry in entries[:SHOWN]]
    if len(entries) > SHOWN:
        told.append(("", tr("Older changes stand in the audit trail."), ""))
    if not told:
        told = [("", tr("Nothing was changed since it was read in."), "")]
    return History(tr("History"), told)


def _told(entry: AuditRow, row: SampleRow) -> str:
    if entry.action != "change" or not entry.new:
        return tr(_ACTIONS.get(entry.action, entry.action))
    old: Mapping[str, Any] = entry.old or {}
    return "\n".join(
        f"{tr(_FIELDS.get(name, name))}: {_said(name, old.get(name), row)} → {_said(name, value, row)}"
        for name, value in entry.new.items()
    )


def _said(field: str, value: object, row: SampleRow) -> str:
    if value is None or value == "":
        return "–"
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


def _who(entry: AuditRow) -> str:
    door = _DOORS.get(entry.door.value, "")
    return ", ".join(part for part in (entry.user or tr("the program"), tr(door), entry.machine) if part)
