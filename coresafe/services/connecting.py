"""Choosing the database this computer uses, and remembering it.

The address goes into ``config.toml``, the password into the operating system's keyring.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import URL

from coresafe import config
from coresafe.errors import ValidationFailed
from coresafe.services.opening import account_of

if TYPE_CHECKING:
    from coresafe.config import Settings
    from coresafe.services.diagnosis import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """A MySQL server as a person types it; ``ca`` is the file of the authority that must have signed its certificate."""

    host: str
    port: int
    database: str
    user: str
    password: str
    ca: Path | None = None

    def url(self) -> URL:
        """As SQLAlchemy takes it."""
        return URL.create(
            "mysql+pymysql",
            username=self.user,
            password=self.password or None,
            host=self.host,
            port=self.port,
            database=self.database,
        )


def address_of(settings: Settings) -> ServerAddress | None:
    """The server that the settings name, without its password; None where they name none."""
    from coresafe.services.opening import database_url

    try:
        url = database_url(settings.model_copy(update={"database_password": None}), ask_keyring=False)
    except ValidationFailed:
        return None
    if url.get_backend_name() == "sqlite":
        return None
    return ServerAddress(
        host=url.host or "",
        port=url.port or config.DEFAULT_PORT,
        database=url.database or "",
        user=url.username or "",
        password="",
        ca=settings.database_ca,
    )


def test_address(address: ServerAddress, check: Callable[[], None]) -> tuple[Finding, ...]:
    """Look at a connection step by step; ``check`` is called in between and may raise Cancelled."""
    from coresafe.services.diagnosis import diagnose

    return diagnose(address.url(), ca=address.ca, check=check)


def remember_server(address: ServerAddress) -> bool:
    """Use this server from now on; False where no keyring could keep the password, which must then be typed again."""
    url = address.url()
    bare = replace(address, password="").url()  # URL.set() would keep the password
    config.remember(
        database_url=bare.render_as_string(hide_password=False),
        database_hosts="",  # another cluster's, if there are any
        database_ca=str(address.ca or ""),
    )
    return not address.password or config.remember_password(account_of(url), address.password)


def remember_embedded() -> None:
    """Use the embedded database from now on."""
    from coresafe.services.opening import embedded_path

    config.remember(
        database_ca="",
        database_hosts="",
        database_url=URL.create("sqlite", database=str(embedded_path())).render_as_string(),
    )
