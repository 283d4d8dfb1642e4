"""Which shed this computer stands in: chosen by anybody, in force at once, remembered in this computer's settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from coresafe import config
from coresafe.models.enums import Role
from coresafe.ui import clock
from coresafe.ui.settings.shed import ShedSection
from tests.ui.desk import Desk
from tests.ui.settings.hands import go_to, open_settings

MakeDesk = Callable[..., Desk]
PERTH = "Australia/Perth"


@pytest.fixture(autouse=True)
def own_clock() -> Iterator[None]:
    """Whatever a test's shed has for a clock goes with it."""
    yield
    clock.set_wall(None)


def open_section(desk: Desk) -> ShedSection:
    """File ▸ Settings ▸ Shed."""
    dialog = open_settings(desk)
    go_to(dialog, "Shed")
    assert dialog.shed.isVisible()
    return dialog.shed


def add_north(desk: Desk) -> int:
    """A second shed, known to this window."""
    north = desk.add_shed("North shed", "NORTH", zone=PERTH, hq=4)
    desk.until(lambda: desk.window.workspace.house.several, 5_000)
    return north.id


def test_with_one_shed_there_is_nothing_to_choose(desk: Desk) -> None:
    section = open_section(desk)
    (choice,) = section.choices.values()
    assert choice.isChecked() and choice.text().startswith("Main shed")
    assert section.note.text() == "There is only this one."


@pytest.mark.parametrize("role", list(Role))
def test_it_is_chosen_by_anybody_and_in_force_at_once(make_desk: MakeDesk, role: Role) -> None:
    desk = make_desk(role=role)
    north = add_north(desk)
    section = open_section(desk)
    section.choices[north].click()
    assert desk.window._shed.text() == "North shed"
    assert str(clock.wall()) == PERTH
    section.window().close()
    desk.do("dispatch.new")
    form = desk.dispatch_form
    assert form.shed.value() == north
    desk.until(lambda: form.lines.editors[0].quantity._note.text().startswith("4 "))
    assert form.at._zone_label.text() == "UTC+08:00"


def test_it_is_remembered_for_this_computer(desk: Desk) -> None:
    north = add_north(desk)
    section = open_section(desk)
    section.choices[north].click()
    assert config.load().shed == "NORTH"
    assert 'shed = "NORTH"' in config.config_file().read_text("utf-8")


def test_what_the_environment_says_is_not_chosen_here(make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    first = make_desk()
    north = add_north(first)
    first.window.close()
    monkeypatch.setenv("CORESAFE_SHED", "NORTH")
    section = open_section(make_desk(shed=config.load().shed))
    assert section.choices[north].isChecked()
    assert not any(choice.isEnabled() for choice in section.choices.values())
    assert "CORESAFE_SHED" in section.note.text()


def test_one_that_the_env_file_names_is_not_chosen_here_either(
    make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("working")
    monkeypatch.chdir(folder)
    (folder / ".env").write_text("CORESAFE_SHED=MAIN\n")
    assert open_section(make_desk(shed=config.load().shed)).fixed


def test_a_name_that_is_none_is_told_until_another_is_chosen(make_desk: MakeDesk) -> None:
    desk = make_desk(shed="SOUTH")
    section = open_section(desk)
    assert "SOUTH" in section.told.text() and section.told.isVisible()
    (choice,) = section.choices.values()
    choice.click()
    assert not section.told.isVisible()
    assert config.load().shed == "MAIN"


def test_with_sample_data_nothing_is_remembered(make_desk: MakeDesk) -> None:
    desk = make_desk(is_sample=True)
    north = add_north(desk)
    section = open_section(desk)
    assert section.note.text() == "With sample data it is not remembered."
    section.choices[north].click()
    assert desk.window.workspace.house.here.id == north  # type: ignore[union-attr]
    assert config.load().shed == ""


def test_where_it_cannot_be_written_it_is_told_and_holds_until_the_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    north = add_north(desk)
    section = open_section(desk)

    def refuse(**_values: str) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr(config, "remember", refuse)
    section.choices[north].click()
    assert desk.window._shed.text() == "North shed"
    assert "could not be written" in section.told.text()


def test_a_shed_that_is_opened_elsewhere_is_offered(desk: Desk) -> None:
    section = open_section(desk)
    desk.add_shed("North shed", "NORTH")
    desk.until(lambda: len(section.choices) == 2, 5_000)
    assert [choice.text() for choice in section.choices.values()][1] == "North shed  ·  NORTH  ·  UTC"
