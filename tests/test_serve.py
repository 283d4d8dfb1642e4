"""``coresafe serve`` as people start it: what it prints, what it logs, and how it refuses."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
from pathlib import Path

import httpx
import pytest

from coresafe.services.database import Database
from tests.databases import migrate
from tests.served import START_SECONDS, Served
from tests.servers.ports import free_port
from tests.worlds import make_people


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An embedded database at the newest schema, with people."""
    path = tmp_path_factory.mktemp("made") / "shed.db"
    migrate(f"sqlite:///{path}")
    database = Database(f"sqlite:///{path}")
    make_people(database)
    database.close()
    return path


@pytest.fixture
def url(made: Path, tmp_path: Path) -> str:
    """A copy of it for one test."""
    return f"sqlite:///{shutil.copy(made, tmp_path / 'shed.db')}"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def refused(served: Served) -> str:
    """The one line of a start that is refused with exit code 1; nothing else is said."""
    served.launch()
    try:
        assert served.process.wait(START_SECONDS) == 1
        assert served.process.stdout is not None
        assert served.process.stdout.read() == ""
    finally:
        served.close()
    assert served.words.count("\n") == 1, served.words
    assert served.words.startswith("coresafe: ")
    return served.words


def test_it_says_where_it_serves_and_ends_well(url: str, home: Path) -> None:
    with Served(url, home) as served, served.client("otto") as caller:
        address = f"http://127.0.0.1:{served.port}/api/v1"
        assert served.line == f"CoreSafe serves {address} (documents: {address}/docs)"
        assert caller.get("/auth/me").json()["username"] == "otto"
        assert caller.get("/docs").status_code == 200
        assert caller.get("/openapi.json").status_code == 200


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_both_orders_to_end_are_obeyed_without_a_word(url: str, home: Path, ending: signal.Signals) -> None:
    with Served(url, home) as served:
        os.kill(served.process.pid, ending)
        assert served.wait() == 0
    assert "Traceback" not in served.words
    assert "coresafe: " not in served.words


def test_its_log_is_one_json_object_a_line(url: str, home: Path) -> None:
    with Served(url, home) as served, served.client("otto") as caller:
        token = caller.token
        caller.get("/dispatches?limit=5")
        caller.get("/nothing")
    lines = [json.loads(line) for line in served.words.splitlines()]
    asked = [line for line in lines if line["logger"] == "coresafe.api.requests"]
    assert [(line["method"], line["route"], line["status"], line["user"]) for line in asked] == [
        ("POST", "/api/v1/auth/login", 200, None),
        ("GET", "/api/v1/dispatches", 200, "otto"),
        ("GET", "-", 404, None),
    ]
    assert all(line["ms"] > 0 and line["request_id"] and line["at"].endswith("Z") for line in asked)
    assert token not in served.words
    kept = [path for path in home.rglob("coresafe-api.log") if path.is_file()]
    assert [json.loads(line) for line in kept[0].read_text("utf-8").splitlines()] == lines


def test_a_port_that_is_taken_is_told_in_one_line(url: str, home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        told = refused(Served(url, home, port=port))
    assert f"Port {port}" in told
    assert "another port" in told


def test_a_second_program_on_the_same_port_is_refused_and_the_first_goes_on(url: str, home: Path) -> None:
    with Served(url, home) as served:
        assert f"Port {served.port}" in refused(Served(url, home / "second", port=served.port))
        assert httpx.get(f"{served.address}/health/live", trust_env=False).status_code == 200


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-machine.invalid"])
def test_an_address_this_machine_does_not_have_is_told_in_one_line(url: str, home: Path, host: str) -> None:
    assert host in refused(Served(url, home, options=["--host", host]))


@pytest.mark.parametrize("key", ["short", "changeme" * 8], ids=["short", "a word again and again"])
def test_a_weak_key_is_refused_by_the_name_of_its_setting(url: str, home: Path, key: str) -> None:
    told = refused(Served(url, home, environment={"CORESAFE_SECRET_KEY": key}))
    assert "CORESAFE_SECRET_KEY" in told
    assert "32" in told
    assert key not in told


def test_without_a_key_one_is_made_for_its_owner_alone_and_kept(url: str, home: Path) -> None:
    with Served(url, home, environment={"CORESAFE_SECRET_KEY": ""}) as served, served.client("otto") as caller:
        token = caller.token
    (file,) = home.rglob("api-secret.key")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() not in served.words
    with Served(url, home, environment={"CORESAFE_SECRET_KEY": ""}) as served, served.client() as caller:
        caller.token = token
        assert caller.get("/auth/me").status_code == 200
    file.chmod(0o644)
    told = refused(
        Served(url, home / "logs-of-it", environment={"CORESAFE_SECRET_KEY": "", "CORESAFE_HOME": str(home)})
    )
    assert str(file) in told


def test_a_database_without_its_schema_is_served_and_ready_says_what_to_do(tmp_path: Path, home: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    with Served(url, home) as served, served.client() as caller:
        assert caller.get("/health/live").status_code == 200
        answer = caller.get("/health/ready")
        assert answer.status_code == 503
        assert "coresafe db upgrade" in answer.json()["detail"]
        assert caller.sign_in("otto").status_code == 503
        migrate(url)
        assert caller.get("/health/ready").json()["status"] == "ok"
        assert caller.sign_in("otto").status_code == 401


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")
def test_it_serves_on_ipv6(url: str, home: Path) -> None:
    with Served(url, home, options=["--host", "::1"]) as served:
        assert f"http://[::1]:{served.port}/api/v1" in served.line
        answer = httpx.get(f"http://[::1]:{served.port}/api/v1/health/ready", trust_env=False)
        assert answer.status_code == 200


def test_settings_it_cannot_use_are_told_in_one_line(home: Path) -> None:
    assert "CORESAFE_DATABASE_URL" in refused(Served("postgresql://u:topsecret@h/d", home))
    assert "CORESAFE_CORS_ORIGINS" in refused(Served("", home / "b", environment={"CORESAFE_CORS_ORIGINS": "*"}))


@pytest.fixture
def unwritable(tmp_path: Path) -> Path:
    """A home that is a file: nothing can be written below it."""
    place = tmp_path / "file"
    place.write_text("")
    return place


def test_where_no_log_can_be_kept_the_terminal_is_enough(url: str, home: Path, unwritable: Path) -> None:
    with Served(url, home, environment={"CORESAFE_HOME": str(unwritable)}) as served, served.client("otto") as caller:
        assert caller.get("/inventory").status_code == 200
    assert '"route": "/api/v1/inventory"' in served.words


@pytest.mark.parametrize("arguments", [["--port", "0"], ["--port", "70000"], ["--port", "many"], ["--colour"]])
def test_wrong_usage_ends_with_two(home: Path, arguments: list[str]) -> None:
    served = Served("", home, port=free_port(), options=arguments).launch()
    try:
        assert served.process.wait(START_SECONDS) == 2
    finally:
        served.close()
