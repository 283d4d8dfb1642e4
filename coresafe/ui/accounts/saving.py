"""The statement of a company as a file: asks where, writes off the window's thread, and says what came of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from coresafe.errors import CoreSafeError, ValidationFailed
from coresafe.services.accounts import AccountQuery, company_statement
from coresafe.services.exporting import ExportOutcome
from coresafe.ui.messages import Choice, described
from coresafe.ui.state import Memory
from coresafe.ui.tasks import Token
from coresafe.ui.words import tr
from coresafe.ui.workspace import Workspace

_KEY = "statement"
_REMEMBERED = "statements/folder"
#: What a file's name cannot hold on one system or another.
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')


class StatementSaver(QObject):
    """Writes statements for a page. ``dialog`` is the one that asks where, while it is open."""

    def __init__(self, page: QWidget, workspace: Workspace, memory: Memory) -> None:
        super().__init__(page)
        self._page, self._workspace, self._memory = page, workspace, memory
        self.dialog: QFileDialog | None = None

    def begin(self, query: AccountQuery, company: str, period: str, kind: str) -> None:
        """Ask where to write the statement as a ``pdf`` or an ``xlsx``."""
        self._workspace.messages.withdraw(_KEY)
        words = tr("PDF (*.pdf)") if kind == "pdf" else tr("Excel workbook (*.xlsx)")
        dialog = QFileDialog(self._page.window(), tr("Save the statement"), str(self._folder()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setNameFilter(words)
        dialog.setDefaultSuffix(kind)
        name = _NOT_IN_NAMES.sub(" ", tr("{company}, trays {period}", company=company, period=period)).strip()
        dialog.selectFile(str(self._folder() / f"{name}.{kind}"))
        dialog.fileSelected.connect(
            lambda path: self.write(query, Path(path), partial(self.begin, query, company, period, kind))
        )
        self.dialog = dialog
        dialog.open()

    def write(self, query: AccountQuery, path: Path, elsewhere: Callable[[], object]) -> None:
        """Write it. ``elsewhere`` asks for another place."""
        self._memory.remember(_REMEMBERED, str(path.parent))
        context = self._workspace.context

        def work(token: Token) -> ExportOutcome:
            if path.suffix.lower() == ".pdf":
                from coresafe.ui.accounts.paper import print_statement

                return print_statement(company_statement(context, query), path)
            from coresafe.services.exporting.statement import make_statement

            return make_statement(context, path, query, token)

        self._workspace.runner.run(
            work,
            owner=self,
            done=lambda _outcome: self._say_done(path),
            failed=partial(self._failed, elsewhere, partial(self.write, query, path, elsewhere)),
            title=tr("Writing {name}", name=path.name),
            lane=_KEY,
        )

    def _folder(self) -> Path:
        kept = Path(str(self._memory.recall(_REMEMBERED, "")))
        documents = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
        return next((folder for folder in (kept, documents) if folder.name and folder.is_dir()), Path.home())

    def _say_done(self, path: Path) -> None:
        self._workspace.messages.success(
            tr("{name} is written.", name=path.name),
            hint=str(path.parent),
            owner=self._page,
            key=_KEY,
            choices=(
                Choice(tr("Open the file"), partial(_show, path)),
                Choice(tr("Open the folder"), partial(_show, path.parent)),
            ),
        )

    def _failed(self, elsewhere: Callable[[], object], again: Callable[[], object], error: BaseException) -> bool:
        if not isinstance(error, CoreSafeError):
            return False  # a mistake of ours: the port says it, and logs its trace
        message = described(error, "", again, self._page)
        unchanged = tr("Nothing was written; a file that was there is as it was.")
        choices = message.choices
        if isinstance(error, ValidationFailed) and error.errors[0].field == "file":
            choices = (Choice(tr("Choose another place…"), elsewhere, primary=True),)
        hint = f"{message.hint} {unchanged}".strip()
        self._workspace.messages.post(replace(message, hint=hint, choices=choices, key=message.key or _KEY))
        return True


def _show(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
