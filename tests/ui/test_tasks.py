"""The task runner: answers on the window's thread, or not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from coresafe.errors import Busy, Cancelled
from coresafe.ui.tasks import Progress, TaskRunner, Token


@pytest.fixture
def owner(qapp: object) -> QObject:
    return QObject()


def held(gate: threading.Event, result: Any = None) -> Callable[[Token], Any]:
    def work(token: Token) -> Any:
        assert gate.wait(10)
        return result

    return work


def test_work_runs_elsewhere_and_answers_on_the_windows_thread(qtbot, runner: TaskRunner, owner: QObject) -> None:
    seen: list[tuple[int, int]] = []
    runner.run(
        lambda token: threading.get_ident(),
        owner=owner,
        done=lambda ident: seen.append((ident, threading.get_ident())),
    )
    qtbot.waitUntil(lambda: seen != [])
    assert seen[0][0] != threading.get_ident()
    assert seen[0][1] == threading.get_ident()


def test_failure_goes_to_the_caller_and_otherwise_to_the_messages_port(
    qtbot, runner: TaskRunner, owner: QObject
) -> None:
    reported: list[tuple[BaseException, str]] = []
    runner.report_to(lambda error, title, again, owner: reported.append((error, title)))
    handled: list[BaseException] = []

    def work(token: Token) -> None:
        raise Busy("Somebody else is at it.")

    runner.run(work, owner=owner, failed=handled.append, title="first")
    runner.run(work, owner=owner, failed=lambda error: False, title="second")
    runner.run(work, owner=owner, title="third")
    qtbot.waitUntil(lambda: len(handled) == 1 and len(reported) == 2)
    assert sorted(title for _, title in reported) == ["second", "third"]


def test_failed_work_can_be_tried_again(qtbot, runner: TaskRunner, owner: QObject) -> None:
    again: list[Callable[[], object]] = []
    runner.report_to(lambda error, title, retry, owner: again.append(retry))
    tries: list[int] = []
    answers: list[str] = []

    def work(token: Token) -> str:
        tries.append(1)
        if len(tries) == 1:
            raise Busy("Not now.")
        return "done"

    runner.run(work, owner=owner, done=answers.append)
    qtbot.waitUntil(lambda: again != [])
    again[0]()
    qtbot.waitUntil(lambda: answers == ["done"])


def test_cancelled_is_silent(qtbot, runner: TaskRunner, owner: QObject) -> None:
    reported: list[object] = []
    runner.report_to(lambda *what: reported.append(what))

    def work(token: Token) -> None:
        raise Cancelled

    runner.run(work, owner=owner, failed=reported.append)
    qtbot.waitUntil(lambda: runner.idle)
    assert reported == []


def test_cancel_reaches_the_work(qtbot, runner: TaskRunner, owner: QObject) -> None:
    stopped = threading.Event()
    started = threading.Event()

    def work(token: Token) -> None:
        started.set()
        while not token.cancelled:
            threading.Event().wait(0.005)
        stopped.set()
        token.check()

    task = runner.run(work, owner=owner, done=lambda _: pytest.fail("answered"))
    qtbot.waitUntil(started.is_set)
    task.cancel()
    qtbot.waitUntil(lambda: runner.idle)
    assert stopped.is_set()


def test_callbacks_die_with_their_window(qtbot, runner: TaskRunner) -> None:
    window = QWidget()
    gate = threading.Event()
    answers: list[object] = []
    runner.run(held(gate), owner=window, done=answers.append, failed=answers.append)
    with qtbot.waitSignal(window.destroyed):
        window.deleteLater()
    gate.set()
    qtbot.waitUntil(lambda: runner.idle)
    assert answers == []


def test_a_write_tells_what_changed_even_when_its_window_is_gone(qtbot, runner: TaskRunner) -> None:
    window = QWidget()
    gate = threading.Event()
    runner.run(held(gate), owner=window, done=lambda _: pytest.fail("answered"), changes=["dispatches", "stock"])
    with qtbot.waitSignal(window.destroyed):
        window.deleteLater()
    with qtbot.waitSignal(runner.changed) as told:
        gate.set()
    assert told.args == [("dispatches", "stock")]


def test_a_write_that_fails_tells_no_change(qtbot, runner: TaskRunner, owner: QObject) -> None:
    changes: list[object] = []
    runner.changed.connect(changes.append)

    def work(token: Token) -> None:
        raise Busy("Not now.")

    runner.run(work, owner=owner, changes=["dispatches"], failed=lambda error: True)
    qtbot.waitUntil(lambda: runner.idle)
    assert changes == []


def test_the_action_is_disabled_while_its_work_runs(qtbot, runner: TaskRunner, owner: QObject) -> None:
    action = QAction("Save")
    gate = threading.Event()
    runner.run(held(gate), owner=owner, action=action)
    assert not action.isEnabled()
    gate.set()
    qtbot.waitUntil(action.isEnabled)


def test_an_action_that_was_disabled_stays_so(qtbot, runner: TaskRunner, owner: QObject) -> None:
    action = QAction("Save")
    action.setEnabled(False)
    runner.run(lambda token: None, owner=owner, action=action)
    qtbot.waitUntil(lambda: runner.idle)
    assert not action.isEnabled()


def test_a_newer_task_of_a_lane_drops_the_older_answer(qtbot, runner: TaskRunner, owner: QObject) -> None:
    gate = threading.Event()
    answers: list[str] = []
    runner.run(held(gate, "old"), owner=owner, done=answers.append, lane="page")
    runner.run(lambda token: "new", owner=owner, done=answers.append, lane="page")
    qtbot.waitUntil(lambda: answers == ["new"])
    gate.set()
    other = QObject()
    runner.run(lambda token: "other", owner=other, done=answers.append, lane="page")
    qtbot.waitUntil(lambda: "other" in answers)
    assert answers == ["new", "other"]


def test_progress_arrives_on_the_windows_thread(qtbot, runner: TaskRunner, owner: QObject) -> None:
    told: list[tuple[Progress, int]] = []
    gate = threading.Event()

    def work(token: Token) -> None:
        token.progress(3, 3, "Reading")
        assert gate.wait(10)

    task = runner.run(work, owner=owner, progress=lambda p: told.append((p, threading.get_ident())))
    qtbot.waitUntil(lambda: told != [])
    assert told[0] == (Progress(3, 3, "Reading"), threading.get_ident())
    assert runner.busy == (task,)
    gate.set()
    qtbot.waitUntil(lambda: runner.busy == ())


def test_quiet_tasks_are_not_shown(qtbot, runner: TaskRunner, owner: QObject) -> None:
    gate = threading.Event()
    runner.run(held(gate), owner=owner, quiet=True)
    assert runner.busy == ()
    assert not runner.idle
    gate.set()
    qtbot.waitUntil(lambda: runner.idle)


def test_close_lets_a_write_finish_and_waits_no_longer_than_told(qapp) -> None:
    runner = TaskRunner()
    owner = QObject()
    started, gate = threading.Event(), threading.Event()
    written: list[str] = []

    def work(token: Token) -> None:
        started.set()
        assert gate.wait(10)
        written.append("written")

    runner.run(work, owner=owner, changes=["stock"])
    assert started.wait(10)
    assert not runner.close(0.05)
    gate.set()
    assert runner.close(10)
    assert written == ["written"]


def test_nothing_starts_after_the_close(qapp) -> None:
    runner = TaskRunner()
    owner = QObject()
    assert runner.close()
    assert runner.run(lambda token: pytest.fail("ran"), owner=owner).token.cancelled
