"""The ASGI application: what answers where, and what starts and stops with it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from app.api.messages import choose_locale
from app.http.accepting import list_headers
from app.http.edge import Edge, request_id
from app.http.gateway import Gateway
from app.http.graphql import GraphQLOverHttp
from app.http.health import Health
from app.http.pages import list_pages
from app.http.sockets import GraphQLOverWebSocket, end_sessions, watch_sessions
from app.operations.labels import describe_refusal
from app.refusals import InternalFailure, MethodNotAllowed, NotFound, choose_refusal_status
from app.strict_json import write_json
from ledger.errors import LedgerError


def create_app(gateway: Gateway) -> Starlette:
    """Make the application of one process. It closes the lanes when it stops; the database stays the caller's."""
    health = Health(gateway)
    routes: list[BaseRoute] = [
        Route("/graphql", GraphQLOverHttp(gateway)),
        WebSocketRoute("/graphql", GraphQLOverWebSocket(gateway)),
        Route("/healthz", health.live),
        Route("/readyz", health.ready),
        Route("/metrics", health.metrics),
        *list_pages(gateway.pages),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Edge)],
        exception_handlers={HTTPException: _answer_http_exception, LedgerError: _answer_refusal},
        lifespan=lambda app: _live(gateway),
    )


@asynccontextmanager
async def _live(gateway: Gateway) -> AsyncIterator[None]:
    watching = asyncio.create_task(watch_sessions(gateway))
    try:
        yield
    finally:
        gateway.begin_drain()
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        await end_sessions(gateway)
        # Last: whoever is still waiting for an outcome gets it.
        await gateway.services.lanes.close()
        await gateway.services.events.close()


async def _answer_http_exception(request: Request, exception: Exception) -> Response:
    assert isinstance(exception, HTTPException)
    headers = dict(exception.headers or {})
    match exception.status_code:
        case 404:
            return _write(request, NotFound(), headers)
        case 405:
            return _write(
                request, MethodNotAllowed(method=request.method, allowed=headers.get("Allow", "GET")), headers
            )
    return _write(request, InternalFailure(request_id=request_id(request.scope)), headers)


async def _answer_refusal(request: Request, exception: Exception) -> Response:
    assert isinstance(exception, LedgerError)
    return _write(request, exception, {})


def _write(request: Request, refusal: LedgerError, headers: dict[str, str]) -> Response:
    locale = choose_locale(request.headers.get("accept-language"))
    described = describe_refusal(refusal, locale=locale, request_id=request_id(request.scope))
    status = choose_refusal_status(refusal)
    return Response(
        write_json({"errors": [described]}),
        status_code=status,
        headers={**headers, **list_headers(status), "Cache-Control": "no-store"},
        media_type="application/json",
    )
