"""What a table shows as a file: the rows come page by page from whoever shows them, with no SQL of their own.

A CSV file is written as the pages come. A workbook computes for longer: its pages are laid down beside it, and a child
process makes it from them. Whatever happens to the child, the file that is there stays, and nothing half written does.
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from coresafe.errors import Cancelled
from coresafe.services.children import ChildToken, TaskToken, in_child
from coresafe.services.exporting import csv_file
from coresafe.services.exporting.declaring import Columns, Heading, Kind, Sheet
from coresafe.services.exporting.reports import check_format
from coresafe.services.exporting.writing import refusals, unfinished

__all__ = ["Columns", "heading", "sheet_of", "write_shown"]

#: Characters of a column in a workbook: at least, and at most.
_WIDTHS = (8.0, 60.0)


def heading(name: str, width: float, pattern: str = "") -> Heading:
    """A column as a table shows it. ``width`` in characters; ``pattern``: how a workbook shows its numbers."""
    least, most = _WIDTHS
    return Heading(name=name, kind=Kind.SHOWN, width=min(most, max(least, width)), pattern=pattern)


def sheet_of(title: str, columns: Iterable[Heading]) -> Sheet:
    """The columns under a title, which names the sheet of a workbook."""
    return Sheet(title=title[:31], columns=tuple(columns))


def write_shown(path: Path, sheet: Sheet, pages: Iterable[Columns], token: TaskToken) -> int:
    """Write pages of rows to ``path``, as the kind of file that its name ends in; returns how many rows.

    A cell is a text, a number, a day, a moment without a time zone, or None. Raises ValidationFailed at ``file`` where it
    cannot be written, at ``format`` where its name ends in nothing known, Cancelled, Trouble, and what ``pages`` raises.
    """
    kind = path.suffix.lower().removeprefix(".")
    check_format(kind)
    with unfinished(path) as part:
        part.touch(exist_ok=True)  # a place that cannot be written is told at once, not after the work
        csv = kind == "csv"
        rows = csv_file.write_csv(part, sheet, pages, None) if csv else _make_workbook(part, path, sheet, pages, token)
        if token.cancelled:
            raise Cancelled
    return rows


def _make_workbook(part: Path, path: Path, sheet: Sheet, pages: Iterable[Columns], token: TaskToken) -> int:
    with tempfile.TemporaryDirectory(prefix="coresafe-", ignore_cleanup_errors=True) as folder:
        laid = Path(folder) / "pages"
        with laid.open("wb") as down:
            for page in pages:
                pickle.dump(page, down, pickle.HIGHEST_PROTOCOL)
        made = f"{__name__}:make_in_child"
        return int(in_child(made, token, part=str(part), path=str(path), laid=str(laid), sheet=sheet))


def make_in_child(token: ChildToken, *, part: str, path: str, laid: str, sheet: Sheet) -> int:
    """The child's half: make a workbook at ``part`` from the pages that are laid down; returns how many rows."""
    from coresafe.services.exporting.workbook import write_workbook

    # What makes the workbook keeps pieces of it on the disk: they go with the folder, however this process ends.
    tempfile.tempdir = str(Path(laid).parent)
    told: Callable[[int], None] = token.progress
    with refusals(Path(path)):
        return write_workbook(Path(part), sheet, _pages(Path(laid)), told)


def _pages(laid: Path) -> Iterator[Columns]:
    with laid.open("rb") as down:
        while True:
            try:
                page: Columns = pickle.load(down)  # noqa: S301  # laid down a moment ago by our own parent, in its own folder
            except EOFError:
                return
            yield page
