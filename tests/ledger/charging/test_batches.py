"""How events are recorded together: a fixed number of statements, one serial order, nothing of the order forgotten."""

import asyncio

import pytest

from app.demo.marketplace import Marketplace
from ledger.charging.parsing import parse_event
from ledger.charging.recording import Outcome, record_order_events
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.parties.moving import move_party
from ledger.verify.verifying import verify
from tests.ledger.charging.market import ACTOR, NOW, Market, codes
from tests.oracle.charging_oracle import expected_book
from tests.oracle.small_world import PARTIES, SUCCEEDED, Event, item, later, paid, plan, refunded

SHARES = "2010 M1, 4000, 2105, 2041 D1, 2042 D2, 2043 D3, 2020 A1, 2000, 2070"


def again(event: Event, order: str) -> Event:
    return {**event, "order": order, "id": f"{order} {event['id']}"}


def stories(*orders: str) -> list[Event]:
    """Orders with something of everything."""
    returned = later("channel.fee_returned", refund="2", lines=[{"line": "1", "amount": "0.10"}])
    story = [
        paid("100.00"),
        refunded("1", "10.00"),
        SUCCEEDED,
        refunded("2", "20.00"),
        later("refund.paid", refund="1"),
        later("refund.rejected", refund="2"),
        returned,
        later("payment.unfrozen"),
    ]
    return [again(event, order) for event in story for order in orders]


class CountedConnection(Connection):
    """A connection that counts its statements."""

    __slots__ = ("statements",)

    @classmethod
    def around(cls, conn: Connection) -> "CountedConnection":
        counted = cls(conn.raw, conn.platform_id, conn.memory)
        counted.statements = 0
        counted._after_commit = conn._after_commit
        return counted

    async def fetch(self, statement: str, *arguments: object) -> list[object]:  # type: ignore[override]
        self.statements += 1
        return await super().fetch(statement, *arguments)

    async def fetchrow(self, statement: str, *arguments: object) -> object:  # type: ignore[override]
        self.statements += 1
        return await super().fetchrow(statement, *arguments)

    async def fetchval(self, statement: str, *arguments: object) -> object:
        self.statements += 1
        return await super().fetchval(statement, *arguments)

    async def execute(self, statement: str, *arguments: object) -> str:
        self.statements += 1
        return await super().execute(statement, *arguments)

    async def send(self, statement: str, *arguments: object) -> None:
        self.statements += 1
        await super().send(statement, *arguments)


async def count_statements(market: Market, events: list[Event]) -> int:
    parsed = [parse_event(event) for event in events]
    async with market.database.write(market.platform_id) as conn:
        counted = CountedConnection.around(conn)
        outcomes = await record_order_events(counted, events=parsed, actor=ACTOR, now=NOW)
    assert codes(outcomes) == [""] * len(events)
    return counted.statements


async def test_the_number_of_statements_does_not_depend_on_the_batch(market: Market) -> None:
    await market.accept(*stories("warm"))

    few = await count_statements(market, stories("O1"))
    many = await count_statements(market, stories(*(f"P{number}" for number in range(40))))
    most = await count_statements(market, stories(*(f"Q{number}" for number in range(80))))

    # Of every 250 entries: what is known of their keys, of what they reverse if they do, they and their documents.
    assert many == few + 3
    assert most == few + 8
    assert few <= 20


async def test_one_event_of_each_kind_takes_no_more_statements_than_a_batch(market: Market) -> None:
    await market.accept(*stories("warm"))
    most = await count_statements(market, stories("O1"))

    each = [await count_statements(market, [event]) for event in stories("O2")]

    # A rejection alone also reads what the journal posted for its refund.
    assert max(each) <= most + 6


async def test_a_distributor_who_moves_leaves_the_orders_that_are_paid_already(market: Market) -> None:
    nine = {"reference": "D9", "kind": "DISTRIBUTOR", "name": "Ninth", "parent": "OP"}
    market = await Market.open(market.database, parties=[*PARTIES, nine])
    await market.accept(paid("100.00"))
    async with market.database.write(market.platform_id) as conn:
        await move_party(conn, reference="D1", to="D9", actor=ACTOR, now=NOW)

    await market.accept(SUCCEEDED)
    assert await market.net("2042 D2, 2042 D9") == [300, 0]

    await market.accept(again(paid("100.00"), "O2"), again(SUCCEEDED, "O2"))
    assert await market.net("2042 D2, 2042 D9") == [300, 300]


async def test_a_refund_uses_what_was_frozen_whatever_happened_since(market: Market) -> None:
    await market.accept(paid("100.00"), SUCCEEDED)
    rules = plan("2025-02-01")
    rules["commission"] = {"default": "0.50"}
    await market.publish(rules)
    async with market.database.write(market.platform_id) as conn:
        await move_party(conn, reference="M1", to="A1", actor=ACTOR, now=NOW)

    await market.accept(refunded("1", "100.00"))

    assert await market.net(SHARES) == [-60, 0, 0, 0, 0, 0, 0, 0, 10_000]


@pytest.mark.parametrize("round_", range(8))
async def test_a_refund_and_a_split_at_the_same_instant_equal_one_after_the_other(market: Market, round_: int) -> None:
    payment = paid("99.99", item("99.99", merchant="M2"))
    await market.accept(payment)
    rivals = [SUCCEEDED, refunded("1", "33.33")]

    outcomes = await asyncio.gather(*(market.record(event) for event in rivals[:: 1 if round_ % 2 else -1]))

    assert [codes(each) for each in outcomes] == [[""], [""]]
    accounts = await market.accounts()
    orders = [expected_book(PARTIES, [plan()], [payment, *order]).accounts for order in (rivals, rivals[::-1])]
    assert accounts in orders


async def test_four_importers_of_one_file_at_once_make_the_book_of_one(database: Database) -> None:
    demo = Marketplace(orders=60, seed=5)
    parties, events = list(demo.generate_parties()), list(demo.generate_events())
    market = await Market.open(database, parties=parties, plans=demo.fee_plans())

    imported = await asyncio.gather(*(market.record(*events, size=size) for size in (50, 37, 11, 200)))

    assert all(codes(each) == [""] * len(events) for each in imported)
    assert await market.accounts() == expected_book(parties, demo.fee_plans(), events).accounts


async def test_entries_splits_and_refunds_add_up_in_the_rows_of_a_whole_marketplace(database: Database) -> None:
    demo = Marketplace(orders=200, seed=9)
    market = await Market.open(database, parties=demo.generate_parties(), plans=demo.fee_plans())
    await market.accept(*demo.generate_events())

    unbalanced = await market.rows(
        "SELECT sequence FROM line GROUP BY platform_id, sequence, currency "
        "HAVING sum(CASE side WHEN 'D' THEN amount ELSE -amount END) <> 0 OR min(amount) <= 0"
    )
    uneven = await market.rows(
        """
        SELECT l.order_reference FROM order_line AS l
        INNER JOIN order_share AS s
            ON s.order_reference = l.order_reference AND s.line_reference = l.line_reference
        GROUP BY l.platform_id, l.order_reference, l.line_reference, l.goods_minor, l.refunded_goods_minor,
            l.merchant_discount_minor, l.refunded_merchant_discount_minor
        HAVING sum(s.amount_minor - s.returned_minor) <> l.goods_minor - l.refunded_goods_minor
            - l.merchant_discount_minor + l.refunded_merchant_discount_minor
            OR min(s.returned_minor) < 0 OR min(s.amount_minor - s.returned_minor) < 0
        """
    )
    emptied = await market.rows(
        """
        SELECT s.returned_minor FROM order_line AS l
        INNER JOIN order_share AS s
            ON s.order_reference = l.order_reference AND s.line_reference = l.line_reference
        WHERE l.refunded_goods_minor = l.goods_minor AND s.returned_minor <> s.amount_minor
        """
    )

    assert (unbalanced, uneven, emptied) == ([], [], [])


async def test_what_an_order_holds_and_a_refund_owes_is_what_the_book_says(database: Database) -> None:
    demo = Marketplace(orders=150, seed=4)
    market = await Market.open(database, parties=demo.generate_parties(), plans=demo.fee_plans())
    await market.accept(*demo.generate_events())

    documents = await market.rows(
        """
        SELECT currency, sum(held_minor)::bigint AS held, sum(frozen_minor)::bigint AS frozen, (
            SELECT coalesce(sum(r.owed_minor), 0)::bigint FROM order_refund AS r
            INNER JOIN order_head AS o ON o.reference = r.order_reference WHERE o.currency = h.currency
        ) AS owed
        FROM order_head AS h GROUP BY currency
        """
    )

    accounts = await market.accounts()
    for currency, held, frozen, owed in documents:
        book = {code: credit - debit for (_, code, _, unit), (debit, credit) in accounts.items() if unit == currency}
        assert (book["2000"], -book["1100"], book["2070"]) == (held, frozen, owed)


async def test_events_of_two_platforms_with_the_same_names_do_not_meet(market: Market, database: Database) -> None:
    other = await Market.open(database)
    await market.accept(paid("100.00"))

    outcomes: list[Outcome] = await other.record(paid("100.00"), SUCCEEDED)

    assert codes(outcomes) == ["", ""]
    assert await market.net("2000") == [10_000]
    assert await other.net("2000") == [0]


async def test_an_order_of_a_thousand_lines_is_one_event_like_any_other(market: Market) -> None:
    lines = [item("1.00", line=str(number)) for number in range(1_000)]
    back = later("order.refunded", refund="1", lines=[{"line": line["line"], "amount": "1.00"} for line in lines])

    await market.accept(paid("1000.00", *lines), SUCCEEDED, back, later("refund.rejected", refund="1"))

    assert await market.net("2010 M1, 4000, 2105, 2041 D1, 2042 D2, 2043 D3, 2020 A1, 2000, 2070") == [
        81_000, 8_000, 0, 5_000, 3_000, 1_000, 1_000, 0, 0,
    ]  # fmt: skip


async def test_a_batch_of_large_orders_is_posted_in_parts_and_numbered_as_one(market: Market) -> None:
    lines = [item("1.00", line=str(number)) for number in range(1_000)]
    orders = [f"L{number}" for number in range(6)]
    await market.accept(*(again(paid("1000.00", *lines), order) for order in orders))

    twice = {**again(SUCCEEDED, "L0"), "id": "twice"}
    outcomes = await market.record(
        *(again(SUCCEEDED, order) for order in orders), again(refunded("1", "1.00"), "L5"), twice
    )

    assert codes(outcomes) == [""] * 7 + ["ORDER_ALREADY_SUCCEEDED"]
    assert await market.net("2000, 2010 M1") == [0, 6 * 81_000 - 82]
    async with market.database.read(market.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


async def test_the_oldest_server_that_is_supported_keeps_the_same_book(fresh_database_16: str) -> None:
    demo = Marketplace(orders=40, seed=3)
    parties, events = list(demo.generate_parties()), list(demo.generate_events())
    database = await Database.connect(fresh_database_16)
    try:
        market = await Market.open(database, parties=parties, plans=demo.fee_plans())
        await market.accept(*events)
        accounts = await market.accounts()
    finally:
        await database.close()

    assert accounts == expected_book(parties, demo.fee_plans(), events).accounts


async def test_splitting_disputed_orders_takes_as_many_statements_however_many_they_are(market: Market) -> None:
    def disputed(*orders: str) -> list[Event]:
        charged = later("order.charged_back", dispute="X", amount="10.00")
        story = [again(event, order) for order in orders for event in (paid("100.00"), charged)]
        return [{**event, "dispute": event["order"]} if "dispute" in event else event for event in story]

    many = [f"P{number}" for number in range(30)]
    await market.accept(*disputed("warm", "O1", *many), again(SUCCEEDED, "warm"))

    few = await count_statements(market, [again(SUCCEEDED, "O1")])

    assert await count_statements(market, [again(SUCCEEDED, order) for order in many]) == few
