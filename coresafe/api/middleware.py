"""Around every request: its id, one line in the log, and an answer in our shape whatever happens."""

from __future__ import annotations

import asyncio
import re
import time
import uuid

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coresafe import logs
from coresafe.api.errors import answer, problem
from coresafe.errors import DatabaseUnavailable

_LOG = logs.get("coresafe.api.requests")
_ERRORS = logs.get("coresafe.api")
_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
#: Answers are for whoever asked: nobody keeps them on the way.
_PRIVATE = (b"cache-control", b"no-store")
_AGAIN = "Ask again in a moment; a change under the same Idempotency-Key, so that it is made once."


class Envelope:
    """Gives each request an id, logs it, and turns what nobody expected into a plain 500."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        started = time.perf_counter()
        status = 0

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                names = {name.lower() for name, _ in message["headers"]}
                extra = [(b"x-request-id", request_id.encode()), (b"x-content-type-options", b"nosniff")]
                if b"cache-control" not in names:
                    extra.append(_PRIVATE)
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        try:
            await self._app(scope, receive, answered)
        except asyncio.CancelledError:  # the program was told to end, and this took longer than the grace
            _ERRORS.warning("%s %s was cut off at the end", scope["method"], scope["path"])
            if not status:
                await answer(DatabaseUnavailable("CoreSafe is being restarted.", hint=_AGAIN))(scope, receive, answered)
        except Exception:  # noqa: BLE001  # nothing of the inside leaves the house
            where = {"request_id": request_id}
            _ERRORS.exception("%s %s failed", scope["method"], scope["path"], extra={"fields": where})
            if not status:
                detail = "Something went wrong inside CoreSafe. Tell whoever looks after it this id: " + request_id
                await problem(500, "INTERNAL_ERROR", detail)(scope, receive, answered)
        finally:
            self._note(scope, status, time.perf_counter() - started, request_id)

    def _note(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        state = scope.get("state") or {}
        fields = {
            "method": scope["method"],
            "route": state.get("route") or "-",
            "status": status or None,
            "ms": round(seconds * 1000, 1),
            "user": state.get("user"),
            "request_id": request_id,
        }
        _LOG.info("%s %s %s", fields["method"], fields["route"], status, extra={"fields": fields})
