"""One private server: its own data folder, its own port on 127.0.0.1, a user with a password."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
import uuid
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pymysql

from tests.servers import children, installing, places
from tests.servers.places import Kind
from tests.servers.ports import free_port

USER = "coresafe"
PASSWORD = "shed-test-password"

#: For unit tests: the data need not outlive the machine. A kill -9 of the server loses nothing acknowledged even so
#: only with ``durable``.
_FAST = {
    "mysql": [
        "--innodb-flush-log-at-trx-commit=0",
        "--skip-log-bin",
        "--innodb-flush-method=nosync",
        "--innodb-doublewrite=OFF",
    ],
    "mariadb": ["--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", "--skip-innodb-doublewrite"],
}
#: What the measurements and the fault tests run under.
_DURABLE = ["--innodb-flush-log-at-trx-commit=1", "--sync-binlog=1", "--log-bin=binlog", "--server-id=1"]
_COMMON = {
    "mysql": ["--secure-file-priv=NULL", "--mysqlx=OFF", "--innodb-redo-log-capacity=64M"],
    # Settings an old server may well have: CoreSafe must bring its own character set, strictness and time zone.
    "mariadb": [
        "--character-set-server=latin1",
        "--sql-mode=",
        "--default-time-zone=+09:30",
        "--innodb-log-file-size=64M",
    ],
}
_START_SECONDS = 120.0
_STOP_SECONDS = 60.0


class Server:
    """A MySQL 9 (``kind="mysql"``) or MariaDB 10.11 (``kind="mariadb"``), started from a copy of pristine data.

    MySQL signs users in with ``caching_sha2_password`` and offers TLS with a certificate of its own (``ca_file``);
    MariaDB offers none, as Debian ships it. ``durable``: every commit is on the disk before it is acknowledged;
    without it the server is quick and forgetful. ``options`` are added to the command line.

    As a context manager it is started, and at the end killed and its data thrown away. It dies with this process.
    """

    def __init__(self, kind: Kind, *, durable: bool = False, options: tuple[str, ...] = ()) -> None:
        self.kind: Kind = kind
        self.host = "127.0.0.1"
        self.port = free_port()
        self.durable = durable
        self.options = options
        self._claim: places.Claim | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def datadir(self) -> Path:
        """The data folder; only of a server that was started."""
        if self._claim is None:
            raise RuntimeError("The server was not started.")
        return self._claim.folder

    @property
    def ca_file(self) -> Path | None:
        """The certificate that signed the server's, or None where it offers no TLS."""
        return self.datadir / "ca.pem" if self.kind == "mysql" else None

    @property
    def settings(self) -> list[str]:
        """The options it runs under, for the heading of a measurement."""
        durability = _DURABLE if self.durable else _FAST[self.kind]
        return [*_COMMON[self.kind], *durability, *self.options]

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The server's process."""
        if self._process is None:
            raise RuntimeError("The server was not started.")
        return self._process.pid

    def url(self, database: str = "", *, port: int | None = None) -> str:
        """``mysql+pymysql://user:password@127.0.0.1:port/database``; ``port`` of a proxy, say, instead of its own."""
        return f"mysql+pymysql://{USER}:{PASSWORD}@{self.host}:{port or self.port}/{database}"

    def start(self) -> Self:
        """Start and wait until it answers. Raises RuntimeError with the end of its log where it does not."""
        if not installing.is_installed(self.kind):
            raise RuntimeError("The private servers are not there yet; `make servers` makes them.")
        if self._claim is None:
            instances = places.data(self.kind) / "run"
            instances.mkdir(parents=True, exist_ok=True)
            with places.locked("run"):
                places.sweep(instances)
                self._claim = places.Claim(instances / uuid.uuid4().hex[:8])
            copy_folder(places.template(self.kind), self._claim.folder)
        self._launch()
        return self

    def restart(self) -> Self:
        """Start again on the same port and data, after ``stop`` or ``kill9``."""
        if self.running:
            self.stop()
        self._launch()
        return self

    def stop(self) -> None:
        """End it in order (SIGTERM); its data stays for ``restart``."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill9()

    def kill9(self) -> None:
        """End it as a power cut would, from the process's point of view; its data stays for ``restart``."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_STOP_SECONDS)

    def freeze(self) -> None:
        """Stop its process where it stands (SIGSTOP): it accepts connections and answers nothing."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        os.kill(self.pid, signal.SIGCONT)

    def remove(self) -> None:
        """Kill it and throw its data away."""
        self.kill9()
        if self._claim is not None:
            self._claim.release()
            self._claim = None

    def connect(self, database: str | None = None, **options: Any) -> pymysql.connections.Connection[Any]:
        """A bare PyMySQL connection as the suite's user (who may do everything)."""
        return pymysql.connect(
            host=self.host,
            port=self.port,
            user=USER,
            password=PASSWORD,
            database=database,
            charset="utf8mb4",
            **options,
        )

    def execute(self, statement: str, database: str | None = None) -> tuple[tuple[Any, ...], ...]:
        """Run one statement in a connection of its own, committed; its rows."""
        with contextlib.closing(self.connect(database, autocommit=True)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return tuple(cursor.fetchall())

    def log(self) -> str:
        """What the server wrote into its log."""
        return self._log_file().read_text(errors="replace")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def _log_file(self) -> Path:
        return self.datadir / "server.log"

    def _launch(self) -> None:
        self._process = launch(self.kind, self.datadir, self.port, self.settings)
        wait_until_ready(self._process, self.port, USER, PASSWORD, self._log_file())


def launch(kind: Kind, folder: Path, port: int, options: list[str]) -> subprocess.Popen[bytes]:
    """Start the server's process on ``folder``; it does not answer yet."""
    command = [
        *installing.program(kind),
        "--no-defaults",
        f"--datadir={installing.inside(kind, folder)}",
        "--bind-address=127.0.0.1",
        f"--port={port}",
        "--socket=server.sock",  # in the data folder: an absolute path there may be too long for a socket
        "--pid-file=server.pid",
        "--max-connections=300",
        "--innodb-buffer-pool-size=256M",
        "--skip-name-resolve",
        *options,
    ]
    if os.geteuid() == 0:
        command.append("--user=root")
    return children.start(command, folder / "server.log")


def wait_until_ready(process: subprocess.Popen[bytes], port: int, user: str, password: str, log: Path) -> None:
    """Wait until a sign-in succeeds. Raises RuntimeError, after killing it, when the server ended or never answered."""
    deadline = time.monotonic() + _START_SECONDS
    last: Exception | None = None
    while time.monotonic() < deadline:
        try:
            pymysql.connect(
                host="127.0.0.1", port=port, user=user, password=password, connect_timeout=5, read_timeout=5
            ).close()
        except (pymysql.err.OperationalError, pymysql.err.InternalError) as error:
            last = error
        else:
            return
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        break
    process.kill()
    process.wait()
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    raise RuntimeError(f"The server does not answer on port {port} ({last}). The end of its log:\n{tail}")


def first_start(kind: Kind, folder: Path) -> None:
    """Run a freshly initialised data folder once: make the suite's user, lock the bare root account, stop in order."""
    how = f"WITH caching_sha2_password BY '{PASSWORD}'" if kind == "mysql" else f"BY '{PASSWORD}'"
    bare = "" if kind == "mysql" else "DELETE FROM mysql.global_priv WHERE User = 'root' AND Host <> 'localhost';\n"
    first = folder / "first.sql"
    first.write_text(
        bare + f"CREATE USER '{USER}'@'%' IDENTIFIED {how};\n"
        f"GRANT ALL ON *.* TO '{USER}'@'%' WITH GRANT OPTION;\n"
        f"ALTER USER 'root'@'localhost' IDENTIFIED {how};\n"
    )
    port, log = free_port(), folder / "server.log"
    process = launch(kind, folder, port, [*_COMMON[kind], f"--init-file={installing.inside(kind, first)}"])
    try:
        wait_until_ready(process, port, USER, PASSWORD, log)
        process.terminate()
        process.wait(_STOP_SECONDS)
    finally:
        process.kill()
        process.wait()
    for leftover in ("first.sql", "server.log", "auto.cnf"):  # auto.cnf: every copy is a server of its own
        (folder / leftover).unlink(missing_ok=True)


def copy_folder(source: Path, target: Path) -> None:
    """Copy a data folder, holes and all."""
    subprocess.run(["cp", "-a", "--sparse=always", "--reflink=auto", str(source), str(target)], check=True)
