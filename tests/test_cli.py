"""The command line, as people run it: real processes, exit codes, one clear line of error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PASSWORD = "Drill-Core-77"
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@dataclass
class Shell:
    """Runs ``coresafe`` with a home of its own."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str | Path, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CORESAFE_")}
        return subprocess.run(
            [sys.executable, "-m", "coresafe", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.home,
            env=kept | {"CORESAFE_HOME": str(self.home), "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
            | self.environment | environment,
            timeout=120,
        )  # fmt: skip

    def good(self, *arguments: str | Path, stdin: str = "", **environment: str) -> str:
        ran = self.run(*arguments, stdin=stdin, **environment)
        assert (ran.returncode, ran.stderr) == (0, "")
        return ran.stdout

    def bad(self, *arguments: str | Path, stdin: str = "", **environment: str) -> str:
        """The one line of error of a command that is refused."""
        ran = self.run(*arguments, stdin=stdin, **environment)
        assert ran.returncode == 1, ran.stdout + ran.stderr
        assert ran.stderr.count("\n") == 1, ran.stderr
        return ran.stderr


@pytest.fixture
def empty(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def shell(empty: Shell) -> Shell:
    """A set-up database with an administrator, who signs in by ``CORESAFE_PASSWORD``."""
    empty.good("db", "upgrade")
    empty.good("users", "add", "chief", "--role", "admin", "--email", "chief@example.com", stdin=f"{PASSWORD}\n")
    empty.environment["CORESAFE_PASSWORD"] = PASSWORD
    return empty


def test_the_database_is_set_up_proved_and_examined(empty: Shell) -> None:
    assert "db upgrade" in empty.bad("db", "check")
    assert "db upgrade" in empty.bad("doctor")
    assert not (empty.home / "data" / "coresafe.db").exists()
    assert "0003" in empty.good("db", "upgrade")
    assert json.loads(empty.good("db", "current", "--json")) == {
        "current": "0003",
        "needed": "0003",
        "is_current": True,
    }
    assert "Everything fits." in empty.good("db", "check")
    found = json.loads(empty.good("doctor", "--json"))
    assert found["ok"] is True
    assert [finding["name"] for finding in found["findings"]] == ["connection", "schema", "ledger"]


def test_downgrade_and_upgrade_again(shell: Shell) -> None:
    assert "no revision" in shell.bad("db", "downgrade", "nowhere")
    assert "Copied first" in shell.good("db", "downgrade", "base")
    assert "empty" in shell.bad("db", "check")
    shell.good("db", "upgrade")


def test_only_the_first_administrator_needs_nobody(empty: Shell) -> None:
    empty.good("db", "upgrade")
    add = ("users", "add", "chief", "--role", "admin", "--email", "chief@example.com")
    assert "differ" in empty.bad(*add, stdin=f"{PASSWORD}\n{PASSWORD}x\n")
    assert "No password" in empty.bad(*add)
    assert "chief" in empty.good(*add, stdin=f"{PASSWORD}\n{PASSWORD}\n")
    more = ("users", "add", "mary", "--role", "manager", "--email", "mary@example.com")
    assert "--as USER" in empty.bad(*more, stdin=f"{PASSWORD}\n")
    both = f"{PASSWORD}\nOther-Core-88\n"
    told = json.loads(empty.good(*more, "--as", "chief", "--json", stdin=both))
    assert (told["username"], told["role"]) == ("mary", "manager")
    assert "password" not in json.dumps(told).replace("must_change_password", "")
    again = ("users", "add", "otto", "--email", "otto@example.com", "--as", "mary")
    assert empty.bad(*again, stdin="Other-Core-88\nThird-Core-99\n")


def test_import_says_what_it_does_and_does_nothing_where_there_is_an_error(shell: Shell) -> None:
    companies = shell.home / "companies.csv"
    companies.write_text("Name,Email\nRiver Resources,core@river.example\nBad,nobody\n")
    command = ("import", "companies", companies, "--as", "chief")
    ran = shell.run(*command)
    assert ran.returncode == 1
    assert "row 3, Email, 'nobody'" in ran.stdout
    assert "Nothing was written" in ran.stderr
    told = json.loads(shell.good(*command, "--valid-only", "--dry-run", "--json"))
    assert (told["done"], told["added"], told["skipped"]) == (False, 1, 1)
    told = json.loads(shell.good(*command, "--valid-only", "--json"))
    assert (told["done"], told["added"]) == (True, 1)
    assert told["errors"][0] == {
        "row": 3, "column": "Email", "value": "nobody",
        "message": "'nobody' is not an e-mail address. It looks like name@example.com.",
    }  # fmt: skip
    assert "1 unchanged" in shell.good(*command, "--valid-only")


def test_import_asks_who_and_checks_the_password(shell: Shell) -> None:
    file = shell.home / "c.csv"
    file.write_text("Name\nOne\n")
    assert shell.run("import", "companies", file).returncode == 2
    assert "wrong" in shell.bad("import", "companies", file, "--as", "chief", CORESAFE_PASSWORD="nope nope nope")
    assert "wrong" in shell.bad("import", "companies", file, "--as", "nobody")
    del shell.environment["CORESAFE_PASSWORD"]
    assert "No password" in shell.bad("import", "companies", file, "--as", "chief")
    assert "1 added" in shell.good("import", "companies", file, "--as", "chief", stdin=f"{PASSWORD}\r\n")


def test_real_holes_come_in_by_the_command_line(shell: Shell) -> None:
    path = DATA / "A1_thalanga_collar.csv"
    if not path.is_file():
        pytest.skip("the real files are not on this machine")
    (shell.home / "c.csv").write_text("Name\nRiver Resources\n")
    (shell.home / "p.csv").write_text("Code,Name,Company\nTHA,Thalanga,River Resources\n")
    shell.good("import", "companies", shell.home / "c.csv", "--as", "chief")
    shell.good("import", "projects", shell.home / "p.csv", "--as", "chief")
    command = ("import", "drillholes", path, "--project", "THA", "--mapping", "hole_id=HOLE_ID,core_size=HOLE_SIZE",
               "--as", "chief")  # fmt: skip
    dry = shell.good(*command, "--dry-run")
    assert "5,277 to add" in dry
    assert "Nothing was written." in dry
    told = shell.good(*command)
    assert "5,277 added" in told
    assert "611 depths cleaned" in told
    assert "row 563" in told
    assert "row 4773" in told


def test_exported_dispatches_are_a_whole_file(shell: Shell) -> None:
    target = shell.home / "dispatches.csv"
    assert json.loads(shell.good("export", "dispatches", target, "--json")) == {"file": str(target), "rows": 0}
    assert target.read_text("utf-8-sig").startswith("number,status,")
    assert sorted(path.name for path in shell.home.glob("*.part")) == []
    assert shell.good("export", "dispatches", "-", "--as", "chief").startswith("number,")
    assert "no shed" in shell.bad("export", "dispatches", target, "--shed", "Nowhere")
    assert "--from" in shell.bad("export", "dispatches", target, "--from", "yesterday")
    assert "cannot be written" in shell.bad("export", "dispatches", shell.home / "none" / "d.csv")


def test_a_reconciliation_is_exported_as_a_workbook_and_as_csv(shell: Shell) -> None:
    for suffix in ("xlsx", "csv", "zip"):
        target = shell.home / f"october.{suffix}"
        told = shell.good(
            "export", "reconciliation", target, "--from", "2026-01-01", "--shed", "MAIN", "--as", "chief", "--json"
        )
        assert json.loads(told)["file"] == str(target) and target.stat().st_size
    target = shell.home / "r.xlsx"
    assert "no shed" in shell.bad("export", "reconciliation", target, "--shed", "Nowhere")
    assert "--from" in shell.bad("export", "reconciliation", target, "--from", "yesterday")
    assert "in the future" in shell.bad("export", "reconciliation", target, "--to", "2199-01-01")
    assert "ends before it starts" in shell.bad(
        "export", "reconciliation", target, "--from", "2026-02-01", "--to", "2026-01-01"
    )
    assert ".xlsx" in shell.bad("export", "reconciliation", shell.home / "r.doc")
    assert "folder is not there" in shell.bad("export", "reconciliation", shell.home / "none" / "r.xlsx")
    assert not target.exists()


def test_every_report_is_exported_as_csv_and_as_a_workbook(shell: Shell) -> None:
    for report in ("outstanding", "discrepancies", "movements", "samples"):
        target = shell.home / f"{report}.csv"
        assert "0 rows" in shell.good("export", report, target, "--as", "chief", "--from", "2026-01-01")
        assert target.read_text("utf-8-sig").count(",") > 5
    book = shell.home / "movements.XLSX"
    assert json.loads(shell.good("export", "movements", book, "--json"))["rows"] == 0
    assert zipfile.is_zipfile(book)


@pytest.mark.parametrize("arguments", [("bogus",), ("import", "rocks", "f", "--as", "a"), ("users", "add"), ("db",)])
def test_wrong_usage_ends_with_two(empty: Shell, arguments: tuple[str, ...]) -> None:
    assert empty.run(*arguments).returncode == 2


def test_settings_and_servers_that_cannot_be_used_are_told_in_one_line(empty: Shell) -> None:
    secret = "topsecret"
    url = f"postgresql://u:{secret}@h/d"
    assert secret not in empty.bad("db", "current", CORESAFE_DATABASE_URL=url)
    assert "CORESAFE_LOG_LEVEL" in empty.bad("db", "current", CORESAFE_LOG_LEVEL="loud")


def test_version_and_help(empty: Shell) -> None:
    assert empty.good("--version").startswith("CoreSafe ")
    for word in ("db", "users", "import", "export", "doctor"):
        assert word in empty.good("--help")


def test_a_companys_statement_is_exported_as_workbook_and_pdf(shell: Shell) -> None:
    (shell.home / "companies.csv").write_text("name\nAshanti Gold\n", "utf-8")
    shell.good("import", "companies", "companies.csv", "--as", "chief")
    for name, start in (("a.xlsx", b"PK"), ("a.pdf", b"%PDF-")):
        said = shell.good("export", "statement", name, "--company", " ashanti  GOLD", "--from", "2026-01-01")
        assert "written to" in said
        assert (shell.home / name).read_bytes().startswith(start)
    assert "There is no company 'Nobody'" in shell.bad("export", "statement", "b.pdf", "--company", "Nobody")
    assert "ends in .xlsx or .pdf" in shell.bad("export", "statement", "b.doc", "--company", "Ashanti Gold")
    wrong = ("--from", "2026-02-01", "--to", "2026-01-01")
    assert "ends before it starts" in shell.bad("export", "statement", "b.pdf", "--company", "Ashanti Gold", *wrong)
    assert "its folder is not there" in shell.bad("export", "statement", "no/b.pdf", "--company", "Ashanti Gold")
    assert not (shell.home / "b.pdf").exists()
