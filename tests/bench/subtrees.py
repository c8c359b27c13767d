"""The total of a subtree now, and a move of it: the same for a hundred parties and a million."""

import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from ledger.journal.model import EntryDraft, LineDraft, Posted
from ledger.journal.posting import post_entries
from ledger.journal.subtree_balances import subtree_balances
from ledger.parties.moving import move_party
from tests.bench.marketplaces import ACTOR, Marketplace, Member, open_marketplace
from tests.bench.measuring import Effort, Figures, settled
from tests.bench.tables import Row, Topic

SMALL, LARGE = 100, 1_000_000
QUERIES, MOVES = 500, 40
_FAN = 1_000  # parties below each agent of the large subtree

_TOTAL = """
SELECT code, book_id, currency, sum(debit) AS debit, sum(credit) AS credit
FROM (
    (
        SELECT DISTINCT ON (code, book_id, currency) code, book_id, currency, debit, credit FROM subtree_day
        WHERE platform_id = $1 AND party_id = $2 ORDER BY code, book_id, currency, posting_day DESC
    )
    UNION ALL
    SELECT a.code, a.book_id, a.currency, l.debit_after, l.credit_after
    FROM account AS a
    CROSS JOIN LATERAL (
        SELECT o.debit_after, o.credit_after FROM line AS o
        WHERE o.platform_id = $1 AND o.account_id = a.account_id ORDER BY o.sequence DESC, o.version DESC LIMIT 1
    ) AS l
    WHERE a.platform_id = $1 AND a.party_id = $2
) AS parts
GROUP BY code, book_id, currency
"""
_WALK = """
WITH RECURSIVE below AS (
    SELECT party_id FROM party WHERE platform_id = $1 AND party_id = $2
    UNION ALL
    SELECT p.party_id FROM below AS b INNER JOIN party AS p ON p.platform_id = $1 AND p.parent_id = b.party_id
)
SELECT a.code, sum(l.debit_after), sum(l.credit_after)
FROM below AS b
INNER JOIN account AS a ON a.platform_id = $1 AND a.party_id = b.party_id
CROSS JOIN LATERAL (
    SELECT o.debit_after, o.credit_after FROM line AS o
    WHERE o.platform_id = $1 AND o.account_id = a.account_id ORDER BY o.sequence DESC, o.version DESC LIMIT 1
) AS l
GROUP BY a.code
"""
_ONE_ROW = "INSERT INTO plain.log_event (platform_id, sequence, kind) VALUES ($1, $2, 'party.moved')"

Act = Callable[[], Awaitable[object]]


async def measure(dsn: str, effort: Effort) -> Topic:
    """Both sizes in one tree, asked and moved in turns."""
    async with open_marketplace(dsn) as market:
        homes = await market.add_parties("HOME", "AGENT", under=[market.operator], count=2)
        small = await _plant(market, "SMALL", homes[0], effort.size(SMALL, least=20))
        large = await _plant(market, "LARGE", homes[0], effort.size(LARGE, least=200))
        await market.settle()
        bench = _Bench(market, effort, homes)
        rows = [await bench.read(*tree) for tree in (small, large)] + [
            await bench.move(*tree) for tree in (small, large)
        ]
    return Topic(
        "subtrees",
        "A subtree's total now, and its move to another parent, by the number of parties in it",
        "of a total, the one look-up by hand; of a move, one row inserted and committed.",
        rows,
        market.server,
        ("Walking: one statement that climbs down the tree and adds up its members' last lines, for comparison.",),
    )


async def _plant(market: Marketplace, name: str, home: Member, size: int) -> tuple[Member, int]:
    """A subtree of that many parties with an entry for some of them."""
    (root,) = await market.add_parties(name, "AGENT", under=[home], count=1)
    agents = await market.add_parties(f"{name}-A", "AGENT", under=[root], count=max(1, size // _FAN))
    merchants = await market.add_parties(f"{name}-M", "MERCHANT", under=agents, count=size - len(agents) - 1)
    paid = merchants[:: max(1, len(merchants) // 1_000)]
    clearing = market.key("1100")
    drafts = [
        EntryDraft(
            f"{name} {member.party_id}",
            market.book_id,
            datetime.now(UTC).date(),
            (LineDraft(clearing, "D", 100), LineDraft(market.key("2010", member), "C", 100)),
        )
        for member in paid
    ]
    async with market.database.write(market.platform_id) as conn:
        outcomes = await post_entries(conn, drafts=drafts[:1_000], actor=ACTOR)
    assert all(isinstance(outcome, Posted) for outcome in outcomes)
    return root, size


class _Bench:
    def __init__(self, market: Marketplace, effort: Effort, homes: Sequence[Member]) -> None:
        self._market = market
        self._effort = effort
        self._homes = homes
        self._numbers = itertools.count(1)
        self._places: dict[int, int] = {}

    async def read(self, root: Member, size: int) -> Row:
        """The total by the ledger's function and by hand, both on an open connection."""
        market = self._market
        async with market.database.read(market.platform_id) as conn:
            # It stays open and idle while the other's turn takes as long as it takes on a busy machine.
            await conn.execute("SET LOCAL idle_in_transaction_session_timeout = 0")

            async def by_hand() -> None:
                await market.admin.fetch(_TOTAL, market.platform_id, root.party_id)

            async def ours() -> None:
                (total,) = await subtree_balances(conn, party_ids=[root.party_id])
                assert total.credit > 0

            count = self._effort.size(QUERIES, least=5)
            times, floor = await self._in_turns(count, ours, by_hand)
        began = time.perf_counter()
        await market.admin.fetch(_WALK, market.platform_id, root.party_id)
        walking = {"walking ms": (time.perf_counter() - began) * 1_000}
        return Row(f"total now, {size:,} parties", "ms", times, floor, walking)

    async def move(self, root: Member, size: int) -> Row:
        """Back and forth between two homes, a transaction each."""
        market = self._market
        reference = await market.admin.fetchval("SELECT reference FROM party WHERE party_id = $1", root.party_id)

        async def ours() -> None:
            place = self._places[root.party_id] = 1 - self._places.get(root.party_id, 0)
            async with market.database.write(market.platform_id) as conn:
                moved = await move_party(
                    conn, reference=reference, to=f"HOME{place}", actor=ACTOR, now=datetime.now(UTC)
                )
            assert not moved.replayed

        async def one_row() -> None:
            await market.admin.execute(_ONE_ROW, market.platform_id, next(self._numbers))

        times, floor = await self._in_turns(self._effort.size(MOVES, least=2), ours, one_row)
        return Row(f"move, {size:,} parties", "ms", times, floor)

    async def _in_turns(self, count: int, ours: Act, floor: Act) -> tuple[Figures, Figures]:
        await ours()
        await floor()
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(self._effort.runs):
            for act, taken in zip((ours, floor), times, strict=True):
                taken.append(await _time_each(count, act))
        return Figures(tuple(times[0])), Figures(tuple(times[1]))


async def _time_each(count: int, act: Act) -> float:
    """Milliseconds of one, on average."""
    with settled():
        began = time.perf_counter()
        for _ in range(count):
            await act()
        return (time.perf_counter() - began) / count * 1_000
