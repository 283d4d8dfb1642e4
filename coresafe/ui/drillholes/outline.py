"""Companies ▸ projects as a tree: the rows known so far, by pages, kept in place when they are read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from coresafe.services import registry
from coresafe.services.context import Context
from coresafe.services.listing import MAX_LIMIT, Query
from coresafe.services.registry import CompanyRow, ProjectRow
from coresafe.ui.drillholes.words import PROJECT_STATUS
from coresafe.ui.words import tr

_Index = QModelIndex | QPersistentModelIndex

#: Read at once: companies when the page opens and as they are scrolled to, projects when a company is opened.
COMPANIES, PROJECTS = 100, 200

ROW_ROLE = Qt.ItemDataRole.UserRole + 1
#: The word beside a row that is not active, "" for one that is.
WORD_ROLE = Qt.ItemDataRole.UserRole + 2
#: More about a row, in a paler colour behind its name.
MORE_ROLE = Qt.ItemDataRole.UserRole + 3


@dataclass(frozen=True, slots=True)
class Owners:
    """What was read. ``more``: the cursor to further companies; ``projects`` and ``more_of`` by the company's id."""

    companies: tuple[CompanyRow, ...] = ()
    more: str | None = None
    projects: dict[int, tuple[ProjectRow, ...]] = field(default_factory=dict)
    more_of: dict[int, str] = field(default_factory=dict)


# -- reading, on the runner's threads ---------------------------------------------------------------------------------


def _active(on: bool) -> tuple[dict[str, object], dict[str, object]]:
    return ({"is_active": True}, {"status": "active"}) if on else ({}, {})


def first_companies(context: Context, active_only: bool, cursor: str | None = None) -> Owners:
    """A page of companies: one question."""
    query = Query(filters=_active(active_only)[0], limit=COMPANIES, cursor=cursor)
    page = registry.list_companies(context, query)
    return Owners(page.items, page.next_cursor)


def projects_of(context: Context, company_id: int, active_only: bool, cursor: str | None = None) -> Owners:
    """A page of a company's projects: one question."""
    filters = {**_active(active_only)[1], "company_id": company_id}
    page = registry.list_projects(context, Query(filters=filters, limit=PROJECTS, cursor=cursor))
    more = {company_id: page.next_cursor} if page.next_cursor else {}
    return Owners(projects={company_id: page.items}, more_of=more)


def again(context: Context, known: Owners, active_only: bool) -> Owners:
    """Everything that is known, read again: two questions for what fits a page of each."""
    of_companies, of_projects = _active(active_only)
    wanted = max(COMPANIES, len(known.companies))
    companies: list[CompanyRow] = []
    cursor: str | None = None
    while True:
        query = Query(filters=of_companies, limit=min(MAX_LIMIT, wanted - len(companies)), cursor=cursor)
        page = registry.list_companies(context, query)
        companies += page.items
        cursor = page.next_cursor
        if cursor is None or len(companies) >= wanted:
            break
    opened = [company_id for company_id in known.projects if any(row.id == company_id for row in companies)]
    projects: dict[int, list[ProjectRow]] = {company_id: [] for company_id in opened}
    following: str | None = None
    while opened:
        query = Query(filters={**of_projects, "company_id": opened}, limit=MAX_LIMIT, cursor=following)
        found = registry.list_projects(context, query)
        for row in found.items:
            projects[row.company_id].append(row)
        following = found.next_cursor
        if following is None:
            break
    return Owners(tuple(companies), cursor, {company: tuple(rows) for company, rows in projects.items()})


def find(context: Context, words: str, active_only: bool) -> Owners:
    """Companies and projects whose names hold the words, projects under their companies: two questions, at most three."""
    of_companies, of_projects = _active(active_only)
    companies = registry.list_companies(context, Query(q=words, filters=of_companies, limit=COMPANIES))
    found = registry.list_projects(context, Query(q=words, filters=of_projects, limit=PROJECTS))
    rows = {row.id: row for row in companies.items}
    missing = sorted({row.company_id for row in found.items} - rows.keys())
    if missing:
        owners = registry.list_companies(context, Query(filters={"id": missing}, limit=MAX_LIMIT))
        rows |= {row.id: row for row in owners.items}
    projects: dict[int, list[ProjectRow]] = {}
    for row in found.items:
        if row.company_id in rows:
            projects.setdefault(row.company_id, []).append(row)
    ordered = sorted(rows.values(), key=lambda row: row.name.casefold())
    return Owners(tuple(ordered), None, {company: tuple(of) for company, of in projects.items()})


# -- the model --------------------------------------------------------------------------------------------------------


class Outline(QAbstractItemModel):
    """All companies first, then each company with its projects under it.

    The id inside an index is 0 at the top level, else the company's under which the row stands.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._companies: list[CompanyRow] = []
        self._projects: dict[int, list[ProjectRow]] = {}
        self._place: dict[int, int] = {}
        self._more: str | None = None
        self._more_of: dict[int, str] = {}

    # -- what a view asks -----------------------------------------------------------------------------------------

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        if not parent.isValid():
            return 1 + len(self._companies)
        company = self.company(parent)
        return len(self._projects.get(company.id, ())) if company is not None else 0

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 1

    def index(self, row: int, column: int, parent: _Index = QModelIndex()) -> QModelIndex:  # noqa: B008 - Qt's signature
        if column != 0 or not 0 <= row < self.rowCount(parent):
            return QModelIndex()
        company = self.company(parent)
        return self.createIndex(row, column, company.id if company is not None else 0)

    def parent(self, index: _Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        company_id = index.internalId() if index.isValid() else 0
        at = self._place.get(company_id) if company_id else None
        return self.createIndex(at + 1, 0, 0) if at is not None else QModelIndex()

    def hasChildren(self, parent: _Index = QModelIndex()) -> bool:  # noqa: B008 - Qt's signature
        if not parent.isValid():
            return True
        company = self.company(parent)
        # Until they are read a company may have some.
        return company is not None and bool(self._projects.get(company.id, (True,)))

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.row(index)
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return _name(row)
        if role == MORE_ROLE:
            return row.name if isinstance(row, ProjectRow) else ""
        if role == WORD_ROLE:
            return _word(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return ", ".join(part for part in (_name(row), self.data(index, MORE_ROLE), _word(row)) if part)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            kind = tr("company") if isinstance(row, CompanyRow) else tr("project") if row is not None else ""
            return ", ".join(part for part in (_name(row), self.data(index, MORE_ROLE), kind, _word(row)) if part)
        return None

    def row(self, index: _Index) -> CompanyRow | ProjectRow | None:
        """The company or project, None for all companies."""
        if not index.isValid():
            return None
        under = index.internalId()
        if under:
            rows = self._projects.get(under, [])
            return rows[index.row()] if index.row() < len(rows) else None
        return self.company(index)

    def company(self, index: _Index) -> CompanyRow | None:
        """The company at an index of the top level."""
        if not index.isValid() or index.internalId() or not 1 <= index.row() <= len(self._companies):
            return None
        return self._companies[index.row() - 1]

    # -- what the panel asks --------------------------------------------------------------------------------------

    @property
    def known(self) -> Owners:
        """Everything that is there."""
        projects = {company: tuple(rows) for company, rows in self._projects.items()}
        return Owners(tuple(self._companies), self._more, projects, dict(self._more_of))

    @property
    def more(self) -> str | None:
        """The cursor to further companies."""
        return self._more

    def more_of(self, company_id: int) -> str | None:
        """The cursor to further projects of a company."""
        return self._more_of.get(company_id)

    def is_read(self, company_id: int) -> bool:
        """Whether its projects are there."""
        return company_id in self._projects

    def project(self, project_id: int) -> ProjectRow | None:
        """A project by its id, if it is among the known ones."""
        return next((row for rows in self._projects.values() for row in rows if row.id == project_id), None)

    def company_row(self, company_id: int) -> CompanyRow | None:
        """A company by its id, if it is among the known ones."""
        at = self._place.get(company_id)
        return self._companies[at] if at is not None else None

    def index_of(self, row: CompanyRow | ProjectRow | None) -> QModelIndex:
        """Where a company or project stands, by its id; all companies for None; invalid where it is not known."""
        if row is None:
            return self.index(0, 0)
        if isinstance(row, CompanyRow):
            at = self._place.get(row.id)
            return self.index(at + 1, 0) if at is not None else QModelIndex()
        above = self._place.get(row.company_id)
        rows = self._projects.get(row.company_id, [])
        found = next((i for i, project in enumerate(rows) if project.id == row.id), None)
        return (
            self.index(found, 0, self.index(above + 1, 0)) if above is not None and found is not None else QModelIndex()
        )

    # -- what came ------------------------------------------------------------------------------------------------

    def add(self, came: Owners) -> None:
        """A further page of companies, or of a company's projects."""
        if came.companies:
            known = {row.id for row in self._companies}
            self._put(QModelIndex(), [*self._companies, *(row for row in came.companies if row.id not in known)])
        if not came.projects:
            self._more = came.more
        for company_id, rows in came.projects.items():
            if company_id in self._place:
                known = {row.id for row in self._projects.get(company_id, [])}
                merged = [*self._projects.get(company_id, []), *(row for row in rows if row.id not in known)]
                self._put_projects(company_id, merged)
                self._more_of.pop(company_id, None)
                self._more_of.update(came.more_of)

    def show(self, came: Owners) -> None:
        """What was read in place of what is there: rows that stay keep their place in the view, and stay open."""
        self._put(QModelIndex(), came.companies)
        self._more = came.more
        for company_id in [known for known in self._projects if known not in came.projects]:
            self._forget_projects(company_id)
        for company_id, rows in came.projects.items():
            if company_id in self._place:
                self._put_projects(company_id, rows)
        self._more_of = dict(came.more_of)

    def _forget_projects(self, company_id: int) -> None:
        if company_id in self._place:
            self._put_projects(company_id, [])
        self._projects.pop(company_id, None)
        self._tell(company_id)

    def _put_projects(self, company_id: int, rows: Sequence[ProjectRow]) -> None:
        self._projects.setdefault(company_id, [])
        self._put(self.index(self._place[company_id] + 1, 0), rows)
        self._tell(company_id)

    def _tell(self, company_id: int) -> None:
        """Whether it can be opened may be otherwise now."""
        at = self._place.get(company_id)
        if at is not None:
            self.dataChanged.emit(self.index(at + 1, 0), self.index(at + 1, 0))

    def _put(self, parent: QModelIndex, wanted: Sequence[Any]) -> None:
        """Make the rows under ``parent`` the wanted ones, taking out, moving and putting in one by one."""
        company = self.company(parent)
        rows: list[Any] = self._companies if company is None else self._projects[company.id]
        shift = 1 if company is None else 0
        keep = {row.id for row in wanted}
        for at in range(len(rows) - 1, -1, -1):
            if rows[at].id not in keep:
                self.beginRemoveRows(parent, at + shift, at + shift)
                if company is None:
                    self._projects.pop(rows[at].id, None)
                    self._more_of.pop(rows[at].id, None)
                del rows[at]
                self._place_again(company)
                self.endRemoveRows()
        for at, row in enumerate(wanted):
            if at < len(rows) and rows[at].id == row.id:
                rows[at] = row
                continue
            there = next((i for i in range(at + 1, len(rows)) if rows[i].id == row.id), None)
            if there is None:
                self.beginInsertRows(parent, at + shift, at + shift)
                rows.insert(at, row)
                self._place_again(company)
                self.endInsertRows()
            else:
                self.beginMoveRows(parent, there + shift, there + shift, parent, at + shift)
                del rows[there]
                rows.insert(at, row)
                self._place_again(company)
                self.endMoveRows()
        if rows:
            self.dataChanged.emit(self.index(shift, 0, parent), self.index(len(rows) - 1 + shift, 0, parent))

    def _place_again(self, company: CompanyRow | None) -> None:
        if company is None:
            self._place = {row.id: at for at, row in enumerate(self._companies)}


def _name(row: CompanyRow | ProjectRow | None) -> str:
    if row is None:
        return tr("All companies")
    return row.name if isinstance(row, CompanyRow) else row.code


def _word(row: CompanyRow | ProjectRow | None) -> str:
    if isinstance(row, CompanyRow):
        return "" if row.is_active else tr("Inactive")
    if isinstance(row, ProjectRow) and row.status.value != "active":
        return tr(PROJECT_STATUS[row.status.value])
    return ""
