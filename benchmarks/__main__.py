"""``python -m benchmarks [names...]``: measure and print one table; without names, everything."""

from __future__ import annotations

import importlib
import sys
import time
import traceback

from benchmarks.bench import running
from benchmarks.results import Line, table
from tests.servers import installing

#: name → module: in the order of docs/performance.md.
NAMES = (
    "round_trips",
    "writing",
    "writers",
    "lists",
    "exports",
    "reports",
    "api",
    "proof",
    "memory",
    "starting",
    "stalls",
    "pages",
    "charts",
    "month",
    "embedded",
)


def main(arguments: list[str]) -> None:
    """Measure what was asked for."""
    kind = "mariadb" if "--mariadb" in arguments else "mysql"
    asked = [name for name in arguments if not name.startswith("-")] or list(NAMES)
    unknown = [name for name in asked if name not in NAMES]
    if unknown:
        raise SystemExit(
            f"There is no benchmark {unknown[0]!r}. There are: {', '.join(NAMES)}. `--mariadb` uses MariaDB."
        )
    installing.install()
    lines: list[Line] = []
    with running(kind) as bench:  # type: ignore[arg-type]
        settings = bench.settings
        for name in asked:
            started = time.monotonic()
            try:
                lines += importlib.import_module(f"benchmarks.{name}").measure(bench)
            except Exception as error:  # noqa: BLE001  # the others are measured all the same
                traceback.print_exc()
                lines.append(Line(what=name, measured="not measured", detail=f"{type(error).__name__}: {error}"[:120]))
            print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    print(f"{settings}\n\n{table(lines)}")


if __name__ == "__main__":
    main(sys.argv[1:])
