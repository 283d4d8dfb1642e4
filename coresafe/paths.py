"""Where things lie: what ships with the program, and the user's own folders."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs

_NAME = "CoreSafe"


def shipped() -> Path:
    """The folder that holds ``migrations`` and ``resources``: the project's, or the bundle's when frozen."""
    bundle = getattr(sys, "_MEIPASS", None)
    return Path(bundle) if bundle else Path(__file__).resolve().parent.parent


def migrations() -> Path:
    """The Alembic scripts."""
    return shipped() / "migrations"


def resources() -> Path:
    """Icons, style, translations and fonts."""
    return shipped() / "resources"


def config_folder() -> Path:
    """Where ``config.toml`` and the remembered layout lie (``CORESAFE_HOME`` puts everything of a user in one folder)."""
    return _own("config") or Path(platformdirs.user_config_dir(_NAME, appauthor=False))


def data_folder() -> Path:
    """Where the embedded database lies."""
    return _own("data") or Path(platformdirs.user_data_dir(_NAME, appauthor=False))


def log_folder() -> Path:
    """Where the log files lie."""
    return _own("logs") or Path(platformdirs.user_log_dir(_NAME, appauthor=False))


def backup_folder() -> Path:
    """Where the embedded database is copied to before it is upgraded."""
    return data_folder() / "backups"


def _own(kind: str) -> Path | None:
    home = os.environ.get("CORESAFE_HOME")
    return Path(home) / kind if home else None
