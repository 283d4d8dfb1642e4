"""Build the folder with PyInstaller and start what it holds: ``make build-check``.

Outside the suite, since the build alone takes a minute or two. It runs the frozen program in a home of its own, as
somebody would who just unpacked it: its version, the embedded database made by the shipped migrations, a user, an
import, the proof, a shared MySQL, the window up to its first painted picture. It sees neither the virtual environment
nor the source.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

from coresafe import __version__
from coresafe.services import schema
from tests.servers import Server
from tests.servers.ports import free_port

ROOT = Path(__file__).parents[1]
PASSWORD = "Drill-Core-77"


def main() -> None:
    """Build, copy the folder to a place of its own, run it there."""
    subprocess.run(
        [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN", "build.spec"],
        cwd=ROOT,
        check=True,
    )
    with tempfile.TemporaryDirectory(prefix="coresafe-build-check-") as name:
        place = Path(name)
        shutil.copytree(ROOT / "dist/coresafe", place / "program", symlinks=True)
        Frozen(place).check()
    files = [path for path in (ROOT / "dist/coresafe").rglob("*") if path.is_file() and not path.is_symlink()]
    size = sum(path.stat().st_size for path in files)
    print(f"dist/coresafe starts and works: {size / 1e6:.0f} MB")


class Frozen:
    """The built program in a folder of its own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(place),
            "LANG": "C.UTF-8",
            "CORESAFE_HOME": str(place / "home"),
            "CORESAFE_PASSWORD": PASSWORD,
            "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        }

    def check(self) -> None:
        """Everything that needs a file which only a frozen program can lose."""
        assert __version__ in self.run("--version")
        self.run("db", "upgrade")
        assert schema.HEAD in self.run("db", "current")
        self.run("users", "add", "boss", "--role", "admin", "--email", "boss@example.com", stdin=f"{PASSWORD}\n")
        self.run("db", "check")
        self.run("doctor")
        companies = self.place / "companies.csv"
        companies.write_text("name\nAshanti\n", encoding="utf-8")
        self.run("import", "companies", str(companies), "--as", "boss")
        self.run(CORESAFE_QUIT_WHEN_PAINTED="1")
        with Server("mysql") as server:
            server.execute("CREATE DATABASE build_test CHARACTER SET utf8mb4")
            self.run("db", "upgrade", CORESAFE_DATABASE_URL=server.url("build_test"))
            self.run("doctor", CORESAFE_DATABASE_URL=server.url("build_test"))
        self.serve()
        log = (self.place / "home/logs/coresafe.log").read_text()
        assert '"ERROR"' not in log, log

    def serve(self) -> None:
        """The API, with its page's files and a workbook made in a child process of the frozen program."""
        program = subprocess.Popen(
            [str(self.place / "program/coresafe"), "serve", "--port", str(free_port())],
            cwd=self.place,
            env=self._environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert program.stdout is not None
            address = program.stdout.readline().split("serves ")[1].split()[0]
            with httpx.Client(base_url=address, timeout=60) as client:
                assert client.get("/health/ready").status_code == 200
                assert client.get("/docs/files/swagger-ui.css").status_code == 200
                pair = client.post("/auth/login", json={"username": "boss", "password": PASSWORD}).json()
                client.headers["Authorization"] = f"Bearer {pair['access_token']}"
                book = client.get("/reports/export", params={"format": "xlsx"})
                assert book.content.startswith(b"PK"), book.text
        finally:
            program.terminate()
            program.wait(30)

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> str:
        """Run it to its end; what it said. Raises with all it said when it failed."""
        done = subprocess.run(
            [str(self.place / "program/coresafe"), *arguments],
            cwd=self.place,
            env=self._environment | environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        said = f"coresafe {' '.join(arguments)} → {done.returncode}\n{done.stdout}{done.stderr}".rstrip()
        print(said)
        if done.returncode:
            raise SystemExit("The built program failed; what it said stands above.")
        return done.stdout


if __name__ == "__main__":
    main()
