"""The database refuses what the code would never write; random histories keep every figure of a line."""

from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.charging.fees.model import Submitted
from ledger.charging.fees.standard_items import COMPUTED_HERE, STANDARD_ITEMS
from tests.ledger.charging.fees.desk import Desk, back, fee
from tests.ledger.charging.market import Market
from tests.oracle.small_world import paid


async def break_law(desk: Desk, statement: str, *arguments: Any) -> str:
    with pytest.raises(asyncpg.PostgresError) as refused:
        async with desk.market.database.write(desk.market.platform_id) as conn:
            await conn.execute(statement, *arguments)
    return str(refused.value)


CODES = [item.code for item in STANDARD_ITEMS]
COPY = """
    INSERT INTO fee_line
    SELECT (jsonb_populate_record(f, $1::text::jsonb)).* FROM fee_line AS f WHERE f.reference = 'L1'
"""


async def test_a_fee_line_is_final_and_stays(desk: Desk) -> None:
    await desk.accept(fee("L1", "STORAGE", "10.00"))

    assert "FEE_LINE_IS_FINAL" in await break_law(desk, "UPDATE fee_line SET amount_minor = 1")
    assert "FEE_LINE_IS_FINAL" in await break_law(desk, "UPDATE fee_line SET party_id = party_id + 1")
    assert "permission denied" in await break_law(desk, "DELETE FROM fee_line")
    assert "permission denied" in await break_law(desk, "UPDATE fee_item SET content = ''")


async def test_what_is_computed_here_of_an_order_is_booked_once(desk: Desk) -> None:
    await desk.market.accept(paid("100.00"))
    await desk.accept(fee("L1", "GOODS", "10.00", order="X1", sku="S"))

    of_known = '{"reference": "L2", "sequence": 900, "order_reference": "O1"}'
    assert "FEE_COMPUTED_HERE" in await break_law(desk, COPY, of_known)
    copied = """
        INSERT INTO order_head
        SELECT (jsonb_populate_record(o, '{"reference": "X1", "sequence": 900}')).* FROM order_head AS o
    """
    assert "ORDER_CHARGED_ELSEWHERE" in await break_law(desk, copied)
    computed = await desk.market.rows(
        "SELECT code FROM unnest($1::text[]) AS k (code) WHERE is_computed_here(code)", CODES
    )
    assert {row["code"] for row in computed} == COMPUTED_HERE


async def test_what_was_taken_back_is_what_reversals_say(desk: Desk) -> None:
    await desk.accept(fee("L1", "STORAGE", "10.00"))

    assert "FEE_LINE_REVERSED_WRONGLY" in await break_law(desk, "UPDATE fee_line SET reversed_minor = 1")
    assert "fee_line_reversed_at_most_once" in await break_law(desk, "UPDATE fee_line SET reversed_minor = 1001")
    reversal = '{"reference": "B1", "sequence": 900, "entry": 899, "reverses": "L1", "direction": "CREDIT"}'
    assert "FEE_LINE_REVERSED_WRONGLY" in await break_law(desk, COPY, reversal)
    unbooked = '{"reference": "L2", "sequence": 900, "entry": null}'
    assert "fee_line_is_booked_or_compared" in await break_law(desk, COPY, unbooked)


async def test_an_item_that_never_reverses_takes_no_reversal_in_the_database_either(desk: Desk) -> None:
    await desk.accept(fee("L1", "PACKAGING", "10.00", order="X1", sku="S"))

    statement = f"""
        WITH reversal AS ({COPY})
        UPDATE fee_line SET reversed_minor = 1000, reversed_tax_minor = tax_minor WHERE reference = 'L1'
    """
    reversal = '{"reference": "B1", "sequence": 900, "entry": 899, "reverses": "L1", "direction": "CREDIT"}'
    assert "FEE_LINE_REVERSED_WRONGLY" in await break_law(desk, statement, reversal)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    base=st.integers(min_value=1, max_value=50_000),
    rate=st.sampled_from(["0.006", "0.08", "0.5", "1"]),
    parts=st.lists(st.tuples(st.booleans(), st.integers(min_value=1, max_value=20_000)), max_size=8),
)
async def test_random_reversals_never_exceed_a_line_and_add_up_exactly(
    market: Market, base: int, rate: str, parts: list[tuple[bool, int]]
) -> None:
    desk = Desk(market)
    (count,) = (await market.rows("SELECT count(*) FROM fee_line"))[0]
    await desk.publish(
        {
            "code": "RATED",
            "name": "Rated",
            "direction": "CHARGE",
            "base": "GOODS",
            "tax": {"code": "T", "rate": "0.06"},
            "accounts": {"MERCHANT": "2010"},
            "contra": "4020",
        }
    )
    (first,) = await desk.submit(fee(f"L{count}", "RATED", base=_decimal(base), rate=rate))
    if not isinstance(first, Submitted):
        return
    before = await market.net("2010 M1, 4020, 2105")
    reversals = [
        back(f"B{count}/{number}", f"L{count}", "RATED", **{"base" if by_base else "amount": _decimal(size)})
        for number, (by_base, size) in enumerate(parts)
    ]
    outcomes = await desk.submit(*reversals)
    taken = sum(outcome.amount for outcome in outcomes if isinstance(outcome, Submitted))

    (row,) = await market.rows("SELECT * FROM fee_line WHERE reference = $1", f"L{count}")
    assert row["reversed_minor"] == taken <= first.amount
    after = await market.net("2010 M1, 4020, 2105")
    net, tax = before[1] - after[1], before[2] - after[2]
    assert (after[0] - before[0], net + tax, tax) == (taken, taken, row["reversed_tax_minor"])
    if taken < first.amount:
        await desk.accept(back(f"B{count}/rest", f"L{count}", "RATED", _decimal(first.amount - taken)))
    # Whatever the parts were, all of it is all of its tax.
    ((reversed_tax, whole_tax),) = await market.rows(
        "SELECT reversed_tax_minor, tax_minor FROM fee_line WHERE reference = $1", f"L{count}"
    )
    assert (reversed_tax, await market.net("2010 M1, 4020, 2105")) == (whole_tax, [0, 0, 0])


def _decimal(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"
