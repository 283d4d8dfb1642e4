"""The proof of a million dispatches, against merely reading their movements, and the memory it takes."""

from __future__ import annotations

import multiprocessing
import time
from pathlib import Path
from typing import Any

import pymysql.cursors

from benchmarks.bench import Bench, bare_connection
from benchmarks.million import many
from benchmarks.results import Line, at_most
from coresafe.services.database import Database
from coresafe.services.proving import prove

BATCH = 10_000
#: Bytes a movement that still count as flat: the sums by month and company are held, no movement is.
FLAT = 10


def measure(bench: Bench) -> list[Line]:
    """Read, prove and read again: the reading that is compared is the mean of both, warm and not."""
    spawn = multiprocessing.get_context("spawn")
    with many(bench) as server, spawn.Pool(1) as pool:
        small, large = server.url("thousand"), server.url("million")
        read = [pool.apply(_read, (large,))]
        proved = spawn.Pool(1)
        with proved:
            before = proved.apply(_prove, (small,))
            after = proved.apply(_prove, (large,))
        read.append(pool.apply(_read, (large,)))
    rows = read[0]["rows"]
    seconds = sum(one["seconds"] for one in read) / len(read)
    grown = after["memory"] - before["memory"]
    return [
        at_most(
            "proof of 1,000,000 dispatches, against reading their movements",
            after["seconds"] / seconds,
            3.0,
            detail=f"{after['seconds']:.1f} s against {seconds:.1f} s for {rows:,} movements",
        ),
        Line(
            what="memory of that proof beyond that of 1,000 dispatches",
            measured=f"{grown / 1024:.1f} MB",
            limit="flat",
            within=grown * 1024 < FLAT * rows,
            detail=f"peak {after['memory'] / 1024:.0f} MB against {before['memory'] / 1024:.0f} MB, "
            f"{grown * 1024 / rows:.1f} bytes a movement",
        ),
    ]


def _read(url: str) -> dict[str, Any]:
    """All columns of all movements, a row at a time, kept nowhere."""
    connection = bare_connection(url)
    started = time.perf_counter()
    rows = 0
    with connection.cursor(pymysql.cursors.SSCursor) as cursor:
        cursor.execute("SELECT * FROM movements")
        while batch := cursor.fetchmany(BATCH):
            rows += len(batch)
    seconds = time.perf_counter() - started
    connection.close()
    return {"rows": rows, "seconds": seconds}


def _prove(url: str) -> dict[str, Any]:
    database = Database(url)
    started = time.perf_counter()
    proof = prove(database)
    seconds = time.perf_counter() - started
    database.close()
    if not proof.holds:
        raise RuntimeError("\n".join(proof.problems[:5]))
    return {"seconds": seconds, "memory": _peak()}


def _peak() -> int:
    """The most memory this process ever held, in kB; what getrusage tells would begin with its parent's."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise RuntimeError("This system does not tell a process's memory.")
