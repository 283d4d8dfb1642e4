"""A form of one record: adds it or changes it; a change that somebody else got in before is settled field by field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from coresafe.ui.forms.comparison import Comparison, Difference, held
from coresafe.ui.forms.field import Field
from coresafe.ui.forms.operation import OperationForm
from coresafe.ui.forms.suggestions import Choice
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace


class RecordForm(OperationForm):
    """Base of the forms of records with a version. A subclass adds its fields, says how a row fills them and makes commands.

    ``row``: the record to change, as it was read last, None for a new one. Only what differs from it is sent.
    """

    def __init__(
        self, workspace: Workspace, title: str, row: Any = None, *, save: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(workspace, title, save=save or (tr("Add") if row is None else tr("Save")), parent=parent)
        self.row = row
        self.comparison: Comparison | None = None

    # -- for the subclasses ---------------------------------------------------------------------------------------

    def filled(self, row: Any) -> dict[str, Any]:
        """What each field is filled with for a row, by the field's name."""
        raise NotImplementedError

    def add_command(self, values: dict[str, Any]) -> object:
        """The command that adds what was typed."""
        raise NotImplementedError

    def change_command(self, row: Any, changed: dict[str, Any]) -> object:
        """The command that changes ``row`` in the fields ``changed``, under its version."""
        raise NotImplementedError

    def use_cases(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """The services that add and that change."""
        raise NotImplementedError

    # -- what every record's form does ----------------------------------------------------------------------------

    def begin(self) -> None:
        """Fill the fields in with the row, if there is one; what stands there then is the beginning."""
        self.fill(self.filled(self.row)) if self.row is not None else self.settle()

    def use_case(self) -> Callable[..., Any]:
        add, change = self.use_cases()
        return add if self.row is None else change

    def command(self) -> object:
        """What is typed; of a record that is there, what differs from it."""
        values = self.values()
        if self.row is None:
            return self.add_command(values)
        there = self.filled(self.row)
        changed = {name: value for name, value in values.items() if not _same(value, there[name])}
        return self.change_command(self.row, changed)

    def take_current(self, current: object) -> str:
        """Show what differs from the record as it is now; it is this version that is changed from now on."""
        if self.row is None or not isinstance(current, type(self.row)):
            return ""
        start, theirs = self.filled(self.row), self.filled(current)
        differences = []
        mine = {name: held(field) for name, field in self.fields.items()}
        for name, field in self.fields.items():
            value = _value(field)
            if not _same(value, theirs[name]):
                by_you, by_them = not _same(value, start[name]), not _same(theirs[name], start[name])
                differences.append(Difference(field, theirs[name], by_you, by_them))
        self.row = current
        # Theirs is where this form begins now, so that leaving it with theirs chosen loses nothing.
        self.fill(theirs)
        for name, field in self.fields.items():
            field.set_value(mine[name])
        self._compare(differences)
        if not differences:
            return tr("They entered the same as you. There is nothing left to save.")
        return tr("Below, choose what counts in each field. Then save again.")

    def show_failure(self, error: BaseException, again: Callable[[], object] | None = None) -> bool:
        """The keyboard goes to what is to be chosen."""
        before = self.comparison
        told = super().show_failure(error, again)
        if self.comparison is not None and self.comparison is not before:
            self._scroll.verticalScrollBar().setValue(0)
            self.comparison.take_focus()
        return told

    def _compare(self, differences: list[Difference]) -> None:
        if self.comparison is not None:
            self.body.removeWidget(self.comparison)
            self.comparison.setParent(None)
            self.comparison.deleteLater()
            self.comparison = None
        if differences:
            self.comparison = Comparison(differences)
            self.body.insertWidget(0, self.comparison)


def _value(field: Field) -> Any:
    choice = held(field)
    return choice if isinstance(choice, Choice) else field.value()


def _same(one: Any, other: Any) -> bool:
    """Whether two values of a field are one: records by their id, nothing typed is nothing there."""
    one, other = (value.id if isinstance(value, Choice) else value for value in (one, other))
    one, other = (None if value == "" else value for value in (one, other))  # a 0 is something
    return bool(one == other)
