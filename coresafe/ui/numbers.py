"""Numbers on our paper that every page knows, wherever they are scanned or typed."""

from __future__ import annotations

import re

_TRANSFER = re.compile(r"T-\d{4}-\d{6,9}", re.IGNORECASE)


def is_transfer(words: str) -> bool:
    """The number of a transfer between sheds."""
    return _TRANSFER.fullmatch(words.strip()) is not None
