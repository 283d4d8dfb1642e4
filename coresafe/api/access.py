"""Who asks, and whether he may: settled before a body is read (domain: Order of refusals).

A token that is not ours, or says a role that may not, is refused at once. Whether the session still stands is checked by
the use case in its own first statement; where a request fails before it gets there, it is checked before saying why.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, ClassVar, TypeVar

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Message, Scope

from coresafe.api import PREFIX
from coresafe.api.limits import RateLimited
from coresafe.api.state import State, state_of
from coresafe.errors import CoreSafeError, Unauthenticated, ValidationFailed
from coresafe.models.enums import Door
from coresafe.services import tokens
from coresafe.services.context import Context
from coresafe.services.permissions import Permission, allows
from coresafe.services.transaction import require_allowed

E = TypeVar("E", bound=Callable[..., Any])

#: A body of this many bytes is the largest that is read (interfaces: Conventions).
LARGEST_BODY = 1_000_000
#: Describes the scheme in the OpenAPI document; what is checked is checked below.
BEARER = HTTPBearer(auto_error=False, description="The access token of POST /auth/login.", scheme_name="Token")


class PayloadTooLarge(CoreSafeError):
    """413: the body is larger than what is read."""

    code = "PAYLOAD_TOO_LARGE"

    def __init__(self) -> None:
        super().__init__(f"The body is too large; at most {LARGEST_BODY:,} bytes are read. Send less at a time.")


def needs(permission: Permission) -> Callable[[E], E]:
    """Say what a route takes: the permission of its use case."""

    def mark(endpoint: E) -> E:
        endpoint.permission = permission  # type: ignore[attr-defined]
        return endpoint

    return mark


async def _context(request: Request) -> Context:
    context: Context = request.state.context
    return context


#: The signed-in user of a route that ``needs`` a permission.
Who = Annotated[Context, Depends(_context)]


class Route(APIRoute):
    """A route that knows who may use it before it reads what was sent."""

    #: Addresses without an id in them.
    _words: ClassVar[set[str]] = set()

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        if not self.param_convertors:
            self._words.add(path)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The framework's; but a word that is an address of its own is nobody's id, whatever the method."""
        match, found = super().matches(scope)
        if match is not Match.NONE and self.param_convertors:
            beside = self.path.partition("{")[0]
            if any(scope["path"].endswith(word) for word in self._words if word.startswith(beside)):
                return Match.NONE, {}
        return match, found

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's, with the question who asks before it."""
        inner = super().get_route_handler()
        permission: Permission | None = getattr(self.endpoint, "permission", None)

        async def handle(request: Request) -> Response:
            request.state.route = PREFIX + self.path_format
            if permission is not None:
                await _admit(request, permission)
            try:
                _limit_body(request)
                return await inner(request)
            except (RequestValidationError, ValidationFailed, RateLimited, PayloadTooLarge, HTTPException) as error:
                if permission is not None:
                    await run_in_threadpool(require_allowed, request.state.context, permission)
                if getattr(request.state, "too_large", False):  # the framework only knows that reading it failed
                    raise PayloadTooLarge from error
                raise

        return handle


async def _admit(request: Request, permission: Permission) -> None:
    state = state_of(request)
    context = context_for(state, request)
    request.state.context = context
    request.state.user = context.actor.username
    if not allows(context.actor.role, permission):
        # His role may have changed, or his session ended, since the token was made: that is told first.
        await run_in_threadpool(require_allowed, context, permission)


def context_for(state: State, request: Request) -> Context:
    """Who the request's token speaks of. Raises Unauthenticated, TokenExpired."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not token:
        raise Unauthenticated("Sign in first: send the access token as `Authorization: Bearer …`.")
    if scheme.lower() != "bearer":
        raise Unauthenticated("Only bearer tokens are taken: send `Authorization: Bearer …`.")
    actor = tokens.read_access(state.key, token.strip())
    return Context(
        database=state.database, actor=actor, door=Door.API, machine=machine_of(request), patience=state.patience
    )


def machine_of(request: Request) -> str:
    """The machine a request came from, as the audit trail names it."""
    return request.client.host if request.client else "unknown"


def _limit_body(request: Request) -> None:
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated[:20]) > LARGEST_BODY:
        raise PayloadTooLarge
    receive = request._receive  # noqa: SLF001  # a body sent in pieces says its size only as it comes
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > LARGEST_BODY:
            request.state.too_large = True
            raise PayloadTooLarge
        return message

    request._receive = counted  # noqa: SLF001
