"""What every page of the main window shares: who is signed in, how work is done, and what others changed meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID, uuid4

from PySide6.QtCore import QObject, QTimer, Signal

from coresafe.errors import DatabaseUnavailable, Unauthenticated
from coresafe.services import feed
from coresafe.services.context import Actor, Context
from coresafe.services.permissions import Permission
from coresafe.services.ruling import Installation, read_installation
from coresafe.ui import clock
from coresafe.ui.hand import Hand
from coresafe.ui.house import House
from coresafe.ui.messages import DOUBT, TROUBLE, Messages
from coresafe.ui.tasks import CanBeDisabled, TaskRunner
from coresafe.ui.words import tr

R = TypeVar("R")

#: Others' work shows within five seconds: a poll every three leaves room for a slow link.
POLL_MS = 3000
#: While the server is away, ask gently.
AWAY_MS = 5000
#: What the rules and the sheds are read again after.
_HOUSE = frozenset({"settings", "sheds"})
#: A look that was not answered by then: the server is silent, whatever the threads still wait for.
SILENT_MS = 6500

_LOG = logging.getLogger("coresafe.ui")


class Dated(Protocol):
    """Something that shows data and can say of when it is."""

    def set_as_of(self, as_of: str) -> None:
        """Grey it and date it, or with "" neither."""


class Workspace(QObject):
    """A signed-in session as the windows see it.

    Signals: ``changed(frozenset)`` kinds of thing that were changed, by us or by others; ``online(bool)`` the database
    went away or is back; ``aged(str)`` what is shown is of that time ("as of 10:42:07"), or of now (""); ``moment(datetime)``
    the database's clock at the last answer; ``signed_out(str)`` the session was ended from elsewhere, with the reason.

    ``house``: the installation's rules and sheds. They are read once, and again when somebody has changed them.
    """

    changed = Signal(object)
    online = Signal(bool)
    aged = Signal(str)
    moment = Signal(object)
    signed_out = Signal(str)

    def __init__(
        self,
        context: Context,
        runner: TaskRunner,
        messages: Messages,
        parent: QObject | None = None,
        *,
        shed: str = "",
    ) -> None:
        super().__init__(parent)
        self.house = House(shed, self)
        self.context = context
        self.runner = runner
        self.messages = messages
        self.is_online = True
        self.last_moment: datetime | None = None
        self.delay_ms = 0
        self._mark = feed.Mark()
        self._asking = False
        self._renewing = False
        self._reading_house = False
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self.look)
        self._silent = QTimer(self, interval=SILENT_MS, singleShot=True)
        # Once more round the loop: the answer may be there already, behind what kept the window busy.
        self._silent.timeout.connect(lambda: QTimer.singleShot(100, self, self._is_silent))
        self._doubtful: dict[UUID, Callable[[], object]] = {}
        self.runner.changed.connect(self._we_changed)
        #: Before any page: what a change makes old is known to be old when a page hears of it.
        self.hand = Hand(self)

    @property
    def as_of(self) -> str:
        """Of when is what is shown: "as of 10:42:07" while the database is away, "" while all of it is of now.

        Until the last answer of the feed nothing had been changed that is not shown.
        """
        return "" if self.is_online else self.last_told

    @property
    def last_told(self) -> str:
        """When all that is shown was last known to be of now."""
        if self.last_moment is None:
            return tr("as it was last read")
        return tr("as of {time}", time=clock.dated(self.last_moment))

    def date(self, *shown: Dated) -> None:
        """Let what shows data be greyed and dated while the database is away."""
        for part in shown:
            self.aged.connect(part.set_as_of)
            part.set_as_of(self.as_of)

    def start(self) -> None:
        """Begin to look for others' changes."""
        self.look()
        if not self.house.known:
            self._read_house()
        self._timer.start()

    def stop(self) -> None:
        """Look no more; the window is closing or signing out."""
        self._timer.stop()
        self._silent.stop()

    def may(self, permission: Permission) -> bool:
        """Whether to offer an action; what a role may not do is not shown."""
        return self.context.actor.may(permission)

    def read(
        self,
        use_case: Callable[..., R],
        *args: Any,
        owner: QObject,
        done: Callable[[R], object],
        failed: Callable[[BaseException], object] | None = None,
        lane: str = "",
        title: str = "",
    ) -> None:
        """Run a reading use case off the window's thread; ``done`` gets its answer on the window's thread."""
        actor = self.context.actor
        self.runner.run(
            lambda _token: use_case(self.context, *args),
            owner=owner,
            done=done,
            failed=lambda error: self._is_outdated(error, actor) or self._judge(error, failed),
            lane=lane,
            title=title,
            quiet=True,
        )

    def write(
        self,
        use_case: Callable[..., R],
        command: object,
        *,
        owner: QObject,
        done: Callable[[R], object],
        changes: Sequence[str],
        failed: Callable[[BaseException], object] | None = None,
        action: CanBeDisabled | None = None,
        operation_id: UUID | None = None,
        title: str = "",
    ) -> None:
        """Run a writing use case. Under one ``operation_id`` it happens once, however often it is tried.

        One that is in doubt when the database goes away is asked again by itself once it is back.
        """
        stated = operation_id or uuid4()

        def again() -> None:
            self.write(
                use_case, command, owner=owner, done=done, changes=changes, failed=failed, action=action,
                operation_id=stated, title=title,
            )  # fmt: skip

        def went_wrong(error: BaseException) -> bool:
            if isinstance(error, DatabaseUnavailable) and error.in_doubt and failed is None:
                self._doubtful[stated] = again
            return self._judge(error, failed) and stated not in self._doubtful

        def came(answer: R) -> None:
            self._doubtful.pop(stated, None)
            done(answer)

        self.runner.run(
            lambda _token: use_case(self.context, command, stated),
            owner=owner,
            done=came,
            failed=went_wrong,
            action=action,
            changes=changes,
            title=title,
        )

    def renew(self) -> None:
        """The person changes his password, which ends sessions: what is refused from now on does not end this one.

        ``renewed`` must follow, whether it worked or not.
        """
        self._renewing = True
        self._timer.stop()

    def renewed(self, actor: Actor | None = None) -> None:
        """The session goes on as ``actor``; None: as it was."""
        if not self._renewing:
            return
        self._renewing = False
        if actor is not None:
            self.context.renew(actor)
            self.reload_all()  # what was asked as the old one was refused
        self.start()

    def look(self) -> None:
        """Ask the feed once, unless an answer is still on its way."""
        if self._asking:
            return
        self._asking = True
        self._silent.start()
        actor = self.context.actor
        self.runner.run(
            lambda _token: _timed(lambda: feed.poll(self.context, self._mark)),
            owner=self,
            done=self._news,
            failed=lambda error: self._no_news(error, actor),
            quiet=True,
        )

    def _news(self, answer: tuple[feed.News, float]) -> None:
        self._answered()
        news, seconds = answer
        self.delay_ms = round(seconds * 1000)
        self.last_moment = news.as_of
        self._set_online(True)
        self.moment.emit(news.as_of)
        if not self.house.known and not self._reading_house:
            self._read_house()
        if news.everything:
            self.reload_all()
        elif news.kinds:
            # The runner tells every page what changed, whoever changed it.
            self.runner.changed.emit(tuple(sorted(news.kinds)))

    def _no_news(self, error: BaseException, asked_as: Actor) -> bool:
        self._answered()
        return self._is_outdated(error, asked_as) or self._judge(error, None)

    def _answered(self) -> None:
        self._asking = False
        self._silent.stop()

    def _is_silent(self) -> None:
        """The server takes what is asked and says nothing."""
        if self._asking:
            self._set_online(False)

    def _is_outdated(self, error: BaseException, asked_as: Actor) -> bool:
        """Whether it was refused only because the session is being renewed, or was while the answer was on its way."""
        return isinstance(error, Unauthenticated) and (self._renewing or asked_as is not self.context.actor)

    def heed(self, error: BaseException) -> bool:
        """What any failure means for the session: it was ended (True), or the database is away."""
        if isinstance(error, Unauthenticated):
            if self._renewing:
                return False
            self.stop()
            self.signed_out.emit(error.message)
            return True
        if isinstance(error, DatabaseUnavailable):
            self._set_online(False)
        return False

    def _judge(self, error: BaseException, failed: Callable[[BaseException], object] | None) -> bool:
        """What every failure means for the session; then the page's own say. True when nothing is left to report."""
        if self.heed(error):
            return True
        away = isinstance(error, DatabaseUnavailable)
        handled = failed is not None and failed(error) is not False
        return handled or (away and failed is None)

    def _set_online(self, online: bool) -> None:
        if online == self.is_online:
            return
        self.is_online = online
        self._timer.setInterval(POLL_MS if online else AWAY_MS)
        _LOG.info("the database is %s", "back" if online else "away")
        self.online.emit(online)
        self.aged.emit(self.as_of)
        if online:
            self.messages.withdraw(TROUBLE)
            self.messages.withdraw(DOUBT)
            doubtful, self._doubtful = list(self._doubtful.values()), {}
            for again in doubtful:
                again()
            self.reload_all()

    def reload_all(self) -> None:
        """Whatever happened meanwhile is read anew."""
        self.runner.changed.emit(tuple(sorted({kind for kinds in feed.TOUCHES.values() for kind in kinds})))

    def _read_house(self) -> None:
        self._reading_house = True
        self.read(
            read_installation, owner=self, lane="house", done=self._house_read, failed=lambda _error: self._no_house()
        )

    def _house_read(self, found: Installation) -> None:
        self._reading_house = False
        self.house.take(found)

    def _no_house(self) -> bool:
        self._reading_house = False
        return True  # nothing to report: the next look reads it again

    def _we_changed(self, kinds: tuple[str, ...]) -> None:
        if not _HOUSE.isdisjoint(kinds):
            self._read_house()
        self.changed.emit(frozenset(kinds))


def _timed(work: Callable[[], R]) -> tuple[R, float]:
    import time

    start = time.monotonic()
    answer = work()
    return answer, time.monotonic() - start
