"""The one way to do work off the window's thread.

    runner.run(lambda token: list_dispatches(context, query), owner=page, done=page.show_rows)

One ``TaskRunner`` lives as long as the program. Its signals live on it, not on the tasks: a signal that belongs to a
task dies on the pool's thread. The work gets a ``Token`` and never a widget. ``done`` and ``failed`` are called on the
window's thread, and not at all once their owner is gone. Threads only wait for the database; what computes for longer
than 100 ms goes through ``processes``.
"""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

from coresafe.errors import Cancelled

Work = Callable[["Token"], Any]
Done = Callable[[Any], object]
Failed = Callable[[BaseException], object]
#: Where failures go that nobody handles: the error, the task's title, what to call to try again, and the owner.
Report = Callable[[BaseException, str, Callable[[], object], QObject], object]

#: Seconds between two reports of progress; more would flood the window's event loop.
_PROGRESS_EVERY = 0.05


class CanBeDisabled(Protocol):
    """An action, a button or any other control."""

    def isEnabled(self) -> bool: ...

    def setEnabled(self, enabled: bool, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a task is: ``n`` of ``of`` steps (``of`` 0: unknown), and what it does in words."""

    n: int = 0
    of: int = 0
    text: str = ""


class Token:
    """What the work holds: it tells how far it is and learns that it should stop. Used on the work's own thread."""

    def __init__(self, told: Callable[[Progress], None] | None = None) -> None:
        self._told = told
        self._stop = threading.Event()
        self._last = 0.0

    @property
    def cancelled(self) -> bool:
        """Whether the person asked to stop."""
        return self._stop.is_set()

    def cancel(self) -> None:
        """Ask the work to stop; it does so at its next look."""
        self._stop.set()

    def check(self) -> None:
        """Raise Cancelled if the person asked to stop."""
        if self._stop.is_set():
            raise Cancelled

    def progress(self, n: int, of: int = 0, text: str = "") -> None:
        """Say how far the work is. Cheap: what comes too fast is left out. Raises Cancelled like ``check``."""
        self.check()
        now = time.monotonic()
        if self._told is not None and (n == of or now - self._last >= _PROGRESS_EVERY):
            self._last = now
            self._told(Progress(n, of, text))


@dataclass(eq=False)
class Task:
    """One piece of work under way. ``progress`` is the latest that it told; ``started`` is in monotonic seconds."""

    title: str
    changes: tuple[str, ...]
    token: Token
    number: int
    started: float
    quiet: bool
    progress: Progress = field(default_factory=Progress)
    _work: Work | None = None
    _owner: QObject | None = None
    _done: Done | None = None
    _failed: Failed | None = None
    _told: Callable[[Progress], object] | None = None
    _action: CanBeDisabled | None = None
    _lane: tuple[int, str] | None = None
    _again: Callable[[], object] | None = None
    _result: Any = None
    _error: BaseException | None = None

    def cancel(self) -> None:
        """Ask the work to stop; its callbacks are dropped, as Cancelled is silent."""
        self.token.cancel()

    @property
    def elapsed(self) -> float:
        """Seconds since it was asked for."""
        return time.monotonic() - self.started

    def _let_go(self) -> None:
        # The pool's thread may hold the last reference to this task; a widget must not die on that thread.
        self._work = self._owner = self._done = self._failed = self._told = None
        self._action = self._again = self._result = self._error = None


class TaskRunner(QObject):
    """Runs work on a pool of threads and answers on the window's thread.

    Signals: ``changed(tuple)`` the kinds of thing that a write changed; ``busy_changed()`` something started, went on or
    ended.
    """

    changed = Signal(tuple)
    busy_changed = Signal()
    _answered = Signal(object)
    _progressed = Signal(object, object)

    def __init__(self, parent: QObject | None = None, *, report: Report | None = None, threads: int = 8) -> None:
        super().__init__(parent)
        self._report = report
        self._threads_wanted = threads
        self._threads: list[threading.Thread] = []
        self._waiting: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._unfinished = 0  # tasks waiting or on a thread, dropped ones among them
        self._counting = threading.Lock()
        self._tasks: dict[int, Task] = {}
        self._lanes: dict[tuple[int, str], Task] = {}
        self._numbers = itertools.count(1)
        self._closed = False
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._progressed.connect(self._show_progress, Qt.ConnectionType.QueuedConnection)

    def report_to(self, report: Report) -> None:
        """Where failures go that nobody handles (the messages port)."""
        self._report = report

    @property
    def busy(self) -> tuple[Task, ...]:
        """What is under way, oldest first; quiet tasks (looking for changes, pages of a table) are left out."""
        return tuple(task for task in self._tasks.values() if not task.quiet)

    @property
    def idle(self) -> bool:
        """Nothing at all is under way."""
        return not self._tasks

    def run(
        self,
        work: Work,
        *,
        owner: QObject,
        done: Done | None = None,
        failed: Failed | None = None,
        progress: Callable[[Progress], object] | None = None,
        action: CanBeDisabled | None = None,
        changes: Sequence[str] = (),
        title: str = "",
        lane: str = "",
        quiet: bool = False,
    ) -> Task:
        """Run ``work(token)`` on the pool and call ``done(result)`` or ``failed(error)`` on the window's thread.

        ``owner``: the callbacks are dropped when it is destroyed; reading work is then cancelled, a write goes on.
        ``failed`` may return False: then, as without it, the error goes to the messages port. Cancelled is silent.
        ``action`` is disabled meanwhile. ``changes``: what a write changes; ``changed`` carries it after success.
        ``title`` says in the person's words what is being done. ``lane``: within one owner, a newer task of a lane
        drops the older one and its answer. ``quiet``: not worth showing in the status bar.
        Call it on the window's thread only.
        """
        task = Task(title, tuple(changes), Token(), next(self._numbers), time.monotonic(), quiet)
        if self._closed:
            task.cancel()
            return task
        task.token._told = lambda told, number=task.number: self._tell(number, told)
        task._work, task._owner, task._done, task._failed, task._told = work, owner, done, failed, progress
        task._again = lambda: self.run(
            work, owner=owner, done=done, failed=failed, progress=progress, action=action, changes=changes, title=title,
            lane=lane, quiet=quiet,
        )  # fmt: skip
        if lane:
            task._lane = (id(owner), lane)
            older = self._lanes.get(task._lane)
            if older is not None:
                self._drop(older)
            self._lanes[task._lane] = task
        if action is not None and action.isEnabled():
            action.setEnabled(False)
            task._action = action
        self._tasks[task.number] = task
        with self._counting:
            self._unfinished += 1
            short_of_threads = len(self._threads) < min(self._threads_wanted, self._unfinished)
        if short_of_threads:
            self._start_thread()
        self._waiting.put(task)
        self.busy_changed.emit()
        return task

    def cancel_all(self, owner: QObject) -> None:
        """Drop every reading task of ``owner``, for one that starts anew."""
        for task in list(self._tasks.values()):
            if task._owner is owner and not task.changes:
                self._drop(task)

    def close(self, seconds: float = 5.0) -> bool:
        """End: cancel what reads, let writes finish for at most ``seconds``. True when every thread has ended."""
        self._closed = True
        for task in self._tasks.values():
            if not task.changes:
                task.cancel()
        for _ in self._threads:
            self._waiting.put(None)
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        ended = not any(thread.is_alive() for thread in self._threads)
        for task in list(self._tasks.values()):
            task._let_go()
        self._tasks.clear()
        self._lanes.clear()
        return ended

    # -- on the pool's threads ------------------------------------------------------------------------------------

    def _start_thread(self) -> None:
        # A daemon: a server that never answers must not keep the program from ending once close() has waited.
        thread = threading.Thread(target=self._serve, name=f"coresafe-task-{len(self._threads) + 1}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        while (task := self._waiting.get()) is not None:
            self._perform(task)
            del task
            with self._counting:
                self._unfinished -= 1

    def _perform(self, task: Task) -> None:
        try:
            work = task._work
            if work is None:
                return
            try:
                task.token.check()
                task._result = work(task.token)
            finally:
                del work
        except BaseException as error:  # noqa: BLE001 - every kind of failure is the window's to judge
            task._error = error
        try:
            self._answered.emit(task)
        except RuntimeError:
            pass  # the runner's Qt half is gone: the program is ending

    def _tell(self, number: int, told: Progress) -> None:
        try:
            self._progressed.emit(number, told)
        except RuntimeError:
            pass

    # -- on the window's thread -----------------------------------------------------------------------------------

    @Slot(object, object)
    def _show_progress(self, number: int, told: Progress) -> None:
        self._cancel_orphans()
        task = self._tasks.get(number)
        if task is None:
            return
        task.progress = told
        if task._told is not None and task._owner is not None and isValid(task._owner):
            task._told(told)
        self.busy_changed.emit()

    @Slot(object)
    def _deliver(self, task: Task) -> None:
        if self._tasks.pop(task.number, None) is None:
            task._let_go()
            return
        if task._lane is not None and self._lanes.get(task._lane) is task:
            del self._lanes[task._lane]
        self._enable(task)
        self._cancel_orphans()
        try:
            self._answer(task)
        finally:
            task._let_go()
            self.busy_changed.emit()

    def _answer(self, task: Task) -> None:
        owner, error = task._owner, task._error
        there = owner is not None and isValid(owner)
        if error is None:
            # The page's own answer first: it may close its form before the tables reload.
            try:
                if there and task._done is not None and (task.changes or not task.token.cancelled):
                    task._done(task._result)
            finally:
                if task.changes:
                    self.changed.emit(task.changes)
            return
        if isinstance(error, Cancelled) or (task.token.cancelled and not task.changes):
            return
        handled = there and task._failed is not None and task._failed(error) is not False
        # A write that failed after its window was closed must not fail in silence; a page that could not be read may.
        if not handled and self._report is not None and (there or task.changes):
            self._report(error, task.title, task._again or (lambda: None), owner if there and owner else self)

    def _enable(self, task: Task) -> None:
        action = task._action
        if action is not None and (not isinstance(action, QObject) or isValid(action)):
            action.setEnabled(True)

    def _cancel_orphans(self) -> None:
        # Looked for now and then rather than told by ``destroyed``: a connection for every task would pile up on the owner.
        for task in self._tasks.values():
            if not task.changes and (task._owner is None or not isValid(task._owner)):
                task.cancel()

    def _drop(self, task: Task) -> None:
        task.cancel()
        if self._tasks.pop(task.number, None) is not None:
            self._enable(task)
        task._owner = task._done = task._failed = task._told = task._action = task._again = None
        if task._lane is not None and self._lanes.get(task._lane) is task:
            del self._lanes[task._lane]
