"""The reconciliation as a file: where, in a child process, and what came of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from coresafe.services.exporting.reconciliation import make_reconciliation
from coresafe.services.exporting.writing import ExportOutcome
from coresafe.services.reconciliation import ReconciliationQuery
from coresafe.ui.messages import Choice, Level, Message
from coresafe.ui.state import Memory
from coresafe.ui.words import number, tr
from coresafe.ui.workspace import Workspace

_REMEMBERED = "reconciliation/folder"
_KEY = "reconciliation_file"


class Writer(QObject):
    """Writes what is asked for. Signals: ``done(ExportOutcome)``."""

    done = Signal(object)

    def __init__(self, workspace: Workspace, memory: Memory, page: QWidget) -> None:
        super().__init__(page)
        self._workspace, self._memory, self._page = workspace, memory, page
        self.dialog: QFileDialog | None = None
        self._busy = False

    def choose(self, query: ReconciliationQuery, name: str) -> None:
        """Ask where to write, and write. ``name`` is what the file is called unless somebody says otherwise."""
        if self._busy:
            self._workspace.messages.info(tr("The file is being written. Wait for it, or cancel it."), owner=self._page)
            return
        kinds = {
            "xlsx": tr("Excel workbook (*.xlsx)"),
            "csv": tr("CSV, one file (*.csv)"),
            "zip": tr("CSV, a file for each table, in a ZIP (*.zip)"),
        }
        folder = self._memory.recall(_REMEMBERED, "") or QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.DocumentsLocation
        )
        dialog = QFileDialog(self._page.window(), tr("Export the reconciliation"), folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setNameFilters(list(kinds.values()))
        dialog.setDefaultSuffix("xlsx")
        dialog.filterSelected.connect(
            lambda words: dialog.setDefaultSuffix(next(kind for kind, each in kinds.items() if each == words))
        )
        dialog.selectFile(f"{name}.xlsx")
        dialog.fileSelected.connect(lambda file: self.write(Path(file), query))
        dialog.finished.connect(self._forget_dialog)
        self.dialog = dialog
        dialog.open()

    def _forget_dialog(self) -> None:
        self.dialog = None

    def write(self, path: Path, query: ReconciliationQuery) -> None:
        """Write it off the window's thread; progress and Cancel stand in the status bar."""
        self._busy = True
        context = self._workspace.context
        self._workspace.runner.run(
            lambda token: make_reconciliation(context, path, query, token),
            owner=self,
            done=self._written,
            failed=self._failed,
            title=tr("Writing {file}", file=path.name),
        )

    def _written(self, outcome: ExportOutcome) -> None:
        self._busy = False
        path = Path(outcome.file)
        self._memory.remember(_REMEMBERED, str(path.parent))
        self._workspace.messages.post(
            Message(
                level=Level.SUCCESS,
                text=tr("{file}: {count} rows were written.", file=path.name, count=number(outcome.rows)),
                choices=(
                    Choice(tr("Open"), lambda: _open(path)),
                    Choice(tr("Show in its folder"), lambda: _open(path.parent)),
                ),
                owner=self._page,
                key=_KEY,
            )
        )
        self.done.emit(outcome)

    def _failed(self, _error: BaseException) -> bool:
        self._busy = False
        return False


def _open(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
