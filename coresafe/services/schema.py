"""The schema's version: what it is, whether it fits this program, and moving it up or down."""

from __future__ import annotations

import functools
import json
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from coresafe import __version__, paths
from coresafe.errors import SchemaMismatch
from coresafe.services import facts
from coresafe.services.database import Database

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

#: The newest migration. Written here so that starting the program need not load Alembic; a test compares.
HEAD = "0003"
VERSION_TABLE = "alembic_version"
#: The row of the settings that says which CoreSafe upgraded the database last, for older ones that must be told.
PROGRAM_ROW = "program"


def current(database: Database) -> str | None:
    """The revision of the database, or None where it is empty. One or two round trips."""
    with database.connect() as connection:
        return _current(connection)


def _current(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def require_current(database: Database) -> None:
    """Raise SchemaMismatch, in one sentence, unless the schema is the one this program was made for.

    Raises DatabaseUnavailable where the database is away.
    """
    from coresafe.services import transaction

    found = transaction.persist(lambda: current(database), patience=transaction.READ_PATIENCE_SECONDS)
    if found == HEAD:
        return
    if found is None:
        raise SchemaMismatch(
            "The database is empty: it has no CoreSafe tables yet.",
            empty=True,
            hint="An administrator sets it up with `coresafe db upgrade`.",
        )
    if found in known():
        raise SchemaMismatch(
            f"The database is at version {found}, older than this CoreSafe, which needs {HEAD}.",
            hint="An administrator upgrades it with `coresafe db upgrade`, after a backup.",
        )
    text, todo = too_new(found, transaction.persist(lambda: _upgraded_by(database), patience=0))
    raise SchemaMismatch(text, too_new=True, hint=f"{todo} Nothing was changed.")


def too_new(found: str, program: str | None) -> tuple[str, str]:
    """What is said of a schema that this program does not know, and what to do; ``program`` upgraded it, if that is known."""
    text = f"The database is at version {found}, newer than this CoreSafe, which knows {HEAD}."
    if program is None:
        return text, "Install the newer CoreSafe on this machine."
    told = f"CoreSafe {program} upgraded it, and this is CoreSafe {__version__}."
    return text, f"{told} Install CoreSafe {program} or newer on this machine."


def program_of(stored: object) -> str | None:
    """The version of CoreSafe in the settings' row ``PROGRAM_ROW``, as the driver gives it."""
    try:
        told = json.loads(stored) if isinstance(stored, (str, bytes)) else stored
    except ValueError:
        return None
    return str(told["version"]) if isinstance(told, dict) and "version" in told else None


def _upgraded_by(database: Database) -> str | None:
    with database.connect() as connection:
        if not sa.inspect(connection).has_table("settings"):
            return None
        statement = sa.text("SELECT value FROM settings WHERE name = :name")
        return program_of(connection.execute(statement, {"name": PROGRAM_ROW}).scalar())


def _sign(connection: Connection) -> None:
    """Write down which CoreSafe upgraded the database."""
    table = sa.table("settings", *(sa.column(name) for name in ("name", "value", "version", "updated_at")))
    connection.execute(sa.delete(table).where(table.c.name == PROGRAM_ROW))
    told = json.dumps({"version": __version__})
    connection.execute(sa.insert(table).values(name=PROGRAM_ROW, value=told, version=1, updated_at=facts.utc_now()))


def require_ready(database: Database) -> None:
    """Raise at once, in one sentence, unless the database answers and its schema is current: one look, no second try.

    Raises DatabaseUnavailable, SchemaMismatch.
    """
    from coresafe.services import failures

    try:
        with database.connect() as connection:
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    except Exception as error:
        told = failures.translated(error)
        if told is None:
            raise
        raise told from error
    if found != HEAD:
        require_current(database)


def known() -> tuple[str, ...]:
    """Every revision this program knows, newest first."""
    return tuple(script.revision for script in _scripts().walk_revisions())


def upgrade(database: Database, revision: str = "head") -> Path | None:
    """Bring the schema up. An embedded database that holds data is copied first; the copy's path is returned.

    Raises SchemaMismatch where the schema is newer than this program.
    """
    from alembic import command

    found = current(database)
    if found is not None and found not in known():
        require_current(database)
    backup = None
    if database.is_embedded and found is not None and found != HEAD:
        backup = back_up(database)
    with database.connect() as connection:
        command.upgrade(_config(connection), revision)
        if revision == "head" and found != HEAD:
            _sign(connection)
        _commit(connection)
    return backup


def downgrade(database: Database, revision: str) -> Path | None:
    """Take the schema down to ``revision`` (or ``base``); an embedded database is copied first."""
    from alembic import command

    backup = back_up(database) if database.is_embedded and current(database) is not None else None
    with database.connect() as connection:
        command.downgrade(_config(connection), revision)
        _commit(connection)
    return backup


def back_up(database: Database, target: Path | None = None) -> Path:
    """Copy the embedded database to ``target`` (default: the backups folder beside it), whole, while it is in use."""
    source = Path(database.url.database or "")
    if target is None:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        target = source.parent / "backups" / f"{source.stem}-{stamp}{source.suffix}"
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + ".part")
    with sqlite3.connect(source) as reading, sqlite3.connect(unfinished) as writing:
        reading.backup(writing)
    reading.close()
    writing.close()
    shutil.move(unfinished, target)
    return target


def _commit(connection: Connection) -> None:
    connection.commit()


@functools.cache
def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config(None))


def _config(connection: Connection | None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(paths.migrations()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
