"""The first words of a database server: whether anybody is there, and whether he speaks MySQL."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from types import TracebackType
from typing import Any, Self

#: Header of a packet: its length (3 bytes) and its number; then the protocol's version, or an error.
_HEADER, _PROTOCOL, _ERROR = 4, 10, 0xFF
_TLS = 0x0800  # capability flag CLIENT_SSL of the client/server protocol
_ROOM = 512  # a greeting is less than 200 bytes
#: What other servers begin with, who speak first.
_OTHERS = (
    (b"SSH-", "an SSH server"),
    (b"220", "a mail or FTP server"),
    (b"* OK", "a mail server"),
    (b"HTTP", "a web server"),
)


class Unanswered(Exception):
    """Nobody who speaks MySQL is there. ``field`` is host or port; ``name_is_known`` whether the name led anywhere."""

    def __init__(self, field: str, text: str, todo: str, *, name_is_known: bool = True) -> None:
        super().__init__(text)
        self.field, self.text, self.todo, self.name_is_known = field, text, todo, name_is_known


class Greeting:
    """A line on which a MySQL server has just said who it is; nothing of it was taken yet, so the driver can go on with it."""

    def __init__(self, host: str, port: int, line: socket.socket, said: bytes) -> None:
        self.host, self.port = host, port
        #: The server says at once why it takes nobody; the driver will be told the same.
        self.refuses = said[_HEADER] == _ERROR
        self.offers_tls = not self.refuses and _offers_tls(said)
        self._line: socket.socket | None = line

    def hand_over(self) -> socket.socket | None:
        """The line; whoever takes it closes it."""
        line, self._line = self._line, None
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._line is not None:
            self._line.close()


def greet(host: str, port: int, *, seconds: float) -> Greeting:
    """Go there and listen. Raises Unanswered, within three times ``seconds`` at most (name, line, first words)."""
    line = _line(host, port, _addresses(host, port, seconds), seconds)
    try:
        said = _first_words(line, seconds)
        _judge(host, port, said)
    except BaseException:
        line.close()
        raise
    return Greeting(host, port, line, said)


def _addresses(host: str, port: int, seconds: float) -> list[Any]:
    """Where the name leads. The system itself may look for half a minute, so it is asked on a thread of its own."""
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name="coresafe-name", daemon=True).start()
    try:
        found = answers.get(timeout=seconds)
    except queue.Empty:
        found = socket.gaierror(socket.EAI_AGAIN, "no answer")
    if isinstance(found, socket.gaierror) and found.errno == socket.EAI_AGAIN:
        raise Unanswered(
            "host",
            f"This machine cannot find out where {host} is: no name server answers.",
            "Check the network or the VPN, or type the server's IP address.",
            name_is_known=False,
        )
    if isinstance(found, Exception):
        raise Unanswered(
            "host",
            f"There is no server called {host}.",
            "Check the server's name for a typing error.",
            name_is_known=False,
        )
    return list(found)


def _line(host: str, port: int, addresses: list[Any], seconds: float) -> socket.socket:
    """A line to the first address that takes one, all of them within the time."""
    until = time.monotonic() + seconds
    failure: OSError | None = None
    for family, kind, protocol, _, address in addresses:
        line = socket.socket(family, kind, protocol)
        line.settimeout(max(0.1, until - time.monotonic()))
        try:
            line.connect(address)
        except OSError as error:
            line.close()
            failure = error
            continue
        with contextlib.suppress(OSError):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line
    if isinstance(failure, TimeoutError):
        todo = (
            "Check that the server runs, that this machine is in its network or VPN, and that no firewall is between."
        )
        raise Unanswered("host", f"{host} did not answer within {seconds:g} seconds.", todo) from failure
    if isinstance(failure, ConnectionRefusedError):
        todo = "Check the port (3306 is usual), that the server runs, and that no firewall is between."
        raise Unanswered("port", f"Nothing answers at {host}, port {port}.", todo) from failure
    todo = "Check the network cable, the Wi-Fi or the VPN."
    raise Unanswered("host", f"There is no way from this machine to {host}.", todo) from failure


def _first_words(line: socket.socket, seconds: float) -> bytes:
    """What is said first, left on the line for the driver: until a whole greeting is there, or it is none, or time is up."""
    until = time.monotonic() + seconds
    said = b""
    while (left := until - time.monotonic()) > 0:
        line.settimeout(left)
        try:
            now = line.recv(_ROOM, socket.MSG_PEEK)
        except OSError:
            break
        if not now or _is_whole(now) or not _may_be_mysql(now):
            return now
        if now == said:
            time.sleep(0.02)  # the rest is on its way; peeking does not wait for it
        said = now
    return said


def _is_whole(said: bytes) -> bool:
    return len(said) >= _ROOM or (len(said) > _HEADER and len(said) >= _HEADER + int.from_bytes(said[:3], "little"))


def _may_be_mysql(said: bytes) -> bool:
    if len(said) <= _HEADER:
        return True
    return said[3] == 0 and said[2] == 0 and said[_HEADER] in (_PROTOCOL, _ERROR)


def _judge(host: str, port: int, said: bytes) -> None:
    if not said:
        todo = "Check the port: it may be another program's. If it is right, the MySQL server hangs."
        raise Unanswered("port", f"Something at {host}, port {port}, takes calls and says nothing.", todo)
    if not _is_whole(said) or not _may_be_mysql(said):
        other = next((name for start, name in _OTHERS if said.startswith(start)), "")
        text = (
            f"At {host}, port {port}, is {other}, not MySQL."
            if other
            else "The server answered, but not as MySQL does."
        )
        raise Unanswered("port", text, "Check the port: is it the MySQL server's? 3306 is usual.")


def _offers_tls(said: bytes) -> bool:
    """By the capability flags, which stand behind the version, the connection's number, 8 bytes of salt and a zero."""
    at = said.index(b"\0", _HEADER + 1) + 1 + 4 + 8 + 1
    return bool(int.from_bytes(said[at : at + 2], "little") & _TLS)
