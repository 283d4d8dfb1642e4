"""The form of a return: everything still out as good, live sums, and a difference that is said and confirmed once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt

from coresafe.models.enums import Role
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import get_dispatch
from coresafe.services.listing import Query
from coresafe.services.users import ChangeUser, change_user, list_users
from coresafe.ui.returning import ReturnForm
from tests.ui.desk import Desk


@pytest.fixture
def sent(place: object, desk: Desk) -> DispatchRow:
    """Ten HQ and four NQ are out, and selected."""
    row = desk.others_dispatch(hq=10, nq=4)
    desk.window.workspace.look()
    return desk.select(row.id)


def open_return(desk: Desk) -> ReturnForm:
    desk.do("dispatch.return")
    desk.settle()
    return desk.return_form


def field(form: ReturnForm, size: str, part: str) -> Any:
    return form.lines._fields[size, part]


def missing(form: ReturnForm) -> dict[str, str]:
    return {size: shown.text() for size, shown in form.lines._missing.items()}


def back(desk: Desk, row: DispatchRow) -> DispatchRow:
    return desk.aside(lambda: get_dispatch(desk.other, row.id))


def test_everything_still_out_is_filled_in_as_good_and_enter_takes_it_back(desk: Desk, sent: DispatchRow) -> None:
    form = open_return(desk)
    assert {size: field(form, size, "good").value() for size in ("HQ", "NQ")} == {"HQ": 10, "NQ": 4}
    assert (form.driver.value(), form.technician.value()) == ("Yaw", "mary")
    assert not form.told.isVisible() and not form.confirm.isVisible()
    assert field(form, "HQ", "good").edit.hasFocus()
    assert {edit.height() for edit in (field(form, "HQ", "good").edit, field(form, "NQ", "damaged").edit)} == {44}
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    now = back(desk, sent)
    assert (now.status, now.outstanding, now.matched) == ("closed", 0, True)
    assert any("every tray came back" in message.text for message in desk.said)
    assert desk.available() == 50
    desk.prove()


def test_the_sums_follow_every_key(desk: Desk, sent: DispatchRow) -> None:
    form = open_return(desk)
    assert missing(form) == {"HQ": "0", "NQ": "0"}
    desk.type(field(form, "HQ", "good").edit, "6")
    assert missing(form) == {"HQ": "4", "NQ": "0"}
    desk.type(field(form, "HQ", "damaged").edit, "1")
    desk.type(field(form, "HQ", "occupied").edit, "2")
    assert missing(form) == {"HQ": "1", "NQ": "0"}
    desk.type(field(form, "HQ", "good").edit, "9")
    assert missing(form)["HQ"] == "2 too many"


def test_a_difference_is_spelled_out_and_confirmed_once_in_the_form(desk: Desk, sent: DispatchRow) -> None:
    form = open_return(desk)
    desk.type(field(form, "HQ", "good").edit, "8")
    assert form.told.text() == "2 HQ missing: they stay on Ashanti Gold's account."
    assert form.told.isVisible() and form.confirm.isVisible()
    desk.save_by_keys()
    assert form.banner is not None and "Confirm the difference" in form.banner.message.text
    assert form.confirm.box.hasFocus()
    desk.key(Qt.Key.Key_Space)
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    now = back(desk, sent)
    assert (now.status, now.outstanding) == ("partially_returned", 2)
    assert any("2 HQ of" in message.text and "still out with Ashanti Gold" in message.text for message in desk.said)
    assert not any("every tray" in message.text for message in desk.said)


def test_another_difference_has_to_be_confirmed_again(desk: Desk, sent: DispatchRow) -> None:
    form = open_return(desk)
    desk.type(field(form, "HQ", "good").edit, "8")
    form.confirm.box.click()
    desk.type(field(form, "NQ", "good").edit, "3")
    assert form.confirm.value() is False
    assert form.told.text() == "2 HQ and 1 NQ missing: they stay on Ashanti Gold's account."
    desk.type(field(form, "NQ", "damaged").edit, "1")
    desk.type(field(form, "HQ", "surplus").edit, "3")
    assert "1 NQ damaged" in form.told.text()
    assert "3 HQ more than were sent" in form.told.text()


def test_that_is_all_he_has_closes_with_a_discrepancy(desk: Desk, sent: DispatchRow) -> None:
    form = open_return(desk)
    desk.type(field(form, "HQ", "good").edit, "8")
    form.final.box.click()
    assert "discrepancy" in form.told.text()
    form.confirm.box.click()
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    now = back(desk, sent)
    assert (now.outstanding, now.discrepancy) == (2, True)


@pytest.mark.parametrize("part", ["good", "occupied", "damaged"])
def test_more_than_is_out_is_told_at_its_number_and_nothing_is_written(
    desk: Desk, sent: DispatchRow, part: str
) -> None:
    form = open_return(desk)
    desk.type(field(form, "HQ", part).edit, "11")
    form.confirm.set_value(True)
    desk.save_by_keys()
    assert "Only 10 out" in field(form, "HQ", part).error
    desk.settle()
    assert back(desk, sent) == sent
    desk.type(field(form, "HQ", part).edit, "0")
    assert field(form, "HQ", part).error == ""


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("-1", "below zero"),
        ("1.5", "fraction"),
        ("2147483648", "from 0 to"),
        ("x", "whole number"),
        ("", "Fill this in."),
    ],
)
def test_numbers_that_cannot_come_back(desk: Desk, sent: DispatchRow, typed: str, told: str) -> None:
    form = open_return(desk)
    desk.type(field(form, "HQ", "good").edit, typed)
    form.confirm.set_value(True)
    desk.save_by_keys()
    assert told in field(form, "HQ", "good").error
    assert field(form, "HQ", "good").typed() == typed
    desk.settle()
    assert back(desk, sent) == sent


def test_nothing_at_all_comes_back(desk: Desk, sent: DispatchRow) -> None:
    form = open_return(desk)
    for size in ("HQ", "NQ"):
        desk.type(field(form, size, "good").edit, "0")
    form.confirm.set_value(True)
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None and not form.saving)
    assert back(desk, sent) == sent


@pytest.mark.parametrize("words", ["Ko\0fi", "K" * 100_000], ids=["nul", "100,000"])
@pytest.mark.parametrize("name", ["driver", "technician", "condition_notes"])
def test_texts_that_cannot_be_kept(desk: Desk, sent: DispatchRow, name: str, words: str) -> None:
    form = open_return(desk)
    form[name].set_value(words)
    desk.save_by_keys()
    assert form[name].error
    desk.settle()
    assert back(desk, sent) == sent


def test_before_the_dispatch_and_in_the_future(desk: Desk, sent: DispatchRow) -> None:
    form = open_return(desk)
    form.at.set_value(datetime.now(UTC) + timedelta(days=1))
    desk.save_by_keys()
    assert form.at.error == "This lies in the future."
    form.at.set_value(sent.dispatched_at - timedelta(days=1))
    desk.save_by_keys()
    desk.until(lambda: bool(form.at.error))
    assert form.at.error != "This lies in the future."
    assert back(desk, sent) == sent


def test_too_long_ago_asks_for_a_reason_at_its_field(desk: Desk) -> None:
    old = datetime.now(UTC) - timedelta(days=9)
    sending = desk.fill_dispatch(hq=3)
    sending.at.set_value(old)
    sending.reason.edit.setText("The paper came late")
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    desk.settle()
    form = open_return(desk)
    form.at.set_value(old + timedelta(hours=1))
    desk.save_by_keys()
    desk.until(lambda: bool(form.reason.error))
    assert desk.dispatches._current is not None
    assert back(desk, desk.dispatches._current).outstanding == 3


def test_a_stale_version_keeps_what_was_typed_and_shows_what_is_out_now(desk: Desk, sent: DispatchRow) -> None:
    form = open_return(desk)
    desk.window.workspace.stop()
    desk.type(field(form, "HQ", "good").edit, "7")
    form.confirm.box.click()
    desk.others_return(sent, hq=3)
    desk.save_by_keys()
    desk.until(lambda: form.banner is not None and not form.saving)
    assert "Somebody changed this meanwhile" in form.banner.message.text
    assert "7 HQ, 4 NQ" in form.banner.message.hint
    assert field(form, "HQ", "good").typed() == "7"
    assert missing(form) == {"HQ": "0", "NQ": "0"}
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    now = back(desk, sent)
    assert (now.status, len(now.returns)) == ("closed", 2)
    desk.prove()


def test_what_others_return_meanwhile_shows_in_the_column_of_what_is_out(desk: Desk, sent: DispatchRow) -> None:
    form = open_return(desk)
    desk.window.workspace.stop()
    desk.others_return(sent, hq=3)
    form.save()
    desk.until(lambda: form.lines._outs["HQ"].text() == "7")
    assert field(form, "HQ", "good").error == "Only 7 out."
    desk.type(field(form, "HQ", "good").edit, "7")
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    assert back(desk, sent).outstanding == 0


def test_a_user_who_was_switched_off_in_mid_work_is_told_and_nothing_is_written(
    make_desk: Callable[..., Desk],
) -> None:
    desk = make_desk(role=Role.OPERATOR)
    row = desk.others_dispatch(hq=10)
    desk.window.workspace.look()
    desk.select(row.id)
    open_return(desk)
    desk.window.workspace.stop()

    def switch_off() -> None:
        user = next(user for user in list_users(desk.admin, Query(q="otto")).items)
        change_user(desk.admin, ChangeUser(user_id=user.id, version=user.version, is_active=False))

    desk.aside(switch_off)
    desk.save_by_keys()
    desk.until(lambda: bool(desk.ended))
    assert "switched off" in desk.ended[0]
    assert back(desk, row) == row


def test_esc_asks_only_when_a_number_was_changed(desk: Desk, sent: DispatchRow) -> None:
    form = open_return(desk)
    desk.key(Qt.Key.Key_Escape)
    assert desk.dispatches.form is None
    form = open_return(desk)
    desk.type(field(form, "HQ", "good").edit, "7")
    desk.key(Qt.Key.Key_Escape)
    assert desk.dispatches.form is form
    assert form.banner is not None and form.banner.message.text == "Leave without saving?"
    form.banner.choices[1].click()
    assert desk.dispatches.form is None
    assert back(desk, sent) == sent
