"""The rows of a report, batch after batch, from one moment of the database in flat memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, CursorResult

from coresafe.services.context import Context
from coresafe.services.database import Database
from coresafe.services.exporting.declaring import Columns, Report
from coresafe.services.exporting.reports import ReportFilter, find_report, statement_of
from coresafe.services.facts import utc_now
from coresafe.services.permissions import Permission
from coresafe.services.work import Reading

#: Rows fetched at a time: about 64 kB of a file.
BATCH = 200
#: Seconds that MySQL waits for somebody who reads slowly (its own default is 60), so that a thin line gets its file too.
_SLOWEST = 600


class Rows:
    """An open report: its rows as batches of columns. Close it, read to the end or not; that can be done twice."""

    def __init__(self, report: Report, connection: Connection, result: CursorResult[Any], now: datetime) -> None:
        self.report = report
        self._connection = connection
        self._result = result
        self._now = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        self._cursor: Any = result.cursor
        self._ended = self._closed = False
        self._stack = contextlib.ExitStack()
        self._first = self._fetch()

    def keep(self, stack: contextlib.ExitStack) -> Rows:
        """Take over what must be closed after this."""
        self._stack = stack
        return self

    def __iter__(self) -> Iterator[Columns]:
        found, self._first = self._first, None
        while found is not None:
            yield found
            found = self._fetch()

    def _fetch(self) -> Columns | None:
        try:
            rows = self._result.fetchmany(BATCH)
        except BaseException:
            self._abandon()
            raise
        if not rows:
            self._ended = True
            return None
        columns: Columns = list(zip(*rows, strict=True))
        if self.report.finish is not None:
            self.report.finish(columns, self._now)
        return columns

    def close(self) -> None:
        """Give the connection back; where rows are still coming, throw it away."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._ended:
                self._result.close()
            else:
                self._abandon()
        finally:
            self._stack.close()

    def _abandon(self) -> None:
        """Read no further. MySQL cannot be told to stop but by leaving; the driver would read all the rest first."""
        self._ended = True
        unread = getattr(self._cursor, "_result", None)
        if unread is not None:
            unread.unbuffered_active = False
        self._result.close()
        if unread is not None:
            self._connection.invalidate()


def open_rows(source: Context | Database, name: str, wanted: ReportFilter | None) -> Rows:
    """Open a report; whoever is signed in must still be allowed to look. One attempt: call it through ``persist``.

    Raises Unauthenticated, Forbidden, ValidationFailed, and the driver's errors as they are.
    """
    database = source.database if isinstance(source, Context) else source
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(database.snapshot())
        if isinstance(source, Context):
            tx = Reading(source, connection, Permission.LOOK)
            tx.require_checked()
            now = tx.now
        else:
            now = connection.execute(sa.select(utc_now())).scalar_one()
        report = find_report(name)
        statement = statement_of(connection, report, wanted or ReportFilter(), embedded=database.is_embedded)
        if not database.is_embedded:
            connection.exec_driver_sql(f"SET SESSION net_write_timeout = {_SLOWEST}")
        result = connection.execute(statement, {"now": now}, execution_options={"yield_per": BATCH})
        rows = Rows(report, connection, result, now)
        return rows.keep(stack.pop_all())
    raise AssertionError  # pragma: no cover  # no block of the stack swallows an error
