"""Locking the window: its content is covered, no key reaches it, and the password of whoever is signed in opens it again."""

from __future__ import annotations

import functools
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QWidget
from shiboken6 import isValid

from coresafe.errors import AccountLocked, CoreSafeError, Unauthenticated
from coresafe.services.context import Context
from coresafe.ui.actions import Actions
from coresafe.ui.admin.idle import Idle
from coresafe.ui.admin.lock_page import LockPage
from coresafe.ui.messages import Choice
from coresafe.ui.tasks import Token
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace

#: Seconds that a person at a locked window waits for a database that is away before he is told.
PATIENCE_SECONDS = 5.0
_PASSING = (Qt.WindowType.Popup, Qt.WindowType.ToolTip, Qt.WindowType.SplashScreen)


class WindowLock(QObject):
    """Covers ``window`` and every window that belongs to it (its children, as QObject has them) until it is unlocked.

    The workspace goes on looking for changes. ``holds_typing`` tells whether something typed would be lost with the
    session.

    Signals: ``changed(bool)`` it was locked or unlocked; ``ended(str)`` the session is over, with the reason, "" when the
    person wants to sign in as somebody else.
    """

    changed = Signal(bool)
    ended = Signal(str)

    def __init__(
        self, window: QMainWindow, actions: Actions, workspace: Workspace, holds_typing: Callable[[], bool]
    ) -> None:
        super().__init__(window)
        self._window = window
        self._actions = actions
        self._workspace = workspace
        self._holds_typing = holds_typing
        self._had_focus: QWidget | None = None
        self._hidden: list[QWidget] = []
        self.locked = False
        self.page = LockPage(workspace.context.actor)
        self.page.unlock.connect(self._try)
        self.page.somebody_else.connect(self._somebody_else)
        content = window.takeCentralWidget()
        assert content is not None  # the window was assembled before
        self._cover = QStackedWidget()
        self._cover.addWidget(content)
        self._cover.addWidget(self.page)
        window.setCentralWidget(self._cover)
        self.idle = Idle(parent=self)
        self.idle.idle.connect(self.lock)
        self.idle.start()

    def lock(self) -> None:
        """Cover everything."""
        if self.locked:
            return
        self.locked = True
        self.idle.stop()
        holds_typing = self._holds_typing()
        self._had_focus = self._window.focusWidget()
        self._hide_others()
        self._cover.setCurrentWidget(self.page)
        self._actions.listen(False)
        self._window.menuBar().setEnabled(False)
        self._window.statusBar().setEnabled(False)
        self._window.activateWindow()
        self.page.begin(holds_typing=holds_typing)
        self.changed.emit(True)
        app = QApplication.instance()
        assert app is not None  # there is a window
        app.installEventFilter(self)

    def may_leave(self) -> bool:
        """Whether the window may be closed as it is: not over something typed that nobody can see."""
        if not self._holds_typing():
            return True
        self.page.ask(
            tr("Something typed in this window is not saved."), tr("Unlock the window first, then save or leave it.")
        )
        return False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A window of ours that opens while it is locked (an answer came) waits until it is unlocked."""
        shows = event.type() == QEvent.Type.Show
        if shows and isinstance(watched, QWidget) and watched.isWindow() and self._is_ours(watched):
            # Not at once: Qt is in the middle of showing it.
            QTimer.singleShot(0, watched, functools.partial(self._hide_if_locked, watched))
        return False

    # -- unlocking --------------------------------------------------------------------------------------------------

    def _try(self, password: str) -> None:
        context = self._workspace.context

        def work(_token: Token) -> Context:
            from coresafe.services.signing_in import sign_in

            return sign_in(
                context.database,
                context.actor.username,
                password,
                door=context.door,
                machine=context.machine,
                patience=PATIENCE_SECONDS,
            )

        self._workspace.runner.run(
            work, owner=self, done=self._right, failed=self._not_let_in, changes=("sign_in",), title=tr("Unlocking")
        )

    def _right(self, context: Context) -> None:
        was = self._workspace.context.actor
        if (context.actor.epoch, context.actor.role) != (was.epoch, was.role):
            # The same person, but not the same session: it was ended elsewhere and the window has not heard of it yet.
            self.ended.emit(tr("You have been signed out. Sign in again."))
            return
        self._unlock()

    def _not_let_in(self, error: BaseException) -> bool:
        if not self.locked:
            return True
        if isinstance(error, Unauthenticated):
            self.page.refused(tr("That is not the password. Try again."))
            return True
        if isinstance(error, AccountLocked):
            self.page.refused(error.message)
            return True
        if isinstance(error, CoreSafeError):
            self.page.failed(error.message, error.hint)
            return True
        self.page.failed(tr("Something went wrong in CoreSafe itself. The details are in the log."))
        return False

    def _unlock(self) -> None:
        app = QApplication.instance()
        assert app is not None  # there is a window
        app.removeEventFilter(self)
        self.locked = False
        self.page.working(False)
        self.page.password.set_value(None)
        self._cover.setCurrentIndex(0)
        self._actions.listen(True)
        self._window.menuBar().setEnabled(True)
        self._window.statusBar().setEnabled(True)
        if self._had_focus is not None and isValid(self._had_focus):
            self._had_focus.setFocus(Qt.FocusReason.OtherFocusReason)
        self._had_focus = None
        hidden, self._hidden = self._hidden, []
        for window in hidden:
            if isValid(window):
                window.show()
                window.activateWindow()
        self.idle.start()
        self.changed.emit(False)
        self._workspace.reload_all()

    def _somebody_else(self) -> None:
        if not self._holds_typing():
            self.ended.emit("")
            return
        self.page.ask(
            tr("Sign in as somebody else?"),
            tr("What was typed in this window and is not saved would be lost."),
            Choice(tr("Keep it"), self.page.password.setFocus, primary=True),
            Choice(tr("Leave and lose it"), lambda: self.ended.emit("")),
        )

    # -- other windows ----------------------------------------------------------------------------------------------

    def _hide_others(self) -> None:
        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
        for widget in self._window.findChildren(QWidget):
            if widget.isWindow() and widget.isVisible():
                self._hide(widget)

    def _hide_if_locked(self, widget: QWidget) -> None:
        if self.locked and isValid(widget):
            self._hide(widget)

    def _hide(self, widget: QWidget) -> None:
        widget.hide()
        if widget.windowType() not in _PASSING and widget not in self._hidden:
            self._hidden.append(widget)

    def _is_ours(self, widget: QWidget) -> bool:
        above: QObject | None = widget.parent()
        while above is not None and above is not self._window:
            above = above.parent()
        return above is not None and not self.page.isAncestorOf(widget)
