"""How CoreSafe looks: light, dark, or as the system does, and how large its text is."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from coresafe.ui.state import Memory
from coresafe.ui.theme import Scheme, theme
from coresafe.ui.widgets import label
from coresafe.ui.words import mark, tr

#: How large text can be, as a share of the usual size, with its words.
SIZES = {0.9: mark("Small"), 1.0: mark("Usual"), 1.15: mark("Large"), 1.3: mark("Very large")}


class LookSection(QWidget):
    """One of three looks, one of four sizes of text; in force at once."""

    def __init__(self, memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._memory = memory
        words = {
            Scheme.SYSTEM: tr("As this computer is set"),
            Scheme.LIGHT: tr("Light"),
            Scheme.DARK: tr("Dark"),
        }
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(label(tr("Look"), "title"))
        column.addSpacing(8)
        column.addWidget(label(tr("For this computer, whoever signs in."), "muted"))
        column.addSpacing(16)
        self.choices: dict[Scheme, QRadioButton] = {}
        self._group = QButtonGroup(self)
        for scheme, text in words.items():
            choice = QRadioButton(text)
            choice.setChecked(scheme is theme().scheme)
            choice.clicked.connect(lambda _checked=False, scheme=scheme: self._choose(scheme))
            self._group.addButton(choice)
            self.choices[scheme] = choice
            column.addWidget(choice)
        column.addSpacing(16)
        column.addWidget(label(tr("Size of the text"), "section"))
        column.addSpacing(8)
        self.sizes: dict[float, QRadioButton] = {}
        self._size_group = QButtonGroup(self)
        for size, word in SIZES.items():
            choice = QRadioButton(tr(word))
            choice.setAccessibleName(tr("Size of the text: {word}", word=tr(word)))
            choice.setChecked(abs(size - theme().scale) < 0.01)
            choice.clicked.connect(lambda _checked=False, size=size: self._resize(size))
            self._size_group.addButton(choice)
            self.sizes[size] = choice
            column.addWidget(choice)
        column.addStretch(1)
        self.setFocusProxy(self.choices[theme().scheme])

    def _resize(self, size: float) -> None:
        self._memory.remember("look/size", size)
        self._memory.save()
        theme().set_scale(size)

    def _choose(self, scheme: Scheme) -> None:
        self._memory.remember("look/scheme", scheme.value)
        self._memory.save()
        theme().choose(scheme)
        self.setFocusProxy(self.choices[scheme])
