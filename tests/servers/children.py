"""Start programs that end with this process, however it ends."""

from __future__ import annotations

import queue
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

_Job = tuple[Callable[[], subprocess.Popen[bytes]], "queue.SimpleQueue[subprocess.Popen[bytes] | BaseException]"]
_jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
_launcher: threading.Thread | None = None
_guard = threading.Lock()

#: The launcher's thread lives as long as the process; the suite's check for left-over threads knows it by this name.
LAUNCHER = "tests.servers launcher"


def start(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    """Start ``command`` with its words going to ``log``; it is killed when this process dies (Linux: PDEATHSIG).

    Linux watches the *thread* that started the child, so all are started by one thread that never ends: a server
    started from a helper thread outlives that thread.
    """

    def launch() -> subprocess.Popen[bytes]:
        with log.open("ab") as out:
            return subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                process_group=0,  # Ctrl-C ends the suite, which then ends its servers in order
            )

    answer: queue.SimpleQueue[subprocess.Popen[bytes] | BaseException] = queue.SimpleQueue()
    _ensure_launcher()
    _jobs.put((launch, answer))
    child = answer.get()
    if isinstance(child, BaseException):
        raise child
    return child


def _ensure_launcher() -> None:
    global _launcher  # noqa: PLW0603 - there is one for the process
    with _guard:
        if (
            _launcher is None or not _launcher.is_alive()
        ):  # not alive: this is a forked child, threads do not come along
            _launcher = threading.Thread(target=_work, name=LAUNCHER, daemon=True)
            _launcher.start()


def _work() -> None:
    while True:
        launch, answer = _jobs.get()
        try:
            answer.put(launch())
        except BaseException as error:  # noqa: BLE001 - raised again where it was asked for
            answer.put(error)
