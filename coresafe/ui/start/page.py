"""The frame all start pages share: a card in the middle of the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from coresafe.ui.theme import theme
from coresafe.ui.words import tr


class StartPage(QWidget):
    """A card with the program's name, a title and what the page adds to ``column``."""

    def __init__(self, title: str, text: str = "", *, width: int = 480) -> None:
        super().__init__()
        card = QFrame()
        card.setProperty("kind", "card")
        card.setFixedWidth(width)
        self.column = QVBoxLayout(card)
        self.column.setContentsMargins(32, 32, 32, 32)
        self.column.setSpacing(16)
        brand = QHBoxLayout()
        brand.setSpacing(8)
        mark = QLabel()
        theme().dress(mark, "layers", "accent", 24)
        name = QLabel("CoreSafe")
        name.setProperty("kind", "strong")
        brand.addWidget(mark)
        brand.addWidget(name)
        brand.addStretch(1)
        self.title = QLabel(title)
        self.title.setProperty("kind", "title")
        self.title.setWordWrap(True)
        self.text = QLabel(text)
        self.text.setProperty("kind", "muted")
        self.text.setWordWrap(True)
        self.text.setVisible(bool(text))
        self.column.addLayout(brand)
        self.column.addWidget(self.title)
        self.column.addWidget(self.text)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        centred = QHBoxLayout()  # not an alignment: that would forget that words wrap
        centred.addStretch(1)
        centred.addWidget(card)
        centred.addStretch(1)
        outer.addLayout(centred)
        outer.addStretch(3)

    def say(self, text: str) -> None:
        """Change the words below the title."""
        self.text.setText(text)
        self.text.setVisible(bool(text))


class Notice(QLabel):
    """A sentence about what went wrong, or what to know; nothing while it is empty."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setVisible(False)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def say(self, text: str, *, error: bool = True) -> None:
        """Show a sentence, or with "" none."""
        self.setProperty("kind", "error" if error else "muted")
        self.style().unpolish(self)
        self.style().polish(self)
        self.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))


class WaitingPage(StartPage):
    """Something takes a while: what, and how far it is."""

    def __init__(self) -> None:
        super().__init__(tr("One moment"))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress"))
        self.column.addWidget(self.bar)

    def wait_for(self, title: str, text: str = "") -> None:
        """Show what is being done, of unknown length."""
        self.title.setText(title)
        self.setAccessibleName(title)
        self.say(text)
        self.bar.setRange(0, 0)

    def progress(self, n: int, of: int, text: str) -> None:
        """Show how far it is."""
        self.bar.setRange(0, of)
        self.bar.setValue(n)
        self.say(text)
