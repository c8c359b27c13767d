"""Own against submitted fees: every difference has a reason, and what is the same is not mentioned."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.charging.fees.comparing import Difference, FeeKey, Reason, compare_fees
from ledger.reporting.fee_lines import compare_orders
from ledger.reporting.model import Span
from tests.ledger.charging.fees.desk import Desk, fee
from tests.oracle.small_world import SUCCEEDED, item, paid, refunded

A, B, C = (FeeKey("O1", "1", 7, item) for item in ("A", "B", "C"))


def test_each_side_may_lack_a_fee_or_have_another_amount() -> None:
    assert compare_fees({A: 100, B: -8, C: 5}, {A: 100, B: -7}) == [
        Difference(B, Reason.AMOUNT_DIFFERS, -8, -7),
        Difference(C, Reason.MISSING_SUBMITTED, 5, None),
    ]
    assert compare_fees({}, {A: 1}) == [Difference(A, Reason.MISSING_OWN, None, 1)]


def test_what_is_said_of_a_whole_order_is_compared_with_its_lines_together() -> None:
    second, whole = A._replace(line="2"), A._replace(line="")

    assert compare_fees({A: 60, second: 40}, {whole: 100}) == []
    assert compare_fees({A: 60, second: 40}, {whole: 99}) == [Difference(whole, Reason.AMOUNT_DIFFERS, 100, 99)]


def test_a_fee_that_was_taken_back_whole_is_not_missing_on_the_other_side() -> None:
    assert compare_fees({A: 0}, {}) == []
    assert compare_fees({}, {A: 0}) == []


_FEES = st.dictionaries(
    st.builds(FeeKey, st.sampled_from(["O1", "O2"]), st.sampled_from(["", "1", "2"]), st.integers(1, 2), st.just("A")),
    st.integers(-3, 3),
    max_size=8,
)


@given(own=_FEES, submitted=_FEES)
def test_the_differences_make_one_side_the_other(own: dict[FeeKey, int], submitted: dict[FeeKey, int]) -> None:
    differences = compare_fees(own, submitted)

    apart = sum((each.own or 0) - (each.submitted or 0) for each in differences)
    assert apart == sum(own.values()) - sum(submitted.values())
    assert compare_fees(own, own) == []
    assert all(each.own != each.submitted for each in differences)


async def test_another_systems_lines_are_compared_with_what_the_entries_carry(desk: Desk) -> None:
    market = desk.market
    await market.accept(paid("100.00", item("60.00"), item("40.00", line="2")), SUCCEEDED, refunded("R", "10.00"))
    await market.accept({**paid("5.00", key="other"), "order": "O2"})
    place = {"order": "O1", "sku": "S", "compareOnly": True}
    await desk.accept(
        fee("1", "GOODS", "50.00", line="1", **place),
        fee("2", "GOODS", "40.00", line="2", **place),
        fee("3", "COMMISSION", "8.00", **place),
        fee("4", "DISTRIBUTION_1", "4.50", party="D1", **place),
        fee("5", "STORAGE", "1.00", order="O1"),
    )

    async with market.database.read(market.platform_id) as conn:
        (compared,) = await compare_orders(conn, span=Span(10))

    found = {(each.key.line, each.key.item): (each.reason, each.own, each.submitted) for each in compared.differences}
    assert (compared.order, compared.currency) == ("O1", "CNY")
    # After the refund of 10.00 there are 7.20 of commission, and 4.50 of the first level.
    assert found["", "COMMISSION"] == (Reason.AMOUNT_DIFFERS, -720, -800)
    assert not {("1", "GOODS"), ("2", "GOODS"), ("", "DISTRIBUTION_1")} & found.keys()
    assert found["1", "CHANNEL_FEE"] == (Reason.MISSING_SUBMITTED, -36, None)
    assert ("", "STORAGE") not in found
