"""What happened to a record, as its audit entries tell it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from coresafe.services.audit_trail import AuditRow
from coresafe.ui import trail
from coresafe.ui.drillholes.words import HOLE_STATUS, PROJECT_STATUS, measure
from coresafe.ui.trail import SHOWN
from coresafe.ui.widgets import History
from coresafe.ui.words import mark, tr

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
_UNITS = {"eoh_depth": "m", "elevation": "m", "azimuth": "°", "dip": "°"}

#: The name of a company or project by its id, "" where it is not known here.
Naming = Callable[[str, int], str]


def history_of(rows: Sequence[AuditRow], name_of: Naming) -> History:
    """The section of the detail pane, the newest first."""
    told = [(trail.when(row), _told(row, name_of), trail.by_whom(row)) for row in rows[:SHOWN]]
    return trail.history(told, more=len(rows) > SHOWN, nothing=tr("Nothing was changed since it was read in."))


def _told(row: AuditRow, name_of: Naming) -> str:
    lines = []
    if row.action == "change":
        lines = trail.changes(row.old, row.new, _FIELDS, lambda field, value: _said(field, value, name_of))
    told = "\n".join(lines) or tr(_ACTIONS.get(row.action, row.action))
    return "\n".join(part for part in (told, trail.because(row.reason)) if part)


def _said(field: str, value: object, name_of: Naming) -> str:
    if value is None or value == "":
        return ""
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
