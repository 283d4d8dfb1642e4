"""What the windows remember between two starts: sizes, columns, choices. One INI file in the user's own folder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QHeaderView, QSplitter, QWidget

from coresafe import paths


class Memory:
    """Remembers by name. What cannot be read is forgotten, for a layout is never worth an error."""

    def __init__(self, file: Path | None = None, username: str = "") -> None:
        self._file = file or paths.config_folder() / "layout.ini"
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._settings = QSettings(str(self._file), QSettings.Format.IniFormat)
        self._person = f"people/{quote(username.casefold(), safe='')}/" if username else ""

    def of(self, username: str) -> Memory:
        """What one person remembers; what he has not laid out himself is as it was left on this computer.

        Both are kept in the same file; what is remembered here is nobody else's.
        """
        return Memory(self._file, username)

    def remember(self, name: str, value: str | int | bool | float | QByteArray) -> None:
        """Keep a value under a name such as ``tables/dispatches/header``."""
        self._settings.setValue(self._person + name, value)

    def recall(self, name: str, default: Any = None) -> Any:
        """The value kept, in the type of ``default``; ``default`` where there is none or it is of another kind."""
        value = self._settings.value(self._person + name)
        if value is None and self._person:
            value = self._settings.value(name)
        if value is None:
            return default
        if isinstance(default, bool):
            return str(value).lower() == "true"
        if isinstance(default, (int, float)):
            try:
                return type(default)(value)
            except (TypeError, ValueError):
                return default
        return value

    def forget(self, name: str) -> None:
        """Forget a value and everything under its name."""
        self._settings.remove(self._person + name)

    def save(self) -> None:
        """Write it down now."""
        self._settings.sync()

    # -- the shapes of things -------------------------------------------------------------------------------------

    def keep_window(self, name: str, window: QWidget) -> None:
        """Remember where a window stands and how large it is."""
        self.remember(f"windows/{name}", window.saveGeometry())

    def restore_window(self, name: str, window: QWidget) -> bool:
        """Put it there again; False where nothing is known."""
        kept = self.recall(f"windows/{name}")
        return isinstance(kept, QByteArray) and window.restoreGeometry(kept)

    def keep_splitter(self, name: str, splitter: QSplitter) -> None:
        """Remember how a page is divided."""
        self.remember(f"splitters/{name}", splitter.saveState())

    def restore_splitter(self, name: str, splitter: QSplitter) -> bool:
        """Divide it so again; False where nothing is known."""
        kept = self.recall(f"splitters/{name}")
        return isinstance(kept, QByteArray) and splitter.restoreState(kept)

    def keep_header(self, name: str, header: QHeaderView, columns: Sequence[str]) -> None:
        """Remember which columns are shown, in which order and how wide. ``columns``: their keys as declared."""
        self.remember(f"tables/{name}/columns", _mark(columns))
        self.remember(f"tables/{name}/header", header.saveState())

    def restore_header(self, name: str, header: QHeaderView, columns: Sequence[str]) -> bool:
        """Lay them out so again; False where nothing is known, or other columns are declared by now."""
        kept = self.recall(f"tables/{name}/header")
        known = self.recall(f"tables/{name}/columns")
        return isinstance(kept, QByteArray) and known == _mark(columns) and header.restoreState(kept)


def _mark(columns: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(columns).encode()).hexdigest()[:16]
