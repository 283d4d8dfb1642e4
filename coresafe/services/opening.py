"""Opening the database the settings name, or the embedded one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from coresafe import paths
from coresafe.errors import ValidationFailed
from coresafe.services.database import Database

if TYPE_CHECKING:
    from coresafe.config import Settings

EMBEDDED_FILE = "coresafe.db"
_DRIVER = "mysql+pymysql"
_MYSQL = ("mysql", "mariadb", _DRIVER, "mariadb+pymysql")


def embedded_path() -> Path:
    """Where the embedded database lies."""
    return paths.data_folder() / EMBEDDED_FILE


def database_url(settings: Settings, *, ask_keyring: bool = True) -> URL:
    """The URL in force, with its password from wherever it is kept. Raises ValidationFailed; never shows the URL."""
    stated = settings.database_url.strip()
    if not stated:
        return URL.create("sqlite", database=str(embedded_path()))
    try:
        url = make_url(stated)
    except (ArgumentError, ValueError):
        raise _wrong("is not a database URL") from None
    if url.drivername == "sqlite":
        return url
    if url.drivername not in _MYSQL:
        raise _wrong("names a kind of database CoreSafe does not work with")
    if not url.database:
        raise _wrong("names no database at its end")
    url = url.set(drivername=_DRIVER)
    if url.password:
        return url
    if settings.database_password is not None:
        return url.set(password=settings.database_password.get_secret_value())
    if url.username and ask_keyring:
        from coresafe.config import keyring_password

        kept = keyring_password(account_of(url))
        return url.set(password=kept) if kept else url
    return url


def account_of(url: URL) -> str:
    """Under which the keyring keeps the password of a database: ``user@host/database``."""
    return f"{url.username or ''}@{url.host or 'localhost'}/{url.database or ''}"


def open_database(settings: Settings) -> Database:
    """The database of these settings; nothing is connected yet. Raises ValidationFailed."""
    url = database_url(settings)
    ca = None if url.get_backend_name() == "sqlite" else settings.database_ca
    if ca is not None:
        from coresafe.services import certificates

        wrong = certificates.problem_of(ca)
        if wrong is not None:
            raise ValidationFailed.of("database_ca", f"CORESAFE_DATABASE_CA: {wrong[0]} {wrong[1]}")
    return Database(url, hosts=settings.database_hosts, ca=ca)


def settings_for(database: Database, settings: Settings) -> Settings:
    """``settings`` naming this very database, for another process: ``open_database`` opens it again there.

    They hold its password: they go through a pipe, never into a file or onto a command line.
    """
    return settings.model_copy(
        update={
            "database_url": database.url.render_as_string(hide_password=False),
            "database_password": None,
            "database_hosts": () if database.is_embedded else database.hosts,
            "database_ca": database.ca,
            "password": None,
        }
    )


def _wrong(what: str) -> ValidationFailed:
    return ValidationFailed.of(
        "database_url", f"CORESAFE_DATABASE_URL {what}. Write mysql+pymysql://user:password@host:3306/coresafe."
    )
