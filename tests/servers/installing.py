"""Make the servers' programs and their pristine data folders, once.

MySQL comes from Debian's development suite into a folder of its own (Debian's releases have none), and runs there with
that folder as its ``/``. MariaDB is the one of the Debian release underneath. Neither touches a server of the system:
only the packages that hold the bare programs are installed, and they start no service.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from tests import system_packages
from tests.servers import places
from tests.servers.places import Kind

KINDS: tuple[Kind, ...] = ("mysql", "mariadb")


def install() -> None:
    """Make what is missing of both servers. Quick when everything is there; safe to run twice at once."""
    with places.locked("install"):
        _mysql_programs()
        _mariadb_programs()
        for kind in KINDS:
            places.made_once(places.template(kind), _initialise_mysql if kind == "mysql" else _initialise_mariadb)


def is_installed(kind: Kind) -> bool:
    """Whether a server of this kind can be started."""
    return places.template(kind).exists()


def program(kind: Kind) -> list[str]:
    """The command that starts a server, without its options."""
    if kind == "mysql":
        return ["chroot", str(places.mysql_root()), "/usr/sbin/mysqld"]
    return [shutil.which("mariadbd", path=os.environ.get("PATH", "") + ":/usr/sbin") or "mariadbd"]


def inside(kind: Kind, path: Path) -> str:
    """How the server of this kind names ``path``: MySQL's folder is its ``/``."""
    return f"/{path.relative_to(places.mysql_root())}" if kind == "mysql" else str(path)


def _mysql_programs() -> None:
    def make(folder: Path) -> None:
        if os.geteuid() != 0:
            raise SystemExit("Making the private MySQL needs root once; please run: sudo make servers")
        print("Making the private MySQL (two minutes, once) ...", flush=True)
        log = places.cache() / "mysql.log"
        packages = ["apt-get", "-q", "-y", "-o", "APT::Sandbox::User=root", "--no-install-recommends"]
        _run(["debootstrap", "--variant=minbase", "sid", str(folder), _mirror()], log)
        _run(["chroot", str(folder), *packages, "install", "mysql-server-core"], log)
        _run(["chroot", str(folder), "apt-get", "clean"], log)

    places.made_once(places.mysql_root(), make)


def _mariadb_programs() -> None:
    needed = {program("mariadb")[0]: "mariadb-server-core", "my_print_defaults": "mariadb-client-core"}
    missing = [package for name, package in needed.items() if shutil.which(name) is None]
    if missing:
        system_packages.install(missing)


def _mirror() -> str:
    """The package archive that this machine's apt already uses for Debian itself."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for origin, label, address in (line.split("|") for line in listed):
        if origin == label == "Debian":
            return address
    raise SystemExit("apt knows no Debian archive on this machine, so the private MySQL cannot be made here.")


def _initialise_mysql(folder: Path) -> None:
    """An empty data folder with the suite's user, run once so that its certificates are there."""
    from tests.servers.server import first_start

    log = places.cache() / "mysql.log"
    where = ["--no-defaults", "--user=root", f"--datadir={inside('mysql', folder)}"]
    _run([*program("mysql"), *where, "--initialize-insecure"], log)
    first_start("mysql", folder)


def _initialise_mariadb(folder: Path) -> None:
    """An empty data folder with the suite's user. Like Debian's own, this server offers no TLS."""
    from tests.servers.server import first_start

    options = ["--no-defaults", "--skip-test-db", "--auth-root-authentication-method=normal", f"--datadir={folder}"]
    if os.geteuid() == 0:
        options.append("--user=root")
    _run(["mariadb-install-db", *options], places.cache() / "mariadb.log")
    first_start("mariadb", folder)


def _run(command: list[str], log: Path) -> None:
    """Run to the end; what it said goes to ``log``, and its end is shown when it failed."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    environment["PATH"] = environment.get("PATH", "") + ":/usr/sbin:/sbin"
    with log.open("a") as out:
        print(f"\n{datetime.now(UTC):%F %T} {' '.join(command)}", file=out, flush=True)
        done = subprocess.run(command, env=environment, stdout=out, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
        raise SystemExit(f"{tail}\n\n{command[0]} failed; the whole of it is in {log}.")
