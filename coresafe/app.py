"""The composition root: the one place where settings, services and windows are put together."""

from __future__ import annotations

import logging
import os
import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from coresafe import __version__, config, logs, paths
from coresafe.errors import CoreSafeError
from coresafe.services import database as database_module
from coresafe.ui.loading import LOADING
from coresafe.ui.messages import Messages
from coresafe.ui.start import StartWindow
from coresafe.ui.state import Memory
from coresafe.ui.tasks import TaskRunner
from coresafe.ui.theme import theme

if TYPE_CHECKING:
    from coresafe.services.context import Context
    from coresafe.services.database import Database
    from coresafe.ui.main_window import MainWindow
    from coresafe.ui.settings import Access

_LOG = logging.getLogger("coresafe.app")


class Program(QObject):
    """The running program: one task runner, one messages port, and whichever window is shown."""

    def __init__(self, app: QApplication, settings: config.Settings, *, demo: bool = False) -> None:
        super().__init__(app)
        self.settings = settings
        self.messages = Messages(self)
        self.runner = TaskRunner(self)
        self.runner.report_to(self._report)
        self.remembered = Memory()
        theme().choose(str(self.remembered.recall("look/scheme", "system")))
        theme().set_scale(self.remembered.recall("look/size", 1.0))
        self.start = StartWindow(settings, self.runner, self.messages, self.remembered, sample=demo)
        self.start.signed_in.connect(self._signed_in)
        self.main: MainWindow | None = None
        self.access: Access | None = None
        self._database: Database | None = None
        self._home: Database | None = None
        app.aboutToQuit.connect(self.close)

    def show(self) -> None:
        """Show the first window; the rest is loaded while somebody types his password."""
        self.start.show()
        QTimer.singleShot(200, self, _load_main_window)

    def close(self) -> None:
        """End: let writes finish, end what other programs use, seal, close the database."""
        if self.main is not None:
            self.main.workspace.stop()
        if self.access is not None:
            self.access.end()
        self.runner.close()
        if self.access is not None:
            self.access.close()
        database = self._database or self.start.release()
        self._database = None
        if database is not None:
            # The windows are gone and nothing else runs: this thread may wait for the database now.
            database_module.allow_thread()
            database.close()
        self.start.throw_away()

    def _signed_in(self, context: Context) -> None:
        with LOADING:
            from coresafe.ui.main_window import MainWindow
            from coresafe.ui.settings import Access

        self.start.release()
        self._database = context.database
        # One for all main windows: the next one's may only start when the last one's has ended.
        self.access = self.access or Access(self.settings, self.remembered, self)
        self.main = MainWindow(
            context,
            self.runner,
            self.messages,
            self.remembered,
            is_sample=self.start.is_sample,
            shed=self.settings.shed,
            access=self.access,
        )
        self.main.signed_out.connect(self._signed_out)
        self.main.show()
        self.start.hide()

    def _signed_out(self, reason: str) -> None:
        main, self.main = self.main, None
        database, self._database = self._database, None
        if database is not None:
            self.start.sign_in_again(database, reason)
        self.start.show()
        if main is not None:
            main.close_for_good()

    def _report(self, error: BaseException, title: str, again: object, owner: QObject) -> object:
        return self.messages.report(error, title, again if callable(again) else None, owner)


def _load_main_window() -> None:
    with LOADING:
        import coresafe.ui.main_window  # noqa: F401  # so that signing in does not wait for it


def run_window(*, demo: bool = False) -> int:
    """Start the desktop application; returns its exit code."""
    try:
        settings = config.load()
    except CoreSafeError as error:
        print(f"coresafe: {error.message}", file=sys.stderr)  # noqa: T201  # there is no window yet to say it in
        return 1
    logs.start(paths.log_folder(), "DEBUG" if settings.debug else settings.log_level, terminal=settings.debug)
    app = application()
    database_module.forbid_thread()
    program = Program(app, settings, demo=demo)
    _catch_all(program.messages)
    _LOG.info("CoreSafe %s started", __version__)
    program.show()
    if os.environ.get("CORESAFE_QUIT_WHEN_PAINTED"):
        # For measuring how long a start takes (benchmarks): the window is painted, then the program ends.
        QTimer.singleShot(0, lambda: QTimer.singleShot(0, app.quit))
    code = app.exec()
    logs.stop()
    return code


def application() -> QApplication:
    """The QApplication, made once."""
    there = QApplication.instance()
    if isinstance(there, QApplication):
        return there
    app = QApplication(sys.argv[:1])
    app.setApplicationName("CoreSafe")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("coresafe")
    return app


def _catch_all(messages: Messages) -> None:
    """What nobody caught is logged and shown once; the program goes on."""

    def caught(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        messages.report(error)

    sys.excepthook = caught
    threading.excepthook = lambda args: _LOG.error(
        "a thread ended with an error", exc_info=args.exc_value if args.exc_value is not None else False
    )
