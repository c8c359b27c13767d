"""
A peer: pgledger, a ledger of PostgreSQL functions (https://github.com/pgr0ss/pgledger, MIT), beside post_entries.

Nothing of it is kept here. Clone it where you like and say where: `make bench-peers PGLEDGER=folder`.
"""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path

import asyncpg

from ledger.journal.model import AccountKey
from tests.bench.marketplaces import CURRENCY, open_marketplace
from tests.bench.measuring import Effort
from tests.bench.posting import ENTRIES, Bench, Drafts, connect_lanes
from tests.bench.tables import Topic

# In the order in which its README installs them.
FILES = (
    "vendor/scoville-pgsql-ulid/ulid-to-uuid.sql",
    "vendor/scoville-pgsql-ulid/uuid-to-ulid.sql",
    "pgledger.sql",
)
_OPEN = """
SELECT a.id FROM unnest($1::text[]) WITH ORDINALITY AS n (name, position)
CROSS JOIN LATERAL pgledger_create_account(n.name, $2) AS a ORDER BY n.position
"""
_TRANSFER = "SELECT count(*) FROM pgledger_create_transfers(transfer_requests => $1, event_at => now())"

Transfers = list[tuple[str, str, Decimal]]


async def measure(dsn: str, effort: Effort, folder: Path) -> Topic:
    """The same two-line entries as transfers, in batches of 1 to 1,000, and on a hot account."""
    async with open_marketplace(dsn) as market, AsyncExitStack() as stack:
        bench = await Bench.open(market, effort)
        peer = await Pgledger.open(dsn, folder, [*bench.keys, bench.platform_account], stack)
        await market.settle()
        await bench.compare("statements are prepared", 100, peer, in_flight=2, total=1_000)
        rows = [await bench.compare(f"batches of {batch:,}", batch, peer) for batch in ENTRIES]
        rows.append(await bench.compare("batches of 1,000, two in flight", 1_000, peer, in_flight=2))
        rows.append(
            await bench.compare(
                "every entry on one account of the platform, two in flight",
                1_000,
                peer,
                in_flight=2,
                hot=bench.platform_account,
            )
        )
    return Topic(
        "pgledger",
        f"post_entries and pgledger: two-line entries over {bench.accounts:,} accounts",
        "the same entries as transfers, a batch by one call of pgledger_create_transfers.",
        rows,
        market.server,
        (
            "Both write entries with versions and balances after them, and are durable. Ours besides: keys, numbers"
            " without gaps, hashes, business days, totals of three ancestors, laws in the database, row policies.",
        ),
        command="make bench-peers PGLEDGER=folder",
        beside="pgledger",
    )


class Pgledger:
    """pgledger in a schema of its own in the same database, on two connections."""

    def __init__(self, connections: Sequence[asyncpg.Connection], accounts: Mapping[AccountKey, str]) -> None:
        self._connections = connections
        self._accounts = accounts

    @classmethod
    async def open(cls, dsn: str, folder: Path, keys: Sequence[AccountKey], stack: AsyncExitStack) -> "Pgledger":
        """Install it and open an account for each of these places; connected until the stack ends."""
        lanes = await connect_lanes(dsn, stack)
        await lanes[0].execute("CREATE SCHEMA pgledger")
        for lane in lanes:
            await lane.execute("SET search_path = pgledger")
        for file in FILES:
            await lanes[0].execute((folder / file).read_text(encoding="utf-8"))
        names = [f"{key.code} {key.party_id}" for key in keys]
        opened = await lanes[0].fetch(_OPEN, names, CURRENCY, timeout=300)
        return cls(lanes, dict(zip(keys, (row["id"] for row in opened), strict=True)))

    def prepare(self, drafts: Drafts) -> Transfers:
        """A transfer an entry, from the account debited to the one credited."""
        return [
            (self._accounts[debit.account], self._accounts[credit.account], Decimal(debit.amount).scaleb(-2))
            for debit, credit in (draft.lines for draft in drafts)
        ]

    async def write(self, prepared: Transfers, *, lane: int) -> None:
        """One call, in a transaction of its own."""
        assert await self._connections[lane].fetchval(_TRANSFER, prepared) == len(prepared)
