"""The first run's three doors: look around, this computer, our server."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from coresafe.ui.start.page import Notice, StartPage
from coresafe.ui.theme import theme
from coresafe.ui.words import tr


class _Door(QPushButton):
    """A large button: icon, what it is, and what it means."""

    def __init__(self, icon: str, title: str, text: str) -> None:
        super().__init__()
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self.setProperty("kind", "door")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        picture = QLabel()
        theme().dress(picture, icon, "accent", 24)
        heading = QLabel(title)
        heading.setProperty("kind", "strong")
        below = QLabel(text)
        below.setProperty("kind", "muted")
        below.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch(1)
        words.addWidget(heading)
        words.addWidget(below)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(16)
        row.addWidget(picture)
        row.addLayout(words, 1)
        for label in (picture, heading, below):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


class DoorsPage(StartPage):
    """Which database this computer shall use.

    Signals: ``sample()``, ``this_computer()``, ``our_server()``; ``back()`` to the database that was in use.
    """

    sample = Signal()
    this_computer = Signal()
    our_server = Signal()
    back = Signal()

    def __init__(self) -> None:
        super().__init__(
            tr("Welcome. Where is your data?"), tr("You can choose another one later, where you sign in."), width=520
        )
        doors = (
            (
                "eye",
                tr("Look around with sample data"),
                tr("A made-up year of a core shed. Nothing is kept when you close it."),
                self.sample,
            ),
            (
                "monitor",
                tr("This computer only"),
                tr("One computer, no server. You can move to a server later."),
                self.this_computer,
            ),
            (
                "server",
                tr("Connect to our MySQL server"),
                tr(
                    "Several computers share one database. Ask whoever looks after the server for its name and password."
                ),
                self.our_server,
            ),
        )
        self.buttons: list[QPushButton] = []
        for icon, title, text, signal in doors:
            button = _Door(icon, title, text)
            button.clicked.connect(signal)
            self.column.addWidget(button)
            self.buttons.append(button)
        self.notice = Notice()
        self.column.addWidget(self.notice)
        self.back_button = QPushButton(tr("Back"))
        self.back_button.setProperty("kind", "quiet")
        self.back_button.setVisible(False)
        self.back_button.clicked.connect(self.back)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.back_button)
        self.column.addLayout(foot)

    def offer_back(self, possible: bool) -> None:
        """Whether there is a database to go back to."""
        self.back_button.setVisible(possible)
