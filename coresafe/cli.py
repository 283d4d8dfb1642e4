"""The command line (docs: interfaces, Command line). What is heavy is imported inside the commands that need it.

Exit codes: 0 done, 1 refused or failed (one clear line on standard error), 2 wrong usage.
"""

from __future__ import annotations

import contextlib
import functools
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar

import typer

from coresafe import __version__, logs
from coresafe.errors import CoreSafeError, FieldError, UserError, ValidationFailed
from coresafe.models.enums import Door, Role

if TYPE_CHECKING:
    from coresafe.config import Settings
    from coresafe.services.context import Context
    from coresafe.services.database import Database
    from coresafe.services.importing import Plan

P = ParamSpec("P")
R = TypeVar("R")

#: Plain text, so that an error stays one line to read, and a help page to search.
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
db = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="The database's schema, and the proof of the ledger."
)
users = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Users.")
export = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Files for spreadsheets.")
app.add_typer(db, name="db")
app.add_typer(users, name="users")
app.add_typer(export, name="export")

AsJson = Annotated[bool, typer.Option("--json", help="Print data as JSON.")]
AsUser = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="USER",
        help="Who does it. The password comes from CORESAFE_PASSWORD, the terminal or standard input.",
    ),
]


class Importable(StrEnum):
    """What a file can hold."""

    COMPANIES = "companies"
    PROJECTS = "projects"
    DRILLHOLES = "drillholes"


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    try:
        app(args=list(arguments), prog_name="coresafe", standalone_mode=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    return 0


def refused(message: str, hint: str = "") -> None:
    """One clear line on standard error."""
    line = " ".join(f"{message} {hint}".split())
    typer.echo(f"coresafe: {line}", err=True)


def command(body: Callable[P, R]) -> Callable[P, R]:
    """Tell errors in one line instead of a trace, and end with 1."""

    @functools.wraps(body)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return body(*args, **kwargs)
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except CoreSafeError as error:
            refused(error.message, error.hint)
        except KeyboardInterrupt:
            refused("Stopped.")
        except BrokenPipeError:
            # Whoever read our output has gone; nothing is left to be said to him.
            sys.stderr.close()
        except Exception as error:  # noqa: BLE001 - every defect ends in one line, with its trace in the log
            logs.get(__name__).exception("a command failed")
            refused(f"Something went wrong inside CoreSafe ({type(error).__name__}).", "The log file has the details.")
        finally:
            logs.stop()
        raise typer.Exit(1)

    return told


@contextlib.contextmanager
def opened(*, current: bool = True) -> Iterator[tuple[Settings, Database]]:
    """The settings and their database; ``current``: its schema is the one this program needs, or it is refused."""
    from coresafe import config
    from coresafe.services import opening, schema

    settings = _started(config.load())
    database = opening.open_database(settings)
    try:
        if current:
            _require_there(database)
            _translated(lambda: schema.require_current(database))
        yield settings, database
    finally:
        database.close()


def _started(settings: Settings) -> Settings:
    from coresafe import paths

    with contextlib.suppress(OSError):
        logs.start(paths.log_folder(), "DEBUG" if settings.debug else settings.log_level, terminal=settings.debug)
    return settings


def _require_there(database: Database) -> None:
    """Looking at an embedded database that is not there must not make an empty one."""
    from coresafe.errors import SchemaMismatch

    if database.is_embedded and not Path(database.url.database or "").is_file():
        raise SchemaMismatch("There is no database yet.", hint="Set it up with `coresafe db upgrade`.")


def _translated(action: Callable[[], R]) -> R:
    """Run something that speaks to the database outside a use case, with its errors in words."""
    from coresafe.services import failures

    try:
        return action()
    except CoreSafeError:
        raise
    except Exception as error:
        told = failures.translated(error)
        if told is None:
            raise
        raise told from error


def signed_in(settings: Settings, database: Database, username: str, password: str | None = None) -> Context:
    """Sign ``--as USER`` in."""
    from coresafe.services.context import this_machine
    from coresafe.services.signing_in import sign_in

    secret = password if password is not None else own_password(settings, username)
    return sign_in(database, username, secret, door=Door.COMMAND_LINE, machine=this_machine())


def own_password(settings: Settings, username: str) -> str:
    """The password of ``--as USER``: ``CORESAFE_PASSWORD``, else standard input, else asked for at the terminal."""
    if settings.password is not None:
        return settings.password.get_secret_value()
    if not sys.stdin.isatty():
        return piped_password(sys.stdin.read())
    return str(typer.prompt(f"Password of {username}", hide_input=True, err=True))


def piped_password(text: str) -> str:
    """The first line; a second one, if there, must equal it. Raises ValidationFailed."""
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or not lines[0]:
        raise ValidationFailed.of("password", "No password was given. Pipe it in, or set CORESAFE_PASSWORD.")
    if len(lines) > 1 and lines[1] and lines[1] != lines[0]:
        raise ValidationFailed.of("password", "The two passwords differ. Nothing was changed.")
    return lines[0]


def print_json(data: Any) -> None:
    """Data as JSON on standard output."""
    from pydantic_core import to_jsonable_python

    typer.echo(json.dumps(to_jsonable_python(data), ensure_ascii=False, indent=2))


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    demo: Annotated[bool, typer.Option("--demo", help="Open the window on a throw-away database.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """CoreSafe: where every drill-core tray is, and who owes it. Without a command: the window."""
    if version:
        typer.echo(f"CoreSafe {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        from coresafe.app import run_window

        raise typer.Exit(run_window(demo=demo))


# -- db ----------------------------------------------------------------------------------------------------------


@db.command("upgrade")
@command
def db_upgrade() -> None:
    """Bring the schema up to what this CoreSafe needs; an embedded database is copied first."""
    from coresafe.services import schema

    with opened(current=False) as (_settings, database):
        backup = _translated(lambda: schema.upgrade(database))
        now = _translated(lambda: schema.current(database))
        if backup:
            typer.echo(f"Copied first to {backup}")
        typer.echo(f"The database {database.where} is at version {now}.")


@db.command("downgrade")
@command
def db_downgrade(revision: Annotated[str, typer.Argument(metavar="REV", help="A revision, or base.")]) -> None:
    """Take the schema down to REV; an embedded database is copied first."""
    from coresafe.services import schema

    with opened(current=False) as (_settings, database):
        _require_there(database)
        if revision != "base" and revision not in schema.known():
            raise ValidationFailed.of("revision", f"There is no revision {revision[:40]!r}. Nothing was changed.")
        backup = _translated(lambda: schema.downgrade(database, revision))
        if backup:
            typer.echo(f"Copied first to {backup}")
        typer.echo(f"The database {database.where} is at version {_translated(lambda: schema.current(database))}.")


@db.command("current")
@command
def db_current(as_json: AsJson = False) -> None:
    """Print the schema's version, and the one this CoreSafe needs."""
    from coresafe.services import schema

    with opened(current=False) as (_settings, database):
        _require_there(database)
        found = _translated(lambda: schema.current(database))
    if as_json:
        print_json({"current": found, "needed": schema.HEAD, "is_current": found == schema.HEAD})
    else:
        typer.echo(f"{found or 'empty'}{' (current)' if found == schema.HEAD else f' (needed: {schema.HEAD})'}")


@db.command("check")
@command
def db_check(as_json: AsJson = False) -> None:
    """Prove the ledger: recount everything from the movements; ends with 1 where something does not fit."""
    with opened() as (_settings, database):
        from coresafe.services.proving import prove

        proof = prove(database)
    if as_json:
        print_json({"ok": not proof.problems, "problems": proof.problems, "warnings": proof.warnings,
                    "figures": proof.figures})  # fmt: skip
    else:
        for name, figure in proof.figures.items():
            typer.echo(f"{name.replace('_', ' ')}: {figure:,}" if isinstance(figure, int) else f"{name}: {figure}")
        for warning in proof.warnings:
            typer.echo(f"warning: {warning}")
        for problem in proof.problems:
            typer.echo(f"does not fit: {problem}")
    if proof.problems:
        count = len(proof.problems)
        refused(f"{count:,} {'thing does' if count == 1 else 'things do'} not fit: {proof.problems[0]}")
        raise typer.Exit(1)
    if not as_json:
        typer.echo("Everything fits.")


# -- users -------------------------------------------------------------------------------------------------------


@users.command("add")
@command
def users_add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="User name.")],
    email: Annotated[str, typer.Option("--email", metavar="A", help="E-mail address.")],
    role: Annotated[Role, typer.Option("--role", help="What the user may do.")] = Role.OPERATOR,
    full_name: Annotated[str | None, typer.Option("--full-name", help="First and last name.")] = None,
    as_user: AsUser = "",
    as_json: AsJson = False,
) -> None:
    """Add a user. While there is no active administrator nobody needs to sign in, and the first must be one.

    The new user's password is asked for, or read from standard input.
    """
    with opened() as (settings, database):
        from coresafe.services.context import this_machine
        from coresafe.services.users import AddUser, add_first_admin, add_user, has_admin

        if has_admin(database):
            if not as_user:
                raise UserError("There is an administrator already. Say who adds the user, with --as USER.")
            own, password = _two_passwords(settings, as_user, name)
            acting = signed_in(settings, database, as_user, own)
            added = AddUser(username=name, email=email, full_name=full_name, role=role, password=password)
            row = add_user(acting, added)
        else:
            password = _new_password(name)
            added = AddUser(username=name, email=email, full_name=full_name, role=role, password=password)
            row = add_first_admin(database, added, door=Door.COMMAND_LINE, machine=this_machine())
    if as_json:
        print_json(row)
    else:
        typer.echo(f"Added {row.username} as {row.role.value}.")


def _new_password(name: str) -> str:
    if not sys.stdin.isatty():
        return piped_password(sys.stdin.read())
    return str(typer.prompt(f"New password for {name}", hide_input=True, confirmation_prompt=True, err=True))


def _two_passwords(settings: Settings, as_user: str, name: str) -> tuple[str, str]:
    """The password of who acts and of the new user; both piped in: his own in the first line, then the new one."""
    if settings.password is not None:
        return settings.password.get_secret_value(), _new_password(name)
    if sys.stdin.isatty():
        return own_password(settings, as_user), _new_password(name)
    own, _newline, rest = sys.stdin.read().removeprefix("\ufeff").partition("\n")
    if not own.strip("\r"):
        return piped_password(own), ""
    return own.removesuffix("\r"), piped_password(rest)


# -- import ------------------------------------------------------------------------------------------------------


@app.command("import")
@command
def import_file(
    kind: Annotated[Importable, typer.Argument(help="What the file holds.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file or an Excel workbook.")],
    as_user: AsUser,
    project: Annotated[str | None, typer.Option("--project", metavar="CODE", help="Project of all holes.")] = None,
    mapping: Annotated[
        str,
        typer.Option(
            "--mapping",
            metavar="M",
            help="field=COLUMN,field=COLUMN; also depth_unit=ft, dip=down-positive, sheet=NAME, first_row=N.",
        ),
    ] = "",
    valid_only: Annotated[bool, typer.Option("--valid-only", help="Leave rows with errors out.")] = False,
    update: Annotated[bool, typer.Option("--update", help="Change rows that are there and differ.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import companies, projects or drillholes. Where there is an error nothing is written, unless --valid-only."""
    with opened() as (settings, database):
        from coresafe.services import importing

        acting = signed_in(settings, database, as_user)
        prepared = importing.prepare(
            file, kind.value, mapping=mapping, project=project, update=update, valid_only=valid_only
        )
        plan = importing.plan_import(acting, prepared)
        stopped = bool(plan.errors) and not valid_only
        outcome = None if dry_run or stopped else importing.import_rows(acting, prepared)
    done = outcome is not None
    if as_json:
        print_json(_told_plan(plan, import_id=outcome.import_id if outcome else None, done=done, dry_run=dry_run))
    else:
        _print_plan(plan, done=done)
    if stopped:
        rows = plan.skipped
        which = f"{rows:,} {'row has' if rows == 1 else 'rows have'} errors"
        refused(f"{file.name}: {which}. Nothing was written.", "Correct them, or leave them out with --valid-only.")
        raise typer.Exit(1)


def _told_plan(plan: Plan, *, import_id: int | None, done: bool, dry_run: bool) -> dict[str, Any]:
    return {
        "record_type": plan.record_type,
        "file": plan.file_name,
        "done": done,
        "dry_run": dry_run,
        "import_id": import_id,
        "mapping": plan.mapping,
        "unused_columns": plan.unused_columns,
        "rows_read": plan.rows_read,
        "added": len(plan.to_add),
        "updated": len(plan.to_update),
        "unchanged": plan.unchanged,
        "skipped": plan.skipped,
        "tails_cleaned": plan.tails_cleaned,
        "errors": plan.errors,
        "warnings": plan.warnings,
    }


def _print_plan(plan: Plan, *, done: bool) -> None:
    typer.echo(f"{plan.file_name}: {plan.rows_read:,} rows read")
    for name, header in plan.mapping.items():
        typer.echo(f"  {name} <- {header}")
    if plan.unused_columns:
        typer.echo(f"  not used: {', '.join(plan.unused_columns)}")
    if plan.tails_cleaned:
        typer.echo(f"{plan.tails_cleaned:,} depths cleaned of float noise")
    for kind, problems in (("warning", plan.warnings), ("error", plan.errors)):
        for problem in problems:
            where = ", ".join(
                part
                for part in (f"row {problem.row}" if problem.row else "", problem.column, _quoted(problem.value))
                if part
            )
            typer.echo(f"{kind}: {f'{where}: ' if where else ''}{problem.message}")
    words = ("added", "changed") if done else ("to add", "to change")
    typer.echo(
        f"{len(plan.to_add):,} {words[0]}, {len(plan.to_update):,} {words[1]}, {plan.unchanged:,} unchanged, "
        f"{plan.skipped:,} with errors"
    )
    if not done:
        typer.echo("Nothing was written.")


def _quoted(value: str) -> str:
    return repr(value) if value else ""


# -- export ------------------------------------------------------------------------------------------------------


#: report → what its help says. A test holds it against the table of the service, which is slow to import.
EXPORTS = {
    "dispatches": "Export all dispatches, one row for each size.",
    "outstanding": "Export the dispatches of which something is out, the oldest first.",
    "discrepancies": "Export the dispatches of which not everything came back good.",
    "movements": "Export the ledger: every movement of trays, the oldest first.",
    "samples": "Export the samples.",
}


def _exporter(report: str) -> Callable[..., None]:
    def export_report(
        file: Annotated[
            Path,
            typer.Argument(metavar="FILE", help="A workbook where it ends in .xlsx, else CSV; - is standard output."),
        ],
        since: Annotated[str, typer.Option("--from", metavar="DAY", help="Of this day or later (2026-10-01).")] = "",
        until: Annotated[str, typer.Option("--to", metavar="DAY", help="Of this day or earlier.")] = "",
        shed: Annotated[str, typer.Option("--shed", help="Code or name of a shed.")] = "",
        as_user: AsUser = "",
        as_json: AsJson = False,
    ) -> None:
        with opened() as (settings, database):
            from coresafe.services.exporting import ReportFilter, write_report

            wanted = ReportFilter(since=_day("--from", since), until=_day("--to", until, after=True), shed=shed)
            source = signed_in(settings, database, as_user) if as_user else database
            path = None if str(file) == "-" else file
            outcome = write_report(source, path, report, "xlsx" if file.suffix.lower() == ".xlsx" else "csv", wanted)
        if path is None:
            return
        if as_json:
            print_json(outcome)
        else:
            typer.echo(f"{outcome.rows:,} rows written to {outcome.file}")

    return export_report


for _report, _help in EXPORTS.items():
    export.command(_report, help=_help)(command(_exporter(_report)))


@export.command("reconciliation")
@command
def export_reconciliation(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A workbook (.xlsx), one CSV file (.csv), or one CSV file a table (.zip)."),
    ],
    since: Annotated[str, typer.Option("--from", metavar="DAY", help="First day; without it, the month's.")] = "",
    until: Annotated[str, typer.Option("--to", metavar="DAY", help="Last day; without it, until now.")] = "",
    shed: Annotated[str, typer.Option("--shed", help="Code or name of a shed; without it, all together.")] = "",
    as_user: AsUser = "",
    as_json: AsJson = False,
) -> None:
    """Export the reconciliation of a period: control totals, what is out, discrepancies, accounts, ledger, stocktakes."""
    with opened() as (settings, database):
        from coresafe.services.exporting.reconciliation import write_reconciliation
        from coresafe.services.reconciliation import ReconciliationQuery

        query = ReconciliationQuery(since=_date("--from", since), until=_date("--to", until))
        source = signed_in(settings, database, as_user) if as_user else database
        outcome = write_reconciliation(source, file, query, shed=shed)
    if as_json:
        print_json(outcome)
    else:
        typer.echo(f"{outcome.rows:,} rows written to {outcome.file}")


@export.command("statement")
@command
def export_statement(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A workbook (.xlsx), or a PDF (.pdf).")],
    company: Annotated[str, typer.Option("--company", metavar="NAME", help="Whose account.")],
    since: Annotated[str, typer.Option("--from", metavar="DAY", help="First day; without it, the month's.")] = "",
    until: Annotated[str, typer.Option("--to", metavar="DAY", help="Last day; without it, until now.")] = "",
    shed: Annotated[str, typer.Option("--shed", help="Code or name of a shed; without it, all together.")] = "",
    as_user: AsUser = "",
    as_json: AsJson = False,
) -> None:
    """Export a company's tray account for a period, with every dispatch behind it, for the company to check."""
    kind = file.suffix.lower()
    if kind not in (".xlsx", ".pdf"):
        raise ValidationFailed.of("format", "Choose a name that ends in .xlsx or .pdf.")
    with opened() as (settings, database):
        from coresafe.services.accounts import AccountQuery
        from coresafe.services.exporting.statement import open_statement, write_statement

        query = AccountQuery(company_id=0, since=_date("--from", since), until=_date("--to", until))
        source = signed_in(settings, database, as_user) if as_user else database
        statement = open_statement(source, query, shed=shed, company=company or "-")
        if kind == ".pdf":
            from coresafe.ui.accounts.paper import print_statement

            outcome = print_statement(statement, file)
        else:
            outcome = write_statement(statement, file)
    if as_json:
        print_json(outcome)
    else:
        typer.echo(f"{outcome.rows:,} rows written to {outcome.file}")


def _date(option: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValidationFailed([FieldError(option, f"{option} is a day such as 2026-10-31.")]) from None


def _day(option: str, text: str, *, after: bool = False) -> datetime | None:
    """The beginning (``after``: the end) of a day in this machine's time zone."""
    from datetime import UTC, time, timedelta

    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=after)
        return datetime.combine(day, time()).astimezone().astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValidationFailed([FieldError(option, f"{option} is a day such as 2026-10-31.")]) from None


# -- notify ------------------------------------------------------------------------------------------------------


@app.command()
@command
def notify(
    again: Annotated[bool, typer.Option("--again", help="Send it though it was sent today already.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send the day's digest of what is overdue by e-mail; once a day, and nothing where nothing is overdue."""
    with opened() as (settings, database):
        from coresafe.services import digest
        from coresafe.services.digest.message import text_of

        mail = None if dry_run else digest.mail_of(settings)
        notice = digest.look(database) if mail is None else digest.notify(database, mail, again=again)
    if as_json:
        print_json(notice)
    elif not notice.overdue.dispatches:
        typer.echo("Nothing is overdue." if dry_run else "Nothing is overdue, so nothing was sent.")
    elif notice.already:
        typer.echo(f"The digest of {notice.day} was sent already, so nothing was sent. --again sends it anyway.")
    elif dry_run:
        typer.echo(text_of(notice.overdue, day=notice.day, where=database.where), nl=False)
    else:
        count = notice.overdue.dispatches
        told = f"{count:,} overdue {'dispatch' if count == 1 else 'dispatches'}"
        typer.echo(f"The digest of {notice.day} was sent to {', '.join(notice.sent_to)}: {told}.")
    if notice.refused:
        refused(f"The mail server takes nothing for {', '.join(notice.refused)}; the others got it.")
        raise typer.Exit(1)


# -- serve -------------------------------------------------------------------------------------------------------


@app.command()
@command
def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = 8760,
) -> None:
    """Serve the HTTP API alone, until Ctrl-C. It logs to the terminal, one JSON object a line."""
    from coresafe import config, paths
    from coresafe.api import server

    settings = config.load()
    level = "DEBUG" if settings.debug else settings.log_level
    folder: Path | None = paths.log_folder()
    try:
        logs.start(folder, level, terminal=True, as_json=True, name="coresafe-api.log")
    except OSError:  # a container may have nowhere to write; the terminal is enough
        logs.start(None, level, terminal=True, as_json=True)
    server.serve(
        settings,
        host,
        port,
        listening=lambda address: typer.echo(f"CoreSafe serves {address}/api/v1 (documents: {address}/api/v1/docs)"),
    )


# -- doctor ------------------------------------------------------------------------------------------------------


@app.command()
@command
def doctor(as_json: AsJson = False) -> None:
    """Look at everything CoreSafe needs: each is ok, or says what to do."""
    with opened(current=False) as (_settings, database):
        from coresafe.services.examining import examine

        findings = tuple(examine(database))
    wrong = [finding for finding in findings if not finding.ok]
    if as_json:
        print_json({"ok": not wrong, "findings": findings})
    else:
        for finding in findings:
            words = " ".join(part for part in (finding.text, finding.todo) if part)
            typer.echo(f"{finding.name:<11} {'ok    ' if finding.ok else 'NOT OK'} {words}")
    if wrong:
        refused(wrong[0].text, wrong[0].todo)
        raise typer.Exit(1)
