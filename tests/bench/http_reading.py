"""Reads over HTTP: one balance, a statement of a hundred lines, a page of a tree of 10,000 parties with balances."""

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from ledger.ids import GlobalId, encode_id
from ledger.journal.model import EntryDraft, LineDraft, Posted
from ledger.journal.posting import post_entries
from tests.bench.marketplaces import ACTOR, Marketplace, Member, open_marketplace
from tests.bench.measuring import Clock, Effort, Figures, Taken, cpu_per_item, list_backends, percentile, rates, settled
from tests.bench.processes import Answered, Served, serve
from tests.bench.tables import Row, Topic

PARTIES, CHILDREN, LINES = 10_000, 100, 100
CLIENTS = (1, 16)
_POSTED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Question:
    """The same question as an operation and as one statement by hand. `fills` are what is asked about, in turn."""

    name: str
    count: int
    query: str
    variables: dict[str, str]
    fills: Sequence[str]
    expect: str
    statement: str
    arguments: Sequence[tuple[Any, ...]]


async def measure(dsn: str, effort: Effort, folder: Path) -> Topic:
    """Each question by one client and by sixteen, in turns with its statement on as many connections."""
    async with open_marketplace(dsn) as market, AsyncExitStack() as stack:
        agents, merchants = await _plant(market, effort)
        questions = _list_questions(market, agents, merchants)
        connections = []
        for _ in range(max(CLIENTS)):
            connections.append(await asyncpg.connect(dsn))
            stack.push_async_callback(connections[-1].close)
        served = await stack.enter_async_context(serve(market, folder))
        rows: list[Row] = []
        for question in questions:
            for clients in CLIENTS:
                rows += await _compare(question, clients, served, connections, effort)
    return Topic(
        "http_reading",
        f"Reads over HTTP: a tree of {len(market.paths):,} parties",
        "the same figures by one statement written by hand, through asyncpg, on as many connections.",
        rows,
        market.server,
        ("Server and load generator are processes of one machine; own CPU is the server's.",),
    )


async def _plant(market: Marketplace, effort: Effort) -> tuple[list[Member], list[Member]]:
    """Agents with a hundred merchants each; every merchant has an entry, one of them a statement's worth."""
    agents = await market.add_parties("A", "AGENT", under=[market.operator], count=effort.size(PARTIES // CHILDREN))
    merchants = await market.add_parties("M", "MERCHANT", under=agents, count=(CHILDREN - 1) * len(agents))
    paid = [*merchants, *([merchants[0]] * (LINES - 1))]
    clearing = market.key("1100")
    today = datetime.now(UTC).date()
    drafts = [
        EntryDraft(
            f"paid-{number}",
            market.book_id,
            today,
            (LineDraft(clearing, "D", 100 + number), LineDraft(market.key("2010", member), "C", 100 + number)),
        )
        for number, member in enumerate(paid)
    ]
    for start in range(0, len(drafts), _POSTED_AT_ONCE):
        async with market.database.write(market.platform_id) as conn:
            outcomes = await post_entries(conn, drafts=drafts[start : start + _POSTED_AT_ONCE], actor=ACTOR)
        assert all(isinstance(outcome, Posted) for outcome in outcomes)
    await market.settle()
    return agents, merchants


def _list_questions(market: Marketplace, agents: list[Member], merchants: list[Member]) -> list[Question]:
    today = datetime.now(UTC).date()
    asked = range(1, min(len(merchants), 1_000))
    platform, book = market.platform_id, market.book_id
    return [
        Question(
            "a balance",
            2_000,
            "query($id: ID!) { account(id: $id) { balance { amount currency } } }",
            {"id": "@F@"},
            [_account_id(platform, f"M{number}") for number in asked],
            '"account":{"balance":{"amount":"',
            _BALANCE,
            [(platform, book, merchants[number].party_id) for number in asked],
        ),
        Question(
            "a statement of 100 lines",
            300,
            "query($id: ID!, $from: LocalDate!, $to: LocalDate!) { account(id: $id) { statement(from: $from, to: $to) {"
            " opening { amount } lines { businessDate side amount { amount } balance { amount } } closing { amount }"
            " } } }",
            {"id": "@F@", "from": today.isoformat(), "to": (today + timedelta(days=1)).isoformat()},
            [_account_id(platform, "M0")],
            '"opening":{"amount":"0.00"},"lines":[{',
            _STATEMENT,
            [(platform, book, merchants[0].party_id, today)],
        ),
        Question(
            "a page of 100 children with own and subtree balances",
            150,
            "query($party: String!) { party(reference: $party) { children(first: 100) { nodes { reference name"
            " balances { currency balance { amount } } subtreeBalances { currency balance { amount } } } } } }",
            {"party": "@F@"},
            [f"A{number}" for number in range(len(agents))],
            '"children":{"nodes":[{"reference":"',
            _CHILDREN,
            [(platform, member.party_id) for member in agents],
        ),
    ]


def _account_id(platform_id: int, merchant: str) -> str:
    place = json.dumps(["LE0", "2010", merchant, "CNY"], separators=(",", ":"))
    return encode_id(GlobalId("Account", platform_id, place))


async def _compare(
    question: Question, clients: int, served: Served, connections: list[asyncpg.Connection], effort: Effort
) -> list[Row]:
    # One client gets through about half of what sixteen do.
    count = effort.size(question.count if clients > 1 else question.count // 2, least=2 * clients)
    body = {"query": question.query, "variables": question.variables}
    ours: list[Answered] = []
    floor: list[Answered] = []
    for _ in range(effort.runs):
        ours.append(await served.load(body, clients=clients, count=count, expect=question.expect, fills=question.fills))
        floor.append(await _ask_by_hand(question, connections[:clients], served.market, count))
    taken = [each.taken for each in ours]
    name = f"{question.name}, {clients} client{'s' if clients > 1 else ''}"
    remarks = cpu_per_item(taken, count)
    return [
        Row(name, "requests/s", rates(taken, count), rates([each.taken for each in floor], count), remarks),
        Row("  p50", "ms", _p50(ours), _p50(floor)),
        Row("  p99", "ms", _p99(ours), _p99(floor)),
    ]


def _p50(answered: Sequence[Answered]) -> Figures:
    return Figures(tuple(each.p50_ms for each in answered))


def _p99(answered: Sequence[Answered]) -> Figures:
    return Figures(tuple(each.p99_ms for each in answered))


async def _ask_by_hand(
    question: Question, connections: list[asyncpg.Connection], market: Marketplace, count: int
) -> Answered:
    latencies: list[float] = []
    waiting = iter([question.arguments[number % len(question.arguments)] for number in range(count)])

    async def work(conn: asyncpg.Connection) -> None:
        for arguments in waiting:
            began = time.perf_counter()
            assert await conn.fetch(question.statement, *arguments)
            latencies.append(time.perf_counter() - began)

    for conn in connections:
        await conn.fetch(question.statement, *question.arguments[0])
    with settled():
        clock = Clock(await list_backends(market.admin))
        await asyncio.gather(*map(work, connections))
        taken: Taken = clock.read()
    latencies.sort()
    return Answered(taken, count, percentile(latencies, 0.5) * 1_000, percentile(latencies, 0.99) * 1_000)


_BALANCE = """
SELECT l.credit_after - l.debit_after AS balance, a.currency
FROM account AS a
CROSS JOIN LATERAL (
    SELECT o.debit_after, o.credit_after FROM line AS o
    WHERE o.platform_id = a.platform_id AND o.account_id = a.account_id
    ORDER BY o.sequence DESC, o.version DESC LIMIT 1
) AS l
WHERE a.platform_id = $1 AND a.book_id = $2 AND a.code = '2010' AND a.party_id = $3 AND a.currency = 'CNY'
"""
_STATEMENT = """
SELECT l.business_date, l.side, l.amount,
    sum(CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END) OVER (ORDER BY l.sequence, l.version) AS balance
FROM account AS a
INNER JOIN line AS l ON l.platform_id = a.platform_id AND l.account_id = a.account_id
WHERE a.platform_id = $1 AND a.book_id = $2 AND a.code = '2010' AND a.party_id = $3 AND a.currency = 'CNY'
    AND l.business_date >= $4 AND l.business_date < $4 + 1
ORDER BY l.sequence, l.version
"""
_CHILDREN = """
SELECT c.reference, c.name, own.currency, own.balance, below.currency,
    coalesce(own.balance, 0) + coalesce(below.balance, 0)
FROM (
    SELECT p.party_id, p.reference, p.name FROM party AS p
    WHERE p.platform_id = $1 AND p.parent_id = $2 ORDER BY p.party_id LIMIT 100
) AS c
LEFT JOIN LATERAL (
    SELECT a.currency, sum(l.credit_after - l.debit_after) AS balance
    FROM account AS a
    CROSS JOIN LATERAL (
        SELECT o.debit_after, o.credit_after FROM line AS o
        WHERE o.platform_id = $1 AND o.account_id = a.account_id ORDER BY o.sequence DESC, o.version DESC LIMIT 1
    ) AS l
    WHERE a.platform_id = $1 AND a.party_id = c.party_id AND a.code = '2010' GROUP BY a.currency
) AS own ON true
LEFT JOIN LATERAL (
    SELECT t.currency, sum(t.credit - t.debit) AS balance
    FROM (
        SELECT DISTINCT ON (s.book_id, s.currency) s.currency, s.debit, s.credit FROM subtree_day AS s
        WHERE s.platform_id = $1 AND s.party_id = c.party_id AND s.code = '2010'
        ORDER BY s.book_id, s.currency, s.posting_day DESC
    ) AS t
    GROUP BY t.currency
) AS below ON true
ORDER BY c.party_id
"""
