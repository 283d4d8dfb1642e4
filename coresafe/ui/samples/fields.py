"""Fields that stand in the form only where they apply: a QC sample has no interval, a single sample no last id."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from coresafe.services.registry import DrillholeRow, get_drillhole
from coresafe.services.registry.drillholes import DEEPEST_M, is_beyond
from coresafe.ui.forms import Choice, ChoiceField, NumberField, SelectField, TextField
from coresafe.ui.forms.field import Field
from coresafe.ui.forms.row import FieldRow
from coresafe.ui.samples.words import depth, is_qc
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace


class _MayNotApply(Field):
    """Where it does not apply it is not seen, holds nothing and is never wrong; what was typed in it is kept."""

    applies = True

    def value(self) -> Any:
        return super().value() if self.applies else None

    def problem(self) -> str:
        return super().problem() if self.applies else ""

    @property
    def dirty(self) -> bool:
        """Whether something typed in it counts and would be lost."""
        return self.applies and bool(self.typed() != self._start)

    def apply(self, applies: bool) -> None:
        """Whether it applies from now on."""
        if self.applies != applies:
            self.applies = applies
            self.setVisible(applies)
            self.setEnabled(applies)
            self.clear_error()


class MeasureField(_MayNotApply, NumberField):
    """A number."""


class IdField(_MayNotApply, TextField):
    """A sample id; a scanner's Enter behind it goes on to the next field, as Enter does. ``rule``: what is wrong with it."""

    def __init__(self, name: str, title: str, *, rule: Callable[[str], str] = lambda _words: "", **more: Any) -> None:
        self._rule = rule
        super().__init__(name, title, longest=60, required=True, **more)

    def _problem(self) -> str:
        return super()._problem() or self._rule(self.typed().strip())


def in_row(*fields: QWidget, stretch: Sequence[int] = ()) -> FieldRow:
    """Fields side by side."""
    row = FieldRow()
    for at, field in enumerate(fields):
        row.add(field, stretch[at] if at < len(stretch) else 1)
    return row


class Interval(QObject):
    """From and to, as their sample type, each other and the end of the hole allow; QC samples have none.

    The end of the hole is read when the hole is chosen and not known with it.
    """

    def __init__(self, workspace: Workspace, sample_type: SelectField, hole: ChoiceField, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace, self._type, self._hole = workspace, sample_type, hole
        self._end: float | None = None  # EOH depth in metres
        self.from_depth = MeasureField("from_depth", tr("From (m)"), rule=self._from_rule, unit="m", required=True)
        self.to_depth = MeasureField("to_depth", tr("To (m)"), rule=self._to_rule, unit="m", required=True)
        sample_type.changed.connect(self.follow)
        hole.picked.connect(self._hole_picked)
        self.from_depth.changed.connect(lambda: self._judge_again(self.to_depth))
        self.to_depth.changed.connect(lambda: self._judge_again(self.from_depth))
        self.to_depth.edit.editingFinished.connect(self.judge_order)

    @property
    def wanted(self) -> bool:
        """Whether samples of this type have an interval."""
        return not is_qc(self._type.value())

    def follow(self) -> None:
        """Show what applies to the type."""
        for field in (self.from_depth, self.to_depth):
            field.apply(self.wanted)

    def judge_order(self) -> None:
        """Both are there: say at "from" when they stand the wrong way round."""
        if self.from_depth.value() is not None and self.to_depth.value() is not None:
            self.from_depth.check()

    @staticmethod
    def _judge_again(field: MeasureField) -> None:
        if field.error and not field.empty:
            field.check()

    def _from_rule(self, value: float) -> str:
        if wrong := depth_rule(value):
            return wrong
        end = self.to_depth.value()
        if end is not None and value >= end:
            return tr("Must be less than {end}.", end=depth(end, 0, "m"))
        return ""

    def _to_rule(self, value: float) -> str:
        if wrong := depth_rule(value):
            return wrong
        if self._end is not None and is_beyond(value, self._end):
            return tr("Beyond the hole's end at {end}.", end=depth(self._end, 0, "m"))
        return ""

    def _hole_picked(self, choice: Choice | None) -> None:
        row = choice.row if choice is not None else None
        self._know(row if isinstance(row, DrillholeRow) else None)
        if choice is not None and row is None:
            self._workspace.read(
                get_drillhole, choice.id, owner=self, lane="end", done=self._came, failed=lambda _error: True
            )

    def _came(self, row: DrillholeRow) -> None:
        if self._hole.value() == row.id:
            self._know(row)

    def _know(self, row: DrillholeRow | None) -> None:
        self._end = row.eoh_depth if row is not None else None
        self.to_depth.set_note(tr("EOH {end}", end=depth(self._end, 0, "m")) if self._end is not None else "")
        if self.to_depth.applies and not self.to_depth.empty:
            self.to_depth.check()


def depth_rule(value: float) -> str:
    """What no depth can be, in metres."""
    if value < 0:
        return tr("A depth cannot be below zero.")
    return tr("At most {deepest}.", deepest=depth(DEEPEST_M, 0, "m")) if value > DEEPEST_M else ""
