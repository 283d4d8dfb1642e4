"""What the fields of these forms complete from; called on the task runner's threads."""

from __future__ import annotations

from collections.abc import Sequence

from coresafe.models.enums import DispatchStatus
from coresafe.services import registry
from coresafe.services.dispatch_rows import DispatchRow
from coresafe.services.dispatching import list_dispatches
from coresafe.services.listing import Query
from coresafe.services.registry import DrillholeRow
from coresafe.ui.forms import Choice, Search
from coresafe.ui.workspace import Workspace

_SHOWN = 20


def dispatches(workspace: Workspace, *, voided: bool = False) -> Search:
    """Dispatches by number, company, hole or driver, newest first; ``voided``: those too that take no samples."""

    def search(text: str) -> Sequence[Choice]:
        page = list_dispatches(workspace.context, Query(q=text, limit=_SHOWN))
        return [dispatch_choice(row) for row in page.items if voided or row.status is not DispatchStatus.VOIDED]

    return search


def drillholes(workspace: Workspace, project_id: int | None = None) -> Search:
    """Holes by id; of one project, if one is chosen and has such a hole."""

    def search(text: str) -> Sequence[Choice]:
        context = workspace.context
        page = registry.list_drillholes(context, Query(q=text, filters={"project_id": project_id}, limit=_SHOWN))
        if text and project_id is not None and not page.items:
            page = registry.list_drillholes(context, Query(q=text, limit=_SHOWN))
        return [hole_choice(row) for row in page.items]

    return search


def dispatch_choice(row: DispatchRow) -> Choice:
    """A dispatch as it is chosen."""
    detail = f"{row.hole_id}, {row.company_name}" if row.hole_id else row.company_name
    return Choice(row.id, row.number, detail, row)


def hole_choice(row: DrillholeRow) -> Choice:
    """A hole as it is chosen."""
    return Choice(row.id, row.hole_id, row.project_code, row)
