"""What the windows' tests share: no screen, own folders, one task runner that must end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QGuiApplication

from coresafe.ui.tasks import TaskRunner

@pytest.fixture
def runner(qapp: object) -> Iterator[TaskRunner]:
    """A task runner without a messages port; its threads must have ended after the test."""
    runner = TaskRunner()
    yield runner
    assert runner.close(10), "a task did not end"

@pytest.fixture(autouse=True)
def empty_clipboard() -> Iterator[None]:
    """Nothing of ours stays on the clipboard: at the end of the run the offscreen platform trips over what Python made."""
    yield
    if QGuiApplication.instance() is not None:
        QGuiApplication.clipboard().setText("")
