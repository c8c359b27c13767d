"""However long the stretches are that events are recorded in, books and documents are those of one event at a time."""

from typing import Any

import pytest

from ledger.charging import recording
from ledger.charging.recording import Recorded
from ledger.db.connecting import Database
from ledger.verify.verifying import verify
from tests.ledger.charging.market import Market, codes
from tests.ledger.charging.test_batches import again, stories
from tests.oracle.small_world import SUCCEEDED, Event, later, refunded

ORDERS = [f"O{number}" for number in range(8)]
# By names that every platform has, and without what counts platforms.
DOCUMENTS = [
    "SELECT reference, sequence, held_minor, frozen_minor, is_split, is_unfrozen, status FROM order_head ORDER BY 1",
    """
    SELECT order_reference, line_reference, refunded_goods_minor, fee_charged_minor, fee_returned_minor,
        fee_recovered_minor, fee_passed_back_minor, is_split
    FROM order_line ORDER BY 1, 2
    """,
    """
    SELECT order_reference, line_reference, rank, account_code, amount_minor, tax_minor, returned_minor, stands
    FROM order_share ORDER BY 1, 2, 3
    """,
    """
    SELECT order_reference, refund_reference, sequence, payable_minor, owed_minor, status
    FROM order_refund ORDER BY 1, 2
    """,
    """
    SELECT order_reference, refund_reference, line_reference, entry, cash_minor, claw_back_merchant_minor
    FROM order_refund_line ORDER BY 1, 2, 3
    """,
    "SELECT sequence, event_id, order_reference, kind FROM order_event ORDER BY 1",
    # A seal is made with the numbers of a platform's parties.
    "SELECT sequence, kind, subject, payload::jsonb - 'seal' FROM log_event WHERE subject LIKE 'order/%' ORDER BY 1",
]


async def read_documents(market: Market) -> list[list[tuple[Any, ...]]]:
    return [[tuple(row) for row in await market.rows(statement)] for statement in DOCUMENTS]


def refused(*orders: str) -> list[Event]:
    """What contradicts the stories of these orders."""
    return [{**again(SUCCEEDED, order), "id": f"{order} no"} for order in orders]


@pytest.mark.parametrize("entries", [1, 7, 250])
async def test_stretches_of_any_length_make_the_documents_of_one_event_at_a_time(
    database: Database, entries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = stories(*ORDERS)
    # Refused among the others, told again, of an order that nobody knows; and at last nothing but refusals, with which
    # the orders end.
    events = [*told[:40], *refused(*ORDERS), *told[30:], again(SUCCEEDED, "none"), *told[:3], *refused(*ORDERS)]
    at_once, singly = await Market.open(database), await Market.open(database)

    one_by_one = await singly.record(*events, size=1)
    monkeypatch.setattr(recording, "ENTRIES_AT_ONCE", entries)
    outcomes = await at_once.record(*events)

    assert codes(outcomes) == codes(one_by_one)
    assert [one for one in outcomes if isinstance(one, Recorded)] == [
        one for one in one_by_one if isinstance(one, Recorded)
    ]
    assert {"", "ORDER_MISSING", "ORDER_ALREADY_SUCCEEDED"} <= set(codes(outcomes))
    assert await at_once.accounts() == await singly.accounts()
    assert await read_documents(at_once) == await read_documents(singly)
    async with database.read(at_once.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


async def test_a_list_of_which_everything_is_refused_or_known_writes_nothing(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "ENTRIES_AT_ONCE", 1)
    told = stories(*ORDERS)
    await market.accept(*told)
    rows = await market.count_rows()

    outcomes = await market.record(*refused(*ORDERS), *told, again(refunded("9", "900.00"), "O1"), later("refund.paid"))

    assert codes(outcomes[8:-2]) == [""] * len(told)
    assert "" not in codes([*outcomes[:8], *outcomes[-2:]])
    assert await market.count_rows() == rows
