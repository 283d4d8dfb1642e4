"""Projects: a company's exploration projects, each with a short unique code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.errors import InUse
from coresafe.models import Company, Dispatch, Project
from coresafe.models.enums import ProjectStatus
from coresafe.services import facts
from coresafe.services.listing import Listing, Page, Query, contains, equals, searchable
from coresafe.services.permissions import Permission
from coresafe.services.registry.common import Record, identifier, page_of, sent_fields
from coresafe.services.rules import Checks
from coresafe.services.transaction import reads, writes
from coresafe.services.unset import UNSET, Unset
from coresafe.services.work import Reading, Writing

P: Any = Project.__table__

#: Codes of coordinate reference systems the EPSG registry gives out.
CRS_LEAST, CRS_MOST = 1024, 32767


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRow:
    """A project; ``crs`` is an EPSG code. Times are UTC."""

    id: int
    version: int
    code: str
    name: str
    company_id: int
    company_name: str
    location: str | None
    crs: int | None
    status: ProjectStatus
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddProject:
    """A new project of a company; its code is unique, compared without case and outer blanks."""

    code: str
    name: str
    company_id: int
    location: str | None = None
    crs: int | None = None
    status: ProjectStatus | str = ProjectStatus.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeProject:
    """Change the fields that are set; ``version`` is the one the row was read with."""

    project_id: int
    version: int
    code: str | Unset = UNSET
    name: str | Unset = UNSET
    company_id: int | Unset = UNSET
    location: str | None | Unset = UNSET
    crs: int | None | Unset = UNSET
    status: ProjectStatus | str | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveProject:
    """Delete a project nothing refers to."""

    project_id: int
    version: int | None = None


def _row(row: Row[Any]) -> ProjectRow:
    return ProjectRow(
        id=row.id,
        version=row.version,
        code=row.code,
        name=row.name,
        company_id=row.company_id,
        company_name=row.company_name,
        location=row.location,
        crs=row.crs,
        status=ProjectStatus(row.status),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


_company_name = sa.select(Company.name).where(Company.id == P.c.company_id).scalar_subquery().label("company_name")
RECORD = Record(
    table=P, kind="project", noun="project", name="code", unique="code", shown=(*P.c, _company_name), build=_row
)


def checked(checks: Checks, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of the fields that were sent; the company is looked up by the caller."""
    values: dict[str, Any] = {}
    if "code" in sent:
        values["code"], values["code_key"] = checks.name("code", sent["code"], limit=20)
    if "name" in sent:
        values["name"], values["name_key"] = checks.name("name", sent["name"])
    if "company_id" in sent:
        values["company_id"] = identifier(sent["company_id"])
    if "location" in sent:
        values["location"] = checks.optional_text("location", sent["location"])
    if "crs" in sent:
        values["crs"] = checks.whole("crs", sent["crs"], least=CRS_LEAST, most=CRS_MOST, label="EPSG code")
    if "status" in sent:
        status = checks.word("status", sent["status"], ProjectStatus)
        if status is None and sent["status"] is None:
            checks.fail("status", "Status is missing. Choose one.")
        values["status"] = status.value if status else None
    return values


def _check_company(tx: Writing, checks: Checks, company_id: int) -> None:
    statement = sa.select(Company.id, Company.name, Company.is_active, *facts.clock_columns())
    company = tx.first(statement.where(Company.id == company_id).with_for_update(read=True))
    if company is None:
        checks.fail("company_id", "There is no such company. Choose one from the list.")
    elif not company.is_active:
        checks.fail("company_id", f"{company.name} is inactive. Choose another company.")


@writes(Permission.REGISTER)
def add_project(tx: Writing, command: AddProject) -> ProjectRow:
    """Add a project. Raises ValidationFailed, Duplicate(field='code')."""
    checks = Checks()
    values = checked(checks, sent_fields(command))
    _check_company(tx, checks, values["company_id"])
    checks.done()
    answer: ProjectRow = RECORD.add(tx, values)
    return answer


@writes(Permission.REGISTER)
def change_project(tx: Writing, command: ChangeProject) -> ProjectRow:
    """Change a project. Raises NotFound, ValidationFailed, StaleVersion with the row as it is, Duplicate.

    Its company stays once trays were dispatched for it (InUse): the company's account hangs on it.
    """
    row = RECORD.lock(tx, command.project_id)
    checks = Checks()
    values = checked(checks, sent_fields(command, leave_out=("project_id", "version")))
    moved = values.get("company_id", row.company_id) != row.company_id
    if moved:
        _check_company(tx, checks, values["company_id"])
    checks.done()
    RECORD.require_version(row, command.version)
    if moved and tx.first(sa.select(Dispatch.id).where(Dispatch.project_id == row.id).limit(1)):
        raise InUse(
            f"Trays were dispatched for project {row.code}, so it stays with {row.company_name}. Nothing was changed.",
            hint="Add a new project for the other company.",
        )
    answer: ProjectRow = RECORD.change(tx, row, values)
    return answer


@writes(Permission.DELETE)
def remove_project(tx: Writing, command: RemoveProject) -> None:
    """Delete a project. Raises NotFound, StaleVersion, InUse where holes or dispatches refer to it."""
    row = RECORD.lock(tx, command.project_id)
    if command.version is not None:
        RECORD.require_version(row, command.version)
    RECORD.remove(tx, row, "Set its status to inactive instead; it is then no longer offered.")


LISTING = Listing(
    table=P,
    sorts={"code": P.c.code_key, "name": P.c.name_key, "id": P.c.id},
    filters={
        "id": equals(P.c.id),
        "code": lambda value: P.c.code_key == searchable(str(value)),
        "company_id": equals(P.c.company_id),
        "status": equals(P.c.status),
        "import_id": equals(P.c.import_id),
    },
    default_sort="code",
    search=lambda text: contains(P.c.code_key, text) | contains(P.c.name_key, text),
)


def _joined(start: sa.FromClause) -> sa.FromClause:
    return start


@reads(Permission.LOOK)
def get_project(tx: Reading, project_id: int) -> ProjectRow:
    """One project. Raises NotFound."""
    answer: ProjectRow = RECORD.read(tx, project_id)
    return answer


@reads(Permission.LOOK)
def list_projects(tx: Reading, query: Query) -> Page[ProjectRow]:
    """A page of projects by code; ``q`` finds any part of code or name."""
    return page_of(tx, LISTING, query, RECORD.shown, _joined, _row)


@reads(Permission.LOOK)
def count_projects(tx: Reading, query: Query) -> int:
    """How many projects the filters let through."""
    return int(tx.all(LISTING.count(query))[0].rows)
