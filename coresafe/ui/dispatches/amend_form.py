"""Amending an open dispatch: who drove, where it went, what for, until when; and how many trays, while none has come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QWidget

from coresafe.errors import Conflict, InsufficientStock
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import AmendDispatch, amend_dispatch
from coresafe.services.inventory import StockQuery, stock
from coresafe.ui.dispatches import searches
from coresafe.ui.dispatches.amended_trays import AmendedTrays
from coresafe.ui.forms import (
    Choice,
    ChoiceField,
    DateTimeField,
    HistoryField,
    NotesField,
    QuantityField,
    SelectField,
    TextField,
)
from coresafe.ui.forms.people import people
from coresafe.ui.forms.record import RecordForm
from coresafe.ui.widgets import label
from coresafe.ui.words import SAMPLE_TYPE, tr
from coresafe.ui.workspace import Workspace

#: Fields that are filled with what the dispatch itself holds.
_AS_THEY_ARE = ("driver", "technician", "vehicle", "destination", "due_at", "samples_collected", "notes")


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
        self.trays = AmendedTrays(self, row)
        self.add_widget(self.trays)
        driver = HistoryField("driver", tr("Driver"), people(workspace, "driver"), runner, required=True)
        technician = HistoryField(
            "technician", tr("Technician"), people(workspace, "technician"), runner, required=True
        )
        self.add(driver, technician)
        destination = HistoryField("destination", tr("Destination"), people(workspace, "destination"), runner)
        self.add(TextField("vehicle", tr("Vehicle"), longest=60), destination)
        self.add(DateTimeField("due_at", tr("Due"), zone=ZoneInfo(row.time_zone), future=True))
        samples = QuantityField("samples_collected", tr("Samples collected"), least=0)
        types = [("", tr("not said")), *((key, tr(word)) for key, word in SAMPLE_TYPE.items())]
        self.add(samples, SelectField("sample_type", tr("Sample type"), types, required=False))
        self.add(NotesField("notes", tr("Notes"), lines=2))
        self.reason = TextField("reason", tr("Reason"), longest=2000, note=tr("It is kept with the change."))
        self.add(self.reason)
        self.hole.picked.connect(self._hole_picked)
        self.project.picked.connect(self._project_picked)
        self.begin()
        workspace.changed.connect(self._others_changed)
        self._look_at_stock()

    def use_cases(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        return amend_dispatch, amend_dispatch  # a new one is sent out in another form

    def filled(self, row: DispatchRow) -> dict[str, Any]:
        """What each field is filled with."""
        values: dict[str, Any] = dict(self.trays.numbers(row))
        # Lines that are added are nobody else's: they are compared with nothing.
        values |= {name: field.value() for name, field in self.fields.items() if name.startswith("lines[")}
        hole = Choice(row.drillhole_id, row.hole_id or "") if row.drillhole_id is not None else None
        values |= {"project_id": Choice(row.project_id, row.project_code), "drillhole_id": hole, "reason": None}
        values["sample_type"] = row.sample_type.value if row.sample_type is not None else ""
        return values | {name: getattr(row, name) for name in _AS_THEY_ARE}

    def change_command(self, row: DispatchRow, changed: dict[str, Any]) -> object:
        """A change of this one; of the trays all lines are told, as they stand but for what was typed."""
        trays = self.trays.split(changed)
        if trays or self.trays.added.editors:
            changed["lines"] = self.trays.wanted(row, trays)
        if "sample_type" in changed:
            changed["sample_type"] = changed["sample_type"] or None
        return AmendDispatch(dispatch_id=row.id, version=row.version, **changed)

    @property
    def dirty(self) -> bool:
        """A line that was added is something typed, also after it was compared with what others did."""
        return super().dirty or bool(self.trays.added.editors)

    def check_together(self) -> str:
        return self.trays.twice()

    def take_current(self, current: object) -> str:
        """Also the sizes may be others by now, or may no longer be changed at all."""
        stand = self.trays.take(current) if isinstance(current, DispatchRow) else ""
        said = super().take_current(current)
        return f"{stand} {said}".strip() if said else ""

    def conflict_fields(self, error: Conflict) -> list[tuple[str, str]]:
        """What is short stands at the number of its size."""
        if not isinstance(error, InsufficientStock):
            return []
        self._look_at_stock()
        return [(name, error.message) for found in error.shortages for name in self.trays.of_size(found.tray_size)]

    def _look_at_stock(self) -> None:
        if not self.trays.fixed:
            asked = StockQuery(shed_id=self.row.shed_id)
            self._workspace.read(stock, asked, owner=self, lane="stock", done=self.trays.show_stock)

    def _others_changed(self, kinds: frozenset[str]) -> None:
        if self.isVisible() and "stock" in kinds:
            self._look_at_stock()

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
