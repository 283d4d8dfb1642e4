"""Sending trays out: hole, driver and a number on the usual day; the rest fills itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from coresafe.errors import Conflict, InsufficientStock
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import DispatchTrays, dispatch_trays
from coresafe.ui.dispatches import searches
from coresafe.ui.forms import Choice, ChoiceField, DateTimeField, HistoryField, NotesField, TextField
from coresafe.ui.forms.house import LateReasonField, ShedField
from coresafe.ui.forms.line_editor import LinesEditor
from coresafe.ui.forms.operation import OperationForm
from coresafe.ui.forms.people import people
from coresafe.ui.forms.shed_stock import ShedStock
from coresafe.ui.words import number, tr
from coresafe.ui.workspace import Workspace


class DispatchForm(OperationForm):
    """The form of a new dispatch."""

    changes = ("dispatches", "stock")

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(workspace, tr("Dispatch trays"), save=tr("Dispatch"), parent=parent)
        context, runner = workspace.context, workspace.runner
        self.hole = ChoiceField("drillhole_id", tr("Hole"), searches.drillholes(context), runner)
        self.company = ChoiceField("company_id", tr("Company"), searches.companies(context), runner, required=True)
        self.project = ChoiceField("project_id", tr("Project"), searches.projects(context), runner, required=True)
        self.shed = ShedField("shed_id", tr("From shed"), workspace.house)
        self.register(self.shed)
        self.add_widget(self.shed)
        self.add(self.hole)
        self.add(self.company, self.project, stretch=(3, 2))
        self.lines = LinesEditor(self)
        self.add_widget(self.lines)
        self.driver = HistoryField("driver", tr("Driver"), people(workspace, "driver"), runner, required=True)
        self.technician = HistoryField(
            "technician", tr("Technician"), people(workspace, "technician"), runner, required=True
        )
        self.add(self.driver, self.technician)
        self.vehicle = TextField("vehicle", tr("Vehicle"), longest=60)
        self.destination = HistoryField("destination", tr("Destination"), people(workspace, "destination"), runner)
        self.add(self.vehicle, self.destination)
        self.at = DateTimeField("dispatched_at", tr("Left at"), zone=self.shed.zone)
        self.add(self.at)
        self.notes = NotesField("notes", tr("Notes"), lines=2)
        self.add(self.notes)
        self.reason = LateReasonField(workspace.house)
        self.add(self.reason)
        self.hole.picked.connect(self._hole_picked)
        self.project.picked.connect(self._project_picked)
        self.company.picked.connect(self._company_picked)
        self.shed.changed.connect(self._shed_picked)
        self._stock = ShedStock(workspace, self, self.shed, self.lines)

    def begin(self) -> None:
        """An empty form, for the next lorry."""
        self.quiet()
        for choice in (self.hole, self.project, self.company):
            choice.choose(None)
        for text in (self.driver, self.vehicle, self.destination, self.notes, self.reason):
            text.set_value(None)
        actor = self._workspace.context.actor
        self.technician.set_value(actor.full_name or actor.username)
        self.shed.begin()
        self.at.set_value(None)
        self.lines.reset()
        self._stock.look()
        self.settle()

    def focus_first(self) -> None:
        """An empty form begins at the hole, which brings project, company and size with it."""
        if self.dirty or any(field.error for field in self.fields.values()):
            super().focus_first()
        else:
            self.hole.setFocus(Qt.FocusReason.TabFocusReason)

    def use_case(self) -> Callable[..., Any]:
        return dispatch_trays

    def command(self) -> DispatchTrays:
        """What is typed. A time that was not touched is left out: it is then the server's now."""
        return DispatchTrays(
            company_id=self.company.value(),
            project_id=self.project.value(),
            drillhole_id=self.hole.value(),
            shed_id=self.shed.value(),
            driver=self.driver.value() or "",
            technician=self.technician.value() or "",
            vehicle=self.vehicle.value(),
            destination=self.destination.value(),
            dispatched_at=self.at.value() if self.at.dirty else None,
            notes=self.notes.value(),
            reason=self.reason.value(),
            lines=self.lines.lines(),
        )

    def conflict_fields(self, error: Conflict) -> list[tuple[str, str]]:
        """What is short stands at the quantity of its size."""
        if not isinstance(error, InsufficientStock):
            return []
        self._stock.look_again()
        return self.lines.shortages(error)

    def _shed_picked(self) -> None:
        """What time it is there is another shed's."""
        self.at.set_zone(self.shed.zone)

    # -- company, project and hole complete each other --------------------------------------------------------------

    def _hole_picked(self, choice: Choice | None) -> None:
        if choice is None:
            return
        row = choice.row
        if row.core_size:
            self.lines.choose_size(row.core_size)
        if self.project.value() != row.project_id:
            # The hole knows both: on a long line nobody waits for them.
            self.project.choose(Choice(row.project_id, row.project_code, row.company_name, row))

    def _project_picked(self, choice: Choice | None) -> None:
        context = self._workspace.context
        self.hole.set_search(searches.drillholes(context, choice.id if choice else None))
        if choice is None:
            return
        if self.company.value() != choice.row.company_id:
            self.company.choose(Choice(choice.row.company_id, choice.row.company_name))
        if self.hole.choice is not None and self.hole.choice.row.project_id != choice.id:
            self.hole.choose(None)

    def _company_picked(self, choice: Choice | None) -> None:
        context = self._workspace.context
        self.project.set_search(searches.projects(context, choice.id if choice else None))
        project = self.project.choice
        if choice is not None and project is not None and project.row.company_id != choice.id:
            self.project.choose(None)


def told(row: DispatchRow) -> str:
    """A sentence such as 'D-2026-000123: 40 HQ dispatched to Ashanti Ridge Gold.'."""
    trays = ", ".join(f"{number(line.quantity)} {line.tray_size}" for line in row.lines)
    return tr("{number}: {trays} dispatched to {company}.", number=row.number, trays=trays, company=row.company_name)
