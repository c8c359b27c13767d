"""How long a head may be, and how slow, over real connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from app.http import heads
from app.http.application import create_app
from app.http.listening import listen
from app.http.serving import make_server
from tests.app.world import World, make_world
from tests.waiting import HANGS_S

TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large"


@asynccontextmanager
async def connect(world: World | None = None) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """One connection to a server of its own."""
    world = world or make_world()
    listener = listen("127.0.0.1", 0)
    server = make_server(create_app(world.gateway), world.gateway, drain_seconds=0)
    running = asyncio.create_task(server.serve([listener]))
    await server.listening.wait()
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        await server.stop()
        await running


async def read_end(reader: asyncio.StreamReader) -> bytes:
    """What is answered until the other side ends the connection; where its reset overtook the answer, nothing."""
    try:
        async with asyncio.timeout(HANGS_S):
            return await reader.read()
    except ConnectionError:
        return b""


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: ", b"a" * 16_384),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\n", b"X: a\r\n" * 2_000),
        (b"GET /", b"a" * 16_384),
        # What follows a chunked body is more of the head.
        (b"POST /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"a" * 16_384),
    ],
    ids=["one header", "many headers", "address", "trailer"],
)
async def test_a_head_without_end_is_cut_off(begin, piece):
    async with connect() as (reader, writer):
        writer.write(begin)
        with suppress(ConnectionError):
            for _ in range(400):
                writer.write(piece)
                await writer.drain()

        answer = await read_end(reader)

        assert answer == b"" or TOO_LONG in answer


async def test_a_head_that_is_too_long_is_told_so():
    async with connect() as (reader, writer):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"a" * heads.HEAD_BYTES)

        answer = await reader.read()

        assert answer.startswith(TOO_LONG)
        assert answer.endswith(b"The head of a request does not go on for 65536 bytes without an end.")


class Transport(asyncio.Transport):
    """The end of a connection in the hands of a test, which says in which pieces bytes come."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self._closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self._closed = True

    def is_closing(self) -> bool:
        return self._closed


def receive(data: bytes, *, piece: int) -> tuple[heads.BoundedHttp, Transport]:
    world = make_world()
    server = make_server(create_app(world.gateway), world.gateway)
    server.config.load()
    protocol = heads.BoundedHttp(
        config=server.config, server_state=server.server_state, app_state={}, _loop=asyncio.get_running_loop()
    )
    transport = Transport()
    protocol.connection_made(transport)
    for start in range(0, len(data), piece):
        protocol.data_received(data[start : start + piece])
    protocol.connection_lost(None)
    return protocol, transport


@pytest.mark.parametrize("piece", [heads.HEAD_BYTES * 4, 40_000, 16_384, 1_000], ids="{} bytes".format)
async def test_a_head_may_be_equally_long_in_whatever_pieces_it_comes(piece):
    begin, end = b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: ", b"\r\n\r\n"
    fill = heads.HEAD_BYTES - len(begin) - len(end)

    fits, unanswered = receive(begin + b"a" * fill + end, piece=piece)
    long, answered = receive(begin + b"a" * (fill + 1) + end, piece=piece)
    blank, also_answered = receive(begin + b" " * fill + b"a" + end, piece=piece)

    assert fits.cycle is not None
    assert unanswered.written == b""
    assert long.cycle is None
    assert blank.cycle is None
    assert answered.written.startswith(TOO_LONG)
    assert also_answered.written == answered.written


async def test_a_head_that_comes_whole_behind_another_request_is_as_long_within_a_slice():
    first = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    second = b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"a" * (heads.HEAD_BYTES + 4_096) + b"\r\n\r\n"

    _, transport = receive(first + second, piece=heads.HEAD_BYTES * 4)

    assert transport.written.startswith(TOO_LONG)


async def test_a_long_body_is_no_long_head():
    world = make_world()
    async with connect(world) as (reader, writer):
        body = b" " * (4 * heads.HEAD_BYTES)
        head = f"POST /graphql HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        typed = f"Authorization: Bearer {world.key}\r\nContent-Type: application/json\r\n\r\n"
        writer.write((head + typed).encode() + body)

        answer = await reader.read()

        assert answer.startswith(b"HTTP/1.1 400 Bad Request")
        assert b"not valid JSON" in answer


async def test_a_slow_body_that_was_answered_early_is_no_slow_head(monkeypatch):
    async with connect() as (reader, writer):
        head = "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n"
        writer.write(head.encode())
        assert await reader.readline() == b"HTTP/1.1 401 Unauthorized\r\n"
        monkeypatch.setattr(heads, "HEAD_SECONDS", 0.05)
        for _ in range(4):
            await asyncio.sleep(0.1)
            writer.write(b" " * 100)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

        assert b"HTTP/1.1 200 OK" in await read_end(reader)


async def test_a_head_that_does_not_come_is_not_waited_for_without_end(monkeypatch):
    monkeypatch.setattr(heads, "HEAD_SECONDS", 0.05)
    answer = b""
    while not answer:  # on a busy machine who had not said a word by then says it again
        async with connect() as (reader, writer):
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: a\r\n")
            answer = await read_end(reader)

    assert answer.startswith(b"HTTP/1.1 408 Request Timeout")
    assert answer.endswith(b"The head of the request did not arrive within 0.05 seconds.")


async def test_who_says_nothing_is_let_go_without_a_word(monkeypatch):
    monkeypatch.setattr(heads, "HEAD_SECONDS", 0.05)
    async with connect() as (reader, _):
        assert await reader.read() == b""


async def test_requests_follow_each_other_however_long_they_are_together(monkeypatch):
    monkeypatch.setattr(heads, "HEAD_SECONDS", 30.0)
    async with connect() as (reader, writer):
        for _ in range(5):
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20_000 + b"\r\n\r\n")
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
            await reader.readuntil(b'{"alive":true}')
