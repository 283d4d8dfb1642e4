"""Reports: the dashboard, the reconciliation, figures by company and month, and files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import anyio
from fastapi import Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from coresafe.api import answers
from coresafe.api.access import Who, needs
from coresafe.api.limits import RateLimited
from coresafe.api.queries import ExportQuery, PeriodQuery, ShedQuery
from coresafe.api.routes import READS, errors, make_router
from coresafe.api.state import State, state_of
from coresafe.services.analytics import Analytics, AnalyticsQuery, analytics
from coresafe.services.dashboard import Dashboard, DashboardQuery, dashboard
from coresafe.services.permissions import Permission
from coresafe.services.reconciliation import Reconciliation, ReconciliationQuery, reconcile

router = make_router("/reports", "Reports")


CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/dashboard", response_model=Dashboard, responses=READS, operation_id="get_dashboard")
@needs(dashboard.permission)
def the_dashboard(who: Who, query: Annotated[ShedQuery, Query()]) -> Response:
    """How things stand now: stock, dispatches, match rate, what is overdue, samples."""
    return answers.row(dashboard(who, DashboardQuery(shed_id=query.shed_id)))


@router.get("/reconciliation", response_model=Reconciliation, responses=READS, operation_id="get_reconciliation")
@needs(reconcile.permission)
def the_reconciliation(who: Who, query: Annotated[PeriodQuery, Query()]) -> Response:
    """Where every tray of a period is: control totals with their differences, what is out, discrepancies, accounts."""
    return answers.row(reconcile(who, ReconciliationQuery(since=query.from_, until=query.to, shed_id=query.shed_id)))


@router.get("/analytics", response_model=Analytics, responses=READS, operation_id="get_analytics")
@needs(analytics.permission)
def the_analytics(who: Who, query: Annotated[PeriodQuery, Query()]) -> Response:
    """Figures by company, by project, by sample type and by month, in whole months."""
    return answers.row(analytics(who, AnalyticsQuery(since=query.from_, until=query.to, shed_id=query.shed_id)))


_FILES = {CSV: {"schema": {"type": "string"}}, XLSX: {"schema": {"type": "string", "format": "binary"}}}


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={**READS, **errors(429), 200: {"description": "The file.", "content": _FILES}},
    operation_id="export_report",
)
@needs(Permission.LOOK)
def export(request: Request, who: Who, query: Annotated[ExportQuery, Query()]) -> Response:
    """A report as a file for spreadsheets, streamed. No cell of it can run as a formula."""
    from coresafe.services.exporting import ReportFilter, stream_csv, stream_xlsx

    state = state_of(request)
    if not state.exports.acquire(blocking=False):
        raise RateLimited("Enough exports are running. Try again when one is done.", retry_after=10)
    try:
        wanted = ReportFilter(since=query.from_, until=query.to, shed_id=query.shed_id, company_id=query.company_id)
        pieces = (stream_csv if query.format == "csv" else stream_xlsx)(who, query.report, wanted)
    except BaseException:
        state.exports.release()
        raise
    return Download(
        pieces,
        state,
        media_type=CSV if query.format == "csv" else XLSX,
        headers={"Content-Disposition": f'attachment; filename="coresafe-{query.report}.{query.format}"'},
    )


class Download(StreamingResponse):
    """A file in pieces. What it holds is given back at its end, however early its reader leaves."""

    def __init__(self, pieces: Iterator[bytes], state: State, **more: Any) -> None:
        super().__init__(pieces, **more)
        self._pieces = pieces
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self._end)

    def _end(self) -> None:
        self._state.exports.release()
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()
