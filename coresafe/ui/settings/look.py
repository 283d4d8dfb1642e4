"""How CoreSafe looks: light, dark, or as the system does, and how large its text is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from coresafe.ui.state import Memory
from coresafe.ui.theme import Scheme, theme
from coresafe.ui.widgets import label
from coresafe.ui.words import mark, tr

Key = TypeVar("Key")

#: How large text can be, as a share of the usual size, with its words.
SIZES = {0.9: mark("Small"), 1.0: mark("Usual"), 1.15: mark("Large"), 1.3: mark("Very large")}


class LookSection(QWidget):
    """One of three looks, one of four sizes of text; in force at once."""

    def __init__(self, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._memory = memory
        looks = {
            Scheme.SYSTEM: tr("As this computer is set"),
            Scheme.LIGHT: tr("Light"),
            Scheme.DARK: tr("Dark"),
        }
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(label(tr("Look"), "title"))
        self._column.addSpacing(8)
        self._column.addWidget(label(tr("For this computer, whoever signs in."), "muted"))
        self._column.addSpacing(16)
        self.choices = self._offer(looks, theme().scheme, self._choose)
        self._column.addSpacing(16)
        self._column.addWidget(label(tr("Size of the text"), "section"))
        self._column.addSpacing(8)
        sizes = {size: tr(word) for size, word in SIZES.items()}
        self.sizes = self._offer(sizes, round(theme().scale, 2), self._resize)
        for choice in self.sizes.values():
            choice.setAccessibleName(tr("Size of the text: {word}", word=choice.text()))
        self._column.addStretch(1)
        self.setFocusProxy(self.choices[theme().scheme])

    def _offer(self, words: Mapping[Key, str], now: Key, choose: Callable[[Key], None]) -> dict[Key, QRadioButton]:
        """One of these, below one another; the one in force is chosen."""
        group = QButtonGroup(self)
        made: dict[Key, QRadioButton] = {}
        for key, text in words.items():
            made[key] = choice = QRadioButton(text)
            choice.setChecked(key == now)
            choice.clicked.connect(lambda _checked=False, key=key: choose(key))
            group.addButton(choice)
            self._column.addWidget(choice)
        return made

    def _resize(self, size: float) -> None:
        self._keep("look/size", size)
        theme().set_scale(size)

    def _choose(self, scheme: Scheme) -> None:
        self._keep("look/scheme", scheme.value)
        theme().choose(scheme)
        self.setFocusProxy(self.choices[scheme])

    def _keep(self, name: str, value: str | float) -> None:
        self._memory.remember(name, value)
        self._memory.save()
