"""A small system of somebody else's over real HTTP: fee lines in pages, and what goes wrong with pages."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Feed:
    """Lines in their order; a cursor is the number of lines before it. `faults` are played one a request."""

    def __init__(self, *, page: int = 3) -> None:
        self.lines: list[Any] = []
        self.faults: list[str] = []
        self.asked: list[str] = []
        self.tokens: list[str] = []
        self.page = page
        self.url = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Feed"]:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/fees"
        try:
            yield self
        finally:
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            asked = parse_qs(urlsplit(head.split(" ")[1]).query, keep_blank_values=True)
            self.asked.append(asked["after"][0])
            self.tokens += [
                line.partition(": ")[2] for line in head.split("\r\n") if line.lower().startswith("authoriz")
            ]
            fault = self.faults.pop(0) if self.faults else ""
            start = int(asked["after"][0] or 0)
            if fault == "repeat":
                start = max(0, start - self.page)
            if fault == "rewind":
                start = 0
            end = min(start + self.page, len(self.lines))
            page = {"lines": self.lines[start:end], "cursor": str(end) if end else "", "more": end < len(self.lines)}
            body = b"no page" if fault == "garbage" else json.dumps(page).encode()
            status = b"500 Broken" if fault == "500" else b"200 OK"
            if fault != "lost":
                answer = (
                    b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body
                )
                writer.write(answer[: len(answer) // 2] if fault == "cut" else answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
