"""What the pages and the paper of stocktakes call things."""

from __future__ import annotations

import re
from collections.abc import Iterable

from coresafe.models.enums import State
from coresafe.ui.theme import status
from coresafe.ui.words import tr

_NUMBER = re.compile(r"S-\d{4}-\d{6,9}", re.IGNORECASE)


def is_stocktake(words: str) -> bool:
    """The number of a stocktake, as its count sheet bears it."""
    return _NUMBER.fullmatch(words.strip()) is not None


def state_word(state: State | str) -> str:
    """'Available'."""
    return status(str(state)).text


def joined(words: Iterable[str]) -> str:
    """'available, occupied and damaged'."""
    listed = list(words)
    if len(listed) < 2:
        return "".join(listed)
    return tr("{first} and {last}", first=", ".join(listed[:-1]), last=listed[-1])


def signed(count: int) -> str:
    """A variance with its sign: '+2', '−3', '0'."""
    return f"{count:+,}".replace("-", "\N{MINUS SIGN}").replace(",", "\N{NARROW NO-BREAK SPACE}") if count else "0"


def place_words(place: str) -> str:
    """Where something was counted; a place without a name is the shed as a whole."""
    return place or tr("no place named")
