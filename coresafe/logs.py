"""Structured logging: one JSON object a line in the user's log folder, words on the terminal; nothing secret in either."""

from __future__ import annotations

import json
import logging
import logging.handlers
import sys
from datetime import UTC, datetime
from pathlib import Path

#: Largest log file and how many older ones are kept.
_BYTES = 2_000_000
_KEPT = 5


def get(name: str) -> logging.Logger:
    """The logger of a module; all are children of ``coresafe``."""
    return logging.getLogger(name if name.startswith("coresafe") else f"coresafe.{name}")


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the trace of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as one line."""
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        extra = getattr(record, "fields", None)
        if isinstance(extra, dict):
            entry.update(extra)
        return json.dumps(entry, ensure_ascii=False, default=str)


def start(folder: Path | None, level: str = "INFO", *, terminal: bool = False) -> None:
    """Begin to log: to ``coresafe.log`` in ``folder`` (rotated), and to standard error where ``terminal``."""
    root = logging.getLogger("coresafe")
    root.setLevel(level)
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        file = logging.handlers.RotatingFileHandler(
            folder / "coresafe.log", maxBytes=_BYTES, backupCount=_KEPT, encoding="utf-8", delay=True
        )
        file.setFormatter(JsonLines())
        root.addHandler(file)
    if terminal:
        stream = logging.StreamHandler(sys.stderr)
        stream.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        root.addHandler(stream)


def stop() -> None:
    """Close the log files."""
    root = logging.getLogger("coresafe")
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
