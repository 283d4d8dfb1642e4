"""Choosing the database this computer uses, and remembering it.

The address goes into ``config.toml``, the password into the operating system's keyring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.engine import URL

from coresafe import config
from coresafe.services.opening import account_of

if TYPE_CHECKING:
    from coresafe.services.diagnosis import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """A MySQL server as a person types it."""

    host: str
    port: int
    database: str
    user: str
    password: str

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


def test_address(address: ServerAddress) -> tuple[Finding, ...]:
    """Look at a connection step by step."""
    from coresafe.services.diagnosis import diagnose

    return diagnose(address.url())


def remember_server(address: ServerAddress) -> bool:
    """Use this server from now on; False where no keyring could keep the password, which must then be typed again."""
    url = address.url()
    config.remember(database_url=url.set(password=None).render_as_string(hide_password=False))
    return not address.password or config.remember_password(account_of(url), address.password)


def remember_embedded() -> None:
    """Use the embedded database from now on."""
    from coresafe.services.opening import embedded_path

    config.remember(database_url=URL.create("sqlite", database=str(embedded_path())).render_as_string())
