"""The main window: navigation, the page, and the status bar. It assembles; what a page does is the page's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from coresafe.services.context import Context
from coresafe.services.listing import Page as Found
from coresafe.services.listing import Query
from coresafe.services.permissions import Permission
from coresafe.services.samples import SampleRow, list_samples
from coresafe.ui import clock
from coresafe.ui.accounts import AccountsPage
from coresafe.ui.actions import BY_ID, Actions, plain
from coresafe.ui.admin import PasswordDialog, WindowLock
from coresafe.ui.behind import Behind
from coresafe.ui.charts import ChartsWindow
from coresafe.ui.dashboard import DashboardPage
from coresafe.ui.dispatches import DispatchesPage
from coresafe.ui.doors import Doors
from coresafe.ui.drillholes import NEW, DrillholesPage
from coresafe.ui.forms import Form
from coresafe.ui.going import Going
from coresafe.ui.help import Help
from coresafe.ui.inventory import STOCK_FORMS, InventoryPage
from coresafe.ui.messages import Level, Message, Messages
from coresafe.ui.numbers import is_transfer
from coresafe.ui.reconciliation import MONTH_END, ReconciliationPage
from coresafe.ui.returns import ReturnsPage, is_number
from coresafe.ui.samples import SamplesPage
from coresafe.ui.saving import Saving
from coresafe.ui.scanner import Scanner
from coresafe.ui.settings import Access, AccessMark, SettingsDialog
from coresafe.ui.siding import Siding
from coresafe.ui.state import Memory
from coresafe.ui.stocktake import STOCKTAKES, StocktakePage, is_stocktake
from coresafe.ui.tables import NamedViews, PagedTable
from coresafe.ui.tasks import TaskRunner
from coresafe.ui.theme import RADIUS, theme
from coresafe.ui.transfers import SEND, TRANSFERS, TransfersPage
from coresafe.ui.widgets import MessageHost, Scaled, TaskStrip, label
from coresafe.ui.widgets.dividing import STEP, widen
from coresafe.ui.widgets.labels import set_kind
from coresafe.ui.widgets.reading import ReadingOrder
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace

#: Milliseconds until a window has come to rest after it was opened: what will be wanted soon is read then.
_CALM_MS = 1500
#: What there is to do in the table of the page that is shown.
_ON_TABLES = ("view.export", "view.columns", "view.named", "table.copy", "table.copy_headed")


class Page(Protocol):
    """What the window asks of every page."""

    @property
    def form(self) -> Form | None:
        """The form that is open, if one is."""

    def new(self) -> None:
        """The page's primary action."""

    def reload(self) -> None:
        """Read what is shown again."""


class Pages(dict[str, QWidget]):
    """The pages by the action that goes there; each is made when it is first asked for, so that a window opens at once.

    Going through them goes through those that were made.
    """

    def __init__(self, makers: Mapping[str, Callable[[], QWidget]]) -> None:
        super().__init__()
        self.makers = makers

    def __missing__(self, name: str) -> QWidget:
        self[name] = self.makers[name]()
        return self[name]


class MainWindow(ReadingOrder, QMainWindow):
    """The program at work. Signals: ``signed_out(str)`` with the reason, "" when the person wanted it."""

    signed_out = Signal(str)

    def __init__(
        self,
        context: Context,
        runner: TaskRunner,
        messages: Messages,
        memory: Memory,
        *,
        is_sample: bool = False,
        shed: str = "",
        access: Access | None = None,
    ) -> None:
        super().__init__()
        self._access = access
        self._computer, self._memory = memory, memory.of(context.actor.username)
        memory = self._memory
        self._for_good = False
        self.charts: ChartsWindow | None = None
        self._is_sample = is_sample
        self._zone: ZoneInfo | None = None
        # Sample data has a shed of its own.
        self.workspace = Workspace(context, runner, messages, self, shed="" if is_sample else shed)
        self.setWindowTitle(tr("CoreSafe – {where}", where=tr("sample data") if is_sample else context.database.where))
        self.setMinimumSize(1024, 640)
        if not memory.restore_window("main", self):
            self.resize(1366, 768)
        self.actions_ = Actions(self, self.workspace.may)
        self.pages = Pages(
            {
                "go.dashboard": lambda: self._make_dashboard(memory),
                "go.dispatches": lambda: self._make_dispatches(memory),
                "go.returns": lambda: self._make_returns(memory),
                "go.samples": lambda: SamplesPage(self.workspace, self.actions_, memory),
                "go.drillholes": lambda: self._make_drillholes(memory),
                "go.inventory": lambda: self._make_inventory(memory),
                "go.transfers": lambda: TransfersPage(self.workspace, self.actions_, memory),
                "go.stocktake": lambda: self._make_stocktake(memory),
                "go.reconciliation": lambda: self._make_reconciliation(memory),
                "go.accounts": lambda: self._make_accounts(memory),
            }
        )
        self._stack = QStackedWidget()
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QToolButton] = {}
        self._assemble(messages, runner)
        # Before the lock, which sees each key first then: a scan too is a sign that somebody is there.
        self.scanner = Scanner(self, lambda words: is_number(words) or is_transfer(words))
        self.locking = WindowLock(self, self.actions_, self.workspace, self._holds_typing)
        self._wire()
        # The frame is painted first and the page a moment later: neither keeps the window from answering for long.
        self._stack.addWidget(QWidget())
        QTimer.singleShot(30, self, self._open_first_page)
        QTimer.singleShot(_CALM_MS, self.workspace.hand, self.workspace.hand.want)
        self.workspace.start()
        if access is not None:
            access.begin(context.database, lasting=not is_sample)

    @property
    def page(self) -> QWidget:
        """The page that is shown."""
        shown = self._stack.currentWidget()
        assert shown is not None  # the stack is never empty
        return shown

    def _open_first_page(self) -> None:
        if not self.pages:
            self.go("go.dispatches")
        elif self._group.checkedButton() is None:
            self.go(next(iter(self.pages)))

    def go(self, name: str) -> None:
        """Show a page."""
        page = self.pages[name]
        if self._stack.indexOf(page) < 0:
            self._stack.addWidget(page)
        self._buttons[name].setChecked(True)
        self._stack.setCurrentWidget(page)
        # The keyboard is at the head of the page, as on a new page of a book: a screen reader says which one it is.
        page.setAccessibleName(plain(tr(BY_ID[name].text)))
        self._offer_table_actions()
        page.setFocus()

    def _offer_table_actions(self) -> None:
        for action in _ON_TABLES:
            self.actions_[action].setEnabled(isinstance(getattr(self.page, "table", None), PagedTable))

    def close_for_good(self) -> None:
        """Close without asking: the session has ended."""
        self._for_good = True
        self._end_charts()
        self.workspace.stop()
        for dialog in self.findChildren(QDialog):
            dialog.hide()  # at once: a modal one would hold up whatever comes next, until the window is gone
        self.close()
        self.deleteLater()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask, in the form, when something typed would be lost; remember how the window was."""
        if not self._for_good and not self._may_leave():
            event.ignore()
            return
        self._end_charts()
        self._memory.keep_window("main", self)
        for name, page in self.pages.items():
            splitter = getattr(page, "splitter", None)
            if splitter is not None and name == "go.dispatches":
                self._memory.keep_splitter("dispatches", splitter)
        self._memory.save()
        self.workspace.stop()
        clock.set_wall(None)
        if self._access is not None:
            self._access.end()
        super().closeEvent(event)

    # -- putting it together ---------------------------------------------------------------------------------------

    def _assemble(self, messages: Messages, runner: TaskRunner) -> None:
        rail = QWidget()
        rail.setProperty("kind", "navigation")
        rail.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        Scaled(rail, rail.setFixedWidth, 176)
        column = QVBoxLayout(rail)
        column.setContentsMargins(8, 12, 8, 12)
        column.setSpacing(4)
        for name in self.pages.makers:
            column.addWidget(self._door(name))
        column.addStretch(1)
        self.banner = _AwayBar()
        row = QHBoxLayout(self.banner)
        row.setContentsMargins(12, 8, 12, 8)
        mark = QLabel()
        theme().dress(mark, "cloud-off", "caution")
        self._away = label("", "stale", wrap=True)
        row.addWidget(mark)
        row.addWidget(self._away, 1)
        self.banner.setVisible(False)
        self.host = MessageHost(messages)
        top = QVBoxLayout()
        top.setContentsMargins(16, 8, 16, 0)
        top.setSpacing(8)
        top.addWidget(self.banner)
        top.addWidget(self.host)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addLayout(top)
        right.addWidget(self._stack, 1)
        whole = QWidget()
        whole.setProperty("kind", "canvas")
        across = QHBoxLayout(whole)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(rail)
        across.addLayout(right, 1)
        self.setCentralWidget(whole)
        self._fill_status_bar(runner)

    def _fill_status_bar(self, runner: TaskRunner) -> None:
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        actor = self.workspace.context.actor
        where = tr("sample data") if self._is_sample else self.workspace.context.database.where
        self._where = label(where, "small")
        self._shed = label("", "small")
        self._shed.setToolTip(tr("The shed this computer stands in: File ▸ Settings ▸ Shed"))
        self._shed.hide()
        self._delay = label("", "small")
        self._as_of = label("", "small")
        who = label(f"{actor.full_name or actor.username}, {_role_words()[actor.role.value]}", "small")
        self._strip = TaskStrip(runner)
        for widget in (self._where, self._shed, self._delay, self._as_of):
            widget.setContentsMargins(12, 0, 4, 0)
            bar.addWidget(widget)
        bar.addWidget(self._strip, 1)
        who.setContentsMargins(4, 0, 12, 0)
        if self._access is not None:
            self.access_mark = AccessMark(self._access)
            bar.addPermanentWidget(self.access_mark)
        bar.addPermanentWidget(who)

    def _door(self, name: str) -> QToolButton:
        declared = BY_ID[name]
        door = QToolButton()
        door.setProperty("kind", "page")
        door.setCheckable(True)
        door.setText(f"  {plain(tr(declared.short or declared.text))}")  # air between icon and word
        door.setToolTip(self.actions_[name].toolTip())
        door.setAccessibleName(plain(tr(declared.text)))
        door.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        door.setIconSize(QSize(16, 16))
        Scaled(door, door.setFixedWidth, 160)
        door.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme().dress(door, declared.icon)
        self._group.addButton(door)
        self._buttons[name] = door
        self.actions_.on(name, lambda: self.go(name))
        door.clicked.connect(lambda: self.go(name))
        return door

    def _wire(self) -> None:
        actions = self.actions_
        actions.on("page.new", lambda: self._page().new())
        actions.on("view.reload", lambda: self._page().reload())
        actions.on("view.search", self._search)
        actions.on("view.columns", lambda: self._in_table(lambda table: table.view.choose_columns()))
        actions.on("view.wider", lambda: widen(getattr(self.page, "splitter", None), STEP))
        actions.on("view.narrower", lambda: widen(getattr(self.page, "splitter", None), -STEP))
        actions.on("view.named", self._open_views)
        actions.on("view.export", lambda: self._in_table(lambda table: table.export_view()))
        actions.on("table.copy", lambda: self._in_table(lambda table: table.view.copy()))
        actions.on("table.copy_headed", lambda: self._in_table(lambda table: table.view.copy(headed=True)))
        actions.on("view.charts", self._open_charts)
        actions.on("app.settings", self._open_settings)
        actions.on("app.users", self._open_users)
        actions.on("app.password", self._change_password)
        actions.on("app.lock", self.locking.lock)
        self.locking.ended.connect(self._ended)
        self.locking.changed.connect(lambda locked: self.scanner.listen(not locked))
        self.scanner.scanned.connect(self._scanned)
        actions.on("app.sign_out", self._sign_out)
        actions.on("app.quit", self.close)
        for name in STOCK_FORMS:
            actions.on(name, partial(self._change_stock, name))
        for name in STOCKTAKES:
            actions.on(name, partial(self._take_stock, name))
        actions.on(SEND, self._send_transfer)
        for name in NEW:
            actions.on(name, partial(self._register, name))
        actions.on("sample.record", self._record_samples)
        for name in MONTH_END:
            actions.on(name, partial(self._end_month, name))
        self.saving = Saving(actions, lambda: self.page, self)
        self.siding = Siding(actions, self._memory, lambda: self.page, self._page_name, self)
        self.doors = Doors(actions, self.go, self.pages)
        self.going = Going(self.workspace, actions, self.go, self.pages, self._stack.parentWidget() or self)
        self.help = Help(self.workspace, actions, self, self._page_name, self.pages)
        self._offer_transfers()
        actions.fill(self.menuBar())
        self.workspace.house.changed.connect(self._house_changed)
        self.workspace.online.connect(self._online)
        self.workspace.moment.connect(self._moment)
        self.workspace.signed_out.connect(self._ended)

    def _open_charts(self) -> None:
        if self.charts is None:
            self.charts = ChartsWindow(self.workspace, self._memory)
            self.charts.asked.connect(self._show_behind)
            self.locking.changed.connect(self.charts.lock)
        self.charts.bring_up()

    def _show_behind(self, behind: Behind) -> None:
        """The rows behind a point of a chart, in this window, which comes to the front."""
        if self.isMinimized():
            self.showNormal()
        self.raise_()
        self.activateWindow()
        self.doors.open(behind)

    def _end_charts(self) -> None:
        """Its window ends with this one."""
        charts, self.charts = self.charts, None
        if charts is not None:
            charts.end()

    def _make_dispatches(self, memory: Memory) -> DispatchesPage:
        page = DispatchesPage(self.workspace, self.actions_, memory)

        def come(busy: bool) -> None:
            """A form that was asked for from another page is shown."""
            if busy and self.page is not page:
                self.go("go.dispatches")
                if page.form is not None:
                    page.form.focus_first()

        page.busy_with_form.connect(come)
        return page

    def _make_dashboard(self, memory: Memory) -> DashboardPage:
        page = DashboardPage(self.workspace, self.actions_, memory, self.doors.lead)
        page.asked.connect(self.doors.open)
        return page

    def _change_stock(self, name: str) -> None:
        self.go("go.inventory")
        page = self.pages["go.inventory"]
        assert isinstance(page, InventoryPage)
        page.start(name)

    def _make_reconciliation(self, memory: Memory) -> ReconciliationPage:
        page = ReconciliationPage(self.workspace, self.actions_, memory)
        page.dispatch_asked.connect(self._do_with_dispatch)
        page.asked.connect(self.doors.open)
        return page

    def _end_month(self, name: str) -> None:
        self.go("go.reconciliation")
        page = self.pages["go.reconciliation"]
        assert isinstance(page, ReconciliationPage)
        page.start(name)

    def _do_with_dispatch(self, dispatch_id: int, number: str, action: str) -> None:
        """Show a dispatch, and begin what is to be done with it."""
        self.going.to_dispatch(dispatch_id, number)
        page = self.pages["go.dispatches"]
        assert isinstance(page, DispatchesPage)
        page.then(dispatch_id, action)

    def _make_inventory(self, memory: Memory) -> InventoryPage:
        page = InventoryPage(self.workspace, self.actions_, memory)
        page.out_asked.connect(self._show_out)
        page.dispatch_asked.connect(self.going.to_dispatch)
        return page

    def _make_returns(self, memory: Memory) -> ReturnsPage:
        page = ReturnsPage(self.workspace, memory)
        page.transfer_scanned.connect(self._receive_transfer)
        return page

    def _make_accounts(self, memory: Memory) -> AccountsPage:
        page = AccountsPage(self.workspace, self.actions_, memory)
        page.dispatch_asked.connect(self.going.to_dispatch)
        return page

    def _make_stocktake(self, memory: Memory) -> StocktakePage:
        page = StocktakePage(self.workspace, self.actions_, memory)
        page.turned.connect(self._offer_table_actions)
        return page

    def _take_stock(self, name: str) -> None:
        self._stocktake().start(name)

    def _stocktake(self) -> StocktakePage:
        self.go("go.stocktake")
        page = self.pages["go.stocktake"]
        assert isinstance(page, StocktakePage)
        return page

    def _show_out(self, size: str, shed_id: int, shed: str) -> None:
        self.go("go.dispatches")
        page = self.pages["go.dispatches"]
        assert isinstance(page, DispatchesPage)
        page.show_out(size, shed_id or None, shed)

    def _make_drillholes(self, memory: Memory) -> DrillholesPage:
        page = DrillholesPage(self.workspace, self.actions_, memory)
        page.dispatches_asked.connect(self._show_dispatches)
        return page

    def _register(self, name: str) -> None:
        self.go("go.drillholes")
        page = self.pages["go.drillholes"]
        assert isinstance(page, DrillholesPage)
        page.start(name)

    def _record_samples(self) -> None:
        self.go("go.samples")
        page = self.pages["go.samples"]
        assert isinstance(page, SamplesPage)
        page.new()

    def _scanned(self, words: str) -> None:
        """A label was scanned somewhere in the window: a dispatch opens its return, a sample itself."""
        self.workspace.messages.withdraw("scan")
        if isinstance(self.page, StocktakePage) and self.page.take_scan(words):
            return
        if is_transfer(words):
            self._receive_transfer(words)
            return
        if is_stocktake(words):
            self._stocktake().open_number(words)
            return
        if is_number(words):
            self.go("go.returns")
            page = self.pages["go.returns"]
            assert isinstance(page, ReturnsPage)
            page.open_number(words)
            return
        query = Query(filters={"sample_id": words}, limit=1)
        self.workspace.read(list_samples, query, owner=self, lane="scan", done=partial(self._sample_read, words))

    def _transfers(self) -> TransfersPage:
        self.go("go.transfers")
        page = self.pages["go.transfers"]
        assert isinstance(page, TransfersPage)
        return page

    def _send_transfer(self) -> None:
        self._transfers().new()

    def _receive_transfer(self, words: str) -> None:
        """The paper of a transfer opens its receipt; where there is but one shed there are no transfers."""
        if self.workspace.house.several:
            self._transfers().open_number(words)
        else:
            self._say_unknown(words)

    def _offer_transfers(self) -> None:
        """Trays go from shed to shed where there are several."""
        several = self.workspace.house.several
        self.actions_.withhold(("go.transfers", *TRANSFERS), not several)
        self._buttons["go.transfers"].setVisible(several)
        if not several and self._buttons["go.transfers"].isChecked():
            self.go("go.inventory")

    def _sample_read(self, words: str, found: Found[SampleRow]) -> None:
        if found.items:
            self.go("go.samples")
            page = self.pages["go.samples"]
            assert isinstance(page, SamplesPage)
            page.open_sample(words)
            return
        self._say_unknown(words)

    def _say_unknown(self, words: str) -> None:
        QApplication.beep()
        shown = words if len(words) <= 60 else words[:59] + "…"
        text = tr("What was scanned is not known: “{words}” is no dispatch and no sample.", words=shown)
        hint = tr("Scan it again. Nothing was changed.")
        self.workspace.messages.post(Message(level=Level.ERROR, text=text, hint=hint, owner=self, key="scan"))

    def _show_dispatches(self, words: str) -> None:
        self.go("go.dispatches")
        page = self.pages["go.dispatches"]
        assert isinstance(page, DispatchesPage)
        page.search_for(words)

    def _page_name(self) -> str:
        """The action that goes to the page that is shown."""
        return next((name for name, page in self.pages.items() if page is self.page), "")

    def _page(self) -> Page:
        return self.page  # type: ignore[return-value]  # every page has what Page names

    def _search(self) -> None:
        search = getattr(self.page, "search", None)
        if isinstance(search, QWidget):
            search.setFocus()

    def _open_views(self) -> None:
        views = getattr(self.page, "views", None)
        if isinstance(views, NamedViews):
            views.open()

    def _in_table(self, do: Callable[[PagedTable], None]) -> None:
        """Do it in the table of the page that is shown, if it has one."""
        table = getattr(self.page, "table", None)
        if isinstance(table, PagedTable):
            do(table)

    def _open_settings(self) -> None:
        access = self._access if self.workspace.may(Permission.SETTINGS) else None
        SettingsDialog(self.workspace, self._computer, access, lasting=not self._is_sample, parent=self).open()

    def _open_users(self) -> None:
        from coresafe.ui.admin.users_dialog import UsersDialog

        UsersDialog(self.workspace, self._memory, self).open()

    def _change_password(self) -> None:
        dialog = PasswordDialog(self.workspace, self)
        said = tr("Your password is changed. Everywhere else you have been signed out.")
        dialog.changed.connect(lambda: self.workspace.messages.success(said, owner=self))
        dialog.open()

    def _holds_typing(self) -> bool:
        """Whether something typed, in a page or in a dialog of this window, would be lost with the session."""
        forms = [getattr(part, "form", None) for part in (*self.pages.values(), *self.findChildren(QDialog))]
        return any(form.dirty for form in forms if form is not None)

    def _may_leave(self) -> bool:
        """Whether no page holds something typed; where one does it is shown and asks."""
        if self.locking.locked:
            return self.locking.may_leave()
        for name, page in self.pages.items():
            form = page.form  # type: ignore[attr-defined]  # every page has it
            if form is not None and form.dirty:
                self.go(name)
                form.leave()
                return False
        return True

    def _sign_out(self) -> None:
        if self._may_leave():
            self.signed_out.emit("")

    def _ended(self, reason: str) -> None:
        self.signed_out.emit(reason)

    def _house_changed(self) -> None:
        """The rules or the sheds are other ones than before: what is shown goes by them."""
        house = self.workspace.house
        self.locking.idle.seconds = house.rules.idle_minutes * 60.0
        self._shed.setText(house.here.name if house.here is not None else "")
        self._shed.setVisible(house.several)
        self._offer_transfers()
        for table in self.findChildren(PagedTable):
            table.retell()
        if self._zone not in (None, house.zone):
            self.workspace.reload_all()  # the panes say their times anew
        self._zone = house.zone
        if self.workspace.last_moment is not None and self.workspace.is_online:
            self._moment(self.workspace.last_moment)
        if not house.misnamed:
            self.workspace.messages.withdraw("shed")
        elif house.here is not None:
            text = tr(
                "There is no shed “{named}” in use. This computer stands in {shed} now.",
                named=house.named,
                shed=house.here.name,
            )
            hint = tr("Choose its shed under File ▸ Settings ▸ Shed.")
            self.workspace.messages.post(Message(level=Level.WARNING, text=text, hint=hint, owner=self, key="shed"))

    def _moment(self, at: datetime) -> None:
        self._as_of.setText(tr("as of {time}", time=clock.second(at)))
        self._delay.setText(tr("{delay} ms", delay=self.workspace.delay_ms))
        self._delay.setToolTip(tr("How long the database took to answer"))

    def _online(self, online: bool) -> None:
        self.banner.setVisible(not online)
        set_kind(self._where, "small" if online else "stale")
        set_kind(self._as_of, "small" if online else "stale")
        if online:
            self._as_of.setText("")
            return
        since = self._as_of.text() or tr("before")
        self._away.setText(
            tr(
                "The database cannot be reached. What you see is {since}; what you type is kept. "
                "CoreSafe goes on by itself as soon as it is back.",
                since=since,
            )
        )


class _AwayBar(QFrame):
    """As loud as a warning, and without a way to close it: it goes by itself."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(theme().colour("caution")))
        painter.setBrush(QColor(theme().colour("caution_fill")))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.end()


def _role_words() -> dict[str, str]:
    return {"operator": tr("technician"), "manager": tr("supervisor"), "admin": tr("administrator")}
