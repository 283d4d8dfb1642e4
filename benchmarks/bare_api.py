"""The API as nothing but its statements: Starlette, PyMySQL and json.dumps. ``python -m benchmarks.bare_api PLAN --port N``.

The plan is a JSON file: the database's address, and for each path the statements that CoreSafe sends, as text, and what it
answers. Each route sends the statements, makes a dict of each row, and dumps that answer: the same bytes, without the work
of shaping them.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.bench import bare_connection
from coresafe.services.database import POOL_LIMIT

#: Columns that ride on the first statement of a use case, the same in each row: who asks, the time, the rules.
RIDING = "fact_"
_mine = threading.local()


def application(url: str, paths: dict[str, dict[str, Any]]) -> Starlette:
    """One plain ``def`` route for each path, which Starlette runs in its pool of threads; a connection for each thread."""
    routes = [Route(path, _endpoint(url, plan["statements"], plan["answer"])) for path, plan in paths.items()]
    return Starlette(routes=routes, lifespan=_as_many_threads)


@contextlib.asynccontextmanager
async def _as_many_threads(_app: Starlette) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = POOL_LIMIT
    yield


def _endpoint(url: str, statements: list[str], answer: Any) -> Callable[[Request], Response]:
    def endpoint(_request: Request) -> Response:
        connection = getattr(_mine, "connection", None)
        if connection is None:
            connection = _mine.connection = bare_connection(url)
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                names = [column[0] for column in cursor.description or () if not column[0].startswith(RIDING)]
                _rows = [dict(zip(names, row, strict=False)) for row in cursor.fetchall()]  # what rides comes last
        body = json.dumps(answer, default=str)
        return Response(body, media_type="application/json")

    return endpoint


class _Server(uvicorn.Server):
    """Says when it listens, and ends well."""

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        print("it serves", flush=True)

    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        self._captured_signals.clear()


def main(plan: str, port: int) -> None:
    """Serve as ``coresafe serve`` does."""
    read = json.loads(Path(plan).read_text("utf-8"))
    config = uvicorn.Config(
        application(read["url"], read["paths"]), port=port, log_config=None, access_log=False, server_header=False
    )
    _Server(config).run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[3]))
