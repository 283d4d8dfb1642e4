"""The page of the dashboard: large figures at the top, the stock and the counts below, what needs doing beside them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from coresafe.errors import Cancelled, CoreSafeError
from coresafe.services.dashboard import Dashboard
from coresafe.services.overview import Overview, Standing, overview
from coresafe.services.reporting import start_of_day
from coresafe.services.shed_stock import ShedStock
from coresafe.ui.actions import Actions
from coresafe.ui.behind import Behind, given
from coresafe.ui.dashboard.tile import Counts, Tile
from coresafe.ui.dashboard.todo import TodoCard, called, tasks
from coresafe.ui.forms import Form
from coresafe.ui.state import Memory
from coresafe.ui.theme import GRID
from coresafe.ui.widgets import ActionButton, AgeLine, EmptyState, LoadingState, PageHeader, Scaled, button, grey
from coresafe.ui.widgets.stock_view import StockView
from coresafe.ui.words import number, tr, trn
from coresafe.ui.workspace import Workspace

#: All sheds together, in the chooser and in what is remembered of it.
_ALL = 0
_REMEMBERED = "dashboard/shed"
#: What the figures are made of.
_KINDS = frozenset(
    {"dispatches", "stock", "samples", "users", "periods", "sheds", "tray_sizes", "stocktakes", "transfers", "settings"}
)
#: Seconds after which what is shown is read again though nobody changed anything: dispatches grow overdue, days turn.
_STALE_SECONDS = 300.0
_COUNTED = ("outstanding", "partially_returned", "discrepancy", "closed", "voided")
_SAMPLED = ("collected", "processing", "completed")


class DashboardPage(QWidget):
    """How things stand now. ``leads`` tells whether there is a page behind a figure for this person.

    Signals: ``asked(Behind)`` the rows behind a figure.
    """

    asked = Signal(object)

    def __init__(
        self,
        workspace: Workspace,
        actions: Actions,
        memory: Memory,
        leads: Callable[[Behind], bool],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace, self._actions, self._memory = workspace, actions, memory
        self._known: Overview | None = None
        self._out_of_date = True
        self._read_at = 0.0
        self._as_of = self._failed_as_of = ""
        self.header = PageHeader(tr("Dashboard"))
        self.shed = QComboBox()
        self.shed.setAccessibleName(tr("Shed"))
        self.shed.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.shed.hide()
        self.header.add(self.shed)
        self.header.add(ActionButton(actions["view.charts"], icon="chart-column"))
        self.header.set_primary(actions["dispatch.new"], "truck")
        self.age = AgeLine()
        self.age.add(button(tr("Try again"), self._read, kind="quiet"))
        self.out = Tile("truck", tr("Trays out"), tr("Show the dispatches that are out"))
        self.overdue = Tile("alarm-clock", tr("Overdue"), tr("Show the overdue dispatches"))
        self.rate = Tile("circle-check-big", tr("Match rate"), tr("Show the closed dispatches"))
        self.sent = Tile("arrow-right", tr("Sent today"), tr("Show the dispatches of today"))
        self.back = Tile("package-check", tr("Back today"), tr("Show the movements of today's returns"))
        self.tiles = (self.out, self.overdue, self.rate, self.sent, self.back)
        self.stock = StockView(self._read, self._stop_reading)
        self.counts = Counts(tr("Dispatches"), _COUNTED, tr("Show these dispatches"))
        self.samples = Counts(tr("Samples"), _SAMPLED, tr("Show these samples"))
        self.todo = TodoCard(leads)
        self._lay_out()
        self._wire()

    # -- what the window does with it -----------------------------------------------------------------------------

    @property
    def form(self) -> Form | None:
        """There is none here."""
        return None

    @property
    def shed_id(self) -> int | None:
        """The shed that is shown; None for all of them."""
        return self.shed.currentData() or None

    def new(self) -> None:
        """Send trays out: the main thing to do in a shed."""
        if self._actions["dispatch.new"].isEnabled():
            self._actions["dispatch.new"].trigger()

    def reload(self) -> None:
        """Read what is shown again."""
        self._read()

    def showEvent(self, event: QShowEvent) -> None:
        """Read when it is first seen, and when something changed, or time went on, while it was not."""
        super().showEvent(event)
        if self._out_of_date or self._is_stale():
            self._read()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.stock.fit(self.height())

    # -- putting it together --------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        tiles = QHBoxLayout()
        tiles.setSpacing(GRID + 4)
        for tile in self.tiles:
            tiles.addWidget(tile, 1)
        left = QVBoxLayout()
        left.setSpacing(GRID + 4)
        left.addWidget(self.stock)
        left.addWidget(self.counts)
        left.addWidget(self.samples)
        left.addStretch(1)
        below = QHBoxLayout()
        below.setSpacing(GRID + 4)
        below.addLayout(left, 5)
        below.addWidget(self.todo, 2, Qt.AlignmentFlag.AlignTop)
        Scaled(self.todo, self.todo.setMinimumWidth, 192)
        self._inner = QWidget()
        self._inner.setProperty("kind", "plain")
        column = QVBoxLayout(self._inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID + 4)
        column.addLayout(tiles)
        column.addLayout(below, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._inner)
        self._scroll = scroll
        self._loading = LoadingState(tr("Reading how things stand …"), stop=self._stop_reading)
        self.failed = EmptyState(icon="triangle-alert", tone="caution")
        self.again_button = self.failed.offer(tr("Try again"), self._read, kind="primary", icon="refresh-cw")
        self._stack = QStackedWidget()
        for part in (self._loading, self.failed, scroll):
            self._stack.addWidget(part)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(2 * GRID, GRID + 4, 2 * GRID, GRID)
        outer.setSpacing(GRID + 4)
        outer.addWidget(self.header)
        outer.addWidget(self.age)
        outer.addWidget(self._stack, 1)

    def _wire(self) -> None:
        self.shed.activated.connect(self._shed_chosen)
        doors: tuple[tuple[Tile, Callable[[], Behind]], ...] = (
            (self.out, lambda: self._dispatches(tr("Still out"), open=True)),
            (self.overdue, lambda: self._dispatches(tr("Overdue"), overdue=True)),
            (self.rate, lambda: self._dispatches(tr("Closed"), status="closed")),
            (self.sent, self._sent_today),
            (self.back, self._back_today),
        )
        for tile, behind in doors:
            tile.clicked.connect(lambda _checked=False, behind=behind: self.asked.emit(behind()))
        self.stock.asked.connect(self._open_stock)
        self.counts.asked.connect(self._open_count)
        self.samples.asked.connect(lambda status: self.asked.emit(Behind("go.samples", "", given(status=status))))
        self.todo.asked.connect(self.asked)
        self._workspace.changed.connect(self._changed)
        self._workspace.moment.connect(lambda _at: self._look_at_the_clock())
        self._workspace.house.changed.connect(self._offer_sheds)
        self._workspace.date(self)

    # -- sheds ----------------------------------------------------------------------------------------------------

    def _offer_sheds(self) -> None:
        """The computer's own shed first, then the others, then all together."""
        if self._known is None:
            return
        chosen = self._workspace.house.chosen
        own = chosen.id if chosen is not None else None
        sheds = sorted(self._known.sheds, key=lambda shed: shed.shed_id != own)
        offered = [(_shed_words(shed), shed.shed_id) for shed in sheds]
        if len(offered) > 1:
            offered.append((tr("All sheds"), _ALL))
        now = [(self.shed.itemText(at), self.shed.itemData(at)) for at in range(self.shed.count())]
        if now == offered:
            return
        wanted = self._memory.recall(_REMEMBERED, own if own is not None else _ALL)
        self.shed.clear()
        for words, shed_id in offered:
            self.shed.addItem(words, shed_id)
        at = self.shed.findData(wanted)
        self.shed.setCurrentIndex(at if at >= 0 else max(0, self.shed.findData(_ALL)))
        self.shed.setVisible(len(offered) > 1)

    def _shed_chosen(self, _index: int) -> None:
        self._memory.remember(_REMEMBERED, self.shed.currentData())
        self._show()

    def _one(self) -> int | None:
        """The shed that the rows behind a figure are of; None where there is but one, which needs no filter."""
        return self.shed_id if self._known is not None and len(self._known.sheds) > 1 else None

    def _shed_name(self) -> str:
        sheds = self._known.sheds if self._known is not None else ()
        return next((shed.name for shed in sheds if shed.shed_id == self._one()), "")

    # -- what stands behind ---------------------------------------------------------------------------------------

    def _dispatches(self, words: str, **filters: object) -> Behind:
        return Behind("go.dispatches", called(words, self._shed_name()), given(**filters, shed_id=self._one()))

    def _sent_today(self) -> Behind:
        return self._dispatches(
            tr("Sent on {day}", day=self._standing().dashboard.today.day),
            dispatched_from=self._midnight(),
            status=["outstanding", "partially_returned", "closed"],
        )

    def _back_today(self) -> Behind:
        day = self._standing().dashboard.today.day
        return Behind("go.inventory", "", given(kind="return", days=(day, day), shed_id=self._one()))

    def _midnight(self) -> datetime:
        assert self._known is not None  # there is a figure to be opened
        shown = [shed for shed in self._known.sheds if shed.shed_id == self.shed_id] or list(self._known.sheds[:1])
        zone = shown[0].time_zone if shown else "UTC"
        return start_of_day(self._standing().dashboard.today.day, zone)

    def _open_stock(self, size: str, state: str) -> None:
        if state == "out":
            what = called(size or tr("all sizes"), self._shed_name())
            filters = given(open=True, size_out=size or None, shed_id=self._one())
            self.asked.emit(Behind("go.dispatches", tr("Out: {what}", what=what), filters))
        else:
            self.asked.emit(Behind("go.inventory", "", given(size=size, state=state, shed_id=self._one())))

    def _open_count(self, state: str) -> None:
        if state == "discrepancy":
            self.asked.emit(self._dispatches(tr("Discrepancies"), discrepancy=True))
            return
        words = {
            "outstanding": tr("Nothing is back"),
            "partially_returned": tr("Partly returned"),
            "closed": tr("Closed"),
            "voided": tr("Voided"),
        }
        self.asked.emit(self._dispatches(words[state], status=state))

    # -- showing --------------------------------------------------------------------------------------------------

    def _standing(self) -> Standing:
        assert self._known is not None  # it was read
        return self._known.of(self.shed_id)

    def _show(self) -> None:
        standing = self._standing()
        board = standing.dashboard
        self._show_tiles(board)
        self.stock.show_rows(board.inventory)
        counts = board.dispatches
        self.counts.show_counts({name: getattr(counts, name) for name in _COUNTED})
        self.samples.show_counts({status.value: count for status, count in board.samples.by_status.items()})
        self.todo.show_tasks(tasks(standing, self._one(), self._shed_name()))
        self._stack.setCurrentWidget(self._scroll)
        self._show_age()
        self.stock.fit(self.height())

    def _show_tiles(self, board: Dashboard) -> None:
        out = sum(row.outstanding for row in board.inventory)
        counts, late, today = board.dispatches, board.overdue, board.today
        about = trn("in 1 dispatch", "in {count} dispatches", counts.open)
        if counts.partially_returned:
            about = tr("{about}, {count} of them partly back", about=about, count=number(counts.partially_returned))
        self.out.show_figure(number(out), about, said=trn("1 tray", "{count} trays", out))
        if late.dispatches:
            about = tr(
                "{dispatches}, the first left {days} ago",
                dispatches=trn("in 1 dispatch", "in {count} dispatches", late.dispatches),
                days=trn("1 day", "{count} days", late.oldest_days),
            )
            said = trn("1 tray", "{count} trays", late.trays)
            self.overdue.show_figure(number(late.trays), about, icon="alarm-clock", tone="danger", said=said)
        else:
            self.overdue.show_figure("0", tr("nothing is late"), icon="circle-check", tone="positive")
        rate = tr("no dispatch is closed yet")
        if counts.closed:
            rate = tr(
                "{matched} of {closed} closed dispatches came back whole",
                matched=number(counts.matched),
                closed=number(counts.closed),
            )
        self.rate.show_figure("–" if board.match_rate is None else percent(board.match_rate), rate)
        self.sent.show_figure(
            number(today.dispatched),
            trn("tray in 1 dispatch", "trays in {count} dispatches", today.dispatches)
            if today.dispatches
            else tr("no dispatch yet"),
        )
        self.back.show_figure(
            number(today.returned),
            trn("tray in 1 return", "trays in {count} returns", today.returns)
            if today.returns
            else tr("no return yet"),
        )

    def set_as_of(self, as_of: str) -> None:
        """What is shown cannot be read again: it is greyed and dated, until "" says that it is up to date."""
        self._as_of = as_of
        self._show_age()

    def _show_age(self) -> None:
        told = self._as_of or self._failed_as_of
        self.age.say(told if self._known is not None else "")
        grey(self._inner, bool(told))

    # -- reading --------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        self._out_of_date = False
        self._read_at = time.monotonic()
        if self._known is None:
            self._stack.setCurrentWidget(self._loading)
            self._loading.start()
        self._workspace.read(overview, owner=self, lane="overview", done=self._came, failed=self._not_read)

    def _came(self, known: Overview) -> None:
        self._loading.stop()
        self._failed_as_of = ""
        self._known = known
        self._offer_sheds()
        self._show()

    def _stop_reading(self) -> None:
        self._workspace.runner.cancel_all(self)
        self._not_read(Cancelled())

    def _not_read(self, error: BaseException) -> bool:
        """The page says so itself; what is a mistake of ours is logged besides."""
        self._loading.stop()
        self._out_of_date = True
        if self._known is not None:
            self._failed_as_of = self._workspace.last_told
            self._show_age()
        else:
            self.failed.tell(
                error,
                stopped=tr("Reading was stopped."),
                broken=tr("The dashboard cannot be shown: something went wrong in CoreSafe itself."),
            )
            self._stack.setCurrentWidget(self.failed)
        return isinstance(error, CoreSafeError)

    def _changed(self, kinds: frozenset[str]) -> None:
        if kinds & _KINDS:
            self._out_of_date = True
            if self.isVisible():
                self._read()

    def _is_stale(self) -> bool:
        return time.monotonic() - self._read_at > _STALE_SECONDS

    def _look_at_the_clock(self) -> None:
        if self.isVisible() and self._is_stale():
            self._read()


def percent(share: float) -> str:
    """``0.934`` as 93.4 %; nothing is rounded up to a hundred."""
    tenths = int(share * 1000 + 0.5)
    if tenths == 1000 and share < 1:
        tenths = 999
    return f"{tenths // 10}.{tenths % 10}\N{NARROW NO-BREAK SPACE}%"


def _shed_words(shed: ShedStock) -> str:
    return shed.name if shed.is_active else tr("{shed} (no longer in use)", shed=shed.name)
