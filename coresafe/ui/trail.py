"""The history of a record as its audit entries tell it: when, what in words, by whom and from where."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from coresafe.models.enums import Door
from coresafe.services.audit_trail import AuditRow
from coresafe.ui.clock import exact
from coresafe.ui.widgets import History
from coresafe.ui.words import mark, tr

#: Entries shown of a record; older ones stand in the audit trail.
SHOWN = 20
#: The door of an entry, in words.
DOORS: Mapping[Door, str] = {
    Door.WINDOW: mark("window"),
    Door.API: mark("API"),
    Door.IMPORT: mark("import"),
    Door.COMMAND_LINE: mark("command line"),
}

#: A value of a field as a person reads it.
Said = Callable[[str, object], str]


def history(told: Sequence[tuple[str, str, str]], *, more: bool, nothing: str = "") -> History:
    """The section of the detail pane, from what was told of each entry, newest first; ``more``: older ones were left out."""
    entries = list(told)
    if more:
        entries.append(("", tr("Older changes stand in the audit trail."), ""))
    if not entries and nothing:
        entries = [("", nothing, "")]
    return History(tr("History"), entries)


def when(entry: AuditRow, zone: str | None = None) -> str:
    """The moment, by the clock of ``zone`` or else of the wall."""
    return exact(entry.at, zone)


def by_whom(entry: AuditRow) -> str:
    """'mary, shed-pc'; the door too where it was not the window."""
    door = "" if entry.door is Door.WINDOW else tr(DOORS.get(entry.door, entry.door.value))
    return ", ".join(part for part in (entry.user or tr("the program"), door, entry.machine) if part)


def changes(
    old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, titles: Mapping[str, str], said: Said
) -> list[str]:
    """A line for each field, 'Driver: Kofi → Esi': those that ``titles`` knows first and in its order."""
    before, after = old or {}, new or {}
    names = [name for name in titles if name in after] + [name for name in after if name not in titles]
    return [changed(titles.get(name, name), said(name, before.get(name)), said(name, after[name])) for name in names]


def changed(title: str, old: str, new: str) -> str:
    """'Driver: Kofi → Esi', for a title that is only marked; nothing is a dash."""
    return tr("{field}: {old} → {new}", field=tr(title), old=old or "–", new=new or "–")


def because(reason: str | None) -> str:
    """The line of the reason, "" without one."""
    return tr("Reason: {reason}", reason=reason) if reason else ""
