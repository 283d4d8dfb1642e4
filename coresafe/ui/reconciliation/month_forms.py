"""Closing a shed's months, and re-opening them with a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from coresafe.services.months import (
    CloseMonth,
    Hindrance,
    MonthRow,
    ReopenMonth,
    close_month,
    month_name,
    reopen_month,
)
from coresafe.services.sheds import ShedRow
from coresafe.ui.forms import NotesField, SelectField
from coresafe.ui.forms.operation import OperationForm
from coresafe.ui.widgets import label
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace


class CloseForm(OperationForm):
    """Close the months up to one. ``months``: those that can be closed, the latest first."""

    changes = ("periods", "sheds")

    def __init__(
        self, workspace: Workspace, shed: ShedRow, months: Sequence[int], hindrances: Sequence[Hindrance]
    ) -> None:
        super().__init__(workspace, tr("Close a month of {shed}", shed=shed.name), save=tr("Close the month"))
        self._shed = shed
        text = tr(
            "A closed month takes no more entries dated in it, from anybody. Every earlier month is closed with it. "
            "Only an administrator can re-open it."
        )
        self.add_widget(label(text, "muted", wrap=True))
        self.month = SelectField("month", tr("Month"), [(month, month_name(month)) for month in months])
        self.add(self.month)
        if hindrances:
            named = ", ".join(each.number for each in hindrances)
            self.add_widget(
                label(tr("These stand in the way until they are done: {numbers}", numbers=named), "error", wrap=True)
            )
        self.settle()

    def use_case(self) -> Callable[..., Any]:
        return close_month

    def command(self) -> CloseMonth:
        return CloseMonth(shed_id=self._shed.id, month=self.month.value() or 0)

    def told(self, row: MonthRow) -> str:
        """What was done."""
        return tr("{month} is closed for {shed}.", month=month_name(row.month), shed=self._shed.name)


class ReopenForm(OperationForm):
    """Re-open a closed month, and every later one."""

    changes = ("periods", "sheds")

    def __init__(self, workspace: Workspace, shed: ShedRow, months: Sequence[int], month: int | None) -> None:
        super().__init__(workspace, tr("Re-open a month of {shed}", shed=shed.name), save=tr("Re-open"))
        self._shed = shed
        text = tr("It takes entries again, and so does every later month. The reason stays with the month.")
        self.add_widget(label(text, "muted", wrap=True))
        self.month = SelectField("month", tr("Month"), [(each, month_name(each)) for each in months])
        if month in months:
            self.month.set_value(month)
        self.reason = NotesField("reason", tr("Reason"), required=True, lines=3)
        self.add(self.month)
        self.add(self.reason)
        self.settle()

    def use_case(self) -> Callable[..., Any]:
        return reopen_month

    def command(self) -> ReopenMonth:
        return ReopenMonth(shed_id=self._shed.id, month=self.month.value() or 0, reason=self.reason.value() or "")

    def told(self, row: MonthRow) -> str:
        """What was done."""
        return tr("{month} is open again for {shed}.", month=month_name(row.month), shed=self._shed.name)
