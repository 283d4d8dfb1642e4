"""A field that was not sent, told apart from one that was sent empty."""

from __future__ import annotations

from enum import Enum


class Unset(Enum):
    """The type of ``UNSET``."""

    UNSET = "unset"


UNSET = Unset.UNSET
