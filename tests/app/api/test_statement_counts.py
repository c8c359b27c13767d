"""How many statements an operation runs does not depend on how much it shows."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from ledger.actor import Actor
from ledger.approvals.model import ApprovalRequest, Kind
from ledger.approvals.requesting import request_approvals
from ledger.charging.fees.parsing import parse_fee_line
from ledger.charging.fees.submitting import submit_fee_lines
from ledger.db.connecting import Database
from ledger.parties.model import PartyDraft
from tests.app.api.gateway import Desk
from tests.ledger.charging.market import Market
from tests.oracle.small_world import paid, plan

PAGES = """query ($first: Int!) {
    entries(first: $first) { nodes {
        lines { account { role { code } party { reference parent { reference } } } balanceAfter { amount } }
        reversalOf { id } reversedBy { id }
    } }
    parties(first: $first) { nodes {
        parent { reference } ancestors { reference }
        balances { balance { amount } } subtreeBalances { balance { amount } }
        children(first: $first) { nodes { reference balances { balance { amount } } } }
        descendants(first: $first) { nodes { reference } }
        accounts(first: $first) { nodes {
            balance { amount }
            lines(first: 2) { nodes { entry { id lines { side } } } }
        } }
    } }
}"""

POINTS = [
    ("{ platform { name asOf { sequence } } }", 1),
    ('{ party(reference: "M1") { name } }', 1),
    ('{ party(reference: "M1") { name parent { name } balances { balance { amount } } } }', 4),
    ('{ party(reference: "M1") { stillOpen { openSheets payable { amount } } } }', 3),
    ("{ workQueues { queue count amounts { amount currency } } }", 1),
    ('{ party(reference: "A1") { subtreeBalances { balance { amount } } } }', 3),
    ('{ party(reference: "A1") { descendants(first: 100) { nodes { reference } } } }', 2),
    ("{ entries(first: 1) { nodes { lines { account { role { code } } } } } }", 3),
]


@pytest.fixture
async def database(module_database: str) -> AsyncIterator[Database]:
    """One reading connection, so that all its statements are heard."""
    database = await Database.connect(module_database, writers=1, readers=1)
    yield database
    await database.close()


async def count(desk: Desk, query: str, **variables: object) -> int:
    heard: list[str] = []
    await desk.ask(query, **variables)  # what a connection and the authenticator look up once is not counted
    async with desk.book.database.readers.acquire() as raw:
        raw.add_query_logger(lambda record: heard.append(record.query))
    try:
        await desk.ask(query, **variables)
    finally:
        async with desk.book.database.readers.acquire() as raw:
            raw._con._query_loggers.clear()
    return len([word for word in heard if word.split()[0] in ("SELECT", "WITH")])


async def test_statements_do_not_grow_with_the_page(desk: Desk):
    await desk.book.register(*(PartyDraft(f"M{number}", "MERCHANT", "Shop", "A2") for number in range(10, 30)))
    for number in range(10, 30):
        await desk.book.owe(f"M{number}", 100)
        await desk.book.post(f"D 2010/M{number} 1, C 2020/A2 1")

    small, large = await count(desk, PAGES, first=13), await count(desk, PAGES, first=20)

    # The position of the log, for extensions.asOf, is one of them.
    assert (small, large) == (22, 22)


@pytest.mark.parametrize(("query", "statements"), POINTS)
async def test_a_point_query_runs_few_statements(desk: Desk, query: str, statements: int):
    await desk.book.owe("M1", 100)

    # One more tells where the log stands, for extensions.asOf.
    assert await count(desk, query) == statements + 1


APPROVALS = """query ($first: Int!) { approvals(first: $first) { nodes {
    legalEntity { reference } party { reference } seats { approvers } history { kind } resubmissionOf { status }
} } }"""


async def test_an_inbox_runs_few_statements_however_many_wait(desk: Desk):
    requests = [
        ApprovalRequest(
            Kind.RATE_OVERRIDE,
            f"rate/{number}",
            bytes([number]) * 32,
            1,
            "CNY",
            desk.book.ids["LE"],
            desk.book.ids["M1"],
            "",
        )
        for number in range(20)
    ]
    async with desk.book.database.write(desk.book.platform_id) as conn:
        await request_approvals(conn, requests=requests, maker=Actor("somebody"), now=datetime.now(UTC))

    small, large = await count(desk, APPROVALS, first=2), await count(desk, APPROVALS, first=20)

    # Which names are one person's, the inbox, its seats and history, the parties, and where the log stands.
    assert (small, large) == (6, 6)


COMPARED = """query ($first: Int!) { feeComparisons(first: $first) { nodes { orderReference differences {
    item legalEntity { reference name } party { reference } own { amount } submitted { amount } } } } }"""


async def test_fees_are_compared_with_few_statements_however_many_orders(desk: Desk):
    place = {"party": "M1", "settlementEntity": "LE", "currency": "CNY", "occurredAt": "2026-01-05T00:00:00Z"}
    lines = [
        parse_fee_line(
            {
                **place,
                "id": f"C{number}",
                "item": "STORAGE",
                "amount": "1.00",
                "order": f"X{number}",
                "compareOnly": True,
            }
        )
        for number in range(20)
    ]
    async with desk.book.database.write(desk.book.platform_id) as conn:
        await submit_fee_lines(conn, lines=lines, actor=Actor("somebody"), now=datetime(2026, 2, 1, tzinfo=UTC))

    small, large = await count(desk, COMPARED, first=2), await count(desk, COMPARED, first=20)

    # The orders, the fees of either side, parties, legal entities, and where the log stands.
    assert (small, large) == (6, 6)


STATEMENTS = """query ($first: Int!, $from: LocalDate!, $to: LocalDate!) {
    parties(first: $first, filter: {kind: MERCHANT}) { nodes {
        statement(currency: "CNY", from: $from, to: $to) { sequence closing { amount } lines { amount { amount } } }
        accounts(first: 5) { nodes { statement(from: $from, to: $to) { sequence closing { amount } } } }
    } }
}"""


async def test_a_list_of_statements_of_accounts_and_parties_is_read_together(desk: Desk):
    await desk.book.register(*(PartyDraft(f"N{number}", "MERCHANT", "Shop", "A2") for number in range(20)))
    for number in range(20):
        await desk.book.owe(f"N{number}", 100)
    bounds = {"from": "2020-01-01", "to": "2100-01-01"}

    few, many = [await count(desk, STATEMENTS, first=first, **bounds) for first in (5, 20)]

    # The parties, 4 for their statements, their accounts, 3 for those of these, the accounts' parties, and the log.
    assert (few, many) == (10, 10)


THEN = """query ($first: Int!, $asOf: AsOfInput!) {
    parties(first: $first, filter: {kind: MERCHANT}) { nodes {
        parent(asOf: $asOf) { reference } ancestors(asOf: $asOf) { reference }
    } }
}"""


async def test_who_stood_above_the_parties_of_a_page_is_read_together(desk: Desk):
    await desk.book.register(*(PartyDraft(f"N{number}", "MERCHANT", "Shop", "A2") for number in range(20)))

    few, many = [await count(desk, THEN, first=first, asOf={"businessDate": "2100-01-01"}) for first in (5, 20)]

    # The parties, 2 for their parents, 2 for their ancestors, and where the log stands.
    assert (few, many) == (6, 6)


async def test_a_list_of_a_party_asks_for_it_only_where_it_is_empty(desk: Desk):
    await desk.book.owe("M1", 100)
    query = "query ($party: String!) { entries(filter: {party: $party}) { nodes { id } } }"

    assert [await count(desk, query, party=party) for party in ("M1", "M2")] == [4, 5]


AS_OF_NOW = """query ($first: Int!) { parties(first: $first, filter: {kind: MERCHANT}) { nodes {
    settlement { current { cycle } } unpaid { awaits } whyUnpaid(order: "O1") { awaits }
} } }"""


async def test_what_depends_on_the_instant_is_asked_at_one_for_all_parties_of_a_page(desk: Desk):
    await desk.book.register(*(PartyDraft(f"N{number}", "MERCHANT", "Shop", "A2") for number in range(20)))
    for number in range(20):
        await desk.book.owe(f"N{number}", 100)
    market = Market(desk.book.database, desk.book.platform_id)
    await market.publish(plan())
    await market.accept(paid("100.00"))  # O1

    few, many = [await count(desk, AS_OF_NOW, first=first) for first in (2, 20)]

    # The parties, 3 for their terms, 1 for each of the questions, whether the order is there, and where the log stands.
    assert (few, many) == (8, 8)
