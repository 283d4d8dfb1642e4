"""The same change of one or several dispatches: a later due date with its reason, a note below their notes. All or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QWidget

from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.many_dispatches import (
    Chosen,
    ExtendDispatches,
    NoteDispatches,
    extend_dispatches,
    note_dispatches,
)
from coresafe.ui.clock import exact
from coresafe.ui.forms import DateTimeField, NotesField
from coresafe.ui.forms.many import TogetherForm
from coresafe.ui.returning.fields import what_changed
from coresafe.ui.words import tr, trn
from coresafe.ui.workspace import Workspace

#: Selected dispatches that are left out of a form from the start: number, and why.
Apart = Sequence[tuple[str, str]]


class _Together(TogetherForm):
    changes = ("dispatches",)

    def chosen(self) -> list[Chosen]:
        """The dispatches as they were read last."""
        return [Chosen(dispatch_id=row.id, version=row.version) for row in self.rows]

    def changes_of(self, old: DispatchRow, new: DispatchRow) -> str:
        """'Driver: Kofi → Esi; HQ out: 10 → 6'."""
        return "; ".join(change.told for change in what_changed(old, new))


class ExtendManyForm(_Together):
    """A later due date for several."""

    def __init__(
        self, workspace: Workspace, rows: Sequence[DispatchRow], apart: Apart = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(workspace, _extend_title, rows, apart, save=tr("Extend"), parent=parent)
        zone = ZoneInfo(rows[0].time_zone)
        self.due_at = DateTimeField("due_at", tr("New due date"), zone=zone, future=True)
        self.due_at.set_value(max(row.due_at for row in rows) + timedelta(days=workspace.house.rules.due_days))
        self.add(self.due_at)
        self.add(NotesField("reason", tr("Reason"), required=True))
        self.settle()

    def use_case(self) -> Callable[..., Any]:
        return extend_dispatches

    def command(self) -> ExtendDispatches:
        """One date for all of them."""
        reason = self.fields["reason"].value() or ""
        return ExtendDispatches(dispatches=self.chosen(), due_at=self.due_at.value(), reason=reason)

    def line_of(self, row: DispatchRow) -> str:
        """Its number, whose it is and when it is due."""
        return tr(
            "{number}, {company}, due {when}",
            number=row.number,
            company=row.company_name,
            when=exact(row.due_at, row.time_zone),
        )

    def told(self, rows: Sequence[DispatchRow]) -> str:
        """What happened, in a sentence."""
        when = exact(rows[0].due_at, rows[0].time_zone)
        return trn("One dispatch is due {when} now.", "{count} dispatches are due {when} now.", len(rows), when=when)


class NoteForm(_Together):
    """A note below the notes of one or several."""

    def __init__(
        self, workspace: Workspace, rows: Sequence[DispatchRow], apart: Apart = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(workspace, _note_title, rows, apart, save=tr("Add the note"), parent=parent)
        self.add(
            NotesField("note", tr("Note"), required=True, note=tr("It is added below what the notes say already."))
        )
        self.settle()

    def use_case(self) -> Callable[..., Any]:
        return note_dispatches

    def command(self) -> NoteDispatches:
        """One note for all of them."""
        return NoteDispatches(dispatches=self.chosen(), note=self.fields["note"].value() or "")

    def line_of(self, row: DispatchRow) -> str:
        """Its number and whose it is."""
        return f"{row.number}, {row.company_name}"

    def told(self, rows: Sequence[DispatchRow]) -> str:
        """What happened, in a sentence."""
        if len(rows) == 1:
            return tr("The note is added to {number}.", number=rows[0].number)
        return trn("The note is added to one dispatch.", "The note is added to {count} dispatches.", len(rows))


def _extend_title(count: int) -> str:
    return trn("Extend the due date of one dispatch", "Extend the due date of {count} dispatches", count)


def _note_title(count: int) -> str:
    return trn("Add a note to one dispatch", "Add a note to {count} dispatches", count)
