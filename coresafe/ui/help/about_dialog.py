"""What this CoreSafe is and works with, whether the connection is in order, and all of it as text for whoever helps."""

from __future__ import annotations

import platform
from collections.abc import Sequence

from PySide6.QtCore import Qt, QUrl, qVersion
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

import coresafe
from coresafe import paths
from coresafe.errors import CoreSafeError
from coresafe.services.diagnosis import Finding
from coresafe.services.examining import Description, describe, examine
from coresafe.ui.tasks import Token
from coresafe.ui.theme import GRID, theme
from coresafe.ui.widgets import FindingsView, Spinner, button, label, line
from coresafe.ui.widgets.buttons import reword
from coresafe.ui.widgets.findings import finding_names, words_of
from coresafe.ui.widgets.reading import ReadingOrder
from coresafe.ui.words import role_word, tr
from coresafe.ui.workspace import Workspace

LICENCE = "MIT"


class AboutDialog(ReadingOrder, QDialog):
    """Opened with ``open()``. The database is asked off the window's thread; its password is shown nowhere."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("About CoreSafe"))
        self._workspace = workspace
        self._values: dict[str, QLabel] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(3 * GRID)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        actor, asking = workspace.context.actor, tr("asking…")
        self.folder_button = button(tr("Open folder"), self._open_folder, icon="external-link")
        for name, value in (
            (tr("Version"), f"CoreSafe {coresafe.__version__}"),
            (tr("Database"), workspace.context.database.where),
            (tr("Server"), asking),
            (tr("Schema"), asking),
            (tr("Delay"), asking),
            (tr("Clock"), asking),
            (tr("User"), f"{actor.full_name or actor.username}, {role_word(actor.role.value)}"),
            (
                tr("System"),
                f"{platform.system()} {platform.release()}, Python {platform.python_version()}, Qt {qVersion()}",
            ),
            (tr("Licence"), LICENCE),
            (tr("Log folder"), str(paths.log_folder())),
        ):
            self._add(name, value)
        self._grid.addWidget(self.folder_button, self._grid.rowCount() - 1, 2)
        self.trouble = label("", "stale", wrap=True)
        self.trouble.hide()
        self.findings = FindingsView()
        self.findings.hide()
        self.verdict = label("", "strong", wrap=True)
        self.verdict.hide()
        self.spinner = Spinner(side=20)
        self.check_button = button(tr("Check the connection"), self.check, icon="activity")
        self.copy_button = button(tr("Copy for support"), self.copy, icon="copy")
        self.close_button = button(tr("Close"), self.accept)
        self.close_button.setToolTip(tr("Close (Esc)"))
        self._lay_out()
        self.check_button.setFocus()
        workspace.read(lambda context: describe(context.database), owner=self, done=self._described, failed=self._away)

    def check(self) -> None:
        """Look at everything, as `coresafe doctor` does."""
        self.check_button.setEnabled(False)
        self.copy_button.setFocus()
        self.findings.show_findings(())
        self.verdict.setText(tr("Looking at the connection, the tables and the whole ledger…"))
        self.verdict.show()
        self.spinner.start()
        database = self._workspace.context.database

        def work(token: Token) -> list[Finding]:
            found = []
            for finding in examine(database):
                token.check()
                found.append(finding)
            return found

        self._workspace.runner.run(
            work,
            owner=self,
            done=self._checked,
            failed=self._not_checked,
            title=tr("Checking the connection"),
            lane="check",
        )

    def text(self) -> str:
        """All that is shown, for a letter."""
        lines = [f"{name}: {value.text()}" for name, value in self._values.items()]
        names = finding_names()
        for finding in self.findings.findings:
            state = tr("ok") if finding.ok else tr("not ok")
            lines.append(f"{names.get(finding.name, finding.name)}: {state}: {words_of(finding)}")
        return "\n".join(lines) + "\n"

    def copy(self) -> None:
        """Put it on the clipboard."""
        QGuiApplication.clipboard().setText(self.text())
        reword(self.copy_button, tr("Copied"))

    # -- answers --------------------------------------------------------------------------------------------------

    def _described(self, found: Description) -> None:
        self._values[tr("Server")].setText(found.server)
        self._values[tr("Schema")].setText(tr("version {version}", version=found.schema))
        self._values[tr("Delay")].setText(tr("{delay} ms", delay=self._workspace.delay_ms))
        seconds = found.ahead.total_seconds()
        if self._workspace.context.database.is_embedded:
            said = tr("this computer's own")
        elif abs(seconds) < 1:
            said = tr("the same as this computer's, to the second")
        elif seconds > 0:
            said = tr("the database is {seconds} s ahead of this computer", seconds=f"{seconds:.0f}")
        else:
            said = tr("the database is {seconds} s behind this computer", seconds=f"{-seconds:.0f}")
        self._values[tr("Clock")].setText(said)

    def _away(self, error: BaseException) -> bool:
        for name in (tr("Server"), tr("Schema"), tr("Delay"), tr("Clock")):
            self._values[name].setText(tr("not known now"))
        if isinstance(error, CoreSafeError):
            self.trouble.setText(f"{error.message} {error.hint}".strip())
            self.trouble.show()
            return True
        return False

    def _checked(self, found: Sequence[Finding]) -> None:
        self._done_checking()
        self.findings.show_findings(found)
        wrong = sum(1 for finding in found if not finding.ok)
        if wrong:
            self.verdict.setText(
                tr("One thing is not in order.") if wrong == 1 else tr("{count} things are not in order.", count=wrong)
            )
        else:
            self.verdict.setText(tr("Everything is in order."))

    def _not_checked(self, error: BaseException) -> bool:
        self._done_checking()
        known = isinstance(error, CoreSafeError)
        self.verdict.setText(error.message if known else tr("It could not be looked at."))  # type: ignore[attr-defined]
        return known

    def _done_checking(self) -> None:
        self.spinner.stop()
        self.check_button.setEnabled(True)
        reword(self.copy_button, tr("Copy for support"))

    def _open_folder(self) -> None:
        folder = paths.log_folder()
        folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    # -- putting it together --------------------------------------------------------------------------------------

    def _add(self, name: str, value: str) -> None:
        row = self._grid.rowCount()
        said = label(value, wrap=True)
        said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        said.setAccessibleName(f"{name}: {value}")
        self._values[name] = said
        self._grid.addWidget(label(name, "muted"), row, 0)
        self._grid.addWidget(said, row, 1)

    def _lay_out(self) -> None:
        mark = QLabel()
        theme().dress(mark, "layers", "accent", 40)
        head = QHBoxLayout()
        head.setSpacing(2 * GRID)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label("CoreSafe", "title"))
        words.addWidget(label(tr("Where every drill-core tray is, and who owes it."), "muted"))
        head.addWidget(mark)
        head.addLayout(words, 1)
        inner = QWidget()
        inner.setProperty("kind", "plain")
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        inside.setSpacing(12)
        inside.addLayout(self._grid)
        inside.addWidget(self.trouble)
        inside.addWidget(line())
        verdict = QHBoxLayout()
        verdict.addWidget(self.spinner)
        verdict.addWidget(self.verdict, 1)
        inside.addWidget(self.check_button, 0, Qt.AlignmentFlag.AlignLeft)
        inside.addLayout(verdict)
        inside.addWidget(self.findings)
        inside.addStretch(1)
        scroll = QScrollArea()
        scroll.setProperty("kind", "card")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inner)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self.copy_button)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(2 * GRID)
        column.addLayout(head)
        column.addWidget(scroll, 1)
        column.addLayout(foot)
        self.setMinimumSize(60 * GRID, 50 * GRID)
        self.resize(76 * GRID, 80 * GRID)
