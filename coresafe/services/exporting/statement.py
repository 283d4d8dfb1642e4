"""The statement of a company's account as a workbook: the account, the dispatches behind it, and a check that shows 0."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from coresafe.errors import Cancelled, ValidationFailed
from coresafe.models import Company
from coresafe.models.enums import Door
from coresafe.services.accounts import AccountQuery, Statement, StatementLine, read_statement
from coresafe.services.accounts.wording import local, owed, period_of, sheds_of
from coresafe.services.children import ChildToken, TaskToken, in_child
from coresafe.services.context import Actor, Context
from coresafe.services.database import Database
from coresafe.services.exporting.declaring import Heading, Kind
from coresafe.services.exporting.document import BOLD, DocumentSheet, Layout
from coresafe.services.exporting.reconciliation.contents import reading_for
from coresafe.services.exporting.reports import ReportFilter, find_shed
from coresafe.services.exporting.streaming import door_of
from coresafe.services.exporting.workbook import TELL_EVERY, throw_away
from coresafe.services.exporting.writing import ExportOutcome, Told, refusals, unfinished
from coresafe.services.rules import key_of
from coresafe.services.transaction import READ_PATIENCE_SECONDS, persist

TITLE = "Tray account statement"


def _count(name: str) -> Heading:
    return Heading(name=name, kind=Kind.COUNT, width=11)


def _text(name: str, width: float) -> Heading:
    return Heading(name=name, kind=Kind.TEXT, width=width)


_MOVED = ("Out", "Returned", "Lost", "Adjusted")
_CLOSING = "={At start}+{Out}-{Returned}-{Lost}+{Adjusted}"
ACCOUNT = Layout(
    title="Account",
    columns=(_text("Tray size", 26), _count("At start"), *(_count(name) for name in _MOVED), _count("At end")),
    totals=("At start", *_MOVED, "At end"),
    formulas={"At end": _CLOSING},
)
DISPATCHES = Layout(
    title="Dispatches",
    columns=(
        _text("Dispatch", 24),
        Heading(name="Date", kind=Kind.SHOWN, width=17),
        _text("Project", 12),
        _text("Hole", 16),
        _text("Driver", 20),
        _text("Shed", 16),
        _text("Tray size", 10),
        _count("At start"),
        *(_count(name) for name in _MOVED),
        _count("Still out"),
        _count("Days out"),
        Heading(name="Due", kind=Kind.SHOWN, width=17),
    ),
    totals=("At start", *_MOVED, "Still out"),
    formulas={"Still out": _CLOSING},
)


def write_statement(statement: Statement, path: Path, told: Told | None = None) -> ExportOutcome:
    """Write a statement to ``path``, a workbook; a file that is there stays until the new one is complete.

    Raises ValidationFailed at ``format``, and at ``file`` where it cannot be written.
    """
    _require_workbook(path)
    with unfinished(path) as part:
        return ExportOutcome(file=str(path), rows=write_book(part, statement, told))


def open_statement(source: Context | Database, query: AccountQuery, *, shed: str = "", company: str = "") -> Statement:
    """The statement for a file, of one moment. ``company`` and ``shed``: by name (or code), in place of the query's ids.

    ``source``: whoever is signed in, or the database alone for who holds its credentials. Raises Unauthenticated,
    Forbidden, DatabaseUnavailable, and ValidationFailed at ``company_id``, ``company``, ``from``, ``to``, ``shed_id``,
    ``shed``.
    """
    database = source.database if isinstance(source, Context) else source

    def attempt() -> Statement:
        with database.snapshot() as connection:
            tx = reading_for(source, connection)
            asked = query
            if shed:
                asked = replace(asked, shed_id=find_shed(connection, ReportFilter(shed=shed)).id)
            if company:
                table = Company.__table__
                found = tx.first(sa.select(table.c.id).where(table.c.name_key == key_of(company)))
                if found is None:
                    raise ValidationFailed.of("company", f"There is no company {company[:60]!r}.")
                asked = replace(asked, company_id=found.id)
            statement = read_statement(tx, asked)
            return statement if isinstance(source, Context) else replace(statement, made_by="command line")

    return persist(attempt, patience=source.patience if isinstance(source, Context) else None)


def make_statement(context: Context, path: Path, query: AccountQuery, token: TaskToken) -> ExportOutcome:
    """The same in a child process, so that no window stalls. Raises Cancelled and Trouble, too."""
    _require_workbook(path)
    with unfinished(path) as part:
        part.touch(exist_ok=True)  # a place that cannot be written is told at once, not after the work
        made = f"{__name__}:write_in_child"
        rows = in_child(made, token, part=str(part), path=str(path), query=query, **door_of(context))
        if token.cancelled:
            raise Cancelled
    return ExportOutcome(file=str(path), rows=int(rows))


def write_in_child(
    token: ChildToken,
    *,
    database: dict[str, Any],
    actor: Actor,
    door: Door,
    machine: str,
    part: str,
    path: str,
    query: AccountQuery,
) -> int:
    """The child's half: write to ``part``, which becomes ``path``; returns how many rows."""
    with (
        tempfile.TemporaryDirectory(prefix="coresafe-", ignore_cleanup_errors=True) as folder,
        contextlib.closing(Database(**database)) as opened,
        refusals(Path(path)),
    ):
        # What makes the file keeps pieces of it on the disk: they go with the folder.
        tempfile.tempdir = folder
        context = Context(database=opened, actor=actor, door=door, machine=machine, patience=READ_PATIENCE_SECONDS)
        return write_book(Path(part), open_statement(context, query), token.progress)


def _require_workbook(path: Path) -> None:
    if path.suffix.lower() != ".xlsx":
        raise ValidationFailed.of("format", "Choose a name that ends in .xlsx.")


def write_book(path: Path, statement: Statement, told: Callable[[int], None] | None) -> int:
    """Write the workbook; returns how many rows of data it holds."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.creator = "CoreSafe"
    book.properties.title = TITLE
    with path.open("wb") as target:  # before the work begins: a place that cannot be written is told at once
        try:
            rows = _write(book, statement, told)
            book.save(target)
        except BaseException:
            throw_away(book)
            raise
    return rows


def _write(book: Any, statement: Statement, told: Callable[[int], None] | None) -> int:
    about = about_lines(statement)
    account = DocumentSheet(book, ACCOUNT, TITLE, about)
    for row in statement.account.rows:
        account.add([row.tray_size, row.opening, row.out, row.returned, row.lost, row.adjusted, None])
    account.finish()
    dispatches = DocumentSheet(book, DISPATCHES, TITLE, about[:3])
    for count, line in enumerate(statement.lines):
        dispatches.add(_line(line))
        if told is not None and count % TELL_EVERY == 1:
            told(count)
    dispatches.finish()
    _prove(account, dispatches)
    return len(statement.account.rows) + len(statement.lines)


def about_lines(statement: Statement) -> list[tuple[str, object]]:
    """The title block: whose, where, when, by whom, and what is owed in words."""
    account = statement.account
    return [
        ("Company", account.company),
        ("Shed", sheds_of(account)),
        ("Period", f"{period_of(account)} ({account.zone} time)"),
        ("Made by", statement.made_by),
        ("Made at", f"{local(account, account.as_of):%Y-%m-%d %H:%M}"),
        ("In words", owed(statement)),
    ]


def _line(line: StatementLine) -> list[Any]:
    zone = ZoneInfo(line.time_zone)

    def wall(at: datetime) -> datetime:
        return at.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)

    return [
        line.number,
        wall(line.dispatched_at),
        line.project_code,
        line.hole,
        line.driver,
        line.shed,
        line.tray_size,
        line.opening,
        line.out,
        line.returned,
        line.lost,
        line.adjusted,
        None,
        line.days_out,
        wall(line.due_at),
    ]


def _prove(account: DocumentSheet, dispatches: DocumentSheet) -> None:
    """The account against the dispatches behind it, size by size and column by column: each is 0, and one cell for all."""
    account.append([])
    account.append([account.styled("Checks: each must show 0", BOLD)])
    sizes, theirs = account.range("Tray size"), dispatches.range("Tray size")
    first = last = 0
    for name in ("At start", *_MOVED, "At end"):
        behind = dispatches.range("Still out" if name == "At end" else name)
        apart = f"=SUMPRODUCT(ABS({account.range(name)}-SUMIF({theirs},{sizes},{behind})))"
        last = account.append([f"{name}: account against dispatches", account.whole(apart)])
        first = first or last
    account.append([account.styled("Check", BOLD), account.whole(f"=SUM(B{first}:B{last})", bold=True)])
