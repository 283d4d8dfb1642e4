"""Correcting a sample, and one status for many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from coresafe.services.samples import ChangeSample, SampleRow, change_sample
from coresafe.ui.forms import Choice, ChoiceField, SelectField
from coresafe.ui.forms.many import ManyForm
from coresafe.ui.forms.record import RecordForm
from coresafe.ui.samples import searches
from coresafe.ui.samples.fields import IdField, Interval, in_row
from coresafe.ui.samples.words import SAMPLE_STATUS, SAMPLE_TYPE
from coresafe.ui.words import tr, trn
from coresafe.ui.workspace import Workspace


class EditForm(RecordForm):
    """One sample; only what differs from it as it was read is sent."""

    changes = ("samples",)

    def __init__(self, workspace: Workspace, row: SampleRow, parent: QWidget | None = None) -> None:
        super().__init__(workspace, tr("Edit {name}", name=row.sample_id), row, parent=parent)
        runner = workspace.runner
        self.add(IdField("sample_id", tr("Sample id")))
        self.sample_type = SelectField(
            "sample_type", tr("Type"), [(key, tr(word)) for key, word in SAMPLE_TYPE.items()]
        )
        status = SelectField("status", tr("Status"), [(key, tr(word)) for key, word in SAMPLE_STATUS.items()])
        self.add(self.sample_type, status)
        self.dispatch = ChoiceField("dispatch_id", tr("Dispatch"), searches.dispatches(workspace), runner)
        self.hole = ChoiceField("drillhole_id", tr("Hole"), searches.drillholes(workspace), runner)
        self.add(self.dispatch, self.hole)
        self.interval = Interval(workspace, self.sample_type, self.hole, self)
        self._depths = in_row(self.interval.from_depth, self.interval.to_depth)
        for field in (self.interval.from_depth, self.interval.to_depth):
            self.register(field)
        self.add_widget(self._depths)
        self.sample_type.changed.connect(lambda: self._depths.setVisible(self.interval.wanted))
        self.begin()

    def use_cases(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        return change_sample, change_sample  # a new one is recorded in another form

    def filled(self, row: SampleRow) -> dict[str, Any]:
        """What each field is filled with."""
        dispatch = Choice(row.dispatch_id, row.dispatch_number or "") if row.dispatch_id is not None else None
        hole = Choice(row.drillhole_id, row.hole_id or "") if row.drillhole_id is not None else None
        return {
            "sample_id": row.sample_id,
            "sample_type": row.sample_type.value,
            "status": row.status.value,
            "dispatch_id": dispatch,
            "drillhole_id": hole,
            "from_depth": row.from_depth,
            "to_depth": row.to_depth,
        }

    def change_command(self, row: SampleRow, changed: dict[str, Any]) -> object:
        """A change of this one."""
        return ChangeSample(sample_row_id=row.id, version=row.version, **changed)

    def told(self, row: SampleRow) -> str:
        """What happened, in a sentence."""
        return tr("Sample {id} is changed.", id=row.sample_id)


class StatusForm(ManyForm):
    """Sets the status of the selected samples, each by itself under its version."""

    changes = ("samples",)

    def __init__(self, workspace: Workspace, rows: Sequence[SampleRow], parent: QWidget | None = None) -> None:
        super().__init__(workspace, _title, rows, save=tr("Set the status"), parent=parent)
        self.status = SelectField("status", tr("Status"), [(key, tr(word)) for key, word in SAMPLE_STATUS.items()])
        self.status.set_value(_next_of(rows))
        self.add(self.status)
        self.settle()

    def use_case(self) -> Callable[..., Any]:
        return change_sample

    def command(self, row: SampleRow) -> ChangeSample:
        """The status of one."""
        return ChangeSample(sample_row_id=row.id, version=row.version, status=self.status.value())

    def name_of(self, row: SampleRow) -> str:
        """Its id."""
        return row.sample_id

    def told(self) -> str:
        """What happened, in a sentence."""
        word = tr(SAMPLE_STATUS[self.status.value()]).lower()
        return trn("One sample is {word} now.", "{count} samples are {word} now.", len(self.changed), word=word)


def _title(count: int) -> str:
    return trn("Set the status of one sample", "Set the status of {count} samples", count)


def _next_of(rows: Sequence[SampleRow]) -> str:
    """The status that most come for: the one after the earliest among them."""
    order = list(SAMPLE_STATUS)
    earliest = min((order.index(row.status.value) for row in rows), default=0)
    return order[min(earliest + 1, len(order) - 1)]
