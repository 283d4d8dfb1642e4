"""The window of the charts: six of them in a grid, what they are of at the top, and what became of reading them."""

from __future__ import annotations

import importlib
import time
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QStandardPaths, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QFileDialog, QGridLayout, QMainWindow, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from coresafe.errors import Cancelled, CoreSafeError
from coresafe.services.charting import ChartData, ChartsQuery, charts
from coresafe.ui import clock
from coresafe.ui.behind import Behind
from coresafe.ui.charts.filters import ChartFilters
from coresafe.ui.charts.picture import Picture, Point
from coresafe.ui.charts.pictures import Look, pictures
from coresafe.ui.messages import Level, Message
from coresafe.ui.state import Memory
from coresafe.ui.theme import GRID
from coresafe.ui.widgets import (
    AgeLine,
    EmptyState,
    LoadingState,
    MessageHost,
    PageHeader,
    button,
    grey,
    icon_button,
)
from coresafe.ui.widgets.reading import ReadingOrder
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace

if TYPE_CHECKING:
    from coresafe.ui.charts.card import ChartCard

_CHARTS = 6
#: Three charts stand side by side from so many pixels on, two below that; each is so high at least.
_WIDE, _HIGH = 1180, 240
_KINDS = frozenset({"dispatches", "stock", "samples", "companies", "sheds", "tray_sizes", "settings", "transfers"})
#: Seconds after which everything is read again though nobody changed anything: days out grow.
_STALE_SECONDS = 600.0
_PERIOD, _FOLDER = "charts/period", "charts/folder"


class ChartsWindow(ReadingOrder, QMainWindow):
    """All six charts. It belongs to a signed-in session and ends with it; while that is locked it is not seen.

    Signals: ``asked(Behind)`` the rows behind a point.
    """

    asked = Signal(object)

    def __init__(self, workspace: Workspace, memory: Memory) -> None:
        super().__init__()
        self._workspace, self._memory = workspace, memory
        self._known: ChartData | None = None
        self._wanted: tuple[int, int, int] | None = None
        self._out_of_date = True
        self._was_seen = False
        self._read_at = 0.0
        self._as_of = self._failed_as_of = ""
        self._drawing: list[tuple[int, Picture]] = []
        self.cards: list[ChartCard] = []
        self.dialog: QFileDialog | None = None
        self.setWindowTitle(tr("Charts – CoreSafe"))
        self.setMinimumSize(800, 560)
        self.header = PageHeader(tr("Charts"))
        self.filters = ChartFilters(self._today())
        self.filters.choose(str(memory.recall(_PERIOD, "12")))
        self.reload_button = icon_button("refresh-cw", tr("Read the charts again (F5)"), self.reload)
        self.header.add(self.filters)
        self.header.add(self.reload_button)
        self.age = AgeLine()
        self.age.add(button(tr("Try again"), self.reload, kind="quiet"))
        self._lay_out()
        self._wire()
        if not memory.restore_window("charts", self):
            self.resize(1366, 768)

    # -- what the main window does with it ------------------------------------------------------------------------

    def lock(self, locked: bool) -> None:
        """Nothing is seen of it while the session is locked."""
        if locked:
            self._was_seen = self.isVisible()
            if self.dialog is not None:
                self.dialog.reject()
            self.hide()
        elif self._was_seen:
            self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
            self.show()
            self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, False)

    def end(self) -> None:
        """The session is over."""
        self._keep()
        self.hide()
        self.deleteLater()

    def bring_up(self) -> None:
        """Show it, in front of everything."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()

    def reload(self) -> None:
        """Read what is shown again."""
        self._read()

    # -- the window -----------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Read when it is first seen, and when something changed, or time went on, while it was not."""
        super().showEvent(event)
        if self._out_of_date or self._is_stale():
            self._read()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._keep()
        super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _keep(self) -> None:
        self._memory.keep_window("charts", self)
        self._memory.remember(_PERIOD, self.filters.chosen())
        self._memory.save()

    # -- putting it together --------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._inner = QWidget()
        self._inner.setProperty("kind", "plain")
        self._grid = QGridLayout(self._inner)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GRID + 4)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._inner)
        self._loading = LoadingState(tr("Reading the charts …"), stop=self._stop_reading)
        self.failed = EmptyState(icon="triangle-alert", tone="caution")
        self.again_button = self.failed.offer(tr("Try again"), self.reload, kind="primary", icon="refresh-cw")
        self._stack = QStackedWidget()
        for part in (self._loading, self.failed, self._scroll):
            self._stack.addWidget(part)
        self.host = MessageHost(self._workspace.messages, main=False)
        whole = QWidget()
        whole.setProperty("kind", "canvas")
        self.setCentralWidget(whole)
        column = QVBoxLayout(whole)
        column.setContentsMargins(2 * GRID, GRID + 4, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID + 4)
        column.addWidget(self.header)
        column.addWidget(self.host)
        column.addWidget(self.age)
        column.addWidget(self._stack, 1)

    def _wire(self) -> None:
        self.filters.changed.connect(self._narrow)
        self._workspace.changed.connect(self._changed)
        self._workspace.moment.connect(lambda _at: self._look_at_the_clock())
        self._workspace.house.changed.connect(self._show_soon)
        self._workspace.date(self)
        for keys, do in (("F5", self.reload), ("Ctrl+W", self.close), ("Esc", self._leave)):
            QShortcut(QKeySequence(keys), self).activated.connect(do)

    def _leave(self) -> None:
        """Esc: a message goes."""
        if self.host.banners:
            self.host.banners[-1].dismiss()

    def _arrange(self) -> None:
        """Two or three side by side, as the window is wide."""
        columns = 3 if self.width() >= _WIDE else 2
        rows = -(-_CHARTS // columns)
        if (columns, rows, len(self.cards)) == self._wanted or not self.cards:
            return
        self._wanted = (columns, rows, len(self.cards))
        for at, card in enumerate(self.cards):
            self._grid.addWidget(card, at // columns, at % columns)
        for at in range(3):
            self._grid.setColumnStretch(at, int(at < columns))
            self._grid.setRowStretch(at, int(at < rows))

    # -- reading --------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        self._out_of_date = False
        self._read_at = time.monotonic()
        if self._known is None:
            self._stack.setCurrentWidget(self._loading)
            self._loading.start()
        self.filters.at(self._today())
        query = ChartsQuery(since=self._since())
        self._workspace.read(_load, query, owner=self, lane="charts", done=self._came, failed=self._not_read)

    def _since(self) -> date | None:
        """From which month on to read: that of the period, or an earlier one that was read before."""
        first = self.filters.months().first
        known = self._known
        if first is None or (known is not None and known.since is None):
            return None
        if known is not None and known.since is not None:
            first = min(first, known.since)
        return date(first // 100, first % 100, 1)

    def _came(self, known: ChartData) -> None:
        self._loading.stop()
        self._failed_as_of = ""
        self._known = known
        self.filters.offer(known)
        self._stack.setCurrentWidget(self._scroll)
        self._show_soon()
        self._show_age()

    def _make_card(self) -> ChartCard:
        from coresafe.ui.charts.card import ChartCard

        card = ChartCard()
        card.setMinimumHeight(_HIGH)
        card.opened.connect(self._open)
        card.save_asked.connect(self._choose_file)
        card.copied.connect(self._copied)
        self.cards.append(card)
        return card

    def _stop_reading(self) -> None:
        self._workspace.runner.cancel_all(self)
        self._not_read(Cancelled())

    def _not_read(self, error: BaseException) -> bool:
        """The window says so itself; what is a mistake of ours is logged besides."""
        self._loading.stop()
        self._out_of_date = True
        if self._known is not None:
            self._failed_as_of = self._workspace.last_told
            self._show_age()
        else:
            self.failed.tell(
                error,
                stopped=tr("Reading the charts was stopped."),
                broken=tr("The charts cannot be shown: something went wrong in CoreSafe itself."),
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

    # -- showing --------------------------------------------------------------------------------------------------

    def _narrow(self) -> None:
        """Something else is looked at: what was read may tell it, else it is read."""
        self._memory.remember(_PERIOD, self.filters.chosen())
        if self._known is None:
            return
        first, since = self.filters.months().first, self._known.since
        if since is not None and (first is None or first < since):
            self._read()
        else:
            self._show_soon()

    def _show_soon(self) -> None:
        """One chart after the other, so that the window answers in between."""
        if self._known is None:
            return
        shed, company, period = self.filters.words()
        several = len(self._known.sheds) > 1
        look = Look(self.filters.shown(), shed if several else "", company, period, self._zone())
        began = bool(self._drawing)
        self._drawing = list(enumerate(pictures(self._known, look)))
        if not began:
            QTimer.singleShot(0, self, self._draw_next)

    def _draw_next(self) -> None:
        if self._drawing and self._drawing[0][0] >= len(self.cards):
            self._make_card()  # drawn in the next turn: making it is work enough for one
        elif self._drawing:
            at, picture = self._drawing.pop(0)
            self.cards[at].show_picture(picture)
            if at + 1 == len(self.cards) and self.cards[at].parent() is None:
                self._arrange()
        if self._drawing:
            QTimer.singleShot(0, self, self._draw_next)

    @property
    def is_drawn(self) -> bool:
        """Whether every chart shows what was asked for last."""
        return len(self.cards) == _CHARTS and not self._drawing

    def _zone(self) -> str:
        """In whose time zone days and months begin: the shed's, of several the first one's."""
        assert self._known is not None  # it is being shown
        shed_id = self.filters.shown().shed_id
        shown = [shed for shed in self._known.sheds if shed.shed_id == shed_id] or list(self._known.sheds[:1])
        return shown[0].time_zone if shown else "UTC"

    def _today(self) -> date:
        return datetime.now(UTC).astimezone(clock.wall()).date()

    def set_as_of(self, as_of: str) -> None:
        """What is shown cannot be read again: it is greyed and dated, until "" says that it is up to date."""
        self._as_of = as_of
        self._show_age()

    def _show_age(self) -> None:
        told = self._as_of or self._failed_as_of
        self.age.say(told if self._known is not None else "")
        grey(self._inner, bool(told))

    # -- what is done with them -----------------------------------------------------------------------------------

    def _open(self, point: Point) -> None:
        if isinstance(point.behind, Behind):
            self.asked.emit(point.behind)

    def _copied(self, title: str) -> None:
        self._workspace.messages.success(tr("“{title}” is on the clipboard.", title=title), owner=self)

    def _choose_file(self, card: ChartCard, kind: str) -> None:
        words = {"png": tr("PNG picture (*.png)"), "svg": tr("SVG drawing (*.svg)")}
        dialog = QFileDialog(self, tr("Save the chart"), str(self._folder()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setNameFilters([words[kind]])
        dialog.setDefaultSuffix(kind)
        dialog.selectFile(str(self._folder() / f"{card.file_name()}.{kind}"))
        dialog.fileSelected.connect(lambda name: self.save(card, Path(name)))
        dialog.destroyed.connect(partial(setattr, self, "dialog", None))
        self.dialog = dialog
        dialog.open()

    def _folder(self) -> Path:
        kept = str(self._memory.recall(_FOLDER, ""))
        pictures_ = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        for folder in (kept, pictures_):
            if folder and Path(folder).is_dir():
                return Path(folder)
        return Path.home()

    def save(self, card: ChartCard, path: Path) -> None:
        """Write a chart as the kind of picture that the name of the file says; drawn here, written elsewhere."""
        from coresafe.ui.charts.card import write

        content = card.svg() if path.suffix.lower() == ".svg" else card.png()
        self._memory.remember(_FOLDER, str(path.parent))
        self._workspace.runner.run(
            lambda _token: write(content, path),
            owner=self,
            done=lambda _nothing: self._workspace.messages.success(tr("Saved as {name}.", name=path.name), owner=self),
            failed=partial(self._not_written, path),
            title=tr("Saving {name}", name=path.name),
        )

    def _not_written(self, path: Path, error: BaseException) -> bool:
        if not isinstance(error, OSError):
            return False
        text = tr("{name} cannot be written: {why}.", name=path.name, why=error.strerror or type(error).__name__)
        hint = tr("Nothing was written. Choose another folder or name.")
        self._workspace.messages.post(Message(level=Level.ERROR, text=text, hint=hint, owner=self, key="chart"))
        return True


def _load(context: Any, query: ChartsQuery) -> ChartData:
    """Read, and load what charts are drawn with, which takes a while: neither on the window's thread."""
    importlib.import_module("coresafe.ui.charts.card")
    return charts(context, query)
