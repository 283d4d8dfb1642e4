"""Scan anywhere: a scanner is told from a typist, and what it read is opened wherever the keyboard is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QVBoxLayout, QWidget

from coresafe.ui.returns import ReturnsPage
from coresafe.ui.scanner import GAP_SECONDS, PAUSE_SECONDS
from tests.ui.desk import Desk
from tests.ui.returns.hands import SCANNER, Keyboard, good, open_form, open_page, settle, told
from tests.ui.samples.hands import others_record


@pytest.fixture
def keyboard(desk: Desk) -> Keyboard:
    """Hands and scanner at the page of dispatches, with the keyboard in its table."""
    desk.dispatches.table.view.setFocus()
    return Keyboard(desk)


@pytest.fixture
def scanned(desk: Desk) -> list[str]:
    heard: list[str] = []
    desk.window.scanner.scanned.disconnect()
    desk.window.scanner.scanned.connect(heard.append)
    return heard


def test_a_dispatch_scanned_anywhere_opens_its_return(desk: Desk, keyboard: Keyboard) -> None:
    row = desk.others_dispatch(hq=10)
    keyboard.scans(row.number)
    page = desk.window.page
    assert isinstance(page, ReturnsPage)
    desk.until(lambda: page.form is not None)
    assert row.number in open_form(page).title
    assert open_form(page).lines.first().edit.hasFocus()  # type: ignore[union-attr]


def test_a_sample_scanned_anywhere_opens_the_sample(desk: Desk, keyboard: Keyboard) -> None:
    (row,) = others_record(desk, "THA-000451")
    keyboard.scans(row.sample_id)
    desk.until(lambda: desk.window.page is desk.window.pages.get("go.samples"))
    page = desk.window.pages["go.samples"]
    desk.until(lambda: page.detail.row is not None and page.detail.row.id == row.id)  # type: ignore[attr-defined]


def test_what_is_not_known_is_said_where_one_is(desk: Desk, keyboard: Keyboard, beeps: list[int]) -> None:
    keyboard.scans("4006381333931")
    desk.until(lambda: bool(told(desk)))
    assert "What was scanned is not known: “4006381333931”" in told(desk)[0]
    assert desk.window.page is desk.dispatches
    assert beeps == [1]


def test_typing_is_no_scan(desk: Desk, keyboard: Keyboard, scanned: list[str]) -> None:
    keyboard.types("D-2026-000001")
    assert scanned == []
    keyboard.types("D-2026-000001", GAP_SECONDS + 0.001)
    assert scanned == []
    keyboard.types("D-2026-000001", GAP_SECONDS - 0.001)
    assert scanned == ["D-2026-000001"]


def test_a_scanner_that_pauses_within_a_label_is_heard_whole(
    desk: Desk, keyboard: Keyboard, scanned: list[str]
) -> None:
    """A radio link holds a key up, and a busy window comes to the rest of the label only after it gave the first keys on."""
    keyboard.types("PA", SCANNER, enter=False)
    keyboard.now += PAUSE_SECONDS - 2 * SCANNER
    for sign in "LLET-00017":
        keyboard.press(sign, SCANNER)
    keyboard.press(Qt.Key.Key_Return, SCANNER)
    assert scanned == ["PALLET-00017"]
    keyboard.types("PA", SCANNER, enter=False)
    desk.until(lambda: not desk.window.scanner._held, 2_000)
    for sign in "LLET-00018":
        keyboard.press(sign, SCANNER)
    keyboard.press(Qt.Key.Key_Return, SCANNER)
    assert scanned[1:] == ["PALLET-00018"]


def test_too_short_without_enter_or_with_a_late_enter_is_no_scan(
    desk: Desk, keyboard: Keyboard, scanned: list[str]
) -> None:
    keyboard.scans("12345")
    keyboard.types("D-2026-000001", SCANNER, enter=False)
    keyboard.press(Qt.Key.Key_Return, 1.0)
    keyboard.types("D-2026", SCANNER, enter=False)
    keyboard.press(Qt.Key.Key_Left, SCANNER)
    keyboard.press(Qt.Key.Key_Return, SCANNER)
    assert scanned == []
    keyboard.scans("123456")
    assert scanned == ["123456"]


def test_keys_that_were_no_scan_reach_whom_they_were_meant_for_in_order(
    desk: Desk, keyboard: Keyboard, scanned: list[str]
) -> None:
    got: list[str] = []

    class Listener(QWidget):
        def keyPressEvent(self, event) -> None:  # type: ignore[no-untyped-def]
            got.append(event.text() or "?")

    listener = Listener(desk.dispatches)
    listener.show()
    listener.setFocus()
    keyboard.types("abc", SCANNER, enter=False)
    assert got == []
    desk.until(lambda: got == ["a", "b", "c"], 2_000)
    keyboard.types("de", SCANNER)
    assert got == ["a", "b", "c", "d", "e", "\r"]
    keyboard.types("fg")
    assert got[-3:] == ["f", "g", "\r"]
    keyboard.scans("D-2026-000001")
    assert got[-3:] == ["f", "g", "\r"] and scanned == ["D-2026-000001"]
    listener.hide()
    listener.deleteLater()


def test_a_field_for_text_keeps_what_is_scanned_into_it(desk: Desk, keyboard: Keyboard, scanned: list[str]) -> None:
    desk.dispatches.search.setFocus()
    keyboard.scans("D-2026-000001")
    assert desk.dispatches.search.text() == "D-2026-000001"
    assert scanned == []


def test_a_note_scanned_again_into_a_number_of_its_return_is_said_and_the_number_stands(
    desk: Desk, keyboard: Keyboard, beeps: list[int]
) -> None:
    row = desk.others_dispatch(hq=10)
    page = open_page(desk)
    keyboard.scans(row.number)
    settle(desk, page)
    form = open_form(page)
    assert form.lines.first().edit.hasFocus()  # type: ignore[union-attr]
    keyboard.scans(row.number)
    assert page.form is form and good(form) == 10
    assert form.fields["lines[0].good"].error == ""
    assert "scanned twice" in told(desk)[0]
    assert beeps == [1]
    keyboard.types("7")
    assert good(form) == 7


def test_nothing_is_heard_while_the_window_is_locked(desk: Desk, keyboard: Keyboard, scanned: list[str]) -> None:
    desk.window.locking.lock()
    desk.window.locking.page.findChildren(QPushButton)[0].setFocus()
    keyboard.scans("D-2026-000001")
    assert scanned == []
    assert desk.window.page is desk.dispatches


def test_a_window_of_its_own_keeps_its_keys(desk: Desk, keyboard: Keyboard, scanned: list[str]) -> None:
    other = QWidget()
    QVBoxLayout(other).addWidget(QPushButton("Other"))
    other.show()
    other.activateWindow()
    desk.until(other.isActiveWindow)
    desk.qtbot.keyClicks(other, "D-2026-000001\r")
    assert scanned == []
    other.close()
    other.deleteLater()


def test_a_scan_too_is_a_sign_that_somebody_is_there(desk: Desk, keyboard: Keyboard, scanned: list[str]) -> None:
    idle = desk.window.locking.idle
    idle.clock = lambda: idle._touched + 60
    before = idle._touched
    keyboard.scans("D-2026-000001")
    assert scanned == ["D-2026-000001"]
    assert idle._touched >= before + 60 * len("D-2026-000001\r")


def test_a_dialog_of_another_window_does_not_silence_the_scanner(
    desk: Desk, keyboard: Keyboard, scanned: list[str]
) -> None:
    other = QDialog()
    desk.qtbot.addWidget(other)
    other.open()
    assert QApplication.activeModalWidget() is other
    keyboard.scans("D-2026-000001")
    assert scanned == ["D-2026-000001"]
