"""What the windows' tests share: no screen, own folders, one task runner that must end."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from coresafe.ui.tasks import TaskRunner


@pytest.fixture
def runner(qapp: object) -> Iterator[TaskRunner]:
    """A task runner without a messages port; its threads must have ended after the test."""
    runner = TaskRunner()
    yield runner
    assert runner.close(10), "a task did not end"
