"""Settings: where they come from, in which order, and what is said of those that cannot be used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import keyring.backend
import pytest

from coresafe import config
from coresafe.errors import ValidationFailed
from coresafe.services import opening


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No ``.env`` of somebody else's."""
    monkeypatch.chdir(tmp_path)


def test_without_anything_there_is_an_embedded_database(own_home: Path) -> None:
    settings = config.load()
    url = opening.database_url(settings)
    assert url.get_backend_name() == "sqlite"
    assert url.database == str(own_home / "data" / "coresafe.db")
    assert (settings.log_level, settings.debug, settings.cors_origins) == ("INFO", False, ())


def test_environment_wins_over_env_file_and_that_over_config_toml(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.remember(shed="FILE", log_level="error", database_hosts="a:1,b")
    assert config.config_file() == own_home / "config" / "config.toml"
    assert config.load().shed == "FILE"
    (tmp_path / ".env").write_text("CORESAFE_SHED=DOTENV\nSOMETHING_ELSE=1\n")
    assert config.load().shed == "DOTENV"
    monkeypatch.setenv("CORESAFE_SHED", "ENVIRONMENT")
    settings = config.load()
    assert (settings.shed, settings.log_level) == ("ENVIRONMENT", "ERROR")
    assert settings.database_hosts == (("a", 1), ("b", 3306))


def test_remembering_keeps_the_rest_and_takes_out_what_is_empty() -> None:
    config.remember(shed='North "2"', log_level="DEBUG")
    path = config.remember(log_level="")
    assert path.read_text() == 'shed = "North \\"2\\""\n'
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(ValueError, match="colour"):
        config.remember(colour="red")


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("db1:3306,db2:3307", (("db1", 3306), ("db2", 3307))),
        (" db1 , ", (("db1", 3306),)),
        ("[::1]:3310,[fe80::2]", (("::1", 3310), ("fe80::2", 3306))),
        ("", ()),
    ],
)
def test_hosts_of_a_cluster(monkeypatch: pytest.MonkeyPatch, text: str, hosts: tuple[tuple[str, int], ...]) -> None:
    monkeypatch.setenv("CORESAFE_DATABASE_HOSTS", text)
    assert config.load().database_hosts == hosts


@pytest.mark.parametrize(
    ("name", "value"),
    [("CORESAFE_DATABASE_HOSTS", "db:port"), ("CORESAFE_DEBUG", "perhaps"), ("CORESAFE_LOG_LEVEL", "loud")],
)
def test_a_setting_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationFailed, match=name):
        config.load()


def test_a_broken_config_file_is_named(own_home: Path) -> None:
    config.config_file().parent.mkdir(parents=True)
    config.config_file().write_text("shed = ")
    with pytest.raises(ValidationFailed, match=r"config\.toml"):
        config.load()


def test_the_password_comes_from_its_own_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORESAFE_DATABASE_URL", "mysql://core@db.example:3307/coresafe")
    monkeypatch.setenv("CORESAFE_DATABASE_PASSWORD", "p@ss/w:rd")
    url = opening.database_url(config.load())
    assert (url.drivername, url.password, url.port) == ("mysql+pymysql", "p@ss/w:rd", 3307)
    monkeypatch.setenv("CORESAFE_DATABASE_URL", "mysql+pymysql://core:own@db.example/coresafe")
    assert opening.database_url(config.load()).password == "own"


class _Memory(keyring.backend.KeyringBackend):
    """A keyring that forgets with the test."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


def test_the_keyring_fills_what_neither_url_nor_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(_Memory())
    try:
        monkeypatch.setenv("CORESAFE_DATABASE_URL", "mysql+pymysql://core@db.example/coresafe")
        assert opening.database_url(config.load()).password is None
        account = opening.account_of(opening.database_url(config.load()))
        assert config.remember_password(account, "kept")
        assert opening.database_url(config.load()).password == "kept"
    finally:
        keyring.set_keyring(before)


@pytest.mark.parametrize("url", ["nonsense", "postgresql://u:topsecret@h/d", "mysql+pymysql://u:topsecret@h"])
def test_a_url_that_cannot_be_used_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("CORESAFE_DATABASE_URL", url)
    with pytest.raises(ValidationFailed) as refused:
        opening.database_url(config.load())
    assert "topsecret" not in refused.value.message


def test_every_setting_says_what_it_does() -> None:
    assert all(field.description for field in config.Settings.model_fields.values())


def test_settings_load_without_the_heavy_libraries() -> None:
    heavy = "('sqlalchemy', 'typer', 'keyring', 'PySide6')"
    code = f"import coresafe.config, sys; print([m for m in {heavy} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
