"""What is wrong with a connection, told by looking at real servers."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy.engine import URL, make_url

from coresafe.errors import Cancelled, DatabaseUnavailable, SchemaMismatch, ValidationFailed
from coresafe.services import certificates, examining, schema
from coresafe.services.database import Database
from coresafe.services.diagnosis import Finding, diagnose, version_finding
from coresafe.services.opening import open_database
from coresafe.services.rights import DAILY, UPGRADE, Rights
from tests.servers import Proxy, Server

#: A name that leads here and that CoreSafe does not take for this machine.
ELSEWHERE = "127.1"
SECRET = "limited-test-password"


def last(url: str | URL, **how: object) -> Finding:
    """Where looking at it ended."""
    return diagnose(make_url(url), **how)[-1]  # type: ignore[arg-type]


def told(url: str | URL, name: str, **how: object) -> Finding:
    """What is said of one thing."""
    return next(finding for finding in diagnose(make_url(url), **how) if finding.name == name)  # type: ignore[arg-type]


@pytest.fixture
def limited(mysql_server: Server, database_url: Callable[..., str]) -> Iterator[Callable[..., URL]]:
    """``limited("SELECT", ...)``: a database as seen by a user who has these rights on it."""
    database = make_url(database_url("mysql", migrated=False))
    name = "limited_test"

    def make(*rights: str) -> URL:
        mysql_server.execute(f"CREATE USER {name} IDENTIFIED WITH caching_sha2_password BY '{SECRET}'")
        if rights:
            mysql_server.execute(f"GRANT {', '.join(rights)} ON {database.database}.* TO {name}")
        return database.set(username=name, password=SECRET)

    yield make
    mysql_server.execute(f"DROP USER IF EXISTS {name}")


@contextlib.contextmanager
def listening(*says: bytes) -> Iterator[int]:
    """The port of a program that is no MySQL server and speaks first, or with nothing to say never."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        lines: list[socket.socket] = []

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line, _ = server.accept()
                    lines.append(line)
                    for words in says:
                        line.sendall(words)

        thread = threading.Thread(target=serve)
        thread.start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        for line in lines:
            line.close()


# -- who is there -----------------------------------------------------------------------------------------------------


def test_a_name_that_nobody_has_is_told_at_the_server() -> None:
    found = last("mysql://u:p@no-such-server.invalid/d")
    assert (found.name, found.field, found.stops) == ("name", "host", True)
    assert found.text == "There is no server called no-such-server.invalid."
    assert last("mysql://u:p@" + "x" * 80 + "/d").field == "host"


def test_a_name_server_that_does_not_answer_is_not_a_typing_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", away)
    found = last("mysql://u:p@db.mine.example/d")
    assert "no name server answers" in found.text
    assert "IP address" in found.todo


def test_a_closed_port_is_told_at_the_port() -> None:
    found = last("mysql://u:p@127.0.0.1:1/d")
    assert (found.name, found.field) == ("port", "port")
    assert found.text == "Nothing answers at 127.0.0.1, port 1."


@pytest.mark.parametrize(
    ("says", "what"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "an SSH server, not MySQL"),
        (b"220 mail.mine.example ESMTP\r\n", "a mail or FTP server"),
        (b"\x4a\x00\x00\x07garbage that goes on for a while", "not as MySQL does"),
        (b"\x00\x00\x00\x00", "not as MySQL does"),
        (b"\x05\x00\x00\x00\x0a1\x00\x02\x03", "not as MySQL does"),
    ],
)
def test_a_server_that_is_not_mysql_is_told_for_what_it_is(says: bytes, what: str) -> None:
    with listening(says) as port:
        found = last(f"mysql://u:p@127.0.0.1:{port}/d")
    assert what in found.text, found
    assert (found.field, found.stops) == ("port", True)


def test_who_takes_the_call_and_says_nothing_is_told_within_ten_seconds() -> None:
    began = time.monotonic()
    with listening() as port:
        found = last(f"mysql://u:p@127.0.0.1:{port}/d")
    assert "says nothing" in found.text
    assert time.monotonic() - began < 10


def test_a_call_that_nobody_takes_is_told_within_ten_seconds() -> None:
    """A full queue of calls, which the system no longer answers, is what a firewall that throws them away looks like."""
    with socket.socket() as server, contextlib.ExitStack() as callers:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            caller = callers.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(server.getsockname())
        began = time.monotonic()
        found = last(f"mysql://u:p@127.0.0.1:{server.getsockname()[1]}/d")
    assert found.text == "127.0.0.1 did not answer within 5 seconds."
    assert found.field == "host"
    assert time.monotonic() - began < 10


def test_looking_ends_between_two_steps_when_it_is_cancelled(mysql_server: Server) -> None:
    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        diagnose(make_url(mysql_server.url("coresafe_test")), check=stop)


def test_looking_often_with_a_wrong_password_does_not_shut_this_machine_out(mysql_server: Server) -> None:
    before = mysql_server.execute("SHOW GLOBAL STATUS LIKE 'Aborted_clients'")
    for _ in range(3):
        assert last(mysql_server.url("coresafe_test").replace("shed-test", "wrong")).name == "password"
    # Every call was answered by signing in; one that was hung up on would count against this machine.
    assert mysql_server.execute("SHOW GLOBAL STATUS LIKE 'Aborted_clients'") == before


# -- signing in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", [True, False])
@pytest.mark.parametrize(("mine", "other"), [("shed-test-password", "wrong"), ("coresafe:", "nobody:")])
def test_a_wrong_user_or_password_is_refused_with_encryption_and_without(
    mysql_server: Server, tls: bool, mine: str, other: str
) -> None:
    with Proxy(mysql_server.port, tls=tls) as line:
        found = last(mysql_server.url("coresafe_test", port=line.port).replace(mine, other))
    assert (found.name, found.field) == ("password", "password")
    assert "refused user" in found.text
    assert "not your CoreSafe ones" in found.todo


def test_a_password_that_is_missing_is_asked_for(mysql_server: Server) -> None:
    found = last(mysql_server.url("coresafe_test").replace(":shed-test-password", ""))
    assert found.text == "coresafe needs a password here."


def test_a_user_who_is_locked_is_told_so(mysql_server: Server, limited: Callable[..., URL]) -> None:
    url = limited()
    mysql_server.execute(f"ALTER USER {url.username} ACCOUNT LOCK")
    found = last(url)
    assert found.text == f"User {url.username} is locked."
    assert found.field == "user"


# -- encryption -------------------------------------------------------------------------------------------------------


def test_encryption_that_is_demanded_and_not_offered_stops_before_the_password_is_sent(mysql_server: Server) -> None:
    with Proxy(mysql_server.port) as line:  # it takes the offer out
        url = make_url(mysql_server.url("coresafe_test", port=line.port)).set(host=ELSEWHERE)
        found = last(url)
        assert (found.name, found.field, found.stops) == ("encryption", "host", True)
        assert "offers no encrypted connection" in found.text
        with contextlib.closing(Database(url)) as database, pytest.raises(DatabaseUnavailable) as refused:
            schema.require_current(database)
        assert "offers no encrypted connection" in refused.value.message
        # Within one machine it does not stop.
        assert last(url.set(host="127.0.0.1")).name == "database"


def test_an_authority_without_encryption_is_told_at_the_authority(mariadb_server: Server, mysql_server: Server) -> None:
    found = last(mariadb_server.url("coresafe_test"), ca=mysql_server.ca_file)
    assert (found.name, found.field, found.stops) == ("encryption", "ca", True)


def test_the_servers_own_authority_fits(mysql_server: Server, database_url: Callable[..., str]) -> None:
    url = database_url("mysql")
    assert told(url, "certificate", ca=mysql_server.ca_file).ok
    with contextlib.closing(Database(url, ca=mysql_server.ca_file)) as database:
        schema.require_current(database)


def test_an_authority_that_did_not_sign_the_servers_certificate_is_told_at_its_field(mysql_server: Server) -> None:
    other = mysql_server.datadir / "client-cert.pem"
    found = last(mysql_server.url("coresafe_test"), ca=other)
    assert (found.name, found.field, found.stops) == ("certificate", "ca", True)
    assert found.text == "The server's certificate is not signed by this certificate authority."
    with (
        contextlib.closing(Database(mysql_server.url("coresafe_test"), ca=other)) as database,
        pytest.raises(DatabaseUnavailable) as refused,
    ):
        schema.require_current(database)
    assert refused.value.message == found.text
    with contextlib.closing(Database(mysql_server.url("coresafe_test"), ca=other)) as database:
        assert list(examining.examine(database))[-1].text == found.text


def test_a_file_that_is_no_authority_is_told_before_anybody_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes.pem").write_text("Ask Peter.")
    for name, what in (("nothing.pem", "There is no file"), ("notes.pem", "is no certificate"), ("", "is a folder")):
        found = last("mysql://u:p@no-such-server.invalid/d", ca=tmp_path / name)
        assert (found.name, found.field) == ("certificate", "ca")
        assert what in found.text
        monkeypatch.setenv("CORESAFE_DATABASE_URL", "mysql+pymysql://u:p@h/d")
        monkeypatch.setenv("CORESAFE_DATABASE_CA", str(tmp_path / name))
        from coresafe import config

        with pytest.raises(ValidationFailed, match="CORESAFE_DATABASE_CA") as refused:
            open_database(config.load())
        assert what in str(refused.value)


def _certificates(folder: Path, *names: x509.GeneralName, expired: bool = False) -> tuple[str, ...]:
    """A server's options for a certificate of an authority of our own (``folder/ca.pem``), made out for these names."""
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)

    def make(subject: str, ours: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Mine authority")]))
            .public_key(ours.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 9 * day)
            .not_valid_after(now - day if expired and ours is not signer else now + day)
            .add_extension(x509.BasicConstraints(ca=ours is signer, path_length=None), critical=True)
        )
        if ours is not signer:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(signer, hashes.SHA256())

    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(make("Mine authority", authority, authority).public_bytes(pem))
    (folder / "server.pem").write_bytes(make("server", server, authority).public_bytes(pem))
    (folder / "key.pem").write_bytes(
        server.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return tuple(
        f"--ssl-{what}={folder / file}.pem" for what, file in (("ca", "ca"), ("cert", "server"), ("key", "key"))
    )


def test_a_certificate_made_out_for_another_server_is_refused(tmp_path: Path) -> None:
    names = x509.DNSName("db.mine.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    with Server("mariadb", options=_certificates(tmp_path, *names)) as server:
        url = make_url(server.url("coresafe_test"))
        assert told(url, "certificate", ca=tmp_path / "ca.pem").ok
        found = last(url.set(host="localhost"), ca=tmp_path / "ca.pem")
        assert found.text == "The server's certificate is made out not for localhost."
        assert (found.name, found.field) == ("certificate", "ca")


def test_a_certificate_that_has_expired_is_told_as_such(tmp_path: Path) -> None:
    options = _certificates(tmp_path, x509.DNSName("localhost"), expired=True)
    with Server("mariadb", options=options) as server:
        found = last(server.url("coresafe_test"), ca=tmp_path / "ca.pem")
    assert found.text == "The server's certificate has expired."


@pytest.mark.parametrize(
    ("names", "host", "fits"),
    [
        ((), "anything", True),
        ((("DNS", "db.mine.example"),), "DB.mine.example", True),
        ((("DNS", "db.mine.example"),), "db2.mine.example", False),
        ((("DNS", "*.mine.example"),), "db.mine.example", True),
        ((("DNS", "*.mine.example"),), "a.db.mine.example", False),
        ((("DNS", "*.mine.example"),), "mine.example", False),
        ((("DNS", "*.example"),), "mine.example", False),
        ((("DNS", "10.0.0.7"),), "10.0.0.7", False),
        ((("IP Address", "10.0.0.7"),), "10.0.0.7", True),
        ((("IP Address", "0:0:0:0:0:0:0:1"),), "::1", True),
    ],
)
def test_a_certificate_fits_the_host_that_it_names(names: tuple[tuple[str, str], ...], host: str, fits: bool) -> None:
    assert certificates.fits({"subjectAltName": names}, host) is fits


# -- in the database --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flavour", ["mysql", "mariadb"])
def test_a_database_in_order_is_told_so_all_the_way(flavour: str, database_url: Callable[..., str]) -> None:
    found = diagnose(make_url(database_url(flavour)))
    wrong = [finding.name for finding in found if not finding.ok]
    assert wrong == ([] if flavour == "mysql" else ["encryption"])
    assert {"name", "port", "password", "database", "version", "clock", "privileges", "schema"} <= {
        f.name for f in found
    }


def test_a_database_that_is_not_there_is_told_at_its_field(mysql_server: Server) -> None:
    found = last(mysql_server.url("no_such_test"))
    assert (found.name, found.field) == ("database", "database")
    assert found.text == "The server has no database called 'no_such_test'."
    assert "CREATE DATABASE no_such_test" in found.todo


def test_who_has_no_right_on_the_database_is_told_which_he_needs(limited: Callable[..., URL]) -> None:
    url = limited()
    found = last(url)
    assert (found.name, found.field) == ("database", "database")
    assert f"ON {url.database}.* TO 'limited_test'@'%';" in found.todo


def test_the_rights_that_are_missing_are_named(limited: Callable[..., URL]) -> None:
    found = last(limited("SELECT", "INSERT"))
    assert (found.name, found.field, found.stops) == ("privileges", "user", True)
    assert found.text == "This user may not UPDATE, DELETE."
    assert found.todo.startswith("GRANT UPDATE, DELETE ON ")


def test_an_empty_database_needs_the_rights_to_set_it_up(mysql_server: Server, limited: Callable[..., URL]) -> None:
    url = limited(*DAILY)
    found = last(url)
    assert found.stops
    assert "CREATE, ALTER, DROP, INDEX, REFERENCES" in found.text
    mysql_server.execute(f"GRANT {', '.join(UPGRADE)} ON {url.database}.* TO {url.username}")
    assert last(url).offer == "set_up"
    with contextlib.closing(Database(url)) as database:
        schema.upgrade(database)
    mysql_server.execute(f"REVOKE {', '.join(UPGRADE)} ON {url.database}.* FROM {url.username}")
    assert last(url).name == "schema"
    assert last(url).ok
    assert not told(url, "privileges").stops


def test_rights_that_come_by_a_role_count(mysql_server: Server, limited: Callable[..., URL]) -> None:
    url = limited()
    mysql_server.execute("CREATE ROLE shed_test")
    try:
        mysql_server.execute(f"GRANT ALL ON {url.database}.* TO shed_test")
        mysql_server.execute(f"GRANT shed_test TO {url.username}")
        mysql_server.execute(f"SET DEFAULT ROLE shed_test TO {url.username}")
        assert told(url, "privileges").ok
    finally:
        mysql_server.execute("DROP ROLE shed_test")


@pytest.mark.parametrize(
    ("lines", "missing"),
    [
        (["GRANT ALL PRIVILEGES ON *.* TO `u`@`%` WITH GRANT OPTION"], []),
        (["GRANT USAGE ON *.* TO `u`@`%`", "GRANT SELECT, INSERT, UPDATE, DELETE ON `core\\_safe`.* TO `u`@`%`"], []),
        (["GRANT SELECT, INSERT, UPDATE, DELETE ON `core%`.* TO `u`@`%`"], []),
        (["GRANT SELECT, INSERT, UPDATE, DELETE ON `other`.* TO `u`@`%`"], list(DAILY)),
        (
            ["GRANT SELECT, INSERT ON `core_safe`.* TO `u`@`%`", "GRANT UPDATE ON `core_safe`.`a` TO `u`@`%`"],
            list(DAILY[2:]),
        ),
        ([f"GRANT SELECT, INSERT, UPDATE, DELETE ON `core_safe`.`{table}` TO `u`@`%`" for table in "ab"], []),
        (["GRANT SELECT (`id`), INSERT, UPDATE, DELETE ON `core_safe`.`a` TO `u`@`%`"], list(DAILY)),
        (["GRANT ALL PRIVILEGES ON *.* TO `u`@`%`", "REVOKE DELETE ON `core_safe`.* FROM `u`@`%`"], ["DELETE"]),
    ],
)
def test_grants_are_read_as_the_server_writes_them(lines: list[str], missing: list[str]) -> None:
    assert Rights.read(lines, "core_safe", ["a", "b"]).missing(DAILY) == missing


def test_a_database_of_another_program_is_left_alone(mysql_server: Server, database_url: Callable[..., str]) -> None:
    url = make_url(database_url("mysql", migrated=False))
    mysql_server.execute("CREATE TABLE payroll (id INT PRIMARY KEY)", url.database)
    found = last(url)
    assert (found.name, found.field, found.stops) == ("schema", "database", True)
    assert "payroll" in found.text


@pytest.mark.parametrize("flavour", ["mysql", "mariadb"])
def test_an_older_and_a_newer_schema_are_told_apart(flavour: str, database_url: Callable[..., str]) -> None:
    url = database_url(flavour)
    with contextlib.closing(Database(url)) as database:

        def stand_at(version: str) -> None:
            with database.writing() as connection:
                connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{version}'")

        stand_at("0001")
        older = last(url)
        assert (older.name, older.offer, older.stops) == ("schema", "upgrade", False)
        assert "backup" in older.todo
        stand_at("9999")
        with database.writing() as connection:
            connection.exec_driver_sql("""UPDATE settings SET value = '{"version": "7.2.1"}' WHERE name = 'program'""")
        newer = last(url)
        assert (newer.field, newer.stops) == ("database", True)
        assert "Install CoreSafe 7.2.1 or newer" in newer.todo
        with pytest.raises(SchemaMismatch) as refused:
            schema.require_current(database)
        assert "Install CoreSafe 7.2.1 or newer" in refused.value.hint
        with database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM settings WHERE name = 'program'")
        assert "Install the newer CoreSafe" in last(url).todo


@pytest.mark.parametrize(
    ("seconds", "what"), [(3 * 3600 + 130, "hours 2 minutes ahead of"), (-7205, "hours 0 minutes behind")]
)
def test_a_clock_that_is_hours_off_is_told_and_does_not_stop(
    mysql_server: Server, limited: Callable[..., URL], seconds: int, what: str
) -> None:
    url = limited(*DAILY, *UPGRADE)
    # What the server does for everybody who may not do everything, as he signs in.
    mysql_server.execute(f"SET GLOBAL init_connect = 'SET timestamp = {int(time.time()) + seconds}'")
    try:
        found = told(url, "clock")
    finally:
        mysql_server.execute("SET GLOBAL init_connect = ''")
    assert what in found.text, found
    assert not found.ok
    assert not found.stops
    assert "time server" in found.todo


@pytest.mark.parametrize(
    ("said", "ok", "shown"),
    [
        ("8.0.18", False, "MySQL 8.0.18 is too old."),
        ("5.7.44-log", False, "MySQL 5.7.44 is too old."),
        ("8.0.19", True, "MySQL 8.0.19"),
        ("9.7.4", True, "MySQL 9.7.4"),
        ("5.5.5-10.5.23-MariaDB", False, "MariaDB 10.5.23 is too old."),
        ("5.5.5-10.11.6-MariaDB-0+deb12u1", True, "MariaDB 10.11.6"),
        ("10.6.0-MariaDB", True, "MariaDB 10.6.0"),
    ],
)
def test_the_oldest_servers_that_will_do(said: str, ok: bool, shown: str) -> None:
    found = version_finding(said)
    assert (found.ok, found.text) == (ok, shown)
    assert ok or found.field == "host"
