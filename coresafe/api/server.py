"""Serving the API: alone (``coresafe serve``), or as a child of the windows that ends with them."""

from __future__ import annotations

import contextlib
import gc
import logging
import socket
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import FrameType

import uvicorn

from coresafe import logs, paths
from coresafe.api.app import create_app
from coresafe.config import Settings
from coresafe.errors import CoreSafeError, UserError
from coresafe.services import opening, tokens
from coresafe.services.database import Database

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8760
#: Requests under way may finish for so long after a server is told to end.
GRACE_SECONDS = 10
#: So long the last audit entries may take to be sealed.
CLOSE_SECONDS = 5


class PortTaken(UserError):
    """Another program has the port, or this one may not have it."""


def _spare_the_collector() -> None:
    """What is loaded by now stays: looking through it again and again took a third of a page of a hundred rows.

    A page is some thousands of objects, none of them in a ring: they go without the collector's help, which now looks less
    often for those that do not.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


class _Server(uvicorn.Server):
    """Says when it listens; told to end, it ends well."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            _spare_the_collector()
            self._listening()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM or Ctrl-C: finish what is under way; a second Ctrl-C does not wait for it."""
        super().handle_exit(sig, frame)
        # Raised again after the end, as uvicorn does, it would kill us before the database is closed and sealed.
        self._captured_signals.clear()


def bound(host: str, port: int) -> socket.socket:
    """A socket on that address, taken. Raises UserError where somebody else has it, or there is no such address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP: asyncio sends small packets at once only on sockets that say so, and an answer is two of them.
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":  # where it would let two servers have one port
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        if isinstance(error, socket.gaierror) or error.errno in (99, 49, 10049):  # EADDRNOTAVAIL, by system
            raise UserError(f"This machine has no address {host!r}.") from error
        raise PortTaken(
            f"Port {port} of {host} cannot be used: {(error.strerror or 'it is taken').lower()}.",
            hint="Another program may have it. Choose another port.",
        ) from error
    except OverflowError as error:
        taken.close()
        raise UserError("A port is a number from 1 to 65535.") from error
    return taken


def serve(
    settings: Settings,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    *,
    listening: Callable[[str], None] = lambda _address: None,
    started: Callable[[uvicorn.Server], None] = lambda _server: None,
) -> None:
    """Serve until told to end (SIGTERM, Ctrl-C); ``listening`` hears the address once requests are taken.

    The database may be away: requests are answered 503 until it is there. Raises UserError, ValidationFailed.
    """
    key = tokens.signing_key(settings)
    taken = bound(host, port)
    database = opening.open_database(settings)
    try:
        _run(database, key, settings, taken, listening, started)
    finally:
        taken.close()
        _close(database)


def _close(database: Database) -> None:
    """Close the database in a bounded time: requests that outlived the grace wait for a server that does not answer."""

    def close() -> None:
        with contextlib.suppress(Exception):  # the database may be away; what is not sealed is sealed by the next
            database.close()

    closing = threading.Thread(target=close, name="coresafe-api-close")
    closing.start()
    closing.join(CLOSE_SECONDS)
    database.hang_up()
    closing.join()


def _run(
    database: Database,
    key: bytes,
    settings: Settings,
    taken: socket.socket,
    listening: Callable[[str], None],
    started: Callable[[uvicorn.Server], None],
) -> None:
    host, port = taken.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    config = uvicorn.Config(
        create_app(database, key, cors_origins=settings.cors_origins),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config, lambda: listening(f"http://{shown}:{port}"))
    started(server)
    server.run(sockets=[taken])


def in_child(pipe: Connection, settings: Settings, port: int) -> None:
    """The main of the child of the windows: serve on this machine only, until the pipe closes or says so.

    Says ``("listening", address)`` into the pipe, or why not: ``("port", sentence)`` where the port cannot be had,
    ``("failed", sentence)`` for everything else.
    """
    logs.start(paths.log_folder(), settings.log_level, name="coresafe-api.log")

    def say(kind: str, words: str) -> None:
        with contextlib.suppress(OSError):  # the windows are gone, which ``wait`` hears, too
            pipe.send((kind, words))

    def watch(server: uvicorn.Server) -> None:
        def wait() -> None:
            with contextlib.suppress(EOFError, OSError):
                pipe.recv()
            server.should_exit = True

        threading.Thread(target=wait, name="coresafe-api-watch", daemon=True).start()

    try:
        serve(settings, DEFAULT_HOST, port, listening=lambda where: say("listening", where), started=watch)
    except CoreSafeError as error:
        kind = "port" if isinstance(error, PortTaken) else "failed"
        say(kind, " ".join(part for part in (error.message, error.hint) if part))
    except Exception:
        logging.getLogger("coresafe.api").exception("the server ended")
        say("failed", "The server ended by a defect of CoreSafe. The log has the details.")
    finally:
        logs.stop()
