"""The whole program, from its first window on, in a home of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from coresafe import config
from coresafe.app import Program
from coresafe.services import database as database_module

Start = Callable[..., Program]


@pytest.fixture
def start(qtbot: Any, qapp: Any) -> Iterator[Start]:
    """``start(url)`` starts the program on a database; without one as on a fresh machine."""
    made: list[Program] = []

    def begin(url: str = "", *, demo: bool = False) -> Program:
        settings = config.load()
        if url:
            settings = settings.model_copy(update={"database_url": url})
        database_module.forbid_thread()
        made.append(Program(qapp, settings, demo=demo))
        made[-1].show()
        made[-1].start.activateWindow()
        qtbot.waitUntil(made[-1].start.isActiveWindow, timeout=20_000)
        return made[-1]

    yield begin
    for program in made:
        main, program.main = program.main, None
        if main is not None:
            main.close_for_good()
        program.start.close()
        program.close()
        database_module.allow_thread()
        program.start.deleteLater()
        program.deleteLater()
    qapp.processEvents()
