"""What a scanner reads from our paper."""

from __future__ import annotations

import re

_DISPATCH = re.compile(r"D-\d{4}-\d{6,9}", re.IGNORECASE)
_RECEIPT = re.compile(r"R-\d{4}-\d{6,9}", re.IGNORECASE)
_LAST = re.compile(r"[DRT]-\d{4}-\d{6,9}$", re.IGNORECASE)


def is_dispatch(words: str) -> bool:
    """The number of a dispatch, as its note bears it."""
    return _DISPATCH.fullmatch(words.strip()) is not None


def last_number(words: str) -> str:
    """The number at the end, where the scanner wrote behind what stood there; else the words as they are."""
    found = _LAST.search(words)
    return found.group() if found is not None else words


def is_receipt(words: str) -> bool:
    """The number of a return, as its receipt bears it."""
    return _RECEIPT.fullmatch(words.strip()) is not None


def is_number(words: str) -> bool:
    """Whether it is for the page of returns to say what this is."""
    return is_dispatch(words) or is_receipt(words)
