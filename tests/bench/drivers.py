"""One point query through asyncpg alone and through SQLAlchemy Core on asyncpg: what a layer above the driver costs."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import asyncpg
from sqlalchemy import BigInteger, Column, MetaData, Table, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from ledger.journal.model import EntryDraft, LineDraft
from ledger.journal.posting import post_entries
from tests.bench.marketplaces import ACTOR, Marketplace, open_marketplace
from tests.bench.measuring import Clock, Effort, Taken, alternate, cpu_per_item, list_backends, rates, settled
from tests.bench.tables import Row, Topic

QUERIES = 3_000
ENTRIES = 500

_LINE = Table(
    "line",
    MetaData(),
    *(Column(name, BigInteger) for name in ("platform_id", "account_id", "sequence", "version")),
    *(Column(name, BigInteger) for name in ("debit_after", "credit_after")),
)
_CORE = (
    select(_LINE.c.debit_after, _LINE.c.credit_after)
    .where(_LINE.c.platform_id == bindparam("platform"), _LINE.c.account_id == bindparam("account"))
    .order_by(_LINE.c.sequence.desc(), _LINE.c.version.desc())
    .limit(1)
)
_PLAIN = """
SELECT debit_after, credit_after FROM line WHERE platform_id = {} AND account_id = {}
ORDER BY sequence DESC, version DESC LIMIT 1
"""
_DRIVER = _PLAIN.format("$1", "$2")
_TEXT = text(_PLAIN.format(":platform", ":account"))

Ask = Callable[[int], Awaitable[object]]


async def measure(dsn: str, effort: Effort) -> Topic:
    """The last line of an account, asked for one by one on one connection."""
    async with open_marketplace(dsn) as market:
        account_ids = await _fill(market)
        # A connection of the driver's own, made as ours are, in a pool of one.
        engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn), pool_size=1)
        async with engine.connect() as core:
            rows = [
                await _compare(name, _ask_core(core, market, statement), market, account_ids, effort)
                for name, statement in (("Core expression", _CORE), ("Core text()", _TEXT))
            ]
        await engine.dispose()
    return Topic(
        "drivers",
        "A point query (the last line of an account) through SQLAlchemy Core, beside asyncpg alone",
        "the same statement through asyncpg, without SQLAlchemy.",
        rows,
        market.server,
        ("'Ours' is SQLAlchemy here: it is what the ledger would use if it did not speak to asyncpg directly.",),
    )


def _ask_core(core: AsyncConnection, market: Marketplace, statement: object) -> Ask:
    async def ask(account_id: int) -> object:
        found = await core.execute(statement, {"platform": market.platform_id, "account": account_id})  # type: ignore[call-overload]
        return found.one()

    return ask


async def _compare(name: str, through_core: Ask, market: Marketplace, account_ids: list[int], effort: Effort) -> Row:
    count = effort.size(QUERIES, least=10)

    async def through_driver(account_id: int) -> object:
        return await market.admin.fetchrow(_DRIVER, market.platform_id, account_id)

    async def run(ask: Ask) -> Taken:
        backends = await list_backends(market.admin)
        with settled():
            clock = Clock(backends)
            for number in range(count):
                await ask(account_ids[number % len(account_ids)])
            return clock.read()

    core, driver = await alternate(effort.runs, lambda: run(through_core), lambda: run(through_driver))
    alone = {f"asyncpg {label}": value for label, value in cpu_per_item(driver, count).items()}
    return Row(name, "queries/s", rates(core, count), rates(driver, count), cpu_per_item(core, count) | alone)


async def _fill(market: Marketplace) -> list[int]:
    merchants = await market.add_parties("M", "MERCHANT", under=[market.operator], count=ENTRIES)
    clearing = market.key("1100")
    today = datetime.now(UTC).date()
    drafts = [
        EntryDraft(
            f"{member.party_id}",
            market.book_id,
            today,
            (LineDraft(clearing, "D", 100), LineDraft(market.key("2010", member), "C", 100)),
        )
        for member in merchants
    ]
    async with market.database.write(market.platform_id) as conn:
        await post_entries(conn, drafts=drafts, actor=ACTOR)
    await market.settle()
    rows = await market.admin.fetch("SELECT account_id FROM account WHERE party_id IS NOT NULL ORDER BY account_id")
    return [row["account_id"] for row in rows]
