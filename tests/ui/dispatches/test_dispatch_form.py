"""The form of a dispatch: it completes itself, shows the stock as one types, and says what is wrong at its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from coresafe.models.enums import Role
from coresafe.services import registry, sheds
from coresafe.services.inventory import SetBase, set_base
from coresafe.services.registry import ChangeDrillhole
from coresafe.services.sheds import ChangeTraySize
from coresafe.ui.dispatches.dispatch_form import DispatchForm
from coresafe.ui.messages import Level
from tests.ui.desk import Desk


def number_of(form: DispatchForm, line: int = 0):
    return form.lines.editors[line].quantity


def open_form(desk: Desk) -> DispatchForm:
    desk.do("dispatch.new")
    desk.until(lambda: bool(desk.dispatch_form.lines._sizes))
    desk.settle()
    return desk.dispatch_form


# -- the usual day ----------------------------------------------------------------------------------------------------


def test_the_usual_day_takes_a_hole_a_number_and_a_driver_by_keyboard_alone(desk: Desk) -> None:
    page = desk.dispatches
    desk.key(Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    desk.until(lambda: page.form is desk.dispatch_form)
    form = desk.dispatch_form
    desk.until(form.hole.edit.hasFocus)
    desk.complete(form.hole, "001")
    desk.until(lambda: form.company.choice is not None)
    assert (form.hole.edit.text(), form.project.edit.text(), form.company.edit.text()) == (
        "ARG26-001", "ARG", "Ashanti Gold",
    )  # fmt: skip
    desk.type(number_of(form).edit, "12")
    desk.type(form.driver.edit, "Kofi")
    desk.save_by_keys()
    desk.until(lambda: page.form is None)
    desk.settle()
    (sent,) = desk.all_dispatches()
    assert (sent.hole_id, sent.driver, sent.technician, sent.quantity) == ("ARG26-001", "Kofi", "mary", 12)
    assert page.table.current_row().number == sent.number
    assert any(f"{sent.number}: 12 HQ dispatched to Ashanti Gold." in message.text for message in desk.said)
    assert desk.available() == 38
    desk.prove()


def test_a_hole_is_scanned_and_enter_goes_on_to_what_is_to_be_filled_in(desk: Desk) -> None:
    form = open_form(desk)
    desk.until(lambda: form.hole.edit.hasFocus() and bool(form.lines._sizes))
    desk.qtbot.keyClicks(form.hole.edit, "arg26-002")
    desk.key(Qt.Key.Key_Return)  # ahead of the list
    desk.until(number_of(form).edit.hasFocus)
    assert (form.company.edit.text(), form.project.edit.text()) == ("Ashanti Gold", "ARG")
    assert form.lines.editors[0].tray_size.value() == "NQ" and not form.hole.suggestions.open
    desk.qtbot.keyClicks(number_of(form).edit, "8")
    desk.key(Qt.Key.Key_Return)
    assert form.driver.edit.hasFocus()
    desk.qtbot.keyClicks(form.driver.edit, "Kofi")
    desk.key(Qt.Key.Key_Return)
    assert form.save_button.hasFocus()


def test_enter_stays_where_something_is_wrong(desk: Desk) -> None:
    form = open_form(desk)
    desk.until(lambda: form.hole.edit.hasFocus() and bool(form.lines._sizes))
    desk.qtbot.keyClicks(form.hole.edit, "ARG26")
    desk.key(Qt.Key.Key_Return)
    desk.until(lambda: form.hole.suggestions.open)  # two begin like that
    assert form.hole.edit.hasFocus() and not form.hole.error
    desk.type(number_of(form).edit, "51")
    desk.key(Qt.Key.Key_Return)
    assert number_of(form).edit.hasFocus() and number_of(form).error == "Only 50 HQ are available."


def test_after_a_dispatch_of_two_sizes_the_keyboard_still_goes_to_the_first_field_that_is_wrong(desk: Desk) -> None:
    form = open_form(desk)
    desk.until(lambda: len(form.lines._sizes) == 2)
    form.lines.add()
    form.begin()  # the next lorry
    desk.complete(form.hole, "ARG26-001")
    desk.type(number_of(form).edit, "51")
    desk.save_by_keys()
    assert number_of(form).edit.hasFocus() and form.driver.error


@pytest.mark.parametrize("count", [1, 2])
def test_tab_goes_line_by_line_and_then_to_another_size(desk: Desk, count: int) -> None:
    form = open_form(desk)
    desk.until(lambda: len(form.lines._sizes) == 2)
    while len(form.lines.editors) < count:
        desk.until(form.lines.add().isVisible)
    stops: list[QWidget] = [form.project.edit]
    for editor in form.lines.editors:
        stops += [*(field.control for field in editor.fields), *([editor.remove] if count > 1 else [])]
    stops += [form.lines.add_button, form.driver.edit]
    stops[0].setFocus()
    for stop in stops:
        assert stop.hasFocus(), stop.accessibleName()
        desk.key(Qt.Key.Key_Tab)


def test_choosing_a_project_completes_the_company_and_another_one_lets_the_hole_go(desk: Desk) -> None:
    form = open_form(desk)
    desk.complete(form.project, "BIB")
    assert form.company.edit.text() == "Bibiani Mines"
    desk.complete(form.hole, "BIB")
    desk.until(lambda: form.hole.choice is not None)
    desk.complete(form.project, "ARG")
    assert form.company.edit.text() == "Ashanti Gold"
    assert form.hole.value() is None
    assert form.hole.edit.text() == ""


def test_another_hole_than_the_one_chosen_by_mistake_brings_its_own_project_and_company(desk: Desk) -> None:
    form = open_form(desk)
    desk.complete(form.hole, "ARG26-002")
    desk.until(lambda: form.company.choice is not None)
    desk.complete(form.hole, "BIB")
    desk.until(lambda: form.company.edit.text() == "Bibiani Mines")
    assert (form.hole.edit.text(), form.project.edit.text()) == ("BIB26-001", "BIB")


def test_another_company_lets_the_project_go(desk: Desk) -> None:
    form = open_form(desk)
    desk.complete(form.project, "ARG")
    desk.complete(form.company, "Bibi")
    assert form.project.value() is None
    desk.type(form.project.edit, "")
    desk.key(Qt.Key.Key_Down)
    desk.until(lambda: form.project.suggestions.open)
    assert [choice.text for choice in form.project.suggestions.choices] == ["BIB"]


def test_the_hole_brings_its_own_size_until_a_number_is_typed(desk: Desk) -> None:
    form = open_form(desk)
    desk.complete(form.hole, "ARG26-002")
    assert form.lines.editors[0].tray_size.value() == "NQ"
    desk.type(number_of(form).edit, "3")
    desk.complete(form.hole, "ARG26-001")
    assert form.lines.editors[0].tray_size.value() == "NQ"


def test_drivers_complete_from_history(desk: Desk) -> None:
    desk.others_dispatch(hq=1, driver="Kwabena Mensah")
    form = open_form(desk)
    desk.type(form.driver.edit, "kwa")
    desk.until(lambda: form.driver.suggestions.open)
    desk.key(Qt.Key.Key_Down)
    desk.key(Qt.Key.Key_Return)
    assert form.driver.value() == "Kwabena Mensah"


# -- the stock --------------------------------------------------------------------------------------------------------


def test_the_stock_stands_beside_the_number_and_turns_red_as_one_types_past_it(desk: Desk) -> None:
    form = open_form(desk)
    number = number_of(form)
    desk.until(lambda: number._note_text == "50 available")
    desk.type(number.edit, "50")
    assert (number.error, number.edit.property("wrong")) == ("", False)
    desk.qtbot.keyClicks(number.edit, "0")
    assert number.error == "Only 50 HQ are available."
    assert number.edit.property("wrong") is True
    desk.key(Qt.Key.Key_Backspace)
    assert number.error == ""


def test_two_lines_of_one_size_share_what_is_there(desk: Desk) -> None:
    form = open_form(desk)
    desk.type(number_of(form).edit, "45")
    form.lines.add_button.click()
    second = form.lines.editors[1]
    assert second.tray_size.value() == "NQ"
    second.tray_size.set_value("HQ")
    desk.type(second.quantity.edit, "6")
    assert second.quantity.error == "Only 5 HQ are available."


def test_a_line_that_is_taken_away_leaves_the_others_their_places(desk: Desk) -> None:
    form = open_form(desk)
    desk.type(number_of(form).edit, "1")
    form.lines.add_button.click()
    form.lines.add_button.click()
    desk.type(number_of(form, 2).edit, "7")
    form.lines.editors[1].removed.emit()
    assert [editor.quantity.name for editor in form.lines.editors] == ["lines[0].quantity", "lines[1].quantity"]
    assert [line.quantity for line in form.lines.lines()] == [1, 7]


def test_others_who_take_trays_are_seen_while_one_types(desk: Desk) -> None:
    form = desk.fill_dispatch(hq=40)
    assert number_of(form).error == ""
    desk.others_dispatch(hq=20)
    desk.until(lambda: number_of(form).error == "Only 30 HQ are available.", 5_000)
    assert number_of(form).edit.text() == "40"


def test_what_others_took_at_the_last_moment_is_told_at_the_number_and_nothing_is_written(desk: Desk) -> None:
    form = desk.fill_dispatch(hq=40)
    desk.window.workspace.stop()  # the window has not heard of it when Save is pressed
    desk.others_dispatch(hq=20)
    desk.save_by_keys()
    desk.until(lambda: bool(number_of(form).error))
    desk.settle()
    assert "30 HQ" in number_of(form).error
    assert len(desk.all_dispatches()) == 1
    assert form.dirty


# -- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("51", "Only 50 HQ are available."),
        ("0", "Enter a number from 1"),
        ("-5", "cannot be below zero"),
        ("2.5", "fraction"),
        ("2147483648", "Enter a number from 1"),
        ("9999999999999999999999", "Enter a number from 1"),
        ("twelve", "whole number"),
        ("", "Fill this in."),
    ],
)
def test_numbers_that_cannot_be_sent(desk: Desk, typed: str, told: str) -> None:
    form = desk.fill_dispatch(hq=typed)
    desk.save_by_keys()
    assert told in number_of(form).error
    assert number_of(form).edit.hasFocus()
    assert number_of(form).typed() == typed
    assert_nothing_written(desk)


@pytest.mark.parametrize("words", ["Ko\0fi", "Ko\x1bfi", "K" * 100_000], ids=["nul", "control", "100,000"])
@pytest.mark.parametrize("field", ["driver", "technician", "vehicle", "destination", "notes"])
def test_texts_that_cannot_be_kept(desk: Desk, field: str, words: str) -> None:
    form = desk.fill_dispatch()
    form[field].set_value(words)
    desk.save_by_keys()
    assert form[field].error
    assert_nothing_written(desk)


@pytest.mark.parametrize("words", ["🪨 Kofi 👩🏾‍🔬", "كوفي أنان", "=HYPERLINK(1)", "+1", "'; DROP TABLE users; --"])
def test_texts_that_are_kept_as_they_are(desk: Desk, words: str) -> None:
    form = desk.fill_dispatch()
    form.driver.edit.setText(words)
    form.notes.edit.setPlainText(f"{words}\n{words}")
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    (sent,) = desk.all_dispatches()
    assert (sent.driver, sent.notes) == (words, f"{words}\n{words}")


def test_half_a_pair_never_gets_as_far_as_the_database(desk: Desk) -> None:
    form = desk.fill_dispatch()
    form.driver.edit.setText("Ko\ud83efi")
    shown = form.driver.edit.text()
    desk.save_by_keys()
    desk.until(lambda: not form.saving)
    desk.settle()
    (sent,) = desk.all_dispatches()
    assert sent.driver == shown
    assert shown.isprintable()


def test_what_is_required_and_missing_is_told_at_each_field(desk: Desk) -> None:
    form = open_form(desk)
    form.technician.edit.clear()
    form.save()
    for name in ("company_id", "project_id", "lines[0].quantity", "driver", "technician"):
        assert form[name].error == "Fill this in.", name
    assert "5 fields" in form.banner.message.text
    assert_nothing_written(desk)


def test_a_company_that_is_not_in_the_list(desk: Desk) -> None:
    form = desk.fill_dispatch()
    desk.type(form.company.edit, "Nobody & Sons")
    form.driver.setFocus()
    desk.settle()
    form.save()
    assert "not in it" in form.company.error
    assert_nothing_written(desk)


def test_the_future(desk: Desk) -> None:
    form = desk.fill_dispatch()
    form.at.set_value(datetime.now(UTC) + timedelta(days=1))
    desk.save_by_keys()
    assert form.at.error == "This lies in the future."
    assert_nothing_written(desk)


def test_too_long_ago_asks_a_supervisor_for_a_reason_at_its_field(desk: Desk) -> None:
    form = desk.fill_dispatch()
    form.at.set_value(datetime.now(UTC) - timedelta(days=9))
    desk.save_by_keys()
    desk.until(lambda: bool(form.reason.error))
    assert_nothing_written(desk)
    desk.type(form.reason.edit, "The paper came late")
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    (sent,) = desk.all_dispatches()
    assert sent.reason == "The paper came late"


def test_too_long_ago_is_refused_to_a_technician(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(role=Role.OPERATOR)
    form = desk.fill_dispatch()
    form.at.set_value(datetime.now(UTC) - timedelta(days=9))
    form.reason.edit.setText("The paper came late")
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None)
    assert form.banner.message.level is Level.ERROR
    assert_nothing_written(desk)


def test_a_size_that_was_switched_off_meanwhile(desk: Desk) -> None:
    form = desk.fill_dispatch()
    assert {editor.tray_size.box.itemText(at) for editor in form.lines.editors for at in (0, 1)} == {"HQ", "NQ"}
    desk.window.workspace.stop()

    def switch_off() -> None:
        set_base(desk.other, SetBase(tray_size="HQ", base_quantity=0, reason="all sold"))
        row = next(row for row in sheds.list_tray_sizes(desk.admin) if row.name == "HQ")
        sheds.change_tray_size(desk.admin, ChangeTraySize(tray_size_id=row.id, version=row.version, is_active=False))

    desk.aside(switch_off)
    desk.save_by_keys()
    desk.until(lambda: bool(form["lines[0].tray_size"].error))
    assert "not in use" in form["lines[0].tray_size"].error
    desk.settle()
    assert desk.all_dispatches() == ()


def test_a_hole_that_became_another_projects_meanwhile(desk: Desk) -> None:
    form = desk.fill_dispatch()

    def move() -> None:
        row = registry.get_drillhole(desk.other, desk.place.hole_id)
        command = ChangeDrillhole(drillhole_id=row.id, version=row.version, project_id=desk.place.other_project_id)
        registry.change_drillhole(desk.other, command)

    desk.aside(move)
    desk.save_by_keys()
    desk.until(lambda: bool(form.hole.error))
    assert "does not belong to project ARG" in form.hole.error
    assert_nothing_written(desk)


def assert_nothing_written(desk: Desk) -> None:
    desk.settle()
    assert desk.all_dispatches() == ()
    assert desk.available() == 50
    assert desk.dispatches.form is desk.dispatch_form


# -- leaving ----------------------------------------------------------------------------------------------------------


def test_esc_leaves_at_once_when_nothing_was_typed(desk: Desk) -> None:
    open_form(desk)
    desk.key(Qt.Key.Key_Escape)
    assert desk.dispatches.form is None


def test_esc_asks_when_something_would_be_lost_and_keeps_it(desk: Desk) -> None:
    form = desk.fill_dispatch(hq=4)
    desk.key(Qt.Key.Key_Escape)
    assert desk.dispatches.form is form
    assert form.banner.message.text == "Leave without saving?"
    desk.key(Qt.Key.Key_Escape)
    assert desk.dispatches.form is form and form.banner is None
    assert number_of(form).typed() == "4"
    form.leave()
    form.banner.choices[1].click()
    assert desk.dispatches.form is None
    assert desk.all_dispatches() == ()


def test_the_next_form_is_empty_again(desk: Desk) -> None:
    desk.fill_dispatch(hq=4)
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    form = open_form(desk)
    assert (form.hole.typed(), number_of(form).typed(), form.driver.typed()) == ((None, ""), "", "")
    assert not form.dirty
    assert form.banner is None
