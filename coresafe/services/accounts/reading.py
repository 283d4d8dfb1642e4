"""The tray accounts themselves: of one company size by size, and of all of them with what is overdue now."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.errors import ValidationFailed
from coresafe.models import Company, Shed, TraySize
from coresafe.models.enums import State
from coresafe.services import facts
from coresafe.services.accounts.answers import (
    AccountQuery,
    Accounts,
    AccountsQuery,
    CompanyAccount,
    CompanyBalance,
    Sums,
)
from coresafe.services.dispatch_rows import D, days_between, json_array, json_rows
from coresafe.services.listing import searchable
from coresafe.services.permissions import Permission
from coresafe.services.reconciliation.answers import AccountRow
from coresafe.services.reconciliation.flows import read_flows
from coresafe.services.reconciliation.totals import account_rows
from coresafe.services.reporting import Period, Places, find_period, find_places, places_of
from coresafe.services.rules import identifier
from coresafe.services.transaction import reads
from coresafe.services.work import Reading

C = Company.__table__
S = Shed.__table__
T = TraySize.__table__

#: What the list of companies can be sorted by, ``-`` for the largest first.
SORTS: Mapping[str, Callable[[CompanyBalance], Any]] = {
    "company": lambda row: row.company.casefold(),
    "opening": lambda row: row.sums.opening,
    "out": lambda row: row.sums.out,
    "returned": lambda row: row.sums.returned,
    "lost": lambda row: row.sums.lost,
    "adjusted": lambda row: row.sums.adjusted,
    "closing": lambda row: row.sums.closing,
    "overdue": lambda row: row.overdue_trays,
    "oldest": lambda row: -1 if row.oldest_days is None else row.oldest_days,
}
_OUT = (State.OUT.value,)
_SHED = ("id", "name", "time_zone", "is_active", "version")


def sizes_column() -> sa.Label[str]:
    """All tray sizes as one scalar: a statement of their own would be a round trip."""
    every = sa.select(json_rows(json_array(T.c.position, T.c.id, T.c.name)))
    return every.scalar_subquery().label("sizes_json")


def sizes_of(text: str | None) -> dict[int, str]:
    """Their names in their order."""
    return {size: name for _position, size, name in sorted(json.loads(text or "[]"))}


def find_account_places(tx: Reading, query: AccountQuery) -> tuple[Row[Any], dict[int, str], Places, Period]:
    """The company, the sizes, the sheds and the period of a question: two statements.

    Raises ValidationFailed at ``company_id``, ``shed_id``, ``from`` and ``to``.
    """
    places = find_places(tx, query.shed_id)
    columns = (C.c.id, C.c.name, C.c.contact_email, C.c.contact_phone, sizes_column())
    company = tx.first(sa.select(*columns).where(C.c.id == identifier(query.company_id)))
    if company is None:
        raise ValidationFailed.of("company_id", "There is no such company. Choose one from the list.")
    period = find_period(query.since, query.until, zone=places.zone, now=tx.now)
    return company, sizes_of(company.sizes_json), places, period


def read_account(tx: Reading, query: AccountQuery) -> tuple[CompanyAccount, Places, Period]:
    """The account, for whoever reads more of the same moment. Three statements, four where a month is cut."""
    company, sizes, places, period = find_account_places(tx, query)
    flows = read_flows(tx, places, period, states=_OUT, company_id=company.id)
    rows = account_rows(flows, sizes, {company.id: company.name})
    account = CompanyAccount(
        company_id=company.id,
        company=company.name,
        contact_email=company.contact_email,
        contact_phone=company.contact_phone,
        shed_id=places.shed_id,
        sheds=tuple(places.names.values()),
        zone=places.zone,
        since=period.since,
        until=period.until,
        as_of=tx.now,
        rows=rows,
        sums=Sums.of(rows),
    )
    return account, places, period


@reads(Permission.LOOK, snapshot=True)
def company_account(tx: Reading, query: AccountQuery) -> CompanyAccount:
    """A company's tray account: opening + out - returned - lost + adjusted = closing, size by size.

    Raises ValidationFailed at ``company_id``, ``shed_id``, ``from`` and ``to``.
    """
    return read_account(tx, query)[0]


@reads(Permission.LOOK)
def list_accounts(tx: Reading, query: AccountsQuery) -> Accounts:
    """The accounts of all companies that are in use, or had or moved trays; what is overdue is as of now.

    Two statements, three where a month is cut. Raises ValidationFailed at ``shed_id``, ``from``, ``to`` and ``sort``.
    """
    name = query.sort.removeprefix("-") or "company"
    if name not in SORTS:
        raise ValidationFailed.of("sort", f"Cannot sort by {name[:40]!r}. Choose one of: {', '.join(SORTS)}.")
    found = tx.all(_companies(None if query.shed_id is None else identifier(query.shed_id)))
    # The sheds ride along: a list that opens a page costs as few round trips as can be.
    places = places_of(_sheds_of(found[0].sheds_json), query.shed_id) if found else find_places(tx, query.shed_id)
    period = find_period(query.since, query.until, zone=places.zone, now=tx.now)
    sizes = sizes_of(found[0].sizes_json) if found else {}
    flows = read_flows(tx, places, period, states=_OUT)
    by_company: dict[int, list[AccountRow]] = {}
    for account in account_rows(flows, sizes, {row.id: row.name for row in found}):
        by_company.setdefault(account.company_id, []).append(account)
    words = searchable(query.q)
    by_id: dict[int, list[Row[Any]]] = {}
    for row in found:
        by_id.setdefault(row.id, []).append(row)
    items = [
        _balance(rows, tuple(by_company.get(company_id, ())), places, tx.now)
        for company_id, rows in by_id.items()
        if (rows[0].is_active or company_id in by_company or rows[0].trays)
        and words in rows[0].name_key
        and (rows[0].trays or not query.overdue_only)
    ]
    items.sort(key=lambda row: row.company.casefold())
    items.sort(key=SORTS[name], reverse=query.sort.startswith("-"))
    return Accounts(
        items=tuple(items),
        sums=Sums.of(tuple(account for item in items for account in item.rows)),
        shed_id=places.shed_id,
        zone=places.zone,
        since=period.since,
        until=period.until,
        as_of=tx.now,
    )


def _companies(shed_id: int | None) -> sa.Select[Any]:
    """Every company with what is overdue of it now, once for each shed of which something is: days are counted there."""
    here = (D.c.shed_id == shed_id,) if shed_id is not None else ()
    overdue = (
        sa.select(
            D.c.company_id,
            D.c.shed_id,
            sa.func.sum(D.c.outstanding).label("trays"),
            sa.func.count().label("dispatches"),
            sa.func.min(D.c.dispatched_at).label("oldest"),
        )
        .where(D.c.is_open, D.c.due_at < facts.utc_now(), *here)
        .group_by(D.c.company_id, D.c.shed_id)
        .subquery("overdue")
    )
    return sa.select(
        C.c.id,
        C.c.name,
        C.c.name_key,
        C.c.is_active,
        C.c.contact_email,
        C.c.contact_phone,
        sa.func.coalesce(overdue.c.trays, 0).label("trays"),
        sa.func.coalesce(overdue.c.dispatches, 0).label("dispatches"),
        overdue.c.oldest,
        overdue.c.shed_id,
        sizes_column(),
        sa.select(json_rows(json_array(*(S.c[name] for name in _SHED)))).scalar_subquery().label("sheds_json"),
    ).select_from(C.outerjoin(overdue, overdue.c.company_id == C.c.id))


def _sheds_of(text: str) -> list[SimpleNamespace]:
    return [SimpleNamespace(**dict(zip(_SHED, values, strict=True))) for values in sorted(json.loads(text))]


def _balance(found: Sequence[Row[Any]], rows: tuple[AccountRow, ...], places: Places, now: datetime) -> CompanyBalance:
    row = found[0]
    days = [days_between(each.oldest, now, places.zones[each.shed_id]) for each in found if each.oldest is not None]
    return CompanyBalance(
        id=row.id,
        company=row.name,
        is_active=bool(row.is_active),
        contact_email=row.contact_email,
        contact_phone=row.contact_phone,
        rows=rows,
        sums=Sums.of(rows),
        overdue_trays=sum(int(each.trays) for each in found),
        overdue_dispatches=sum(int(each.dispatches) for each in found),
        oldest_days=max(days, default=None),
    )
