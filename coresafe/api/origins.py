"""Which pages of other origins may call the API: those that the settings name, and nobody else."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import Message, Send

from coresafe.api.errors import answer
from coresafe.errors import ValidationFailed


class Origins(CORSMiddleware):
    """The framework's, but refusals have our shape, and an origin that is not named is told nothing."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """The answer to a browser that asks before it sends."""
        found = super().preflight_response(request_headers)
        if found.status_code == 200:
            return found
        if not self.is_allowed_origin(request_headers["origin"]):
            refusal = ValidationFailed.of(
                "Origin", "This origin may not call the API; the settings name those that may."
            )
            return answer(refusal)
        if request_headers["access-control-request-method"] not in self.allow_methods:
            field, what = "Access-Control-Request-Method", "method"
        else:
            field, what = "Access-Control-Request-Headers", "header"
        refused = answer(ValidationFailed.of(field, f"The API takes no such {what} from other origins."))
        refused.headers["Access-Control-Allow-Origin"] = request_headers["origin"]
        refused.headers["Vary"] = "Origin"
        return refused

    async def send(self, message: Message, send: Send, request_headers: Headers) -> None:
        """Add what a named origin may read; nothing for others, but that the answer depends on the origin."""
        origin = request_headers.get("origin")
        if message["type"] == "http.response.start" and origin is not None and not self.is_allowed_origin(origin):
            message = {**message, "headers": [*message.get("headers", []), (b"vary", b"Origin")]}
            await send(message)
            return
        await super().send(message, send, request_headers)
