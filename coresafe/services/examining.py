"""What ``coresafe doctor`` looks at: the connection step by step, then the schema and the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from coresafe.errors import CoreSafeError, SchemaMismatch
from coresafe.services import facts, failures, schema
from coresafe.services.database import Database, is_here
from coresafe.services.diagnosis import Finding, diagnose


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A database in a few facts: its program and version, its schema, and how far its clock is ahead of this machine's."""

    server: str
    schema: str
    ahead: timedelta


def describe(database: Database) -> Description:
    """The facts, in one round trip. Raises DatabaseUnavailable."""
    version = sa.func.sqlite_version() if database.is_embedded else sa.func.version()
    schema_version = sa.select(sa.column("version_num")).select_from(sa.table("alembic_version")).scalar_subquery()
    try:
        with database.connect() as connection:
            before = datetime.now(UTC)
            statement = sa.select(version.label("said"), schema_version.label("schema"), facts.utc_now().label("clock"))
            row = connection.execute(statement).one()
            after = datetime.now(UTC)
    except Exception as error:
        told = failures.translated(error)
        if told is None:
            raise
        raise told from error
    name = {"sqlite": "SQLite", "mysql": "MySQL", "mariadb": "MariaDB"}[database.flavour]
    # The answer was written, on the average, half way between.
    ahead = timedelta(0) if database.is_embedded else row.clock - (before + (after - before) / 2)
    return Description(server=f"{name} {str(row.said).partition('-')[0]}", schema=str(row.schema), ahead=ahead)


def examine(database: Database) -> Iterator[Finding]:
    """Every finding in turn; stops at the first without which nothing else works."""
    looks = _embedded(database) if database.is_embedded else _servers(database)
    for finding in looks:
        yield finding
        if finding.stops or (finding.name == "schema" and not finding.ok):
            return
    yield _told("ledger", lambda: _ledger(database))


def _servers(database: Database) -> Iterator[Finding]:
    """Each member of the cluster; with one that can be used, those that cannot are told and do not stop."""
    usable = False
    kept: list[Finding] = []
    for host, port in database.hosts:
        found = diagnose(database.url.set(host=host, port=port), ca=database.ca, require_tls=database.require_tls)
        usable = usable or not any(finding.stops for finding in found)
        shown = f" ({host}:{port})" if len(database.hosts) > 1 else ""
        kept += [_advice(replace(finding, text=finding.text + shown), host) for finding in found]
    for finding in kept:
        yield replace(finding, stops=False) if usable else finding
    if usable:
        yield _told("writing", lambda: _writable(database))


def _advice(finding: Finding, host: str) -> Finding:
    """What is as it may be: no encryption inside one machine, no right to upgrade for the daily user."""
    inside = finding.name == "encryption" and is_here(host)
    daily = finding.name == "privileges" and not finding.stops
    return replace(finding, ok=True) if inside or daily else finding


def _embedded(database: Database) -> Iterator[Finding]:
    if not Path(database.url.database or "").is_file():
        text = "There is no database yet."
        yield Finding(name="connection", ok=False, text=text, todo="Set it up: coresafe db upgrade", stops=True)
        return
    yield _told("connection", lambda: _sqlite(database))
    yield _told("schema", lambda: _schema(database))


def _told(name: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Exception as error:  # noqa: BLE001 - a finding of its own, whatever it is
        told = error if isinstance(error, CoreSafeError) else failures.translated(error)
        if told is None:
            text = f"It could not be looked at ({type(error).__name__})."
            return Finding(name=name, ok=False, text=text, todo="Is this file a CoreSafe database?", stops=True)
        return Finding(name=name, ok=False, text=told.message, todo=told.hint, stops=True)


def _sqlite(database: Database) -> Finding:
    with database.connect() as connection:
        version = connection.exec_driver_sql("SELECT sqlite_version()").scalar()
    return Finding(name="connection", ok=True, text=f"{database.where}, embedded (SQLite {version})")


def _writable(database: Database) -> Finding:
    with database.connect() as connection:
        connection.execute(sa.select(1)).scalar()
    return Finding(name="writing", ok=True, text="a server that takes changes is connected")


def _schema(database: Database) -> Finding:
    try:
        schema.require_current(database)
    except SchemaMismatch as error:
        return Finding(name="schema", ok=False, text=error.message, todo=error.hint)
    return Finding(name="schema", ok=True, text=f"version {schema.HEAD}")


def _ledger(database: Database) -> Finding:
    from coresafe.services.proving import prove

    proof = prove(database)
    if proof.problems:
        text = f"{len(proof.problems):,} things do not fit; the first: {proof.problems[0]}"
        return Finding(name="ledger", ok=False, text=text, todo="See all of them: coresafe db check")
    warned = f"; {len(proof.warnings):,} warnings, see coresafe db check" if proof.warnings else ""
    return Finding(name="ledger", ok=True, text=f"everything fits{warned}")
