"""Every setting of the program, declared once.

The environment wins over ``.env`` in the working folder, and that over ``config.toml`` in the user's configuration
folder. In the environment the names begin with ``CORESAFE_``; in ``config.toml`` they stand without it, in small
letters.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from coresafe import paths
from coresafe.errors import FieldError, ValidationFailed

PREFIX = "CORESAFE_"
FILE_NAME = "config.toml"
#: Under which the operating system's keyring keeps database passwords.
KEYRING_SERVICE = "CoreSafe database"
#: And those of mail servers.
MAIL_KEYRING_SERVICE = "CoreSafe mail"
DEFAULT_PORT = 3306
_ORIGIN = re.compile(r"https?://[^\s/*@]+")
#: As a mail server takes it without further ado.
_ADDRESS = re.compile(r"[!-9;=?A-Z^-~]+@[A-Za-z0-9.-]+")
_LINES = ("starttls", "tls", "none")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class Settings(BaseSettings):
    """The settings as they are in force; each field's description says what it does."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8", extra="ignore")

    database_url: str = Field(
        default="",
        description="The shared database, mysql+pymysql://user:password@host:3306/coresafe. "
        "Absent: an embedded SQLite file in the user's data folder.",
    )
    database_password: SecretStr | None = Field(
        default=None,
        description="The database's password, where the URL holds none. Absent: the one the keyring keeps.",
    )
    database_hosts: Annotated[tuple[tuple[str, int], ...], NoDecode] = Field(
        default=(),
        description="Members of one cluster, host1:3306,host2:3306; the writable one is used.",
    )
    database_ca: Path | None = Field(
        default=None, description="File with the certificate authority the server's certificate must be signed by."
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Signs the API's tokens; at least 32 bytes. Absent: one is made at the first start and kept in the "
        "user's data folder.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Origins that browsers may call the API from, separated by commas; none by default."
    )
    debug: bool = Field(default=False, description="Log every detail, to the terminal too.")
    log_level: str = Field(default="INFO", description="Least level that is logged: DEBUG, INFO, WARNING or ERROR.")
    shed: str = Field(default="", description="Code or name of the shed this machine stands in.")
    password: SecretStr | None = Field(
        default=None, description="Password of the user named with --as at the command line."
    )
    smtp_host: str = Field(default="", description="The mail server that takes the day's digest (`coresafe notify`).")
    smtp_port: int = Field(
        default=0, ge=0, le=65535, description="Its port. Absent: 587, with CORESAFE_SMTP_TLS=tls 465, with none 25."
    )
    smtp_user: str = Field(default="", description="Who signs in there. Absent: nobody needs to.")
    smtp_password: SecretStr | None = Field(
        default=None, description="That user's password. Absent: the one the keyring keeps for user@host."
    )
    smtp_from: str = Field(default="", description="The address that the digest comes from.")
    smtp_to: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="The addresses that the digest goes to, separated by commas."
    )
    smtp_tls: str = Field(
        default="starttls",
        description="starttls: the line is made secret before anything is said; tls: it is from the first byte; none: it is not.",
    )
    smtp_ca: Path | None = Field(
        default=None, description="File with the certificate authority the mail server's certificate must be signed by."
    )
    home: Path | None = Field(
        default=None,
        description="One folder for everything of a user (settings, data, logs); only from the environment.",
    )

    @field_validator("database_hosts", mode="before")
    @classmethod
    def _hosts(cls, value: object) -> object:
        return parse_hosts(value) if isinstance(value, str) else value

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _origins(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _named_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Each by name: with credentials, "everybody" would let any page act for whoever is signed in."""
        for origin in value:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError("takes origins such as https://dashboard.example.com, separated by commas")
        return value

    @field_validator("smtp_to", mode="before")
    @classmethod
    def _addresses(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("smtp_to")
    @classmethod
    def _to_somebody(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            if not _ADDRESS.fullmatch(address):
                raise ValueError("takes addresses such as shed@example.com, separated by commas")
        return value

    @field_validator("smtp_from")
    @classmethod
    def _from_somebody(cls, value: str) -> str:
        if value and not _ADDRESS.fullmatch(value.strip()):
            raise ValueError("takes one address such as coresafe@example.com")
        return value.strip()

    @field_validator("smtp_port", mode="before")
    @classmethod
    def _blank_is_the_usual(cls, value: object) -> object:
        return 0 if value == "" else value

    @field_validator("smtp_tls")
    @classmethod
    def _line(cls, value: str) -> str:
        if not value:
            return _LINES[0]
        if value.lower() not in _LINES:
            raise ValueError(f"must be one of {', '.join(_LINES)}")
        return value.lower()

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.upper() not in _LEVELS:
            raise ValueError(f"must be one of {', '.join(_LEVELS)}")
        return value.upper()

    @field_validator(
        "database_ca", "smtp_ca", "home", "database_password", "secret_key", "password", "smtp_password", mode="before"
    )
    @classmethod
    def _blank_is_absent(cls, value: object) -> object:
        return None if value == "" else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - there are no such files
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The order of the sources; the file is looked for each time, for its folder follows ``CORESAFE_HOME``."""
        file = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, dotenv_settings, file


def from_environment(name: str) -> str:
    """What the environment or ``.env`` says of a setting, which goes before what is chosen in the windows; "" for nothing."""
    sources = (EnvSettingsSource(Settings), DotEnvSettingsSource(Settings, env_file=".env"))
    return next((found for source in sources if (found := str(source().get(name) or "").strip())), "")


def config_file() -> Path:
    """Where ``config.toml`` lies."""
    return paths.config_folder() / FILE_NAME


def load() -> Settings:
    """The settings in force. Raises ValidationFailed naming each that cannot be used, never showing its value."""
    import tomllib

    try:
        return Settings()
    except ValidationError as error:
        wrong = [
            FieldError(".".join(str(part) for part in problem["loc"]), f"{_named(problem['loc'])} {_why(problem)}.")
            for problem in error.errors(include_url=False, include_input=False)
        ]
        raise ValidationFailed(wrong) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ValidationFailed.of("config", f"{config_file()} cannot be read: {error}.") from error


def _named(location: tuple[int | str, ...]) -> str:
    return f"{PREFIX}{str(location[0]).upper()}" if location else "A setting"


def _why(problem: Any) -> str:
    return str(problem["msg"]).removeprefix("Value error, ")[:1].lower() + str(problem["msg"]).removeprefix(
        "Value error, "
    )[1:].rstrip(".")


def parse_hosts(text: str) -> tuple[tuple[str, int], ...]:
    """``host1:3306,host2`` as pairs of host and port; IPv6 addresses in brackets. Raises ValueError."""
    hosts = []
    for part in (piece.strip() for piece in text.split(",")):
        if not part:
            continue
        host, colon, port = part.rpartition(":") if not part.endswith("]") and ":" in part else (part, "", "")
        if colon and not (port.isdecimal() and 0 < int(port) < 65536):  # TCP's ports
            raise ValueError(f"{part[:80]!r} is not of the form host:3306")
        hosts.append((host.strip("[]"), int(port) if colon else DEFAULT_PORT))
    return tuple(hosts)


def keyring_password(account: str, service: str = KEYRING_SERVICE) -> str | None:
    """The password the operating system's keyring keeps for ``user@host/database``; None where there is none."""
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(service, account)
    except KeyringError:
        return None


def remember_password(account: str, password: str) -> bool:
    """Put a password into the keyring; False where this machine has none that works."""
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(KEYRING_SERVICE, account, password)
    except KeyringError:
        return False
    return True


def remember(**values: str) -> Path:
    """Write settings (names as in ``Settings``) into ``config.toml``, keeping the others; an empty one is taken out."""
    import tomllib

    unknown = set(values) - set(Settings.model_fields)
    if unknown:
        raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
    path = config_file()
    there: dict[str, Any] = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    merged = {name: value for name, value in (there | values).items() if value not in ("", None)}
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in merged.items()]
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text("".join(lines), "utf-8")
    unfinished.chmod(0o600)
    unfinished.replace(path)
    return path
