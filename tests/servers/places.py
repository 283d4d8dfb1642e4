"""Where the private servers lie, and the locks that keep two runs from making the same thing."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

Kind = Literal["mysql", "mariadb"]


def cache() -> Path:
    """The folder of everything that is made once: ``$XDG_CACHE_HOME/coresafe-test`` or ``~/.cache/coresafe-test``."""
    base = os.environ.get("CORESAFE_TEST_CACHE")
    if base:
        return Path(base)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "coresafe-test"


def mysql_root() -> Path:
    """The folder that MySQL's programs see as ``/``: a small Debian of its own."""
    return cache() / "mysql"


def data(kind: Kind) -> Path:
    """The folder of a kind's data folders: the pristine ``template`` and one for each running server."""
    return mysql_root() / "srv" if kind == "mysql" else cache() / "mariadb"


def template(kind: Kind) -> Path:
    """The initialised data folder that every server starts from as a copy."""
    return data(kind) / "template"


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Let one process at a time in; the lock is gone with its process, however that ended."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def made_once(target: Path, make: Callable[[Path], None]) -> None:
    """Make the folder ``target`` unless it is there: beside it first, then renamed, so that half a folder never counts.

    What an earlier, interrupted run left is thrown away. The caller holds the lock.
    """
    if target.exists():
        return
    unfinished = target.with_name(target.name + ".unfinished")
    _unmount_below(unfinished)
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    make(unfinished)
    unfinished.rename(target)


def _unmount_below(folder: Path) -> None:
    """Undo what debootstrap mounted (``/proc``), if it was killed before it could."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in reversed([each for each in mounts if each.startswith(f"{folder}/")]):
        subprocess.run(["umount", "--lazy", mount], check=True)


class Claim:
    """A folder of one running server, held by a lock on ``<folder>.lock`` as long as this process lives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = folder.with_name(folder.name + ".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise

    def release(self) -> None:
        """Throw the folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)
        Path(self._lock.name).unlink(missing_ok=True)
        self._lock.close()


def sweep(parent: Path) -> None:
    """Throw away the folders under ``parent`` whose process is gone."""
    for lock in parent.glob("*.lock"):
        with contextlib.suppress(BlockingIOError, FileNotFoundError):
            Claim(lock.with_suffix("")).release()
