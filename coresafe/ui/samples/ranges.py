"""Many samples in a row: ids that count on from the first as it was typed, and a stretch of core split evenly. No Qt."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

#: Words, then the number that is counted on; more figures than a number has belong to the words.
_NUMBERED = re.compile(r"(.*?)([0-9]{1,15})", re.DOTALL)
_FIGURES = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Numbered:
    """An id that ends in a number: ``THA-000451`` is ``THA-``, 451, in six figures."""

    prefix: str
    number: int
    figures: int

    @classmethod
    def of(cls, words: str) -> Numbered | None:
        """Read an id; None where it does not end in a number."""
        found = _NUMBERED.fullmatch(words.strip())
        return cls(found[1], int(found[2]), len(found[2])) if found else None

    def on(self, steps: int) -> str:
        """The id so many further, with as many leading zeros as were typed."""
        return f"{self.prefix}{self.number + steps:0{self.figures}d}"

    def steps_to(self, last: str) -> int | None:
        """How far it is to another id, or to a number alone; None where that begins otherwise."""
        words = last.strip()
        if _FIGURES.fullmatch(words):
            return int(words) - self.number
        other = Numbered.of(words)
        if other is None or other.prefix.casefold() != self.prefix.casefold():
            return None
        return other.number - self.number


def split(start: float, end: float, count: int) -> list[tuple[float, float]]:
    """``count`` intervals of one length from ``start`` to ``end``, in metres to the millimetre; each begins where one ends."""
    return _between([start + (end - start) * at / count for at in range(count + 1)])


def laid(start: float, length: float, count: int) -> list[tuple[float, float]]:
    """``count`` intervals of ``length`` metres, one below the other."""
    return _between([start + length * at for at in range(count + 1)])


def _between(marks: list[float]) -> list[tuple[float, float]]:
    told = [round(mark, 3) for mark in marks]
    return list(itertools.pairwise(told))
