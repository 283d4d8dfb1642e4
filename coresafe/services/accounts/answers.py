"""What is asked about companies' tray accounts, and what is answered: plain rows, in trays, moments in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from coresafe.services.reconciliation.answers import AccountRow


class Figure(StrEnum):
    """A column of a tray account."""

    OPENING = "opening"
    OUT = "out"
    RETURNED = "returned"
    LOST = "lost"
    ADJUSTED = "adjusted"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountQuery:
    """The account of one company, at one shed or with None at all of them, for a period as in ``ReconciliationQuery``."""

    company_id: int
    since: date | datetime | None = None
    until: date | datetime | None = None
    shed_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsQuery:
    """The accounts of all companies for a period. ``q``: part of a company's name; ``sort``: a key of ``SORTS``."""

    since: date | datetime | None = None
    until: date | datetime | None = None
    shed_id: int | None = None
    q: str = ""
    sort: str = ""
    overdue_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """The figures of several accounts together: opening + out - returned - lost + adjusted = closing."""

    opening: int = 0
    out: int = 0
    returned: int = 0
    lost: int = 0
    adjusted: int = 0
    closing: int = 0

    @classmethod
    def of(cls, rows: tuple[AccountRow, ...]) -> Sums:
        """All rows added up."""
        return cls(**{figure.value: sum(getattr(row, figure.value) for row in rows) for figure in Figure})


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyBalance:
    """One company in the list: its account size by size, and what of it is overdue now. ``id`` is the company's.

    ``oldest_days``: whole days since the oldest overdue dispatch left, None where nothing is overdue.
    """

    id: int
    company: str
    is_active: bool
    contact_email: str | None
    contact_phone: str | None
    rows: tuple[AccountRow, ...]
    sums: Sums
    overdue_trays: int
    overdue_dispatches: int
    oldest_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """The accounts of a period. ``sums`` adds up all of ``items``."""

    items: tuple[CompanyBalance, ...]
    sums: Sums
    shed_id: int | None
    zone: str
    since: datetime
    until: datetime
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyAccount:
    """A company's account: one row for each size that it had or that moved; none where nothing ever did.

    ``sheds``: the names of those it covers; ``zone``: the time zone in which its days begin.
    """

    company_id: int
    company: str
    contact_email: str | None
    contact_phone: str | None
    shed_id: int | None
    sheds: tuple[str, ...]
    zone: str
    since: datetime
    until: datetime
    as_of: datetime
    rows: tuple[AccountRow, ...]
    sums: Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """Which figure of which account is to be explained; ``tray_size`` "" for all sizes together."""

    account: AccountQuery
    figure: Figure | str
    tray_size: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one entry contributes to a figure; all of them together are the figure.

    Behind *opening* and *closing* stand the dispatches of which trays were out then, ``at`` is when each left and
    ``days_out`` counts to that moment. Behind the others stands each movement, and ``quantity`` is below zero where it
    takes away: a void, or a dispatch that was amended to fewer.
    """

    id: int
    at: datetime
    entered_at: datetime | None
    kind: str
    is_void: bool
    quantity: int
    trays: tuple[tuple[str, int], ...]
    dispatch_id: int
    number: str
    return_number: str | None
    project_code: str
    hole: str | None
    driver: str
    time_zone: str
    days_out: int | None
    user: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """A dispatch and one of its sizes in a period: what was out at its start, what happened, what was out at its end.

    ``days_out`` counts to the end of the period, None where nothing was out by then.
    """

    dispatch_id: int
    number: str
    dispatched_at: datetime
    due_at: datetime
    project_code: str
    hole: str | None
    driver: str
    shed: str
    time_zone: str
    tray_size: str
    opening: int
    out: int
    returned: int
    lost: int
    adjusted: int
    closing: int
    days_out: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A company's account with every dispatch behind it, of one moment."""

    account: CompanyAccount
    lines: tuple[StatementLine, ...]
    made_by: str
