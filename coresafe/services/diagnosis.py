"""What is wrong with a connection, step by step: name, port, certificate, password, version, encryption, clock, rights, schema.

The connection dialog's *Test* and ``coresafe doctor`` show the same findings. Nothing waits longer than seconds.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pymysql
from sqlalchemy.engine import URL

from coresafe.services import certificates
from coresafe.services.database import is_here
from coresafe.services.greeting import Greeting, Unanswered, greet
from coresafe.services.rights import DAILY, UPGRADE, Rights
from coresafe.services.rules import CLOCK_TOLERANCE

#: Older ones lack CHECK constraints that hold, or JSON_ARRAYAGG.
OLDEST_MYSQL = (8, 0, 19)
OLDEST_MARIADB = (10, 6, 0)
#: For a name, for a port and for each answer: a server that is away is told within ten seconds.
_SECONDS = 5
_BOTH_COUNT = (
    "Check the user name and password; they are the database's, not your CoreSafe ones. "
    "The server does not tell which of the two is wrong."
)
_EXPIRED = ("password", "password", "The password of {user} has expired.", "Have it set anew at the server.")
_LOCKED = ("password", "user", "User {user} is locked.", "Ask whoever looks after the server.")
_FULL = ("port", "host", "The server has no connection left.", "Try again later, or raise its max_connections.")
_UNKNOWN_WAY = (
    "password",
    "user",
    "User {user} signs in in a way that CoreSafe does not know.",
    "Let him sign in with caching_sha2_password, or at MariaDB with mysql_native_password.",
)
#: By the server's (or the client library's) error number: what is looked at, which field, what is said and to be done.
_REFUSALS = {
    1040: _FULL,
    1203: _FULL,
    1226: _FULL,
    1129: (
        "port",
        "host",
        "The server has shut this machine out after too many broken connections.",
        "Ask whoever looks after it to run FLUSH HOSTS there.",
    ),
    1130: (
        "password",
        "user",
        "The server does not let this machine in.",
        "Ask whoever looks after it to allow user {user} from this machine.",
    ),
    1251: _UNKNOWN_WAY,
    1524: _UNKNOWN_WAY,
    2059: _UNKNOWN_WAY,
    1820: _EXPIRED,
    1862: _EXPIRED,
    3118: _LOCKED,
    4151: _LOCKED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at. ``ok``; or not, and then ``todo`` says what to do. ``stops``: nothing works without it.

    ``field``: which part of the address it is about (host, port, ca, user, password, database). ``offer``: what CoreSafe
    can do about it itself, "set_up" or "upgrade".
    """

    name: str
    ok: bool
    text: str
    todo: str = ""
    stops: bool = False
    field: str = ""
    offer: str = ""


def diagnose(
    url: URL, *, ca: Path | None = None, require_tls: bool | None = None, check: Callable[[], None] = lambda: None
) -> tuple[Finding, ...]:
    """Look at a MySQL or MariaDB connection as ``Database`` makes it; stops at the first finding that makes the rest impossible.

    ``check`` is called between the steps and may raise Cancelled.
    """
    found: list[Finding] = []
    demanded = not is_here(url.host or "127.0.0.1") if require_tls is None else require_tls
    for finding in _steps(url, ca, demanded=demanded):
        found.append(finding)
        if finding.stops:
            break
        check()
    return tuple(found)


def usable(findings: Sequence[Finding]) -> bool:
    """Whether one can work with it (an old schema is upgraded, a missing right to do so is told)."""
    return not any(finding.stops for finding in findings)


def _steps(url: URL, ca: Path | None, *, demanded: bool) -> Iterator[Finding]:
    host, port = url.host or "127.0.0.1", url.port or 3306
    if ca is not None and (wrong := certificates.problem_of(ca)) is not None:
        yield _bad("certificate", *wrong, field="ca")
        return
    try:
        greeting = greet(host, port, seconds=_SECONDS)
    except Unanswered as away:
        if away.name_is_known:
            yield _good("name", f"{host} is known")
        yield _bad("port" if away.name_is_known else "name", away.text, away.todo, field=away.field)
        return
    with greeting:
        yield _good("name", f"{host} is known")
        yield _good("port", f"port {port} answers")
        encrypted = greeting.offers_tls
        if not encrypted and not greeting.refuses and (demanded or ca is not None):
            yield _no_tls(demanded=demanded)
            return
        connection, finding = _connect(url, greeting, ca)
    if encrypted and ca is not None and (connection is not None or finding.name != "certificate"):
        yield _good("certificate", "the server's certificate is signed by this authority")
    yield finding
    if connection is None:
        return
    try:
        yield from _inside(connection, url, encrypted=encrypted)
    except (pymysql.err.OperationalError, pymysql.err.InterfaceError, OSError):
        yield _bad("port", "The connection was lost while looking.", "Try again in a moment.", field="host")
    finally:
        connection.close()


def _no_tls(*, demanded: bool) -> Finding:
    text = "The server offers no encrypted connection (TLS)."
    if not demanded:
        todo = (
            "Switch TLS on at the server, or take the certificate authority away: nothing can be checked without TLS."
        )
        return _bad("encryption", text, todo, field="ca")
    todo = "Ask whoever looks after it to switch TLS on. Over a network CoreSafe sends no password without it."
    return _bad("encryption", text, todo, field="host")


def _connect(url: URL, greeting: Greeting, ca: Path | None) -> tuple[Any, Finding]:
    wanted: dict[str, Any] = {
        "host": greeting.host,
        "port": greeting.port,
        "user": url.username or "",
        "password": str(url.password or ""),
        "charset": "utf8mb4",
        "read_timeout": _SECONDS,
        "write_timeout": _SECONDS,
        "defer_connect": True,
    }
    how: dict[str, Any] = {"ssl": certificates.context(ca)} if greeting.offers_tls else {"ssl_disabled": True}
    connection: Any = pymysql.Connection(**wanted, **how)
    try:
        connection.connect(greeting.hand_over())
    except pymysql.err.MySQLError as error:
        return None, _refused(error, url)
    except Exception:  # noqa: BLE001  # PyMySQL raises whatever comes of taking foreign bytes for its own
        return None, _foreign()
    return connection, _good("password", f"signed in as {url.username}")


def _refused(error: pymysql.err.MySQLError, url: URL) -> Finding:
    refused = certificates.refusal(error)
    if refused is not None:
        text, todo = certificates.explained(refused, url.host or "")
        return _bad("certificate", text, todo, field="ca")
    cause = getattr(error, "original_exception", None)
    if isinstance(cause, ssl.SSLError):
        text = "The server and this machine find no way of encrypting that both know."
        return _bad("encryption", text, "The server must offer TLS 1.2 or newer.", field="host")
    code = error.args[0] if error.args else 0
    user, host = url.username or "(none)", url.host or ""
    if isinstance(cause, TimeoutError) or code == 2013:  # lost while waiting
        return _bad("port", f"{host} began to answer, then fell silent.", "Try again in a moment.", field="host")
    if code in (1045, 1698):
        text = (
            f"The server refused user {user} with this password." if url.password else f"{user} needs a password here."
        )
        return _bad("password", text, _BOTH_COUNT, field="password")
    if code not in _REFUSALS:
        return _foreign()
    name, field, text, todo = _REFUSALS[code]
    return _bad(name, text.format(user=user), todo.format(user=user), field=field)


def _foreign() -> Finding:
    text, todo = "The server answered, but not as MySQL does.", "Check the port: is it the MySQL server's?"
    return _bad("port", text, todo, field="port")


def _inside(connection: Any, url: URL, *, encrypted: bool) -> Iterator[Finding]:
    cursor, database = connection.cursor(), url.database or ""
    cursor.execute("SELECT CURRENT_USER()")
    user, _, place = cursor.fetchone()[0].rpartition("@")
    account = f"'{user}'@'{place}'"
    try:
        connection.select_db(database)
    except pymysql.err.MySQLError as error:
        if error.args[0] == 1049:  # unknown database
            todo = f"Create it: CREATE DATABASE {database or 'coresafe'} CHARACTER SET utf8mb4;"
            yield _bad("database", f"The server has no database called {database!r}.", todo, field="database")
        else:  # who has no right on it is not told whether it is there
            text = f"User {url.username} may not use a database called {database!r}, if there is one."
            todo = f"Check its name; or GRANT {', '.join(DAILY + UPGRADE)} ON {database}.* TO {account};"
            yield _bad("database", text, todo, field="database")
        return
    yield _good("database", f"{database} is there")
    yield _version(connection)
    yield Finding(
        name="encryption",
        ok=encrypted,
        text="the connection is encrypted" if encrypted else "The connection is not encrypted.",
        todo="" if encrypted else "Switch TLS on at the server; away from this machine CoreSafe demands it.",
    )
    yield _clock(cursor)
    rights = Rights.of(cursor, database)
    if missing := rights.missing(DAILY):
        yield _lacks(missing, database, account, "This user may not {rights}.")
        return
    schema = _schema(cursor, database)
    missing = rights.missing(UPGRADE)
    if missing and schema.offer:
        what = "set the database up" if schema.offer == "set_up" else "upgrade the database"
        yield _lacks(missing, database, account, f"To {what}, this user needs {{rights}} too.")
        return
    if missing:
        text = f"Enough for every day, but not for upgrades: {', '.join(missing)}."
        yield Finding(
            name="privileges", ok=False, text=text, todo="Upgrade the database as a user who has these rights."
        )
    else:
        yield _good("privileges", "all that is needed")
    yield schema


def _lacks(missing: Sequence[str], database: str, account: str, text: str) -> Finding:
    todo = f"GRANT {', '.join(missing)} ON {database}.* TO {account};"
    return _bad("privileges", text.format(rights=", ".join(missing)), todo, field="user")


def _version(connection: Any) -> Finding:
    return version_finding(connection.get_server_info())


def version_finding(said: str) -> Finding:
    """Whether a server of the version it tells of itself will do; MariaDB may put a 5.5.5- before its own."""
    mariadb = "mariadb" in said.lower()
    numbers = tuple(int(part) for part in re.findall(r"\d+", said.removeprefix("5.5.5-"))[:3])
    oldest = OLDEST_MARIADB if mariadb else OLDEST_MYSQL
    name = "MariaDB" if mariadb else "MySQL"
    shown = ".".join(map(str, numbers))
    if numbers >= oldest:
        return _good("version", f"{name} {shown}")
    todo = f"CoreSafe needs {name} {'.'.join(map(str, oldest))} or newer."
    return _bad("version", f"{name} {shown} is too old.", todo, field="host")


def _clock(cursor: Any) -> Finding:
    cursor.execute("SELECT UTC_TIMESTAMP(6)")
    ahead = cursor.fetchone()[0].replace(tzinfo=UTC) - datetime.now(UTC)
    if abs(ahead) <= CLOCK_TOLERANCE:
        return _good("clock", f"{abs(ahead.total_seconds()):.1f} s apart")
    side = "ahead of" if ahead.total_seconds() > 0 else "behind"
    return Finding(
        name="clock",
        ok=False,
        text=f"The server's clock is {_span(abs(ahead.total_seconds()))} {side} this machine's.",
        todo="Set both by the same time server. Until then everything carries the server's time.",
    )


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 2:
        return f"{seconds:.0f} seconds"
    if minutes < 120:
        return f"{minutes} minutes"
    if minutes < 48 * 60:
        return f"{minutes // 60} hours {minutes % 60} minutes"
    return f"{minutes // 1440:,} days"


def _schema(cursor: Any, database: str) -> Finding:
    from coresafe.services import schema

    cursor.execute("SHOW TABLES")
    tables = {row[0] for row in cursor.fetchall()}
    found = None
    if schema.VERSION_TABLE in tables:
        cursor.execute(f"SELECT version_num FROM {schema.VERSION_TABLE}")  # noqa: S608  # our own constant
        row = cursor.fetchone()
        found = row[0] if row else None
    elif tables:
        text = f"The database {database} is another program's: it holds tables such as {min(tables)}, and none of CoreSafe's."
        return _bad("schema", text, "Give CoreSafe a database of its own, and type its name.", field="database")
    if found == schema.HEAD:
        return _good("schema", f"version {found}")
    if found is None:
        text, todo = "The database is still empty.", "Set it up: coresafe db upgrade"
        return Finding(name="schema", ok=False, text=text, todo=todo, offer="set_up")
    if found in schema.known():
        text = f"Version {found} is older than this CoreSafe, which needs {schema.HEAD}."
        todo = "Upgrade it, after a backup: coresafe db upgrade"
        return Finding(name="schema", ok=False, text=text, todo=todo, offer="upgrade")
    theirs = None
    if "settings" in tables:
        cursor.execute("SELECT value FROM settings WHERE name = %s", (schema.PROGRAM_ROW,))
        theirs = schema.program_of(row[0] if (row := cursor.fetchone()) else None)
    return _bad("schema", *schema.too_new(found, theirs), field="database")


def _good(name: str, text: str) -> Finding:
    return Finding(name=name, ok=True, text=text)


def _bad(name: str, text: str, todo: str, *, field: str) -> Finding:
    return Finding(name=name, ok=False, text=text, todo=todo, stops=True, field=field)
