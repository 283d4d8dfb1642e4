"""The rules of the installation in the settings: for every computer, from the moment they are saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from coresafe.errors import CoreSafeError
from coresafe.services.ruling import BOUNDS, ChangeRules, RulesRow, change_rules, get_rules
from coresafe.ui.forms.record import RecordForm
from coresafe.ui.messages import Choice, Level
from coresafe.ui.settings.whole import WholeField
from coresafe.ui.theme import GRID
from coresafe.ui.widgets import label
from coresafe.ui.widgets.labels import show_if
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace


class ThresholdsForm(RecordForm):
    """What an administrator sees of the rules. ``row`` is None until they are read."""

    changes = ("settings", "dispatches")

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(workspace, tr("Thresholds"), save=tr("Save"), parent=parent)
        show_if(self.leave_button, False)  # the settings have a button that closes them
        column = self.layout()
        if column is not None:
            column.setContentsMargins(3 * GRID - 2, 3 * GRID, 2 * GRID, 2 * GRID)
        about = tr("For all computers that use this database. Open windows follow within seconds.")
        self.add_widget(label(about, "muted", wrap=True))
        days, out = tr("days"), tr("days out")
        self.amber = _field("amber_days", tr("Amber from"), out, tr("Fewer are green."))
        self.red = _field("red_days", tr("Red from"), out, tr("Fewer are amber."), rule=self._after_amber)
        self.add_widget(label(tr("How long trays are out"), "section"))
        self.add(self.amber, self.red)
        due = tr("A new dispatch is due so many days after it left. What is out already keeps its due date.")
        self.add(_field("due_days", tr("Due after"), days, due))
        self.add_widget(label(tr("At the desk"), "section"))
        late = tr("What happened longer ago takes a supervisor and a reason.")
        self.add(_field("back_date_days", tr("Enter late without a reason up to"), days, late))
        idle = tr("Without a key or the mouse. What was typed is kept.")
        self.add(_field("idle_minutes", tr("Lock an unattended window after"), tr("minutes"), idle))
        self.amber.changed.connect(self.red.look_again)
        self.dirty_changed.connect(lambda dirty: self.quiet() if dirty else None)
        self.saved.connect(self._saved)
        workspace.changed.connect(self._others_changed)
        self._offer(on=False)
        self.settle()
        self.read()

    def read(self) -> None:
        """Read the rules as they are; what is typed meanwhile stays."""
        self._workspace.read(get_rules, owner=self, lane="rules", done=self._take, failed=self._not_read)

    # -- what a record's form asks for -----------------------------------------------------------------------------

    def filled(self, row: RulesRow) -> dict[str, Any]:
        return dict(row.rules.as_dict())

    def change_command(self, row: RulesRow, changed: dict[str, Any]) -> ChangeRules:
        return ChangeRules(version=row.version, **changed)

    def use_cases(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        return change_rules, change_rules  # there is nothing to add

    # -- reading ---------------------------------------------------------------------------------------------------

    def _take(self, row: RulesRow) -> None:
        if self.saving or self.dirty:
            return  # what differs is settled when it is saved
        if self.row is None:
            self.quiet()
        self.row = row
        self.begin()
        self._offer(on=True)

    def _not_read(self, error: BaseException) -> bool:
        if self.row is None and isinstance(error, CoreSafeError):
            again = Choice(tr("Try again"), self.read, primary=True)
            self.say(Level.WARNING, tr("The thresholds cannot be read now."), error.message, [again])
            return True
        return isinstance(error, CoreSafeError)

    def _others_changed(self, kinds: frozenset[str]) -> None:
        if "settings" in kinds:
            self.read()

    def _saved(self, row: RulesRow) -> None:
        self.row = row
        self._compare([])
        self.say(Level.SUCCESS, tr("The thresholds are saved."))

    def _offer(self, *, on: bool) -> None:
        for field in self.fields.values():
            field.setEnabled(on)
        self.save_action.setEnabled(on)

    def _after_amber(self, red: int) -> str:
        amber = self.amber.value()
        if amber is None or red > amber:
            return ""
        return tr("Red must come after amber: enter more than {amber}.", amber=amber)


def _field(name: str, title: str, unit: str, note: str, rule: Callable[[int], str] = lambda _number: "") -> WholeField:
    least, most, _ = BOUNDS[name]
    return WholeField(name, title, least=least, most=most, unit=unit, note=note, rule=rule)
