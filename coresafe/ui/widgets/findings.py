"""What looking at a connection found: a line each, and what to do about what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from coresafe.services.diagnosis import Finding
from coresafe.ui.theme import theme
from coresafe.ui.widgets.labels import label
from coresafe.ui.words import tr


def finding_names() -> dict[str, str]:
    """What each thing looked at is called."""
    return {
        "name": tr("Server name"),
        "port": tr("Port"),
        "certificate": tr("Certificate"),
        "password": tr("Sign-in"),
        "database": tr("Database"),
        "version": tr("Version"),
        "privileges": tr("Rights"),
        "encryption": tr("Encryption"),
        "clock": tr("Clock"),
        "schema": tr("CoreSafe's tables"),
        "connection": tr("Connection"),
        "writing": tr("Changes"),
        "ledger": tr("Ledger"),
    }


def words_of(finding: Finding) -> str:
    """What was found and what to do about it, in a line."""
    return " ".join(part for part in (finding.text, finding.todo) if part)


class FindingsView(QWidget):
    """The lines, each with an icon, its name and the words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.findings: tuple[Finding, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(2, 1)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """These instead of what was shown before; none hides it."""
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()  # it would be seen until it is gone
                widget.deleteLater()
        self.findings = tuple(findings)
        names = finding_names()
        for row, finding in enumerate(findings):
            mark = QLabel()
            icon, token, state = ("circle-check", "positive", tr("in order"))
            if not finding.ok:
                icon, token, state = ("triangle-alert", "caution", tr("look at this"))
            if finding.stops:
                icon, token, state = ("circle-x", "danger", tr("nothing works without this"))
            theme().dress(mark, icon, token)
            mark.setAccessibleName(state)
            mark.setToolTip(state)
            words = label(words_of(finding), wrap=True)
            words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            top = Qt.AlignmentFlag.AlignTop
            self._grid.addWidget(mark, row, 0, top)
            self._grid.addWidget(label(names.get(finding.name, finding.name), "strong"), row, 1, top)
            self._grid.addWidget(words, row, 2)
        self.setVisible(bool(findings))
