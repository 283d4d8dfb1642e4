"""What the ledger changed before, in and after a period: monthly totals for whole months, movements for parts of months.

A moment cuts a month in two. What was posted under months on one side of the cut is read from the totals, and the part
of the cut month from its movements, each shed's months in its own zone. A shed whose zone was changed keeps old
movements under the months of the old one: there a day and more around the cut is looked at, and what stands in the
totals of the wrong side is moved to the right one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from coresafe.models import MonthlyTotal, Movement
from coresafe.models.enums import OWNED_STATES, MovementKind, State
from coresafe.services.reporting import Period, Places, month_just_before, next_month, start_of_month
from coresafe.services.rules import month_of
from coresafe.services.work import Reading

M = Movement.__table__
T = MonthlyTotal.__table__

#: The months of two zones begin at most 26 hours apart.
_ZONES_APART = timedelta(hours=27)
#: Later than every month there is.
_NEVER = 999_999

_OWNED = [state.value for state in OWNED_STATES]

_OPENING, _DURING, _AFTER = "opening", "during", "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """Changes of the states that trays are owned in, net, over all sheds of a report; sizes and companies by id.

    ``opening`` and ``after``: by (size, state, company or 0), before and after the period; ``during``: by (size, state,
    company or 0, kind), where a void counts as the kind it counters. ``after`` is empty where the period ends now.
    """

    opening: dict[tuple[int, str, int], int] = field(default_factory=lambda: defaultdict(int))
    during: dict[tuple[int, str, int, str], int] = field(default_factory=lambda: defaultdict(int))
    after: dict[tuple[int, str, int], int] = field(default_factory=lambda: defaultdict(int))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """Where a moment cuts the ledger: totals below ``month`` are before it, movements from ``start`` to ``end`` amend that."""

    at: datetime
    month: int
    start: datetime
    end: datetime

    @classmethod
    def before(cls, at: datetime, zone: str, slack: timedelta) -> _Cut:
        """For what comes before the moment: its month's movements up to it."""
        month = month_of(at, zone)
        begins = start_of_month(month, zone)
        return cls(at=at, month=month, start=begins - slack, end=max(at, begins + slack))

    @classmethod
    def after(cls, at: datetime, zone: str, slack: timedelta) -> _Cut:
        """For what comes after the moment: its month's movements from it on."""
        month = next_month(month_just_before(at, zone))
        ends = start_of_month(month, zone)
        return cls(at=at, month=month, start=min(at, ends - slack), end=ends + slack)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cuts:
    """The cuts of a period in sheds whose months begin together; None at the end: it ends now, and nothing follows."""

    since: _Cut
    until: _Cut | None
    after: _Cut | None


def read_flows(
    tx: Reading,
    places: Places,
    period: Period,
    *,
    states: Collection[str] = _OWNED,
    company_id: int | None = None,
) -> Flows:
    """What changed before, in and after the period: one statement for the totals, one for parts of months, if any.

    ``states`` and ``company_id``: only of these, where not everything is wanted.
    """
    flows = Flows()
    groups = _groups(places, period)
    totals = [part for cuts, sheds in groups for part in _totals(cuts, sheds)]
    parts = [part for cuts, sheds in groups for part in _movements(cuts, sheds)]
    if states is not _OWNED:
        totals = [part.where(T.c.state.in_(states)) for part in totals]
        parts = [part.where(M.c.from_state.in_(states) | M.c.to_state.in_(states)) for part in parts]
    if company_id is not None:
        totals = [part.where(T.c.company_id == company_id) for part in totals]
        parts = [part.where(M.c.company_id == company_id) for part in parts]
    if totals:
        for row in tx.all(sa.select(sa.union_all(*totals).subquery())):
            _add(flows, row.part, (row.tray_size_id, row.state, row.company_id), row.kind, int(row.quantity))
    if parts:
        for row in tx.all(sa.select(sa.union_all(*parts).subquery())):
            quantity = int(row.quantity)
            if row.leaves:
                _amend(flows, row, row.from_state, -quantity)
            if row.arrives:
                _amend(flows, row, row.to_state, quantity)
    return flows


def _add(flows: Flows, part: str, key: tuple[int, str, int], kind: str, quantity: int) -> None:
    if part == _DURING:
        flows.during[(*key, kind)] += quantity
    else:
        (flows.opening if part == _OPENING else flows.after)[key] += quantity


def _amend(flows: Flows, row: Any, state: str, quantity: int) -> None:
    """Add what the totals do not tell of an account; what is before the period is not in it."""
    if state not in _OWNED:
        return
    key = (row.tray_size_id, state, row.company_id)
    _add(flows, row.part, key, row.kind, quantity)
    if row.part == _OPENING:
        _add(flows, _DURING, key, row.kind, -quantity)


def _groups(places: Places, period: Period) -> list[tuple[_Cuts, list[int]]]:
    groups: dict[_Cuts, list[int]] = {}
    for shed_id, zone in places.zones.items():
        slack = _ZONES_APART if shed_id in places.moved else timedelta()
        cuts = _Cuts(
            since=_Cut.before(period.since, zone, slack),
            until=_Cut.before(period.until, zone, slack) if period.ended else None,
            after=_Cut.after(period.until, zone, slack) if period.ended else None,
        )
        groups.setdefault(cuts, []).append(shed_id)
    return list(groups.items())


def _totals(cuts: _Cuts, sheds: list[int]) -> Iterable[sa.Select[Any]]:
    """The months before, in and after. Only those in the period are told apart by kind."""
    until = cuts.until.month if cuts.until else _NEVER
    yield _total(_OPENING, sheds, T.c.month < cuts.since.month)
    yield _total(_DURING, sheds, T.c.month >= cuts.since.month, T.c.month < until)
    if cuts.after:
        yield _total(_AFTER, sheds, T.c.month >= cuts.after.month)


def _total(part: str, sheds: list[int], *months: sa.ColumnElement[bool]) -> sa.Select[Any]:
    keys: list[Any] = [T.c.tray_size_id, T.c.state, T.c.company_id]
    kind = T.c.kind if part == _DURING else sa.literal("").label("kind")
    return (
        sa.select(sa.literal(part).label("part"), *keys, kind, sa.func.sum(T.c.quantity).label("quantity"))
        .where(*months, T.c.shed_id.in_(sheds), T.c.state.in_(_OWNED))
        .group_by(T.c.shed_id, *keys, *([T.c.kind] if part == _DURING else []))  # the order of the primary key
    )


def _movements(cuts: _Cuts, sheds: list[int]) -> Iterable[sa.Select[Any]]:
    """The parts of months that the totals do not tell: what moved within these sheds or left them, and what arrived."""
    for part, cut in ((_OPENING, cuts.since), (_DURING, cuts.until), (_AFTER, cuts.after)):
        if cut is None or cut.start >= cut.end:
            continue
        yield _movement(part, cut, M.c.month, M.c.shed_id == M.c.to_shed_id).where(M.c.shed_id.in_(sheds))
        crosses = (M.c.kind.in_([MovementKind.TRANSFER.value, MovementKind.VOID.value]), M.c.shed_id != M.c.to_shed_id)
        yield _movement(part, cut, M.c.to_month, None).where(M.c.to_shed_id.in_(sheds), *crosses)


def _movement(part: str, cut: _Cut, month: sa.Column[int], within: sa.ColumnElement[bool] | None) -> sa.Select[Any]:
    """Movements on the side of the cut that the totals of its month do not have; taken away: those they have wrongly.

    ``within``: whether a movement from these sheds stays in its shed; None: what arrives from another.
    """
    wanted, told = M.c.at < cut.at, month < cut.month
    if part == _AFTER:
        wanted, told = ~wanted, ~told
    amount = sa.case((wanted & ~told, M.c.quantity), (~wanted & told, -M.c.quantity), else_=0)
    arrives = sa.literal(1) if within is None else sa.case((within, 1), else_=0)
    company = sa.func.coalesce(M.c.company_id, 0)
    return (
        sa.select(
            sa.literal(part).label("part"),
            M.c.tray_size_id,
            company.label("company_id"),
            M.c.of_kind.label("kind"),
            M.c.from_state,
            M.c.to_state,
            sa.literal(0 if within is None else 1).label("leaves"),
            arrives.label("arrives"),
            sa.func.sum(amount).label("quantity"),
        )
        .where(M.c.at >= cut.start, M.c.at < cut.end)
        .group_by(M.c.tray_size_id, company, M.c.of_kind, M.c.from_state, M.c.to_state, M.c.shed_id == M.c.to_shed_id)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfers:
    """Trays that came from and went to sheds that the report does not cover, by size; net of voids."""

    received: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    sent: dict[int, int] = field(default_factory=lambda: defaultdict(int))


def read_transfers(tx: Reading, places: Places, period: Period) -> Transfers:
    """The transfers of the period; totals hold them net only. One statement, none where all sheds are covered."""
    transfers = Transfers()
    if places.shed_id is None:
        return transfers
    here = places.shed_id
    transfer = MovementKind.TRANSFER.value
    within = [M.c.at >= period.since, *([M.c.at < period.until] if period.ended else [])]
    columns = (M.c.kind, M.c.tray_size_id, M.c.shed_id, M.c.quantity)
    selects = [
        sa.select(*columns).where(
            M.c.kind == kind, M.c.of_kind == transfer, *within, M.c.shed_id != M.c.to_shed_id,
            (M.c.shed_id == here) | (M.c.to_shed_id == here),
        )
        for kind in (transfer, MovementKind.VOID.value)
    ]  # fmt: skip
    for row in tx.all(sa.select(sa.union_all(*selects).subquery())):
        void = row.kind != transfer
        leaves = row.shed_id == here
        column = transfers.sent if leaves != void else transfers.received
        column[row.tray_size_id] += -row.quantity if void else row.quantity
    return transfers


def owned_before(flows: Flows) -> dict[int, int]:
    """Trays owned just before the period, by size."""
    owned: dict[int, int] = defaultdict(int)
    for (size, _state, _company), quantity in flows.opening.items():
        owned[size] += quantity
    return owned


def owned_by_kind(flows: Flows) -> dict[tuple[int, str], int]:
    """How trays owned changed in the period, by size and kind."""
    changed: dict[tuple[int, str], int] = defaultdict(int)
    for (size, _state, _company, kind), quantity in flows.during.items():
        changed[size, kind] += quantity
    return changed


def changed_after(flows: Flows, state: State) -> dict[int, int]:
    """How a state changed after the period, by size."""
    changed: dict[int, int] = defaultdict(int)
    for (size, of_state, _company), quantity in flows.after.items():
        if of_state == state:
            changed[size] += quantity
    return changed
