"""The window before the main window: it leads from a fresh machine to somebody who is signed in."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from coresafe.config import Settings
from coresafe.errors import CoreSafeError, SchemaMismatch, Unauthenticated
from coresafe.models.enums import Door
from coresafe.services.connecting import (
    ServerAddress,
    address_of,
    remember_embedded,
    remember_server,
    test_address,
)
from coresafe.services.context import Context, this_machine
from coresafe.services.database import Database
from coresafe.services.opening import embedded_path, open_database
from coresafe.ui.loading import LOADING
from coresafe.ui.messages import Messages
from coresafe.ui.start.doors import DoorsPage
from coresafe.ui.start.first_admin import FirstAdminPage, FirstSetup
from coresafe.ui.start.new_password import NewPasswordPage
from coresafe.ui.start.page import StartPage, WaitingPage
from coresafe.ui.start.server import ServerPage
from coresafe.ui.start.sign_in import SignInPage, TroublePage, UpgradePage
from coresafe.ui.state import Memory
from coresafe.ui.tasks import Progress, Task, TaskRunner, Token
from coresafe.ui.widgets.reading import ReadingOrder, first_stop
from coresafe.ui.words import tr

if TYPE_CHECKING:
    from coresafe.services.diagnosis import Finding

R = TypeVar("R")


class StartWindow(ReadingOrder, QMainWindow):
    """First run, connection, set-up and sign-in, one page at a time.

    Signals: ``signed_in(Context)``. ``sample``: fill a throw-away database and look around in it.
    """

    signed_in = Signal(object)

    def __init__(
        self, settings: Settings, runner: TaskRunner, messages: Messages, remembered: Memory, *, sample: bool = False
    ) -> None:
        super().__init__()
        self.setWindowTitle("CoreSafe")
        self.resize(960, 680)
        self.setMinimumSize(720, 600)
        self._settings = settings
        self._runner = runner
        self._messages = messages
        self._remembered = remembered
        self._database: Database | None = None
        self._is_sample = sample
        self._looking: Task | None = None  # at a server
        self._may_set_up = False  # an empty database of a server: whoever connects to it was asked
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.doors = DoorsPage()
        self.server = ServerPage()
        self.first_admin = FirstAdminPage()
        self.upgrade = UpgradePage()
        self.trouble = TroublePage()
        self.waiting = WaitingPage()
        self.sign_in = SignInPage()
        self.new_password = NewPasswordPage()
        self._temporary: tuple[Context, str] | None = None  # who must choose a new password, and the one he typed
        self._pages = QStackedWidget()
        for page in (
            self.sign_in, self.doors, self.server, self.first_admin, self.upgrade, self.trouble, self.waiting,
            self.new_password,
        ):  # fmt: skip
            self._pages.addWidget(page)
        self.setCentralWidget(self._pages)
        self._wire()
        self._begin()

    @property
    def page(self) -> StartPage:
        """The page that is shown."""
        shown = self._pages.currentWidget()
        assert isinstance(shown, StartPage)  # only such pages were added
        return shown

    @property
    def is_sample(self) -> bool:
        """Whether the database is a throw-away one."""
        return self._is_sample

    def release(self) -> Database | None:
        """Hand over the open database; the caller closes it."""
        database, self._database = self._database, None
        return database

    def sign_in_again(self, database: Database, reason: str = "") -> None:
        """Back to signing in, on the same database."""
        self._database = database
        self._greet()
        if reason:
            self.sign_in.notice.say(reason)

    def throw_away(self) -> None:
        """Remove a throw-away database; call after it was closed."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    # -- from one page to the next ---------------------------------------------------------------------------------

    def _wire(self) -> None:
        self.doors.sample.connect(self._look_around)
        self.doors.this_computer.connect(self._this_computer)
        self.doors.our_server.connect(self._our_server)
        self.server.stop.connect(self._stop_looking)
        self.server.back.connect(self._show_doors)
        self.server.test.connect(self._test_server)
        self.server.connect_to.connect(self._connect_server)
        self.first_admin.finished.connect(self._set_up)
        self.upgrade.upgrade.connect(self._upgrade_as)
        self.upgrade.set_up.connect(self._upgrade)
        self.upgrade.leave.connect(self._show_doors)
        self.trouble.again.connect(self._open)
        self.trouble.other_database.connect(self._show_doors)
        self.sign_in.sign_in.connect(self._sign_in)
        self.sign_in.other_database.connect(self._show_doors)
        self.doors.back.connect(self._open)
        self.new_password.chosen.connect(self._choose_password)
        self.new_password.leave.connect(self._keep_temporary)

    def _begin(self) -> None:
        if self._is_sample:
            self._look_around()
        elif self._settings.database_url or embedded_path().exists():
            self._open()
        else:
            self._show(self.doors)

    def _show(self, page: StartPage, focus: QWidget | None = None) -> None:
        self._pages.setCurrentWidget(page)
        page.setAccessibleName(page.title.text())
        (focus or first_stop(page) or page).setFocus()

    def _show_doors(self) -> None:
        """The doors, and the way back to the database that is open."""
        self.doors.offer_back(self._database is not None)
        self.doors.notice.say("")
        self._show(self.doors)

    def _run(self, work: Callable[[Token], R], done: Callable[[R], object], failed: Callable[[BaseException], object],
             *, writes: bool = False, title: str = "") -> Task:  # fmt: skip
        """Work off the window's thread; while it runs its page waits."""
        return self._runner.run(
            work, owner=self, done=done, failed=failed, changes=("start",) if writes else (), title=title,
            progress=self._progress,
        )  # fmt: skip

    def _progress(self, told: Progress) -> None:
        self.waiting.progress(told.n, told.of, told.text)

    def _open(self) -> None:
        """Open the configured database and look what it needs."""
        if self._database is None:
            try:
                self._database = open_database(self._settings)
            except CoreSafeError as error:
                self._show(self.doors)
                self.doors.notice.say(error.message)
                return
        database = self._database
        self._greet()
        self.sign_in.working(True)
        self.sign_in.button.setText(tr("Connecting …"))
        self._run(lambda _token: _state_of(database), self._opened, self._not_opened)

    def _opened(self, state: str) -> None:
        self.sign_in.working(False)
        if state == "empty":
            self._show(self.first_admin, self.first_admin.full_name)
        else:
            self._greet()

    def _not_opened(self, error: BaseException) -> bool:
        if isinstance(error, SchemaMismatch):
            database = self._database
            on_server = database is not None and not database.is_embedded
            if error.empty and (self._may_set_up or not on_server):
                self._upgrade()
                return True
            if error.empty:
                self.upgrade.offer_set_up(database.where if database is not None else "")
            else:
                hint = error.hint if error.too_new else ""
                self.upgrade.ask(f"{error.message} {hint}".strip(), possible=not error.too_new, on_server=on_server)
            self._show(self.upgrade)
            return True
        if isinstance(error, CoreSafeError):
            self.trouble.say(f"{error.message} {error.hint}".strip())
            self._show(self.trouble)
            return True
        self._messages.report(error, tr("Opening the database"))
        self.trouble.say(tr("Something went wrong in CoreSafe itself. The details are in the log."))
        self._show(self.trouble)
        return True

    def _greet(self) -> None:
        database = self._database
        if database is None:
            return
        hint = ""
        username = str(self._remembered.recall("sign_in/username", ""))
        if self._is_sample:
            with LOADING:
                from coresafe.services.demo import PASSWORD

            hint = tr(
                "Sample data. Sign in as admin, supervisor or technician; the password is {password}.",
                password=PASSWORD,
            )
            username = "supervisor"
        where = tr("sample data, thrown away at the end") if self._is_sample else database.where
        if database.is_embedded and not self._is_sample:
            where = tr("on this computer")
        self._pages.setCurrentWidget(self.sign_in)
        self.sign_in.greet(where, hint=hint, username=username)
        if self._is_sample:
            self.sign_in.password.set_value(PASSWORD)

    def _look_around(self) -> None:
        self._close_database()
        self._is_sample = True
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="coresafe-sample-", ignore_cleanup_errors=True)
        path = Path(tempfile.mkdtemp(dir=self._folder.name)) / "sample.db"
        self.waiting.wait_for(tr("Making a year of sample data"))
        self._show(self.waiting)

        def make(token: Token) -> Database:
            with LOADING:
                from coresafe.services import demo, schema

            database = Database(f"sqlite:///{path}")
            schema.upgrade(database)
            demo.play(database, progress=token.progress)
            return database

        self._run(make, self._sample_made, self._not_opened, title=tr("Making sample data"))

    def _sample_made(self, database: Database) -> None:
        self._database = database
        self._greet()

    def _this_computer(self) -> None:
        self._close_database()
        self._is_sample = False
        remember_embedded()
        self._settings = self._settings.model_copy(update={"database_url": ""})
        self._open()

    def _our_server(self) -> None:
        used = None if self._is_sample else address_of(self._settings)
        if used is not None:
            self.server.fill(used)
        self._show(self.server, self.server.host if used is None else self.server.password)

    def _test_server(self, address: ServerAddress) -> None:
        def show(findings: Sequence[Finding]) -> None:
            self.server.working(False)
            self.server.show_findings(findings)

        self._look_at_server(lambda token: test_address(address, token.check), show, tr("Testing …"))

    def _connect_server(self, address: ServerAddress) -> None:
        may_set_up = self.server.may_set_up

        def look(token: Token) -> tuple[Sequence[Finding], bool]:
            findings = test_address(address, token.check)
            token.check()
            works = not any(finding.stops for finding in findings)
            return findings, works and remember_server(address)

        def go_on(found: tuple[Sequence[Finding], bool]) -> None:
            findings, kept = found
            self.server.working(False)
            self.server.notice.say("")
            if any(finding.stops for finding in findings):
                self.server.show_findings(findings)
                return
            self._close_database()
            self._is_sample = False
            self._may_set_up = may_set_up
            self._settings = self._settings.model_copy(
                update={
                    "database_url": address.url().render_as_string(hide_password=False),
                    "database_hosts": (),
                    "database_ca": address.ca,
                }
            )
            self._open()
            if not kept:
                self.sign_in.notice.say(
                    tr("This machine has no keyring, so the database's password has to be typed again next time."),
                    error=False,
                )

        self._look_at_server(look, go_on, tr("Connecting …"))

    def _look_at_server(self, look: Callable[[Token], R], done: Callable[[R], None], said: str) -> None:
        self.server.working(True)
        self.server.notice.say(said, error=False)

        def failed(error: BaseException) -> bool:
            self.server.working(False)
            self.server.notice.say(getattr(error, "message", "") or tr("The test did not work. Nothing was changed."))
            return isinstance(error, CoreSafeError)

        self._looking = self._run(look, done, failed)

    def _stop_looking(self) -> None:
        """The person need not wait for a server that does not answer; the look itself ends within seconds."""
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        self.server.stopped()

    def _upgrade_as(self, username: str, password: str) -> None:
        """Upgrade an older database once an administrator said so."""
        database = self._database
        if database is None:
            return
        self.upgrade.button.setEnabled(False)

        def work(_token: Token) -> None:
            with LOADING:
                from coresafe.services.signing_in import require_admin

            require_admin(database, username, password)

        def allowed(_nothing: object) -> None:
            self.upgrade.button.setEnabled(True)
            self.upgrade.password.set_value(None)
            self._upgrade()

        def failed(error: BaseException) -> bool:
            self.upgrade.button.setEnabled(True)
            self.upgrade.refused(getattr(error, "message", "") or tr("That did not work. Nothing was changed."))
            return isinstance(error, CoreSafeError)

        self._run(work, allowed, failed)

    def _upgrade(self) -> None:
        database = self._database
        if database is None:
            return
        self.waiting.wait_for(tr("Setting the database up"))
        self._show(self.waiting)

        def work(_token: Token) -> str:
            with LOADING:
                from coresafe.services import schema

            schema.upgrade(database)
            return _state_of(database)

        self._run(work, self._opened, self._not_opened, writes=True, title=tr("Setting the database up"))

    def _set_up(self, setup: FirstSetup) -> None:
        database = self._database
        if database is None:
            return
        self.first_admin.button.setEnabled(False)

        def work(_token: Token) -> Context:
            return _set_up(database, setup)

        def failed(error: BaseException) -> bool:
            self.first_admin.button.setEnabled(True)
            return self.first_admin.show_failure(error)

        self._run(work, self._welcome, failed, writes=True, title=tr("Setting up"))

    def _sign_in(self, username: str, password: str) -> None:
        database = self._database
        if database is None:
            return
        self.sign_in.working(True)

        def work(_token: Token) -> Context:
            with LOADING:
                from coresafe.services.signing_in import sign_in

            return sign_in(database, username, password, door=Door.WINDOW, machine=this_machine())

        def failed(error: BaseException) -> bool:
            if isinstance(error, CoreSafeError):
                self.sign_in.refused(" ".join(part for part in (error.message, error.hint) if part))
                return True
            self.sign_in.refused(tr("Something went wrong in CoreSafe itself. The details are in the log."))
            return False

        self._run(work, lambda who: self._let_in(who, password), failed, writes=True, title=tr("Signing in"))

    def _let_in(self, context: Context, password: str) -> None:
        """Whoever was handed a temporary password chooses his own first."""
        if not context.actor.must_change_password:
            self._welcome(context)
            return
        self.sign_in.working(False)
        self.sign_in.password.set_value(None)
        self._temporary = (context, password)
        self.new_password.begin(context.actor.username)
        self._show(self.new_password, self.new_password.password)

    def _choose_password(self, new: str) -> None:
        if self._temporary is None:
            return
        context, temporary = self._temporary

        def work(_token: Token) -> Context:
            with LOADING:
                from coresafe.services.signing_in import ChangePassword, change_password, with_epoch

            command = ChangePassword(current_password=temporary, new_password=new)
            return with_epoch(context, change_password(context, command))

        def done(renewed: Context) -> None:
            self._temporary = None
            self.new_password.forget()
            self._welcome(renewed)

        def failed(error: BaseException) -> bool:
            if isinstance(error, Unauthenticated):
                self._keep_temporary()
                self.sign_in.notice.say(error.message)
                return True
            return self.new_password.refused(error)

        self._run(work, done, failed, writes=True, title=tr("Changing the password"))

    def _keep_temporary(self) -> None:
        self._temporary = None
        self.new_password.forget()
        self._greet()

    def _welcome(self, context: Context) -> None:
        self.sign_in.working(False)
        self.sign_in.password.set_value(None)
        self.first_admin.button.setEnabled(True)
        for secret in (self.first_admin.password, self.first_admin.again):
            secret.set_value(None)
        if not self._is_sample:
            self._remembered.remember("sign_in/username", context.actor.username)
        self.signed_in.emit(context)

    def _close_database(self) -> None:
        database, self._database = self._database, None
        if database is not None:
            self._runner.run(lambda _token: database.close(), owner=self, changes=("start",))


def _state_of(database: Database) -> str:
    """``ready`` or, where there is no administrator yet, ``empty``. Raises SchemaMismatch or DatabaseUnavailable."""
    with LOADING:
        from coresafe.services import schema, users

    schema.require_current(database)
    return "ready" if users.has_admin(database) else "empty"


def _set_up(database: Database, setup: FirstSetup) -> Context:
    with LOADING:
        from coresafe.services.inventory import SetBase, set_base
        from coresafe.services.signing_in import sign_in
        from coresafe.services.users import add_first_admin

    add_first_admin(database, setup.admin, door=Door.WINDOW, machine=this_machine())
    context = sign_in(database, setup.admin.username, setup.admin.password, door=Door.WINDOW, machine=this_machine())
    for size, count in setup.stock.items():
        set_base(context, SetBase(tray_size=size, base_quantity=count, reason=tr("Stock when CoreSafe was installed")))
    return context
