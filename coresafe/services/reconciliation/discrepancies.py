"""Dispatches that did not all come back good, by the date of the entries that say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from coresafe.models import Company, Dispatch, Movement, Resolution, Return, TraySize
from coresafe.models.enums import MovementKind, State
from coresafe.services.reconciliation.answers import DiscrepancyKind, DiscrepancyLine, DiscrepancyRow
from coresafe.services.reporting import Period, Places
from coresafe.services.work import Reading

D = Dispatch.__table__
M = Movement.__table__
R = Return.__table__
S = Resolution.__table__

_PARTS = ("damaged", "surplus", "lost", "recovered")


@dataclass(slots=True)
class _Found:
    """What was found of one dispatch: amounts by (position of the size, size)."""

    head: Row[Any]
    at: datetime
    sizes: dict[tuple[int, str], dict[str, int]] = field(default_factory=dict)

    def add(self, row: Row[Any], at: datetime, **amounts: int) -> None:
        """Add an entry of a size."""
        if any(amounts.values()):
            self.at = max(self.at, at)
            figures = self.sizes.setdefault((row.position, row.tray_size), dict.fromkeys(("short", *_PARTS), 0))
            for name, amount in amounts.items():
                figures[name] += amount


def read_discrepancies(
    tx: Reading, places: Places, period: Period, still_out: Sequence[Row[Any]]
) -> tuple[DiscrepancyRow, ...]:
    """By the date of their latest entry; ``still_out`` are the rows of ``read_outstanding``. One statement."""
    found: dict[int, _Found] = {}
    for row in tx.all(_statement(places, period)):
        mine = found.setdefault(row.id, _Found(row, row.at))
        mine.add(row, row.at, **{name: int(getattr(row, name)) for name in _PARTS})
    for row in still_out:
        if row.final_at is not None and row.outstanding > 0:
            found.setdefault(row.id, _Found(row, row.final_at)).add(row, row.final_at, short=int(row.outstanding))
    rows = [_row(each) for each in found.values()]
    return tuple(sorted(rows, key=lambda row: (row.at, row.dispatch_id)))


def _row(found: _Found) -> DiscrepancyRow:
    return DiscrepancyRow(
        dispatch_id=found.head.id,
        number=found.head.number,
        shed_id=found.head.shed_id,
        company_id=found.head.company_id,
        company=found.head.company,
        kinds=tuple(kind for kind in DiscrepancyKind if any(figures[kind] for figures in found.sizes.values())),
        at=found.at,
        lines=tuple(
            DiscrepancyLine(tray_size=size, **figures) for (_position, size), figures in sorted(found.sizes.items())
        ),
    )


def _statement(places: Places, period: Period) -> sa.Select[Any]:
    """A row for each size of each entry, with the dispatch it is about."""
    entries = sa.union_all(*_entries(period)).subquery("entries")
    here = (D.c.shed_id == places.shed_id,) if places.shed_id is not None else ()
    return (
        sa.select(
            D.c.id,
            D.c.number,
            D.c.shed_id,
            D.c.company_id,
            Company.name.label("company"),
            TraySize.name.label("tray_size"),
            TraySize.position,
            entries,
        )
        .select_from(
            entries.join(D, D.c.id == entries.c.dispatch_id)
            .join(Company.__table__, Company.id == D.c.company_id)
            .join(TraySize.__table__, TraySize.id == entries.c.tray_size_id)
        )
        .where(*here)
    )


def _entries(period: Period) -> Iterable[sa.Select[Any]]:
    """What returns brought damaged or beyond what was sent, what was declared lost, what turned up.

    From the movements, by indexes that hold few others: a month's returns are far more than what went wrong with them.
    """
    none = sa.literal(0)
    entry = (M.c.dispatch_id, M.c.tray_size_id, M.c.at.label("at"))
    brought = M.join(R, R.c.id == M.c.return_id)
    yield (
        sa.select(*entry, M.c.quantity.label("damaged"), none.label("surplus"), none.label("lost"),
                  none.label("recovered"))
        .select_from(brought)
        .where(
            M.c.to_state == State.DAMAGED.value,
            M.c.kind == MovementKind.RETURN.value,
            *_within(period),
            _stood(R.c.voided_at, period),
        )
    )  # fmt: skip
    yield (
        sa.select(*entry, none, M.c.quantity, none, none)
        .select_from(brought)
        .where(M.c.kind == MovementKind.FOUND.value, *_within(period), _stood(R.c.voided_at, period))
    )
    yield (
        sa.select(*entry, none, none, M.c.quantity, none)
        .select_from(M.join(S, S.c.id == M.c.resolution_id))
        .where(M.c.kind == MovementKind.LOSS.value, *_within(period), _stood(S.c.voided_at, period))
    )
    yield sa.select(*entry, none, none, none, M.c.quantity).where(
        M.c.kind == MovementKind.RECOVERY.value, *_within(period), M.c.dispatch_id.is_not(None)
    )


def _within(period: Period) -> tuple[sa.ColumnElement[bool], ...]:
    return (M.c.at >= period.since, *((M.c.at < period.until,) if period.ended else ()))


def _stood(voided_at: sa.Column[datetime | None], period: Period) -> sa.ColumnElement[bool]:
    """Not voided by the end of the period: what is voided later keeps its place in the period it belongs to."""
    if period.ended:
        return voided_at.is_(None) | (voided_at >= period.until)
    return voided_at.is_(None)
