"""The thresholds in the settings: read, judged at their fields, saved for everybody, and two administrators at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from coresafe.models.enums import Role
from coresafe.services.ruling import get_rules
from coresafe.services.settings import Rules
from coresafe.ui.forms.comparison import Comparison
from coresafe.ui.messages import Level
from coresafe.ui.settings import SettingsDialog
from coresafe.ui.settings.thresholds import ThresholdsForm
from tests.databases import Databases
from tests.ui.desk import Desk, make_place
from tests.ui.settings.hands import go_to, open_settings

MakeDesk = Callable[..., Desk]


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    """An administrator's desk."""
    return make_desk(role=Role.ADMIN)


def open_section(desk: Desk) -> ThresholdsForm:
    """File ▸ Settings ▸ Thresholds, read."""
    dialog = open_settings(desk)
    go_to(dialog, "Thresholds")
    form = dialog.thresholds
    assert form is not None and form.isVisible()
    desk.until(lambda: form.row is not None)
    return form


def stored(desk: Desk) -> Rules:
    """As a colleague reads them."""
    return desk.aside(lambda: get_rules(desk.other)).rules


def type_in(desk: Desk, form: ThresholdsForm, **typed: str) -> None:
    """Type over what stands in the fields."""
    for name, words in typed.items():
        desk.type(form.fields[name].control, words)


def test_the_rules_in_force_stand_there(desk: Desk) -> None:
    form = open_section(desk)
    assert form.values() == Rules().as_dict()
    assert not form.dirty


def test_they_are_saved_for_everybody_and_in_force_here_at_once(make_desk: MakeDesk, databases: Databases) -> None:
    place = make_place(databases.new("mysql"))
    desk, elsewhere = make_desk(role=Role.ADMIN, place=place), make_desk(role=Role.OPERATOR, place=place)
    desk.window.activateWindow()
    desk.until(desk.window.isActiveWindow)
    form = open_section(desk)
    type_in(desk, form, amber_days="2", red_days="5", due_days="10", back_date_days="3", idle_minutes="20")
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None and form.banner.message.level is Level.SUCCESS)
    wanted = Rules(amber_days=2, red_days=5, due_days=10, back_date_days=3, idle_minutes=20)
    assert stored(desk) == wanted
    desk.until(lambda: desk.window.workspace.house.rules == wanted)
    desk.until(lambda: elsewhere.window.workspace.house.rules == wanted, 5_000)
    assert elsewhere.window.locking.idle.seconds == 20 * 60
    assert not form.dirty


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"due_days": "0"}, "due_days", "Enter a whole number from 1 to 365."),
        ({"due_days": "366"}, "due_days", "Enter a whole number from 1 to 365."),
        ({"due_days": "7.5"}, "due_days", "Enter a whole number from 1 to 365."),
        ({"due_days": ""}, "due_days", "Fill this in."),
        ({"idle_minutes": "-1"}, "idle_minutes", "Enter a whole number from 1 to 480."),
        ({"back_date_days": "week"}, "back_date_days", "Enter a whole number from 1 to 365."),
        ({"amber_days": "8"}, "red_days", "Red must come after amber: enter more than 8."),
        ({"red_days": "4"}, "red_days", "Red must come after amber: enter more than 4."),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_nothing_is_saved(
    desk: Desk, typed: dict[str, str], field: str, words: str
) -> None:
    form = open_section(desk)
    type_in(desk, form, **typed)
    desk.save_by_keys()
    assert form.fields[field].error == words
    assert form.fields[field].control.hasFocus()
    assert not form.saving
    assert stored(desk) == Rules()


def test_what_was_wrong_with_red_goes_when_amber_is_put_right(desk: Desk) -> None:
    form = open_section(desk)
    type_in(desk, form, amber_days="9")
    desk.save_by_keys()
    assert form.red.error
    type_in(desk, form, amber_days="3")
    assert not form.red.error


def test_a_change_made_elsewhere_shows_unless_something_is_typed(desk: Desk) -> None:
    form = open_section(desk)
    desk.rule(due_days=9)
    desk.until(lambda: form.fields["due_days"].value() == 9, 5_000)
    type_in(desk, form, due_days="12")
    desk.rule(due_days=11)
    desk.until(lambda: desk.window.workspace.house.rules.due_days == 11, 5_000)
    desk.settle()
    assert form.fields["due_days"].value() == 12


def test_the_second_of_two_administrators_sees_both_and_chooses(desk: Desk) -> None:
    form = open_section(desk)
    type_in(desk, form, due_days="12", idle_minutes="5")
    desk.rule(due_days=11, red_days=9)
    desk.save_by_keys()
    desk.until(lambda: form.comparison is not None)
    comparison = form.comparison
    assert isinstance(comparison, Comparison)
    assert set(comparison.rows) == {"due_days", "idle_minutes", "red_days"}
    assert stored(desk) == Rules(due_days=11, red_days=9)
    form.save()
    desk.until(lambda: form.banner is not None and form.banner.message.level is Level.SUCCESS)
    assert stored(desk) == Rules(due_days=12, red_days=9, idle_minutes=5)
    assert form.comparison is None


def test_closing_asks_when_something_typed_would_be_lost(desk: Desk) -> None:
    form = open_section(desk)
    dialog = form.window()
    assert isinstance(dialog, SettingsDialog)
    type_in(desk, form, due_days="12")
    go_to(dialog, "Look")
    dialog.close_button.click()
    assert dialog.isVisible() and form.isVisible()
    assert form.banner is not None and form.banner.message.level is Level.QUESTION
    desk.key(Qt.Key.Key_Escape)  # keep editing
    assert dialog.isVisible() and form.fields["due_days"].value() == 12
    form.leave()
    assert form.banner is not None
    form.banner.message.choices[1].do()
    desk.until(lambda: desk.window.findChild(SettingsDialog) is None)
    assert stored(desk) == Rules()


def test_esc_closes_the_settings_where_nothing_was_typed(desk: Desk) -> None:
    form = open_section(desk)
    form.focus_first()
    desk.key(Qt.Key.Key_Escape)
    desk.until(lambda: desk.window.findChild(SettingsDialog) is None)


def test_what_is_typed_there_is_known_to_the_lock(desk: Desk) -> None:
    form = open_section(desk)
    type_in(desk, form, due_days="12")
    assert desk.window._holds_typing()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.MANAGER])
def test_others_do_not_see_them(make_desk: MakeDesk, role: Role) -> None:
    dialog = open_settings(make_desk(role=role))
    assert dialog.thresholds is None
    assert "Thresholds" not in [door.accessibleName() for door in dialog.doors]
