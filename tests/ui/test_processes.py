"""Work in a child process: result, progress, cancel, and each kind of failure."""

from __future__ import annotations

import logging
import os
import signal

import pytest

from coresafe.errors import Bug, Cancelled, FieldError, InsufficientStock, Shortage, Trouble, ValidationFailed
from coresafe.ui.processes import ChildToken, in_child
from coresafe.ui.tasks import Progress, Token

HERE = "tests.ui.test_processes"


def add(token: ChildToken, a: int, b: int) -> tuple[int, int]:
    token.progress(1, 1, "Adding")
    return a + b, os.getpid()


def refuse(token: ChildToken) -> None:
    raise ValidationFailed([FieldError("quantity", "Too many.")])


def run_short(token: ChildToken) -> None:
    raise InsufficientStock("Not enough.", shortages=[Shortage("HQ", 5, 3)])


def blunder(token: ChildToken) -> None:
    raise ZeroDivisionError("a blunder")


def go_on_for_ever(token: ChildToken) -> None:
    while True:
        token.progress(0, 0, "On and on")


def die(token: ChildToken) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_the_result_and_the_progress_come_back_from_another_process() -> None:
    told: list[Progress] = []
    total, pid = in_child(f"{HERE}:add", Token(told.append), a=2, b=3)
    assert total == 5
    assert pid != os.getpid()
    assert told == [Progress(1, 1, "Adding")]


def test_our_own_errors_come_back_whole() -> None:
    with pytest.raises(ValidationFailed) as refused:
        in_child(f"{HERE}:refuse", Token())
    assert refused.value.errors == (FieldError("quantity", "Too many."),)
    assert refused.value.message == "Too many."
    with pytest.raises(InsufficientStock) as short:
        in_child(f"{HERE}:run_short", Token())
    assert short.value.shortages == (Shortage("HQ", 5, 3),)


@pytest.mark.expects_log("blunder failed in its process")
def test_a_blunder_is_logged_with_its_trace_and_told_as_a_bug(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(Bug):
        in_child(f"{HERE}:blunder", Token())
    assert "ZeroDivisionError" in caplog.text
    assert "in blunder" in caplog.text


def test_cancel_ends_the_child() -> None:
    token = Token()

    def told(progress: Progress) -> None:
        token.cancel()

    token._told = told
    with pytest.raises(Cancelled):
        in_child(f"{HERE}:go_on_for_ever", token)


def test_a_child_that_was_killed_is_trouble() -> None:
    with pytest.raises(Trouble):
        in_child(f"{HERE}:die", Token())
