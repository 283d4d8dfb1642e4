"""Signing in and out, registering, and one's own account."""

from __future__ import annotations

from typing import Annotated, Any

import anyio
from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import from_json

from coresafe.api import answers
from coresafe.api.access import Who, machine_of, needs
from coresafe.api.bodies import Login, PasswordChange, RefreshRequest, Registration, sent
from coresafe.api.routes import errors, make_router
from coresafe.api.state import state_of
from coresafe.models.enums import Door
from coresafe.services import sessions, users
from coresafe.services.sessions import EndSession, TokenPair, end_session
from coresafe.services.signing_in import ChangePassword, change_password, with_epoch
from coresafe.services.users import Register, UserRow, myself

router = make_router("/auth", "Signing in", signed_in=False)
#: The half that needs a token.
own = make_router("/auth", "Signing in")

# Every request may carry the header. It stands here because openapi-python-client makes a module that cannot be imported
# of an operation with two kinds of body and no optional parameter.
_LOGIN_BODY = {
    "parameters": [
        {
            "name": "X-Request-ID",
            "in": "header",
            "required": False,
            "description": "An id of yours for the request; the answer and the log name it.",
            "schema": {"type": "string"},
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Login"}},
            "application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/LoginForm"}},
        },
    },
}


async def _login(request: Request) -> Login:
    """The body as JSON, or as a form, which may hold the other fields of OAuth 2 and is none the wiser."""
    try:
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            form = await request.form(max_fields=20)
            return Login.model_validate({name: form[name] for name in ("username", "password") if name in form})
        return Login.model_validate(from_json(await request.body()))
    except ValidationError as error:
        found = [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]
        raise RequestValidationError(found) from None
    except ValueError:
        raise RequestValidationError([{"type": "json_invalid", "loc": ("body",), "msg": "", "input": None}]) from None


@router.post(
    "/login",
    response_model=TokenPair,
    responses=errors(400, 401, 403, 413, 429),
    operation_id="login",
    openapi_extra=_LOGIN_BODY,
)
async def login(request: Request, body: Annotated[Login, Depends(_login)]) -> Response:
    """Sign in with a user's name and password, as JSON or as a form.

    Five wrong passwords lock the name for 15 minutes, whether there is such a user or not.
    """
    state = state_of(request)
    state.anonymous.take(machine_of(request))

    def work() -> TokenPair:
        return sessions.open_session(
            state.database,
            state.key,
            body.username,
            body.password,
            machine=machine_of(request),
            patience=state.patience,
        )

    return answers.row(await anyio.to_thread.run_sync(work, limiter=state.passwords))


@router.post(
    "/register",
    status_code=201,
    response_model=UserRow,
    responses=errors(400, 409, 413, 429),
    operation_id="register",
)
async def registration(request: Request, body: Registration) -> Response:
    """Ask for an account: an inactive operator, whom an administrator must approve before he can sign in."""
    state = state_of(request)
    state.registering.take(machine_of(request))

    def work() -> UserRow:
        return users.register(
            state.database,
            Register(**sent(body)),
            door=Door.API,
            machine=machine_of(request),
            patience=state.patience,
        )

    return answers.row(await anyio.to_thread.run_sync(work, limiter=state.passwords), 201)


@router.post("/refresh", response_model=TokenPair, responses=errors(400, 401, 413, 429), operation_id="refresh_tokens")
def refreshed(request: Request, body: RefreshRequest) -> Response:
    """A new pair for a refresh token. Each works once; using one twice ends the whole session."""
    state = state_of(request)
    state.anonymous.take(machine_of(request))
    pair = sessions.refresh(
        state.database, state.key, body.refresh_token, machine=machine_of(request), patience=state.patience
    )
    return answers.row(pair)


@own.post("/logout", status_code=204, responses=errors(401), operation_id="logout")
@needs(end_session.permission)
def logout(who: Who) -> Response:
    """End this session: neither its access token nor its refresh token works any more."""
    end_session(who, EndSession(session_id=who.actor.session_id or ""))
    return Response(status_code=204)


@own.get("/me", response_model=UserRow, responses=errors(401), operation_id="me")
@needs(myself.permission)
def me(who: Who) -> Response:
    """The signed-in user as he is now."""
    return answers.row(myself(who))


@own.put("/password", response_model=TokenPair, responses=errors(400, 401, 413, 429), operation_id="change_password")
@needs(change_password.permission)
async def password(request: Request, who: Who, body: PasswordChange) -> Response:
    """Change one's own password. Every token ends, this one too; the answer holds new ones."""
    state = state_of(request)

    def work() -> TokenPair:
        epoch = change_password(who, ChangePassword(**sent(body)))
        return sessions.start_session(with_epoch(who, epoch), state.key)

    return answers.row(await anyio.to_thread.run_sync(work, limiter=state.passwords))


def schemas() -> dict[str, Any]:
    """Schemas that no route names by its parameters."""
    login = Login.model_json_schema()
    form = {name: value for name, value in login.items() if name != "additionalProperties"}
    about = "A user's name and password as OAuth 2 sends them; its other fields are not looked at."
    return {"Login": login, "LoginForm": {**form, "description": about}}
