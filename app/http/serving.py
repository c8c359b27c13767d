"""The server that runs the application, and its orderly end."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from app.api.messages import choose_locale, say
from app.http.gateway import Gateway, Unready
from app.http.heads import BoundedHttp
from app.http.protocol import CloseCode, Ending
from ledger.errors import Remark, Words

# One message is one operation without its data's bulk; batches go over HTTP.
_LARGEST_MESSAGE = 64 * 1024


class _PatientWebSockets(WebSocketsSansIOProtocol):
    """
    Ends sockets so that clients come back, and says why in their language.

    A client that answers no ping may have slept; told 1011, it would never come back.
    """

    def shutdown(self) -> None:
        if self.close_sent or not self.handshake_complete:
            super().shutdown()
            return
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": int(CloseCode.SERVICE_RESTART)})
        self.conn.send_close(int(CloseCode.SERVICE_RESTART), self._say(Unready.STOPPING_PROCESS))
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()

    def keepalive_timeout(self) -> None:
        self.pong_timer = None
        self.pending_ping_payload = None
        if self.close_sent or self.transport.is_closing():
            return
        self.conn.fail(int(CloseCode.SILENT), self._say(Ending.NO_PONG))
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()

    def _say(self, why: Words) -> str:
        return say(Remark(why), locale=choose_locale(Headers(raw=[*self.scope["headers"]]).get("accept-language")))


def _is_by_itself(record: logging.LogRecord) -> bool:
    """
    False for what a task says when it is cancelled. Told to stop a second time, the command cancels everything, says so
    itself, and the traces of sessions and requests that end thereby are no news.
    """
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return True  # no loop runs in this thread
    return task is None or task.cancelling() == 0


class GatewayServer(uvicorn.Server):
    """
    Serves one application until it is told to stop. Signals are the command's business: it calls `stop`.

    Stopping goes: /readyz says 503; after `drain_seconds` no connection is accepted and sockets end with 1012;
    requests in flight are answered; the lanes run empty.
    """

    def __init__(self, config: uvicorn.Config, gateway: Gateway, drain_seconds: float) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self._gateway = gateway
        self._drain_seconds = drain_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then listen; `listening` is set once clients may come."""
        await super().startup(sockets)
        self.listening.set()

    async def stop(self) -> None:
        """Begin to stop; `serve` returns once everything is done."""
        self._gateway.begin_drain()
        await asyncio.sleep(self._drain_seconds)
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the command."""
        yield


def make_server(
    app: Starlette, gateway: Gateway, *, host: str = "127.0.0.1", port: int = 8000, drain_seconds: float = 0.2
) -> GatewayServer:
    """Make the server; `await server.serve()` runs it, `await server.stop()` from another task ends it."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=BoundedHttp,
        ws=_PatientWebSockets,
        ws_max_size=_LARGEST_MESSAGE,
        # Costs 44 kB a socket and doubles the time of a fan-out; messages are small.
        ws_per_message_deflate=False,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        # Sockets and as many requests again; whoever comes then gets 503 at once.
        limit_concurrency=gateway.limits.sockets + 1_000,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=30,
        access_log=False,
        log_config=None,
        server_header=False,
        lifespan="on",
    )
    # Where uvicorn says what became of the application; the same filter is there once, however many servers are made.
    logging.getLogger("uvicorn.error").addFilter(_is_by_itself)
    return GatewayServer(config, gateway, drain_seconds)
