"""``python -m tests.servers install`` makes the servers; ``... run mysql|mariadb`` runs one until Ctrl-C."""

from __future__ import annotations

import signal
import sys

from tests.servers import Server, installing


def main(arguments: list[str]) -> None:
    """Do what was asked."""
    match arguments:
        case ["install"]:
            installing.install()
        case ["run", ("mysql" | "mariadb") as kind]:
            installing.install()
            with Server(kind, durable=True) as server:
                server.execute("CREATE DATABASE coresafe_test CHARACTER SET utf8mb4")
                print(f"{server.url('coresafe_test')}\nCtrl-C ends it and throws its data away.", flush=True)
                signal.sigwait({signal.SIGINT, signal.SIGTERM})
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
