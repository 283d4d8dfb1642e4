"""Seals over the audit trail: a chain of digests, added after the commit so that no writer queues behind it.

Whoever gets the named lock seals what is committed and not yet covered. Entries commit out of the order of their ids, so
a seal names the ids it covers, and remembers the gaps below them to look there again (domain: The audit seal).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from coresafe import logs
from coresafe.models import AuditEntry, AuditSeal
from coresafe.services.database import Database
from coresafe.services.facts import utc_now
from coresafe.services.housekeeping import tidy

#: A seal follows the first unsealed entry within this time; the domain allows ten seconds.
SEAL_AFTER_SECONDS = 5.0
#: Entries covered by one seal at most: keeps a seal, and checking it, small.
ENTRIES_A_SEAL = 5_000
#: Gaps are looked at again while a transaction could still fill them; ids further back were rolled back.
GAPS_REMEMBERED = 10_000
FIRST = "0" * 64

_ENTRY = AuditEntry.__table__
_SEAL = AuditSeal.__table__
_log = logs.get(__name__)

Range = tuple[int, int]


def ranges_of(ids: Iterable[int]) -> list[Range]:
    """Sorted ids as inclusive ranges: 1, 2, 3, 7 is [(1, 3), (7, 7)]."""
    found: list[Range] = []
    for number in ids:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def gaps_between(ranges: Sequence[Range], low: int, high: int) -> list[Range]:
    """The ranges from ``low`` to ``high`` that ``ranges`` (sorted) leave out."""
    gaps: list[Range] = []
    at = low
    for first, last in ranges:
        if first > at:
            gaps.append((at, first - 1))
        at = max(at, last + 1)
    if at <= high:
        gaps.append((at, high))
    return gaps


def digest_of(previous: str, ids: Sequence[Sequence[int]], hashes: Iterable[str]) -> str:
    """The digest of a seal: over the one before, the ids, and the entries' hashes in the order of their ids."""
    content = hashlib.sha256(previous.encode())
    content.update(repr([tuple(pair) for pair in ids]).encode())
    for entry_hash in hashes:
        content.update(entry_hash.encode())
    return content.hexdigest()


def within(column: sa.ColumnElement[int], ranges: Sequence[Sequence[int]]) -> sa.ColumnElement[bool]:
    """Ids that lie in one of the ranges."""
    return sa.or_(sa.false(), *(column.between(first, last) for first, last in ranges))


def seal_now(database: Database) -> int:
    """Seal what is not yet sealed; the number of entries covered (0 where another program is at it)."""
    sealed = 0
    with database.connect() as connection:
        if not _lock(database, connection):
            return 0
        try:
            while True:
                count = _seal_once(database, connection)
                sealed += count
                if count < ENTRIES_A_SEAL:
                    return sealed
        finally:
            _unlock(database, connection)


def _lock(database: Database, connection: Connection) -> bool:
    if database.is_embedded:
        return True
    name = sa.func.concat("coresafe_seal:", sa.func.database())
    return bool(connection.execute(sa.select(sa.func.get_lock(name, 0))).scalar())


def _unlock(database: Database, connection: Connection) -> None:
    if not database.is_embedded and not connection.invalidated:
        name = sa.func.concat("coresafe_seal:", sa.func.database())
        connection.execute(sa.select(sa.func.release_lock(name)))


def _seal_once(database: Database, connection: Connection) -> int:
    with database.writing(connection):
        return _seal(connection)


def _seal(connection: Connection) -> int:
    newest = connection.execute(sa.select(_SEAL).order_by(_SEAL.c.id.desc()).limit(1)).first()
    after = newest.last_id if newest else 0
    open_gaps: list[Range] = [tuple(pair) for pair in newest.gaps] if newest else []
    unsealed = (_ENTRY.c.id > after) | within(_ENTRY.c.id, open_gaps)
    rows = connection.execute(
        sa.select(_ENTRY.c.id, _ENTRY.c.hash).where(unsealed).order_by(_ENTRY.c.id).limit(ENTRIES_A_SEAL)
    ).all()
    if not rows:
        return 0
    ids = ranges_of(row.id for row in rows)
    last = max(after, rows[-1].id)
    still_open = [gap for low, high in open_gaps for gap in gaps_between(_inside(ids, low, high), low, high)]
    fresh = gaps_between(_inside(ids, after + 1, last), after + 1, last) if last > after else []
    gaps = [gap for gap in still_open + fresh if gap[1] > last - GAPS_REMEMBERED]
    previous = newest.digest if newest else FIRST
    connection.execute(
        sa.insert(_SEAL).values(
            sealed_at=utc_now(),
            last_id=last,
            entries=len(rows),
            ids=ids,
            gaps=gaps,
            previous=previous,
            digest=digest_of(previous, ids, (row.hash for row in rows)),
        )
    )
    return len(rows)


def _inside(ranges: Sequence[Range], low: int, high: int) -> list[Range]:
    return [(max(first, low), min(last, high)) for first, last in ranges if last >= low and first <= high]


class Sealer:
    """Seals a few seconds after a write, from a thread that lives only while something waits to be sealed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._again = False
        self._tidied = False  # once a run is enough: a shed's computers are started every morning

    def nudge(self) -> None:
        """Something was committed."""
        with self._lock:
            self._again = True
            if self._thread is None and not self._stop.is_set():
                self._thread = threading.Thread(target=self._run, name="coresafe-sealer", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Seal what is left, now, and end."""
        self._stop.set()
        thread = self._thread
        if thread is not None:
            thread.join(timeout=15)

    def _run(self) -> None:
        while True:
            self._stop.wait(SEAL_AFTER_SECONDS)
            with self._lock:
                self._again = False
            try:
                seal_now(self._database)
                if not self._tidied:
                    self._tidied = True
                    tidy(self._database)
            except (SQLAlchemyError, OSError) as error:
                # The next write, of whoever, seals these too; `db check` tells what is unsealed.
                _log.info("not sealed this time: %s", type(error).__name__)
            with self._lock:
                if not self._again or self._stop.is_set():
                    self._thread = None
                    return


def unsealed(connection: Connection) -> sa.ColumnElement[bool]:
    """The condition of entries no seal covers yet."""
    newest: Any = connection.execute(sa.select(_SEAL).order_by(_SEAL.c.id.desc()).limit(1)).first()
    return sa.true() if newest is None else (_ENTRY.c.id > newest.last_id) | within(_ENTRY.c.id, newest.gaps)


def unsealed_count(connection: Connection) -> int:
    """Entries no seal covers yet."""
    counted = sa.select(sa.func.count()).select_from(_ENTRY).where(unsealed(connection))
    return int(connection.execute(counted).scalar_one())
