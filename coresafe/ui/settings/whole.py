"""A whole number in a range, such as a port, days or minutes."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import Qt

from coresafe.ui.forms import QuantityField
from coresafe.ui.theme import GRID
from coresafe.ui.widgets import Scaled, label
from coresafe.ui.words import tr


class WholeField(QuantityField):
    """``unit``: what it counts, in words beside it; ``rule``: what else is wrong with a number in the range, or ""."""

    def __init__(
        self,
        name: str,
        title: str,
        *,
        least: int,
        most: int,
        note: str = "",
        unit: str = "",
        rule: Callable[[int], str] = lambda _number: "",
    ) -> None:
        self._rule = rule
        super().__init__(name, title, required=True, least=least, most=most, note=note)
        self.edit.setAlignment(Qt.AlignmentFlag.AlignLeft)
        Scaled(self.edit, self.edit.setFixedWidth, 12 * GRID)
        # What is wrong with it takes the whole line, a few figures do not.
        self._line.setStretch(0, 0)
        if unit:
            self._line.addWidget(label(unit, "muted"))
        self._line.addStretch(1)

    def look_again(self) -> None:
        """What its rule goes by has changed: what is told of it may be wrong, or missing, by now."""
        if self._judged:
            self.check()

    def _problem(self) -> str:
        found = self.value() if re.fullmatch(r"\s*[0-9]+\s*", self.typed()) else None
        if found is None or not self.least <= found <= self.most:
            return tr("Enter a whole number from {least} to {most}.", least=self.least, most=self.most)
        return self._rule(found)
