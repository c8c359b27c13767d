"""
A gateway without a database: a schema of toys behind the real authenticator, runner, transports and lanes.

Only the store is played, at its edge: a connection that answers the one look-up of a key.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import asyncpg
import httpx
import strawberry

from app.api.connections import Connection, Edge
from app.api.context import Context, Info, Services
from app.api.cursor import Cursors
from app.api.money import Money, MoneyInput
from app.api.mutations import Payload, mutation
from app.api.nodes import Node, write_id
from app.api.scalars import JSON, BigInt
from app.api.schema import QUERIES, build_schema
from app.api.snapshot import LogPosition
from app.auth import Authenticator
from app.events.hub import EventHub
from app.http.application import create_app
from app.http.gateway import Gateway, HttpLimits
from app.lanes.registry import LaneKind, Lanes
from app.operations.execution import Runner
from app.operations.limits import Limits
from ledger.access.keys import _hash
from ledger.access.model import Role
from ledger.db.connecting import Database
from ledger.db.errors import DatabaseUnavailable
from ledger.errors import LedgerError
from ledger.money import AmountTooLarge

PEPPER = b"pepper"
POSITION = LogPosition(42, datetime(2026, 1, 31, tzinfo=UTC))


@dataclass
class Store:
    """
    Plays the database. Keys are rows by key id; `away` makes every transaction fail, `is_full` the next one, for want
    of connections. `selling` is what the lane has begun to sell; "when told" is sold once `may_sell` is set, and what
    lingers ends once `may_end` is.
    """

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    away: bool = False
    is_full: bool = False
    opened: int = 0
    open_now: int = 0
    asked: int = 0
    clock: datetime = datetime(2026, 11, 21, tzinfo=UTC)
    selling: list[str] = field(default_factory=list)
    may_sell: asyncio.Event = field(default_factory=asyncio.Event)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def read(self, platform_id: int) -> AsyncIterator["PlayedConnection"]:
        if self.away:
            raise DatabaseUnavailable()
        if self.is_full:
            self.is_full = False
            raise asyncpg.TooManyConnectionsError()
        self.opened += 1
        self.open_now += 1
        try:
            yield PlayedConnection(self, platform_id)
        finally:
            self.open_now -= 1

    def add_key(
        self, number: int, role: Role = Role.OPERATOR, *, actor: str | None = None, party_id: int | None = None
    ) -> str:
        key_id, secret = f"{number:016x}", bytes([number % 256]) * 32
        self.rows[key_id] = {
            "secret_hash": _hash(secret, PEPPER),
            "role": role.value,
            "actor": actor or f"{role.value.lower()}-{number}",
            "party_id": party_id,
            "expires_at": None,
            "revoked_at": None,
        }
        return f"sb_1_{key_id}_{secret.hex()}"

    def revoke(self, key: str) -> None:
        self.rows[key.split("_")[2]]["revoked_at"] = self.clock

    def expire(self, key: str) -> None:
        self.rows[key.split("_")[2]]["expires_at"] = self.clock - timedelta(seconds=1)


@dataclass
class PlayedConnection:
    store: Store
    platform_id: int

    async def fetchrow(self, statement: str, platform_id: int, key_id: str) -> dict[str, Any] | None:
        self.store.asked += 1
        await asyncio.sleep(0)
        return self.store.rows.get(key_id) if platform_id == 1 else None


@strawberry.type
class Toy(Node):
    name: str
    price: Money

    @classmethod
    def of(cls, context: Context, number: int) -> "Toy":
        return cls(id=write_id(context, "Toy", number), name=f"toy {number}", price=Money.of(number * 100, "CNY"))

    @strawberry.field
    async def friend(self, info: Info) -> "Toy | None":
        return Toy.of(info.context, 7)

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("password=hunter2")

    @strawberry.field
    async def toys(self, info: Info, first: int | None = None, after: str | None = None) -> "Connection[Toy]":
        return await list_toys(info, first=first, after=after, last=None, before=None)


async def find_position(conn: Any) -> LogPosition:
    return POSITION


async def touch(conn: Any) -> int:
    return cast(int, conn.platform_id)


async def list_toys(
    info: Info, *, first: int | None, after: str | None, last: int | None, before: str | None
) -> Connection[Toy]:
    await info.context.read(touch)
    pager = info.context.open_list("toys")
    page = pager.read_page(first=first, after=after, last=last, before=before)
    low = int(page.after[0]) + 1 if page.after else 1
    high = int(page.before[0]) - 1 if page.before else 250
    numbers = [*range(low, high + 1)]
    rows = numbers[::-1][: page.limit] if page.backward else numbers[: page.limit]
    return pager.lay_out(rows, page, node=lambda n: Toy.of(info.context, n), position=lambda n: (n,))


async def find_toy(context: Context, key: int | str) -> Node | None:
    return Toy.of(context, key) if isinstance(key, int) else None


@strawberry.type
class ToyQueries:
    @strawberry.field
    async def toy(self, info: Info, number: int = 1) -> Toy | None:
        platform = await info.context.read(touch)
        assert platform == info.context.viewer.platform_id
        return Toy.of(info.context, number)

    @strawberry.field
    async def toys(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Toy]:
        return await list_toys(info, first=first, after=after, last=last, before=before)

    @strawberry.field
    def echo(self, text: str = "", amount: MoneyInput | None = None, data: JSON | None = None) -> str:
        return text

    @strawberry.field
    def number(self) -> BigInt:
        return BigInt(1)

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("password=hunter2")

    @strawberry.field
    def lies(self) -> str:
        return cast(str, None)

    @strawberry.field
    def overflows(self) -> int | None:
        return 2**40

    @strawberry.field
    def refused(self) -> str | None:
        raise AmountTooLarge(currency="CNY", limit="1", given="2")

    @strawberry.field
    async def slow(self, seconds: str = "60") -> str | None:
        await asyncio.sleep(float(seconds))
        return seconds


@strawberry.type
class BuyPayload(Payload):
    toy: Toy | None = None
    replayed: bool = False


async def sell(database: Database, platform_id: int, items: Sequence[str]) -> list[str]:
    store = cast(Store, database)
    store.selling.extend(items)
    await asyncio.sleep(0)
    if "poison" in items:
        raise RuntimeError("password=hunter2")
    if "slow" in items:
        await asyncio.sleep(60)
    if "when told" in items:
        await store.may_sell.wait()
    return [f"sold {item}" for item in items]


SELL: LaneKind[str, str] = LaneKind("sell", sell)


@strawberry.type
class ToyMutations:
    @mutation(description="Buy a toy.")
    async def buy(self, info: Info, name: str) -> BuyPayload:
        if name == "too dear":
            raise AmountTooLarge(field=("line_items", "0"), currency="CNY", limit="1", given="2")
        assert await info.context.submit(SELL, name) == f"sold {name}"
        return BuyPayload(toy=Toy.of(info.context, 1))


@strawberry.type
class ToySubscriptions:
    @strawberry.subscription
    async def count(self, info: Info, to: int = 3, fail_at: int = 0) -> AsyncIterator[int]:
        for number in range(1, to + 1):
            if number == fail_at:
                raise RuntimeError("password=hunter2")
            await info.context.read_alone(touch)
            yield number

    @strawberry.subscription
    async def wait(self, info: Info) -> AsyncIterator[int]:
        yield 0
        await asyncio.sleep(3600)

    @strawberry.subscription
    async def linger(self, info: Info) -> AsyncIterator[int]:
        """As `wait`; once it is over it clears up until `may_end` is set."""
        try:
            yield 0
            await asyncio.sleep(3600)
        finally:
            await cast(Store, info.context.services.database).may_end.wait()

    @strawberry.subscription
    async def refuse(self, info: Info) -> AsyncIterator[int]:
        raise LedgerError()
        yield 0

    @strawberry.subscription
    async def events(self, info: Info) -> AsyncIterator[Toy]:
        for number in (1, 2):
            yield Toy.of(info.context, number)


SCHEMA = build_schema(
    queries=(*QUERIES, ToyQueries),
    mutations=(ToyMutations,),
    subscriptions=(ToySubscriptions,),
    nodes={"Toy": find_toy},
)

__all__ = ["Edge"]


@dataclass
class World:
    store: Store
    gateway: Gateway
    key: str

    def client(self, *, key: str | None = "", **headers: str) -> httpx.AsyncClient:
        """An HTTP client in the same process; with the operator's key unless another or None is given."""
        sent = {
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        if key is not None:
            sent["Authorization"] = f"Bearer {key or self.key}"
        transport = httpx.ASGITransport(create_app(self.gateway), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=sent)


def make_world(*, limits: Limits | None = None, http: HttpLimits | None = None, ttl_seconds: float = 3.0) -> World:
    """A gateway of its own, with an operator's key."""
    store = Store()
    database = cast(Database, store)
    gateway = Gateway(
        runner=Runner(SCHEMA, limits or Limits()),
        services=Services(database, Lanes(database), Cursors(b"secret"), find_position, EventHub(database)),
        authenticator=Authenticator(database=database, pepper=PEPPER, now=lambda: store.clock, ttl_seconds=ttl_seconds),
        limits=http or HttpLimits(),
    )
    return World(store, gateway, store.add_key(1, actor="ann"))
