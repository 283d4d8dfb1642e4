"""What a report costs with a thousand dispatches and with a million."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial

from benchmarks.bench import Bench
from benchmarks.lists import signed_in, timed
from benchmarks.million import many
from benchmarks.results import Line, at_most, median_ratio, milliseconds
from coresafe.services.analytics import AnalyticsQuery, analytics
from coresafe.services.context import Context
from coresafe.services.dashboard import DashboardQuery, dashboard
from coresafe.services.reconciliation import Reconciliation, ReconciliationQuery, reconcile

ROUNDS = 20


def _month(year: int, month: int) -> Callable[[Context], Reconciliation]:
    """The reconciliation of a whole month."""
    after = date(year + month // 12, month % 12 + 1, 1)
    query = ReconciliationQuery(since=date(year, month, 1), until=after - timedelta(days=1))
    return lambda who: reconcile(who, query)


def _last_month(who: Context) -> Reconciliation:
    end = datetime.now(UTC).date().replace(day=1) - timedelta(days=1)
    return reconcile(who, ReconciliationQuery(since=end.replace(day=1), until=end))


def measure(bench: Bench) -> list[Line]:
    """Alternate the two databases of one server, so that both find it equally busy."""
    reports: dict[str, tuple[Callable[[Context], object], float | None]] = {
        "dashboard": (lambda who: dashboard(who, DashboardQuery()), 1.5),
        "reconciliation of this month until now": (lambda who: reconcile(who, ReconciliationQuery()), 2),
        "reconciliation of last month": (_last_month, 2),
        "reconciliation of a month of 500 dispatches, May 2026": (_month(2026, 5), 2),
        "analytics of all months": (lambda who: analytics(who, AnalyticsQuery()), None),
    }
    busy = _month(2024, 5)
    lines = []
    with many(bench) as server, signed_in(server, "thousand") as few, signed_in(server, "million") as lots:
        for what, (report, limit) in reports.items():
            at_few, at_lots = [], []
            for number in range(-3, ROUNDS):
                seconds = timed(partial(report, few)), timed(partial(report, lots))
                if number >= 0:
                    at_few.append(seconds[0])
                    at_lots.append(seconds[1])
            ratio, what = median_ratio(at_lots, at_few), f"{what}: 1,000,000 dispatches against 1,000"
            detail = f"{milliseconds(statistics.median(at_lots))} against {milliseconds(statistics.median(at_few))}"
            lines.append(
                Line(what=what, measured=f"{ratio:.2f}", detail=detail)
                if limit is None
                else at_most(what, ratio, limit, detail=detail)
            )
        shown = busy(lots)
        seconds_each = [timed(partial(busy, lots)) for _ in range(5)]
        lines.append(
            Line(
                what="reconciliation of a month in the million's past, May 2024",
                measured=milliseconds(statistics.median(seconds_each)),
                detail=f"{len(shown.outstanding):,} dispatches out at its end, {len(shown.discrepancies):,} discrepancies",
            )
        )
    return lines
