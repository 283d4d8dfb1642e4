"""What a reconciliation asks and answers: plain rows, in trays, moments in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from coresafe.models.enums import State


class Age(StrEnum):
    """How long trays have been out, by the installation's thresholds (domain: Days out)."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class DiscrepancyKind(StrEnum):
    """What an entry made of a dispatch that should have come back whole."""

    SHORT = "short"
    DAMAGED = "damaged"
    SURPLUS = "surplus"
    LOST = "lost"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationQuery:
    """One shed, or with None all together, and a period.

    A date is a whole day, from midnight to midnight in the zone of the shed (of the first active one for all together);
    a moment must say its time zone and stands for itself: entries dated before ``until`` belong to the period. Left
    out: the month in which ``until`` lies, until now.
    """

    since: date | datetime | None = None
    until: date | datetime | None = None
    shed_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlTotal:
    """One size (domain: Reconciliation).

    From the ledger: opening + opened + purchased + found + recovered + received - sent - lost - scrapped + adjusted +
    stocktake = closing_owned; ``adjusted`` and ``stocktake`` have a sign, ``sent`` and ``received`` are transfers to and
    from sheds that the report does not cover. From the dispatches and the balances: available + occupied + damaged +
    in_transit + outstanding = closing_counted. ``difference`` = closing_owned - closing_counted, and is 0.
    """

    tray_size: str
    opening: int
    opened: int
    purchased: int
    found: int
    recovered: int
    received: int
    sent: int
    lost: int
    scrapped: int
    adjusted: int
    stocktake: int
    closing_owned: int
    available: int
    occupied: int
    damaged: int
    in_transit: int
    outstanding: int
    closing_counted: int
    difference: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutstandingLine:
    """One size of a dispatch as at the end of the period: what was sent, and what of it was out."""

    tray_size: str
    quantity: int
    outstanding: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutstandingRow:
    """A dispatch with trays out as at the end of the period. ``due_at`` is the due date as it stands now.

    ``days_out`` counts calendar days in the shed's zone, to the last day of the period. Where a void or an amendment was
    entered after that end for something dated before it, the ledger of that moment says less than nothing, and so does
    ``outstanding``: what was posted stands.
    """

    dispatch_id: int
    number: str
    shed_id: int
    company_id: int
    company: str
    project_code: str
    hole: str | None
    dispatched_at: datetime
    due_at: datetime
    days_out: int
    overdue: bool
    age: Age
    quantity: int
    outstanding: int
    lines: tuple[OutstandingLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyLine:
    """One size of a dispatch: trays damaged, surplus, lost and recovered by entries of the period, and still missing."""

    tray_size: str
    short: int
    damaged: int
    surplus: int
    lost: int
    recovered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyRow:
    """A dispatch that did not all come back good, by the entries of the period that say so.

    ``short``: a return of the period was final, and trays were still out at its end. ``at`` is the latest of the
    entries; one that was voided by the end of the period does not count.
    """

    dispatch_id: int
    number: str
    shed_id: int
    company_id: int
    company: str
    kinds: tuple[DiscrepancyKind, ...]
    at: datetime
    lines: tuple[DiscrepancyLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """A company's tray account of one size: opening + out - returned - lost + adjusted = closing, trays it has.

    ``out`` was sent to it, ``returned`` came back in any condition, ``lost`` was declared so, each net of voids;
    ``adjusted`` is anything else that touched the account.
    """

    company_id: int
    company: str
    tray_size: str
    opening: int
    out: int
    returned: int
    lost: int
    adjusted: int
    closing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeVariance:
    """What an approved stocktake of the period counted of one size in one state, against what was expected."""

    stocktake_id: int
    number: str
    shed_id: int
    at: datetime
    tray_size: str
    state: State
    expected: int
    counted: int
    variance: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """The reconciliation of entries dated from ``since`` (included) to ``until`` (excluded), as read at ``as_of``.

    ``accounts_difference``: by how many trays the companies' closing accounts and the outstanding of the totals differ,
    size by size; 0.
    """

    shed_id: int | None
    since: datetime
    until: datetime
    as_of: datetime
    totals: tuple[ControlTotal, ...]
    outstanding: tuple[OutstandingRow, ...]
    discrepancies: tuple[DiscrepancyRow, ...]
    accounts: tuple[AccountRow, ...]
    accounts_difference: int
    stocktakes: tuple[StocktakeVariance, ...]
