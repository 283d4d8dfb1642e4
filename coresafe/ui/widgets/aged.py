"""What is shown while it cannot be read again: greyed, and dated."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from coresafe.ui.theme import GRID
from coresafe.ui.widgets.labels import label, repolish, show_if
from coresafe.ui.words import tr

#: Set on what keeps its own colour: the date itself.
KEEPS = "keeps_colour"


def grey(root: QWidget, aged: bool) -> None:
    """Take the colour out of everything in ``root`` that tells how things stand, or give it back."""
    for part in (root, *root.findChildren(QWidget)):
        pale = getattr(part, "set_pale", None)
        if pale is not None:
            pale(aged)
        elif not part.property(KEEPS) and bool(part.property("aged")) != aged:
            part.setProperty("aged", aged)
            repolish(part)


class AgeLine(QWidget):
    """'Not up to date: as of 10:42:07', or nothing while what is shown is of now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = label("", "stale", wrap=True)
        self.words.setProperty(KEEPS, True)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GRID)
        self._row.addWidget(self.words, 1)
        show_if(self, False)

    def add(self, widget: QWidget) -> None:
        """Something to do about it."""
        widget.setProperty(KEEPS, True)
        self._row.addWidget(widget)

    def say(self, as_of: str) -> None:
        """``as_of``: "as of 10:42:07"; "" for up to date."""
        self.words.setText(tr("Not up to date: {as_of}", as_of=as_of) if as_of else "")
        show_if(self, bool(as_of))
