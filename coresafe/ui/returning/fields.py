"""A dispatch field by field, in words: for its history, and for what somebody changed while a form was open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from coresafe.services.dispatch_rows import DispatchLineRow, DispatchRow, ResolutionRow, ReturnRow
from coresafe.ui.clock import exact
from coresafe.ui.theme.statuses import status
from coresafe.ui.trail import changed
from coresafe.ui.words import SAMPLE_TYPE, mark, number, tr

#: What the fields of a header are called, in the order of telling.
TITLES: Mapping[str, str] = {
    "status": mark("State"),
    "due_at": mark("Due"),
    "project_id": mark("Project"),
    "project_code": mark("Project"),
    "drillhole_id": mark("Hole"),
    "hole_id": mark("Hole"),
    "driver": mark("Driver"),
    "technician": mark("Technician"),
    "vehicle": mark("Vehicle"),
    "destination": mark("Destination"),
    "samples_collected": mark("Samples collected"),
    "sample_type": mark("Sample type"),
    "notes": mark("Notes"),
}
#: The numbers of a size, in the order of telling.
PARTS: Mapping[str, str] = {
    "quantity": mark("{size} sent"),
    "good": mark("{size} good"),
    "occupied": mark("{size} occupied"),
    "damaged": mark("{size} damaged"),
    "lost": mark("{size} lost"),
    "recovered": mark("{size} recovered"),
    "surplus": mark("{size} surplus"),
    "outstanding": mark("{size} out"),
}
#: What came back how, as a return is told.
CONDITIONS: Mapping[str, str] = {
    "good": mark("good"),
    "occupied": mark("occupied"),
    "damaged": mark("damaged"),
    "surplus": mark("surplus"),
}
_SHOWN_IDS = {"project_id", "drillhole_id"}  # a row tells these by their names


class Change(NamedTuple):
    """One field that is another now; a side that is "" was nothing."""

    title: str
    old: str
    new: str

    @property
    def told(self) -> str:
        """'Driver: Kofi → Esi'."""
        return changed(self.title, self.old, self.new)


def said(field: str, value: object, zone: str | None = None) -> str:
    """A value of the header as a person reads it, a time by the clock of ``zone``; "" for nothing."""
    if value is None or value == "":
        return ""
    if field == "status":
        return status(str(value)).text
    if field == "sample_type":
        return tr(SAMPLE_TYPE.get(str(value), str(value)))
    if field == "due_at":
        return exact(value if isinstance(value, datetime) else datetime.fromisoformat(str(value)), zone)
    return number(value) if isinstance(value, int) else str(value)


def numbers(old: Iterable[Any], new: Iterable[Any], parts: Sequence[str] = tuple(PARTS)) -> list[Change]:
    """What differs of the sizes; ``old`` and ``new`` are lines of a dispatch, or as the audit trail keeps them."""
    before, after = _by_size(old), _by_size(new)
    return [
        Change(tr(PARTS[part], size=size), number(was), number(now))
        for size in {**before, **after}
        for part in parts
        if (was := before.get(size, {}).get(part, 0)) != (now := after.get(size, {}).get(part, 0))
    ]


def _by_size(lines: Iterable[Any]) -> dict[str, dict[str, int]]:
    sums: dict[str, dict[str, int]] = {}
    for line in lines:
        told = asdict(line) if isinstance(line, DispatchLineRow) else line
        size = sums.setdefault(str(told["tray_size"]), {})
        for part in PARTS:
            size[part] = size.get(part, 0) + (told.get(part) or 0)
    return sums


def what_changed(old: DispatchRow, new: DispatchRow) -> list[Change]:
    """What somebody changed since ``old`` was read, field by field, with what came back or was declared lost meanwhile."""
    found = [
        Change(tr(TITLES[field]), said(field, was, new.time_zone), said(field, now, new.time_zone))
        for field in TITLES
        if field not in _SHOWN_IDS and (was := getattr(old, field)) != (now := getattr(new, field))
    ]
    found += numbers(old.lines, new.lines)
    # A row of a list knows no returns: by the moment one sees which are new.
    for entry in new.returns:
        about, told = tr("Return {number}", number=entry.number), trays_back(entry)
        if entry.entered_at > old.updated_at:
            found.append(Change(about, "", tr("{what}, by {user}", what=told, user=entry.entered_by)))
        if entry.voided_at is not None and entry.voided_at > old.updated_at:
            found.append(Change(about, told, tr("voided: {why}", why=entry.void_reason)))
    for loss in new.resolutions:
        if loss.resolved_at > old.updated_at:
            why = tr("{what}, by {user}: {why}", what=trays_lost(loss), user=loss.entered_by, why=loss.reason)
            found.append(Change(tr("Declared lost"), "", why))
        if loss.voided_at is not None and loss.voided_at > old.updated_at:
            found.append(Change(tr("Declared lost"), trays_lost(loss), tr("voided: {why}", why=loss.void_reason)))
    if new.voided_at is not None and old.voided_at is None:
        found.append(Change(tr("Voided"), "", new.void_reason or ""))
    return found


def trays_back(entry: ReturnRow) -> str:
    """'4 HQ good, 1 HQ damaged'."""
    return came_back({name: getattr(line, name) for name in ("tray_size", *CONDITIONS)} for line in entry.lines)


def came_back(lines: Iterable[Mapping[str, Any]]) -> str:
    """The same of the lines as the audit trail keeps them."""
    parts = [
        f"{number(line[name])} {line['tray_size']} {tr(word)}"
        for line in lines
        for name, word in CONDITIONS.items()
        if line.get(name)
    ]
    return ", ".join(parts) or tr("nothing")


def trays_lost(entry: ResolutionRow) -> str:
    """'3 HQ'."""
    return ", ".join(f"{number(line.quantity)} {line.tray_size}" for line in entry.lines)
