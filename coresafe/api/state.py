"""What every route of one server shares: the database, the key, and how much of what is done at once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import anyio
from starlette.requests import Request

from coresafe.api.limits import Limiter
from coresafe.services.database import Database

#: Seconds a write is tried again while the database is away: a program asks again by itself, and soon.
WRITE_PATIENCE_SECONDS = 5.0
#: Passwords checked at once: each takes a processor for a quarter of a second.
PASSWORDS_AT_ONCE = 4
#: Exports streamed at once: each holds a connection for as long as its reader takes.
EXPORTS_AT_ONCE = 4


@dataclass(slots=True)
class State:
    """One server's own things."""

    database: Database
    key: bytes
    patience: float = WRITE_PATIENCE_SECONDS
    anonymous: Limiter = field(default_factory=lambda: Limiter(per_minute=600, at_once=200))
    registering: Limiter = field(default_factory=lambda: Limiter(per_minute=120, at_once=60))
    passwords: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(PASSWORDS_AT_ONCE))
    looks: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(2))
    exports: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(EXPORTS_AT_ONCE))
    #: Answers of short tables, as bytes, by the mark of their rows.
    known: dict[str, tuple[str, bytes]] = field(default_factory=dict)


def state_of(request: Request) -> State:
    """The state of the server that got this request."""
    state: State = request.app.state.coresafe
    return state
