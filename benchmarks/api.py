"""What a request costs over HTTP, against bare Starlette and PyMySQL with the same statements; and with a million dispatches."""

from __future__ import annotations

import http.client
import json
import socket
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench
from benchmarks.million import OPEN, many
from benchmarks.results import Line, at_most, milliseconds
from coresafe.models.enums import SampleType
from coresafe.services import registry
from coresafe.services.database import Database
from coresafe.services.registry import AddCompany, AddDrillhole, AddProject
from coresafe.services.samples import AddSample, AddSamples, add_samples
from tests.served import Served, returned, wanted
from tests.servers import Proxy
from tests.worlds import World

ROWS = 100
ROUNDS = 60
WARM = 10
CALLERS, SECONDS = 64, 10.0
#: What lists answer with so many rows: path → limit of the ratio (None: for information).
PAGES: dict[str, float | None] = {
    f"/companies?limit={ROWS}": 2,
    f"/projects?limit={ROWS}": 2,
    f"/drillholes?limit={ROWS}": 2,
    f"/dispatches?limit={ROWS}": 2,
    f"/dispatches/outstanding?limit={ROWS}": 2,
    f"/samples?limit={ROWS}": 2,
    f"/inventory/movements?limit={ROWS}": 2,
    f"/users?limit={ROWS}": 2,
    f"/audit?limit={ROWS}": 2,
    "/inventory": 2,
    "/inventory/available": 2,
    "/sheds": 2,
    "/tray-sizes": 2,
    "/reports/dashboard": None,
    "/reports/reconciliation": None,
    "/reports/analytics": None,
}
LARGE: dict[str, float] = {
    "/reports/dashboard": 1.5,
    f"/dispatches/outstanding?limit={OPEN}": 1.5,
    f"/dispatches?limit={ROWS}": 1.5,
    "/reports/reconciliation?from=2026-05-01&to=2026-05-31": 2,
}


def measure(bench: Bench) -> list[Line]:
    """Both sides are served by uvicorn in child processes and called in turns by one caller that keeps its connection."""
    return [*_against_bare(bench), *_against_few(bench)]


class Caller:
    """One caller on a connection that is kept open; it reads each answer whole."""

    def __init__(self, port: int, token: str = "") -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._line.connect()
        self._line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, path: str, body: Any = None) -> tuple[int, bytes]:
        """Status and content of a GET, or of a POST where a body is given."""
        sent = None if body is None else json.dumps(body)
        headers = self._headers if body is None else {**self._headers, "Content-Type": "application/json"}
        self._line.request("GET" if body is None else "POST", path, sent, headers)
        answer = self._line.getresponse()
        return answer.status, answer.read()

    def timed(self, path: str) -> float:
        """Seconds of a GET. Raises RuntimeError where it is not answered with 200."""
        started = time.perf_counter()
        status, content = self.ask(path)
        seconds = time.perf_counter() - started
        if status != 200:
            raise RuntimeError(f"{path}: {status} {content[:300]!r}")
        return seconds

    def close(self) -> None:
        """Hang up."""
        self._line.close()


# -- against bare Starlette --------------------------------------------------------------------------------------------


def _against_bare(bench: Bench) -> list[Line]:
    database, world = bench.world("bench_api")
    _fill(database, world)
    url = database.url.render_as_string(hide_password=False)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        served = stack.enter_context(Served(url, folder / "own"))
        token = served.client("boss").token
        plan = folder / "plan.json"
        plan.write_text(json.dumps({"url": url, "paths": _recorded(world, token, folder / "recorded")}), "utf-8")
        command = ("-m", "benchmarks.bare_api", str(plan))
        bare = stack.enter_context(Served("", folder / "bare", command=command))
        lines = []
        with _calling(served.port, token) as ours, _calling(bare.port) as theirs:
            for path, limit in PAGES.items():
                lines.append(_compared(path, limit, ours, theirs))
        return [*lines, _crowd(served, token, world)]


def _compared(path: str, limit: float | None, ours: Caller, theirs: Caller) -> Line:
    own: list[float] = []
    bare: list[float] = []
    own_path, bare_path = f"/api/v1{path}", path.partition("?")[0]
    for number in range(-WARM, ROUNDS):
        pair = ours.timed(own_path), theirs.timed(bare_path)
        if number >= 0:
            own.append(pair[0])
            bare.append(pair[1])
    sizes = [len(caller.ask(where)[1]) / 1000 for caller, where in ((ours, own_path), (theirs, bare_path))]
    middle = statistics.median(own), statistics.median(bare)
    detail = f"{milliseconds(middle[0])}, {sizes[0]:.1f} kB against {milliseconds(middle[1])}, {sizes[1]:.1f} kB"
    what = f"GET {path}, against bare Starlette and PyMySQL"
    ratio = middle[0] / middle[1]
    if limit is None:
        return Line(what=what, measured=f"{ratio:.2f}", detail=detail)
    return at_most(what, ratio, limit, detail=detail)


def _fill(database: Database, world: World) -> None:
    """So many of everything that a page is full."""
    for n in range(ROWS):
        company = registry.add_company(
            world.manager,
            AddCompany(name=f"Company {n:03d}", contact_email=f"core{n}@example.com", contact_phone="+233 30 1"),
        )
        registry.add_project(
            world.manager,
            AddProject(code=f"P{n:03d}", name=f"Project {n:03d}", company_id=company.id, location="Tarkwa"),
        )
        hole = AddDrillhole(hole_id=f"TR-{n:03d}", project_id=world.project_id, eoh_depth=300, easting=612_345.6,
                            northing=567_890.1, elevation=210.5, azimuth=90, dip=-60, core_size="HQ")  # fmt: skip
        registry.add_drillhole(world.manager, hole)
    for n in range(2 * ROWS):
        sent = world.dispatch(hq=5, nq=6)
        if n < ROWS:
            world.give_back(sent, hq={"good": 4, "damaged": 1}, nq=6)
    samples = [
        AddSample(sample_id=f"S{n:05d}", sample_type=SampleType.ASSAY, dispatch_id=sent.id,
                  drillhole_id=world.hole_id, from_depth=n, to_depth=n + 1)
        for n in range(ROWS)
    ]  # fmt: skip
    add_samples(world.operator, AddSamples(samples=samples))
    with database.connect() as connection:  # passwords of a hundred users would take half a minute
        named = (
            "username, username_key, email, email_key, full_name, role, is_active, password_hash, approved_at, epoch"
        )
        for n in range(ROWS):
            connection.exec_driver_sql(
                f"INSERT INTO users ({named}, version, created_at, updated_at) SELECT 'user{n:03d}', 'user{n:03d}', "
                f"'user{n:03d}@example.com', 'user{n:03d}@example.com', 'User {n:03d}', role, is_active, password_hash, "
                "approved_at, epoch, version, created_at, updated_at FROM users WHERE username_key = 'otto'"
            )


def _recorded(world: World, token: str, home: Path) -> dict[str, dict[str, Any]]:
    """For each path the texts that the API sends to the server, read from the line between them.

    An API of its own is recorded, at its second answer: what it reads once it has read.
    """
    url = world.database.url
    with Proxy(url.port or 3306) as line:
        line.record = True
        with (
            Served(url.set(port=line.port).render_as_string(hide_password=False), home) as served,
            _calling(served.port, token) as caller,
        ):
            found = {}
            for path in PAGES:
                caller.timed(f"/api/v1{path}")
                line.reset_counts()
                _status, content = caller.ask(f"/api/v1{path}")
                where = path.partition("?")[0]
                found[where] = {"statements": list(line.statements), "answer": json.loads(content)}
        return found


# -- many at once ------------------------------------------------------------------------------------------------------


def _crowd(served: Served, token: str, world: World) -> Line:
    """Callers that read and write at once for some seconds; what any of them is answered is counted."""
    pages = [f"/api/v1{path}" for path, limit in PAGES.items() if limit is not None]
    end = time.perf_counter() + SECONDS
    found: list[Counter[str]] = []

    def call(number: int) -> None:
        seen: Counter[str] = Counter()
        with _calling(served.port, token) as caller:
            turn = number
            while time.perf_counter() < end:
                turn += 1
                if turn % 10 == 0:
                    status, content = caller.ask("/api/v1/dispatches", wanted(world, hq=1))
                    seen[str(status)] += 1
                    sent = json.loads(content)["id"]
                    status, _ = caller.ask(f"/api/v1/dispatches/{sent}/return", returned(hq=1))
                else:
                    status, _ = caller.ask(pages[turn % len(pages)])
                seen[str(status)] += 1
        found.append(seen)

    threads = [threading.Thread(target=call, args=(n,)) for n in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = sum(found, Counter())
    errors = sum(count for status, count in told.items() if not status.startswith("2")) + (CALLERS - len(found))
    return Line(
        what=f"errors of {CALLERS} callers at once, one request in ten a dispatch or its return",
        measured=str(errors),
        limit="0",
        within=errors == 0,
        detail=f"{told.total() / SECONDS:.0f} requests a second, on the processors that the callers use too",
    )


@contextmanager
def _calling(port: int, token: str = "") -> Iterator[Caller]:
    caller = Caller(port, token)
    try:
        yield caller
    finally:
        caller.close()


# -- a million against a thousand --------------------------------------------------------------------------------------


def _against_few(bench: Bench) -> list[Line]:
    lines = []
    with many(bench) as server, tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        callers = {}
        for size in ("thousand", "million"):
            served = stack.enter_context(Served(server.url(size), Path(name) / size))
            token = served.client("otto").token
            callers[size] = stack.enter_context(_calling(served.port, token))
        for path, limit in LARGE.items():
            few: list[float] = []
            lots: list[float] = []
            for number in range(-WARM, ROUNDS // 2):
                pair = callers["thousand"].timed(f"/api/v1{path}"), callers["million"].timed(f"/api/v1{path}")
                if number >= 0:
                    few.append(pair[0])
                    lots.append(pair[1])
            middle = statistics.median(lots), statistics.median(few)
            lines.append(
                at_most(
                    f"GET {path}: 1,000,000 dispatches against 1,000",
                    middle[0] / middle[1],
                    limit,
                    detail=f"{milliseconds(middle[0])} against {milliseconds(middle[1])}",
                )
            )
    return lines
