"""The page of returns: a field for scans at the top, what is out below it, and beside them the return that is open."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from coresafe.errors import NotFound
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import count_dispatches, find_dispatch, list_outstanding
from coresafe.services.listing import Page, Query
from coresafe.ui import clock
from coresafe.ui.forms import Form
from coresafe.ui.messages import Level, Message
from coresafe.ui.numbers import is_transfer
from coresafe.ui.returning import ReturnForm, told
from coresafe.ui.returns.columns import columns_by, trays_out
from coresafe.ui.returns.numbers import is_dispatch, is_receipt, last_number
from coresafe.ui.state import Memory
from coresafe.ui.tables import NamedViews, Narrowing, PagedTable, Source
from coresafe.ui.theme import theme
from coresafe.ui.widgets import DetailPane, History, PageHeader, Scaled, Spinner, button, label
from coresafe.ui.widgets.gloves import wear_gloves
from coresafe.ui.widgets.search import clearable, empties, lead
from coresafe.ui.words import number, tr
from coresafe.ui.workspace import Workspace

#: Wait this long after a key before the list is narrowed to what is typed.
_SEARCH_MS = 250
#: Returns of this sitting that stay in sight.
_KEPT = 8
_KEY = "scan"


class ReturnsPage(QWidget):
    """Returns: scan, look the numbers over, take back.

    Signals: ``busy_with_form(bool)`` a form was opened or left; ``transfer_scanned(str)`` it was the paper of a transfer,
    which another page receives.
    """

    busy_with_form = Signal(bool)
    transfer_scanned = Signal(str)

    def __init__(self, workspace: Workspace, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._memory = workspace, memory
        self._open_row: DispatchRow | None = None
        self._taken: list[tuple[str, str, str]] = []
        self.search = QLineEdit()
        self.search.setProperty("kind", "scan")
        self.search.setPlaceholderText(tr("Scan the dispatch note, or type a number, company or hole"))
        self.search.setAccessibleName(tr("Number of a dispatch; Enter opens its return"))
        self.search.setMaxLength(200)
        clearable(self.search)
        empties(self.search)
        lead(self.search, "scan-barcode")
        self.open_button = button(tr("Open"), self.scanned, icon="package-check", kind="primary")
        self.open_button.setToolTip(tr("Open the return of this dispatch (Enter)"))
        self.spinner = Spinner()
        self.table = self._make_table()
        self.views = NamedViews(self.table, self._narrowing, self._narrow)
        self.idle = DetailPane(
            tr("Ready for the next scan"),
            tr("Scan the note that comes in with the trays, or pick the dispatch in the list."),
            icon="scan-barcode",
        )
        self._side = QStackedWidget()
        Scaled(self._side, self._side.setMinimumWidth, 432)
        self._side.addWidget(self.idle)
        self._pause = QTimer(self, interval=_SEARCH_MS, singleShot=True)
        self._pause.timeout.connect(lambda: self.table.ask(q=self._words()))
        self._lay_out()
        self._wire()
        wear_gloves(self)
        self.table.view.wear_gloves()
        self._dress()
        self.setFocusProxy(self.search)
        self.views.began()

    # -- what the window does with it -----------------------------------------------------------------------------

    @property
    def form(self) -> Form | None:
        """The form that is open, if one is."""
        shown = self._side.currentWidget()
        return shown if isinstance(shown, Form) else None

    def new(self) -> None:
        """The next scan."""
        self._ready()

    def open_number(self, words: str) -> None:
        """Open the return of the dispatch with this number, wherever it was scanned."""
        self.search.setText(words)
        self.scanned()

    def reload(self) -> None:
        """Read what is shown again."""
        self.table.reload()

    # -- putting it together --------------------------------------------------------------------------------------

    def _make_table(self) -> PagedTable:
        context = self._workspace.context
        table = PagedTable(
            columns_by(lambda: self._workspace.house.rules),
            Source(lambda query: list_outstanding(context, query), partial(_count, self._workspace)),
            self._workspace.runner,
            name="outstanding",
            memory=self._memory,
            title=tr("Still out"),
            messages=self._workspace.messages,
            kinds=("dispatches",),
            sort="dispatched_at",
            empty=tr("Nothing is out."),
            empty_hint=tr("Every tray that left is back or accounted for."),
            empty_icon="package-check",
            things=lambda count: (
                tr("1 dispatch still out") if count == 1 else tr("{count} dispatches still out", count=number(count))
            ),
        )
        table.view.setAccessibleName(tr("Dispatches still out, oldest first; Enter opens the return"))
        return table

    def _lay_out(self) -> None:
        scan = QHBoxLayout()
        scan.setSpacing(8)
        scan.addWidget(self.search, 1)
        scan.addWidget(self.open_button)
        scan.addWidget(self.spinner)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(scan)
        column.addSpacing(4)
        column.addWidget(label(tr("Still out, oldest first"), "section"))
        column.addWidget(self.table, 1)
        self.splitter = QSplitter()
        self.splitter.addWidget(left)
        self.splitter.addWidget(self._side)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setChildrenCollapsible(False)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 12, 16, 8)
        whole.setSpacing(12)
        header = PageHeader(tr("Returns"))
        header.add(self.views)
        whole.addWidget(header)
        whole.addWidget(self.splitter, 1)
        if not self._memory.restore_splitter("returns", self.splitter):
            self.splitter.setSizes([734, 432])

    def _narrowing(self) -> Narrowing:
        return {"q": self.table.model.query.q}

    def _narrow(self, wanted: Narrowing) -> None:
        words = str(wanted.get("q", ""))
        self.search.setText(words)
        self._pause.stop()
        self.table.ask(q=words)

    def _wire(self) -> None:
        self._workspace.date(self.table)
        self.search.returnPressed.connect(self.scanned)
        self.search.textEdited.connect(self._typed)
        self.search.textChanged.connect(lambda text: self._typed() if not text else None)
        self.table.opened.connect(self._picked)
        self.splitter.splitterMoved.connect(lambda *_at: self._memory.keep_splitter("returns", self.splitter))
        theme().changed.connect(self._dress)

    def _dress(self) -> None:
        self.search.actions()[0].setIcon(theme().icon("scan-barcode"))

    # -- scanning -------------------------------------------------------------------------------------------------

    def _words(self) -> str:
        return self.search.text().strip()

    def _typed(self) -> None:
        self._workspace.messages.withdraw(_KEY)
        self._pause.start()

    def scanned(self) -> None:
        """Enter in the field: the return of what stands there."""
        words = last_number(self._words())
        if words != self.search.text():
            self.search.setText(words)
        self._pause.stop()
        self._workspace.messages.withdraw(_KEY)
        self.search.selectAll()  # the next scan takes its place
        if not words:
            self.search.setFocus()
        elif self._open_row is not None and words.upper() == self._open_row.number:
            self._say_twice(self._open_row)
        elif is_transfer(words):
            self.search.clear()
            self.transfer_scanned.emit(words)
        elif is_receipt(words):
            self._say(
                Level.WARNING,
                tr("{number} is the receipt of a return.", number=words.upper()),
                tr("Scan the note of the dispatch, which begins with D."),
            )
        elif is_dispatch(words):
            self._ask(find_dispatch, words, self._found, partial(self._not_found, words))
        else:
            self.table.ask(q=words)
            self._ask(list_outstanding, Query(q=words, limit=2), partial(self._matched, words), lambda _error: False)

    def _ask(
        self,
        use_case: Callable[..., Any],
        asked: object,
        done: Callable[[Any], None],
        failed: Callable[[BaseException], bool],
    ) -> None:
        self.spinner.start()

        def came(answer: object) -> None:
            self.spinner.stop()
            done(answer)

        def went_wrong(error: BaseException) -> bool:
            self.spinner.stop()
            return failed(error)

        self._workspace.read(use_case, asked, owner=self, lane="scan", done=came, failed=went_wrong)

    def _found(self, row: DispatchRow) -> None:
        if row.voided_at is not None:
            why = tr("Voided {when}: {why}", when=clock.exact(row.voided_at, row.time_zone), why=row.void_reason or "")
            self._say(Level.WARNING, tr("{number} is voided; nothing of it is out.", number=row.number), why)
        elif row.outstanding:
            self._open(row)
        else:
            self._say(Level.INFO, *_already_back(row))

    def _not_found(self, words: str, error: BaseException) -> bool:
        if not isinstance(error, NotFound):
            return False
        self._say(
            Level.ERROR,
            tr("There is no dispatch {number}.", number=words.upper()),
            tr("Scan it again, or look for company or hole in the list of what is out."),
        )
        return True

    def _matched(self, words: str, page: Page[DispatchRow]) -> None:
        shown = words if len(words) <= 40 else words[:39] + "…"
        if len(page.items) == 1:
            self._open(page.items[0])
        elif page.items:
            self._say(
                Level.INFO,
                tr("Several dispatches that are out match “{words}”.", words=shown),
                tr("Pick the right one in the list, or scan its note."),
                beep=False,
            )
            self.table.view.setFocus()
        else:
            self._say(
                Level.ERROR,
                tr("Nothing that is out matches “{words}”.", words=shown),
                tr("Scan it again, or clear the field to see all that is out."),
            )

    def _say(self, level: Level, text: str, hint: str, *, beep: bool = True) -> None:
        """In words, with icon and colour and a sound; it stays until the next scan."""
        if beep:
            QApplication.beep()
        self._workspace.messages.post(Message(level=level, text=text, hint=hint, owner=self, key=_KEY))

    def _say_twice(self, row: DispatchRow) -> None:
        self._empty()
        self._say(
            Level.INFO,
            tr("{number} was scanned twice: its return is open already.", number=row.number),
            tr("Its trays count once."),
        )
        self._to_form()

    # -- the form -------------------------------------------------------------------------------------------------

    def _picked(self, row: DispatchRow) -> None:
        if self._open_row is not None and row.id == self._open_row.id:
            self._to_form()
        else:
            self._workspace.messages.withdraw(_KEY)
            self._open(row)

    def _open(self, row: DispatchRow) -> None:
        """Open a return in place of one in which nothing was typed."""
        form, there = self.form, self._open_row
        if there is not None and there.id == row.id:
            self._say_twice(there)
            return
        if form is not None and there is not None and (form.dirty or form.saving):
            self._empty()
            self._say(
                Level.WARNING,
                tr("The return of {number} is not saved yet.", number=there.number),
                tr("Save or leave it first, then scan {number} again.", number=row.number),
            )
            self._to_form()
            return
        self._close()
        self._empty()
        made = ReturnForm(self._workspace, row)
        made.saved.connect(self._saved)
        made.left.connect(self._left)
        wear_gloves(made)
        self._open_row = row
        self._side.addWidget(made)
        self._side.setCurrentWidget(made)
        self.setFocusProxy(made.lines.first() or made)
        self.table.select_id(row.id)
        made.focus_first()
        self.busy_with_form.emit(True)

    def _to_form(self) -> None:
        form = self.form
        if isinstance(form, ReturnForm):
            form.focus_first()

    def _saved(self, row: DispatchRow) -> None:
        entry = row.returns[-1]
        came = ", ".join(
            f"{number(sum((line.good, line.occupied, line.damaged, line.surplus)))} {line.tray_size}"
            for line in entry.lines
        )
        words = tr("{entry}: {trays} of {number}", entry=entry.number, trays=came or tr("nothing"), number=row.number)
        if row.outstanding:
            words += "\n" + tr("Still out: {trays}", trays=trays_out(row))
        self._taken.insert(0, (clock.minute(entry.entered_at), words, row.company_name))
        del self._taken[_KEPT:]
        self.idle.show_record(
            tr("Ready for the next scan"), sections=[History(tr("Taken back just now"), list(self._taken))]
        )
        self._workspace.messages.withdraw(_KEY)
        self._workspace.messages.success(told(row), owner=self)
        self._left()

    def _left(self) -> None:
        self._close()
        self._ready()

    def _ready(self) -> None:
        """The keyboard waits for the next scan."""
        self._empty()
        self.search.setFocus()

    def _empty(self) -> None:
        """The field is empty, the list whole."""
        self.search.clear()
        self._pause.stop()
        if self.table.model.query.q:
            self.table.ask(q="")

    def _close(self) -> None:
        form, self._open_row = self.form, None
        if form is not None:
            self._side.setCurrentWidget(self.idle)
            self._side.removeWidget(form)
            self.setFocusProxy(self.search)
            form.deleteLater()
            self.busy_with_form.emit(False)


def _count(workspace: Workspace, query: Query) -> int:
    from dataclasses import replace

    return count_dispatches(workspace.context, replace(query, filters={**query.filters, "open": True}))


def _already_back(row: DispatchRow) -> tuple[str, str]:
    """That there is nothing to take back, and why: never all back over a tray that is missing."""
    standing = [entry for entry in row.returns if entry.voided_at is None]
    lost = sum(line.lost - line.recovered for line in row.lines)
    if lost > 0:
        said = tr("Nothing of {number} is out any more: what was missing is declared lost.", number=row.number)
        return said, tr("Lost trays that turn up are recovered by a supervisor.")
    last = ""
    if standing:
        entry = max(standing, key=lambda entry: entry.returned_at)
        last = tr(
            "{entry} took in the last of them {when}.",
            entry=entry.number,
            when=clock.exact(entry.returned_at, row.time_zone),
        )
    return tr("Every tray of {number} is back already.", number=row.number), last
