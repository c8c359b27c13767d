"""What the database alone refuses, whoever asks: the program's own role, with rows that the program would not write."""

import asyncpg
import pytest

from tests.ledger.charging.market import Market
from tests.oracle.small_world import SUCCEEDED, later, paid, refunded


async def refusal(market: Market, statement: str) -> str:
    """The law that a statement of the program's role meets."""
    with pytest.raises(asyncpg.PostgresError) as refused:
        async with market.database.write(market.platform_id) as conn:
            await conn.execute(statement)
    error = refused.value
    return str(getattr(error, "constraint_name", None) or error)


@pytest.fixture
async def sold(market: Market) -> Market:
    """An order of 100.00 that is split, with one open refund of 30.00."""
    await market.accept(paid("100.00"), SUCCEEDED, refunded("1", "30.00"))
    return market


@pytest.mark.parametrize(
    ("law", "statement"),
    [
        ("order_funds_are_not_overdrawn", "UPDATE order_head SET is_split = false, held_minor = -1"),
        ("split_order_holds_nothing", "UPDATE order_head SET held_minor = 1"),
        ("unfrozen_order_has_nothing_frozen", "UPDATE order_head SET is_unfrozen = true"),
        ("refund_owes_what_it_has_not_paid", "UPDATE order_refund SET owed_minor = owed_minor - 1"),
        ("refund_owes_what_it_has_not_paid", "UPDATE order_refund SET status = 'PAID'"),
        ("refund_owes_what_it_has_not_paid", "UPDATE order_refund SET payable_minor = 0, owed_minor = -1"),
        ("nobody_gives_back_more_than_he_got", "UPDATE order_share SET returned_minor = amount_minor + 1"),
        ("nobody_gives_back_more_than_he_got", "UPDATE order_share SET returned_minor = -1 WHERE rank = 0"),
        ("refunds_are_within_the_line", "UPDATE order_line SET refunded_goods_minor = goods_minor + 1"),
        ("refunds_are_within_the_line", "UPDATE order_line SET refunded_delivery_minor = 1"),
        ("channel_fee_returns_at_most_once", "UPDATE order_line SET fee_returned_minor = fee_charged_minor + 1"),
        (
            "recovered_fee_is_passed_back_at_most_once",
            "UPDATE order_line SET fee_passed_back_minor = fee_recovered_minor + 1",
        ),
        ("share_is_of_its_rank", "UPDATE order_share SET account_code = '2010' WHERE rank = 5"),
        ("share_is_of_its_rank", "UPDATE order_share SET party_id = NULL WHERE rank = 0"),
    ],
)
async def test_a_document_cannot_say_what_money_cannot_do(sold: Market, law: str, statement: str) -> None:
    assert await refusal(sold, statement) == law


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE order_share SET returned_minor = returned_minor + 1 WHERE rank = 0",
        "UPDATE order_share SET amount_minor = amount_minor + 1 WHERE rank = 5",
        "UPDATE order_line SET refunded_goods_minor = refunded_goods_minor - 1",
        "UPDATE order_line SET is_split = false",
        """
        INSERT INTO order_share (platform_id, order_reference, line_reference, rank, account_code, party_id,
            amount_minor, tax_minor, returned_minor, returned_tax_minor, stands)
        SELECT platform_id, order_reference, 'no such line', rank, account_code, party_id, 0, 0, 0, 0, 'PARTY'
        FROM order_share WHERE rank = 0
        """,
    ],
)
async def test_the_shares_of_a_line_are_always_what_is_left_of_its_goods(sold: Market, statement: str) -> None:
    assert "SHARES_UNEVEN" in await refusal(sold, statement)


@pytest.mark.parametrize(
    "change",
    ["merchant_id = 0", "agent_id = NULL", "chain = '{}'", "plan_version = 7", "rates = '{}'", "goods_minor = 1"],
)
async def test_what_was_frozen_on_a_line_stays(sold: Market, change: str) -> None:
    assert "FROZEN_ON_THE_ORDER" in await refusal(sold, f"UPDATE order_line SET {change}")


@pytest.mark.parametrize("table", ["order_event", "order_refund_line", "fee_plan"])
async def test_what_happened_is_never_changed(sold: Market, table: str) -> None:
    assert "permission denied" in await refusal(sold, f"UPDATE {table} SET platform_id = platform_id")


@pytest.mark.parametrize(
    "table", ["order_head", "order_line", "order_share", "order_refund", "order_refund_line", "order_event", "fee_plan"]
)
async def test_documents_are_never_removed(sold: Market, table: str) -> None:
    assert "permission denied" in await refusal(sold, f"DELETE FROM {table}")


async def test_an_item_in_suspense_is_never_overdrawn_and_holds_nothing_once_released(market: Market) -> None:
    await market.accept(paid("100.00"))
    await market.block("D2")
    await market.accept(SUCCEEDED)

    assert await refusal(market, "UPDATE suspense_item SET amount_minor = -1") == "suspense_is_not_overdrawn"
    assert await refusal(market, "UPDATE suspense_item SET status = 'OWNER'") == "released_item_holds_nothing"


async def test_rows_of_one_platform_are_not_there_for_another(sold: Market, market: Market) -> None:
    await market.accept(later("refund.paid", refund="1"))
    other = await Market.open(market.database)

    for table in ("order_head", "order_line", "order_share", "order_refund", "order_event", "suspense_item"):
        assert await other.rows(f"SELECT 1 FROM {table}") == []
