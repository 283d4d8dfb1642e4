"""The page of stocktakes: how far every size is, one's own entries, and beside them where the next number is entered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QComboBox, QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from coresafe.errors import CoreSafeError
from coresafe.services.stocktaking import (
    ClearCount,
    CountRow,
    DeclareSize,
    EnterCount,
    RecountSize,
    SizeProgress,
    StocktakeDetail,
    StocktakeRow,
    Variances,
    clear_count,
    declare_size,
    recount_size,
    variances,
)
from coresafe.ui import clock
from coresafe.ui.actions import Actions
from coresafe.ui.forms import Form
from coresafe.ui.state import Memory
from coresafe.ui.stocktake.desk import CountForm
from coresafe.ui.stocktake.past import PastView
from coresafe.ui.stocktake.printing import SheetMaker
from coresafe.ui.stocktake.progress import SizesView
from coresafe.ui.stocktake.reading import Seen, look
from coresafe.ui.stocktake.simple_table import SimpleTable
from coresafe.ui.stocktake.small_forms import CancelForm, DeclareForm, OpenForm
from coresafe.ui.stocktake.variances_form import VariancesForm, told
from coresafe.ui.stocktake.words import is_stocktake, place_words, state_word
from coresafe.ui.tables import PagedTable
from coresafe.ui.theme import TARGET_GLOVES
from coresafe.ui.widgets import EmptyState, LoadingState, PageHeader, Scaled, button, label
from coresafe.ui.widgets.gloves import wear_gloves
from coresafe.ui.widgets.labels import show_if
from coresafe.ui.words import number, tr
from coresafe.ui.workspace import Workspace

OPEN, SHEET, APPROVE, CANCEL, PAST = (
    "stocktake.open",
    "stocktake.sheet",
    "stocktake.approve",
    "stocktake.cancel",
    "stocktake.past",
)
#: What can be done with stocktakes from anywhere in the window.
STOCKTAKES = (OPEN, SHEET, APPROVE, CANCEL, PAST)
#: These need a stocktake that is open.
_OF_OPEN = (SHEET, APPROVE, CANCEL)
_REMEMBERED = "stocktake/shed"
_KEY = "stocktake"


class StocktakePage(QWidget):
    """Counting a shed together.

    Signals: ``busy_with_form(bool)`` a form was opened or left; ``turned()`` the page shows a table, or none any more.
    """

    busy_with_form = Signal(bool)
    turned = Signal()

    def __init__(self, workspace: Workspace, actions: Actions, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._actions, self._memory = workspace, actions, memory
        self._seen: Seen | None = None
        self._out_of_date = True
        self._wanted: str = ""
        self._form: Form | None = None
        self.shed = QComboBox()
        self.shed.setAccessibleName(tr("Shed"))
        self.shed.setMinimumHeight(TARGET_GLOVES)
        self.shed.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.header = PageHeader(tr("Stocktake"))
        self.sizes = SizesView()
        heads = [tr("When"), tr("Place"), tr("Size"), tr("State"), tr("Counted")]
        self.entries = SimpleTable(
            tr("What you counted, newest first; Enter changes, Delete takes back"),
            heads,
            stretch=1,
            height=TARGET_GLOVES,
        )
        self.change_button = button(tr("Change"), self.change_entry, icon="pencil")
        self.take_back_button = button(tr("Take back"), self.take_back, icon="undo-2")
        self.desk = CountForm(workspace)
        self.past = PastView(workspace, memory)
        self.sheets = SheetMaker(workspace, memory, self)
        self._make_states()
        self._lay_out()
        self._make_buttons()
        self._wire()
        self._offer_sheds()
        self._turn(self._loading)
        self._loading.start()
        self._show_side()

    # -- what the window does with it -----------------------------------------------------------------------------

    @property
    def form(self) -> Form | None:
        """The form that is open, or a number that is being entered."""
        if self._form is not None:
            return self._form
        return self.desk if self.desk.dirty or self.desk.saving else None

    @property
    def table(self) -> PagedTable | None:
        """The table of earlier stocktakes, while it is shown."""
        return self.past.table if self._body.currentWidget() is self.past else None

    @property
    def stocktake(self) -> StocktakeRow | None:
        """The one that is open in the shed that is shown."""
        return self._seen.counting.stocktake if self._seen is not None and self._seen.counting is not None else None

    def new(self) -> None:
        """The page's primary action: the next number, or a new stocktake."""
        if self.stocktake is not None:
            self._to_work()
            self.desk.focus_first()
        elif self._actions.may(OPEN):
            self.start(OPEN)

    def start(self, name: str) -> None:
        """Do one of ``STOCKTAKES``, as soon as it is known whether the shed is being counted."""
        if name == PAST:
            self.show_past()
            return
        if self._seen is None:
            self._wanted = name
            return
        if self._form is not None and (self._form.dirty or self._form.saving):
            self._form.leave()
            return
        row = self.stocktake
        if name == OPEN and row is None:
            self._open(OpenForm(self._workspace, self._shed_id()), self._opened)
        elif name == OPEN and row is not None:
            self._to_work()
            said = tr("{shed} is being counted already: {number}.", shed=row.shed_name, number=row.number)
            self._workspace.messages.info(said, owner=self, key=_KEY)
        elif row is None:
            self._workspace.messages.info(tr("No stocktake is open here."), owner=self, key=_KEY)
        elif name == APPROVE:
            self._read_variances()
        elif name == CANCEL:
            self._to_work()
            self._open(CancelForm(self._workspace, row), self._cancelled)
        elif name == SHEET:
            self._to_work()
            self.sheet_button.showMenu()

    def open_number(self, _number: str) -> None:
        """The sheet of a stocktake was scanned: on with counting."""
        self.show_counting()

    def take_scan(self, words: str) -> bool:
        """A label was scanned while the page is shown: whether it is the page's to answer."""
        if self.stocktake is None or self._form is not None or self._body.currentWidget() is not self._work:
            return False
        size = self.desk.size_of(words)
        if size is not None:
            self.desk.quiet()
            self.desk.take_size(size)
        return size is not None

    def reload(self) -> None:
        """Read what is shown again."""
        self._read()
        if self.table is not None:
            self.table.reload()

    def show_past(self) -> None:
        """Earlier stocktakes."""
        self._to(self.past)
        self.past.table.view.setFocus()

    def show_counting(self) -> None:
        """Back to counting."""
        if not isinstance(self._form, VariancesForm):
            self._to(self._work)
        self._read()

    def showEvent(self, event: QShowEvent) -> None:
        """It is read when it is first seen, and when something changed while it was not."""
        super().showEvent(event)
        if self._out_of_date:
            self._read()
        self._offer()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._offer()

    # -- putting it together --------------------------------------------------------------------------------------

    def _make_states(self) -> None:
        self._loading = LoadingState()
        self._nothing = EmptyState(icon="clipboard-list")
        if self._actions.may(OPEN):
            self._nothing.offer(tr("Open a stocktake"), lambda: self.start(OPEN), kind="primary", icon="plus")
        self._nothing.offer(tr("Earlier stocktakes"), self.show_past)
        self._failed = EmptyState(icon="cloud-off", tone="caution")
        self._failed.offer(tr("Try again"), self._read)

    def _lay_out(self) -> None:
        lists = QWidget()
        column = QVBoxLayout(lists)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(label(tr("Sizes"), "section"))
        column.addWidget(self.sizes)
        head = PageHeader("")
        head.set_title(tr("Your entries"))
        head.add(self.change_button)
        head.add(self.take_back_button)
        column.addWidget(head)
        self._none_yet = label(tr("You have not entered anything yet."), "muted", wrap=True)
        column.addWidget(self._none_yet, 1, Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.entries, 1)
        self._lists = lists
        self._left = QStackedWidget()
        for part in (lists, self._nothing, self._loading, self._failed):
            self._left.addWidget(part)
        self._side = QStackedWidget()
        Scaled(self._side, self._side.setMinimumWidth, 400)
        self._side.addWidget(self.desk)
        self.splitter = QSplitter()
        self.splitter.addWidget(self._left)
        self.splitter.addWidget(self._side)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setChildrenCollapsible(False)
        self._work = QWidget()
        inside = QVBoxLayout(self._work)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.splitter)
        self._body = QStackedWidget()
        self._body.addWidget(self._work)
        self._body.addWidget(self.past)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 12, 16, 8)
        whole.setSpacing(12)
        whole.addWidget(self.header)
        whole.addWidget(self._body, 1)
        if not self._memory.restore_splitter("stocktake", self.splitter):
            self.splitter.setSizes([766, 400])

    def _make_buttons(self) -> None:
        self.back_button = button(tr("Back to counting"), self.show_counting, icon="arrow-left")
        self.past_button = button(tr("Earlier"), self.show_past, icon="history")
        self.past_button.setToolTip(tr("Earlier stocktakes, and what they found"))
        self.sheet_button = button(tr("Count sheet"), icon="printer")
        self.sheet_menu = QMenu(self)
        self.sheet_menu.addAction(tr("Save as &PDF…"), lambda: self._with_counting(self.sheets.choose_file))
        self.sheet_menu.addAction(tr("P&rint…"), lambda: self._with_counting(self.sheets.choose_printer))
        self.sheet_button.setMenu(self.sheet_menu)
        for widget in (self.shed, self.back_button, self.past_button, self.sheet_button):
            self.header.add(widget)
        self.more_buttons: list[QWidget] = [self.sheet_button]
        if self._actions.may(CANCEL):
            cancel = button(tr("Cancel it…"), lambda: self.start(CANCEL))
            cancel.setToolTip(tr("Give the stocktake up: nothing is posted"))
            self.header.add(cancel)
            self.more_buttons.append(cancel)
        if self._actions.may(APPROVE):
            approve = button(tr("Variances"), lambda: self.start(APPROVE), icon="clipboard-check", kind="primary")
            approve.setToolTip(tr("Look at what varies, and approve it"))
            self.header.add(approve)
            self.more_buttons.append(approve)
        wear_gloves(self)

    def _wire(self) -> None:
        self.shed.activated.connect(self._shed_chosen)
        self.sizes.picked.connect(self._picked)
        self.sizes.declare_asked.connect(self._declare)
        self.sizes.recount_asked.connect(self._recount)
        self.entries.opened.connect(lambda _id: self.change_entry())
        self.entries.taken.connect(lambda _id: self.take_back())
        self.entries.itemSelectionChanged.connect(self._offer_entries)
        self.desk.saved.connect(self._entered)
        self.desk.sent_changed.connect(self._show_entries)
        self.past.open_asked.connect(self._go_to)
        self.splitter.splitterMoved.connect(lambda *_at: self._memory.keep_splitter("stocktake", self.splitter))
        self._workspace.changed.connect(self._changed)
        self._workspace.house.changed.connect(self._offer_sheds)
        self._workspace.date(self.sizes)
        self._offer()

    # -- sheds ----------------------------------------------------------------------------------------------------

    def _shed_id(self) -> int | None:
        house = self._workspace.house
        chosen = self.shed.currentData()
        return chosen if chosen is not None else (house.here.id if house.here is not None else None)

    def _offer_sheds(self) -> None:
        house = self._workspace.house
        before = self.shed.currentData()
        wanted = before if before is not None else self._memory.recall(_REMEMBERED, 0)
        if house.shed(wanted) is None:
            wanted = house.here.id if house.here is not None else None
        self.shed.clear()
        for shed in house.sheds:
            self.shed.addItem(shed.name, shed.id)
        self.shed.setCurrentIndex(max(0, self.shed.findData(wanted)))
        show_if(self.shed, house.several)
        if self._shed_id() != before and self.isVisible():
            self._read()

    def _shed_chosen(self, _index: int) -> None:
        if self.form is not None and self.stocktake is not None and self.form.dirty:
            self.shed.setCurrentIndex(max(0, self.shed.findData(self.stocktake.shed_id)))
            self.form.leave()
            return
        self._close()
        self._memory.remember(_REMEMBERED, self.shed.currentData())
        self._seen = None
        self._turn(self._loading)
        self._loading.start()
        self._read()

    def _go_to(self, row: StocktakeRow) -> None:
        """One of the list that is still counted."""
        at = self.shed.findData(row.shed_id)
        if at >= 0 and row.shed_id != self._shed_id():
            self.shed.setCurrentIndex(at)
            self._shed_chosen(at)
        self.show_counting()

    # -- reading --------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        self._out_of_date = False
        if not self._workspace.house.known and self._shed_id() is None:
            self._out_of_date = True  # which shed is meant is known in a moment
            return
        row = self.stocktake
        known = row.id if row is not None and row.shed_id == self._shed_id() else None
        self._workspace.read(
            look,
            self._shed_id(),
            known,
            owner=self,
            lane="stocktake",
            done=partial(self._show, self._shed_id()),
            failed=self._not_read,
        )

    def _show(self, shed_id: int | None, seen: Seen) -> None:
        if shed_id != self._shed_id():
            return  # another shed was chosen meanwhile
        before = self.stocktake
        self._seen = seen
        self._loading.stop()
        row = self.stocktake
        if before is not None and (row is None or row.id != before.id):
            self._ended_elsewhere(before)
        if seen.counting is None or row is None:
            self._say_nothing()
            self._turn(self._nothing)
        else:
            self.sizes.show_sizes(seen.counting.sizes)
            self._show_entries()
            self.desk.show_counting(seen.counting)
            self._turn(self._lists)
        self._say_head()
        self._offer()
        self._show_side()
        if row is not None and (before is None or before.id != row.id):
            self._take_keyboard()
        wanted, self._wanted = self._wanted, ""
        if wanted:
            self.start(wanted)

    def _take_keyboard(self) -> None:
        """Counting can begin: the keyboard waits for the first size, unless it is busy elsewhere."""
        there = QApplication.focusWidget()
        here = there is None or there is self or self.isAncestorOf(there)
        if here and self._form is None and self.isVisible() and self._body.currentWidget() is self._work:
            self.desk.focus_first()

    def _zone(self) -> str | None:
        shed = self._workspace.house.shed(self._shed_id())
        return shed.time_zone if shed is not None else None

    def _say_head(self) -> None:
        """What the page is about: which stocktake, or that it is all of them."""
        row = self.stocktake
        if self._body.currentWidget() is self.past:
            self.header.set_title(tr("Earlier stocktakes"))
        elif row is None:
            self.header.set_title(tr("Stocktake"))
        else:
            when = clock.exact(row.opened_at, self._zone())
            about = tr("{number}, opened {when} by {who}", number=row.number, when=when, who=row.opened_by)
            self.header.set_title(tr("Stocktake"), about)

    def _say_nothing(self) -> None:
        shed = self._workspace.house.shed(self._shed_id())
        name = shed.name if shed is not None else tr("The shed")
        hint = (
            tr("Open one: everybody counts along, from every window.")
            if self._actions.may(OPEN)
            else tr("A supervisor opens one; it shows here by itself.")
        )
        self._nothing.say(tr("{shed} is not being counted.", shed=name), hint)

    def _ended_elsewhere(self, before: StocktakeRow) -> None:
        """The one that was counted here is open no more: somebody else approved it, or gave it up."""
        if isinstance(self._form, (VariancesForm, CancelForm, DeclareForm)) and not self._form.saving:
            self._close()
        self.desk.clear()
        said = tr("{number} is not open any more: it was approved or cancelled.", number=before.number)
        self._workspace.messages.info(said, hint=tr("See it under Earlier."), owner=self, key=_KEY)

    def _not_read(self, error: BaseException) -> bool:
        """It says so in its own place where nothing is shown yet; what is shown stays, greyed and dated."""
        self._out_of_date = True
        self._loading.stop()
        if self._seen is None and isinstance(error, CoreSafeError):
            self._failed.say(tr("The stocktake could not be read."), error.message)
            self._turn(self._failed)
        return isinstance(error, CoreSafeError)

    def _changed(self, kinds: frozenset[str]) -> None:
        if isinstance(self._form, VariancesForm) and kinds & {"stocktakes", "stock"}:
            self._look_again()
        if not kinds & {"stocktakes", "tray_sizes"}:
            return
        if self.isVisible():
            self._read()
        else:
            self._out_of_date = True  # read when it is looked at again

    # -- what is shown --------------------------------------------------------------------------------------------

    def _turn(self, part: QWidget) -> None:
        self._left.setCurrentWidget(part)

    def _to(self, body: QWidget) -> None:
        self._body.setCurrentWidget(body)
        self._say_head()
        self._offer()
        self.turned.emit()

    def _to_work(self) -> None:
        if not isinstance(self._form, VariancesForm):
            self._to(self._work)

    def _show_side(self) -> None:
        if self._form is None:
            self._side.setCurrentWidget(self.desk)
        show_if(self._side, self.stocktake is not None or self._form is not None)

    def _offer(self) -> None:
        """What can be done now is offered."""
        is_open = self.stocktake is not None
        here = self._body.currentWidget()
        for name in _OF_OPEN:
            self._actions[name].setEnabled(self._actions.may(name) and (self._seen is None or is_open))
        self._actions[OPEN].setEnabled(self._actions.may(OPEN) and not is_open)
        show_if(self.back_button, here is self.past)
        show_if(self.past_button, here is self._work)
        for widget in self.more_buttons:
            show_if(widget, is_open and here is self._work)
        self._offer_entries()

    def _show_entries(self) -> None:
        """One's own entries, those that are still being saved first."""
        mine = self._seen.counting.mine if self._seen is not None and self._seen.counting is not None else ()
        rows: list[tuple[Any, tuple[str | int, ...]]] = [
            (one.operation, _cells(tr("saving…"), one.command.place or "", one.command))
            for one in reversed(self.desk.sent)
        ]
        rows += [(row.id, _cells(clock.minute(row.counted_at), row.place, row)) for row in mine]
        self.entries.show_rows(rows)
        self._none_yet.setVisible(not rows)
        self.entries.setVisible(bool(rows))

    def _entry(self) -> CountRow | None:
        """The entry of one's own that is chosen."""
        chosen = self.entries.chosen
        mine = self._seen.counting.mine if self._seen is not None and self._seen.counting is not None else ()
        return next((row for row in mine if row.id == chosen), None)

    def _offer_entries(self) -> None:
        chosen = self._entry() is not None
        self.change_button.setEnabled(chosen)
        self.take_back_button.setEnabled(chosen)

    # -- counting -------------------------------------------------------------------------------------------------

    def _picked(self, size: str) -> None:
        if self._form is None:
            self.desk.take_size(size)

    def _entered(self, _row: CountRow) -> None:
        self._workspace.messages.withdraw(_KEY)
        self._read()

    def change_entry(self) -> None:
        """Enter the number of the chosen entry anew."""
        row = self._entry()
        if row is not None and self._form is None:
            self.desk.change(row)

    def take_back(self) -> None:
        """Take the chosen entry back: it is not counted, which is not counted zero."""
        row = self._entry()
        if row is not None:
            self._clear(row)

    def _clear(self, row: CountRow) -> None:
        said = tr("Taken back: {what} at this place ({place}).", what=_trays(row), place=place_words(row.place))
        self._write(clear_count, ClearCount(count_id=row.id, version=row.version), said)

    def _ask_take_back(self, row: CountRow) -> None:
        """A supervisor takes back what somebody else counted: not without being asked."""
        self._workspace.messages.ask(
            tr("Take back {what}, counted by {who}?", what=_trays(row), who=row.counter),
            yes=tr("Take it back"),
            do=partial(self._clear, row),
            hint=tr("That place is then not counted. Of a declared size, press Count on first, on the page before."),
            owner=self,
            key=_KEY,
        )

    def _declare(self, progress: SizeProgress) -> None:
        row = self.stocktake
        if row is None:
            return
        if progress.uncounted:
            if self._form is not None and (self._form.dirty or self._form.saving):
                self._form.leave()
                return
            self._open(DeclareForm(self._workspace, row.id, progress), self._declared)
            return
        self._write(
            declare_size,
            DeclareSize(stocktake_id=row.id, tray_size=progress.tray_size),
            tr("{size} is declared counted.", size=progress.tray_size),
        )

    def _recount(self, progress: SizeProgress) -> None:
        row = self.stocktake
        if row is not None:
            self._write(
                recount_size,
                RecountSize(stocktake_id=row.id, tray_size=progress.tray_size),
                tr("{size} is counted on: declare it again when all of it is counted.", size=progress.tray_size),
            )

    def _write(self, use_case: Callable[..., Any], command: object, said: str) -> None:
        def done(_answer: object) -> None:
            self._workspace.messages.success(said, owner=self, key=_KEY)
            self._read()

        self._workspace.messages.withdraw(_KEY)
        self._workspace.write(use_case, command, owner=self, done=done, changes=("stocktakes",), title=tr("Stocktake"))

    def _with_counting(self, do: Callable[[Any], None]) -> None:
        if self._seen is not None and self._seen.counting is not None:
            do(self._seen.counting)

    # -- forms ----------------------------------------------------------------------------------------------------

    def _open(self, form: Form, saved: Callable[[Any], None]) -> None:
        self._close()
        form.saved.connect(saved)
        form.left.connect(self._close)
        self._form = form
        self._to(self._work)
        self._side.addWidget(form)
        self._side.setCurrentWidget(form)
        self._show_side()
        form.settle()
        form.focus_first()
        self.busy_with_form.emit(True)

    def _close(self) -> None:
        form, self._form = self._form, None
        if form is None:
            return
        if isinstance(form, VariancesForm):
            self._body.setCurrentWidget(self._work)
            self._body.removeWidget(form)
        else:
            self._side.removeWidget(form)
        self._show_side()
        if self.stocktake is not None:
            self.desk.focus_first()
        else:
            self.setFocus()
        form.setParent(None)
        form.deleteLater()
        self._offer()
        self.busy_with_form.emit(False)

    def _opened(self, row: StocktakeRow) -> None:
        self._close()
        at = self.shed.findData(row.shed_id)
        if at >= 0:
            self.shed.setCurrentIndex(at)
            self._memory.remember(_REMEMBERED, row.shed_id)
        said = tr("{number} is open: {shed} is being counted.", number=row.number, shed=row.shed_name)
        self._workspace.messages.success(said, owner=self, key=_KEY)
        self._read()

    def _declared(self, progress: SizeProgress) -> None:
        self._close()
        self._workspace.messages.success(
            tr("{size} is declared counted.", size=progress.tray_size), owner=self, key=_KEY
        )
        self._read()

    def _cancelled(self, row: StocktakeRow) -> None:
        self._over(tr("{number} is cancelled. Nothing was posted.", number=row.number))

    def _approved(self, detail: StocktakeDetail) -> None:
        self._over(told(detail))

    def _over(self, said: str) -> None:
        """The stocktake ended by one's own hand."""
        self._close()
        self._seen = None
        self.desk.clear()
        self._show_side()
        self.setFocus()
        self._workspace.messages.success(said, owner=self, key=_KEY)
        self._read()

    def _read_variances(self) -> None:
        row = self.stocktake
        if row is not None:
            self._workspace.read(
                variances, row.id, owner=self, lane="variances", done=self._show_variances, title=tr("Variances")
            )

    def _look_again(self) -> None:
        form = self._form
        if isinstance(form, VariancesForm) and not form.saving:
            row = form.variances.stocktake
            self._workspace.read(
                variances,
                row.id,
                owner=form,
                lane="variances",
                done=lambda found: None if form.saving else form.show_variances(found),
                failed=lambda error: isinstance(error, CoreSafeError),  # it ended: the page says so
            )

    def _show_variances(self, found: Variances) -> None:
        if self._form is not None and (self._form.dirty or self._form.saving):
            return
        self._close()
        form = VariancesForm(self._workspace, found)
        form.saved.connect(self._approved)
        form.left.connect(self._close)
        form.read_again.connect(self._look_again)
        form.take_back_asked.connect(self._ask_take_back)
        self._form = form
        self._body.addWidget(form)
        self._to(form)
        form.focus_first()
        self.busy_with_form.emit(True)


def _cells(when: str, place: str, row: CountRow | EnterCount) -> tuple[str | int, ...]:
    return when, place_words(place), row.tray_size, state_word(row.state), row.quantity or 0


def _trays(row: CountRow) -> str:
    """'12 HQ available'."""
    return f"{number(row.quantity or 0)} {row.tray_size} {state_word(row.state).lower()}"


__all__ = ["STOCKTAKES", "StocktakePage", "is_stocktake"]
