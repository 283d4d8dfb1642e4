"""Changing one's own password: this session goes on, all others of the same person end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from coresafe.errors import AccountLocked, DatabaseUnavailable
from coresafe.services.signing_in import ChangePassword, change_password, with_epoch
from coresafe.ui.forms import NewPasswordField, PasswordField
from coresafe.ui.forms.operation import OperationForm
from coresafe.ui.tasks import Work
from coresafe.ui.theme import GRID
from coresafe.ui.widgets import label
from coresafe.ui.widgets.reading import ReadingOrder
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace


class PasswordForm(OperationForm):
    """The current password, the new one, and the new one again."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(workspace, tr("Change my password"), save=tr("Change the password"), parent=parent)
        username = workspace.context.actor.username
        self.add_widget(
            label(
                tr("Afterwards you stay signed in here. Everywhere else you are signed out."),
                "muted",
                wrap=True,
            )
        )
        self.current = PasswordField("current_password", tr("Current password"))
        self.new = NewPasswordField("new_password", tr("New password"), lambda: username)
        self.again = AgainField("again", tr("New password again"), self.new)
        for field in (self.current, self.new, self.again):
            self.add(field)
        self.settle()

    def use_case(self) -> Callable[..., Any]:
        return change_password

    def command(self) -> object:
        """What is typed, as the service takes it."""
        return ChangePassword(current_password=self.current.value() or "", new_password=self.new.value() or "")

    def _perform(self, work: Work, *, doubted: bool = False, tried: dict[str, Any] | None = None) -> None:
        self._workspace.renew()
        super()._perform(work, doubted=doubted, tried=tried)

    def show_failure(self, error: BaseException, again: Callable[[], object] | None = None) -> bool:
        """A wrong current password stands at its field; a lock is told and the session stays."""
        if not (isinstance(error, DatabaseUnavailable) and error.in_doubt):
            self._workspace.renewed()
        if isinstance(error, AccountLocked):
            self.current.set_value(None)
        shown = super().show_failure(error, again)
        if self.current.error:
            self.current.edit.selectAll()
        return shown


class AgainField(PasswordField):
    """The same password once more, so that a slip of the finger is noticed."""

    def __init__(self, name: str, title: str, first: PasswordField) -> None:
        self._first = first
        super().__init__(name, title)
        first.changed.connect(self._first_changed)

    def _first_changed(self) -> None:
        if self._judged:
            self.check()

    def _problem(self) -> str:
        return "" if self.typed() == self._first.typed() else tr("The two passwords are not the same.")


class PasswordDialog(ReadingOrder, QDialog):
    """The form in a window of its own. Opened with ``open()``.

    Signals: ``changed()`` the password is another one now.
    """

    changed = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Change my password"))
        self._workspace = workspace
        self.form = PasswordForm(workspace)
        self.form.saved.connect(self._saved)
        self.form.left.connect(lambda: self.done(QDialog.DialogCode.Rejected))
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.addWidget(self.form)
        self.setMinimumSize(48 * GRID, 48 * GRID)
        self.resize(56 * GRID, 64 * GRID)
        self.form.focus_first()

    def reject(self) -> None:
        """Esc and the window's own close button ask first, when something typed would be lost."""
        self.form.leave()

    def done(self, result: int) -> None:
        """Close; a change that stayed in doubt is found out by the next look."""
        if result != QDialog.DialogCode.Accepted:
            self._workspace.renewed()
        super().done(result)

    def _saved(self, epoch: int) -> None:
        self._workspace.renewed(with_epoch(self._workspace.context, epoch).actor)
        self.changed.emit()
        self.done(QDialog.DialogCode.Accepted)
