"""What happened to a record, as its audit entries tell it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from coresafe.services.audit_trail import AuditRow
from coresafe.ui.drillholes.words import HOLE_STATUS, PROJECT_STATUS, measure
from coresafe.ui.tables.columns import local
from coresafe.ui.widgets import History
from coresafe.ui.words import mark, tr

#: Entries shown; older ones stand in the audit trail.
SHOWN = 20

_FIELDS = {
    "name": mark("Name"),
    "contact_email": mark("E-mail address"),
    "contact_phone": mark("Telephone"),
    "is_active": mark("Active"),
    "code": mark("Code"),
    "company_id": mark("Company"),
    "location": mark("Location"),
    "crs": mark("EPSG code"),
    "status": mark("Status"),
    "hole_id": mark("Hole id"),
    "project_id": mark("Project"),
    "eoh_depth": mark("EOH depth"),
    "core_size": mark("Core size"),
    "easting": mark("Easting"),
    "northing": mark("Northing"),
    "elevation": mark("RL"),
    "azimuth": mark("Azimuth"),
    "dip": mark("Dip"),
    "drilled_on": mark("Date"),
}
_ACTIONS = {"add": mark("Added"), "change": mark("Changed"), "remove": mark("Removed")}
_DOORS = {"window": "", "api": mark("API"), "import": mark("import"), "command line": mark("command line")}
_UNITS = {"eoh_depth": "m", "elevation": "m", "azimuth": "°", "dip": "°"}

#: The name of a company or project by its id, "" where it is not known here.
Naming = Callable[[str, int], str]


def history_of(rows: Sequence[AuditRow], name_of: Naming) -> History:
    """The section of the detail pane, the newest first."""
    entries = [(local(row.at), _told(row, name_of), _who(row)) for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        entries.append(("", tr("Older changes stand in the audit trail."), ""))
    if not entries:
        entries = [("", tr("Nothing was changed since it was read in."), "")]
    return History(tr("History"), entries)


def _told(row: AuditRow, name_of: Naming) -> str:
    lines = []
    if row.action == "change" and row.new:
        old: Mapping[str, Any] = row.old or {}
        new = row.new
        names = [name for name in _FIELDS if name in new] + [name for name in new if name not in _FIELDS]
        lines = [_changed(name, old.get(name), new[name], name_of) for name in names]
    told = "\n".join(lines) or tr(_ACTIONS.get(row.action, row.action))
    return f"{told}\n{tr('Reason: {reason}', reason=row.reason)}" if row.reason else told


def _changed(field: str, old: object, new: object, name_of: Naming) -> str:
    title = tr(_FIELDS[field]) if field in _FIELDS else field
    return f"{title}: {_said(field, old, name_of)} → {_said(field, new, name_of)}"


def _said(field: str, value: object, name_of: Naming) -> str:
    if value is None or value == "":
        return "–"
    if field == "is_active":
        return tr("Yes") if value else tr("No")
    if field == "status":
        word = HOLE_STATUS.get(str(value)) or PROJECT_STATUS.get(str(value))
        return tr(word) if word else str(value)
    if field in ("company_id", "project_id") and isinstance(value, int):
        return name_of(field, value) or f"#{value}"
    if isinstance(value, float) or field in _UNITS:
        return measure(float(str(value)), 0, _UNITS.get(field, ""))
    return str(value)


def _who(row: AuditRow) -> str:
    door = tr(_DOORS.get(row.door.value, row.door.value)) if _DOORS.get(row.door.value, row.door.value) else ""
    return ", ".join(part for part in (row.user or tr("the program"), door, row.machine) if part)
