"""In the status bar: that other programs are answered, or should be and are not. Nothing while it is off."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from coresafe.ui.settings.access import Access, Phase
from coresafe.ui.theme import theme
from coresafe.ui.widgets import label
from coresafe.ui.widgets.labels import set_kind
from coresafe.ui.words import tr


class AccessMark(QWidget):
    """A small icon and two words."""

    def __init__(self, access: Access, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._access = access
        self._icon = QLabel()
        self._words = label("", "small")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(6)
        row.addWidget(self._icon)
        row.addWidget(self._words)
        access.changed.connect(self._show)
        self._show()

    @property
    def text(self) -> str:
        """The words."""
        return self._words.text()

    def _show(self) -> None:
        phase = self._access.phase
        self.setVisible(phase in (Phase.ON, Phase.FAILED))
        if phase is Phase.ON:
            theme().dress(self._icon, "plug", "muted")
            set_kind(self._words, "small")
            self._words.setText(tr("API on"))
            self.setToolTip(
                tr("Other programs on this computer can use CoreSafe at {where}", where=self._access.address)
            )
        elif phase is Phase.FAILED:
            theme().dress(self._icon, "triangle-alert", "caution")
            set_kind(self._words, "stale")
            self._words.setText(tr("API not running"))
            self.setToolTip(tr("Other programs cannot use CoreSafe now. {why}", why=self._access.failure))
        self.setAccessibleName(self._words.text())
        self.setAccessibleDescription(self.toolTip())
