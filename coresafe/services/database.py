"""The connection to the database: one engine, one pool, the same habits on MySQL, MariaDB and embedded SQLite.

Connections stand in autocommit: a read is its SELECT and nothing else; a write says BEGIN itself. So a page costs the
round trips of its statements only (see docs/performance.md), and a connection goes back to the pool without a ROLLBACK
unless a transaction is really open.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.pool import QueuePool

from coresafe.errors import Bug, DatabaseUnavailable

if TYPE_CHECKING:
    from coresafe.services.mysql_connection import QuietConnection
    from coresafe.services.sealing import Sealer

#: Connections kept, and at most opened, per program (interfaces: Settings).
POOL_SIZE = 5
POOL_LIMIT = 20
POOL_RECYCLE_SECONDS = 3600
#: How long one statement may keep a person waiting for a lock before it is tried again.
LOCK_WAIT_SECONDS = 10
CONNECT_SECONDS = 5
READ_SECONDS = 60
#: A page, a count, a record: whoever waits for one is told that the server does not answer rather than left waiting as
#: long as a writer. What reads one moment (exports, reports, proofs) takes the time it takes.
ANSWER_SECONDS = 20
SQLITE_BUSY_SECONDS = 5.0

_SQL_MODE = "STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"

_forbidden: set[int] = set()


def forbid_thread(ident: int | None = None) -> None:
    """From now on a database call on this thread (the window's) is a bug and raises."""
    _forbidden.add(threading.get_ident() if ident is None else ident)


def allow_thread(ident: int | None = None) -> None:
    """Take ``forbid_thread`` back."""
    _forbidden.discard(threading.get_ident() if ident is None else ident)


def _check_thread() -> None:
    if threading.get_ident() in _forbidden:
        raise Bug("The database was called on the window's thread.")


def is_here(host: str) -> bool:
    """Whether a server of this name is on this machine, so that nothing it is told goes over a network."""
    return host.lower() in ("localhost", "127.0.0.1", "::1")


class Database:
    """One database, open. Thread-safe; close it when the program ends.

    ``url`` is an SQLAlchemy URL (``mysql+pymysql://`` or ``sqlite:///``); ``hosts`` are the members of one cluster, of
    which the writable one is used; ``ca`` is a file with the certificate that must have signed the server's.
    ``require_tls``: never connect without encryption; by itself so wherever a server is not on this machine.
    """

    def __init__(
        self,
        url: str | URL,
        *,
        hosts: Sequence[tuple[str, int]] = (),
        ca: Path | None = None,
        require_tls: bool | None = None,
    ) -> None:
        self.url = make_url(url)
        self.hosts = tuple(hosts) or ((self.url.host or "127.0.0.1", self.url.port or 3306),)
        self.ca = ca
        local = all(is_here(host) for host, _ in self.hosts)
        self.require_tls = (not local) if require_tls is None else require_tls
        self._secret: str | None = None
        self._embedded_clock: Callable[[], datetime] | None = None
        self.last_answer: float | None = None
        self._raw: WeakSet[QuietConnection] = WeakSet()
        self._hung_up = False
        #: Short tables as last read, by name, for whoever checks that they did not change (``sheds.known_sheds``).
        self.known: dict[str, Any] = {}
        if self.is_embedded:
            self.engine = self._sqlite_engine()
        else:
            self.engine = self._mysql_engine()
        self._sealer: Sealer | None = None
        event.listen(self.engine, "checkout", lambda *_: _check_thread())
        event.listen(self.engine, "do_connect", lambda *_: _check_thread())

    @property
    def is_embedded(self) -> bool:
        """Whether this is the embedded SQLite file."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def flavour(self) -> str:
        """``sqlite``, ``mysql`` or ``mariadb``; the last two only after the first connection."""
        if self.is_embedded:
            return "sqlite"
        return "mariadb" if getattr(self.engine.dialect, "is_mariadb", False) else "mysql"

    @property
    def where(self) -> str:
        """The database in a few words for a person; never its password."""
        if self.is_embedded:
            return Path(self.url.database or "").name or "memory"
        return f"{self.url.database} on {self.hosts[0][0]}"

    def _embedded_now(self) -> str:
        """The clock of the embedded database: this machine's, unless a sample year is being played."""
        now = self._embedded_clock() if self._embedded_clock else datetime.now(UTC)
        return now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")

    @contextlib.contextmanager
    def playing(self, clock: Callable[[], datetime]) -> Iterator[None]:
        """Let an embedded database live at the times ``clock`` tells, to play a year of sample data.

        Raises Bug on a server's database, whose clock nobody sets.
        """
        if not self.is_embedded:
            raise Bug("only a throw-away embedded database can be played through a year")
        self._embedded_clock = clock
        try:
            yield
        finally:
            self._embedded_clock = None

    def close(self) -> None:
        """Seal the audit trail's last entries and give every connection back."""
        if self._sealer is not None:
            self._sealer.close()
            self._sealer = None
        self.engine.dispose()

    def hang_up(self) -> None:
        """Cut every connection and make no more: whoever waits for a server that does not answer is told so at once."""
        self._hung_up = True
        for raw in list(self._raw):
            raw.hang_up()

    def after_commit(self) -> None:
        """A write was committed: its audit entries are sealed within seconds, off the writer's thread."""
        if self._sealer is None:
            from coresafe.services.sealing import Sealer

            self._sealer = Sealer(self)
        self._sealer.nudge()

    @contextlib.contextmanager
    def connect(self, *, within: int | None = None) -> Iterator[Connection]:
        """A connection from the pool, in autocommit; rolled back if a transaction was left open.

        Each answer on it comes ``within`` so many seconds, or the server counts as away.
        """
        connection = self.engine.connect()
        if within is not None and not self.is_embedded:
            connection.connection.driver_connection.wait_at_most(within)  # type: ignore[union-attr]
        try:
            yield connection
        finally:
            connection.close()

    @contextlib.contextmanager
    def writing(self, connection: Connection | None = None) -> Iterator[Connection]:
        """A write transaction for what runs beside the use cases (sealing, counting wrong passwords): one attempt.

        Committed at the end of the block, undone if that raises. On ``connection``, or on one of its own.
        """
        with contextlib.nullcontext(connection) if connection is not None else self.connect() as used:
            self.begin_write(used)
            try:
                yield used
                used.commit()
            finally:
                if not used.invalidated:
                    used.rollback()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection that sees one moment, for proofs and exports; nothing is written."""
        with self.connect() as connection:
            self.begin_snapshot(connection)
            try:
                yield connection
            finally:
                if not connection.invalidated:
                    connection.rollback()

    def begin_write(self, connection: Connection) -> None:
        """Open a write transaction: READ COMMITTED (set for the session), or SQLite's immediate one."""
        connection.exec_driver_sql("BEGIN IMMEDIATE" if self.is_embedded else "BEGIN")

    def begin_snapshot(self, connection: Connection) -> None:
        """Open a read-only transaction that sees one moment, for proofs, reports and exports."""
        if self.is_embedded:
            connection.exec_driver_sql("BEGIN")
            return
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        raw = connection.connection.driver_connection
        raw.be_patient()  # type: ignore[union-attr]  # a proof of a million dispatches may take its time

    def secret(self) -> bytes:
        """The installation's key for digests of operations; made by the first migration, read once."""
        if self._secret is None:
            with self.connect() as connection:
                self.know_secret(connection.execute(sa.select(self.secret_column())).scalar())
        if self._secret is None:
            raise Bug("The installation has no key; its first migration did not run.")
        return self._secret.encode()

    @staticmethod
    def secret_column() -> sa.Label[Any]:
        """What ``know_secret`` wants, as the column ``secrets`` of a statement that is sent anyway."""
        return sa.literal_column("(SELECT value FROM settings WHERE name = 'secrets')").label("secrets")

    def know_secret(self, stored: str | None) -> None:
        """The installation's key, as it is stored; None where there is none yet."""
        if stored is not None:
            self._secret = str(json.loads(stored)["operation_key"])

    # -- making engines ------------------------------------------------------------------------------------------

    def _sqlite_engine(self) -> Engine:
        path = self.url.database
        if path and path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(
            self.url,
            poolclass=QueuePool,
            pool_size=POOL_SIZE,
            max_overflow=POOL_LIMIT - POOL_SIZE,
            enable_from_linting=False,
            connect_args={"timeout": SQLITE_BUSY_SECONDS, "isolation_level": None, "check_same_thread": False},
        )

        @event.listens_for(engine, "connect")
        def prepare(raw: sqlite3.Connection, _record: Any) -> None:
            raw.execute(f"PRAGMA busy_timeout = {int(SQLITE_BUSY_SECONDS * 1000)}")
            raw.execute("PRAGMA journal_mode = WAL")
            raw.execute("PRAGMA foreign_keys = ON")
            raw.execute("PRAGMA synchronous = FULL")
            raw.create_function("coresafe_now", 0, self._embedded_now)

        return engine

    def _mysql_engine(self) -> Engine:
        engine = sa.create_engine(
            self.url,
            pool_size=POOL_SIZE,
            max_overflow=POOL_LIMIT - POOL_SIZE,
            pool_recycle=POOL_RECYCLE_SECONDS,
            pool_pre_ping=True,
            pool_timeout=30,
            pool_use_lifo=True,
            # Statements that carry several lookups in one round trip join them on constants, on purpose.
            enable_from_linting=False,
        )

        @event.listens_for(engine, "do_connect")
        def connect(_dialect: Any, _record: Any, _args: Any, params: dict[str, Any]) -> Any:
            return self._open_writable(params)

        @event.listens_for(engine, "engine_disposed")
        def forget(_engine: Engine) -> None:
            self.last_answer = None

        return engine

    def _open_writable(self, params: dict[str, Any]) -> Any:
        """Connect to the member of the cluster that takes writes; with one host, to that one."""
        from coresafe.services import mysql_connection

        if self._hung_up:
            raise DatabaseUnavailable("CoreSafe is ending.")
        failure: Exception | None = None
        for host, port in self.hosts:
            wanted = params | {"host": host, "port": port}
            try:
                raw = mysql_connection.open_connection(
                    wanted,
                    ca=self.ca,
                    require_tls=self.require_tls,
                    connect_seconds=CONNECT_SECONDS,
                    read_seconds=READ_SECONDS,
                )
            except Exception as error:  # noqa: BLE001  # the next host may answer; the last failure is told
                failure = error
                continue
            self._raw.add(raw)
            raw.prepare_session(sql_mode=_SQL_MODE, lock_wait_seconds=LOCK_WAIT_SECONDS)
            if len(self.hosts) == 1 or raw.is_writable():
                self.last_answer = time.monotonic()
                return raw
            raw.close()
        if failure is not None:
            raise failure
        raise DatabaseUnavailable(
            "None of the database servers takes changes at the moment.",
            hint="The cluster is choosing a new main server. Try again in half a minute.",
        )
