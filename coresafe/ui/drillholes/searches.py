"""What the fields of these forms complete from; called on the task runner's threads."""

from __future__ import annotations

from collections.abc import Sequence

from coresafe.services import registry
from coresafe.services.context import Context
from coresafe.services.listing import Query
from coresafe.services.registry import CompanyRow, DrillholeRow, ProjectRow
from coresafe.ui.forms import Choice, Search

_SHOWN = 20


def companies(context: Context) -> Search:
    """Active companies whose name holds what is typed."""

    def search(text: str) -> Sequence[Choice]:
        page = registry.list_companies(context, Query(q=text, filters={"is_active": True}, limit=_SHOWN))
        return [company_choice(row) for row in page.items]

    return search


def projects(context: Context) -> Search:
    """Active projects by code or name."""

    def search(text: str) -> Sequence[Choice]:
        page = registry.list_projects(context, Query(q=text, filters={"status": "active"}, limit=_SHOWN))
        return [project_choice(row) for row in page.items]

    return search


def company_choice(row: CompanyRow) -> Choice:
    """A company as it is chosen."""
    return Choice(row.id, row.name, row=row)


def project_choice(row: ProjectRow) -> Choice:
    """A project as it is chosen."""
    return Choice(row.id, row.code, f"{row.name}, {row.company_name}", row)


def company_of(row: ProjectRow) -> Choice:
    """The company of a project."""
    return Choice(row.company_id, row.company_name)


def project_of(row: DrillholeRow) -> Choice:
    """The project of a hole."""
    return Choice(row.project_id, row.project_code, row.company_name)
