"""A form: judged, saved once, and left without losing what was typed."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from coresafe.errors import (
    DatabaseUnavailable,
    Duplicate,
    FieldError,
    InsufficientStock,
    Shortage,
    StaleVersion,
    ValidationFailed,
)
from coresafe.ui.forms import Form, NotesField, QuantityField, TextField
from coresafe.ui.messages import Level
from coresafe.ui.tasks import TaskRunner, Token, Work
from coresafe.ui.widgets.reading import ReadingOrder


class TrayForm(Form):
    """A small form; ``answer`` is what the service says."""

    changes = ("tray",)

    def __init__(self, runner: TaskRunner) -> None:
        super().__init__(runner, "Dispatch trays")
        self.add(
            TextField("driver", "Driver", required=True), QuantityField("lines.0.quantity", "HQ trays", required=True)
        )
        self.add(NotesField("note", "Note"))
        self.answer: Any = 17
        self.gate: threading.Event | None = None
        self.calls: list[dict[str, Any]] = []

    def work(self) -> Work:
        values = self.values()

        def work(_token: Token) -> Any:
            self.calls.append(values)
            if self.gate is not None:
                assert self.gate.wait(10)
            if isinstance(self.answer, BaseException):
                raise self.answer
            return self.answer

        return work


@pytest.fixture
def form(qtbot, runner: TaskRunner) -> TrayForm:
    form = TrayForm(runner)
    qtbot.addWidget(form)
    form.show()
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    return form


class Window(ReadingOrder, QWidget):
    """A window as each of the program's is: Tab goes as one reads."""


def fill(form: TrayForm) -> None:
    form["driver"].set_value("Kofi")
    form["lines.0.quantity"].set_value(12)


def test_in_a_window_with_more_in_it_tab_goes_on_from_the_last_field_to_the_buttons(qtbot, runner) -> None:
    window, form = Window(), TrayForm(runner)
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    column.addWidget(QLineEdit())
    column.addWidget(form)
    column.addWidget(QLineEdit())
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    form["note"].setFocus()
    for button in (form.save_button, form.leave_button):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is button


def test_the_keyboard_starts_at_the_first_field_and_goes_in_the_order_of_reading(qtbot, form) -> None:
    seen = []
    form.focus_first()
    for _ in range(5):
        seen.append(QApplication.focusWidget())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    expected = [
        form["driver"].edit,
        form["lines.0.quantity"].edit,
        form["note"].edit,
        form.save_button,
        form.leave_button,
    ]
    assert seen == expected


def test_ctrl_enter_saves_from_any_field(qtbot, form, runner) -> None:
    fill(form)
    form["note"].edit.setFocus()
    told: list[object] = []
    form.saved.connect(told.append)
    with qtbot.waitSignal(runner.changed):
        qtbot.keyClick(form["note"].edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert told == [17]
    assert form.calls == [{"driver": "Kofi", "lines.0.quantity": 12, "note": None}]
    assert not form.dirty


def test_what_is_wrong_is_said_at_each_field_and_nothing_is_saved(qtbot, form) -> None:
    form["lines.0.quantity"].edit.setText("2.5")
    form.save()
    assert form.calls == []
    assert form["driver"].error == "Fill this in."
    assert "fraction" in form["lines.0.quantity"].error
    assert form["lines.0.quantity"].edit.text() == "2.5"
    assert form["driver"].edit.hasFocus()
    assert "2 fields" in form.banner.message.text


def test_it_saves_once_however_often_one_presses(qtbot, form, runner) -> None:
    fill(form)
    form.gate = threading.Event()
    for _ in range(3):
        form.save()
        form.save_action.trigger()
    assert form.saving
    assert not form.save_button.isEnabled()
    form.gate.set()
    qtbot.waitUntil(lambda: not form.saving)
    assert len(form.calls) == 1
    assert form.save_button.isEnabled()


def test_errors_of_the_service_go_to_their_fields(qtbot, form, runner) -> None:
    fill(form)
    form.answer = ValidationFailed(
        [FieldError("lines[0].quantity", "HQ is not stocked here."), FieldError("hole", "No hole.")]
    )
    form.save()
    qtbot.waitUntil(lambda: form["lines.0.quantity"].error != "")
    assert form["lines.0.quantity"].error == "HQ is not stocked here."
    assert QApplication.focusWidget() is form["lines.0.quantity"].edit
    assert form.banner.message.text == "No hole."
    assert form.dirty


def test_a_name_that_is_taken_is_said_at_its_field(qtbot, form) -> None:
    fill(form)
    form.answer = Duplicate("There is a driver Kofi already.", field="driver")
    form.save()
    qtbot.waitUntil(lambda: form["driver"].error == "There is a driver Kofi already.")


def test_a_conflict_is_said_in_the_form_and_keeps_what_was_typed(qtbot, form) -> None:
    fill(form)
    form.answer = InsufficientStock("12 HQ were asked for, 3 are there.", shortages=[Shortage("HQ", 12, 3)])
    form.save()
    qtbot.waitUntil(lambda: form.banner is not None)
    assert form.banner.message.text == "12 HQ were asked for, 3 are there."
    assert form.banner.message.hint == "Nothing was saved."
    assert form["driver"].value() == "Kofi"
    form.answer = StaleVersion("Somebody else has changed it meanwhile.")
    form.save()
    qtbot.waitUntil(lambda: not form.saving)
    assert form.banner.message.text == "Somebody else has changed it meanwhile."


def test_when_the_server_is_away_the_same_save_is_tried_again(qtbot, form) -> None:
    fill(form)
    form.answer = DatabaseUnavailable("The connection was cut.", in_doubt=True)
    form.save()
    qtbot.waitUntil(lambda: form.banner is not None)
    assert "not be done twice" in form.banner.message.hint
    form.answer = 18
    with qtbot.waitSignal(form.saved) as told:
        form.banner.choices[0].click()
    assert told.args == [18]
    assert form.calls[0] is form.calls[1]


def test_a_mistake_of_ours_goes_to_the_messages_port_and_the_form_goes_on(qtbot, form, runner) -> None:
    reported: list[BaseException] = []
    runner.report_to(lambda error, *_more: reported.append(error))
    fill(form)
    form.answer = ZeroDivisionError("a blunder")
    form.save()
    qtbot.waitUntil(lambda: reported != [])
    assert not form.saving
    assert form["driver"].value() == "Kofi"
    assert form.save_action.isEnabled()


def test_esc_leaves_at_once_when_nothing_would_be_lost(qtbot, form) -> None:
    with qtbot.waitSignal(form.left):
        qtbot.keyClick(form["driver"].edit, Qt.Key.Key_Escape)


def test_esc_asks_in_the_form_when_something_would_be_lost(qtbot, form) -> None:
    left: list[int] = []
    form.left.connect(lambda: left.append(1))
    qtbot.keyClicks(form["driver"].edit, "Kofi")
    qtbot.keyClick(form["driver"].edit, Qt.Key.Key_Escape)
    assert form.banner.message.level is Level.QUESTION
    assert form.banner.choices[0].hasFocus()
    form.banner.choices[0].click()  # keep editing
    assert left == []
    assert form["driver"].value() == "Kofi"
    qtbot.keyClick(form["driver"].edit, Qt.Key.Key_Escape)
    form.banner.choices[1].click()
    assert left == [1]


def test_a_second_esc_stays(qtbot, form) -> None:
    left: list[int] = []
    form.left.connect(lambda: left.append(1))
    qtbot.keyClicks(form["driver"].edit, "Kofi")
    qtbot.keyClick(form["driver"].edit, Qt.Key.Key_Escape)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert form.banner is None
    assert left == []


def test_whoever_stays_goes_on_typing_where_he_was(qtbot, runner) -> None:
    window, form = Window(), TrayForm(runner)
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    column.addWidget(QLineEdit())  # Qt would go to the first place of the window when what holds the keyboard goes
    column.addWidget(form)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    fill(form)
    form["note"].setFocus()
    for stay in (
        lambda asking: qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape),
        lambda asking: qtbot.keyClick(asking.choices[0], Qt.Key.Key_Space),
        lambda asking: qtbot.mouseClick(asking.close_button, Qt.MouseButton.LeftButton),
    ):
        qtbot.keyClick(form["note"].edit, Qt.Key.Key_Escape)
        assert form.banner is not None and not form["note"].edit.hasFocus()
        stay(form.banner)
        assert form.banner is None and form["note"].edit.hasFocus()


def test_one_does_not_leave_in_the_middle_of_a_save(qtbot, form) -> None:
    left: list[int] = []
    form.left.connect(lambda: left.append(1))
    fill(form)
    form.gate = threading.Event()
    form.save()
    form.leave()
    assert left == []
    form.gate.set()
    qtbot.waitUntil(lambda: not form.saving)


def test_what_was_typed_and_taken_back_is_no_change(qtbot, form) -> None:
    form.fill({"driver": "Kofi", "lines.0.quantity": 3, "note": None})
    told: list[bool] = []
    form.dirty_changed.connect(told.append)
    form["driver"].edit.setText("Kwame")
    form["driver"].edit.setText("Kofi")
    assert told == [True, False]


def test_a_form_that_is_closed_in_the_middle_of_a_save_does_not_answer(qtbot, runner) -> None:
    window = QWidget()
    column = QVBoxLayout(window)
    form = TrayForm(runner)
    column.addWidget(form)
    window.show()
    fill(form)
    gate = form.gate = threading.Event()
    form.save()
    with qtbot.waitSignal(window.destroyed):
        window.deleteLater()
    with qtbot.waitSignal(runner.changed):
        gate.set()


def test_every_control_has_an_accessible_name(form) -> None:
    for field in form.fields.values():
        assert field.control.accessibleName()
    assert form.save_button.accessibleName() == "Save"
