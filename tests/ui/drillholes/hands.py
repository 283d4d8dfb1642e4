"""What hands do on the page of drillholes, and what eyes see of it."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QLabel

from coresafe.services import registry
from coresafe.services.listing import Query
from coresafe.services.registry import CompanyRow, DrillholeRow, ProjectRow
from coresafe.ui.drillholes import DrillholesPage
from coresafe.ui.forms.record import RecordForm
from coresafe.ui.tables.model import Phase
from tests.ui.desk import Desk


def open_page(desk: Desk) -> DrillholesPage:
    """Go there and wait until all of it is there."""
    desk.do("go.drillholes")
    page = desk.window.page
    assert isinstance(page, DrillholesPage)
    settle(desk, page)
    return page


def settle(desk: Desk, page: DrillholesPage) -> None:
    """Wait until nothing is under way and nothing is about to be."""
    timers = (page._rest, page._pause, page.outline._pause, page.detail.rest)

    def still() -> bool:
        asked = page.table.model.phase not in (Phase.WAITING, Phase.LOADING) and not page.table.model.settling
        return asked and desk.runner.idle and not any(timer.isActive() for timer in timers)

    desk.until(still)


def tree(page: DrillholesPage) -> list[str]:
    """What a screen reader reads of the tree, as far as it is open; projects stand in."""
    lines, index = [], page.outline.model.index(0, 0)
    while index.isValid():
        lines.append("  " * index.parent().isValid() + index.data(11))  # Qt.ItemDataRole.AccessibleTextRole
        index = page.outline.view.indexBelow(index)
    return lines


def holes(page: DrillholesPage) -> list[str]:
    """The holes that the table shows."""
    return [row.hole_id for _at, row in page.table.model.known()]


def said(page: DrillholesPage) -> list[str]:
    """The words of the detail."""
    return [label.text() for label in page.detail.widget().findChildren(QLabel) if label.text()]


def go_to_company(desk: Desk, page: DrillholesPage, company_id: int) -> None:
    """Click on a company."""
    row = page.outline.model.company_row(company_id)
    assert row is not None
    page.outline.view.setCurrentIndex(page.outline.model.index_of(row))
    settle(desk, page)


def go_to_project(desk: Desk, page: DrillholesPage, company_id: int, project_id: int) -> None:
    """Open a company and click on one of its projects."""
    row = page.outline.model.company_row(company_id)
    assert row is not None
    page.outline.view.expand(page.outline.model.index_of(row))
    desk.until(lambda: page.outline.model.project(project_id) is not None)
    page.outline.view.setCurrentIndex(page.outline.model.index_of(page.outline.model.project(project_id)))
    settle(desk, page)


def select(desk: Desk, page: DrillholesPage, *hole_ids: str) -> None:
    """Select holes of the table by their names."""
    rows = [at for at, row in page.table.model.known() if row.hole_id in hole_ids]
    assert len(rows) == len(hole_ids)
    view = page.table.view
    view.clearSelection()
    for at in rows:
        flag = view.selectionModel().SelectionFlag
        view.selectionModel().select(page.table.model.index(at, 0), flag.Select | flag.Rows)
    settle(desk, page)


def form_of(page: DrillholesPage) -> Any:
    """The form that is open."""
    assert isinstance(page.form, RecordForm)
    return page.form


def hole(desk: Desk, hole_id: str) -> DrillholeRow:
    """A hole as a colleague sees it."""
    return desk.aside(lambda: registry.list_drillholes(desk.other, Query(filters={"hole_id": hole_id})).items[0])


def project(desk: Desk, code: str) -> ProjectRow:
    """A project as a colleague sees it."""
    return desk.aside(lambda: registry.list_projects(desk.other, Query(filters={"code": code})).items[0])


def company(desk: Desk, name: str) -> CompanyRow:
    """A company as a colleague sees it."""
    return desk.aside(lambda: registry.list_companies(desk.other, Query(filters={"name": name})).items[0])
