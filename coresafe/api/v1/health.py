"""Health: whether the program lives, and whether it can work."""

from __future__ import annotations

from typing import Literal

import anyio
from fastapi import Request, Response
from pydantic import BaseModel

from coresafe import __version__
from coresafe.api import answers
from coresafe.api.routes import errors, make_router
from coresafe.api.state import state_of
from coresafe.errors import DatabaseUnavailable
from coresafe.services import schema

router = make_router("/health", "Health", signed_in=False)

#: A database that has not answered by then is away, as far as anybody who asks is concerned.
ANSWER_SECONDS = 5.0


class Health(BaseModel):
    """All is well."""

    status: Literal["ok"]
    version: str


_WELL = {"status": "ok", "version": __version__}


@router.get("/live", response_model=Health, responses=errors(), operation_id="live")
async def live() -> Response:
    """Whether the program runs: 200, whatever the database does."""
    return answers.plain(_WELL)


@router.get("/ready", response_model=Health, responses=errors(), operation_id="ready")
async def ready(request: Request) -> Response:
    """Whether requests can be served: 200, or 503 with what is wrong: the database is away, or its schema is not current."""
    state = state_of(request)
    with anyio.move_on_after(ANSWER_SECONDS):
        await anyio.to_thread.run_sync(
            schema.require_ready, state.database, abandon_on_cancel=True, limiter=state.looks
        )
        return answers.plain(_WELL)
    raise DatabaseUnavailable("The database does not answer.")
