"""Companies: the clients that own projects and owe trays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.models import Company
from coresafe.services.listing import Listing, Page, Query, contains, equals
from coresafe.services.permissions import Permission
from coresafe.services.registry.common import Record, page_of, sent_fields
from coresafe.services.rules import Checks
from coresafe.services.transaction import reads, writes
from coresafe.services.unset import UNSET, Unset
from coresafe.services.work import Reading, Writing

C: Any = Company.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyRow:
    """A client company. Inactive ones are no longer offered. Times are UTC."""

    id: int
    version: int
    name: str
    contact_email: str | None
    contact_phone: str | None
    is_active: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCompany:
    """A new company; its name is unique, compared without case and outer blanks."""

    name: str
    contact_email: str | None = None
    contact_phone: str | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCompany:
    """Change the fields that are set; ``version`` is the one the row was read with."""

    company_id: int
    version: int
    name: str | Unset = UNSET
    contact_email: str | None | Unset = UNSET
    contact_phone: str | None | Unset = UNSET
    is_active: bool | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveCompany:
    """Delete a company nothing refers to."""

    company_id: int
    version: int | None = None


def _row(row: Row[Any]) -> CompanyRow:
    return CompanyRow(
        id=row.id,
        version=row.version,
        name=row.name,
        contact_email=row.contact_email,
        contact_phone=row.contact_phone,
        is_active=bool(row.is_active),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


RECORD = Record(table=C, kind="company", noun="company", name="name", unique="name", shown=tuple(C.c), build=_row)


def checked(checks: Checks, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of the fields that were sent; what is wrong with them goes into ``checks``."""
    values: dict[str, Any] = {}
    if "name" in sent:
        values["name"], values["name_key"] = checks.name("name", sent["name"])
    if "contact_email" in sent:
        values["contact_email"] = checked_email(checks, "contact_email", sent["contact_email"])
    if "contact_phone" in sent:
        values["contact_phone"] = checks.optional_text("contact_phone", sent["contact_phone"], limit=60)
    if "is_active" in sent:
        values["is_active"] = checked_flag(checks, "is_active", sent["is_active"])
    return values


def checked_flag(checks: Checks, field: str, value: object) -> bool:
    """A yes or no."""
    if not isinstance(value, bool):
        checks.fail(field, "This must be yes or no.")
    return bool(value)


def checked_email(checks: Checks, field: str, value: object) -> str | None:
    """An e-mail address that can be one, or None; whether anybody reads it is not asked."""
    text = checks.optional_text(field, value, limit=254, label="E-mail address")
    if text is None:
        return None
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        checks.fail(field, f"{text[:80]!r} is not an e-mail address. It looks like name@example.com.")
        return None


@writes(Permission.REGISTER)
def add_company(tx: Writing, command: AddCompany) -> CompanyRow:
    """Add a company. Raises ValidationFailed, Duplicate(field='name')."""
    checks = Checks()
    values = checked(checks, sent_fields(command))
    checks.done()
    answer: CompanyRow = RECORD.add(tx, values)
    return answer


@writes(Permission.REGISTER)
def change_company(tx: Writing, command: ChangeCompany) -> CompanyRow:
    """Change a company. Raises NotFound, ValidationFailed, StaleVersion with the row as it is, Duplicate."""
    row = RECORD.lock(tx, command.company_id)
    checks = Checks()
    values = checked(checks, sent_fields(command, leave_out=("company_id", "version")))
    checks.done()
    RECORD.require_version(row, command.version)
    answer: CompanyRow = RECORD.change(tx, row, values)
    return answer


@writes(Permission.DELETE)
def remove_company(tx: Writing, command: RemoveCompany) -> None:
    """Delete a company. Raises NotFound, StaleVersion, InUse where projects or dispatches refer to it."""
    row = RECORD.lock(tx, command.company_id)
    if command.version is not None:
        RECORD.require_version(row, command.version)
    RECORD.remove(tx, row, "Make the company inactive instead; it is then no longer offered.")


LISTING = Listing(
    table=C,
    sorts={"name": C.c.name_key, "id": C.c.id},
    filters={
        "id": equals(C.c.id),
        "name": lambda value: C.c.name_key == _key(value),
        "is_active": equals(C.c.is_active),
        "import_id": equals(C.c.import_id),
    },
    default_sort="name",
    search=lambda text: contains(C.c.name_key, text),
)


def _key(value: object) -> str:
    from coresafe.services.listing import searchable

    return searchable(str(value))


def _joined(start: sa.FromClause) -> sa.FromClause:
    return start


@reads(Permission.LOOK)
def get_company(tx: Reading, company_id: int) -> CompanyRow:
    """One company. Raises NotFound."""
    answer: CompanyRow = RECORD.read(tx, company_id)
    return answer


@reads(Permission.LOOK)
def list_companies(tx: Reading, query: Query) -> Page[CompanyRow]:
    """A page of companies by name; ``q`` finds any part of the name."""
    return page_of(tx, LISTING, query, RECORD.shown, _joined, _row)


@reads(Permission.LOOK)
def count_companies(tx: Reading, query: Query) -> int:
    """How many companies the filters let through."""
    return int(tx.all(LISTING.count(query))[0].rows)
