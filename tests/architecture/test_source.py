"""What the source may say where: ends of transactions, imports of the start path, hosts, names."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = sorted((ROOT / "coresafe").rglob("*.py"))

#: Files in which a transaction may be ended, each with its reason.
ENDS_TRANSACTIONS = {
    "services/transaction.py": "the boundary of every use case",
    "services/database.py": "the transactions of what runs beside the use cases",
    "services/mysql_connection.py": "the driver itself: leaves out a COMMIT that would end nothing",
    "services/schema.py": "Alembic ends each migration; this ends what SQLAlchemy thinks is open",
}
_ENDING = {"commit", "rollback", "flush", "begin_nested"}
#: A file and a stream are flushed too, and a process's pipe; those are no sessions.
_FLUSHED = re.compile(r"^(sys\.)?(stdout|stderr|target|file|stream|out|pipe|handle)$")


def test_transactions_end_in_one_place() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}: {ast.unparse(call)}"
        for path in SOURCE
        if path.relative_to(ROOT / "coresafe").as_posix() not in ENDS_TRANSACTIONS
        for call in _calls(path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in _ENDING
        and not (call.func.attr == "flush" and _FLUSHED.match(ast.unparse(call.func.value)))
    ]
    assert not found, "only services/transaction.py ends transactions:\n" + "\n".join(found)


def test_sql_that_ends_a_transaction_is_written_in_one_place() -> None:
    statement = re.compile(r"^\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|START TRANSACTION)\b(?! [a-z])")
    found = [
        f"{path.relative_to(ROOT)}:{text.lineno}: {text.value!r}"
        for path in SOURCE
        if path.relative_to(ROOT / "coresafe").as_posix() not in ENDS_TRANSACTIONS
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and statement.match(text.value)
    ]
    assert not found, "\n".join(found)


def test_starting_the_program_loads_nothing_slow() -> None:
    """Measured: pandas, pyqtgraph, fastapi and alembic cost a second together, openpyxl half of one."""
    slow = ("pandas", "numpy", "openpyxl", "pyqtgraph", "fastapi", "uvicorn", "alembic")
    rooms = "import coresafe.cli, coresafe.app, coresafe.services.signing_in, coresafe.services.schema, sys; "
    done = subprocess.run(
        [sys.executable, "-c", f"{rooms}print([name for name in {slow!r} if name in sys.modules])"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_no_file_names_a_package_registry() -> None:
    """Where packages come from is a matter of the machine that installs them, never of this project."""
    # In pieces, so that this file does not name them either.
    hosts = ["py" + "pi.org", "python" + "hosted", "deb." + "debian", "archive." + "ubuntu", "registry." + "npmjs"]
    found = []
    for path in _files():
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, OSError):
            continue  # a picture
        found += [f"{path.relative_to(ROOT)}: {host}" for host in hosts if host in text.lower()]
    assert not found, "\n".join(found)


def test_no_file_of_source_is_a_heap() -> None:
    """One idea a file. Past this length a file is two of them."""
    longest = 800
    found = [f"{path.relative_to(ROOT)}: {count} lines" for path in SOURCE if (count := _lines(path)) > longest]
    assert not found, "\n".join(found)


def test_every_package_of_the_suite_mirrors_the_program_or_says_what_it_is() -> None:
    for folder in sorted(path.parent for path in (ROOT / "tests").rglob("test_*.py")):
        assert (folder / "__init__.py").exists(), f"{folder.relative_to(ROOT)} has no __init__.py"


def _calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _files() -> list[Path]:
    """What is, or would be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]
