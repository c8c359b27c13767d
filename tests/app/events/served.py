"""A real server on a free port, and real clients of it: httpx, gql over a web socket, and a bare web socket."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx
import websockets
from gql import Client, gql
from gql.transport.websockets import WebsocketsTransport

from app.api.context import Services
from app.api.cursor import Cursors
from app.auth import Authenticator
from app.clock import read_utc
from app.events.hub import EventHub
from app.http.application import create_app
from app.http.gateway import Gateway
from app.http.listening import listen
from app.http.serving import make_server
from app.lanes.registry import Lanes
from app.main import find_position
from app.operations.execution import Runner
from app.operations.limits import Limits
from ledger.access.model import Role
from tests.app.api.gateway import PEPPER, SCHEMA, make_key
from tests.ledger.reporting.books import Book
from tests.waiting import HANGS_S

EVENTS = """subscription($after: String, $types: [String!], $party: String) {
    events(after: $after, types: $types, party: $party) {
        kind cursor sequence occurredAt
        event { kind subject payload actor parties { reference } entry { sequence description } } } }"""
POST = """mutation($entries: [PostEntryInput!]!) { postEntries(input: {entries: $entries}) {
    results { replayed sequence userErrors { code } } userErrors { code } } }"""

Envelope = dict[str, Any]


class Served:
    """A gateway of its own process's making. `key` is an operator's."""

    def __init__(self, book: Book, gateway: Gateway, port: int, http: httpx.AsyncClient, key: str) -> None:
        self.book = book
        self.gateway = gateway
        self.port = port
        self.http = http
        self.key = key

    @classmethod
    @asynccontextmanager
    async def open(cls, book: Book, **hub: Any) -> AsyncIterator["Served"]:
        gateway = make_gateway(book, **hub)
        listener = listen("127.0.0.1", 0)
        port = listener.getsockname()[1]
        server = make_server(create_app(gateway), gateway, drain_seconds=0)
        running = asyncio.create_task(server.serve([listener]))
        await server.listening.wait()
        try:
            limits = httpx.Limits(max_connections=200)
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=HANGS_S, limits=limits) as http:
                yield cls(book, gateway, port, http, await make_key(book, Role.OPERATOR))
        finally:
            await server.stop()
            await running

    async def ask(self, query: str, *, key: str | None = None, **variables: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {key or self.key}"}
        answer = await self.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        body = answer.json()
        assert "errors" not in body, body["errors"]
        return body["data"]

    async def send_bare(self, query: str, **variables: Any) -> dict[str, Any]:
        """Ask over a connection of its own, without a client's pool, which a thousand callers at once would choke."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(head.encode() + body)
            answer = await reader.read()
        finally:
            writer.close()
        return json.loads(answer.partition(b"\r\n\r\n")[2])["data"]

    async def post(self, *keys: str, **more: Any) -> list[dict[str, Any]]:
        """Post an entry of 10.00 from the owner to the bank under each of these keys."""
        answer = await self.ask(POST, entries=[make_entry(key, **more) for key in keys])
        results = answer["postEntries"]["results"]
        assert [result["userErrors"] for result in results] == [[]] * len(keys)
        return results

    @asynccontextmanager
    async def subscribe(
        self, *, key: str | None = None, query: str = EVENTS, **variables: Any
    ) -> AsyncIterator["Stream"]:
        """Subscribe with the gql client."""
        transport = WebsocketsTransport(
            url=f"ws://127.0.0.1:{self.port}/graphql",
            init_payload={"Authorization": f"Bearer {key or self.key}"},
            subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
        )
        async with Client(transport=transport) as session:
            request = gql(query)
            request.variable_values = variables
            async with aclosing(session.subscribe(request)) as results:
                yield Stream(results)

    @asynccontextmanager
    async def connect(self, *, key: str | None = None, **options: Any) -> AsyncIterator[websockets.ClientConnection]:
        """A bare socket whose connection is initialised; it reads only when it is told to."""
        url = f"ws://127.0.0.1:{self.port}/graphql"
        subprotocol = websockets.Subprotocol("graphql-transport-ws")
        async with websockets.connect(url, subprotocols=[subprotocol], compression=None, **options) as connection:
            init = {"type": "connection_init", "payload": {"Authorization": f"Bearer {key or self.key}"}}
            await connection.send(json.dumps(init))
            assert json.loads(await connection.recv()) == {"type": "connection_ack"}
            yield connection


class Stream:
    """Envelopes as they come; `next` and its like give up when a stream hangs, and not when the machine is busy."""

    def __init__(self, results: Any) -> None:
        self._results = results

    async def next(self) -> Envelope:
        async with asyncio.timeout(HANGS_S):
            result = await anext(self._results)
        return result["events"]

    async def take(self, count: int) -> list[Envelope]:
        return [await self.next() for _ in range(count)]

    async def until(self, kind: str) -> list[Envelope]:
        """Everything up to the next envelope of this kind, it included."""
        taken = [await self.next()]
        while taken[-1]["kind"] != kind:
            taken.append(await self.next())
        return taken

    async def rest(self) -> list[Envelope]:
        """Everything up to the end of the stream."""
        async with asyncio.timeout(HANGS_S):
            return [result["events"] async for result in self._results]


def make_gateway(book: Book, *, pepper: bytes = PEPPER, **hub: Any) -> Gateway:
    events = EventHub(book.database, **hub)
    lanes = Lanes(book.database, committed=events.committed)
    return Gateway(
        runner=Runner(SCHEMA, Limits()),
        services=Services(book.database, lanes, Cursors(b"secret"), find_position, events),
        authenticator=Authenticator(database=book.database, pepper=pepper, now=read_utc),
    )


def make_entry(key: str, **more: Any) -> dict[str, Any]:
    def line(code: str, side: str) -> dict[str, Any]:
        return {"account": {"code": code}, "side": side, "amount": {"currency": "CNY", "amount": "10.00"}}

    return {
        "idempotencyKey": key,
        "legalEntity": "LE",
        "businessDate": "2026-01-15",
        "lines": [line("1010", "DEBIT"), line("3000", "CREDIT")],
        "description": key,
        **more,
    }


def small_socket(port: int) -> socket.socket:
    """A connected socket that takes in little ahead of its reader."""
    connected = socket.socket()
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connected.connect(("127.0.0.1", port))
    connected.setblocking(False)
    return connected


def sequences(envelopes: list[Envelope]) -> list[int]:
    return [int(each["sequence"]) for each in envelopes if each["kind"] == "EVENT"]


def kinds(envelopes: list[Envelope]) -> list[str]:
    return [each["kind"] for each in envelopes]
