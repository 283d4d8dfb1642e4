"""``coresafe`` and ``python -m coresafe``: the window at once, everything else by the command line."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the program; returns its exit code: 0 done, 1 refused or failed, 2 wrong usage."""
    if getattr(sys, "frozen", False):
        # A child process of the built program starts here too, and goes to its own work.
        import multiprocessing

        multiprocessing.freeze_support()
    arguments = sys.argv[1:]
    if arguments in ([], ["--demo"]):
        # The window does not wait for the command line's libraries.
        from coresafe.app import run_window

        return run_window(demo=bool(arguments))
    from coresafe.cli import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
