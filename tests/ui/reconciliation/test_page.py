"""The page of the reconciliation: both sides agree, every figure leads to its rows, what is missing is resolved, months close."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from PySide6.QtCore import Qt

from coresafe.models.enums import DispatchStatus, Role
from coresafe.services.months import CloseMonth, close_month
from coresafe.services.reconciliation import ReconciliationQuery, reconcile
from coresafe.services.returning import ReturnedLine, TakeReturn, take_return
from coresafe.ui.clock import exact
from coresafe.ui.inventory import InventoryPage
from coresafe.ui.reconciliation import ReconciliationPage
from coresafe.ui.reconciliation.month_forms import CloseForm, ReopenForm
from coresafe.ui.reconciliation.statement import LINES
from coresafe.ui.returning import ReturnForm
from tests.ui.desk import Desk

MakeDesk = Callable[..., Desk]


def open_page(desk: Desk) -> ReconciliationPage:
    desk.do("go.reconciliation")
    page = desk.window.page
    assert isinstance(page, ReconciliationPage)
    settle(desk, page)
    return page


def settle(desk: Desk, page: ReconciliationPage) -> None:
    desk.until(lambda: page.found is not None and desk.runner.idle)


def short_return(desk: Desk, hq: int = 6, good: int = 4) -> str:
    """A dispatch of which not all came back, and no more will; its number."""
    sent = desk.others_dispatch(hq=hq)
    lines = [ReturnedLine(tray_size="HQ", good=good)]
    command = TakeReturn(dispatch_id=sent.id, driver="Kofi", technician="otto", lines=lines, final=True)
    desk.aside(lambda: take_return(desk.other, command))
    return sent.number


def last_month() -> int:
    day = datetime.now(UTC).date().replace(day=1) - timedelta(days=1)
    return day.year * 100 + day.month


def test_both_sides_of_the_totals_are_shown_and_agree(desk: Desk) -> None:
    short_return(desk)
    page = open_page(desk)
    shown = desk.aside(lambda: reconcile(desk.other, ReconciliationQuery()))
    page.statement.every.setChecked(True)
    for total in shown.totals:
        for line in LINES:
            assert page.statement.door(total.tray_size, line.field).count == getattr(total, line.field), line.field
    assert page.statement.door("", "difference").text() == "0"
    assert "the difference is 0" in page.verdict.text()
    assert page.tabs.tabText(1) == "Outstanding (1)" and page.tabs.tabText(2) == "Discrepancies (1)"


def test_lines_of_zeros_are_shown_only_when_asked_for(desk: Desk) -> None:
    page = open_page(desk)
    with pytest.raises(StopIteration):
        page.statement.door("HQ", "scrapped")
    page.statement.every.setChecked(True)
    assert page.statement.door("HQ", "scrapped").count == 0


def test_a_figure_leads_to_the_rows_behind_it(desk: Desk) -> None:
    number = short_return(desk)
    page = open_page(desk)
    page.statement.door("HQ", "outstanding").click()
    assert page.tabs.currentWidget() is page.tables.outstanding
    desk.until(lambda: page.tables.outstanding.model.rowCount() == 1 and desk.runner.idle)
    assert page.tables.outstanding.model.row(0).row.number == number
    page.tabs.setCurrentIndex(0)
    page.statement.door("HQ", "opened").click()
    inventory = desk.window.page
    assert isinstance(inventory, InventoryPage)
    desk.until(lambda: desk.runner.idle and inventory.table.model.rowCount() == 1)
    assert [row.kind.value for _at, row in inventory.table.model.known()] == ["opening"]


def test_the_figures_are_gone_through_by_keys(desk: Desk) -> None:
    page = open_page(desk)
    first = page.statement.doors[0]
    first.setFocus()
    desk.key(Qt.Key.Key_Down)
    here = page.focusWidget()
    assert here is not first and here in page.statement.doors
    desk.key(Qt.Key.Key_Right)
    assert page.focusWidget().size_name == "NQ"  # type: ignore[union-attr]


def test_what_is_missing_is_taken_back_or_declared_lost_from_there(desk: Desk) -> None:
    number = short_return(desk)
    page = open_page(desk)
    page.tabs.setCurrentWidget(page.tables.discrepancies)
    desk.until(lambda: page.tables.discrepancies.model.rowCount() == 1)
    page.tables.discrepancies.view.selectRow(0)
    desk.do("reconciliation.return")
    desk.until(lambda: isinstance(desk.dispatches.form, ReturnForm))
    assert number in desk.return_form.title
    desk.dispatches.form.left.emit()  # type: ignore[union-attr]
    desk.do("go.reconciliation")
    settle(desk, page)
    page.tables.discrepancies.view.selectRow(0)
    desk.do("reconciliation.lost")
    desk.until(lambda: desk.dispatches.form is not None)
    form = desk.small_form
    form.fields["reason"].set_value("in the river")
    form.save()
    desk.until(lambda: desk.dispatches.form is None)
    (row,) = desk.all_dispatches()
    assert (row.status, row.lines[0].lost) == (DispatchStatus.CLOSED, 2)
    desk.do("go.reconciliation")
    desk.until(lambda: page.tabs.tabText(1) == "Outstanding (0)")


def test_a_past_period_is_shown_as_it_was(desk: Desk) -> None:
    short_return(desk)
    page = open_page(desk)
    first = datetime.now(UTC).date().replace(day=1)
    page.period.choose((first - timedelta(days=1)).replace(day=1), first - timedelta(days=1))
    desk.until(lambda: page.statement.door("HQ", "closing_owned").count == 0 and desk.runner.idle)
    assert page.tabs.tabText(1) == "Outstanding (0)"


def test_a_period_that_ends_before_it_starts_is_told_and_what_was_shown_stays(desk: Desk) -> None:
    page = open_page(desk)
    today = date.today()  # noqa: DTZ011  # the day on this wall
    page.period.choose(today, today - timedelta(days=2))
    desk.until(lambda: "ends before it starts" in page.verdict.text())
    assert page.statement.door("HQ", "available").count == 50


def test_all_sheds_together_are_asked_for_by_the_days_of_the_first_wherever_one_stands(make_desk: MakeDesk) -> None:
    """On the first of a month here and the last one there, "this month" would lie in the future and be refused."""
    first = make_desk()
    first.add_shed("Camp", "CAMP", zone="Pacific/Kiritimati")
    first.window.close()
    desk = make_desk(shed="CAMP")
    desk.until(lambda: desk.window.workspace.house.several)
    page = open_page(desk)
    page.shed.setCurrentIndex(page.shed.findText("All sheds together"))
    page.shed.activated.emit(page.shed.currentIndex())
    desk.until(lambda: page.found is not None and page.found.shed_id is None and desk.runner.idle)
    main = desk.window.workspace.house.sheds[0]
    assert page.found is not None
    assert page.period.days[0] == page.found.since.astimezone(ZoneInfo(main.time_zone)).date()
    assert exact(page.found.since, main.time_zone) in page.header._hint.text()


def test_a_month_is_closed_by_a_supervisor_and_refused_entries_say_so(desk: Desk) -> None:
    page = open_page(desk)
    desk.do("month.close")
    form = page.form
    assert isinstance(form, CloseForm) and form.month.value() == last_month()
    form.save()
    desk.until(lambda: page.form is None and desk.runner.idle)
    assert "closed up to" in page.month_line.text()
    assert not desk.window.actions_["month.reopen"].isVisible()
    page.tabs.setCurrentWidget(page.tables.months)
    desk.until(lambda: page.tables.months.model.rowCount() == 1)
    assert page.tables.months.model.row(0).row.closed_by == "mary"


def test_a_month_is_closed_from_any_page(desk: Desk) -> None:
    desk.do("month.close")
    page = desk.window.page
    assert isinstance(page, ReconciliationPage)
    desk.until(lambda: isinstance(page.form, CloseForm))


def test_an_administrator_reopens_it_with_a_reason(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.ADMIN)
    desk.aside(lambda: close_month(desk.other, CloseMonth(shed_id=1, month=last_month())))
    page = open_page(desk)
    desk.until(desk.window.actions_["month.reopen"].isEnabled)
    desk.do("month.reopen")
    form = page.form
    assert isinstance(form, ReopenForm)
    form.save()
    assert form.reason.error
    form.reason.set_value("the auditor asked")
    form.save()
    desk.until(lambda: page.form is None and desk.runner.idle)
    assert page.month_line.text() == "No month is closed."


def test_what_others_do_shows_by_itself_and_nothing_moves(desk: Desk) -> None:
    page = open_page(desk)
    page.statement.door("HQ", "available").setFocus()
    desk.others_dispatch(hq=5)
    desk.until(lambda: page.statement.door("HQ", "available").count == 45)
    assert page.statement.door("HQ", "outstanding").count == 5


def test_the_file_is_written_aside_and_said_to_be(desk: Desk, tmp_path: Path) -> None:
    short_return(desk)
    page = open_page(desk)
    desk.do("reconciliation.export")
    assert page.writer.dialog is not None
    page.writer.dialog.reject()
    page.writer.write(tmp_path / "month.xlsx", page.query)
    desk.until(lambda: any("rows were written" in message.text for message in desk.said))
    assert openpyxl.load_workbook(tmp_path / "month.xlsx").sheetnames[0] == "Summary"
    page.writer.write(tmp_path / "none" / "month.xlsx", page.query)
    desk.until(lambda: any("folder is not there" in message.text for message in desk.said))


def test_who_may_only_look_is_offered_no_closing(make_desk: MakeDesk) -> None:
    desk = make_desk(role=Role.OPERATOR)
    open_page(desk)
    for action in ("month.close", "month.reopen", "reconciliation.lost"):
        assert not desk.window.actions_[action].isVisible()
