"""New databases of each kind for tests, on the run's private servers; their names always say ``test``."""

from __future__ import annotations

import itertools
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from tests.servers import Server

Kind = Literal["mysql", "mariadb", "sqlite"]
KINDS: tuple[Kind, ...] = ("mysql", "mariadb", "sqlite")

_SQLALCHEMY = str(Path(sa.__file__).parent)
_numbers = itertools.count(1)


class Databases:
    """Makes databases; starts each kind's server at its first use. ``close`` throws everything away."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._servers: dict[str, Server] = {}

    def server(self, kind: Literal["mysql", "mariadb"]) -> Server:
        """The run's quick, forgetful server of this kind."""
        if kind not in self._servers:
            self._servers[kind] = Server(kind).start()
        return self._servers[kind]

    def new(self, kind: Kind, *, migrated: bool = True) -> str:
        """The URL of a new database: with the tables of the real migrations, or empty."""
        name = f"coresafe_test_{next(_numbers)}"
        if kind == "sqlite":
            url = f"sqlite:///{self._folder / f'{name}.sqlite3'}"
        else:
            server = self.server(kind)
            server.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
            url = server.url(name)
        if migrated:
            migrate(url)
        return url

    def drop(self, url: str) -> None:
        """Throw one database away. It is closed everywhere: a connection that holds its tables would stop this."""
        parsed = make_url(url)
        name = parsed.database or ""
        if parsed.get_backend_name() == "sqlite":
            for each in Path(name).parent.glob(Path(name).name + "*"):
                each.unlink()
            return
        server = next(server for server in self._servers.values() if server.port == parsed.port)
        if server.running:
            server.execute(f"DROP DATABASE IF EXISTS {name}")

    def close(self) -> None:
        """Kill the servers and throw their data away."""
        for server in self._servers.values():
            server.remove()


def migrate(url: str) -> None:
    """Bring a database to the newest schema with the real migrations."""
    from coresafe.services import schema
    from coresafe.services.database import Database

    database = Database(url)
    try:
        schema.upgrade(database)
    finally:
        database.close()


def refuse_others(_dialect: Any, _record: Any, _args: Any, params: dict[str, Any]) -> None:
    """Refuse to connect to a database that is not the suite's: one whose name does not say so, or a user's own file."""
    name = str(params.get("database") or params.get("db") or "")
    if "host" in params or "port" in params:
        allowed = not name or "test" in name
    else:
        name = str(_args[0]) if _args else name
        path = name.removeprefix("file:").split("?")[0]
        allowed = path in ("", ":memory:") or Path(path).resolve().is_relative_to(Path(tempfile.gettempdir()).resolve())
    if not allowed:
        raise AssertionError(f"The suite does not touch {name!r}: a test database's name says test.")


class OpenTransactions:
    """Notes connections that were closed with a transaction still open: somebody forgot to end it.

    SQLAlchemy rolls back then, quietly, so that is where this looks: a rollback that ``close`` asked for, of something
    that the server itself calls a transaction.
    """

    def __init__(self) -> None:
        self.found: list[str] = []
        sa.event.listen(sa.engine.Engine, "rollback", self._look)

    def _look(self, connection: sa.engine.Connection) -> None:
        if connection.invalidated:
            return  # it was lost: there is nothing left that could be open
        raw: Any = connection.connection.dbapi_connection
        open_on_server = getattr(raw, "in_transaction", False) or getattr(raw, "server_status", 0) & 1
        if open_on_server and _asked_for_by_close():
            self.found.append(f"a connection to {connection.engine.url.database}")

    def take(self) -> list[str]:
        """What was found since the last time."""
        found, self.found = self.found, []
        return found


def _asked_for_by_close() -> bool:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith(_SQLALCHEMY):
        if frame.f_code.co_qualname == "Connection.close":
            return True
        frame = frame.f_back
    return False
