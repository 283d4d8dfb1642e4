"""What the fields of the dispatch forms complete from, asked off the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from coresafe.services import registry
from coresafe.services.dispatching import known_people
from coresafe.services.listing import Query
from coresafe.ui.forms import Choice
from coresafe.ui.forms.choices import Search
from coresafe.ui.workspace import Workspace

Answer = Callable[[Sequence[Choice]], object]
_SHOWN = 20


def companies(workspace: Workspace, owner: QObject) -> Search:
    """Active companies whose name holds what is typed."""

    def search(text: str, answer: Answer) -> None:
        query = Query(q=text, filters={"is_active": True}, limit=_SHOWN)
        workspace.read(
            registry.list_companies,
            query,
            owner=owner,
            lane="companies",
            done=lambda page: answer([Choice(row.id, row.name, record=row) for row in page.items]),
        )

    return search


def projects(workspace: Workspace, owner: QObject, company: Callable[[], int | None]) -> Search:
    """Active projects by code or name; of the chosen company, if there is one."""

    def search(text: str, answer: Answer) -> None:
        query = Query(q=text, filters={"status": "active", "company_id": company()}, limit=_SHOWN)
        workspace.read(
            registry.list_projects,
            query,
            owner=owner,
            lane="projects",
            done=lambda page: answer([Choice(row.id, row.code, row.name, row) for row in page.items]),
        )

    return search


def drillholes(workspace: Workspace, owner: QObject, project: Callable[[], int | None]) -> Search:
    """Holes by id; of the chosen project, if there is one."""

    def search(text: str, answer: Answer) -> None:
        query = Query(q=text, filters={"project_id": project()}, limit=_SHOWN)
        workspace.read(
            registry.list_drillholes,
            query,
            owner=owner,
            lane="drillholes",
            done=lambda page: answer([Choice(row.id, row.hole_id, row.project_code, row) for row in page.items]),
        )

    return search


def people(workspace: Workspace, owner: QObject, kind: str) -> Search:
    """Drivers, technicians or destinations of earlier dispatches."""

    def search(text: str, answer: Answer) -> None:
        workspace.read(
            known_people,
            kind,
            text,
            owner=owner,
            lane=f"people {kind}",
            done=lambda names: answer([Choice(name, name) for name in names]),
        )

    return search
