"""What the windows' tests share: no screen, own folders, one task runner that must end, and a whole desk."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtGui import QGuiApplication

from coresafe.ui.tasks import TaskRunner
from tests.databases import migrate

if TYPE_CHECKING:
    from tests.ui.desk import Desk, Place

MakeDesk = Callable[..., "Desk"]


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


@pytest.fixture(autouse=True)
def look_as_before() -> Iterator[None]:
    """A look that a test chose is its own: the next one begins as the program does."""
    yield
    if QGuiApplication.instance() is None:
        return
    from coresafe.ui.theme import theme
    from coresafe.ui.theme.theme import Scheme

    if theme().scheme is not Scheme.SYSTEM:
        theme().choose(Scheme.SYSTEM)
    if theme().scale != 1:
        theme().set_scale(1.0)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An embedded database with people and trays, made once; tests get copies."""
    from tests.ui.desk import make_place

    url = f"sqlite:///{tmp_path_factory.mktemp('place') / 'place_test.db'}"
    migrate(url)
    return make_place(url)


@pytest.fixture
def place(filled: Place, tmp_path: Path) -> Place:
    """A copy of it, of this test's own."""
    copy = tmp_path / "desk_test.db"
    shutil.copy(filled.url.removeprefix("sqlite:///"), copy)
    return replace(filled, url=f"sqlite:///{copy}")


@pytest.fixture
def make_desk(qtbot: Any, place: Place, tmp_path: Path) -> Iterator[MakeDesk]:
    """``make_desk(role=..., place=..., port=...)`` sits somebody down at a main window."""
    from tests.ui.desk import Desk

    made: list[Desk] = []

    def make(**wanted: Any) -> Desk:
        made.append(Desk(qtbot, wanted.pop("place", place), tmp_path, **wanted))
        return made[-1]

    yield make
    for desk in made:
        desk.close()


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    """A supervisor at a main window over an embedded database."""
    return make_desk()
