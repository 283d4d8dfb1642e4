"""Projects."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from coresafe.api import answers
from coresafe.api.access import Who, needs
from coresafe.api.answers import PageOf, PageOfSome
from coresafe.api.bodies import NewProject, ProjectChange, sent
from coresafe.api.fields import PathId
from coresafe.api.queries import ProjectQuery
from coresafe.api.routes import ADDS, CHANGES, READS, READS_ONE, IfMatch, Key, make_router, version_from
from coresafe.services.registry import (
    AddProject,
    ChangeProject,
    ProjectRow,
    RemoveProject,
    add_project,
    change_project,
    get_project,
    list_projects,
    remove_project,
)

router = make_router("/projects", "Projects")


@router.get("", response_model=PageOf[ProjectRow] | PageOfSome, responses=READS, operation_id="list_projects")
@needs(list_projects.permission)
def all_projects(who: Who, query: Annotated[ProjectQuery, Query()]) -> Response:
    """A page of projects, by code."""
    return answers.page(list_projects(who, query.query()), ProjectRow, query.fields)


@router.post("", status_code=201, response_model=ProjectRow, responses=ADDS, operation_id="add_project")
@needs(add_project.permission)
def new_project(who: Who, body: NewProject, key: Key = None) -> Response:
    """Add a project; its code is unique, compared without case and outer blanks."""
    return answers.row(add_project(who, AddProject(**sent(body)), key), 201, location="/api/v1/projects")


@router.get("/{project_id}", response_model=ProjectRow, responses=READS_ONE, operation_id="get_project")
@needs(get_project.permission)
def one_project(who: Who, project_id: PathId) -> Response:
    """One project."""
    return answers.row(get_project(who, project_id))


@router.put("/{project_id}", response_model=ProjectRow, responses=CHANGES, operation_id="change_project")
@needs(change_project.permission)
def changed_project(
    request: Request, who: Who, project_id: PathId, body: ProjectChange, key: Key = None, _if_match: IfMatch = None
) -> Response:
    """Change a project: the fields that are sent. The company stays once trays were dispatched for the project."""
    values = sent(body) | {"version": version_from(request, body.version)}
    return answers.row(change_project(who, ChangeProject(project_id=project_id, **values), key))


@router.delete("/{project_id}", status_code=204, responses=CHANGES, operation_id="delete_project")
@needs(remove_project.permission)
def no_project(request: Request, who: Who, project_id: PathId, key: Key = None, if_match: IfMatch = None) -> Response:
    """Delete a project that nothing refers to."""
    version = version_from(request, None) if if_match is not None else None
    remove_project(who, RemoveProject(project_id=project_id, version=version), key)
    return Response(status_code=204)
