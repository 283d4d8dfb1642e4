"""What every test gets: no screen, a home of its own, the private servers, and a look at what it leaves behind."""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers import Server, children, places

# Before anything of CoreSafe or Qt is imported, since both look at these then. The servers' cache stays the user's.
os.environ["CORESAFE_TEST_CACHE"] = str(places.cache())
_HOME = Path(tempfile.mkdtemp(prefix="coresafe-test-home-"))
for _name in list(os.environ):
    if _name.startswith("CORESAFE_") and _name != "CORESAFE_TEST_CACHE":
        del os.environ[_name]
os.environ.update(
    HOME=str(_HOME),
    XDG_CACHE_HOME=str(_HOME / "cache"),
    XDG_CONFIG_HOME=str(_HOME / "config"),
    XDG_DATA_HOME=str(_HOME / "data"),
    XDG_STATE_HOME=str(_HOME / "state"),
    PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring",
)
os.environ.pop("DBUS_SESSION_BUS_ADDRESS", None)
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import sqlalchemy as sa  # noqa: E402 - after the environment is set

from coresafe.services.database import Database  # noqa: E402
from tests.databases import Databases, Kind, OpenTransactions, refuse_others  # noqa: E402
from tests.worlds import Populations  # noqa: E402

MakeUrl = Callable[..., str]

#: Threads that outlive a test, each with its reason.
_LASTING_THREADS = (
    re.compile(re.escape(children.LAUNCHER)),  # one for the whole run: a server dies with the thread that started it
    re.compile("coresafe-sealer"),  # belongs to a database that a whole session shares; ends when that is closed
    re.compile(
        "test-api-server|AnyIO worker thread"
    ),  # of the API's servers that a whole session shares; end with them
)
_THREADS_END_WITHIN = 10.0


def pytest_configure(config: pytest.Config) -> None:
    """Guard every connection that any test opens in this process."""
    sa.event.listen(sa.engine.Engine, "do_connect", refuse_others)
    config.stash[_TRANSACTIONS] = OpenTransactions()
    config.stash[_RECORDS] = records = _Records()
    logging.getLogger().addHandler(records)


#: Files that take minutes or that nothing can share the work of: two processes begin with them, not end.
_LONG = re.compile(r"test_every_window|/e2e/|/faults/|test_ledger_machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first; all else as it stands."""
    items.sort(key=lambda item: _LONG.search(item.path.as_posix()) is None)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Throw the run's home away."""
    if records := config.stash.get(_RECORDS, None):
        logging.getLogger().removeHandler(records)
    shutil.rmtree(_HOME, ignore_errors=True)


class _Records(logging.Handler):
    """Keeps CoreSafe's own words from WARNING up."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] in ("coresafe", "asyncio"):
            trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
            self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}\n{trace}".rstrip())

    def take(self) -> list[str]:
        lines, self.lines = self.lines, []
        return lines


_RECORDS = pytest.StashKey[_Records]()
_TRANSACTIONS = pytest.StashKey[OpenTransactions]()


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread running, a transaction open, or an unexpected warning in CoreSafe's log.

    ``@pytest.mark.expects_log("regular expression", ...)`` names the warnings that a test is about; each must come.
    ``@pytest.mark.leaves_transactions("reason")`` is for tests that break connections in the middle.
    """
    records, transactions = request.config.stash[_RECORDS], request.config.stash[_TRANSACTIONS]
    records.take()
    transactions.take()
    before = set(threading.enumerate())
    yield
    problems = [f"the thread {name} still runs" for name in _left_threads(before)]
    if request.node.get_closest_marker("leaves_transactions") is None:
        problems += [f"{what} was closed with a transaction open" for what in transactions.take()]
    problems += _log_problems(records.take(), request.node.get_closest_marker("expects_log"))
    if problems:
        pytest.fail("The test left something behind:\n- " + "\n- ".join(problems), pytrace=False)


def _left_threads(before: set[threading.Thread]) -> list[str]:
    deadline = time.monotonic() + _THREADS_END_WITHIN
    left = []
    for thread in threading.enumerate():
        # A dummy is a thread of Qt's that once ran a line of Python; it is Qt's to end.
        if thread in before or isinstance(thread, threading._DummyThread):
            continue
        if any(pattern.fullmatch(thread.name) for pattern in _LASTING_THREADS):
            continue
        thread.join(max(0.0, deadline - time.monotonic()))
        if thread.is_alive():
            left.append(thread.name)
    return left


def _log_problems(lines: list[str], marker: pytest.Mark | None) -> list[str]:
    expected = [re.compile(pattern) for pattern in marker.args] if marker else []
    unexpected = [line for line in lines if not any(pattern.search(line) for pattern in expected)]
    absent = [pattern.pattern for pattern in expected if not any(pattern.search(line) for line in lines)]
    return [f"logged: {line}" for line in unexpected] + [f"never logged: {pattern}" for pattern in absent]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test's own for everything that CoreSafe keeps for a user."""
    home = tmp_path / "coresafe-home"
    monkeypatch.setenv("CORESAFE_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Makes databases that the whole run shares: ``databases.new("mysql")``."""
    databases = Databases(tmp_path_factory.mktemp("databases"))
    yield databases
    databases.close()


@pytest.fixture(scope="session")
def populations(databases: Databases) -> Iterator[Populations]:
    """The people of the shared database of each kind."""
    made = Populations(lambda kind: Database(databases.new(kind)))
    yield made
    made.close()


@pytest.fixture(scope="session")
def mysql_server(databases: Databases) -> Server:
    """The run's MySQL 9, started at its first use. Tests that stop a server start one of their own."""
    return databases.server("mysql")


@pytest.fixture(scope="session")
def mariadb_server(databases: Databases) -> Server:
    """The run's MariaDB 10.11, started at its first use. Tests that stop a server start one of their own."""
    return databases.server("mariadb")


@pytest.fixture
def database_url(databases: Databases) -> Iterator[MakeUrl]:
    """``database_url("mysql")`` makes a new database at the newest schema, ``migrated=False`` an empty one.

    Gone after the test. It takes half a second on MySQL: tests that do not look at the whole database share one.
    """
    made: list[str] = []

    def make(kind: Kind, *, migrated: bool = True) -> str:
        made.append(databases.new(kind, migrated=migrated))
        return made[-1]

    yield make
    for url in made:
        databases.drop(url)
