"""Recording samples: one by hand, or a range whose ids count on and whose intervals lie one below the other."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QWidget

from coresafe.errors import Duplicate, FieldError, ValidationFailed
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import get_dispatch
from coresafe.services.samples import MAX_SAMPLES, AddSample, AddSamples, RecordedSample, add_sample, add_samples
from coresafe.ui.forms import Choice, ChoiceField, SelectField
from coresafe.ui.forms.operation import OperationForm
from coresafe.ui.messages import Level
from coresafe.ui.samples import searches
from coresafe.ui.samples.fields import IdField, Interval, MeasureField, in_row
from coresafe.ui.samples.preview import Preview
from coresafe.ui.samples.ranges import Numbered, laid, split
from coresafe.ui.samples.words import SAMPLE_STATUS, SAMPLE_TYPE
from coresafe.ui.words import number, tr, trn
from coresafe.ui.workspace import Workspace

_OF_ROW = re.compile(r"samples\[(\d+)\]\.(\w+)")
#: By then rows that were just drawn have found their place.
_SETTLED_MS = 50
#: What stands at a row; the rest is the same for all rows and stands at its field.
_ROW_FIELDS = frozenset({"sample_id", "from_depth", "to_depth"})


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a new form begins with: what was recorded before it, or is looked at."""

    sample_type: str = "core"
    dispatch: Choice | None = None
    hole: Choice | None = None
    by_range: bool = False


class RecordForm(OperationForm):
    """The form of new samples."""

    changes = ("samples",)

    def __init__(
        self, workspace: Workspace, beginning: Beginning | None = None, *, parent: QWidget | None = None
    ) -> None:
        super().__init__(workspace, tr("Record samples"), save=tr("Record"), parent=parent)
        runner = workspace.runner
        self._filled_hole: int | None = None
        self._following = False
        self._lead = {"ids": "count", "depths": "length"}
        self.one, self.range = QRadioButton(tr("One sample")), QRadioButton(tr("A range of samples"))
        self.add_widget(self._switch())
        self.dispatch = ChoiceField("dispatch_id", tr("Dispatch"), searches.dispatches(workspace), runner)
        self.hole = ChoiceField("drillhole_id", tr("Hole"), searches.drillholes(workspace), runner)
        self.add(self.dispatch, self.hole)
        self.sample_type = SelectField(
            "sample_type", tr("Type"), [(key, tr(word)) for key, word in SAMPLE_TYPE.items()]
        )
        self.status = SelectField("status", tr("Status"), [(key, tr(word)) for key, word in SAMPLE_STATUS.items()])
        self.add(self.sample_type, self.status)
        self.sample_id = IdField("sample_id", tr("Sample id"), rule=self._first_rule)
        self.last_id = IdField("last_id", tr("Last id"), rule=self._last_rule)
        self.count = MeasureField("count", tr("How many"), rule=_count_rule, whole=True, required=True)
        self.interval = Interval(workspace, self.sample_type, self.hole, self)
        self.from_depth, self.to_depth = self.interval.from_depth, self.interval.to_depth
        self.length = MeasureField("length", tr("Each (m)"), rule=_length_rule, unit="m", required=True)
        self._rows = (
            in_row(self.sample_id, self.last_id, self.count, stretch=(3, 3, 2)),
            in_row(self.from_depth, self.length, self.to_depth),
        )
        for field in (self.sample_id, self.last_id, self.count, self.from_depth, self.length, self.to_depth):
            self.register(field)
        for row in self._rows:
            self.add_widget(row)
        self.preview = Preview()
        self.add_widget(self.preview)
        self._wire()
        self._begin(beginning or Beginning())

    # -- as it is typed -------------------------------------------------------------------------------------------

    @property
    def by_range(self) -> bool:
        """Whether a range is recorded."""
        return self.range.isChecked()

    def samples(self) -> tuple[AddSample, ...]:
        """What a range would record as it is typed now; empty while that is not known."""
        first, count = Numbered.of(self.sample_id.typed()), self._count()
        if first is None or count is None or not self.by_range:
            return ()
        intervals: list[tuple[float | None, float | None]] = [(None, None)] * count
        if self.interval.wanted:
            start, end, length = (field.value() for field in (self.from_depth, self.to_depth, self.length))
            if self._lead["depths"] == "length" and start is not None and length is not None:
                intervals = [*laid(start, length, count)]
            elif start is not None and end is not None:
                intervals = [*split(start, end, count)]
        return tuple(self._sample(first.on(at), *intervals[at]) for at in range(count))

    def focus_first(self) -> None:
        """An empty form begins at the dispatch, which brings its hole; with a dispatch at the id."""
        if self.dirty or any(field.error for field in self.fields.values()):
            super().focus_first()
        else:
            wanted = self.sample_id if self.dispatch.choice or self.hole.choice else self.dispatch
            wanted.setFocus(Qt.FocusReason.TabFocusReason)

    # -- saving ---------------------------------------------------------------------------------------------------

    def use_case(self) -> Callable[..., Any]:
        return add_samples if self.by_range else add_sample

    def command(self) -> AddSample | AddSamples:
        """What is typed, as the service takes it."""
        if self.by_range:
            return AddSamples(samples=self.samples())
        return self._sample(self.sample_id.value() or "", self.from_depth.value(), self.to_depth.value())

    def told(self, rows: tuple[RecordedSample, ...]) -> str:
        """What happened, in a sentence."""
        if len(rows) == 1:
            return tr("Sample {id} is recorded.", id=rows[0].sample_id)
        first, last = rows[0].sample_id, rows[-1].sample_id
        return tr("{count} samples are recorded: {first} to {last}.", count=number(len(rows)), first=first, last=last)

    def show_failure(self, error: BaseException, again: Callable[[], object] | None = None) -> bool:
        """What is wrong with one of the range stands at its row, what is wrong with all of it at the field."""
        if isinstance(error, (ValidationFailed, Duplicate)):
            at_rows, rest = _at_rows(error)
            if at_rows:
                self.preview.tell(at_rows)
            if rest:
                return super().show_failure(ValidationFailed(rest), again)
            if at_rows:
                told = trn(
                    "One of the samples cannot be recorded.", "{count} samples cannot be recorded.", len(at_rows)
                )
                hint = tr("Nothing was recorded. The reason stands at its row below.")
                self.say(Level.ERROR, error.message if isinstance(error, Duplicate) else told, hint)
                self.sample_id.setFocus(Qt.FocusReason.OtherFocusReason)
                QTimer.singleShot(_SETTLED_MS, self, self._show_refused)
                return True
        return super().show_failure(error, again)

    def _show_refused(self) -> None:
        self._scroll.verticalScrollBar().setValue(self.preview.y())

    def next_beginning(self) -> Beginning:
        """What the next form begins with: the same dispatch, hole and type."""
        return Beginning(self.sample_type.value(), self.dispatch.choice, self.hole.choice, self.by_range)

    # -- putting it together --------------------------------------------------------------------------------------

    def _switch(self) -> QWidget:
        made = QWidget()
        made.setAccessibleName(tr("How many at once"))
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(24)
        self._group = QButtonGroup(self)
        for choice in (self.one, self.range):
            self._group.addButton(choice)
            row.addWidget(choice)
        row.addStretch(1)
        self.one.setChecked(True)
        return made

    def _wire(self) -> None:
        self.range.toggled.connect(self._arrange)
        self.sample_type.changed.connect(self._arrange)
        self.dispatch.picked.connect(self._dispatch_picked)
        leads = (
            (self.count, "ids", "count"),
            (self.last_id, "ids", "last"),
            (self.length, "depths", "length"),
            (self.to_depth, "depths", "end"),
        )
        for field, what, name in leads:
            # Only what is typed by hand leads; the other is filled in.
            field.edit.textEdited.connect(lambda _text, what=what, name=name: self._lead.__setitem__(what, name))
        for field in (self.sample_id, self.last_id, self.count, self.from_depth, self.length, self.to_depth):
            field.changed.connect(self._follow)
        for other in (self.dispatch, self.hole, self.status):
            other.changed.connect(self._show_preview)

    def _begin(self, beginning: Beginning) -> None:
        self.sample_type.set_value(beginning.sample_type)
        self.status.set_value("collected")
        (self.range if beginning.by_range else self.one).setChecked(True)
        if beginning.hole is not None:
            self.hole.choose(beginning.hole)
        if beginning.dispatch is not None:
            self.dispatch.choose(beginning.dispatch)
        self._arrange()
        self.settle()

    def _arrange(self) -> None:
        """Show what applies."""
        by_range, wanted = self.by_range, self.interval.wanted
        self.interval.follow()
        self.last_id.apply(by_range)
        self.count.apply(by_range)
        self.length.apply(by_range and wanted)
        self._rows[1].setVisible(wanted)
        self.preview.setVisible(by_range)
        self.sample_id.set_title(tr("First id") if by_range else tr("Sample id"))
        if self.sample_id.error:
            self.sample_id.check()
        self._follow()
        self._field_changed()

    # -- one fills in the other -----------------------------------------------------------------------------------

    def _follow(self) -> None:
        if self._following:
            return
        self._following = True
        try:
            if self.by_range:
                self._follow_ids()
                if self.interval.wanted:
                    self._follow_depths()
        finally:
            self._following = False
        self._show_preview()

    def _follow_ids(self) -> None:
        first = Numbered.of(self.sample_id.typed())
        if first is None:
            return
        if self._lead["ids"] == "last":
            steps = first.steps_to(self.last_id.typed())
            if steps is not None and steps >= 0:
                self.count.set_value(steps + 1)
            if self.last_id.error:
                self.last_id.check()
        elif (count := self._count()) is not None:
            self.last_id.set_value(first.on(count - 1))

    def _follow_depths(self) -> None:
        start, count = self.from_depth.value(), self._count()
        if start is None or count is None:
            return
        if self._lead["depths"] == "length":
            length = self.length.value()
            if length is not None and not _length_rule(length):
                self.to_depth.set_value(laid(start, length, count)[-1][1])
                if not self.to_depth.edit.hasFocus():
                    self.to_depth.check()
        elif (end := self.to_depth.value()) is not None and end > start:
            self.length.set_value(round((end - start) / count, 3))

    def _count(self) -> int | None:
        value = self.count.value()
        return int(value) if value is not None and not _count_rule(value) else None

    def _show_preview(self) -> None:
        if self.by_range:
            self.preview.show_samples(self.samples())

    # -- the dispatch brings its hole -----------------------------------------------------------------------------

    def _dispatch_picked(self, choice: Choice | None) -> None:
        ours = self.hole.choice is None or self.hole.value() == self._filled_hole
        row = choice.row if choice is not None else None
        self.hole.set_search(searches.drillholes(self._workspace, row.project_id if row is not None else None))
        if choice is None:
            if ours:
                self.hole.choose(None)
            return
        if isinstance(row, DispatchRow):
            self._take_dispatch(row)
        else:
            self._workspace.read(get_dispatch, choice.id, owner=self, lane="dispatch", done=self._take_dispatch)

    def _take_dispatch(self, row: DispatchRow) -> None:
        ours = self.hole.choice is None or self.hole.value() == self._filled_hole
        if self.dispatch.value() != row.id or not ours:
            return
        if row.drillhole_id is None:
            self.hole.choose(None)
        elif row.drillhole_id != self.hole.value():
            untouched = not self.hole.dirty
            self.hole.choose(Choice(row.drillhole_id, row.hole_id or ""))
            if untouched and not self.dispatch.dirty:
                self.hole.settle()  # it came with what the form began with
        self._filled_hole = row.drillhole_id

    # -- rules ----------------------------------------------------------------------------------------------------

    def _first_rule(self, words: str) -> str:
        if self.by_range and Numbered.of(words) is None:
            return tr("The first id of a range ends in a number, such as THA-000451.")
        return ""

    def _last_rule(self, words: str) -> str:
        first = Numbered.of(self.sample_id.typed())
        if first is None:
            return ""
        steps = first.steps_to(words)
        if steps is None:
            return tr("It begins like the first id, with “{prefix}”, and ends in a number.", prefix=first.prefix)
        return tr("It comes before the first id.") if steps < 0 else ""

    def _sample(self, sample_id: str, start: float | None, end: float | None) -> AddSample:
        return AddSample(
            sample_id=sample_id,
            sample_type=self.sample_type.value(),
            dispatch_id=self.dispatch.value(),
            drillhole_id=self.hole.value(),
            from_depth=start,
            to_depth=end,
            status=self.status.value(),
        )


def _count_rule(value: float) -> str:
    if value < 1:
        return tr("At least one.")
    return tr("At most {most}.", most=number(MAX_SAMPLES)) if value > MAX_SAMPLES else ""


def _length_rule(value: float) -> str:
    return "" if value >= 0.001 else tr("More than zero.")


def _at_rows(error: ValidationFailed | Duplicate) -> tuple[dict[int, str], list[FieldError]]:
    """What is told of rows of a range, by their place, and what of the whole, once each."""
    told = error.errors if isinstance(error, ValidationFailed) else (FieldError(error.field, error.message),)
    at_rows: dict[int, str] = {}
    rest: dict[FieldError, None] = {}
    for one in told:
        found = _OF_ROW.fullmatch(one.field)
        if found is None:
            rest[one] = None
        elif found[2] in _ROW_FIELDS:
            place = int(found[1])
            at_rows[place] = f"{at_rows[place]} {one.message}" if place in at_rows else one.message
        else:
            rest[FieldError(found[2], one.message)] = None
    return at_rows, list(rest)
