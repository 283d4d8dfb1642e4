"""What a chart shows, before it is drawn: its words, its series and their points. No Qt here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from coresafe.ui.behind import Behind


class Shape(StrEnum):
    """How the points of the series stand to each other."""

    STACKED = "stacked"  # bars on top of each other
    BESIDE = "beside"  # bars side by side
    ACROSS = "across"  # bars from left to right, end to end, the categories below each other
    LINE = "line"


class Pattern(StrEnum):
    """What tells a series apart besides its colour."""

    PLAIN = "plain"
    RISING = "rising"
    FALLING = "falling"
    CROSSED = "crossed"
    LEVEL = "level"


@dataclass(frozen=True, slots=True)
class Point:
    """One value; None where there is none. ``said`` names it in full; ``behind`` are the rows it counts."""

    value: float | None
    said: str
    behind: Behind | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Points, one for each category. ``token`` is the colour."""

    name: str
    token: str
    pattern: Pattern
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart. ``about`` says of what and when it is; ``across`` and ``up`` name the axes, with their units.

    ``first``: whether the keyboard begins at the first category, and not at the last. ``labelled``: each bar carries its
    value. ``empty`` is said where there is nothing to show.
    """

    key: str
    title: str
    about: str
    across: str
    up: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    shape: Shape
    empty: str
    percent: bool = False
    labelled: bool = False
    first: bool = True

    @property
    def is_empty(self) -> bool:
        """Whether no point says anything."""
        points = [point for series in self.series for point in series.points]
        # A rate of nothing is a rate.
        return not any(point.value or (self.percent and point.value is not None) for point in points)

    @property
    def top(self) -> float:
        """The highest value that is reached."""
        if self.percent:
            return 1.0
        if self.shape in (Shape.STACKED, Shape.ACROSS):
            return max(self.totals(), default=0.0)
        return max((point.value or 0.0 for series in self.series for point in series.points), default=0.0)

    def totals(self) -> Iterator[float]:
        """All series together, category by category."""
        for at in range(len(self.categories)):
            yield sum(series.points[at].value or 0.0 for series in self.series)
