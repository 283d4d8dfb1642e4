"""PyMySQL connections with CoreSafe's habits: TLS where it is offered, one session set-up, no needless round trips."""

from __future__ import annotations

import contextlib
import socket
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pymysql
from pymysql import converters
from pymysql.constants import FIELD_TYPE, SERVER_STATUS

from coresafe.services import certificates

#: A connection that answered so short a time ago is not pinged: over a slow link that is a round trip for nothing.
FRESH_SECONDS = 1.0
#: A server that does not answer a ping in this time is as good as away: there is nothing about it to work on.
PING_SECONDS = 4
#: On a line on which nothing was heard for so long it is asked whether the other end is still there, so often, before it
#: is given up. A server that works on a long question answers that by itself; one behind a cut cable never does.
_QUIET_SECONDS, _ASK_EVERY, _ASKED = 20, 5, 4


def _moment(text: str) -> Any:
    """A moment as the server writes it: PyMySQL's own way, by a pattern, takes fifteen times as long."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return converters.convert_datetime(text)


_CONVERSIONS = converters.conversions | {FIELD_TYPE.DATETIME: _moment, FIELD_TYPE.TIMESTAMP: _moment}


class QuietConnection(pymysql.connections.Connection):
    """Sends COMMIT and ROLLBACK only when the server says that a transaction is open.

    The server reports its state with every answer, so what is skipped would have changed nothing; over a slow link it
    would have cost a round trip.
    """

    server_status: int
    _heard = 0.0
    _read_timeout: int | None
    #: The usual bound of waiting, while another one is in force.
    _bound: int | None = None

    def query(self, sql: str | bytes, unbuffered: bool = False) -> int:
        """Send a statement, and note when the server was last heard of."""
        answer: int = super().query(sql, unbuffered)
        self._heard = time.monotonic()
        return answer

    def ping(self, reconnect: Any = False) -> None:
        """Ask whether the server is there, unless it was heard of a moment ago.

        Should it have gone since, the next statement says so, and is tried again as after any lost connection.
        """
        if time.monotonic() - self._heard >= FRESH_SECONDS:
            usual = self._read_timeout
            self._read_timeout = _shorter(usual, PING_SECONDS)
            try:
                super().ping(reconnect)
            finally:
                self._read_timeout = usual

    def commit(self) -> None:
        """Commit, if there is something to."""
        if self._in_transaction():
            super().commit()

    def rollback(self) -> None:
        """Roll back, if there is something to; what was waited for otherwise ends, and with it that bound."""
        if self._bound is not None:
            self._read_timeout, self._bound = self._bound, None
        if self._in_transaction():
            super().rollback()

    def _in_transaction(self) -> bool:
        return bool(self.server_status & SERVER_STATUS.SERVER_STATUS_IN_TRANS)

    @property
    def is_mariadb(self) -> bool:
        """Whether the server calls itself MariaDB."""
        return "mariadb" in str(self.get_server_info()).lower()  # type: ignore[no-untyped-call]

    def prepare_session(self, *, sql_mode: str, lock_wait_seconds: int) -> None:
        """READ COMMITTED, strict mode, UTC and a bounded wait for locks, in one statement."""
        isolation = "tx_isolation" if self.is_mariadb else "transaction_isolation"
        self._say(
            f"SET SESSION {isolation} = 'READ-COMMITTED', sql_mode = '{sql_mode}', time_zone = '+00:00', "
            f"innodb_lock_wait_timeout = {lock_wait_seconds}"
        )

    def hang_up(self) -> None:
        """Cut the line, from whatever thread: one that waits for an answer is told that the connection was lost."""
        line: Any = getattr(self, "_sock", None)
        if line is not None:
            with contextlib.suppress(OSError):
                # The socket's own, not TLS's, which would take from under the waiting thread what it reads with.
                socket.socket.shutdown(line, socket.SHUT_RDWR)

    def wait_for_answers(self, seconds: int) -> None:
        """Wait so long for an answer."""
        self._read_timeout = seconds

    def be_patient(self) -> None:
        """Wait for an answer as long as it takes, until the next rollback."""
        if self._read_timeout is not None:
            usual = self._bound if self._bound is not None else self._read_timeout
            self._read_timeout, self._bound = None, usual

    def wait_at_most(self, seconds: int) -> None:
        """Wait no longer than this for an answer, until the next rollback."""
        usual = self._read_timeout
        if usual is not None and seconds < usual:
            self._read_timeout, self._bound = seconds, self._bound if self._bound is not None else usual

    def keep_asking(self) -> None:
        """Let the system find out that the other end is gone, also while an answer is waited for as long as it takes."""
        line: Any = getattr(self, "_sock", None)
        if line is None:
            return
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        wanted = (("TCP_KEEPIDLE", _QUIET_SECONDS), ("TCP_KEEPINTVL", _ASK_EVERY), ("TCP_KEEPCNT", _ASKED))
        for name, value in wanted:
            option = getattr(socket, name, None)  # not every system has all of them
            if option is not None:
                line.setsockopt(socket.IPPROTO_TCP, option, value)

    def is_writable(self) -> bool:
        """Whether this server takes writes: a secondary of a cluster is read only."""
        with self.cursor() as cursor:
            cursor.execute("SELECT @@GLOBAL.read_only")
            row = cursor.fetchone()
        return row is not None and not int(row[0])

    def _say(self, statement: str) -> None:
        with self.cursor() as cursor:
            cursor.execute(statement)


def open_connection(
    params: dict[str, Any], *, ca: Path | None, require_tls: bool, connect_seconds: int, read_seconds: int
) -> QuietConnection:
    """Connect with TLS if the server offers it; without it only where ``require_tls`` is off.

    Raises what PyMySQL raises; the caller translates it for a person.
    """
    common = params | {
        "autocommit": True,
        "charset": "utf8mb4",
        "conv": _CONVERSIONS,
        "connect_timeout": connect_seconds,
        # A server that hangs takes the connection and says nothing: its greeting is waited for as briefly.
        "read_timeout": connect_seconds,
        "write_timeout": read_seconds,
    }
    connection = _connected(common, ca, require_tls=require_tls)
    connection.wait_for_answers(read_seconds)
    connection.keep_asking()
    return connection


def _shorter(one: int | None, other: int) -> int:
    return other if one is None else min(one, other)


def _connected(common: dict[str, Any], ca: Path | None, *, require_tls: bool) -> QuietConnection:
    try:
        return QuietConnection(**common, ssl=certificates.context(ca))
    except pymysql.err.OperationalError as error:
        offers_no_tls = error.args and error.args[0] == 2026 and "SSL" in str(error) and "support" in str(error)
        if require_tls or ca is not None or not offers_no_tls:
            raise
    return QuietConnection(**common, ssl_disabled=True)
