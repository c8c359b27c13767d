"""Documents against entries: a book full of orders agrees, and the first document that was changed is named."""

from datetime import date
from itertools import product

import pytest

from app.demo.marketplace import Marketplace
from ledger.db.connecting import Database
from ledger.journal.model import AccountKey, EntryDraft, LineDraft
from ledger.journal.posting import post_entries
from ledger.verify.verifying import verify
from tests.ledger.charging.fees.desk import Desk
from tests.ledger.charging.fees.desk import fee as fee_line
from tests.ledger.charging.market import ACTOR, Market
from tests.ledger.verify.test_verify import superuser
from tests.oracle.small_world import SUCCEEDED, UNFROZEN, item, later, paid, refunded


@pytest.fixture(scope="module")
async def market(database: Database) -> Market:
    """One order through everything, one whose second level went to suspense, and one that is only paid."""
    market = await Market.open(database)
    await market.accept(paid("100.00"), SUCCEEDED, refunded("r1", "10.00"), refunded("r2", "33.33"))
    fee = {"refund": "r1", "lines": [{"line": "1", "amount": "0.06"}]}
    await market.accept(later("refund.paid", refund="r1"), later("channel.fee_returned", **fee), UNFROZEN)
    await market.close("D2")
    await market.accept(*({**event, "order": "O2", "id": f"{event['id']} O2"} for event in (paid("50.00"), SUCCEEDED)))
    await market.accept({**paid("70.00"), "order": "O3", "id": "paid O3"})
    await market.accept({**later("order.charged_back", dispute="X", amount="20.00"), "order": "O3", "id": "X"})
    await market.accept({**UNFROZEN, "order": "O2", "id": "free O2"})
    await market.accept({**later("payment.settled", amount="40.00"), "order": "O2", "id": "bank O2"})
    await Desk(market).accept(fee_line("L1", "STORAGE", "6.00"), fee_line("L2", "STORAGE", "1.00", compareOnly=True))
    return market


async def test_orders_agree_with_their_entries(market: Market, database: Database) -> None:
    async with database.read(market.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


async def test_a_generated_marketplace_agrees(database: Database) -> None:
    demo = Marketplace(orders=60, seed=3)
    market = await Market.open(database, parties=list(demo.generate_parties()), plans=demo.fee_plans())
    await market.record(*demo.generate_events())

    async with database.read(market.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


TAMPERINGS = {
    "what an order holds": ("UPDATE order_head SET held_minor = 7 WHERE reference = 'O3'", "order_head", "held"),
    "what it has frozen": ("UPDATE order_head SET frozen_minor = 7 WHERE reference = 'O3'", "order_head", "frozen"),
    "what a refund owes": ("UPDATE order_refund SET owed_minor = 7, status = 'OPEN'", "order_refund", "owed"),
    "what waits": ("UPDATE suspense_item SET amount_minor = 7", "suspense_item", "suspended"),
    "a fee": ("UPDATE order_line SET fee_charged_minor = fee_charged_minor + 1", "order_line", "fee_charged"),
    "a fee's return": (
        "UPDATE order_line SET fee_returned_minor = 5 WHERE order_reference = 'O1'",
        "order_line",
        "fee_returned",
    ),
    "what is disputed": (
        "UPDATE order_dispute SET amount_minor = 1999, open_minor = 1999",
        "order_dispute",
        "disputed",
    ),
    "what the bank got": ("UPDATE order_head SET settled_minor = 1 WHERE settled_minor > 0", "order_head", "settled"),
    "a share": (
        "UPDATE order_share SET returned_minor = 0 WHERE order_reference = 'O1' AND rank > 1",
        "order_share",
        "has",
    ),
    "the merchant's share": (
        "UPDATE order_share SET amount_minor = amount_minor + 1 WHERE rank = 0",
        "order_share",
        "has",
    ),
    "the commission": ("UPDATE order_share SET amount_minor = amount_minor + 1 WHERE rank = 1", "order_share", "has"),
    "the tax in it": (
        "UPDATE order_share SET tax_minor = tax_minor - 1 WHERE order_reference = 'O2' AND rank = 1",
        "order_share",
        "has",
    ),
    "the fee he bore": (
        "UPDATE order_line SET fee_recovered_minor = 20 WHERE order_reference = 'O2'",
        "order_share",
        "has",
    ),
    "what he gave back of it": ("UPDATE order_line SET fee_passed_back_minor = 1 WHERE is_split", "order_share", "has"),
    "a refund's amount": (
        "UPDATE order_refund SET payable_minor = 7 WHERE refund_reference = 'r1'",
        "order_refund",
        "payable",
    ),
    "goods that came back": (
        "UPDATE order_line SET refunded_goods_minor = 8 WHERE order_reference = 'O3'",
        "order_line",
        "given_back",
    ),
    "what is in dispute": (
        "UPDATE order_line SET disputed_minor = 1 WHERE order_reference = 'O3'",
        "order_line",
        "disputed",
    ),
    "a part of a dispute": ("UPDATE order_dispute_line SET reserved_minor = 0", "order_line", "disputed"),
    "a refund line is gone": ("DELETE FROM order_refund_line WHERE refund_reference = 'r2'", "order_refund", "payable"),
    "the entry of a refund": ("UPDATE order_refund_line SET entry = entry - 1", "order_refund_line", "entry"),
    "a refund without its entry": ("UPDATE order_refund_line SET entry = NULL", "order_refund_line", "entry"),
    "a refund that nobody bears": (
        "UPDATE order_refund_line SET claw_back_merchant_minor = NULL WHERE claw_back_merchant_minor IS NOT NULL",
        "order_refund_line",
        "is_whole",
    ),
    "where a share stands": ("UPDATE order_share SET stands = 'PARTY'", "order_share", "has"),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
async def test_the_tampered_document_is_named(market: Market, tampering: str) -> None:
    statement, table, figure = TAMPERINGS[tampering]

    async with superuser(market, statement.replace("owed_minor = 7", "payable_minor = 7, owed_minor = 7")) as conn:
        disagreement = (await verify(conn)).disagreement

    assert disagreement is not None
    assert disagreement.table == table, disagreement.sentence
    assert isinstance(disagreement.found, dict)
    assert list(disagreement.found) == [figure]


@pytest.fixture(scope="module")
async def waiting(database: Database) -> Market:
    """Two shares of a line wait in suspense, and a part of both was refunded."""
    market = await Market.open(database)
    for name in ("D2", "D1"):
        await market.close(name)
    await market.accept(paid("100.00"), SUCCEEDED, refunded("r1", "10.00"))
    return market


OTHER = "(SELECT sum(o.amount_minor) FROM {0} AS o WHERE o.platform_id = {0}.platform_id AND {1}) - amount_minor"
OF_WAITING = {
    "what waits for whom": (
        f"UPDATE suspense_item SET amount_minor = {OTHER.format('suspense_item', 'true')} WHERE amount_minor > 0",
        "suspense_item",
    ),
    "whose share was how much": (
        f"UPDATE order_share SET amount_minor = {OTHER.format('order_share', 'o.rank IN (2, 3)')} WHERE rank IN (2, 3)",
        "suspense_item",
    ),
    "from where it was given back": (
        "UPDATE order_refund_line SET suspended_ranks = '{}' WHERE entry > 0",
        "order_refund_line",
    ),
    "who gave how much back": (
        "UPDATE order_refund_line SET claw_back_merchant_minor = claw_back_merchant_minor - 1,"
        " claw_back_agent_minor = claw_back_agent_minor + 1 WHERE entry > 0",
        "order_refund_line",
    ),
    "how much all of them gave back": (
        "UPDATE order_refund_line SET claw_back_levels_minor[1] = claw_back_levels_minor[1] + 1 WHERE entry > 0",
        "order_refund_line",
    ),
}


@pytest.mark.parametrize("tampering", OF_WAITING)
async def test_what_waits_in_suspense_is_told_apart_by_share(waiting: Market, tampering: str) -> None:
    statement, table = OF_WAITING[tampering]
    rows = await waiting.rows("SELECT rank FROM suspense_item WHERE amount_minor > 0 ORDER BY rank")
    assert [row["rank"] for row in rows] == [2, 3]
    async with waiting.database.read(waiting.platform_id) as conn:
        assert (await verify(conn)).disagreement is None

    async with superuser(waiting, f"{statement} AND platform_id = {waiting.platform_id}") as conn:
        disagreement = (await verify(conn)).disagreement

    assert disagreement is not None
    assert disagreement.table == table, disagreement.sentence


@pytest.mark.parametrize(
    ("statement", "found", "expected"),
    [
        ("UPDATE fee_line SET amount_minor = 601 WHERE reference = 'L1'", -601, -600),
        ("UPDATE fee_line SET direction = 'CREDIT' WHERE reference = 'L1'", 600, -600),
        ("UPDATE fee_line SET party_id = party_id + 1 WHERE reference = 'L1'", None, -600),
        ("UPDATE fee_line SET compare_only = true, entry = NULL WHERE reference = 'L1'", None, -600),
        ("DELETE FROM fee_line WHERE reference = 'L1'", None, -600),
        ("UPDATE fee_line SET reversed_minor = 1 WHERE reference = 'L1'", [1, 0, 0], [0, 0, 0]),
    ],
)
async def test_a_tampered_fee_line_is_named(market: Market, statement: str, found: object, expected: object) -> None:
    async with superuser(market, statement) as conn:
        disagreement = (await verify(conn)).disagreement

    assert disagreement is not None
    assert (disagreement.table, disagreement.key) == ("fee_line", {"reference": "L1"})
    assert (disagreement.found, disagreement.expected) in [(found, expected), (-600, None)]


async def test_an_entry_whose_fees_are_not_what_it_moves_is_named(database: Database) -> None:
    market = await Market.open(database)
    await market.accept(paid("100.00"), SUCCEEDED)
    rows = await market.rows("SELECT party_id, reference FROM party WHERE reference IN ('M1', 'LE')")
    ids = {row["reference"]: row["party_id"] for row in rows}
    lines = (
        LineDraft(AccountKey(ids["LE"], "5060", None, "CNY"), "D", 100),
        LineDraft(AccountKey(ids["LE"], "2010", ids["M1"], "CNY"), "C", 100),
    )
    said = f'{{"fees":[{{"amount":99,"code":"2010","item":"BONUS","party":{ids["M1"]},"rule":"r"}}]}}'
    draft = EntryDraft("k", ids["LE"], date(2025, 3, 1), lines, document="order/O1", document_line="9", metadata=said)
    async with database.write(market.platform_id) as conn:
        await post_entries(conn, drafts=[draft], actor=ACTOR)

    async with database.read(market.platform_id) as conn:
        disagreement = (await verify(conn)).disagreement

    assert disagreement is not None
    assert (disagreement.check, disagreement.found, disagreement.expected) == ("fees of entries", 99, 100)


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("DELETE FROM order_event WHERE order_reference = 'O2'", "order_event"),
        ("UPDATE order_event SET order_reference = 'O1' WHERE order_reference = 'O2'", "order_event"),
        ("DELETE FROM order_head WHERE reference = 'O2'", "order_head"),
        ("DELETE FROM order_refund WHERE refund_reference = 'r1'", "order_refund"),
        ("UPDATE order_refund SET sequence = sequence + 1 WHERE refund_reference = 'r1'", "order_refund"),
        (
            """INSERT INTO order_refund_line SELECT (jsonb_populate_record(o, '{"refund_reference": "r9"}')).*"""
            " FROM order_refund_line AS o WHERE o.refund_reference = 'r1'",
            "order_refund_line",
        ),
        (
            """INSERT INTO order_share SELECT (jsonb_populate_record(o, '{"line_reference": "9"}')).*"""
            " FROM order_share AS o WHERE o.order_reference = 'O1'",
            "order_share",
        ),
        ("DELETE FROM fee_line WHERE compare_only", "fee_line"),
    ],
)
async def test_a_missing_document_is_named(market: Market, statement: str, table: str) -> None:
    async with superuser(market, statement) as conn:
        disagreement = (await verify(conn)).disagreement

    assert disagreement is not None
    assert disagreement.table == table, disagreement.sentence


@pytest.mark.parametrize("liability", ["SPLIT", "PLATFORM"])
async def test_lines_agree_whoever_bears_a_lost_chargeback(database: Database, liability: str) -> None:
    market = await Market.open(database)
    await market.accept(paid("100.00"), SUCCEEDED, UNFROZEN, refunded("r1", "10.00"))
    await market.accept(later("order.charged_back", dispute="X", amount="20.00"))
    await market.accept(later("chargeback.lost", dispute="X", liability=liability))
    await market.accept(refunded("r2", "5.00"), later("refund.rejected", refund="r2"))

    async with database.read(market.platform_id) as conn:
        assert (await verify(conn)).disagreement is None
    change = "UPDATE order_line SET refunded_goods_minor = refunded_goods_minor + 1 WHERE order_reference = 'O1'"
    async with superuser(market, change) as conn:
        disagreement = (await verify(conn)).disagreement

    assert disagreement is not None
    assert (disagreement.check, disagreement.table) == ("what order lines gave back", "order_line")


@pytest.mark.parametrize("suspended", ["", "D2", "M1"])
async def test_what_a_lost_chargeback_took_of_shares_is_told_apart_by_line(database: Database, suspended: str) -> None:
    market = await Market.open(database)
    # Where something waits in suspense the merchant's part is known only if nothing was delivered.
    delivery = "0.00" if suspended else "5.00"
    lines = (item("60.00", delivery=delivery), item("40.00", line="2", delivery=delivery))
    await market.accept(paid("100.00" if suspended else "110.00", *lines))
    if suspended:
        await market.close(suspended)
    await market.accept(SUCCEEDED, UNFROZEN, refunded("r1", "10.00"))
    for dispute, amount in (("X", "40.00"), ("Y", "20.00")):
        await market.accept({**later("order.charged_back", dispute=dispute, amount=amount), "id": f"back {dispute}"})
        lost = later("chargeback.lost", dispute=dispute, liability="SPLIT")
        await market.accept({**lost, "id": f"lost {dispute}"})
    await market.accept(refunded("r2", "5.00"), later("refund.rejected", refund="r2"), refunded("r3", "7.00"))

    async with database.read(market.platform_id) as conn:
        assert (await verify(conn)).disagreement is None
    exchanged = "returned_minor = returned_minor + CASE line_reference WHEN '1' THEN 1 ELSE -1 END"
    # What it has left is the same then.
    got_more = "amount_minor = amount_minor + 1, returned_minor = returned_minor + 1"
    for rank, change in product((0, 1, 2, 3, 5), (exchanged, got_more)):
        here = f"platform_id = {market.platform_id} AND rank = {rank}"
        async with superuser(market, f"UPDATE order_share SET {change} WHERE {here}") as conn:
            disagreement = (await verify(conn)).disagreement
        assert disagreement is not None, (rank, change)
        assert (disagreement.table, disagreement.key["line"]) == ("order_share", "1"), (rank, change)


@pytest.mark.parametrize("rank", [0, 2, 5])
async def test_shares_that_gave_everything_back_are_told_apart_by_line(database: Database, rank: int) -> None:
    market = await Market.open(database)
    await market.accept(paid("100.00", item("60.00"), item("40.00", line="2")), SUCCEEDED)
    await market.accept(refunded("r1", "60.00"), refunded("r2", "40.00", line="2"))
    async with database.read(market.platform_id) as conn:
        assert (await verify(conn)).disagreement is None

    exchanged = (
        "UPDATE order_share AS s SET amount_minor = o.amount_minor, returned_minor = o.returned_minor"
        " FROM order_share AS o WHERE (o.platform_id, o.rank) = (s.platform_id, s.rank)"
        f" AND o.line_reference <> s.line_reference AND s.rank = {rank} AND s.platform_id = {market.platform_id}"
    )
    async with superuser(market, exchanged) as conn:
        disagreement = (await verify(conn)).disagreement

    assert disagreement is not None
    assert (disagreement.table, disagreement.key) == ("order_share", {"order": "O1", "line": "1"})
    assert isinstance(disagreement.found, dict)
    assert list(disagreement.found) == ["returned"]
