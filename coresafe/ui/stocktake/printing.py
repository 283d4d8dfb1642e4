"""Getting a count sheet: as a PDF, or from the printer by the system's own dialog."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from coresafe.errors import CoreSafeError
from coresafe.services.stocktaking import Counting
from coresafe.ui import clock
from coresafe.ui.messages import Choice, described
from coresafe.ui.state import Memory
from coresafe.ui.stocktake.paper import Sheet, draw, write_pdf
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrintDialog

_KEY = "count_sheet"
_REMEMBERED = "stocktake/sheet"


class SheetMaker(QObject):
    """Asks where a sheet shall go, and takes it there. ``dialog`` is the one that is open."""

    def __init__(self, workspace: Workspace, memory: Memory, over: QWidget) -> None:
        super().__init__(over)
        self._workspace, self._memory, self._over = workspace, memory, over
        self.dialog: QFileDialog | QPrintDialog | None = None

    def sheet(self, seen: Counting) -> Sheet:
        """The sheet of a stocktake as it stands now."""
        return Sheet.of(seen, tr("Printed {when}", when=clock.local(datetime.now(UTC))))

    def choose_file(self, seen: Counting) -> None:
        """Ask for the name of a PDF."""
        dialog = QFileDialog(self._over.window(), tr("Count sheet as PDF"), str(self._folder()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([tr("PDF (*.pdf)")])
        dialog.setDefaultSuffix("pdf")
        dialog.selectFile(tr("Count sheet {number}", number=seen.stocktake.number) + ".pdf")
        dialog.fileSelected.connect(lambda name: self.write(self.sheet(seen), Path(name)))
        self._open(dialog)

    def write(self, sheet: Sheet, path: Path) -> None:
        """Write the PDF, off the window's thread."""
        self._memory.remember(_REMEMBERED, str(path.parent))
        self._workspace.runner.run(
            lambda _token: write_pdf(sheet, path),
            owner=self,
            done=self._written,
            title=tr("Writing {name}", name=path.name),
        )

    def choose_printer(self, seen: Counting) -> None:
        """The system's print dialog."""
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(tr("Count sheet {number}", number=seen.stocktake.number))
        dialog = QPrintDialog(printer, self._over.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(tr("Print a count sheet"))
        dialog.accepted.connect(lambda: self._print(self.sheet(seen), printer))
        self._open(dialog)

    def _print(self, sheet: Sheet, printer: object) -> None:
        from PySide6.QtPrintSupport import QPrinter

        assert isinstance(printer, QPrinter)
        try:
            draw(sheet, printer)
        except CoreSafeError as error:
            self._workspace.messages.post(described(error, owner=self._over))
            return
        said = tr("The count sheet {number} is with the printer.", number=sheet.number)
        self._workspace.messages.success(said, owner=self._over, key=_KEY)

    def _open(self, dialog: QFileDialog | QPrintDialog) -> None:
        dialog.destroyed.connect(partial(setattr, self, "dialog", None))
        self.dialog = dialog
        QDialog.open(dialog)  # the print dialog's own wants a slot to call

    def _written(self, path: Path) -> None:
        open_it = partial(QDesktopServices.openUrl, QUrl.fromLocalFile(str(path)))
        open_folder = partial(QDesktopServices.openUrl, QUrl.fromLocalFile(str(path.parent)))
        self._workspace.messages.success(
            tr("{name} is written.", name=path.name),
            hint=str(path.parent),
            owner=self._over,
            key=_KEY,
            choices=(Choice(tr("Open the file"), open_it), Choice(tr("Open the folder"), open_folder)),
        )

    def _folder(self) -> Path:
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        for kept in (str(self._memory.recall(_REMEMBERED, "")), documents):
            if kept and Path(kept).is_dir():
                return Path(kept)
        return Path.home()
