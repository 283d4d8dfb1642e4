"""What every measurement is given: a server that keeps its word, and databases on it."""

from __future__ import annotations

import contextlib
import os
import platform
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field

import pymysql
from sqlalchemy.engine import make_url

from coresafe.services import schema, sheds
from coresafe.services.database import Database
from tests.servers import Server
from tests.servers.places import Kind
from tests.worlds import World, make_people, make_world

#: Enough of every size that no dispatch is ever short.
PLENTY = 900_000
SIZES = ("HQ", "NQ", "PQ", "PQ3", "HQ3", "NQ2", "NQ3", "BQ", "AQ", "BTW")
#: Those of them that CoreSafe does not ship.
_OWN_SIZES = SIZES[-2:]


@dataclass(slots=True)
class Bench:
    """One run: its server (every commit on the disk before it is acknowledged) and what is measured on it."""

    server: Server
    _worlds: dict[str, tuple[Database, World]] = field(default_factory=dict)

    @property
    def settings(self) -> str:
        """What the numbers were measured under, one line each."""
        version = self.server.execute("SELECT VERSION()")[0][0]
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        return "\n".join(
            (
                f"server:  {self.server.kind} {version}, {' '.join(self.server.settings)}",
                f"machine: {os.cpu_count()} processors, {memory:.0f} GB, {platform.system()} {platform.machine()}",
                f"program: Python {platform.python_version()}, PyMySQL {pymysql.__version__}; both sides use TLS if offered",
            )
        )

    def world(self, name: str) -> tuple[Database, World]:
        """A fresh database of that name with people, a project, and plenty of trays of ten sizes."""
        if name not in self._worlds:
            url = self.new_database(name)
            database = Database(url)
            people = make_people(database)
            for size in _OWN_SIZES:
                sheds.add_tray_size(people.admin, sheds.AddTraySize(name=size))
            others = dict.fromkeys(SIZES[2:], PLENTY)
            self._worlds[name] = database, make_world(people, hq=PLENTY, nq=PLENTY, others=others)
        return self._worlds[name]

    def new_database(self, name: str) -> str:
        """The address of a fresh database with CoreSafe's tables."""
        self.server.execute(f"DROP DATABASE IF EXISTS `{name}`")
        self.server.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        url = self.server.url(name)
        database = Database(url)
        schema.upgrade(database)
        database.close()
        return url

    def close(self) -> None:
        """Close what was opened."""
        for database, _world in self._worlds.values():
            database.close()


def bare_connection(url: str) -> pymysql.connections.Connection:
    """PyMySQL as it is, with the session's settings and TLS as CoreSafe's own connections have them."""
    where = make_url(url)
    options = {
        "host": where.host,
        "port": where.port,
        "user": where.username,
        "password": where.password,
        "database": where.database,
        "charset": "utf8mb4",
        "autocommit": True,
        "init_command": "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    }
    tls = ssl.create_default_context()
    tls.check_hostname = False
    tls.verify_mode = ssl.CERT_NONE
    try:
        return pymysql.connect(**options, ssl=tls)  # type: ignore[call-overload,no-any-return]
    except pymysql.err.OperationalError as error:
        if error.args[0] != 2026:
            raise
        return pymysql.connect(**options, ssl_disabled=True)  # type: ignore[call-overload,no-any-return]


@contextlib.contextmanager
def running(kind: Kind) -> Iterator[Bench]:
    """A bench with a server of its own."""
    with Server(kind, durable=True) as server:
        bench = Bench(server)
        try:
            yield bench
        finally:
            bench.close()
