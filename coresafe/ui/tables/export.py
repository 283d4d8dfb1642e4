"""What a table shows as a file: its columns in their order, under its filters, search and sort, or only what is selected.

The rows are asked for page by page on the task runner's threads, so the list may be of any length; while it lasts the
window works on, and after two seconds the status bar says how far it is and offers to cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QStandardPaths, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from coresafe.errors import CoreSafeError, ValidationFailed
from coresafe.services.children import TaskToken
from coresafe.services.listing import MAX_LIMIT, Query
from coresafe.ui.messages import Choice, Level, Message, Messages, described
from coresafe.ui.tables.columns import Column
from coresafe.ui.tables.source import PageSource
from coresafe.ui.tasks import Task, TaskRunner, Token
from coresafe.ui.words import number, tr

if TYPE_CHECKING:
    from coresafe.ui.tables.paged_table import PagedTable

_KEY = "export"
#: Pixels of a character, about: the widths of the columns go along.
_CHARACTER = 7
_REMEMBERED = "exports/last"


@dataclass(frozen=True, slots=True)
class View:
    """What is to be written: the columns as they stand, what is asked of the source, and how many rows that is.

    ``total`` is 0 where that is not known; ``rows``: these and no others; ``ids``: only those among them.
    """

    title: str
    columns: tuple[Column, ...]
    query: Query
    total: int = 0
    rows: tuple[Any, ...] | None = None
    ids: frozenset[Any] | None = None


class ViewExport(QObject):
    """Exports the view of a ``PagedTable``: asks what, asks where, writes, and says what came of it."""

    def __init__(self, table: PagedTable, runner: TaskRunner, source: PageSource, messages: Messages) -> None:
        super().__init__(table)
        self._table, self._runner, self._source, self._messages = table, runner, source, messages
        self._task: Task | None = None
        self._path = Path()
        self._written: list[int] = []  # how many rows, once the file is in its place
        self.dialog: QFileDialog | None = None
        runner.busy_changed.connect(self._look)

    # -- what, and where ------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Ask what the file shall hold where several rows are selected, and then where to write it."""
        selected = len(self._table.view.selected_ids())
        if not self._may_begin():
            return
        if selected < 2:
            self.choose_file()
            return
        total = self._table.model.total if self._table.model.exact else 0
        everything = tr("All {count}", count=number(total)) if total else tr("All rows")
        self._messages.post(
            Message(
                level=Level.QUESTION,
                text=tr("{count} rows are selected. Which ones shall the file hold?", count=number(selected)),
                choices=(
                    Choice(everything, self.choose_file, primary=True),
                    Choice(tr("Only the {count} selected", count=number(selected)), self.choose_file_of_selected),
                    Choice(tr("Cancel"), lambda: None),
                ),
                owner=self._table,
                key=_KEY,
            )
        )

    def begin_selected(self) -> None:
        """Ask where to write the selected rows."""
        if self._may_begin():
            self.choose_file_of_selected()

    def choose_file(self) -> None:
        """Ask where to write all rows of the view."""
        self._choose(only_selected=False)

    def choose_file_of_selected(self) -> None:
        """Ask where to write the selected ones."""
        self._choose(only_selected=True)

    def _may_begin(self) -> bool:
        if self._task is not None:
            self._messages.info(tr("An export is under way already. Wait for it, or cancel it."), owner=self._table)
        elif not self._table.model.rowCount():
            self._messages.info(tr("There is nothing to export: the table shows no rows."), owner=self._table)
        else:
            self._messages.withdraw(_KEY)
            return True
        return False

    def _choose(self, *, only_selected: bool) -> None:
        kinds = {"xlsx": tr("Excel workbook (*.xlsx)"), "csv": tr("CSV, for any spreadsheet (*.csv)")}
        folder, last = self._last()
        dialog = QFileDialog(self._table.window(), tr("Export this view"), str(folder))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setNameFilters(list(kinds.values()))
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, tr("Export"))

        def wants(chosen: str) -> None:
            kind = next(kind for kind, words in kinds.items() if words == chosen)
            dialog.setDefaultSuffix(kind)
            files = dialog.selectedFiles()
            if files and Path(files[0]).suffix.lower().lstrip(".") in kinds:
                dialog.selectFile(str(Path(files[0]).with_suffix(f".{kind}").name))

        def came(name: str) -> None:
            path = Path(name)
            if path.suffix.lower().lstrip(".") not in kinds:
                kind = next(kind for kind, words in kinds.items() if words == dialog.selectedNameFilter())
                path = path.with_name(f"{path.name}.{kind}")
            self._came(path, only_selected=only_selected, asked=str(path) == name)

        dialog.selectNameFilter(kinds[last])
        dialog.setDefaultSuffix(last)
        dialog.selectFile(str(folder / f"{self._table.title} {date.today().isoformat()}.{last}"))  # noqa: DTZ011  # the day on the wall
        dialog.filterSelected.connect(wants)
        dialog.fileSelected.connect(came)
        dialog.destroyed.connect(partial(setattr, self, "dialog", None))
        self.dialog = dialog
        dialog.open()

    def _came(self, path: Path, *, only_selected: bool, asked: bool) -> None:
        """A file was named; ``asked``: whether the dialog has seen that it is there already."""
        if asked or not path.exists():
            self.write(path, only_selected=only_selected)
            return
        self._messages.ask(
            tr("{name} is there already. Replace it?", name=path.name),
            yes=tr("Replace it"),
            do=partial(self.write, path, only_selected=only_selected),
            owner=self._table,
            key=_KEY,
        )

    def _last(self) -> tuple[Path, str]:
        memory = self._table.memory
        kept = Path(str(memory.recall(_REMEMBERED, ""))) if memory is not None else Path()
        kind = "csv" if kept.suffix.lower() == ".csv" else "xlsx"
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        for folder in (kept.parent if kept.name else None, Path(documents) if documents else None):
            if folder is not None and folder.is_dir():
                return folder, kind
        return Path.home(), kind

    # -- writing --------------------------------------------------------------------------------------------------

    def view(self, *, only_selected: bool = False) -> View:
        """The view as it stands."""
        table, model = self._table, self._table.model
        whole = View(table.title, tuple(table.view.shown_columns()), model.query, model.total if model.exact else 0)
        if not only_selected:
            return whole
        ids, rows = table.view.selected_ids(), table.view.selected_rows()
        if len(rows) == len(ids):
            return replace(whole, total=len(rows), rows=tuple(rows))
        return replace(whole, ids=frozenset(ids))

    def write(self, path: Path, *, only_selected: bool = False) -> None:
        """Write the view to ``path``, off the window's thread."""
        view, source = self.view(only_selected=only_selected), self._source
        self._path, self._written = path, []
        written = self._written
        if self._table.memory is not None:
            self._table.memory.remember(_REMEMBERED, str(path))
        self._task = self._runner.run(
            lambda token: written.append(write_view(view, source, path, token)),
            owner=self,
            done=lambda _answer: None,  # said when the task is gone, whatever became of it
            failed=partial(
                self._failed,
                self.choose_file_of_selected if only_selected else self.choose_file,
                partial(self.write, path, only_selected=only_selected),
            ),
            title=tr("Exporting {name}", name=path.name),
        )

    def _look(self) -> None:
        """The runner has something new: perhaps the export is over."""
        task = self._task
        if task is None or task in self._runner.busy:
            return
        self._task = None
        if self._written:
            self._say_done(self._path, self._written[0])
        elif task.token.cancelled:
            hint = tr("No file was written; one that was there is as it was.")
            self._messages.info(tr("The export was cancelled."), hint=hint, owner=self._table, key=_KEY)

    def _say_done(self, path: Path, rows: int) -> None:
        words = self._table.words_for(rows)
        self._messages.success(
            tr("{name} is written: {rows}.", name=path.name, rows=words),
            hint=str(path.parent),
            owner=self._table,
            key=_KEY,
            choices=(
                Choice(tr("Open the file"), partial(self._open, path)),
                Choice(tr("Open the folder"), partial(self._open, path.parent)),
            ),
        )

    def _open(self, path: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self._messages.info(
                tr("No program here opens it."), hint=tr("It is at {path}.", path=path), owner=self._table, key=_KEY
            )

    def _failed(self, elsewhere: Callable[[], None], again: Callable[[], None], error: BaseException) -> bool:
        if not isinstance(error, CoreSafeError):
            return False  # a mistake of ours: the port says it, and logs its trace
        message = described(error, self._task.title if self._task is not None else "", again, self._table)
        unchanged = tr("Nothing was written; a file that was there is as it was.")
        choices = message.choices
        if isinstance(error, ValidationFailed) and error.errors[0].field == "file":
            choices = (Choice(tr("Choose another place…"), elsewhere, primary=True),)
        hint = f"{message.hint} {unchanged}".strip()
        self._messages.post(replace(message, hint=hint, choices=choices, key=message.key or _KEY))
        return True


# -- on the task runner's threads ---------------------------------------------------------------------------------


class _Making:
    """The token while the workbook is being made: as many rows as were read."""

    def __init__(self, token: Token, reading: _Reading) -> None:
        self._token, self._reading = token, reading

    @property
    def cancelled(self) -> bool:
        return self._token.cancelled

    def progress(self, n: int, of: int = 0, text: str = "") -> None:
        rows = self._reading.rows
        self._token.progress(
            rows + n, 2 * rows, tr("Writing {n} of {of} rows", n=number(n), of=number(rows)) if rows else ""
        )


class _Reading:
    """The pages of a view, as columns of cells."""

    def __init__(self, view: View, source: PageSource, token: Token, *, halves: int) -> None:
        self._view, self._source, self._token, self._halves = view, source, token, halves
        self.rows = 0

    def __iter__(self) -> Iterator[list[Sequence[Any]]]:
        for items in self._pages():
            if items:
                yield [[column.cell(row) for row in items] for column in self._view.columns]
                self.rows += len(items)
            self._tell()

    def _pages(self) -> Iterator[Sequence[Any]]:
        view = self._view
        if view.rows is not None:
            yield view.rows
            return
        cursor, missing = None, set(view.ids or ())
        while True:
            self._token.check()
            page = self._source.fetch(replace(view.query, cursor=cursor, limit=MAX_LIMIT))
            items = page.items if view.ids is None else [row for row in page.items if row.id in view.ids]
            yield items
            missing.difference_update(row.id for row in items)
            cursor = page.next_cursor
            if cursor is None or (view.ids is not None and not missing):
                return

    def _tell(self) -> None:
        of = max(self._view.total, self.rows)
        words = tr("Reading {n} of {of} rows", n=number(self.rows), of=number(of))
        if not self._view.total:
            words, of = tr("Reading: {n} rows", n=number(self.rows)), 0
        self._token.progress(self.rows, of * self._halves, words)


def write_view(view: View, source: PageSource, path: Path, token: Token) -> int:
    """Read the rows of a view and write them; returns how many. Raises what reading and writing raise, and Cancelled."""
    from coresafe.services.exporting.shown import heading, sheet_of, write_shown

    sheet = sheet_of(
        view.title,
        [
            heading(column.heading, column.width / _CHARACTER, column.pattern() if column.pattern is not None else "")
            for column in view.columns
        ],
    )
    reading = _Reading(view, source, token, halves=1 if path.suffix.lower() == ".csv" else 2)
    making: TaskToken = _Making(token, reading)
    return write_shown(path, sheet, reading, making)
