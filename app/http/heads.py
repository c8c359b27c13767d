"""HTTP/1.1 whose heads end: so many bytes, and within a time. What comes after is bounded where bodies are read."""

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Room for a document in the address; keys, cookies and what proxies add are far less.
HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 10.0
# What is read at once: a head that begins behind the end of a body may be longer by so much.
_SLICE_BYTES = 4 * 1024


class BoundedHttp(HttpToolsProtocol):
    """
    uvicorn takes a head of any length, and its parser copies an unfinished header whole with each piece: 300 MB of
    one, from anybody and without a key, kept the whole process busy for seven minutes.

    Counted is what brings nothing of a body: heads that do not end, and what may follow a chunked body.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._unended_bytes = 0
        self._has_progressed = False
        self._is_in_message = False
        self._is_socket = False
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Expect a head from the first moment on."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing any more."""
        self._stop_expecting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came, unless it leads nowhere; a head may be no longer whole than in parts."""
        start = 0
        while start < len(data) and not self._is_socket and not self.transport.is_closing():
            room = HEAD_BYTES - self._unended_bytes
            if room == 0:
                self._refuse(
                    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                    f"The head of a request does not go on for {HEAD_BYTES} bytes without an end.",
                )
                return
            end = start + min(room, _SLICE_BYTES)
            self._read(data[start:end])
            start = end

    def handle_websocket_upgrade(self) -> None:
        """Give the connection to another protocol; what comes is read there."""
        self._is_socket = True
        super().handle_websocket_upgrade()

    def on_headers_complete(self) -> None:
        """A head has ended."""
        self._has_progressed = self._is_in_message = True
        self._stop_expecting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Something of a body came."""
        self._has_progressed = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request has ended; what comes next begins another."""
        self._is_in_message = False
        super().on_message_complete()

    def _read(self, data: bytes) -> None:
        # Also what was answered early, as without a key, may be in the middle of its body.
        if not self._is_in_message and (self.cycle is None or self.cycle.response_complete):
            self._expect_head()
        self._has_progressed = False
        super().data_received(data)
        self._unended_bytes = 0 if self._has_progressed else self._unended_bytes + len(data)

    def _expect_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_expecting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        self._head_timer = None
        if self.transport.is_closing():
            return
        if self._unended_bytes:
            self._refuse(
                HTTPStatus.REQUEST_TIMEOUT, f"The head of the request did not arrive within {HEAD_SECONDS:g} seconds."
            )
        else:
            # Browsers open connections ahead of need; nobody waits for an answer there.
            self.transport.close()

    def _refuse(self, status: HTTPStatus, reason: str) -> None:
        self._stop_expecting()
        if not self.transport.is_closing():
            head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
            rest = f"content-length: {len(reason)}\r\nconnection: close\r\n\r\n{reason}"
            self.transport.write((head + rest).encode("ascii"))
            self.transport.close()
