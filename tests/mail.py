"""A mail server of a test's own on 127.0.0.1: it takes messages as a real one does, with TLS, sign-in, and refusals."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import ipaddress
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

USER, PASSWORD = "coresafe", "Drill-Mail-77"


@dataclass
class Post:
    """What the server took, and how it is to behave. ``tls``: none, starttls or tls; ``login``: whether one must sign in."""

    tls: str = "none"
    login: bool = False
    refuse: set[str] = field(default_factory=set)
    refuse_message: str = ""
    mute: bool = False
    context: ssl.SSLContext | None = None
    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    secret: list[bool] = field(default_factory=list)


def make_certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that signs itself: the file to trust it by, and what a server serves it with."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "mail.pem", folder / "mail.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context


@contextlib.contextmanager
def serving(post: Post) -> Iterator[Post]:
    """Let it serve; at the end every thread of it has ended."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            talk = _Talk(post, self.request)
            with contextlib.suppress(OSError):
                talk.run()
            talk.close()

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = False

    with Server(("127.0.0.1", 0), Handler) as server:
        post.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="post")
        thread.start()
        try:
            yield post
        finally:
            server.shutdown()
            thread.join()


class _Talk:
    """One connection (RFC 5321, 3207, 4954)."""

    def __init__(self, post: Post, line: socket.socket) -> None:
        self._post, self._line, self._secret, self._in = post, line, False, False
        self._to: list[str] = []
        line.settimeout(10)

    def run(self) -> None:
        if self._post.tls == "tls":
            self._wrap()
        self._say("220 post ready")
        while (heard := self._hear()) is not None:
            if self._post.mute:
                return
            word, _blank, rest = heard.partition(" ")
            answer = getattr(self, f"_{word.lower()}", None)
            if answer is None:
                self._say("502 not known")
            elif answer(rest) is False:
                return

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def _wrap(self) -> None:
        assert self._post.context is not None
        # Taken over before they shake hands: who hangs up in the middle of that leaves nothing open.
        self._line = self._post.context.wrap_socket(self._line, server_side=True, do_handshake_on_connect=False)
        self._line.do_handshake()
        self._secret = True

    def _say(self, text: str) -> None:
        self._line.sendall(text.encode() + b"\r\n")

    def _hear(self) -> str | None:
        found = b""
        while not found.endswith(b"\r\n"):
            piece = self._line.recv(1)
            if not piece:
                return None
            found += piece
        return found.decode()[:-2]

    def _ehlo(self, _rest: str) -> None:
        offers = ["post", "8BITMIME"]
        if self._post.tls == "starttls" and not self._secret:
            offers.append("STARTTLS")
        if self._post.login:
            offers.append("AUTH PLAIN LOGIN")
        for at, offer in enumerate(offers):
            self._say(f"250{' ' if at == len(offers) - 1 else '-'}{offer}")

    def _starttls(self, _rest: str) -> None:
        self._say("220 go on")
        self._wrap()

    def _auth(self, rest: str) -> None:
        kind, _blank, first = rest.partition(" ")
        if kind == "PLAIN":
            user, password = base64.b64decode(first).split(b"\0")[1:]
        else:
            user = base64.b64decode(first) if first else self._ask("334 VXNlcm5hbWU6")
            password = self._ask("334 UGFzc3dvcmQ6")
        self._in = (user.decode(), password.decode()) == (USER, PASSWORD)
        self._say("235 welcome" if self._in else "535 no")

    def _ask(self, prompt: str) -> bytes:
        self._say(prompt)
        return base64.b64decode(self._hear() or "")

    def _mail(self, _rest: str) -> None:
        self._say("530 sign in first" if self._post.login and not self._in else "250 ok")

    def _rcpt(self, rest: str) -> None:
        address = rest.partition("<")[2].partition(">")[0]
        if address in self._post.refuse:
            self._say("550 nobody of that name")
        else:
            self._to.append(address)
            self._say("250 ok")

    def _data(self, _rest: str) -> None:
        self._say("354 go on")
        lines = []
        while (heard := self._hear()) is not None and heard != ".":
            lines.append(heard.removeprefix(".") if heard.startswith("..") else heard)
        if self._post.refuse_message:
            self._say(self._post.refuse_message)
            return
        made: Any = message_from_bytes("\r\n".join(lines).encode(), policy=policy.default)
        self._post.messages.append(made)
        self._post.recipients.append(self._to)
        self._post.secret.append(self._secret)
        self._say("250 taken")

    def _rset(self, _rest: str) -> None:
        self._to = []
        self._say("250 ok")

    def _quit(self, _rest: str) -> bool:
        self._say("221 bye")
        return False
