"""Fields: what they make of what is typed, and what they say about it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from coresafe.errors import DatabaseUnavailable
from coresafe.ui.forms import (
    CheckField,
    Choice,
    ChoiceField,
    DateField,
    DateTimeField,
    Field,
    HistoryField,
    NotesField,
    QuantityField,
    SelectField,
    TextField,
)
from coresafe.ui.tasks import TaskRunner
from coresafe.ui.theme import TARGET, theme

PERTH = ZoneInfo("Australia/Perth")
SYDNEY = ZoneInfo("Australia/Sydney")
HOLES = [Choice(1, "THA-001", "Thalanga"), Choice(2, "THA-002", "Thalanga"), Choice(3, "MCD-001", "Mount Carbine")]


def search(words: str) -> Sequence[Choice]:
    return [hole for hole in HOLES if words.casefold() in hole.text.casefold()]


class Page(QWidget):
    """A window with another control to go to."""

    def __init__(self) -> None:
        super().__init__()
        self.elsewhere = QLineEdit()


@pytest.fixture
def page(qtbot):
    """A window with the fields and another control to go to."""
    made = Page()
    column = QVBoxLayout(made)

    def page(*fields: Field) -> Page:
        for field in fields:
            column.addWidget(field)
        column.addWidget(made.elsewhere)
        qtbot.addWidget(made)
        made.show()
        made.activateWindow()
        qtbot.waitUntil(made.isActiveWindow)
        return made

    return page


# -- quantities ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed, number",
    [("1", 1), ("12", 12), (" 7 ", 7), ("1000000", 1_000_000), ("1 000 000", 1_000_000), ("12\u202f000", 12_000)],
)
def test_a_quantity_is_read(qtbot, typed: str, number: int) -> None:
    field = QuantityField("quantity", "Trays")
    qtbot.addWidget(field)
    field.edit.setText(typed)
    assert field.check() == ""
    assert field.value() == number


@pytest.mark.parametrize(
    "typed, said",
    [
        ("0", "from 1 to"),
        ("-3", "below zero"),
        ("2.5", "fraction"),
        ("2,5", "fraction"),
        ("1000001", "from 1 to"),
        (str(2**31), "from 1 to"),
        ("9" * 400, "from 1 to"),
        ("1e3", "whole number"),
        ("twelve", "whole number"),
        ("=1+1", "whole number"),
        ("٣", "whole number"),
        ("1 2", "whole number"),
    ],
)
def test_what_is_no_quantity_stays_and_is_explained(qtbot, typed: str, said: str) -> None:
    field = QuantityField("quantity", "Trays")
    qtbot.addWidget(field)
    field.edit.setText(typed)
    assert said in field.check()
    assert field.edit.text() == typed
    assert said in field.edit.accessibleDescription()


def test_a_quantity_turns_red_as_it_goes_beyond_what_is_there(page, qtbot) -> None:
    field = QuantityField("quantity", "HQ trays")
    page(field)
    field.set_limit(120, "Only 120 HQ are available.")
    qtbot.keyClicks(field.edit, "12")
    assert field.error == ""
    qtbot.keyClicks(field.edit, "1")
    assert field.error == "Only 120 HQ are available."
    assert field.edit.property("wrong")
    qtbot.keyClick(field.edit, Qt.Key.Key_Backspace)
    assert field.error == ""
    field.set_limit(5, "Only 5 HQ are available.")
    assert field.error == "Only 5 HQ are available."


def test_a_quantity_steps_by_the_arrows_within_its_bounds(page, qtbot) -> None:
    field = QuantityField("quantity", "Trays")
    page(field)
    field.set_limit(3)
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_PageUp):
        qtbot.keyClick(field.edit, key)
    assert field.value() == 3
    qtbot.keyClick(field.edit, Qt.Key.Key_PageDown)
    assert field.value() == 1


def test_none_is_an_answer_where_the_field_says_so(qtbot) -> None:
    field = QuantityField("good", "Good", least=0)
    qtbot.addWidget(field)
    field.edit.setText("0")
    assert field.check() == ""
    assert field.value() == 0


# -- words --------------------------------------------------------------------------------------------------------


def test_outer_blanks_do_not_count(qtbot) -> None:
    field = TextField("driver", "Driver", required=True)
    qtbot.addWidget(field)
    field.edit.setText("  Kofi Mensah ")
    assert field.value() == "Kofi Mensah"
    field.edit.setText("   ")
    assert field.check() == "Fill this in."


@pytest.mark.parametrize("words", ["x" * 100_000, "a\0b", "bell\a", "li\u0085ne"])
def test_words_that_cannot_be_stored_stay_and_are_explained(qtbot, words: str) -> None:
    field = TextField("driver", "Driver")
    qtbot.addWidget(field)
    field.edit.setText(words)
    assert field.check() != ""
    assert len(field.typed()) == len(words)


@pytest.mark.parametrize("words", ["=SUM(A1)", "⛏️ Kofi", "محمد", "O'Brien; DROP TABLE"])
def test_words_of_all_kinds_are_kept(qtbot, words: str) -> None:
    field = TextField("driver", "Driver")
    qtbot.addWidget(field)
    field.edit.setText(words)
    assert field.check() == ""
    assert field.value() == words


def test_notes_keep_lines_and_tab_leaves_them(page, qtbot) -> None:
    field = NotesField("note", "Note")
    window = page(field)
    field.edit.setFocus()
    field.edit.setPlainText("first\nsecond")
    qtbot.keyClick(field.edit, Qt.Key.Key_Tab)
    assert window.elsewhere.hasFocus()
    assert field.check() == ""
    assert field.value() == "first\nsecond"


def test_an_error_appears_when_the_field_is_left_and_goes_as_it_is_mended(page, qtbot) -> None:
    field = QuantityField("quantity", "Trays", required=True)
    window = page(field)
    field.edit.setFocus()
    window.elsewhere.setFocus()
    assert field.error == ""  # passed by, nothing typed: not yet
    field.edit.setFocus()
    qtbot.keyClicks(field.edit, "0")
    assert field.error == ""
    window.elsewhere.setFocus()
    assert field.error != ""
    field.edit.setFocus()
    qtbot.keyClicks(field.edit, "1")  # "01"
    assert field.error == ""


def test_an_error_of_the_service_stands_until_the_field_is_changed(qtbot) -> None:
    field = TextField("driver", "Driver")
    qtbot.addWidget(field)
    field.edit.setText("Kofi")
    field.show_error("Kofi is not on the list of drivers.")
    assert field.check() == "Kofi is not on the list of drivers."
    field.edit.setText("Kwame")
    assert field.error == ""


# -- moments ------------------------------------------------------------------------------------------------------

NOW = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)


def test_a_moment_is_shown_on_the_sheds_clock_and_given_in_utc(qtbot) -> None:
    field = DateTimeField("at", "Left the shed", zone=PERTH, now=lambda: NOW)
    qtbot.addWidget(field)
    assert field.typed() == "2026-03-01  10:30"
    assert field.value() == NOW
    assert field._zone_label.text() == "UTC+08:00"


def test_a_moment_is_kept_to_the_second_until_another_minute_is_typed(qtbot) -> None:
    field = DateTimeField("at", "Left", zone=PERTH, now=lambda: NOW, future=True)
    qtbot.addWidget(field)
    exact = datetime(2026, 3, 1, 4, 5, 6, 789, tzinfo=UTC)
    field.set_value(exact)
    assert field.value() == exact
    field.edit.setDateTime(field.edit.dateTime().addSecs(60))
    assert field.value() == datetime(2026, 3, 1, 4, 6, tzinfo=UTC)
    field.edit.setDateTime(field.edit.dateTime().addSecs(-60))
    assert field.value() == exact


def test_of_the_hour_that_comes_twice_it_keeps_the_one_it_was_given(qtbot) -> None:
    field = DateTimeField("at", "Left", zone=SYDNEY, now=lambda: NOW, future=True)
    qtbot.addWidget(field)
    for hour in (15, 16):  # 02:30 before and after the clocks are put back
        moment = datetime(2026, 4, 4, hour, 30, tzinfo=UTC)
        field.set_value(moment)
        assert (field.value(), field.check()) == (moment, "")


def test_the_future_is_refused(qtbot) -> None:
    field = DateTimeField("at", "Left", zone=PERTH, now=lambda: NOW)
    qtbot.addWidget(field)
    field.set_value(datetime(2026, 3, 1, 3, 0, tzinfo=UTC))
    assert field.check() == "This lies in the future."


def test_a_time_that_the_clocks_leapt_over_is_refused(qtbot) -> None:
    field = DateTimeField("at", "Left", zone=SYDNEY, now=lambda: datetime(2026, 12, 1, tzinfo=UTC))
    qtbot.addWidget(field)
    field.set_value(datetime(2026, 10, 3, 15, 30, tzinfo=UTC))  # 01:30, half an hour before the leap
    assert field.check() == ""
    field.edit.setDateTime(field.edit.dateTime().addSecs(3600))
    assert "clocks were put forward" in field.check()


def test_a_day(qtbot) -> None:
    field = DateField("due", "Due", start=date(2026, 3, 8))
    qtbot.addWidget(field)
    assert field.value() == date(2026, 3, 8)
    assert not field.dirty
    field.set_value(date(2026, 3, 9))
    assert field.dirty


# -- choices ------------------------------------------------------------------------------------------------------


def test_a_record_is_chosen_by_keyboard_alone(page, qtbot, runner: TaskRunner) -> None:
    threads: list[int] = []

    def looked(words: str) -> Sequence[Choice]:
        threads.append(threading.get_ident())
        return search(words)

    field = ChoiceField("drillhole_id", "Drillhole", looked, runner, required=True)
    page(field)
    field.edit.setFocus()
    qtbot.keyClicks(field.edit, "tha")
    qtbot.waitUntil(lambda: field.suggestions.open)
    assert [choice.id for choice in field.suggestions.choices] == [1, 2]
    qtbot.keyClick(field.edit, Qt.Key.Key_Down)
    with qtbot.waitSignal(field.picked) as told:
        qtbot.keyClick(field.edit, Qt.Key.Key_Return)
    assert told.args == [HOLES[1]]
    assert field.value() == 2
    assert field.edit.text() == "THA-002"
    assert not field.suggestions.open
    assert threading.get_ident() not in threads


def test_down_shows_everything_and_esc_puts_the_list_away(page, qtbot, runner: TaskRunner) -> None:
    field = ChoiceField("drillhole_id", "Drillhole", search, runner)
    page(field)
    field.edit.setFocus()
    qtbot.keyClick(field.edit, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: field.suggestions.open)
    assert len(field.suggestions.choices) == 3
    qtbot.keyClick(field.edit, Qt.Key.Key_Escape)
    assert not field.suggestions.open


def test_words_that_name_one_record_choose_it_when_the_field_is_left(page, qtbot, runner: TaskRunner) -> None:
    field = ChoiceField("drillhole_id", "Drillhole", search, runner, required=True)
    window = page(field)
    field.edit.setFocus()
    qtbot.keyClicks(field.edit, " mcd-001")
    window.elsewhere.setFocus()
    qtbot.waitUntil(lambda: field.value() == 3)
    assert field.edit.text() == "MCD-001"
    assert field.error == ""


def test_words_that_no_key_typed_choose_the_record_they_name_while_the_keyboard_stays(page, qtbot, runner) -> None:
    """As a screen reader and dictation put them in."""
    field = ChoiceField("drillhole_id", "Drillhole", search, runner, required=True)
    page(field)
    field.edit.setFocus()
    field.edit.setText("mcd-001")
    qtbot.waitUntil(lambda: field.value() == 3)
    assert (field.edit.text(), field.error, field.edit.hasFocus()) == ("MCD-001", "", True)
    field.edit.setText("nowhere")
    assert field.value() is None
    qtbot.waitUntil(lambda: field.error != "")
    assert not field.suggestions.open


def test_words_that_name_nothing_stay_and_are_explained(page, qtbot, runner: TaskRunner) -> None:
    field = ChoiceField("drillhole_id", "Drillhole", search, runner, required=True)
    window = page(field)
    field.edit.setFocus()
    qtbot.keyClicks(field.edit, "nowhere")
    window.elsewhere.setFocus()
    qtbot.waitUntil(lambda: field.error != "")
    assert "nowhere" in field.error
    assert field.value() is None
    assert field.edit.text() == "nowhere"


def test_typing_over_a_choice_takes_it_back(page, qtbot, runner: TaskRunner) -> None:
    field = ChoiceField("drillhole_id", "Drillhole", search, runner)
    page(field)
    field.set_value(HOLES[0])
    field.settle()
    assert not field.dirty
    field.edit.setFocus()
    field.edit.end(False)
    with qtbot.waitSignal(field.picked) as told:
        qtbot.keyClick(field.edit, Qt.Key.Key_Backspace)
    assert told.args == [None]
    assert field.value() is None
    assert field.dirty


def test_another_search_forgets_what_was_found(page, qtbot, runner: TaskRunner) -> None:
    field = ChoiceField("drillhole_id", "Drillhole", search, runner)
    page(field)
    field.edit.setFocus()
    qtbot.keyClick(field.edit, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: field.suggestions.open)
    field.set_search(lambda words: [Choice(9, "ASH-009")])
    assert not field.suggestions.open
    qtbot.keyClick(field.edit, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: field.suggestions.open)
    assert [choice.id for choice in field.suggestions.choices] == [9]


def test_a_search_that_fails_is_reported_and_the_words_stay(page, qtbot, runner: TaskRunner) -> None:
    reported: list[BaseException] = []
    runner.report_to(lambda error, *_more: reported.append(error))

    def broken(words: str) -> Sequence[Choice]:
        raise DatabaseUnavailable("The server does not answer.")

    field = ChoiceField("drillhole_id", "Drillhole", broken, runner)
    page(field)
    field.edit.setFocus()
    qtbot.keyClicks(field.edit, "tha")
    qtbot.waitUntil(lambda: len(reported) == 1)
    assert field.edit.text() == "tha"


def test_history_completes_but_what_is_typed_counts(page, qtbot, runner: TaskRunner) -> None:
    names = ["Kofi Mensah", "Kwame Boateng"]
    field = HistoryField("driver", "Driver", lambda words: [n for n in names if words.lower() in n.lower()], runner)
    page(field)
    field.edit.setFocus()
    qtbot.keyClicks(field.edit, "Ko")
    qtbot.waitUntil(lambda: field.suggestions.open)
    qtbot.keyClick(field.edit, Qt.Key.Key_Tab)
    assert field.value() == "Ko"
    field.edit.setFocus()
    qtbot.keyClick(field.edit, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: field.suggestions.open)
    qtbot.keyClick(field.edit, Qt.Key.Key_Down)
    qtbot.keyClick(field.edit, Qt.Key.Key_Return)
    assert field.value() == "Kofi Mensah"


def test_one_of_a_few_words(qtbot) -> None:
    field = SelectField("contents", "Contents", [("empty", "Empty"), ("core", "Core")])
    qtbot.addWidget(field)
    assert field.value() == "empty"
    field.set_value("core")
    assert field.dirty
    field.set_options([("core", "Core"), ("none", "None")])
    assert field.value() == "core"


def test_yes_or_no(qtbot) -> None:
    field = CheckField("final", "That is all he has")
    qtbot.addWidget(field)
    assert field.value() is False
    field.box.click()
    assert field.value() is True
    assert field.dirty


# -- all of them --------------------------------------------------------------------------------------------------


def test_every_control_has_a_name_and_is_large_enough_to_hit(page, runner: TaskRunner) -> None:
    fields: list[Field] = [
        TextField("a", "Text"),
        NotesField("b", "Notes"),
        QuantityField("c", "Quantity"),
        DateTimeField("d", "Moment", zone=PERTH),
        DateField("e", "Day", start=date(2026, 1, 1)),
        ChoiceField("f", "Record", search, runner),
        HistoryField("g", "History", lambda words: [], runner),
        SelectField("h", "One of", [(1, "One")]),
        CheckField("i", "Yes"),
    ]
    page(*fields)
    for field in fields:
        assert field.title in field.control.accessibleName()
        assert field.control.height() >= TARGET, field.title


@pytest.mark.parametrize("kind", ["moment", "day"])
def test_the_figures_of_a_date_grow_with_the_size_of_the_text(page, kind: str) -> None:
    field: DateField | DateTimeField = (
        DateField("on", "On", start=date(2026, 11, 25)) if kind == "day" else DateTimeField("at", "At", zone=PERTH)
    )
    page(field)
    before = field.edit.lineEdit().font().pixelSize()
    try:
        theme().set_scale(1.3)
        assert field.edit.lineEdit().font().pixelSize() == round(before * 1.3)
    finally:
        theme().set_scale(1.0)
