"""What happened to a dispatch, as its audit entries tell it: an entry of a return or a loss and of its dispatch as one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from coresafe.services.audit_trail import AuditRow, DispatchHistory
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.ui import trail
from coresafe.ui.returning.fields import TITLES, came_back, numbers, said, trays_back, trays_lost
from coresafe.ui.widgets import History
from coresafe.ui.words import number, tr

_ACTIONS_OF_LINES = frozenset({"return", "resolve", "void"})


def history_of(found: DispatchHistory, row: DispatchRow) -> History:
    """The section of the detail pane, the newest first: one line of it for each operation."""
    told = [
        (trail.when(entries[0], row.time_zone), _told({entry.record_type: entry for entry in entries}, found, row),
         trail.by_whom(entries[0]))
        for entries in (list(group) for _id, group in groupby(found.entries, key=lambda entry: entry.operation_id))
    ]  # fmt: skip
    more = found.more or len(told) > trail.SHOWN
    return trail.history(told[: trail.SHOWN], more=more, nothing=tr("Nothing is known of how it came about."))


def _told(entries: Mapping[str, AuditRow], found: DispatchHistory, row: DispatchRow) -> str:
    """One operation in words, with what it changed and why."""
    own = entries.get("dispatch")
    lines = [_happened(entries, row)]
    if own is not None and own.action in _ACTIONS_OF_LINES:
        lines += _standing(own)
    elif own is not None and own.action in ("amend", "extend"):
        lines += _fields(own, found, row.time_zone)
    reasons = {entry.reason: None for entry in entries.values() if entry.reason}
    lines += [trail.because(reason) for reason in reasons]
    return "\n".join(line for line in lines if line)


def _happened(entries: Mapping[str, AuditRow], row: DispatchRow) -> str:
    if (back := entries.get("return")) is not None:
        return _of_return(back, row)
    if (loss := entries.get("resolution")) is not None:
        return _of_loss(loss, row)
    if (chase := entries.get("chase")) is not None:
        new = chase.new or {}
        return tr("{who} called: {note}", who=new.get("called", ""), note=new.get("note", ""))
    own = entries["dispatch"]
    new = own.new or {}
    if own.action == "dispatch":
        return tr("Dispatched: {trays}", trays=_trays(new.get("lines", ())))
    if own.action == "recover":
        before = (own.old or {}).get("recovered", 0)
        return trail.changed(tr("Recovered"), number(before), number(new.get("recovered", 0)))
    words = {"amend": tr("Amended"), "extend": tr("Due date extended"), "void": tr("Voided")}
    return words.get(own.action, own.action)


def _of_return(back: AuditRow, row: DispatchRow) -> str:
    new = back.new or {}
    if back.action == "add":
        told = tr("Return {number}: {trays}", number=new.get("number", ""), trays=came_back(new.get("lines", ())))
        return f"{told}. {tr('That is all he has.')}" if new.get("final") else told
    entry = next((entry for entry in row.returns if str(entry.id) == back.record_id), None)
    if entry is None:
        return tr("A return was voided")
    return tr("Return {number} voided: {trays}", number=entry.number, trays=trays_back(entry))


def _of_loss(loss: AuditRow, row: DispatchRow) -> str:
    if loss.action == "add":
        return tr("Declared lost: {trays}", trays=_trays((loss.new or {}).get("lines", ())))
    entry = next((entry for entry in row.resolutions if str(entry.id) == loss.record_id), None)
    if entry is None:
        return tr("An entry of loss was voided")
    return tr("Entry of loss voided: {trays}", trays=trays_lost(entry))


def _trays(lines: Any) -> str:
    """'40 HQ, 10 NQ with core'."""
    return ", ".join(
        tr("{count} {size} with core", count=number(line["quantity"]), size=line["tray_size"])
        if line.get("contents") == "core"
        else f"{number(line['quantity'])} {line['tray_size']}"
        for line in lines
    )


def _standing(own: AuditRow) -> list[str]:
    """What is out of each size, and the state that follows."""
    old, new = own.old or {}, own.new or {}
    told = [change.told for change in numbers(old.get("lines", ()), new.get("lines", ()), ("outstanding",))]
    if old.get("status") != new.get("status"):
        told += trail.changes({"status": old.get("status")}, {"status": new.get("status")}, TITLES, said)
    return told


def _fields(own: AuditRow, found: DispatchHistory, zone: str) -> list[str]:
    """The header field by field, and how many were sent."""
    old, new = own.old or {}, own.new or {}
    names = {"project_id": found.projects, "drillhole_id": found.drillholes}

    def words(field: str, value: object) -> str:
        if field in names and isinstance(value, int):
            return names[field].get(value, f"#{value}")
        return said(field, value, zone)

    header = {name: value for name, value in new.items() if name in TITLES and value != old.get(name)}
    sent = numbers(old.get("lines", ()), new.get("lines", ()), ("quantity",))
    return [*trail.changes(old, header, TITLES, words), *(change.told for change in sent)]
