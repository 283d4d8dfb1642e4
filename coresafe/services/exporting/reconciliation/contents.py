"""What the file of a reconciliation holds, read from one moment: the reconciliation itself and the ledger of its period."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from coresafe.models import AuditSeal, Shed
from coresafe.models.enums import Door, Role
from coresafe.services.context import Actor, Context, this_machine
from coresafe.services.database import Database
from coresafe.services.exporting.movements import MOVEMENTS
from coresafe.services.exporting.reading import BATCH, Rows
from coresafe.services.exporting.reports import ReportFilter, find_shed
from coresafe.services.permissions import Permission
from coresafe.services.reconciliation import Reconciliation, ReconciliationQuery, read_reconciliation
from coresafe.services.settings import Rules
from coresafe.services.work import Reading

S = Shed.__table__


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """The newest link of the audit trail's chain: everything entered before it is covered by its digest."""

    number: int
    at: datetime
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """All of it. ``sheds``: names by id, with ``zone`` the one in which days and times are shown.

    ``movements`` are the rows of the ledger in the period, oldest first; they are read as they are asked for.
    """

    found: Reconciliation
    shed: str | None
    sheds: Mapping[int, str]
    zone: ZoneInfo
    rules: Rules
    made_by: str
    seal: Seal | None
    movements: Rows

    def local(self, at: datetime) -> datetime:
        """A moment by the clock on the shed's wall; a workbook knows no zones."""
        return at.astimezone(self.zone).replace(tzinfo=None, microsecond=0)


class _OfTheHouse(Reading):
    """Read by who holds the database's credentials: there is no user to look for."""

    def __init__(self, database: Database, connection: Connection) -> None:
        nobody = Actor(user_id=0, username="", full_name=None, role=Role.ADMIN, epoch=0)
        context = Context(database=database, actor=nobody, door=Door.COMMAND_LINE, machine=this_machine())
        super().__init__(context, connection, Permission.LOOK)
        self._checked = True


def reading_for(source: Context | Database, connection: Connection) -> Reading:
    """A read by whoever is signed in, or by who holds the database's credentials. Raises Unauthenticated, Forbidden."""
    if isinstance(source, Context):
        tx = Reading(source, connection, Permission.LOOK)
        tx.require_checked()
        return tx
    return _OfTheHouse(source, connection)


@contextlib.contextmanager
def open_contents(source: Context | Database, query: ReconciliationQuery, shed: str = "") -> Iterator[Contents]:
    """Open a reconciliation for a file; ``shed`` is the code or name of the one it is about, in place of its id.

    One attempt: call what uses it through ``persist``. Raises Unauthenticated, Forbidden, ValidationFailed, and the
    driver's errors as they are.
    """
    database = source.database if isinstance(source, Context) else source
    with database.snapshot() as connection:
        tx = reading_for(source, connection)
        if shed:
            query = replace(query, shed_id=find_shed(connection, ReportFilter(shed=shed)).id)
        found = read_reconciliation(tx, query)
        sheds = tx.all(sa.select(S.c.id, S.c.name, S.c.time_zone, S.c.is_active).order_by(S.c.id))
        mine = [row for row in sheds if found.shed_id in (None, row.id)]
        first = next((row for row in mine if row.is_active), mine[0] if mine else None)
        seal = _newest_seal(tx)
        with contextlib.closing(_movements(tx, connection, found)) as movements:
            yield Contents(
                found=found,
                shed=next((row.name for row in sheds if row.id == found.shed_id), None),
                sheds={row.id: row.name for row in sheds},
                zone=ZoneInfo(first.time_zone if first is not None else "UTC"),
                rules=tx.rules,
                made_by=source.actor.full_name or source.actor.username if isinstance(source, Context) else "",
                seal=seal,
                movements=movements,
            )


def _newest_seal(tx: Reading) -> Seal | None:
    seals = AuditSeal.__table__
    row = tx.first(sa.select(seals).order_by(seals.c.id.desc()).limit(1))
    return None if row is None else Seal(number=row.id, at=row.sealed_at, digest=row.digest)


def _movements(tx: Reading, connection: Connection, found: Reconciliation) -> Rows:
    """As the control totals count them: a period that ends now holds what a clock that is ahead has dated later."""
    within = [MOVEMENTS.at >= found.since, *([MOVEMENTS.at < found.until] if found.until < found.as_of else [])]
    embedded = tx.context.database.is_embedded
    statement = MOVEMENTS.select(*within, shed_id=found.shed_id, embedded=embedded)
    if not embedded:
        connection.exec_driver_sql("SET SESSION net_write_timeout = 600")
    result = connection.execute(statement, {"now": tx.now}, execution_options={"yield_per": BATCH})
    return Rows(MOVEMENTS, connection, result, tx.now)
