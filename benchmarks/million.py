"""A database of so many dispatches with a ledger that proves, made by bulk inserts, as years of work would leave it.

Nobody has the time to play a million dispatches; what is made here is what playing them leaves in the tables of stock:
dispatches with lines, returns with lines, movements, balances, monthly totals, counters. The last 500 are out.

The last thousand left in the last two months in either database: what was done of late is alike, and the million differs
by the ten years before it. So a page or a report of a month holds as much in both.
"""

from __future__ import annotations

import contextlib
import random
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.bench import PLENTY, Bench
from coresafe.services import schema
from coresafe.services.database import Database
from coresafe.services.proving import prove
from tests.servers import Server, places
from tests.servers.server import copy_folder
from tests.worlds import World, make_people, make_world

#: Raised when what is made changes, so that nobody measures an old one.
EDITION = 4
OPEN = 500
YEARS = 10
#: Dispatches of the last two months, some twenty a working day.
RECENT = 1_000
SIZES = {"thousand": 1_000, "million": 1_000_000}
COMPANIES, PROJECTS_EACH, HOLES_EACH = 20, 5, 40
_BATCH = 10_000
_NOW = datetime(2026, 6, 30, 12)  # noqa: DTZ001  # as the columns hold it: UTC, without a zone
_RECENT_SINCE = datetime(2026, 5, 1)  # noqa: DTZ001
#: What left before is back by then.
_EARLIER_UNTIL = _RECENT_SINCE - timedelta(days=9)

DISPATCH = (
    "id", "number", "status", "shed_id", "company_id", "project_id", "drillhole_id", "dispatched_at", "due_at", "driver",
    "technician", "vehicle", "destination", "quantity", "outstanding", "is_open", "is_final", "matched", "discrepancy",
    "closed_at", "created_by", "version", "created_at", "updated_at", "month",
)  # fmt: skip
LINE = ("dispatch_id", "position", "tray_size_id", "contents", "quantity", "good", "occupied", "damaged", "outstanding")
RETURN = (
    "id", "number", "dispatch_id", "shed_id", "returned_at", "driver", "technician", "is_final", "created_by", "version",
    "created_at", "updated_at",
)  # fmt: skip
RETURN_LINE = (
    "return_id", "dispatch_position", "dispatch_id", "tray_size_id", "good", "occupied", "damaged", "surplus",
)  # fmt: skip
MOVEMENT = (
    "at", "entered_at", "month", "to_month", "kind", "of_kind", "tray_size_id", "quantity", "from_state", "to_state",
    "shed_id", "to_shed_id", "company_id", "dispatch_id", "return_id", "user_id", "operation_id",
)  # fmt: skip
COLUMNS = {
    "dispatches": DISPATCH,
    "dispatch_lines": LINE,
    "returns": RETURN,
    "return_lines": RETURN_LINE,
    "movements": MOVEMENT,
}


@dataclass(slots=True)
class _Books:
    """What the movements add up to, kept while they are made."""

    totals: dict[tuple[Any, ...], int] = field(default_factory=lambda: defaultdict(int))
    balances: dict[tuple[Any, ...], int] = field(default_factory=lambda: defaultdict(int))
    numbers: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    counts: dict[tuple[str, int, int, int], int] = field(default_factory=lambda: defaultdict(int))

    def number(self, letter: str, year: int) -> str:
        """The next number of the year."""
        self.numbers[letter, year] += 1
        return f"{letter}-{year}-{self.numbers[letter, year]:06d}"

    def count(self, kind: str, month: int, shed: int, project: int) -> None:
        """One more dispatch that stands so."""
        self.counts[kind, month, shed, project] += 1
        self.counts[kind, 0, shed, 0] += 1

    def move(self, account: tuple[Any, ...], company: int, month: int, kind: str, quantity: int) -> None:
        """Add to an account (shed, size, state)."""
        self.balances[account] += quantity
        self.totals[(*account, company, month, kind)] += quantity


Rows = dict[str, list[tuple[Any, ...]]]


def _documents(
    world: World, count: int, places_of: Sequence[tuple[int, int, int]], sizes: Sequence[int], books: _Books
) -> Iterator[Rows]:
    """The rows of ``count`` dispatches in the order they were entered, in batches."""
    dice = random.Random(count)
    before = count - RECENT
    start = _NOW - timedelta(days=365.25 * YEARS)
    step, recent_step = (_EARLIER_UNTIL - start) / max(1, before), (_NOW - _RECENT_SINCE) / RECENT
    shed, user = world.shed_id, world.operator.actor.user_id
    drivers = [f"Driver {n:02d}" for n in range(40)]
    technicians = [f"Technician {n:02d}" for n in range(15)]
    rows: Rows = {table: [] for table in COLUMNS}
    for dispatch in range(1, count + 1):
        at = start + step * dispatch if dispatch <= before else _RECENT_SINCE + recent_step * (dispatch - before)
        back = min(at + timedelta(hours=dice.randint(20, 200)), _NOW)
        month, back_month = at.year * 100 + at.month, back.year * 100 + back.month
        company, project, hole = dice.choice(places_of)
        driver, technician = dice.choice(drivers), dice.choice(technicians)
        is_out = dispatch > count - OPEN
        chosen = sizes if dispatch % 3 == 0 else (sizes[dispatch % len(sizes)],)
        operation, operation_back = (
            f"{dispatch:08x}-0000-4000-8000-000000000001",
            f"{dispatch:08x}-0000-4000-8000-000000000002",
        )
        total = damaged_total = 0
        for position, size in enumerate(chosen, start=1):
            quantity = dice.randint(3, 20)
            occupied = 0 if is_out or dice.random() > 0.2 else 1
            damaged = 0 if is_out or dice.random() > 0.04 else 1
            good = 0 if is_out else quantity - occupied - damaged
            total += quantity
            damaged_total += damaged
            out = quantity if is_out else 0
            rows["dispatch_lines"].append((dispatch, position, size, "empty", quantity, good, occupied, damaged, out))
            sent, came = (at, at, month, month), (back, back, back_month, back_month)
            rows["movements"].append(
                (
                    *sent,
                    "dispatch",
                    "dispatch",
                    size,
                    quantity,
                    "available",
                    "out",
                    shed,
                    shed,
                    company,
                    dispatch,
                    None,
                    user,
                    operation,
                )
            )
            books.move((shed, size, "available"), company, month, "dispatch", -quantity)
            books.move((shed, size, "out"), company, month, "dispatch", quantity)
            if is_out:
                continue
            rows["return_lines"].append((dispatch, position, dispatch, size, good, occupied, damaged, 0))
            for state, part in (("available", good), ("occupied", occupied), ("damaged", damaged)):
                if part:
                    rows["movements"].append(
                        (
                            *came,
                            "return",
                            "return",
                            size,
                            part,
                            "out",
                            state,
                            shed,
                            shed,
                            company,
                            dispatch,
                            dispatch,
                            user,
                            operation_back,
                        )
                    )
                    books.move((shed, size, "out"), company, back_month, "return", -part)
                    books.move((shed, size, state), company, back_month, "return", part)
        number = books.number("D", at.year)
        if not is_out:
            rows["returns"].append(
                (
                    dispatch,
                    books.number("R", back.year),
                    dispatch,
                    shed,
                    back,
                    driver,
                    technician,
                    1,
                    user,
                    1,
                    back,
                    back,
                )
            )
        rows["dispatches"].append(
            (
                dispatch, number, "outstanding" if is_out else "closed", shed, company, project, hole, at,
                at + timedelta(days=7), driver, technician, "GR 4521-22", "Intertek Tarkwa", total, total if is_out else 0,
                is_out, not is_out, not is_out and not damaged_total, damaged_total > 0, None if is_out else back, user,
                1 if is_out else 2, at, at if is_out else back, month,
            )
        )  # fmt: skip
        standing = {"sent": True, "closed": not is_out, "matched": not is_out and not damaged_total,
                    "discrepancy": damaged_total > 0}  # fmt: skip
        for kind, stands in standing.items():
            if stands:
                books.count(kind, month, shed, project)
        if dispatch % _BATCH == 0 or dispatch == count:
            yield rows
            rows = {table: [] for table in COLUMNS}


def _cell(value: Any) -> str:
    """As LOAD DATA reads it."""
    if value is None:
        return r"\N"
    return str(int(value)) if isinstance(value, bool) else str(value)


def _insert(connection: Any, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """One LOAD of tab-separated text, the quickest way in; the text goes through a file that is thrown away."""
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile("w", suffix=".tsv") as text:
        text.writelines("\t".join(map(_cell, row)) + "\n" for row in rows)
        text.flush()
        with connection.cursor() as cursor:
            cursor.execute(
                f"LOAD DATA LOCAL INFILE '{text.name}' INTO TABLE {table} CHARACTER SET utf8mb4 ({', '.join(columns)})"
            )
            connection.commit()


def fill(server: Server, name: str, count: int) -> None:
    """Make the database ``name`` with so many dispatches. Raises RuntimeError where its ledger does not prove."""
    server.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
    database = Database(server.url(name))
    schema.upgrade(database)
    world = make_world(make_people(database), hq=PLENTY, nq=PLENTY)
    connection = server.connect(name, local_infile=True)
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION foreign_key_checks = 0, unique_checks = 0")
        cursor.execute("SELECT id FROM tray_sizes WHERE is_active ORDER BY id")
        sizes = [row[0] for row in cursor.fetchall()]
    places_of = _places(connection)
    books = _Books()
    with connection.cursor() as cursor:  # the opening lies before everything else
        cursor.execute(
            "UPDATE movements SET at = '2016-01-01', entered_at = '2016-01-01', month = 201601, to_month = 201601"
        )
        cursor.execute("UPDATE monthly_totals SET month = 201601")
    with ThreadPoolExecutor(1) as loader:  # the rows of the next batch are made while one is loaded
        loading = None
        for rows in _documents(world, count, places_of, sizes, books):
            if loading is not None:
                loading.result()
            loading = loader.submit(_load, connection, rows)
        if loading is not None:
            loading.result()
    _close_books(connection, books)
    connection.close()
    proof = prove(database)
    database.close()
    if not proof.holds:
        raise RuntimeError("\n".join(proof.problems[:10]))


def _load(connection: Any, rows: Rows) -> None:
    for table, columns in COLUMNS.items():
        _insert(connection, table, columns, rows[table])


def _places(connection: Any) -> list[tuple[int, int, int]]:
    """Companies with projects and holes: their ids."""
    stamp = (1, "2016-01-01", "2016-01-01")
    companies = [(f"Company {n:02d}", f"company {n:02d}", *stamp) for n in range(COMPANIES)]
    found: list[tuple[int, int, int]] = []
    with connection.cursor() as cursor:
        for row in companies:
            cursor.execute(
                "INSERT INTO companies (name, name_key, version, created_at, updated_at) VALUES (%s, %s, %s, %s, %s)",
                row,
            )
            company = cursor.lastrowid
            for number in range(PROJECTS_EACH):
                code = f"P{company}-{number}"
                cursor.execute(
                    "INSERT INTO projects (code, code_key, name, name_key, company_id, status, version, created_at, updated_at) "
                    "VALUES (%s, %s, %s, %s, %s, 'active', %s, %s, %s)",
                    (code, code.lower(), f"Project {code}", f"project {code.lower()}", company, *stamp),
                )
                project = cursor.lastrowid
                for hole in range(HOLES_EACH):
                    name = f"{code}-{hole:03d}"
                    cursor.execute(
                        "INSERT INTO drillholes (hole_id, hole_key, project_id, status, version, created_at, updated_at) "
                        "VALUES (%s, %s, %s, 'active', %s, %s, %s)",
                        (name, name.lower(), project, *stamp),
                    )
                    found.append((company, project, cursor.lastrowid))
    connection.commit()
    return found


def _close_books(connection: Any, books: _Books) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO monthly_totals (shed_id, tray_size_id, state, company_id, month, kind, quantity) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [(*key, quantity) for key, quantity in books.totals.items()],
        )
        cursor.executemany(
            "UPDATE balances SET quantity = quantity + %s WHERE shed_id = %s AND tray_size_id = %s AND state = %s",
            [(quantity, *account) for account, quantity in books.balances.items()],
        )
        cursor.executemany(
            "INSERT INTO counters (kind, period, shed_id, project_id, value) VALUES (%s, %s, %s, %s, %s)",
            [(letter, year, 0, 0, value) for (letter, year), value in books.numbers.items()]
            + [(*key, value) for key, value in books.counts.items()],
        )
        connection.commit()
        for table in (*COLUMNS, "monthly_totals", "counters", "companies", "projects", "drillholes"):
            cursor.execute(f"ANALYZE TABLE {table}")
            cursor.fetchall()


def _folder(server: Server) -> Path:
    return places.data(server.kind) / f"many-{EDITION}-{schema.HEAD}"


@contextlib.contextmanager
def many(bench: Bench) -> Iterator[Server]:
    """A server of its own, as durable as the bench's, with the databases ``thousand`` and ``million``; made once."""
    server = Server(bench.server.kind, durable=True)
    folder = _folder(server)
    with places.locked("many"):
        places.made_once(folder, lambda target: _make(server, target))
    with server:
        server.stop()
        shutil.rmtree(server.datadir)
        copy_folder(folder, server.datadir)
        server.restart()
        yield server


def _make(like: Server, target: Path) -> None:
    print("Making the million (some minutes, once) ...", flush=True)
    options = ("--innodb-buffer-pool-size=3G", "--local-infile=1", "--innodb-redo-log-capacity=2G")
    with Server(like.kind, options=options if like.kind == "mysql" else options[:2]) as server:
        for name, count in SIZES.items():
            fill(server, name, count)
        server.execute("SET GLOBAL innodb_fast_shutdown = 0")
        server.stop()
        copy_folder(server.datadir, target)
