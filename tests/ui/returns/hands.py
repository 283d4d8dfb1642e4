"""What hands and a scanner do on the page of returns."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import VoidDispatch, get_dispatch, void_dispatch
from coresafe.ui.returning import ReturnForm
from coresafe.ui.returns import ReturnsPage
from coresafe.ui.tables.model import Phase
from tests.ui.desk import Desk

#: Seconds between two keys of a scanner, and of a quick typist.
SCANNER, TYPIST = 0.008, 0.09


class Keyboard:
    """Keys as the system hands them to the window, at moments of the test's own; nobody waits."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.now = 1000.0
        desk.window.scanner.clock = self._moment

    def _moment(self, _event: QKeyEvent) -> float:
        return self.now

    def press(self, key: Qt.Key | str, every: float = TYPIST) -> None:
        """One key."""
        self.now += every
        QTest.keyClick(self.desk.window.windowHandle(), key)  # type: ignore[arg-type]  # both are taken

    def types(self, words: str, every: float = TYPIST, *, enter: bool = True) -> None:
        """Words, and Enter."""
        self.now += 1
        for sign in words:
            self.press(sign, every)
        if enter:
            self.press(Qt.Key.Key_Return, every)

    def scans(self, words: str) -> None:
        """As a scanner does."""
        self.types(words, SCANNER)


def open_page(desk: Desk) -> ReturnsPage:
    """Go there and wait until all of it is there."""
    desk.do("go.returns")
    page = desk.window.page
    assert isinstance(page, ReturnsPage)
    settle(desk, page)
    return page


def settle(desk: Desk, page: ReturnsPage) -> None:
    """Wait until nothing is under way and nothing is about to be."""

    def still() -> bool:
        model = page.table.model
        asked = model.phase not in (Phase.WAITING, Phase.LOADING) and not model.settling
        return asked and desk.runner.idle and not page._pause.isActive()

    desk.until(still)


def scan(desk: Desk, page: ReturnsPage, words: str) -> None:
    """Scan into the field of the page, which has the keyboard."""
    assert page.search.hasFocus()
    Keyboard(desk).scans(words)
    settle(desk, page)


def open_form(page: ReturnsPage) -> ReturnForm:
    form = page.form
    assert isinstance(form, ReturnForm)
    return form


def good(form: ReturnForm, size: str = "HQ") -> int | None:
    return form.lines._fields[size, "good"].value()


def told(desk: Desk) -> list[str]:
    """The messages that stand in the window."""
    return [f"{banner.message.text} {banner.message.hint}".strip() for banner in desk.window.host.banners]


def in_database(desk: Desk, row: DispatchRow) -> DispatchRow:
    return desk.aside(lambda: get_dispatch(desk.other, row.id))


def others_void(desk: Desk, row: DispatchRow) -> None:
    command = VoidDispatch(dispatch_id=row.id, reason="Loaded on the wrong lorry", version=row.version)
    desk.aside(lambda: void_dispatch(desk.other, command))


def count_beeps(monkeypatch: object) -> list[int]:
    """One entry for each sound."""
    heard: list[int] = []
    monkeypatch.setattr(QApplication, "beep", lambda: heard.append(1))  # type: ignore[attr-defined]
    return heard
