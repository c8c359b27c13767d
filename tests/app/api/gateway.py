"""A desk at the gateway: asks it over HTTP in this process, with a key of any role."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from app.api.context import Services
from app.api.cursor import Cursors
from app.api.schema import build_schema
from app.auth import Authenticator
from app.events.hub import EventHub
from app.http.application import create_app
from app.http.gateway import Gateway
from app.lanes.registry import Lanes
from app.main import find_position
from app.operations.execution import Runner
from app.operations.limits import Limits
from ledger.access import keys
from ledger.access.model import Role
from ledger.db.connecting import Database
from tests.ledger.charging.market import Market
from tests.ledger.reporting.books import Book
from tests.oracle.small_world import paid, plan

PEPPER = b"pepper"
SCHEMA = build_schema()
# Else a slow test's key is looked up again in the middle, by one statement more than are counted.
KEYS_KNOWN_S = 3_600.0
_numbers = itertools.count(1)


def make_gateway(database: Database) -> Gateway:
    return Gateway(
        runner=Runner(SCHEMA, Limits()),
        services=Services(database, Lanes(database), Cursors(b"secret"), find_position, EventHub(database)),
        authenticator=Authenticator(
            database=database, pepper=PEPPER, now=lambda: datetime.now(UTC), ttl_seconds=KEYS_KNOWN_S
        ),
    )


class Desk:
    """`ask` with the operator's key, or another's."""

    def __init__(self, book: Book, client: httpx.AsyncClient, *, operator: str, key: str) -> None:
        self.book = book
        self.client = client
        self.operator = operator
        self.key = key

    @classmethod
    @asynccontextmanager
    async def open(cls, book: Book, *, operator: str) -> AsyncIterator["Desk"]:
        transport = httpx.ASGITransport(create_app(make_gateway(book.database)), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            yield cls(book, client, operator=operator, key=await make_key(book, Role.OPERATOR))

    async def sell(self, *orders: str) -> None:
        """Orders of M1's that were paid; nobody has earned anything of them yet."""
        market = Market(self.book.database, self.book.platform_id)
        await market.publish(plan())
        for order in orders:
            event = paid("1.00", order=order, key=f"{order}/paid")
            await market.accept({key: value for key, value in event.items() if key != "referrer"})

    async def count(self, table: str) -> int:
        """How many rows the platform has in a table."""
        async with self.book.database.read(self.book.platform_id) as conn:
            return int(await conn.fetchval(f"SELECT count(*) FROM {table}"))

    async def key_of(self, reference: str) -> str:
        return await make_key(self.book, Role.PARTY, party_id=self.book.ids[reference])

    async def send(
        self, query: str, *, key: str | None = None, language: str = "en", **variables: Any
    ) -> httpx.Response:
        return await self.client.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {key or self.key}", "Accept-Language": language},
        )

    async def ask(self, query: str, *, key: str | None = None, **variables: Any) -> dict[str, Any]:
        answer = (await self.send(query, key=key, **variables)).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def refused(self, query: str, *, key: str | None = None, **variables: Any) -> str:
        """The reason or code of the one refusal."""
        answer = (await self.send(query, key=key, **variables)).json()
        (error,) = answer["errors"]
        return error["extensions"].get("reason", error["extensions"]["code"])


async def make_key(book: Book, role: Role, *, party_id: int | None = None) -> str:
    async with book.database.write(book.platform_id) as conn:
        issued = await keys.create_key(
            conn,
            role=role,
            name=f"{role.value.lower()}-{next(_numbers)}",
            pepper=PEPPER,
            now=datetime.now(UTC),
            party_id=party_id,
        )
    return issued.text
