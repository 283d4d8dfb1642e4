"""Amending an open dispatch: who drove, where it went, what for; and how many trays, while none of them has come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from coresafe.errors import Conflict, InsufficientStock
from coresafe.models.enums import Contents
from coresafe.services.dispatch_rows import DispatchLineRow, DispatchRow
from coresafe.services.dispatching import AmendDispatch, WantedLine, amend_dispatch
from coresafe.ui.dispatches import searches
from coresafe.ui.forms import Choice, ChoiceField, HistoryField, NotesField, QuantityField, TextField
from coresafe.ui.forms.people import people
from coresafe.ui.forms.record import RecordForm
from coresafe.ui.widgets import label
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace

_TRAYS = "trays "


class AmendForm(RecordForm):
    """One dispatch; only what differs from it as it was read is sent. Company, shed and the time it left never change."""

    changes = ("dispatches", "stock")

    def __init__(self, workspace: Workspace, row: DispatchRow, parent: QWidget | None = None) -> None:
        super().__init__(workspace, tr("Amend {number}", number=row.number), row, parent=parent)
        context, runner = workspace.context, workspace.runner
        about = tr(
            "{company} and the time it left stay as they are: for these, void it and enter it again.",
            company=row.company_name,
        )
        self.add_widget(label(about, "muted", wrap=True))
        self.project = ChoiceField(
            "project_id", tr("Project"), searches.projects(context, row.company_id), runner, required=True
        )
        self.hole = ChoiceField("drillhole_id", tr("Hole"), searches.drillholes(context, row.project_id), runner)
        self.add(self.project, self.hole)
        self._add_trays(row)
        driver = HistoryField("driver", tr("Driver"), people(workspace, "driver"), runner, required=True)
        technician = HistoryField(
            "technician", tr("Technician"), people(workspace, "technician"), runner, required=True
        )
        self.add(driver, technician)
        destination = HistoryField("destination", tr("Destination"), people(workspace, "destination"), runner)
        self.add(TextField("vehicle", tr("Vehicle"), longest=60), destination)
        self.add(NotesField("notes", tr("Notes"), lines=2))
        self.reason = TextField("reason", tr("Reason"), longest=2000, note=tr("It is kept with the change."))
        self.add(self.reason)
        self.hole.picked.connect(self._hole_picked)
        self.project.picked.connect(self._project_picked)
        self.begin()

    def _add_trays(self, row: DispatchRow) -> None:
        """A number for each size; none once something has come back, for then the lines stand."""
        returned = any(entry.voided_at is None for entry in row.returns)
        if returned or any(entry.voided_at is None for entry in row.resolutions):
            self.add_widget(label(tr("Trays have come back, so their numbers stand."), "muted", wrap=True))
            return
        fields = [QuantityField(_key(line), _title(line), required=True, least=0) for line in row.lines]
        for at in range(0, len(fields), 2):
            self.add(*fields[at : at + 2])
        if len(fields) > 1:
            self.add_widget(label(tr("0 takes a size off the dispatch."), "muted", wrap=True))

    def use_cases(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        return amend_dispatch, amend_dispatch  # a new one is sent out in another form

    def filled(self, row: DispatchRow) -> dict[str, Any]:
        """What each field is filled with."""
        there = {_key(line): line.quantity for line in row.lines}
        values: dict[str, Any] = {name: there.get(name, 0) for name in self.fields if name.startswith(_TRAYS)}
        hole = Choice(row.drillhole_id, row.hole_id or "") if row.drillhole_id is not None else None
        values |= {"project_id": Choice(row.project_id, row.project_code), "drillhole_id": hole, "reason": None}
        return values | {
            name: getattr(row, name) for name in ("driver", "technician", "vehicle", "destination", "notes")
        }

    def change_command(self, row: DispatchRow, changed: dict[str, Any]) -> object:
        """A change of this one; of the trays all lines are told, as they stand but for what was typed."""
        trays = {name: changed.pop(name) for name in list(changed) if name.startswith(_TRAYS)}
        if trays:
            wanted = [(line, trays.get(_key(line), line.quantity)) for line in row.lines]
            changed["lines"] = [
                WantedLine(tray_size=line.tray_size, quantity=quantity, contents=line.contents)
                for line, quantity in wanted
                if quantity
            ]
        return AmendDispatch(dispatch_id=row.id, version=row.version, **changed)

    def conflict_fields(self, error: Conflict) -> list[tuple[str, str]]:
        """What is short stands at the number of its size."""
        if not isinstance(error, InsufficientStock):
            return []
        return [
            (name, error.message)
            for found in error.shortages
            for name in self.fields
            if name.startswith(f"{_TRAYS}{found.tray_size} ")
        ]

    def told(self, row: DispatchRow) -> str:
        """What happened, in a sentence."""
        return tr("{number} is amended.", number=row.number)

    # -- project and hole go together -------------------------------------------------------------------------------

    def _hole_picked(self, choice: Choice | None) -> None:
        if choice is not None and choice.row is not None and self.project.value() != choice.row.project_id:
            self.project.choose(Choice(choice.row.project_id, choice.row.project_code, row=choice.row))

    def _project_picked(self, choice: Choice | None) -> None:
        self.hole.set_search(searches.drillholes(self._workspace.context, choice.id if choice else None))
        hole = self.hole.choice
        if choice is not None and hole is not None and self._project_of(hole) != choice.id:
            self.hole.choose(None)

    def _project_of(self, hole: Choice) -> int:
        return int(hole.row.project_id if hole.row is not None else self.row.project_id)


def _key(line: DispatchLineRow) -> str:
    return f"{_TRAYS}{line.tray_size} {line.contents.value}"


def _title(line: DispatchLineRow) -> str:
    if line.contents is Contents.CORE:
        return tr("{size} with core", size=line.tray_size)
    return tr("{size} trays", size=line.tray_size)
