"""The page of transfers: sending, receiving what really arrived, losses, voids, scans, and others' work meanwhile."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from coresafe.models.enums import Role, TransferStatus
from coresafe.services.finding import find_anything
from coresafe.services.inventory import MoveStock, move_stock
from coresafe.ui.behind import Behind
from coresafe.ui.inventory.page import InventoryPage
from coresafe.ui.transfers import TransfersPage
from coresafe.ui.transfers.entry_forms import LoseForm, ReceiveForm, VoidEntryForm, VoidForm
from coresafe.ui.transfers.send_form import SendForm
from tests.ui.desk import Desk
from tests.ui.transfers.conftest import MakeDesk, Sheds


def read_texts(widget: QWidget) -> str:
    return "\n".join(part.text() for part in widget.findChildren(QLabel) if part.isVisible())


def test_with_one_shed_nobody_is_offered_transfers(desk: Desk) -> None:
    actions = desk.window.actions_
    assert not actions["go.transfers"].isVisible() and not actions["transfer.send"].isVisible()
    assert not desk.window._buttons["go.transfers"].isVisible()
    desk.add_shed("North shed", "NORTH")
    desk.until(actions["go.transfers"].isVisible)
    assert desk.window._buttons["go.transfers"].isVisible() and actions["transfer.send"].isEnabled()


def test_trays_are_sent_by_keys_and_belong_to_the_sender(sheds: Sheds) -> None:
    desk = sheds.desk
    desk.do("transfer.send")
    form = sheds.form(SendForm)
    desk.until(lambda: bool(form.lines._sizes))
    assert (form.shed.value(), form.to_shed.value()) == (sheds.main.id, sheds.north.id)
    desk.type(form.lines.editors[0].quantity.edit, "12")
    desk.type(form.driver.edit, "Kwame")
    desk.save_by_keys()
    desk.until(lambda: sheds.page.form is None)
    (row,) = sheds.all()
    assert (row.shed_name, row.to_shed_name, row.driver, row.in_transit) == ("Main shed", "North shed", "Kwame", 12)
    assert desk.said[-1].text == f"{row.number}: 12 HQ are on their way to North shed."
    desk.until(lambda: row.number in read_texts(sheds.page.detail))
    assert desk.available(shed_id=sheds.main.id) == 38
    desk.prove()


def test_more_than_is_there_is_said_at_the_number_and_nothing_is_lost(sheds: Sheds) -> None:
    desk = sheds.desk
    desk.do("transfer.send")
    form = sheds.form(SendForm)
    desk.until(lambda: bool(form.lines._sizes))
    desk.type(form.lines.editors[0].quantity.edit, "51")
    assert "Only 50 HQ are available." in read_texts(form)
    desk.type(form.lines.editors[0].quantity.edit, "50")
    desk.type(form.driver.edit, "Kwame")
    desk.others_dispatch(hq=10)
    desk.save_by_keys()
    desk.until(lambda: "Only 40 HQ" in read_texts(form))
    assert form.driver.value() == "Kwame" and sheds.all() == ()


def test_what_is_on_its_way_is_pre_filled_and_received_with_two_keys(sheds: Sheds) -> None:
    desk = sheds.desk
    fill = MoveStock(kind="fill", tray_size="HQ", quantity=4, reason="logged", shed_id=sheds.main.id)
    desk.aside(lambda: move_stock(desk.other, fill))
    sent = sheds.send(hq=6, core=4)
    sheds.open()
    sheds.select(sent)
    desk.do("transfer.receive")
    form = sheds.form(ReceiveForm)
    (line,) = form.lines.sums()
    assert (line.out, line.good, line.occupied, line.missing) == (10, 6, 4, 0)
    assert not form.confirm.isVisible()
    desk.save_by_keys()
    desk.until(lambda: sheds.page.form is None)
    row = sheds.read(sent)
    assert (row.status, row.entries[0].technician) == (TransferStatus.ARRIVED, "mary")
    assert desk.said[-1].text == f"{sent.number} received: every tray arrived."
    assert desk.available(shed_id=sheds.north.id) == 15
    desk.prove()


def test_a_difference_is_spelled_out_and_confirmed_once_in_the_form(sheds: Sheds) -> None:
    desk = sheds.desk
    sent = sheds.send(hq=10)
    sheds.open()
    sheds.select(sent)
    desk.do("transfer.receive")
    form = sheds.form(ReceiveForm)
    desk.type(form["lines[0].good"].edit, "7")
    desk.type(form["lines[0].damaged"].edit, "1")
    desk.type(form["lines[0].surplus"].edit, "2")
    said = form.difference.text()
    assert said == (
        "2 HQ missing: they stay on their way, on the account of Main shed; 1 HQ damaged; "
        "2 HQ more than were sent: they are posted as found."
    )
    desk.save_by_keys()
    assert sheds.page.form is form and form.confirm.box.hasFocus()
    form.confirm.box.setChecked(True)
    desk.save_by_keys()
    desk.until(lambda: sheds.page.form is None)
    assert desk.said[-1].text == f"{sent.number} received. 2 HQ are still on their way."
    row = sheds.read(sent)
    assert (row.in_transit, row.lines[0].damaged, row.lines[0].surplus) == (2, 1, 2)
    assert "7 HQ good, 1 HQ damaged, 2 HQ surplus" in read_texts(sheds.page.detail)
    desk.prove()


def test_somebody_received_some_meanwhile_what_was_typed_stays_and_what_changed_is_shown(sheds: Sheds) -> None:
    desk = sheds.desk
    sent = sheds.send(hq=10)
    sheds.open()
    sheds.select(sent)
    desk.do("transfer.receive")
    form = sheds.form(ReceiveForm)
    desk.type(form["lines[0].good"].edit, "9")
    form.confirm.box.setChecked(True)
    sheds.receive(sent, good=4)
    desk.save_by_keys()
    desk.until(lambda: form.meanwhile is not None)
    told = [change.told for change in form.meanwhile.changes]
    assert "HQ on the way: 10 → 6" in told and "Received: – → 4 HQ good, by mary" in told
    assert form["lines[0].good"].value() == 9 and form["lines[0].good"].error
    desk.type(form["lines[0].good"].edit, "6")
    desk.save_by_keys()
    desk.until(lambda: sheds.page.form is None)
    assert sheds.read(sent).in_transit == 0
    desk.prove()


def test_what_never_arrived_is_declared_lost_with_a_reason(sheds: Sheds) -> None:
    desk = sheds.desk
    sent = sheds.receive(sheds.send(hq=10), good=7)
    sheds.open()
    sheds.select(sent)
    desk.do("transfer.lose")
    form = sheds.form(LoseForm)
    assert form.counts["HQ"].value() == 3
    desk.save_by_keys()
    assert form.reason.error
    desk.type(form.counts["HQ"].edit, "2")
    form.reason.edit.setPlainText("the lorry burned out")
    form.counts["HQ"].setFocus()
    desk.save_by_keys()
    desk.until(lambda: sheds.page.form is None)
    assert desk.said[-1].text == f"{sent.number}: declared lost. 1 HQ are still on their way."
    assert sheds.read(sent).lines[0].lost == 2
    desk.prove()


def test_a_receipt_is_voided_and_then_the_whole_transfer(sheds: Sheds) -> None:
    desk = sheds.desk
    sent = sheds.receive(sheds.send(hq=10), good=10)
    sheds.open()
    sheds.select(sent)
    assert not desk.window.actions_["transfer.void"].isEnabled()
    desk.do("transfer.void_entry")
    form = sheds.form(VoidEntryForm)
    form.reason.edit.setPlainText("another lorry")
    form.entry.setFocus()
    desk.save_by_keys()
    desk.until(lambda: sheds.page.form is None)
    assert sheds.read(sent).in_transit == 10
    desk.do("transfer.void")
    whole = sheds.form(VoidForm)
    whole.reason.edit.setPlainText("never left")
    whole.reason.setFocus()
    desk.save_by_keys()
    desk.until(lambda: sheds.page.form is None)
    assert sheds.read(sent).status is TransferStatus.VOIDED
    assert desk.available(shed_id=sheds.main.id) == 50
    assert "never left" in read_texts(sheds.page.detail)
    desk.prove()


def test_a_technician_sends_and_receives_and_is_not_offered_the_rest(make_desk: MakeDesk) -> None:
    sheds = Sheds(make_desk(role=Role.OPERATOR))
    sent = sheds.send(hq=2)
    sheds.open()
    sheds.select(sent)
    actions = sheds.desk.window.actions_
    names = ("send", "receive", "lose", "void", "void_entry")
    shown = {name: actions[f"transfer.{name}"].isVisible() for name in names}
    assert shown == {"send": True, "receive": True, "lose": False, "void": False, "void_entry": False}


# -- scans ------------------------------------------------------------------------------------------------------------


def test_the_paper_of_a_transfer_scanned_anywhere_opens_its_receipt(sheds: Sheds) -> None:
    desk = sheds.desk
    sent = sheds.send(hq=5)
    desk.do("go.inventory")
    desk.settle()
    assert isinstance(desk.window.page, InventoryPage)
    desk.window.scanner.scanned.emit(sent.number)
    desk.until(lambda: isinstance(desk.window.page, TransfersPage) and isinstance(sheds.page.form, ReceiveForm))
    desk.settle()
    desk.window.scanner.scanned.emit(sent.number.lower())
    twice = f"{sent.number} was scanned twice: its receipt is open already."
    desk.until(lambda: any(said.text == twice for said in desk.said))


def test_the_page_of_returns_hands_on_what_is_a_transfer(sheds: Sheds) -> None:
    desk = sheds.desk
    sent = sheds.send(hq=5)
    desk.do("go.returns")
    desk.settle()
    returns = desk.window.page
    desk.type(returns.search, sent.number)  # type: ignore[attr-defined]
    desk.key(Qt.Key.Key_Return)
    desk.until(lambda: isinstance(desk.window.page, TransfersPage) and isinstance(sheds.page.form, ReceiveForm))


@pytest.mark.parametrize("how", ["arrived", "unknown"])
def test_what_has_arrived_or_is_not_known_is_said(sheds: Sheds, how: str) -> None:
    desk = sheds.desk
    done = sheds.receive(sheds.send(hq=5), good=5)
    desk.window.scanner.scanned.emit(done.number if how == "arrived" else "T-2020-000001")
    expected = {
        "arrived": f"Nothing of {done.number} is on its way any more.",
        "unknown": "There is no transfer T-2020-000001.",
    }
    desk.until(lambda: any(said.text == expected[how] for said in desk.said))
    assert sheds.page.form is None


# -- the list ---------------------------------------------------------------------------------------------------------


def listed(page: TransfersPage) -> list[str]:
    return [row.number for _at, row in page.table.model.known()]


def test_the_list_is_narrowed_to_what_is_on_its_way_here_and_searched(sheds: Sheds) -> None:
    desk = sheds.desk
    there, back, done = sheds.send(hq=3), sheds.send(hq=2, back=True), sheds.receive(sheds.send(hq=1), good=1)
    page = sheds.open()
    desk.until(lambda: listed(page) == [done.number, back.number, there.number])
    choices = [page.filter.itemText(at) for at in range(page.filter.count())]
    at = choices.index("On their way to Main shed")
    page.filter.setCurrentIndex(at)
    page.filter.activated.emit(at)
    desk.until(lambda: listed(page) == [back.number])
    page.filter.setCurrentIndex(0)
    page.filter.activated.emit(0)
    desk.type(page.search, there.number)
    desk.until(lambda: listed(page) == [there.number])


def test_others_transfers_and_receipts_show_by_themselves(sheds: Sheds) -> None:
    desk = sheds.desk
    page = sheds.open()
    assert "No transfer yet." in read_texts(page.table)
    sent = sheds.send(hq=3)
    desk.until(lambda: listed(page) == [sent.number])
    sheds.select(sent)
    sheds.receive(sent, good=2)
    desk.until(lambda: "Received: 2 HQ good\nCounted by Esi" in read_texts(page.detail))
    desk.until(lambda: "HQ on the way: 3 → 1" in read_texts(page.detail))


def test_the_dashboard_and_the_palette_lead_to_transfers(sheds: Sheds) -> None:
    desk = sheds.desk
    done, sent = sheds.receive(sheds.send(hq=1), good=1), sheds.send(hq=3)
    desk.do("go.dashboard")
    desk.window.doors.open(Behind("go.transfers", "", {"open": True}))
    desk.until(lambda: listed(sheds.page) == [sent.number])
    (found,) = desk.aside(lambda: find_anything(desk.other, done.number.lower()))
    assert found.detail == ("Main shed", "North shed", "Yaw")
    desk.window.going.to(found)
    desk.until(lambda: sheds.page._current is not None and sheds.page._current.id == done.id)


def test_a_form_with_something_typed_is_not_left_for_a_scan(sheds: Sheds) -> None:
    desk = sheds.desk
    one, two = sheds.send(hq=3), sheds.send(hq=2)
    sheds.open()
    sheds.select(one)
    desk.do("transfer.receive")
    form = sheds.form(ReceiveForm)
    desk.type(form["lines[0].good"].edit, "1")
    desk.window.scanner.scanned.emit(two.number)
    desk.until(lambda: any(f"then scan {two.number} again" in said.text for said in desk.said))
    assert sheds.form(ReceiveForm) is form and form["lines[0].good"].value() == 1


# -- a return that another shed receives ------------------------------------------------------------------------------


def test_a_return_says_into_which_shed_the_trays_go(sheds: Sheds) -> None:
    desk = sheds.desk
    sent = desk.others_dispatch(hq=4)
    desk.do("go.dispatches")
    desk.select(sent.id)
    desk.do("dispatch.return")
    form = desk.return_form
    assert (form.shed.value(), form.shed._note.text()) == (sheds.main.id, "")
    form.shed.set_value(sheds.north.id)
    assert "They left Main shed" in form.shed._note.text()
    desk.save_by_keys()
    desk.until(lambda: desk.dispatches.form is None)
    assert desk.available(shed_id=sheds.north.id) == 13 and desk.available(shed_id=sheds.main.id) == 46
    desk.prove()


def test_a_return_goes_into_the_shed_this_computer_is_said_to_stand_in(make_desk: MakeDesk) -> None:
    first = Sheds(make_desk())
    sent = first.desk.others_dispatch(hq=4)
    desk = make_desk(shed="NORTH")
    desk.until(lambda: desk.window.workspace.house.several)
    desk.do("go.dispatches")
    desk.select(sent.id)
    desk.do("dispatch.return")
    assert desk.return_form.shed.value() == first.north.id
