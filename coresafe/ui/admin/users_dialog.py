"""The administrator's dialog: everybody in a table, and beside it one of them, or the form that is being filled in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from coresafe.services.audit_trail import AuditRow, list_audit
from coresafe.services.listing import Page, Query
from coresafe.services.users import UserRow, change_user, get_user, list_users
from coresafe.ui.actions import BY_ID
from coresafe.ui.admin.columns import columns
from coresafe.ui.admin.history import ENTRIES
from coresafe.ui.admin.person_form import PersonForm
from coresafe.ui.admin.person_pane import PersonPane
from coresafe.ui.admin.small_forms import OneChange, ResetForm, SignOutForm, SwitchOffForm, switch_on
from coresafe.ui.admin.temporary import HandOver
from coresafe.ui.forms import Form
from coresafe.ui.state import Memory
from coresafe.ui.tables import NamedViews, Narrowing, PagedTable, Source
from coresafe.ui.theme import GRID, theme
from coresafe.ui.widgets import MessageHost, PageHeader, TaskStrip, button
from coresafe.ui.widgets.dividing import STEP, widen_by_keys
from coresafe.ui.widgets.reading import ReadingOrder
from coresafe.ui.widgets.search import clearable, empties
from coresafe.ui.words import number, tr
from coresafe.ui.workspace import Workspace

#: Wait this long after a key in the search before asking.
_SEARCH_MS = 250


def filters() -> list[tuple[str, dict[str, object]]]:
    """The filters offered, with what they ask of the service."""
    return [
        (tr("Everybody"), {}),
        (tr("Active"), {"is_active": True}),
        (tr("Waiting for approval"), {"is_active": False, "waiting": True}),
        (tr("Switched off"), {"is_active": False, "waiting": False}),
    ]


class UsersDialog(ReadingOrder, QDialog):
    """Users: add, edit, role, switch off and on, reset the password, sign out everywhere. Opened with ``open()``."""

    def __init__(self, workspace: Workspace, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Users"))
        self.setMinimumSize(960, 560)
        if not memory.restore_window("users", self):
            self.resize(1240, 640)
        self._workspace = workspace
        self._memory = memory
        self._current: UserRow | None = None
        self._entries: Page[AuditRow] | None = None
        self._now = datetime.now(UTC)
        self._make_actions()
        self.header = PageHeader(tr("Users"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("User name, name, e-mail"))
        self.search.setAccessibleName(tr("Search users"))
        clearable(self.search)
        empties(self.search)
        self.search.setMinimumWidth(224)
        self.filter = QComboBox()
        self.filter.setAccessibleName(tr("Filter"))
        for words, wanted in filters():
            self.filter.addItem(words, wanted)
        self.header.add(self.search)
        self.header.add(self.filter)
        self.header.set_primary(self.add_action, "user-plus")
        self.host = MessageHost(workspace.messages, main=False)
        self.table = PagedTable(
            columns(lambda: self._now),
            Source(lambda query: list_users(workspace.context, query)),
            workspace.runner,
            name="users",
            memory=memory,
            title=tr("Users"),
            messages=workspace.messages,
            kinds=("users",),
            sort="username",
            empty=tr("Nobody yet."),
            empty_icon="users",
            things=lambda count: tr("1 user") if count == 1 else tr("{count} users", count=number(count)),
        )
        self.views = NamedViews(self.table, self._narrowing, self._narrow)
        self.header.add(self.views)
        self.pane = PersonPane(self._on_one, self.approve_action)
        workspace.date(self.table, self.pane.detail)
        self._side = QStackedWidget()
        self._side.setMinimumWidth(400)
        self._side.addWidget(self.pane)
        self.close_button = button(tr("Close"), self.reject)
        self.close_button.setToolTip(tr("Close the window (Esc)"))
        self._assemble()
        self._wire()
        self._offer(None)
        self.views.began()

    @property
    def form(self) -> Form | None:
        """The form that is open, if one is."""
        shown = self._side.currentWidget()
        return shown if isinstance(shown, Form) else None

    @property
    def shown(self) -> UserRow | None:
        """Who is selected."""
        return self._current

    def reject(self) -> None:
        """Close; asks first, in the form, when something typed would be lost."""
        if self._may_leave():
            super().reject()

    def done(self, result: int) -> None:
        """Close, and remember how the window was."""
        self._memory.keep_window("users", self)
        self._memory.keep_splitter("users", self.splitter)
        super().done(result)

    # -- putting it together ----------------------------------------------------------------------------------------

    def _make_actions(self) -> None:
        self.add_action = self._action(tr("Add a user"), "user-plus", self._add, "Ctrl+N")
        self.approve_action = self._action(tr("Approve"), "check", self._switch_on)
        self.edit_action = self._action(tr("Edit…"), "pencil", self._edit, "F2")
        self.reset_action = self._action(tr("Reset the password…"), "key-round", self._reset)
        self.on_action = self._action(tr("Switch on"), "lock-open", self._switch_on)
        self.off_action = self._action(tr("Switch off…"), "user-x", self._switch_off)
        self.out_action = self._action(tr("Sign out everywhere…"), "log-out", self._sign_out)
        self._action(tr("Search"), "search", self._search, "Ctrl+F")
        self._action(tr("Reload"), "refresh-cw", self._reload, "F5")
        self._action(tr("Export this view…"), "file-down", self._export, "Ctrl+E")
        self._on_one = (
            self.approve_action,
            self.on_action,
            self.edit_action,
            self.reset_action,
            self.off_action,
            self.out_action,
        )

    def _action(self, words: str, icon: str, do: Callable[[], object], keys: str = "") -> QAction:
        made = QAction(words, self)
        theme().dress(made, icon)
        if keys:
            made.setShortcut(QKeySequence(keys))
            made.setToolTip(f"{words.removesuffix('…')} ({keys})")
        made.triggered.connect(lambda _checked=False: do())
        self.addAction(made)
        return made

    def _assemble(self) -> None:
        self.splitter = QSplitter()
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(self._side)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setChildrenCollapsible(False)
        widen_by_keys(self, self.splitter, {BY_ID["view.wider"].shortcut: STEP, BY_ID["view.narrower"].shortcut: -STEP})
        if not self._memory.restore_splitter("users", self.splitter):
            self.splitter.setSizes([800, 400])
        foot = QHBoxLayout()
        foot.addWidget(TaskStrip(self._workspace.runner), 1)  # the window's own lies under this dialog
        foot.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 12, 2 * GRID, 12)
        column.setSpacing(12)
        column.addWidget(self.header)
        column.addWidget(self.host)
        column.addWidget(self.splitter, 1)
        column.addLayout(foot)

    def _wire(self) -> None:
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_SEARCH_MS)
        self._pause.timeout.connect(lambda: self.table.ask(q=self.search.text()))
        self.search.textChanged.connect(lambda _text: self._pause.start())
        self.filter.activated.connect(lambda _index: self.table.ask(filters=self.filter.currentData()))
        self.table.selected.connect(self._selected)
        self.table.opened.connect(lambda _row: self._edit())
        self.table.menu_asked.connect(self._fill_menu)
        self.table.as_of.connect(self._at)
        self._workspace.changed.connect(self._changed)
        self.table.setFocus()

    def _fill_menu(self, menu: QMenu, row: UserRow | None) -> None:
        if row is not None and self._current is not None and row.id == self._current.id:
            for action in self._on_one:
                menu.addAction(action)

    def _narrowing(self) -> Narrowing:
        return {"q": self.search.text().strip(), "filter": self.filter.currentData()}

    def _narrow(self, wanted: Narrowing) -> None:
        offered = [self.filter.itemData(at) for at in range(self.filter.count())]
        filters = wanted.get("filter")
        self.filter.setCurrentIndex(offered.index(filters) if filters in offered else 0)
        self.search.setText(str(wanted.get("q", "")))
        self._pause.stop()
        self.table.ask(filters=self.filter.currentData(), q=self.search.text())

    def _search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _export(self) -> None:
        self.table.export_view()

    def _reload(self) -> None:
        self.table.reload()
        if self._current is not None:
            self._read(self._current.id)

    # -- who is selected --------------------------------------------------------------------------------------------

    def _selected(self, rows: list[UserRow]) -> None:
        row = rows[0] if len(rows) == 1 else None
        if row is None:
            self._current = self._entries = None
            self._offer(None)
            self.pane.clear()
            return
        known = self._current
        if known is None or known.id != row.id:
            self._entries = None
        elif row.version < known.version:
            return  # the table is about to read him anew
        if known != row:
            self._show(row)
            self._read_history(row)

    def _show(self, row: UserRow) -> None:
        self._current = row
        self._offer(row)
        entries = self._entries
        self.pane.show_person(
            row,
            entries.items if entries is not None else None,
            more=entries is not None and entries.next_cursor is not None,
            now=self._now,
        )

    def _read_history(self, row: UserRow) -> None:
        query = Query(filters={"record_type": "user", "record_id": str(row.id)}, limit=ENTRIES)

        def show(page: Page[AuditRow]) -> None:
            if self._current is not None and self._current.id == row.id:
                self._entries = page
                self._show(self._current)

        self._workspace.read(list_audit, query, owner=self, lane="history", done=show)

    def _read(self, user_id: int) -> None:
        def show(row: UserRow) -> None:
            form = self.form
            if isinstance(form, PersonForm) and form.row is not None and form.row.id == row.id:
                form.meet(row)
            if self._current is not None and self._current.id == row.id:
                self._show(row)
                self._read_history(row)

        self._workspace.read(get_user, user_id, owner=self, lane="person", done=show)

    def _changed(self, kinds: frozenset[str]) -> None:
        if "users" in kinds and self._current is not None:
            self._read(self._current.id)

    def _at(self, moment: datetime) -> None:
        self._now = moment

    def _is_me(self, row: UserRow) -> bool:
        return row.id == self._workspace.context.actor.user_id

    def _offer(self, row: UserRow | None) -> None:
        waiting = row is not None and not row.is_active and row.approved_at is None
        wanted = {
            self.approve_action: waiting,
            self.on_action: row is not None and not row.is_active and not waiting,
            self.edit_action: row is not None,
            # His own password he changes as everybody does: with the one he has.
            self.reset_action: row is not None and not self._is_me(row),
            self.off_action: row is not None and row.is_active,
            self.out_action: row is not None and row.is_active,
        }
        for action, possible in wanted.items():
            action.setVisible(possible)
            action.setEnabled(possible)

    # -- what is done -----------------------------------------------------------------------------------------------

    def _may_leave(self) -> bool:
        """Whether the open form holds nothing that would be lost; asks in the form where it does."""
        form = self.form
        if form is None or not (form.dirty or form.saving):
            return True
        form.leave()
        return False

    def _add(self) -> None:
        open_one = self.form
        if (isinstance(open_one, PersonForm) and open_one.row is None) or not self._may_leave():
            return
        form = PersonForm(self._workspace)
        form.saved.connect(lambda row: self._added(row, form["password"].value() or ""))
        self._open(form)

    def _edit(self) -> None:
        row = self._current
        if row is not None and self._may_leave():
            form = PersonForm(self._workspace, row, own=self._is_me(row))
            form.saved.connect(lambda saved: self._saved(saved, tr("{name}: saved.", name=_name(saved))))
            self._open(form)

    def _reset(self) -> None:
        row = self._current
        if row is not None and self._may_leave():
            form = ResetForm(self._workspace, row)
            form.saved.connect(lambda saved: self._was_reset(saved, form.password.value() or ""))
            self._open(form)

    def _switch_off(self) -> None:
        self._open_change(SwitchOffForm, lambda row: tr("{name} is switched off and signed out.", name=_name(row)))

    def _sign_out(self) -> None:
        self._open_change(SignOutForm, lambda row: tr("{name} is signed out everywhere.", name=_name(row)))

    def _open_change(self, kind: Callable[[Workspace, UserRow], OneChange], told: Callable[[UserRow], str]) -> None:
        row = self._current
        if row is not None and self._may_leave():
            form = kind(self._workspace, row)
            form.saved.connect(lambda saved: self._saved(saved, told(saved)))
            self._open(form)

    def _switch_on(self) -> None:
        """One click: also approves whoever asked for an account."""
        row = self._current
        if row is None or not self._may_leave():
            return
        self._back()
        approved = row.approved_at is None
        told = tr("{name} can sign in now.", name=_name(row))
        title = tr("Approving") if approved else tr("Switching on")

        def refused(error: BaseException) -> bool:
            self._workspace.messages.report(error, title, self._switch_on, self)
            self._read(row.id)
            return True

        self._workspace.write(
            change_user,
            switch_on(row),
            owner=self,
            done=lambda saved: self._saved(saved, told),
            failed=refused,
            changes=("users",),
            action=self.approve_action if approved else self.on_action,
            title=title,
        )

    # -- afterwards -------------------------------------------------------------------------------------------------

    def _saved(self, row: UserRow, told: str) -> None:
        self._workspace.messages.success(told, owner=self)
        self._back()
        self._put(row)

    def _added(self, row: UserRow, password: str) -> None:
        self._hand_over(row, tr("{name} is added", name=_name(row)), password)

    def _was_reset(self, row: UserRow, password: str) -> None:
        self._hand_over(row, tr("{name}'s password is reset", name=_name(row)), password)

    def _hand_over(self, row: UserRow, title: str, password: str) -> None:
        self._back()
        self._put(row)
        card = HandOver(title, row.username, password)
        card.left.connect(self._back)
        self._side.addWidget(card)
        self._side.setCurrentWidget(card)
        card.setFocus()

    def _put(self, row: UserRow) -> None:
        """Show how he stands now, and select him in the table as soon as he is there."""
        self._entries = None if self._current is None or self._current.id != row.id else self._entries
        self._show(row)
        self.table.select_id(row.id)

    def _open(self, form: Form) -> None:
        self._back()
        form.left.connect(self._back)
        self._side.addWidget(form)
        self._side.setCurrentWidget(form)
        form.focus_first()

    def _back(self) -> None:
        shown = self._side.currentWidget()
        if shown is not None and shown is not self.pane:
            self._side.setCurrentWidget(self.pane)
            self._side.removeWidget(shown)
            shown.deleteLater()
            self.table.view.setFocus()


def _name(row: UserRow) -> str:
    return row.full_name or row.username
