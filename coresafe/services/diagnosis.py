"""What is wrong with a connection, step by step: name, port, password, privileges, version, encryption, clock, schema.

The connection dialog's *Test* and ``coresafe doctor`` show the same findings.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pymysql
from sqlalchemy.engine import URL

from coresafe.services.rules import CLOCK_TOLERANCE

#: Older ones lack CHECK constraints that hold, or JSON_ARRAYAGG.
OLDEST_MYSQL = (8, 0, 19)
OLDEST_MARIADB = (10, 6, 0)
#: What every day needs, and what `coresafe db upgrade` needs besides.
DAILY = ("SELECT", "INSERT", "UPDATE", "DELETE")
UPGRADE = ("CREATE", "ALTER", "DROP", "INDEX", "REFERENCES")
_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at. ``ok``; or not, and then ``todo`` says what to do. ``stops``: nothing works without it."""

    name: str
    ok: bool
    text: str
    todo: str = ""
    stops: bool = False


def diagnose(url: URL) -> tuple[Finding, ...]:
    """Look at a MySQL or MariaDB connection; stops at the first finding that makes the rest impossible."""
    found: list[Finding] = []
    for finding in _steps(url):
        found.append(finding)
        if finding.stops:
            break
    return tuple(found)


def usable(findings: Sequence[Finding]) -> bool:
    """Whether one can work with it (an old schema is upgraded, a missing right to do so is told)."""
    return not any(finding.stops for finding in findings)


def _steps(url: URL) -> Iterator[Finding]:
    host, port = url.host or "127.0.0.1", url.port or 3306
    try:
        socket.getaddrinfo(host, port)
    except (OSError, UnicodeError):
        yield _bad("name", f"There is no server called {host}.", "Check the server's name for a typing error.")
        return
    yield _good("name", f"{host} is known")
    try:
        socket.create_connection((host, port), timeout=_SECONDS).close()
    except OSError:
        yield _bad(
            "port",
            f"Nothing answers at {host}, port {port}.",
            "Check the port (3306 is usual), that the server runs, and that no firewall is between.",
        )
        return
    yield _good("port", f"port {port} answers")
    connection, finding = _connect(url, host, port)
    yield finding
    if connection is None:
        return
    try:
        yield from _inside(connection, url.database or "")
    finally:
        connection.close()


def _connect(url: URL, host: str, port: int) -> tuple[Any, Finding]:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    wanted: dict[str, Any] = {
        "host": host,
        "port": port,
        "user": url.username or "",
        "password": str(url.password or ""),
        "connect_timeout": _SECONDS,
        "read_timeout": 30,
    }
    try:
        try:
            connection = pymysql.connect(**wanted, ssl=context)
        except pymysql.err.OperationalError as error:
            if error.args[0] != 2026:  # the client library's number for a TLS failure
                raise
            connection = pymysql.connect(**wanted, ssl_disabled=True)
    except pymysql.err.MySQLError as error:
        return None, _refused(error, url)
    except OSError:
        return None, _bad("port", "The server closed the connection.", "Is it a MySQL server that listens there?")
    return connection, _good("password", f"signed in as {url.username}")


def _refused(error: pymysql.err.MySQLError, url: URL) -> Finding:
    code = error.args[0] if error.args else 0
    if code in (1045, 1698):
        return _bad(
            "password",
            f"The server refused user {url.username or '(none)'} with this password.",
            "Check the user name and password; they are the database's, not your CoreSafe ones.",
        )
    if code == 1130:  # host not allowed
        return _bad("password", "The server does not let this machine in.", "Allow this machine for the database user.")
    if code == 1040:  # too many connections
        return _bad("port", "The server has no connection left.", "Try again later, or raise its max_connections.")
    return _bad("port", "The server answered, but not as MySQL does.", "Check the port: is it the MySQL server's?")


def _inside(connection: Any, database: str) -> Iterator[Finding]:
    cursor = connection.cursor()
    try:
        connection.select_db(database)
    except pymysql.err.MySQLError as error:
        if error.args[0] == 1049:  # unknown database
            todo = f"Create it: CREATE DATABASE {database or 'coresafe'} CHARACTER SET utf8mb4;"
            yield _bad("database", f"The server has no database called {database!r}.", todo)
        else:
            yield _bad("privileges", f"This user may not use {database!r}.", "Grant him rights on it.")
        return
    yield _good("database", f"{database} is there")
    yield _version(connection)
    yield from _privileges(cursor, database)
    cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
    row = cursor.fetchone()
    encrypted = bool(row and row[1])
    yield Finding(
        name="encryption",
        ok=encrypted,
        text="the connection is encrypted" if encrypted else "The connection is not encrypted.",
        todo="" if encrypted else "Switch TLS on at the server; away from this machine CoreSafe demands it.",
    )
    yield _clock(cursor)
    cursor.execute("SHOW TABLES LIKE 'alembic_version'")
    yield from _schema(cursor, has_tables=cursor.fetchone() is not None)


def _version(connection: Any) -> Finding:
    said = connection.get_server_info()
    mariadb = "mariadb" in said.lower()
    numbers = tuple(int(part) for part in re.findall(r"\d+", said.replace("5.5.5-", "", 1))[:3])
    oldest = OLDEST_MARIADB if mariadb else OLDEST_MYSQL
    name = "MariaDB" if mariadb else "MySQL"
    shown = ".".join(map(str, numbers))
    if numbers >= oldest:
        return _good("version", f"{name} {shown}")
    return _bad(
        "version", f"{name} {shown} is too old.", f"CoreSafe needs {name} {'.'.join(map(str, oldest))} or newer."
    )


def _privileges(cursor: Any, database: str) -> Iterator[Finding]:
    cursor.execute("SHOW GRANTS")
    granted: set[str] = set()
    for (line,) in cursor.fetchall():
        match = re.match(r"GRANT (.+?) ON [`'\"]?(.+?)[`'\"]?\.", line)
        if match and (match[2] == "*" or match[2].replace("\\_", "_") in (database, "%")):
            granted |= {word.strip().upper() for word in re.sub(r"\(.*?\)", "", match[1]).split(",")}
    everything = bool({"ALL", "ALL PRIVILEGES"} & granted)
    missing = [right for right in DAILY if not everything and right not in granted]
    if missing:
        todo = f"GRANT {', '.join(missing)} ON {database}.* TO this user;"
        yield _bad("privileges", f"This user may not {', '.join(missing)}.", todo)
        return
    missing = [right for right in UPGRADE if not everything and right not in granted]
    yield Finding(
        name="privileges",
        ok=not missing,
        text="all that is needed"
        if not missing
        else f"Enough for every day, but not for upgrades: {', '.join(missing)}.",
        todo="" if not missing else "Upgrade the database as a user who has these rights.",
    )


def _clock(cursor: Any) -> Finding:
    cursor.execute("SELECT UTC_TIMESTAMP(6)")
    there = cursor.fetchone()[0].replace(tzinfo=UTC)
    difference = abs(datetime.now(UTC) - there)
    seconds = difference.total_seconds()
    if difference <= CLOCK_TOLERANCE:
        return _good("clock", f"{seconds:.1f} s apart")
    return Finding(
        name="clock",
        ok=False,
        text=f"This machine's clock and the server's are {seconds / 60:,.0f} minutes apart.",
        todo="Set both by the same time server. CoreSafe goes by the database's.",
    )


def _schema(cursor: Any, *, has_tables: bool) -> Iterator[Finding]:
    from coresafe.services import schema

    found = None
    if has_tables:
        cursor.execute("SELECT version_num FROM alembic_version")
        row = cursor.fetchone()
        found = row[0] if row else None
    if found == schema.HEAD:
        yield _good("schema", f"version {found}")
    elif found is None:
        yield Finding(
            name="schema", ok=False, text="The database is still empty.", todo="Set it up: coresafe db upgrade"
        )
    elif found in schema.known():
        text = f"Version {found} is older than this CoreSafe, which needs {schema.HEAD}."
        yield Finding(name="schema", ok=False, text=text, todo="Upgrade it, after a backup: coresafe db upgrade")
    else:
        text = f"Version {found} is newer than this CoreSafe, which knows {schema.HEAD}."
        yield _bad("schema", text, "Install the newer CoreSafe on this machine.")


def _good(name: str, text: str) -> Finding:
    return Finding(name=name, ok=True, text=text)


def _bad(name: str, text: str, todo: str) -> Finding:
    return Finding(name=name, ok=False, text=text, todo=todo, stops=True)
