"""The servers and the line do what the fault tests rely on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest

from tests.databases import Databases
from tests.servers import PASSWORD, USER, Proxy, Server, places

ROOT = Path(__file__).parents[2]
KINDS = ["mysql", "mariadb"]


@pytest.fixture(params=KINDS)
def table(request: pytest.FixtureRequest, databases: Databases) -> Iterator[tuple[Server, str]]:
    """A server and a database on it with an empty table ``t``."""
    url = databases.new(request.param, migrated=False)
    name = url.rsplit("/", 1)[1]
    server = databases.server(request.param)
    server.execute("CREATE TABLE t (a INT) ENGINE=InnoDB", name)
    yield server, name
    databases.drop(url)


def _through(proxy: Proxy, database: str, **options: Any) -> contextlib.closing[pymysql.connections.Connection[Any]]:
    connection = pymysql.connect(
        host="127.0.0.1", port=proxy.port, user=USER, password=PASSWORD, database=database, **options
    )
    return contextlib.closing(connection)


def test_a_cut_commit_is_done_and_nobody_hears_of_it(table: tuple[Server, str]) -> None:
    server, name = table
    with Proxy(server.port) as proxy, _through(proxy, name) as connection:
        connection.cursor().execute("INSERT INTO t VALUES (1)")
        proxy.cut_commits()
        with pytest.raises(pymysql.err.OperationalError, match="Lost connection"):
            connection.commit()
        assert proxy.cut_done.is_set()
        assert (proxy.commits, proxy.cuts) == (1, 1)
    assert server.execute("SELECT a FROM t", name) == ((1,),)


def test_a_commit_cut_before_it_arrives_is_not_done(table: tuple[Server, str]) -> None:
    server, name = table
    with Proxy(server.port) as proxy, _through(proxy, name) as connection:
        connection.cursor().execute("INSERT INTO t VALUES (1)")
        proxy.cut_commits(moment="before")
        with pytest.raises(pymysql.err.OperationalError, match="Lost connection"):
            connection.commit()
    assert server.execute("SELECT a FROM t", name) == ()


def test_a_slow_line_is_slow_once_for_each_answer_however_long(table: tuple[Server, str]) -> None:
    server, name = table
    with Proxy(server.port) as proxy, _through(proxy, name) as connection, connection.cursor() as cursor:
        proxy.delay = 0.2
        started = time.monotonic()
        cursor.execute("SELECT REPEAT('x', 2000000)")
        assert 0.2 <= time.monotonic() - started < 2.0
        proxy.reset_counts()
        proxy.record = True
        cursor.execute("SELECT 1")
        assert (proxy.round_trips, proxy.statements) == (1, ["SELECT 1"])


def test_a_dead_line_refuses_and_comes_back_on_the_same_port(table: tuple[Server, str]) -> None:
    server, name = table
    with Proxy(server.port) as proxy:
        with _through(proxy, name) as connection:
            proxy.refuse()
            with pytest.raises(pymysql.err.OperationalError):
                connection.ping(reconnect=False)
            with pytest.raises(pymysql.err.OperationalError, match="refused"):
                _through(proxy, name)
        proxy.accept()
        with _through(proxy, name) as connection:
            connection.ping(reconnect=False)


def test_a_held_line_answers_nothing_until_it_is_released(table: tuple[Server, str]) -> None:
    server, name = table
    with Proxy(server.port) as proxy:
        with _through(proxy, name, read_timeout=1) as connection:
            proxy.hold()
            with pytest.raises(pymysql.err.OperationalError, match="timed out"):
                connection.ping(reconnect=False)
        proxy.release()
        with _through(proxy, name) as connection:
            connection.ping(reconnect=False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_durable_server_keeps_what_it_acknowledged_and_comes_back_on_its_port(kind: places.Kind) -> None:
    with Server(kind, durable=True) as server:
        server.execute("CREATE DATABASE crash_test")
        server.execute("CREATE TABLE t (a INT) ENGINE=InnoDB", "crash_test")
        server.execute("INSERT INTO t VALUES (7)", "crash_test")
        port = server.port
        server.kill9()
        assert not server.running
        server.restart()
        assert server.port == port
        assert server.execute("SELECT a, @@sync_binlog, @@innodb_flush_log_at_trx_commit FROM t", "crash_test") == (
            (7, 1, 1),
        )
        folder = server.datadir
    assert not folder.exists()


def test_mysql_asks_for_its_modern_sign_in_and_offers_tls(mysql_server: Server) -> None:
    assert mysql_server.execute(f"SELECT plugin FROM mysql.user WHERE user = '{USER}'") == (("caching_sha2_password",),)
    assert mysql_server.ca_file is not None
    with contextlib.closing(mysql_server.connect(ssl_ca=str(mysql_server.ca_file))) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
            row = cursor.fetchone()
        assert row is not None
        assert row[1]


def test_a_server_dies_with_the_program_that_started_it() -> None:
    program = "from tests.servers import Server; print(Server('mariadb').start().pid, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        watched = os.pidfd_open(pid)
        parent.send_signal(signal.SIGKILL)
        assert _ended_within(watched, 10)


def _ended_within(watched: int, seconds: float) -> bool:
    import select

    with os.fdopen(watched) as descriptor:
        ready, _, _ = select.select([descriptor], [], [], seconds)
    return bool(ready)
