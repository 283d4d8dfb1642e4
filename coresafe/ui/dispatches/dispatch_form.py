"""Sending trays out: hole, driver and a number on the usual day; the rest fills itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from coresafe.services import registry
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import DispatchTrays, dispatch_trays
from coresafe.services.inventory import StockQuery, stock
from coresafe.ui.dispatches import searches
from coresafe.ui.dispatches.line_editor import LinesEditor
from coresafe.ui.forms import Choice, ChoiceField, Form, HistoryField, MomentField, NotesField, TextField
from coresafe.ui.widgets import label
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace


class DispatchForm(Form):
    """The form of a new dispatch. Signals besides the form's: ``saved(DispatchRow)``."""

    saved = Signal(object)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(tr("Dispatch trays"), save=tr("Dispatch"), icon="truck", parent=parent)
        self._workspace = workspace
        self._operation = uuid4()
        self.hole = self.add(
            "drillhole_id",
            ChoiceField(tr("Hole"), searches.drillholes(workspace, self, lambda: self.project.value()),
                        placeholder=tr("Type part of the hole's id")),
        )  # fmt: skip
        self.company = ChoiceField(tr("Company"), searches.companies(workspace, self), required=True)
        self.project = ChoiceField(
            tr("Project"), searches.projects(workspace, self, lambda: self.company.value()), required=True
        )
        self.row(self.company, self.project, stretch=(3, 2))
        self.register("company_id", self.company)
        self.register("project_id", self.project)
        self.column.addWidget(label(tr("Trays"), "section"))
        self.lines = LinesEditor(self)
        self.column.addWidget(self.lines)
        self.driver = HistoryField(tr("Driver"), searches.people(workspace, self, "driver"), required=True)
        self.technician = HistoryField(tr("Technician"), searches.people(workspace, self, "technician"), required=True)
        self.row(self.driver, self.technician)
        self.register("driver", self.driver)
        self.register("technician", self.technician)
        self.vehicle = TextField(tr("Vehicle"))
        self.destination = HistoryField(tr("Destination"), searches.people(workspace, self, "destination"))
        self.row(self.vehicle, self.destination)
        self.register("vehicle", self.vehicle)
        self.register("destination", self.destination)
        self.at = MomentField(tr("Left at"), hint=tr("Now, unless you change it"))
        self.due = MomentField(tr("Due back"), hint=tr("Seven days later, unless you change it"))
        self.row(self.at, self.due)
        self.register("dispatched_at", self.at)
        self.register("due_at", self.due)
        self.notes = self.add("notes", NotesField(tr("Notes")))
        self.reason = self.add(
            "reason", TextField(tr("Reason"), hint=tr("Needed when it happened longer ago than the shed's limit"))
        )
        self.hole.chosen.connect(self._hole_chosen)
        self.project.chosen.connect(self._project_chosen)
        self.company.chosen.connect(self._company_chosen)
        self.changed.connect(self._new_operation)
        self.submitted.connect(self._save)
        workspace.changed.connect(self._others_changed)

    def begin(self) -> None:
        """An empty form, for the next lorry."""
        for field in self.fields.values():
            field.set_error("")
        for choice in (self.hole, self.company, self.project):
            choice.set_value(None)
        for text in (self.driver, self.vehicle, self.destination, self.notes, self.reason):
            text.set_value(None)
        actor = self._workspace.context.actor
        self.technician.set_value(actor.full_name or actor.username)
        now = datetime.now(UTC)
        self.at.set_value(now)
        self.due.set_value(now)
        self.lines.reset()
        self.say("")
        self._operation = uuid4()
        self._look_at_stock()
        self.settle()

    def command(self) -> DispatchTrays:
        """What is typed, as the service takes it."""
        return DispatchTrays(
            company_id=self.company.value(),
            project_id=self.project.value(),
            drillhole_id=self.hole.value(),
            driver=self.driver.value() or "",
            technician=self.technician.value() or "",
            vehicle=self.vehicle.value(),
            destination=self.destination.value(),
            dispatched_at=self.at.value() if self.at.touched else None,
            due_at=self.due.value() if self.due.touched else None,
            notes=self.notes.value(),
            reason=self.reason.value(),
            lines=self.lines.lines(),
        )

    def _save(self) -> None:
        self._workspace.write(
            dispatch_trays,
            self.command(),
            owner=self,
            done=self.saved.emit,
            failed=self._failed,
            action=self.save_button,
            changes=("dispatches", "stock"),
            operation_id=self._operation,
            title=tr("Dispatching"),
        )

    def _failed(self, error: BaseException) -> bool:
        self._look_at_stock()
        return self.show_failure(error)

    def _new_operation(self) -> None:
        # What was changed is another operation; pressing Dispatch again on the same content is the same one.
        self._operation = uuid4()

    def _look_at_stock(self) -> None:
        self._workspace.read(stock, StockQuery(), owner=self, lane="stock", done=self.lines.show_stock)

    def _others_changed(self, kinds: frozenset[str]) -> None:
        if self.isVisible() and "stock" in kinds:
            self._look_at_stock()

    # -- company, project and hole complete each other --------------------------------------------------------------

    def _hole_chosen(self, choice: Choice | None) -> None:
        if choice is None:
            return
        if choice.record.core_size:
            self.lines.choose_size(choice.record.core_size)
        if self.project.value() != choice.record.project_id:
            self._workspace.read(
                registry.get_project, choice.record.project_id, owner=self, lane="hole", done=self._take_project
            )

    def _take_project(self, row: Any) -> None:
        self.project.set_value(Choice(row.id, row.code, row.name, row))
        self.company.set_value(Choice(row.company_id, row.company_name))

    def _project_chosen(self, choice: Choice | None) -> None:
        if choice is None:
            return
        self.company.set_value(Choice(choice.record.company_id, choice.record.company_name))
        if self.hole.choice is not None and self.hole.choice.record.project_id != choice.id:
            self.hole.set_value(None)

    def _company_chosen(self, choice: Choice | None) -> None:
        if choice is None or self.project.choice is None or self.project.choice.record is None:
            return
        if self.project.choice.record.company_id != choice.id:
            self.project.set_value(None)
            self.hole.set_value(None)


def told(row: DispatchRow) -> str:
    """'D-2026-000123: 40 HQ dispatched to Ashanti Ridge Gold.'"""
    trays = ", ".join(f"{line.quantity} {line.tray_size}" for line in row.lines)
    return tr("{number}: {trays} dispatched to {company}.", number=row.number, trays=trays, company=row.company_name)
