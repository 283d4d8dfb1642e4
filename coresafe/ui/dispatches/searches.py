"""What the fields of the dispatch forms complete from; called on the task runner's threads."""

from __future__ import annotations

from collections.abc import Sequence

from coresafe.services import registry
from coresafe.services.context import Context
from coresafe.services.listing import Query
from coresafe.ui.forms import Choice, Search

_SHOWN = 20


def companies(context: Context) -> Search:
    """Active companies whose name holds what is typed."""

    def search(text: str) -> Sequence[Choice]:
        page = registry.list_companies(context, Query(q=text, filters={"is_active": True}, limit=_SHOWN))
        return [Choice(row.id, row.name, row=row) for row in page.items]

    return search


def projects(context: Context, company_id: int | None = None) -> Search:
    """Active projects by code or name; of one company, if one is chosen and has such a project."""

    def search(text: str) -> Sequence[Choice]:
        query = Query(q=text, filters={"status": "active", "company_id": company_id}, limit=_SHOWN)
        page = registry.list_projects(context, query)
        if text and company_id is not None and not page.items:
            # The company may be the one that fits what was chosen by mistake: the right project brings its own.
            page = registry.list_projects(context, Query(q=text, filters={"status": "active"}, limit=_SHOWN))
        return [Choice(row.id, row.code, f"{row.name}, {row.company_name}", row) for row in page.items]

    return search


def drillholes(context: Context, project_id: int | None = None) -> Search:
    """Holes by id; of one project, if one is chosen and has such a hole."""

    def search(text: str) -> Sequence[Choice]:
        page = registry.list_drillholes(context, Query(q=text, filters={"project_id": project_id}, limit=_SHOWN))
        if text and project_id is not None and not page.items:
            page = registry.list_drillholes(context, Query(q=text, limit=_SHOWN))
        return [Choice(row.id, row.hole_id, row.project_code, row) for row in page.items]

    return search
