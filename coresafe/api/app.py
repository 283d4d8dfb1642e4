"""The FastAPI application: routes, errors, and what is done around every request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import fastapi_offline
from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from coresafe import __version__
from coresafe.api import PREFIX, errors
from coresafe.api.document import document as document_of
from coresafe.api.middleware import Envelope
from coresafe.api.origins import Origins
from coresafe.api.state import State
from coresafe.api.v1 import ROUTERS
from coresafe.services.database import POOL_LIMIT, Database

_STATIC = Path(fastapi_offline.__file__).parent / "static"
#: Smaller answers are not worth the work (interfaces: over 1 kB).
GZIP_FROM_BYTES = 1000


def create_app(database: Database, key: bytes, *, cors_origins: Sequence[str] = ()) -> FastAPI:
    """The application over an open database. ``key`` signs the tokens (``tokens.signing_key``).

    The caller closes the database when the server has ended.
    """
    app = FastAPI(
        title="CoreSafe",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        separate_input_output_schemas=True,
    )
    app.state.coresafe = State(database=database, key=key)
    for each in ROUTERS:
        app.include_router(each, prefix=PREFIX)
    errors.install(app)
    _add_documents(app)
    app.add_middleware(GZipMiddleware, minimum_size=GZIP_FROM_BYTES, compresslevel=5)
    app.add_middleware(Envelope)
    if cors_origins:
        app.add_middleware(
            Origins,
            allow_origins=list(cors_origins),
            allow_credentials=True,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "Idempotency-Key",
                "If-Match",
                "If-None-Match",
                "X-Request-ID",
            ],
            expose_headers=["ETag", "Location", "Retry-After", "X-Request-ID", "Content-Disposition"],
        )
    return app


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    # As many requests at work as there are connections; the others wait their turn here, not for a connection.
    anyio.to_thread.current_default_thread_limiter().total_tokens = POOL_LIMIT
    yield


def _add_documents(app: FastAPI) -> None:
    """The OpenAPI document, and Swagger UI from files of our own: a mine may have no internet."""
    app.mount(f"{PREFIX}/docs/files", StaticFiles(directory=_STATIC), name="files")

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document_of(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]

    @app.get(f"{PREFIX}/openapi.json", include_in_schema=False)
    def openapi() -> dict[str, Any]:
        return app.openapi()

    @app.get(f"{PREFIX}/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        files = f"{PREFIX}/docs/files"
        return get_swagger_ui_html(
            openapi_url=f"{PREFIX}/openapi.json",
            title="CoreSafe API",
            swagger_js_url=f"{files}/swagger-ui-bundle.js",
            swagger_css_url=f"{files}/swagger-ui.css",
            swagger_favicon_url=f"{files}/favicon.png",
        )
