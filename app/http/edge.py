"""The outermost layer: request ids, security headers, one log line per request, and no traceback to anybody."""

import re
import secrets
import time
from typing import Any

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.messages import choose_locale
from app.operations.labels import describe_refusal
from app.refusals import InternalFailure
from app.strict_json import write_json

log = structlog.get_logger("app.http.access")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._~=-]{1,64}")

# Everything comes from this server. Monaco, the editor in GraphiQL, sets styles on its elements; scripts never do.
_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self' data:",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

SECURITY_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_RAW_HEADERS = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]


class Edge:
    """Wraps the whole application. A route adds to its log line by `note` and finds its id by `request_id`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        identifier = _choose_id(Headers(scope=scope).get("x-request-id"))
        scope["splitbook.request_id"] = identifier
        scope["splitbook.notes"] = {}
        # By hand, because bound_contextvars looks through every variable of the context first.
        bound = structlog.contextvars.bind_contextvars(request_id=identifier)
        try:
            if scope["type"] == "websocket":
                await self._app(scope, receive, send)
            else:
                await self._serve(scope, receive, send, identifier)
        finally:
            structlog.contextvars.reset_contextvars(**bound)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, identifier: str) -> None:
        began = time.perf_counter()
        status = 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                # No route sets any of these, so they need not be looked for.
                message["headers"] = [*message["headers"], *_RAW_HEADERS, (b"x-request-id", identifier.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_marked)
        except Exception:
            log.exception("request.failed")
            if status == 0:
                await _send_failure(scope, send_marked, identifier)
        finally:
            log.info(
                "request",
                method=scope["method"],
                path=scope["path"][:200],
                status=status,
                ms=round((time.perf_counter() - began) * 1000, 2),
                **scope["splitbook.notes"],
            )


def request_id(scope: Scope) -> str:
    """The id of this request, the client's own where it sent one."""
    identifier: str = scope["splitbook.request_id"]
    return identifier


def note(scope: Scope, **facts: Any) -> None:
    """Add facts to the request's log line. Never what a caller sent: no variables, no documents."""
    scope["splitbook.notes"].update(facts)


def _choose_id(given: str | None) -> str:
    # A client's id goes into logs and headers, so only plain ones are taken over.
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given
    return secrets.token_hex(12)


async def _send_failure(scope: Scope, send: Send, identifier: str) -> None:
    locale = choose_locale(Headers(scope=scope).get("accept-language"))
    failure = InternalFailure(request_id=identifier)
    body = write_json({"errors": [describe_refusal(failure, locale=locale, request_id=identifier)]})
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
