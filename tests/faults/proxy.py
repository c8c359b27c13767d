"""
A proxy between asyncpg and PostgreSQL that cuts the connection at a chosen statement, or swallows an answer.

It knows just enough of the protocol: after the start-up packet every message of the client is a type byte and a length.
A statement is a simple query (Q) or the execution of a prepared one (E).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit

SSL_REQUEST = 80877103
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Judge = Callable[[int, str], bool]


def _let_pass(_number: int, _text: str) -> bool:
    return False


class Proxy:
    """
    `cut_when(judge)`: the first statement of which `judge(number from now, text of a simple query)` is true never
    reaches the server. `swallow(text)`: the statement with this text does, its answer never comes back.
    """

    def __init__(self, dsn: str) -> None:
        parts = urlsplit(dsn)
        self._dsn = parts
        asked = parse_qs(parts.query)
        self._host = asked.get("host", [parts.hostname or "localhost"])[0]
        self._port = int(asked.get("port", [str(parts.port or 5432)])[0])
        self.dsn = ""
        self.seen: list[str] = []
        self._judge: Judge = _let_pass
        self._swallowed = b""
        self._links: set[_Link] = set()

    def cut_when(self, judge: Judge) -> None:
        self.seen.clear()
        self._judge = judge

    def swallow(self, text: str) -> None:
        self.seen.clear()
        self._swallowed = text.encode()

    def count(self) -> None:
        """Count statements from now and let everything through."""
        self.seen.clear()
        self._judge, self._swallowed = _let_pass, b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._host.startswith("/"):
            upstream = await asyncio.open_unix_connection(f"{self._host}/.s.PGSQL.{self._port}")
        else:
            upstream = await asyncio.open_connection(self._host, self._port)
        link = _Link(self, (reader, writer), upstream)
        self._links.add(link)
        await link.run()
        self._links.discard(link)

    def admit(self, kind: bytes, body: bytes) -> str:
        """What becomes of a message: "pass", "cut" or "swallow"."""
        if kind not in b"QE":
            return "pass"
        text = body.rstrip(b"\x00") if kind == b"Q" else b""
        self.seen.append(text.decode())
        if self._judge(len(self.seen), self.seen[-1]):
            return "cut"
        if self._swallowed and text == self._swallowed:
            return "swallow"
        return "pass"

    def listen_at(self, port: int) -> None:
        self.dsn = self._dsn._replace(
            netloc=f"{self._dsn.username or 'postgres'}@127.0.0.1:{port}", query="sslmode=disable"
        ).geturl()

    def close(self) -> None:
        for link in list(self._links):
            link.cut()


class _Link:
    """One connection of a client and the one to the server behind it."""

    def __init__(self, proxy: Proxy, client: Streams, server: Streams) -> None:
        self.proxy = proxy
        self.client_reader, self.client_writer = client
        self.server_reader, self.server_writer = server
        self.mute = False

    async def run(self) -> None:
        tasks = [asyncio.create_task(self._forward()), asyncio.create_task(self._answer())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        self.cut()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def cut(self) -> None:
        """As a killed client or a pulled cable: no farewell is said to either side."""
        for writer in (self.client_writer, self.server_writer):
            writer.transport.abort()

    async def _forward(self) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._start()
            while True:
                head = await self.client_reader.readexactly(5)
                body = await self.client_reader.readexactly(int.from_bytes(head[1:], "big") - 4)
                fate = self.proxy.admit(head[:1], body)
                if fate == "cut":
                    return
                self.mute = self.mute or fate == "swallow"
                self.server_writer.write(head + body)
                await self.server_writer.drain()

    async def _start(self) -> None:
        while True:
            size = await self.client_reader.readexactly(4)
            body = await self.client_reader.readexactly(int.from_bytes(size, "big") - 4)
            self.server_writer.write(size + body)
            if int.from_bytes(body[:4], "big") != SSL_REQUEST:
                return

    async def _answer(self) -> None:
        with suppress(ConnectionError):
            while data := await self.server_reader.read(65_536):
                if self.mute:
                    return  # the server has answered: what it answers to is done
                self.client_writer.write(data)
                await self.client_writer.drain()


@asynccontextmanager
async def open_proxy(dsn: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(dsn)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.listen_at(server.sockets[0].getsockname()[1])
    try:
        yield proxy
    finally:
        server.close()
        proxy.close()
        await server.wait_closed()
