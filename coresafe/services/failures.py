"""What the driver's errors mean: which are tried again, and what a person is told."""

from __future__ import annotations

import sqlite3

import pymysql
import sqlalchemy.exc as sx

from coresafe.errors import Busy, CoreSafeError, DatabaseUnavailable, SchemaMismatch
from coresafe.services import certificates

#: MySQL and MariaDB: deadlock, lock wait time-out, and MariaDB's snapshot conflict.
_CONTENTION = {1213, 1205, 1020, 3572}
#: Lost, refused or killed connections, shutdown, a server that turned read only (a cluster's old main server), too many.
_LOST = {
    2006,
    2013,
    2003,
    2055,
    2014,
    2027,
    1053,
    1077,
    1079,
    1080,
    1152,
    1158,
    1159,
    1160,
    1161,
    1927,
    1290,
    1836,
    3100,
    1040,
    1203,
    4031,
    1317,
    3169,
    3168,
}
_SCHEMA = {1146, 1054}
#: The client library's own: encryption was wanted, and the server has none.
_NO_TLS = 2026
_PRIVILEGES = {1044, 1045, 1049, 1142, 1143, 1698, 1227}

UNREACHABLE = "The database cannot be reached. Nothing you typed is lost."


class TryAgain(Exception):  # a signal to the retry loop, not an error
    """What was waited for went away: the same write is to be judged anew at once."""


def code_of(error: BaseException) -> int | None:
    """The server's error number, or None."""
    orig = error.orig if isinstance(error, sx.DBAPIError) else error
    if isinstance(orig, pymysql.MySQLError) and orig.args and isinstance(orig.args[0], int):
        return orig.args[0]
    return None


def is_contention(error: BaseException) -> bool:
    """Somebody else was in the way: the same write may be tried again at once."""
    if isinstance(error, TryAgain) or code_of(error) in _CONTENTION:
        return True
    orig = getattr(error, "orig", error)
    return isinstance(orig, sqlite3.OperationalError) and ("locked" in str(orig) or "busy" in str(orig))


def is_lost(error: BaseException) -> bool:
    """The connection, or the server behind it, is gone."""
    if isinstance(error, (DatabaseUnavailable, sx.TimeoutError)):
        return True
    if certificates.refusal(error) is not None:
        return False  # it will be refused the next time too
    if isinstance(error, sx.DBAPIError) and error.connection_invalidated:
        return True
    orig = getattr(error, "orig", error)
    if isinstance(orig, (pymysql.err.InterfaceError, ConnectionError, EOFError)):
        return True
    # PyMySQL reports a packet cut off in the middle as code 0 or as an internal error of its own.
    if isinstance(orig, pymysql.err.InternalError) and "Packet" in str(orig):
        return True
    return code_of(error) in _LOST or (isinstance(orig, pymysql.err.OperationalError) and code_of(error) == 0)


def is_duplicate(error: BaseException) -> bool:
    """A unique key stands in the way."""
    if code_of(error) == 1062:
        return True
    orig = getattr(error, "orig", error)
    return isinstance(orig, sqlite3.IntegrityError) and "UNIQUE" in str(orig)


def is_referred_to(error: BaseException) -> bool:
    """A row cannot go because others refer to it, or refers to one that is not there."""
    if code_of(error) in (1451, 1452):
        return True
    orig = getattr(error, "orig", error)
    return isinstance(orig, sqlite3.IntegrityError) and "FOREIGN KEY" in str(orig)


def translated(error: BaseException, *, in_doubt: bool = False) -> CoreSafeError | None:
    """The error a person is told instead, or None where it is a bug of ours."""
    if isinstance(error, CoreSafeError):
        return error
    if is_contention(error):
        return Busy(
            "Somebody else is changing the same thing and does not finish.",
            hint="Nothing was changed. Try again in a moment.",
        )
    refused = certificates.refusal(error)
    if refused is not None:
        message, hint = certificates.explained(refused)
        return DatabaseUnavailable(message, hint=hint)
    code = code_of(error)
    if code == _NO_TLS:
        return DatabaseUnavailable(
            "The database server offers no encrypted connection, and without one CoreSafe sends nothing over a network.",
            hint="Ask whoever looks after the server to switch TLS on.",
        )
    if code in _PRIVILEGES:
        return DatabaseUnavailable(
            "The database refused this program's user name, password or rights.",
            hint="Ask whoever looks after the database; `coresafe doctor` says what is missing.",
        )
    if is_lost(error):
        return DatabaseUnavailable(UNREACHABLE, in_doubt=in_doubt, hint="Check the network, then try again.")
    orig = getattr(error, "orig", error)
    if code in _SCHEMA or (isinstance(orig, sqlite3.OperationalError) and "no such" in str(orig)):
        return SchemaMismatch(
            "The database does not have the tables this version of CoreSafe needs.",
            hint="An administrator upgrades it with `coresafe db upgrade`.",
        )
    if isinstance(orig, sqlite3.OperationalError) and ("unable to open" in str(orig) or "disk" in str(orig)):
        return DatabaseUnavailable(
            "The database file cannot be opened or written.", hint="Check the disk and the folder."
        )
    return None
