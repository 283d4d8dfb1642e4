"""Every action of the program, declared once: the menus, the tool tips and the keyboard list are read from this table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from coresafe.services.permissions import Permission
from coresafe.ui.theme import theme
from coresafe.ui.words import mark, tr


@dataclass(frozen=True, slots=True)
class Declared:
    """One action. ``menu``: where it stands ("" for none); ``permission``: what it takes, None for everybody.

    ``tip`` says more than the text where that is worth it; ``short`` are the words where there is
    little room. A line is drawn in the menu before an action with ``line``.
    """

    id: str
    text: str
    menu: str
    shortcut: str = ""
    icon: str = ""
    permission: Permission | None = None
    tip: str = ""
    short: str = ""
    line: bool = False


FILE, EDIT, VIEW, GO = mark("&File"), mark("&Edit"), mark("&View"), mark("&Go")
DISPATCH, STOCK, HELP = mark("&Dispatch"), mark("&Stock"), mark("&Help")
TRANSFERS, ACCOUNTS, MONTH = mark("&Transfers"), mark("&Accounts"), mark("M&onth")
SAMPLES, DRILLHOLES = mark("Sa&mples"), mark("D&rillholes")
MENUS = (FILE, EDIT, VIEW, GO, DISPATCH, SAMPLES, DRILLHOLES, STOCK, TRANSFERS, ACCOUNTS, MONTH, HELP)

ACTIONS: tuple[Declared, ...] = (
    # file
    Declared("page.new", mark("&New"), FILE, "Ctrl+N", "plus", tip=mark("The main thing to do on this page")),
    Declared("form.save", mark("&Save"), FILE, "Ctrl+Return", "check"),
    Declared("view.export", mark("&Export this view…"), FILE, "Ctrl+E", "file-down", line=True),
    Declared("record.print", mark("&Print…"), FILE, "Ctrl+P", "printer"),
    Declared("app.settings", mark("Se&ttings…"), FILE, "Ctrl+,", "settings", line=True),
    Declared("app.users", mark("&Users…"), FILE, "", "users", Permission.USERS),
    Declared("app.password", mark("Change &my password…"), FILE, "", "key-round", Permission.OWN_ACCOUNT),
    Declared("app.lock", mark("&Lock the window"), FILE, "Ctrl+L", "lock"),
    Declared("app.sign_out", mark("Sign &out"), FILE, "Ctrl+Shift+L", "log-out"),
    Declared("app.quit", mark("&Quit"), FILE, "Ctrl+Q", "x", line=True),
    # edit
    Declared("table.copy", mark("&Copy rows"), EDIT, "", "copy", tip=mark("Ctrl+C in a table")),
    Declared("table.copy_headed", mark("Copy rows with &headings"), EDIT, "Ctrl+Shift+C", "copy"),
    # view
    Declared("view.reload", mark("&Reload"), VIEW, "F5", "refresh-cw"),
    Declared("view.search", mark("&Search in this page"), VIEW, "Ctrl+F", "search"),
    Declared("view.columns", mark("&Columns…"), VIEW, "", "columns-3"),
    Declared(
        "view.named",
        mark("Named &views"),
        VIEW,
        "Ctrl+Shift+V",
        "list-filter",
        tip=mark("Search, filters, sort and columns under a name"),
    ),
    Declared("view.detail", mark("Show the &detail"), VIEW, "F8", "panel-right"),
    Declared(
        "view.wider",
        mark("Make this part &wider"),
        VIEW,
        "Ctrl+F8",
        "arrow-left-right",
        tip=mark("The part of the page that the keyboard is in"),
        line=True,
    ),
    Declared("view.narrower", mark("Make this part &narrower"), VIEW, "Shift+F8", "minus"),
    Declared("view.charts", mark("C&harts"), VIEW, "Ctrl+Shift+G", "chart-column", line=True),
    # go
    Declared(
        "go.anywhere", mark("&Go anywhere…"), GO, "Ctrl+K", "search", tip=mark("A page, a number, a hole, a company")
    ),
    Declared("go.dashboard", mark("Dash&board"), GO, "Ctrl+0", "layout-dashboard", line=True),
    Declared("go.dispatches", mark("&Dispatches"), GO, "Ctrl+1", "truck"),
    Declared("go.returns", mark("&Returns"), GO, "Ctrl+2", "package-check"),
    Declared("go.samples", mark("Sa&mples"), GO, "Ctrl+3", "flask-conical"),
    Declared("go.drillholes", mark("Drill&holes"), GO, "Ctrl+4", "drill"),
    Declared("go.inventory", mark("&Inventory"), GO, "Ctrl+5", "boxes"),
    Declared("go.transfers", mark("&Transfers"), GO, "Ctrl+Shift+5", "arrow-left-right"),
    Declared("go.stocktake", mark("&Stocktake"), GO, "Ctrl+6", "clipboard-list"),
    Declared("go.reconciliation", mark("Re&conciliation"), GO, "Ctrl+7", "scale"),
    Declared("go.accounts", mark("Company &accounts"), GO, "Ctrl+8", "receipt-text", short=mark("Accounts")),
    Declared("go.audit", mark("A&udit"), GO, "Ctrl+9", "history", Permission.SEE_AUDIT),
    # dispatch
    Declared("dispatch.new", mark("&Dispatch trays"), DISPATCH, "Ctrl+D", "truck", Permission.DISPATCH),
    Declared("dispatch.return", mark("Take a &return"), DISPATCH, "Ctrl+R", "package-check", Permission.RETURN),
    Declared("dispatch.amend", mark("&Amend…"), DISPATCH, "F2", "pencil", Permission.AMEND, line=True),
    Declared("dispatch.extend", mark("&Extend the due date…"), DISPATCH, "", "calendar-clock", Permission.EXTEND),
    Declared("dispatch.chase", mark("N&ote a call…"), DISPATCH, "", "bell", Permission.CHASE),
    Declared("dispatch.note", mark("Add a &note…"), DISPATCH, "", "sticky-note", Permission.AMEND),
    Declared("dispatch.lost", mark("Declare &lost…"), DISPATCH, "", "circle-x", Permission.RESOLVE),
    Declared("dispatch.recover", mark("Re&cover lost trays…"), DISPATCH, "", "undo-2", Permission.RESOLVE),
    Declared("dispatch.void", mark("&Void the dispatch…"), DISPATCH, "", "ban", Permission.VOID, line=True),
    Declared("return.void", mark("Void a re&turn…"), DISPATCH, "", "ban", Permission.VOID),
    Declared("resolution.void", mark("Void a re&solution…"), DISPATCH, "", "ban", Permission.VOID),
    # samples
    Declared("sample.record", mark("&Record samples"), SAMPLES, "Ctrl+M", "flask-conical", Permission.RECORD_SAMPLES),
    Declared("sample.edit", mark("&Edit…"), SAMPLES, "F6", "pencil", Permission.RECORD_SAMPLES, line=True),
    Declared(
        "sample.status", mark("Set the &status…"), SAMPLES, "Ctrl+Shift+M", "list-checks", Permission.RECORD_SAMPLES
    ),
    Declared("sample.batch", mark("Show the samples of its &dispatch"), SAMPLES, "", "list-filter", line=True),
    # drillholes
    Declared("hole.new", mark("New &hole"), DRILLHOLES, "Ctrl+H", "drill", Permission.REGISTER),
    Declared("project.new", mark("New &project"), DRILLHOLES, "", "map", Permission.REGISTER),
    Declared("company.new", mark("New &company"), DRILLHOLES, "", "building-2", Permission.REGISTER),
    Declared("register.edit", mark("&Edit…"), DRILLHOLES, "F4", "pencil", Permission.REGISTER, line=True),
    Declared("hole.status", mark("Set the &status…"), DRILLHOLES, "Ctrl+Shift+S", "list-checks", Permission.REGISTER),
    Declared("register.dispatches", mark("Show its &dispatches"), DRILLHOLES, "", "truck", line=True),
    # stock
    Declared("stock.base", mark("Set the &base inventory…"), STOCK, "", "warehouse", Permission.STOCK),
    Declared("stock.purchase", mark("&Purchase trays…"), STOCK, "", "package-plus", Permission.STOCK),
    Declared("stock.found", mark("Enter fo&und trays…"), STOCK, "", "circle-plus", Permission.STOCK),
    Declared("stock.recover", mark("Re&cover lost trays…"), STOCK, "", "undo-2", Permission.STOCK),
    Declared("stock.fill", mark("&Fill trays with core…"), STOCK, "", "layers", Permission.STOCK, line=True),
    Declared("stock.release", mark("&Release emptied trays…"), STOCK, "", "package-open", Permission.RELEASE),
    Declared("stock.damage", mark("Put in &quarantine as damaged…"), STOCK, "", "hammer", Permission.STOCK),
    Declared("stock.repair", mark("&Take back repaired trays…"), STOCK, "", "wrench", Permission.STOCK),
    Declared("stock.scrap", mark("&Scrap trays…"), STOCK, "", "recycle", Permission.STOCK),
    Declared("stock.document", mark("Show its &dispatch"), STOCK, "", "truck", line=True),
    Declared("stocktake.open", mark("&Open a stocktake…"), STOCK, "", "clipboard-list", Permission.APPROVE, line=True),
    Declared("stocktake.sheet", mark("Print a count s&heet…"), STOCK, "", "printer", Permission.COUNT),
    Declared("stocktake.approve", mark("&Approve the stocktake…"), STOCK, "", "clipboard-check", Permission.APPROVE),
    Declared("stocktake.cancel", mark("Ca&ncel the stocktake…"), STOCK, "", "ban", Permission.APPROVE),
    Declared("stocktake.past", mark("&Earlier stocktakes"), STOCK, "", "history"),
    # transfers
    Declared(
        "transfer.send",
        mark("&Send to another shed"),
        TRANSFERS,
        "Ctrl+Shift+D",
        "arrow-left-right",
        Permission.TRANSFER,
        short=mark("Send trays"),
    ),
    Declared("transfer.receive", mark("&Receive…"), TRANSFERS, "Ctrl+Shift+I", "package-check", Permission.TRANSFER),
    Declared("transfer.lose", mark("Declare &lost…"), TRANSFERS, "", "circle-x", Permission.RESOLVE, line=True),
    Declared("transfer.void", mark("&Void the transfer…"), TRANSFERS, "", "ban", Permission.VOID, line=True),
    Declared("transfer.void_entry", mark("Void a receipt or l&oss…"), TRANSFERS, "", "ban", Permission.VOID),
    # accounts
    Declared("account.pdf", mark("Statement as &PDF…"), ACCOUNTS, "Ctrl+Shift+P", "file-text"),
    Declared("account.excel", mark("Statement as &Excel workbook…"), ACCOUNTS, "Ctrl+Shift+E", "table-2"),
    Declared("account.chase", mark("&Note a call…"), ACCOUNTS, "F7", "bell", Permission.CHASE, line=True),
    Declared("account.extend", mark("E&xtend the due date…"), ACCOUNTS, "", "calendar-clock", Permission.EXTEND),
    Declared("account.dispatch", mark("Show its &dispatch"), ACCOUNTS, "", "truck", line=True),
    # month
    Declared("reconciliation.export", mark("Export the re&conciliation…"), MONTH, "Ctrl+Shift+R", "file-down"),
    Declared("month.close", mark("Close a &month…"), MONTH, "", "lock", Permission.CLOSE_MONTH, line=True),
    Declared("month.reopen", mark("Re-&open a month…"), MONTH, "", "lock-open", Permission.REOPEN_MONTH),
    Declared(
        "reconciliation.return",
        mark("&Take back what was found…"),
        MONTH,
        "",
        "package-check",
        Permission.RETURN,
        line=True,
    ),
    Declared("reconciliation.lost", mark("Declare what is missing &lost…"), MONTH, "", "circle-x", Permission.RESOLVE),
    Declared("reconciliation.dispatch", mark("Show the &dispatch"), MONTH, "", "truck"),
    # help
    Declared("help.guide", mark("&Guide"), HELP, "F1", "circle-help"),
    Declared("help.keyboard", mark("&Keyboard"), HELP, "Ctrl+/", "keyboard"),
    Declared("help.about", mark("&About CoreSafe"), HELP, "", "info", line=True),
)

BY_ID: dict[str, Declared] = {declared.id: declared for declared in ACTIONS}

#: Keys that work where they are pressed and have no action of their own; only for the keyboard list.
KEYS: tuple[tuple[str, str], ...] = (
    (mark("Leave a form or close a message; asks only when something typed would be lost"), "Esc"),
    (mark("Copy the selected rows of a table, ready for a spreadsheet"), "Ctrl+C"),
    (mark("Open the selected row"), "Enter"),
    (mark("In a table, sort by the column the keyboard is in, the first or the last first"), "Alt+Up, Alt+Down"),
    (mark("In a table, move that column"), "Alt+Left, Alt+Right"),
    (mark("In a table, make that column narrower or wider"), "Alt+Shift+Left, Alt+Shift+Right"),
    (mark("What can be done with a row of a table"), "Shift+F10"),
    (mark("In a form, go on to the next field that has to be filled in"), "Enter"),
    (mark("Show what can be chosen in a field"), "Down"),
    (mark("One more, one less in a quantity"), "Up, Down"),
    (mark("In a chart, go along its points"), "Left, Right, Up, Down"),
    (mark("In a chart, open the rows behind a point"), "Enter"),
    (mark("Copy a chart as a picture, save it"), "Ctrl+C, Ctrl+S"),
    (mark("Close the window of the charts"), "Ctrl+W"),
)


class Actions(QObject):
    """The actions of one window, made from the table; those the person may not do are not shown.

    ``allowed`` tells whether a permission is granted. An action nobody has connected stays hidden: nothing is offered
    that does nothing.
    """

    def __init__(self, window: QWidget, allowed: Callable[[Permission], bool] = lambda _permission: True) -> None:
        super().__init__(window)
        self._window = window
        self._made: dict[str, QAction] = {}
        self._connected: set[str] = set()
        self._withheld: set[str] = set()
        self._menus: dict[str, QMenu] = {}
        self._allowed = allowed
        for declared in ACTIONS:
            self._made[declared.id] = self._make(declared)
        self.allow(allowed)

    def __getitem__(self, name: str) -> QAction:
        return self._made[name]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._made.values())

    def on(self, name: str, do: Callable[[], object]) -> QAction:
        """Connect an action; from now on it is shown to whoever may do it."""
        action = self._made[name]
        action.triggered.connect(lambda _checked=False: do())
        self._connected.add(name)
        self._show(name)
        return action

    def allow(self, allowed: Callable[[Permission], bool]) -> None:
        """Somebody else has signed in, or may do more or less than before."""
        self._allowed = allowed
        for name in self._made:
            self._show(name)

    def withhold(self, names: Iterable[str], on: bool) -> None:
        """Whether these make no sense for now, whoever asks: they are not shown then."""
        self._withheld = self._withheld | set(names) if on else self._withheld - set(names)
        for name in names:
            self._show(name)

    def withheld(self, name: str) -> bool:
        """Whether it makes no sense for now."""
        return name in self._withheld

    def may(self, name: str) -> bool:
        """Whether the person may do it."""
        permission = BY_ID[name].permission
        return permission is None or self._allowed(permission)

    def listen(self, on: bool) -> None:
        """Whether their keys do anything: not while the window is locked."""
        for action in self._made.values():
            if on:
                self._window.addAction(action)
            else:
                self._window.removeAction(action)

    def fill(self, bar: QMenuBar) -> None:
        """Make the menus; one without a visible action is not shown."""
        bar.clear()
        self._menus.clear()
        for title in MENUS:
            menu = QMenu(tr(title), bar)
            for declared in ACTIONS:
                if declared.menu == title:
                    if declared.line:
                        menu.addSeparator()
                    menu.addAction(self._made[declared.id])
            bar.addMenu(menu)
            self._menus[title] = menu
            self._show_menu(title)

    def _show(self, name: str) -> None:
        action = self._made[name]
        shown = name in self._connected and name not in self._withheld and self.may(name)
        action.setVisible(shown)
        action.setEnabled(shown)
        # A page may be put together, and connect its actions, after the menus were made.
        self._show_menu(BY_ID[name].menu)

    def _show_menu(self, title: str) -> None:
        menu = self._menus.get(title)
        if menu is not None:
            shown = any(action.isVisible() for action in menu.actions() if not action.isSeparator())
            menu.menuAction().setVisible(shown)

    def _make(self, declared: Declared) -> QAction:
        action = QAction(tr(declared.text), self._window)
        action.setObjectName(declared.id)
        if declared.icon:
            theme().dress(action, declared.icon)
        if declared.shortcut:
            action.setShortcut(QKeySequence(declared.shortcut))
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setToolTip(tip(declared))
        self._window.addAction(action)
        return action


def plain(text: str) -> str:
    """The words of an action without the mark of its menu key and the dots."""
    return text.replace("&", "").removesuffix("…")


def tip(declared: Declared) -> str:
    """What hovering says: the words, more if there is more, and the shortcut."""
    said = tr(declared.tip) if declared.tip else plain(tr(declared.text))
    return f"{said} ({native(declared.shortcut)})" if declared.shortcut else said


def native(shortcut: str) -> str:
    """A shortcut as this system writes it, and the key as it is called everywhere else: Enter."""
    return QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText).replace("Return", tr("Enter"))


def keyboard_list(may: Callable[[str], bool] = lambda _name: True) -> list[tuple[str, str, str]]:
    """Menu, words and keys of everything that has a shortcut, for Help ▸ Keyboard."""
    listed = [
        (plain(tr(declared.menu)), plain(tr(declared.text)), native(declared.shortcut))
        for declared in ACTIONS
        if declared.shortcut and may(declared.id)
    ]
    listed.extend((tr("Everywhere"), tr(words), keys) for words, keys in KEYS)
    return listed
