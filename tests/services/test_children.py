"""A companion: what it says is heard, and it ends when it is told to, when it does not want to, and with its program."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from multiprocessing.connection import Connection
from typing import Any

import pytest

from coresafe.config import Settings
from coresafe.services import children
from coresafe.services.children import Companion
from coresafe.services.database import Database
from coresafe.services.opening import open_database, settings_for

HERE = "tests.services.test_children"


class Ear:
    """Hears one companion."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Any]] = []
        self._news = threading.Condition()

    def __call__(self, kind: str, value: Any) -> None:
        with self._news:
            self.said.append((kind, value))
            self._news.notify_all()

    def wait(self, kind: str) -> Any:
        """The value of the first of this kind."""
        with self._news:
            assert self._news.wait_for(lambda: any(said == kind for said, _ in self.said), 30), self.said
            return next(value for said, value in self.said if said == kind)


def greet(pipe: Connection, name: str) -> None:
    """A good companion: it says hello and who it is, and ends when it is told to."""
    pipe.send(("hello", name))
    pipe.send(("pid", os.getpid()))
    try:
        pipe.recv()
    except EOFError:
        return
    pipe.send(("bye", name))


def be_modest(pipe: Connection) -> None:
    """One that tells where it stands when there is too little to go round."""
    pipe.send(("nice", os.nice(0)))


def sulk(pipe: Connection) -> None:
    """One that does not listen, not even to SIGTERM."""
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pipe.send(("pid", os.getpid()))
    threading.Event().wait()


def add(token: Any, a: int, b: int) -> int:
    return a + b


def have_children(pipe: Connection) -> None:
    """One that gives work away itself, as the API does with a workbook."""
    from coresafe.ui.tasks import Token

    pipe.send(("sum", children.in_child(f"{HERE}:add", Token(), a=2, b=3)))


def test_what_it_says_is_heard_in_order_and_its_end_last() -> None:
    ear = Ear()
    companion = Companion(f"{HERE}:greet", ear, name="Ama")
    pid = ear.wait("pid")
    assert pid != os.getpid()
    companion.end()
    companion.end()
    assert companion.join(30)
    assert ear.said == [("hello", "Ama"), ("pid", pid), ("bye", "Ama"), ("ended", 0)]


def test_it_stands_behind_its_program_where_both_want_the_processor() -> None:
    ear = Ear()
    companion = Companion(f"{HERE}:be_modest", ear)
    assert ear.wait("nice") == min(19, os.nice(0) + children._BEHIND)
    assert companion.join(30)


def test_it_may_have_children_of_its_own() -> None:
    ear = Ear()
    companion = Companion(f"{HERE}:have_children", ear)
    assert companion.join(60)
    assert ear.said == [("sum", 5), ("ended", 0)]


@pytest.mark.expects_log("does not end and is made to")
def test_one_that_does_not_end_is_made_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "_GRACE", 0.3)
    ear = Ear()
    companion = Companion(f"{HERE}:sulk", ear)
    ear.wait("pid")
    companion.end()
    companion.end(within=0.1)
    started = time.monotonic()
    assert companion.join(30)
    assert time.monotonic() - started < 5
    assert ear.said[-1] == ("ended", -9)


def test_one_that_is_not_there_ends_at_once() -> None:
    ear = Ear()
    companion = Companion(f"{HERE}:nobody", ear)
    assert companion.join(60)
    assert ear.said == [("ended", 1)]


def test_told_to_end_before_it_was_started_it_ends() -> None:
    ear = Ear()
    companion = Companion(f"{HERE}:greet", ear, name="Ama")
    companion.end()
    assert companion.join(60)
    assert ear.said[-1] == ("ended", 0)


def test_a_program_that_forgets_it_ends_all_the_same() -> None:
    words = f"from {HERE} import *\near = Ear()\nCompanion('{HERE}:greet', ear, name='Ama')\nprint(ear.wait('pid'))"
    program = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, timeout=60, check=True)
    with pytest.raises(ProcessLookupError):
        os.kill(int(program.stdout), 0)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////tmp/a%20folder/coresafe_test.db",
        "mysql+pymysql://ama:p%40ss%2Fw%3Ard@127.0.0.1:3307/shed_test",
        "mysql+pymysql://ama@127.0.0.1/shed_test",
    ],
)
def test_another_process_opens_the_same_database(url: str) -> None:
    hosts = [("db1", 3306), ("db2", 3307)] if url.startswith("mysql") else []
    ours = Database(url, hosts=hosts)
    stated = Settings(
        database_url="mysql+pymysql://somebody@elsewhere/else_test", database_hosts=(("db3", 1),), password="x"
    )
    told = settings_for(ours, stated)
    theirs = open_database(told)
    assert (theirs.url, theirs.hosts, theirs.ca) == (ours.url, ours.hosts, ours.ca)
    assert told.password is None
    for database in (ours, theirs):
        database.close()
