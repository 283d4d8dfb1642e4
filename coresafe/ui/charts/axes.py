"""The axes of a chart: whole numbers or per cents on one, names on the other, never so many that they overlap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetricsF

from coresafe.ui.theme import theme
from coresafe.ui.words import number

#: Pixels between two numbers at least; and between two names.
_APART, _AIR = 36.0, 8.0
#: So far a name may reach beyond the axis.
_EDGE = 4.0
#: How a January is written, and after how many months the next name may stand.
_JANUARIES = "-01"
_CALENDAR = (2, 3, 6, 12, 24, 36, 60, 120)
#: Names at the left are no wider than this times the size of the text.
_WIDEST = 136
_SMALL = 0.92


class _Axis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph ships no types
    def __init__(self, side: str) -> None:
        super().__init__(side)
        self.enableAutoSIPrefix(False)
        self.setStyle(tickLength=0, tickTextOffset=6, autoExpandTextSpace=True, hideOverlappingLabels=False)
        self._words = ""

    def name(self, words: str) -> None:
        """What the axis tells, with its unit; "" where the names say it themselves."""
        self._words = words
        self.dress()

    def dress(self) -> None:
        """In the theme's colours and size of text."""
        look = theme()
        font = look.figures(_SMALL)
        self.setStyle(tickFont=font)
        self.setPen(pg.mkPen(QColor(look.colour("line"))))
        self.setTextPen(pg.mkPen(QColor(look.colour("muted"))))
        size = f"{font.pixelSize()}px"
        self.setLabel(self._words or None, color=look.colour("muted"), **{"font-size": size})
        self.showLabel(bool(self._words))
        if self.label is not None:
            self.label.setFont(font)

    @property
    def metrics(self) -> QFontMetricsF:
        """Of what is written at the ticks."""
        return QFontMetricsF(theme().figures(_SMALL))


class Numbers(_Axis):
    """Counts, or shares as per cents."""

    percent = False

    def values(self, top: float, pixels: float) -> list[float]:
        """Where numbers stand from 0 to ``top``, on so many pixels."""
        if self.percent:
            return [0.0, 0.25, 0.5, 0.75, 1.0] if pixels > 5 * _APART else [0.0, 0.5, 1.0]
        step = nice_step(top, max(2, int(pixels / _APART)))
        return [step * n for n in range(int(top / step) + 1)]

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        across = self.orientation in ("bottom", "top")
        values = self.values(maxVal, size / 1.6 if across else size)
        return [(1.0, [value for value in values if minVal <= value <= maxVal])]

    def tickStrings(self, values: Sequence[float], _scale: float, _spacing: float) -> list[str]:
        return [f"{round(value * 100)}" if self.percent else number(round(value)) for value in values]


class Names(_Axis):
    """The categories, at 0, 1, 2 and so on; not every one where they are too many for the place."""

    names: Sequence[str] = ()
    #: For how many there is room.
    places = 1

    def tickValues(self, _minVal: float, _maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        count = len(self.names)
        if not count:
            return []
        place = max(1.0, size / max(count, self.places))
        last = count - 1
        if self.orientation in ("left", "right"):
            step = math.ceil((self.metrics.height() + 2) / place)
        else:
            widest = max(self.metrics.horizontalAdvance(name) for name in self.names)
            step = math.ceil((widest + _AIR) / place)
            # The last name must not stand beyond the end of the axis.
            last = max(0, math.floor(count - 0.5 - (widest / 2 - _EDGE) / place)) if step > 1 else last
        step = max(1, step)
        last = min(last, count - 1)
        start = last % step  # counted from the newest back
        if step > 1 and (first := self._january()) is not None:
            # Months are named as a calendar has them: each quarter, each January.
            step = next((each for each in _CALENDAR if each >= step), step)
            start = first % step
        return [(1.0, [float(at) for at in range(start, count, step) if at <= last])]

    def _january(self) -> int | None:
        return next((at for at, name in enumerate(self.names) if name.endswith(_JANUARIES)), None)

    def tickStrings(self, values: Sequence[float], _scale: float, _spacing: float) -> list[str]:
        widest = _WIDEST * max(1.0, theme().scale)
        names = [self.names[round(value)] for value in values]
        if self.orientation != "left":
            return names
        return [self.metrics.elidedText(name, Qt.TextElideMode.ElideRight, widest) for name in names]


def nice_step(top: float, most: int) -> float:
    """The least of 1, 2, 5, 10, 20 … of which ``most`` steps reach ``top``."""
    step: Any = 1
    while top / step > most:
        for times in (2, 5, 10):
            if top / (step * times) <= most or times == 10:
                step *= times
                break
    return float(step)
