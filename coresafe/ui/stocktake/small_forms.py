"""The short forms of a stocktake: begin one, declare a size of which some states are empty, give it up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from coresafe.models.enums import State
from coresafe.services.stocktaking import (
    CancelStocktake,
    DeclareSize,
    OpenStocktake,
    SizeProgress,
    StocktakeRow,
    cancel_stocktake,
    declare_size,
    open_stocktake,
)
from coresafe.ui.forms import CheckField, NotesField
from coresafe.ui.forms.house import ShedField
from coresafe.ui.forms.operation import OperationForm
from coresafe.ui.stocktake.words import joined, state_word
from coresafe.ui.widgets import label
from coresafe.ui.widgets.gloves import wear_gloves
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace


class OpenForm(OperationForm):
    """Begins a count of a shed."""

    changes = ("stocktakes",)

    def __init__(self, workspace: Workspace, shed_id: int | None, parent: QWidget | None = None) -> None:
        super().__init__(workspace, tr("Open a stocktake"), save=tr("Open"), parent=parent)
        about = tr(
            "The count begins now. Nothing is frozen: trays may leave and come back while they are counted, and what moves "
            "is taken into account."
        )
        self.add_widget(label(about, "muted", wrap=True))
        self.shed = ShedField("shed_id", tr("Shed"), workspace.house)
        self.shed.begin(shed_id)
        self.notes = NotesField("notes", tr("Notes"))
        for field in (self.shed, self.notes):
            self.add(field)
        wear_gloves(self)
        self.settle()

    def use_case(self) -> Callable[..., Any]:
        return open_stocktake

    def command(self) -> OpenStocktake:
        """What is typed, as the service takes it."""
        return OpenStocktake(shed_id=self.shed.value(), notes=self.notes.value())


class DeclareForm(OperationForm):
    """A size of which nobody entered a number in some state: that there is none has to be said."""

    changes = ("stocktakes",)

    def __init__(
        self, workspace: Workspace, stocktake_id: int, progress: SizeProgress, parent: QWidget | None = None
    ) -> None:
        size = progress.tray_size
        super().__init__(workspace, tr("Declare {size} counted", size=size), save=tr("Declare counted"), parent=parent)
        self._stocktake_id, self.progress = stocktake_id, progress
        missing = joined(state_word(state).lower() for state in progress.uncounted)
        about = tr(
            "Nobody has entered a number of {size} {states}. Not counted is not the same as counted and found none: say that "
            "there are none, or leave this and count them.",
            size=size,
            states=missing,
        )
        self.add_widget(label(about, "muted", wrap=True))
        self.boxes: dict[State, CheckField] = {}
        for state in progress.uncounted:
            words = tr("There are no {size} {state} in the shed", size=size, state=state_word(state).lower())
            self.boxes[state] = CheckField(f"none.{state.value}", words)
            self.add(self.boxes[state])
        wear_gloves(self)
        self.settle()

    def use_case(self) -> Callable[..., Any]:
        return declare_size

    def command(self) -> DeclareSize:
        """What is ticked, as the service takes it."""
        none = [state for state, box in self.boxes.items() if box.value()]
        return DeclareSize(stocktake_id=self._stocktake_id, tray_size=self.progress.tray_size, none=none)

    def check_together(self) -> str:
        """Each has to be said."""
        left = [state_word(state).lower() for state, box in self.boxes.items() if not box.value()]
        if not left:
            return ""
        return tr("Say that there are none {states}, or count them first.", states=joined(left))


class CancelForm(OperationForm):
    """Gives a stocktake up."""

    changes = ("stocktakes",)

    def __init__(self, workspace: Workspace, row: StocktakeRow, parent: QWidget | None = None) -> None:
        super().__init__(
            workspace, tr("Cancel {number}", number=row.number), save=tr("Cancel the stocktake"), parent=parent
        )
        self._row = row
        self.leave_button.setText(tr("Keep it"))
        self.leave_button.setAccessibleName(tr("Keep it"))
        about = tr(
            "Nothing is posted: the stock stays as it is in the books. What was counted is kept with the stocktake."
        )
        self.add_widget(label(about, "muted", wrap=True))
        self.reason = NotesField("reason", tr("Reason"), required=True)
        self.add(self.reason)
        wear_gloves(self)
        self.settle()

    def use_case(self) -> Callable[..., Any]:
        return cancel_stocktake

    def command(self) -> CancelStocktake:
        """What is typed, as the service takes it."""
        return CancelStocktake(stocktake_id=self._row.id, reason=self.reason.value() or "")
