"""The page of samples: the table under its filters, the QC meter of a dispatch, and the detail or the form beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from coresafe.services.listing import Page, Query
from coresafe.services.qc import QcMeter, qc_meter
from coresafe.services.samples import RecordedSample, SampleRow, count_samples, list_samples
from coresafe.ui.actions import Actions
from coresafe.ui.forms import Choice, ChoiceField, Form
from coresafe.ui.forms.many import Outcome
from coresafe.ui.messages import Choice as Answer
from coresafe.ui.messages import Level, Message
from coresafe.ui.samples import searches
from coresafe.ui.samples.columns import COLUMNS
from coresafe.ui.samples.edit_form import EditForm, StatusForm
from coresafe.ui.samples.meter import MeterView
from coresafe.ui.samples.pane import SamplePane
from coresafe.ui.samples.record_form import Beginning, RecordForm
from coresafe.ui.samples.words import SAMPLE_STATUS, SAMPLE_TYPE, plain_row
from coresafe.ui.state import Memory
from coresafe.ui.tables import NamedViews, Narrowing, PagedTable, Source
from coresafe.ui.widgets import PageHeader, Scaled, button, label
from coresafe.ui.widgets.search import clearable, empties
from coresafe.ui.words import number, tr, trn
from coresafe.ui.workspace import Workspace

_SEARCH_MS = 250
_ON_SAMPLES = ("sample.edit", "sample.status", "sample.batch")
#: Overlaps told in the message itself; all of them stand under "More".
_TOLD = 3


class SamplesPage(QWidget):
    """Samples: record, find by scanning, correct.

    Signals: ``busy_with_form(bool)`` a form was opened or left.
    """

    busy_with_form = Signal(bool)

    def __init__(self, workspace: Workspace, actions: Actions, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._actions, self._memory = workspace, actions, memory
        self._rows: list[SampleRow] = []
        self._pinned = False  # the detail shows a sample that was recorded or scanned, selected in the table or not
        self._beginning = Beginning()
        self._entered: tuple[datetime, datetime] | None = None
        self._out_of_date = False
        self.header = PageHeader(tr("Samples"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Sample id, typed or scanned"))
        self.search.setAccessibleName(tr("Search samples; Enter opens the one with this id"))
        clearable(self.search)
        empties(self.search)
        Scaled(self.search, self.search.setMinimumWidth, 224)
        self.header.add(self.search)
        if actions.may("sample.record"):
            self.header.set_primary(actions["sample.record"], "plus").setToolTip(tr("Record samples (Ctrl+N)"))
        self.type = _box(tr("Type of the samples"), tr("Every type"), SAMPLE_TYPE)
        self.status = _box(tr("Status of the samples"), tr("Every status"), SAMPLE_STATUS)
        runner = workspace.runner
        self.dispatch = ChoiceField(
            "dispatch", tr("Dispatch"), searches.dispatches(workspace, voided=True), runner, placeholder=tr("Dispatch")
        )
        self.hole = ChoiceField("hole", tr("Hole"), searches.drillholes(workspace), runner, placeholder=tr("Hole"))
        self.entered = label("", "muted")
        self.clear_button = button(tr("Clear the filters"), self.clear_filters, icon="x", kind="quiet")
        self.meter = MeterView()
        self.meter.hide()
        self.table = self._make_table()
        self.views = NamedViews(self.table, self._narrowing, self._narrow)
        if actions.may("sample.record"):
            self.table.offer_when_empty(tr("Record samples"), self.new)
        self.detail = SamplePane(workspace)
        self._side = QStackedWidget()
        self._side.setMinimumWidth(384)
        self._side.addWidget(self.detail)
        self._pause = QTimer(self, interval=_SEARCH_MS, singleShot=True)
        self._pause.timeout.connect(lambda: self.table.ask(q=self.search.text().strip()))
        self._lay_out()
        self._wire()
        self._ask()
        self.views.began()

    # -- what the window does with it -----------------------------------------------------------------------------

    @property
    def form(self) -> Form | None:
        """The form that is open, if one is."""
        shown = self._side.currentWidget()
        return shown if isinstance(shown, Form) else None

    def new(self) -> None:
        """Record samples."""
        self.start("sample.record")

    def start(self, name: str) -> None:
        """Open the form of an action, unless the one that is open would lose something."""
        if not self._actions.may(name):
            return
        if isinstance(self.form, RecordForm) and name == "sample.record":
            self.form.focus_first()
            return
        if name != "sample.record" and not self._possible(name):
            return
        if not self._may_leave():
            return
        makers: dict[str, Callable[[], Form]] = {
            "sample.record": lambda: RecordForm(self._workspace, self._new_beginning()),
            "sample.edit": lambda: EditForm(self._workspace, self._on()[0]),
            "sample.status": lambda: StatusForm(self._workspace, self._on()),
        }
        self._open(makers[name]())

    def show_batch(self) -> None:
        """Only the samples of the dispatch of the selected one, and their QC meter."""
        row = self.detail.row
        if row is not None and row.dispatch_id is not None:
            self.type.setCurrentIndex(0)
            self.status.setCurrentIndex(0)
            self.dispatch.choose(Choice(row.dispatch_id, row.dispatch_number or ""))

    def show_only(
        self,
        *,
        sample_type: str | None = None,
        status: str | None = None,
        entered: tuple[datetime, datetime] | None = None,
        words: str = "",
    ) -> None:
        """Show the samples behind a figure of another page; ``words`` say in which period they were entered."""
        self.search.clear()
        self._pause.stop()
        self.table.ask(q="")
        self._no_filters(ask=False)
        for box, value in ((self.type, sample_type), (self.status, status)):
            box.setCurrentIndex(max(0, box.findData(value)))
        self._entered = entered
        self.entered.setText(words)
        self._ask()
        self.table.view.setFocus()

    def open_sample(self, sample_id: str) -> None:
        """Find and open the sample with this id, as if it had been scanned."""
        self.search.setText(sample_id)
        self._scanned()

    def clear_filters(self) -> None:
        """All samples again."""
        self.search.clear()
        self._pause.stop()
        self.table.ask(q="")
        self._no_filters()
        self.search.setFocus()

    def reload(self) -> None:
        """Read what is shown again."""
        self.table.reload()
        self._read_meter()
        self.detail.read_again()

    def showEvent(self, event: QShowEvent) -> None:
        """What changed while the page was not seen is read again."""
        super().showEvent(event)
        if self._out_of_date:
            self._out_of_date = False
            self._read_meter()
            self.detail.read_again()
        self._offer()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._offer()

    # -- putting it together --------------------------------------------------------------------------------------

    def _make_table(self) -> PagedTable:
        workspace = self._workspace
        return PagedTable(
            COLUMNS,
            Source(
                lambda query: list_samples(workspace.context, query),
                lambda query: count_samples(workspace.context, query),
            ),
            workspace.runner,
            name="samples",
            memory=self._memory,
            title=tr("Samples"),
            messages=workspace.messages,
            kinds=("samples",),
            sort="-created_at",
            empty_icon="flask-conical",
            things=lambda count: tr("1 sample") if count == 1 else tr("{count} samples", count=number(count)),
        )

    def _lay_out(self) -> None:
        filters = QHBoxLayout()
        filters.setSpacing(8)
        for part in (self.type, self.status, self.dispatch, self.hole):
            filters.addWidget(part)
        for choice in (self.dispatch, self.hole):
            choice.hide_head()
            clearable(choice.edit)
            choice.setFixedWidth(176)
        filters.addWidget(self.entered)
        filters.addWidget(self.views)
        filters.addWidget(self.clear_button)
        filters.addStretch(1)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.meter)
        column.addWidget(self.table, 1)
        self.splitter = QSplitter()
        self.splitter.addWidget(left)
        self.splitter.addWidget(self._side)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setChildrenCollapsible(False)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 12, 16, 8)
        whole.setSpacing(12)
        whole.addWidget(self.header)
        whole.addLayout(filters)
        whole.addWidget(self.splitter, 1)
        if not self._memory.restore_splitter("samples", self.splitter):
            self.splitter.setSizes([792, 384])

    def _wire(self) -> None:
        self.search.textEdited.connect(self._search_typed)
        self.search.textChanged.connect(lambda text: self._search_typed() if not text else None)
        self.search.textChanged.connect(self._offer_clear)
        self.search.returnPressed.connect(self._scanned)
        for box in (self.type, self.status):
            box.activated.connect(lambda _index: self._ask())
        self.dispatch.picked.connect(self._dispatch_picked)
        self.hole.picked.connect(lambda _choice: self._ask())
        self.table.selected.connect(self._selected)
        self.table.opened.connect(lambda _row: self.start("sample.edit"))
        self.table.menu_asked.connect(self._fill_menu)
        self.splitter.splitterMoved.connect(lambda *_at: self._memory.keep_splitter("samples", self.splitter))
        for name in ("sample.edit", "sample.status"):
            self._actions.on(name, partial(self.start, name))
        self._actions.on("sample.batch", self.show_batch)
        self._workspace.changed.connect(self._changed)
        self._workspace.date(self.table, self.meter)
        self._offer()

    def _fill_menu(self, menu: QMenu, row: SampleRow | None) -> None:
        for name in _ON_SAMPLES:
            if row is not None and self._actions[name].isVisible():
                menu.addAction(self._actions[name])

    # -- filters --------------------------------------------------------------------------------------------------

    def _search_typed(self) -> None:
        self._workspace.messages.withdraw("scan")
        self._pause.start()

    def _ask(self) -> None:
        """The samples that the filters let through."""
        own = {
            name: field.value()
            for name, field in (("dispatch_id", self.dispatch), ("drillhole_id", self.hole))
            if field.value() is not None
        }
        more = {
            name: box.currentData()
            for name, box in (("sample_type", self.type), ("status", self.status))
            if box.currentData() is not None
        }
        if self._entered is not None:
            more["created_from"], more["created_to"] = self._entered
        self.entered.setVisible(self._entered is not None)
        names = [field.choice.text for field in (self.dispatch, self.hole) if field.choice is not None]
        empty = tr("No sample of {names} yet.", names=", ".join(names)) if names else tr("No sample yet.")
        may = self._actions.may("sample.record")
        hint = tr("Record them one by one, or a whole range at once.") if may else ""
        self.table.show_of(own, empty=empty, empty_hint=hint, more=more)
        self._offer_clear()

    def _narrowing(self) -> Narrowing:
        chosen = {name: field.choice for name, field in (("dispatch", self.dispatch), ("hole", self.hole))}
        return {
            "q": self.search.text().strip(),
            "type": self.type.currentData(),
            "status": self.status.currentData(),
            **{name: [choice.id, choice.text] for name, choice in chosen.items() if choice is not None},
            **({"entered": [at.isoformat() for at in self._entered]} if self._entered is not None else {}),
            **({"entered_words": self.entered.text()} if self._entered is not None else {}),
        }

    def _narrow(self, wanted: Narrowing) -> None:
        entered = [datetime.fromisoformat(at) for at in wanted.get("entered", [])]
        self._entered = (entered[0], entered[1]) if entered else None
        self.entered.setText(str(wanted.get("entered_words", "")))
        for box, name in ((self.type, "type"), (self.status, "status")):
            box.setCurrentIndex(max(0, box.findData(wanted.get(name))))
        for field, name in ((self.hole, "hole"), (self.dispatch, "dispatch")):
            chosen = wanted.get(name)
            field.choose(Choice(chosen[0], str(chosen[1])) if chosen else None)
            field.clear_error()
        self.search.setText(str(wanted.get("q", "")))
        self._pause.stop()
        self.table.ask(q=self.search.text())
        self._ask()

    def _no_filters(self, *, ask: bool = True) -> None:
        self._entered = None
        self.type.setCurrentIndex(0)
        self.status.setCurrentIndex(0)
        self.hole.choose(None)
        self.dispatch.choose(None)
        for field in (self.hole, self.dispatch):
            field.clear_error()
        if ask:
            self._ask()

    def _offer_clear(self) -> None:
        filtered = any(box.currentIndex() > 0 for box in (self.type, self.status)) or self._entered is not None
        typed = any(field.edit.text() for field in (self.dispatch, self.hole)) or bool(self.search.text())
        self.clear_button.setVisible(filtered or typed)

    def _dispatch_picked(self, choice: Choice | None) -> None:
        self._ask()
        self.meter.setVisible(choice is not None)
        if choice is not None:
            self.meter.wait(choice.text)
            self._read_meter()

    def _read_meter(self) -> None:
        dispatch_id = self.dispatch.value()
        if dispatch_id is not None:
            self._workspace.read(
                qc_meter, dispatch_id, owner=self, lane="meter", done=self._meter_came, failed=self._no_meter
            )

    def _meter_came(self, meter: QcMeter) -> None:
        if meter.dispatch_id == self.dispatch.value():
            self.meter.show_meter(meter)

    def _no_meter(self, _error: BaseException) -> bool:
        self.meter.fail()
        return True

    # -- scanning -------------------------------------------------------------------------------------------------

    def _scanned(self) -> None:
        """Enter in the search: the sample with exactly this id."""
        words = self.search.text().strip()
        if not words:
            return
        self._pause.stop()
        self.table.ask(q=words)
        query = Query(filters={"sample_id": words}, limit=1)
        self._workspace.read(list_samples, query, owner=self, lane="scan", done=partial(self._scan_answered, words))

    def _scan_answered(self, words: str, page: Page[SampleRow]) -> None:
        if self.search.text().strip() == words:
            self.search.selectAll()  # the next scan takes its place
        if page.items:
            self._workspace.messages.withdraw("scan")
            if self._may_leave():
                self._show_for_good(page.items[0])
            return
        QApplication.beep()
        shown = words if len(words) <= 60 else words[:59] + "…"
        choices: tuple[Answer, ...] = ()
        if self._actions.may("sample.record"):
            choices = (Answer(tr("Record it"), partial(self._record_unknown, words)),)
        self._workspace.messages.warn(
            tr("No sample has the id “{id}”.", id=shown),
            hint=tr("The table shows those whose id holds it, if there are any."),
            owner=self,
            choices=choices,
            key="scan",
        )

    def _record_unknown(self, words: str) -> None:
        self.start("sample.record")
        form = self.form
        if isinstance(form, RecordForm) and form.sample_id.empty:
            form.sample_id.set_value(words)
            form.focus_first()

    def _show_for_good(self, row: SampleRow) -> None:
        """Open a sample in the detail, and select it in the table; filters that hide it go."""
        hidden = any(
            wanted is not None and wanted != there
            for wanted, there in (
                (self.type.currentData(), row.sample_type.value),
                (self.status.currentData(), row.status.value),
                (self.dispatch.value(), row.dispatch_id),
                (self.hole.value(), row.drillhole_id),
            )
        )
        if hidden:
            self._no_filters()
        self.table.select_id(row.id)
        self._rows, self._pinned = [row], True
        self._show_one(row)

    # -- what is selected -----------------------------------------------------------------------------------------

    def _selected(self, rows: list[SampleRow]) -> None:
        if not rows and self._pinned:
            return
        self._rows, self._pinned = rows, False
        if len(rows) == 1:
            self._show_one(rows[0])
        elif rows:
            self.detail.show_many(rows, self._buttons("sample.status"))
        else:
            self.detail.nothing()
        self._offer()

    def _show_one(self, row: SampleRow) -> None:
        self.detail.show_row(row, self._buttons("sample.edit", "sample.status"))
        self._offer()

    def _on(self) -> list[SampleRow]:
        """What an action is about, as it was read last."""
        shown = self.detail.row
        return [shown] if shown is not None and len(self._rows) <= 1 else [plain_row(row) for row in self._rows]

    def _possible(self, name: str) -> bool:
        rows = self._on()
        if name == "sample.status":
            return bool(rows)
        return len(rows) == 1 and (name != "sample.batch" or rows[0].dispatch_id is not None)

    def _buttons(self, *names: str) -> Sequence[QAction]:
        return [self._actions[name] for name in names if self._actions.may(name)]

    def _offer(self) -> None:
        for name in _ON_SAMPLES:
            self._actions[name].setEnabled(self.isVisible() and self._actions.may(name) and self._possible(name))

    # -- forms ----------------------------------------------------------------------------------------------------

    def _new_beginning(self) -> Beginning:
        """The dispatch and hole that are looked at, or else those of what was recorded last."""
        last, dispatch, hole = self._beginning, self.dispatch.choice, self.hole.choice
        if dispatch is None and hole is None:
            return last
        return Beginning(last.sample_type, dispatch, hole, last.by_range)

    def _may_leave(self) -> bool:
        """Whether the open form holds nothing that would be lost; asks in the form where it does."""
        form = self.form
        if form is None:
            return True
        if form.saving or form.dirty:
            form.leave()
            return False
        self._back()
        return True

    def _open(self, form: Form) -> None:
        form.left.connect(self._back)
        form.saved.connect(partial(self._saved, form))
        self._side.addWidget(form)
        self._side.setCurrentWidget(form)
        form.focus_first()
        self.busy_with_form.emit(True)

    def _saved(self, form: Form, answer: Any) -> None:
        if isinstance(form, StatusForm):
            self._status_saved(form, answer)
            return
        rows: tuple[RecordedSample, ...] = answer if isinstance(answer, tuple) else (answer,)
        if isinstance(form, RecordForm):
            self._beginning = form.next_beginning()
            said = form.told(rows)
        else:
            assert isinstance(form, EditForm)
            said = form.told(rows[0])
        self.detail.remember(rows)
        self._back()
        self._tell(said, rows)
        row = plain_row(rows[0])
        self.table.select_id(row.id)
        self._rows, self._pinned = [row], True
        self._show_one(row)

    def _status_saved(self, form: StatusForm, outcome: Outcome) -> None:
        if form.finished(outcome):
            self._workspace.messages.success(form.told(), owner=self)
            self._back()

    def _tell(self, said: str, rows: Sequence[RecordedSample]) -> None:
        """What was saved; overlaps stay until they are read."""
        messages = self._workspace.messages
        messages.withdraw("scan")
        told = [f"{row.sample_id}: {note.message}" for row in rows for note in row.warnings]
        if not told:
            messages.success(said, owner=self)
            return
        if len(rows) == 1:
            over = rows[0].warnings[0].message
            messages.warn(said, hint=over, owner=self, key="overlaps")
            return
        hint = "\n".join(told[:_TOLD])
        if len(told) > _TOLD:
            hint += "\n" + tr("and {count} more", count=number(len(told) - _TOLD))
        count = sum(1 for row in rows if row.warnings)
        over = trn("One of them overlaps another.", "{count} of them overlap others.", count)
        details = "\n".join(told) if len(told) > _TOLD else ""
        messages.post(
            Message(level=Level.WARNING, text=f"{said} {over}", hint=hint, details=details, owner=self, key="overlaps")
        )

    def _back(self) -> None:
        form = self.form
        if form is None:
            return
        self._side.setCurrentWidget(self.detail)
        self._side.removeWidget(form)
        form.deleteLater()
        self.busy_with_form.emit(False)
        self.table.view.setFocus()

    # -- others' changes ------------------------------------------------------------------------------------------

    def _changed(self, kinds: frozenset[str]) -> None:
        if "samples" not in kinds:
            return
        if self.isVisible():
            self._read_meter()
            self.detail.read_again()
        else:
            self._out_of_date = True


def _box(name: str, every: str, words: dict[str, str]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.addItem(every, None)
    for key, word in words.items():
        box.addItem(tr(word), key)
    return box
