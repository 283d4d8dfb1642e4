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


#: Others whose words are kept too: the web server says there what it could not do.
_OURS = ("coresafe", "uvicorn")


def start(
    folder: Path | None,
    level: str = "INFO",
    *,
    terminal: bool = False,
    as_json: bool = False,
    name: str = "coresafe.log",
) -> None:
    """Begin to log: to a file in ``folder`` (rotated), and to standard error where ``terminal``.

    ``as_json``: on the terminal too as lines for programs. Two processes never share a file: give each its ``name``.
    """
    stop()
    handlers: list[logging.Handler] = []
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        file = logging.handlers.RotatingFileHandler(
            folder / name, maxBytes=_BYTES, backupCount=_KEPT, encoding="utf-8", delay=True
        )
        file.setFormatter(JsonLines())
        handlers.append(file)
    if terminal:
        stream = logging.StreamHandler(sys.stderr)
        stream.setFormatter(JsonLines() if as_json else logging.Formatter("%(levelname)s %(message)s"))
        handlers.append(stream)
    for logger in map(logging.getLogger, _OURS):
        logger.setLevel(level if logger.name == "coresafe" else "WARNING")
        for handler in handlers:
            logger.addHandler(handler)


def stop() -> None:
    """Close the log files."""
    for logger in map(logging.getLogger, _OURS):
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
            handler.close()
