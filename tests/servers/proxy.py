"""A line between a client and a server on loopback that can be slow, be cut at the worst moment, or be dead."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Literal, Self

from tests.servers import wire
from tests.servers.ports import free_port

Moment = Literal["after", "before"]
_SECONDS = 30.0


class Proxy:
    """Listens on ``port`` of 127.0.0.1 and hands everything on to ``target`` there, in a thread of its own.

    - ``delay`` (seconds, may be set at any time) is added to every answer of the server, its greeting included. It is
      a long line, not a narrow one: what comes together arrives together, later.
    - ``cut_commits`` cuts the connection when the server answers a COMMIT (``after``: it was done, nobody hears of it),
      or before the server sees it (``before``: it was not done).
    - ``refuse`` closes the port and all connections, ``accept`` opens it again; ``drop`` closes the connections only.
    - ``hold`` lets nothing of the server through, as a line on which packets vanish; ``release`` ends that.

    ``commits`` and ``round_trips`` count what the client asked; ``statements`` holds it when ``record`` is on. To be
    able to read the line the proxy takes the server's offer of TLS out; ``tls=True`` leaves it in, and then cutting,
    counting and recording do not work.
    """

    def __init__(self, target: int, *, delay: float = 0.0, tls: bool = False) -> None:
        self.target = target
        self.port = free_port()
        self.delay = delay
        self.tls = tls
        self.record = False
        self.statements: list[str] = []
        self.commits = 0
        self.round_trips = 0
        self.cuts = 0
        #: Set when the last of the armed cuts was made.
        self.cut_done = threading.Event()
        self._armed = 0
        self._moment: Moment = "after"
        self._guard = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tests.servers proxy", daemon=True)
        self._listener: asyncio.Server | None = None
        self._open: set[_Line] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()

    # -- for tests, from any thread -------------------------------------------------------------------------------

    def start(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        self.accept()
        return self

    def stop(self) -> None:
        """Close everything and end the thread."""
        self.refuse()
        self._do(self._finish)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)
        self._loop.run_until_complete(self._finish())  # whoever came while the loop was ending
        self._loop.close()

    def cut_commits(self, times: int = 1, moment: Moment = "after") -> None:
        """Cut the connection at the next ``times`` COMMITs, on whatever connections they come."""
        with self._guard:
            self._armed, self._moment = times, moment
        self.cut_done.clear()

    def refuse(self) -> None:
        """Nobody listens any more: new connections are refused, the open ones are cut."""
        self._do(self._refuse)

    def accept(self) -> None:
        """Listen (again), on the same port."""
        self._do(self._accept)

    def drop(self) -> None:
        """Cut every open connection; new ones are welcome."""
        self._do(self._drop)

    def hold(self) -> None:
        """From now on nothing of the server reaches the client, on old connections and new ones."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def release(self) -> None:
        """What was held arrives now, and everything after it."""
        self._loop.call_soon_threadsafe(self._flowing.set)

    def reset_counts(self) -> None:
        """Count and record anew."""
        self.commits = self.round_trips = self.cuts = 0
        self.statements.clear()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- in the proxy's thread ------------------------------------------------------------------------------------

    def _do(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        asyncio.run_coroutine_threadsafe(work(), self._loop).result(_SECONDS)

    async def _accept(self) -> None:
        if self._listener is None:
            self._listener = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _refuse(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        await self._drop()

    async def _drop(self) -> None:
        for line in list(self._open):
            line.cut()

    async def _finish(self) -> None:
        self._flowing.set()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        left: dict[int, asyncio.Transport] = dict(getattr(self._loop, "_transports", {}))
        for transport in left.values():
            transport.abort()
        for _ in range(3):
            await asyncio.sleep(0)  # what was closed is told so before the loop ends

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server = await asyncio.open_connection("127.0.0.1", self.target)
        except (OSError, asyncio.CancelledError):
            _abort(writer)
            return
        line = _Line(self, (reader, writer), server)
        if self._listener is None:  # it came while the port was being closed
            line.cut()
            return
        self._open.add(line)
        try:
            await line.run()
        except asyncio.CancelledError:
            return  # the proxy ends; asyncio would log a task that ends as cancelled
        finally:
            self._open.discard(line)

    def take_cut(self) -> Moment | None:
        """Whether this COMMIT is one to be cut, and when; uses one of the armed cuts up."""
        with self._guard:
            if not self._armed:
                return None
            self._armed -= 1
            return self._moment

    def cut_made(self) -> None:
        """One armed cut was carried out."""
        self.cuts += 1
        if not self._armed:
            self.cut_done.set()


class _Line:
    """One client's connection and its twin to the server."""

    def __init__(
        self,
        proxy: Proxy,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self._proxy = proxy
        self._from_client, self._to_client = client
        self._from_server, self._to_server = server
        self._cut_at_answer = False
        self._late: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        for writer in (self._to_client, self._to_server):
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def run(self) -> None:
        """Hand on in both directions until one side is gone."""
        asking = self._raw_questions() if self._proxy.tls else self._questions()
        pumps = [asyncio.ensure_future(work) for work in (asking, self._answers(), self._deliveries())]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for writer in (self._to_client, self._to_server):
                writer.close()

    def cut(self) -> None:
        """Cut both sides at once, with a reset; what was under way is lost."""
        _abort(self._to_client)
        _abort(self._to_server)

    async def _raw_questions(self) -> None:
        while data := await self._from_client.read(65536):
            self._to_server.write(data)
            await self._to_server.drain()

    async def _questions(self) -> None:
        while packet := await wire.read_packet(self._from_client):
            self._count(packet)
            if wire.is_commit(wire.statement(packet)):
                moment = self._proxy.take_cut()
                if moment == "before":
                    self.cut()
                    self._proxy.cut_made()
                    return
                self._cut_at_answer = moment == "after"
            self._to_server.write(packet)
            await self._to_server.drain()

    def _count(self, packet: bytes) -> None:
        if not wire.is_command(packet):
            return
        self._proxy.round_trips += 1
        text = wire.statement(packet)
        self._proxy.commits += wire.is_commit(text)
        if self._proxy.record and text is not None:
            self._proxy.statements.append(text)

    async def _answers(self) -> None:
        now = asyncio.get_running_loop().time
        if not self._proxy.tls:
            greeting = await wire.read_packet(self._from_server)
            self._late.put_nowait((now() + self._proxy.delay, wire.without_tls(greeting)))
        while data := await self._from_server.read(65536):
            if self._cut_at_answer:
                self.cut()
                self._proxy.cut_made()
                return
            self._late.put_nowait((now() + self._proxy.delay, data))
        self._late.put_nowait((now() + self._proxy.delay, b""))
        await asyncio.Event().wait()  # the end travels like an answer: behind what was said before it

    async def _deliveries(self) -> None:
        now = asyncio.get_running_loop().time
        while True:
            at, data = await self._late.get()
            while (early := at - now()) > 0:  # noqa: ASYNC110 - what is waited for is a time
                await asyncio.sleep(early)
            await self._proxy._flowing.wait()
            if not data:
                return
            self._to_client.write(data)
            await self._to_client.drain()


def _abort(writer: asyncio.StreamWriter) -> None:
    """Close with a reset, as a line that breaks, and not with a goodbye."""
    with contextlib.suppress(OSError, AttributeError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
