"""Own against submitted fees: every difference has a reason, and what is the same is not mentioned."""

from datetime import UTC, datetime
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.charging.fees.comparing import Difference, FeeKey, Reason, compare_fees
from ledger.errors import InvalidInput
from ledger.reporting.errors import PlaceGone
from ledger.reporting.fee_lines import ComparedOrder, ComparisonFilter, compare_orders
from ledger.reporting.model import Span
from tests.ledger.charging.fees.desk import Desk, fee
from tests.ledger.charging.market import Market
from tests.oracle.small_world import PARTIES, SUCCEEDED, item, paid, refunded
from tests.plans import count_rows, list_scans
from tests.statements import gather_asked

LE2 = {"reference": "LE2", "kind": "LEGAL_ENTITY", "name": "Other", "parent": "OP", "timeZone": "America/New_York"}
A, B, C = (FeeKey("O1", "1", 7, item, 1, "CNY") for item in ("A", "B", "C"))


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
    st.builds(
        FeeKey,
        st.sampled_from(["O1", "O2"]),
        st.sampled_from(["", "1", "2"]),
        *(st.integers(1, 2), st.just("A"), st.integers(1, 2), st.sampled_from(["CNY", "JPY"])),
    ),
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
    assert (compared.order, {each.key.currency for each in compared.differences}) == ("O1", {"CNY"})
    # After the refund of 10.00 there are 7.20 of commission, and 4.50 of the first level.
    assert found["", "COMMISSION"] == (Reason.AMOUNT_DIFFERS, -720, -800)
    assert not {("1", "GOODS"), ("2", "GOODS"), ("", "DISTRIBUTION_1")} & found.keys()
    assert found["1", "CHANNEL_FEE"] == (Reason.MISSING_SUBMITTED, -36, None)
    assert ("", "STORAGE") not in found


async def test_the_same_figures_of_another_currency_or_of_another_legal_entity_are_not_the_same(desk: Desk) -> None:
    market = desk.market = await Market.open(desk.market.database, parties=[*PARTIES, LE2])
    await market.accept(paid("100.00"), SUCCEEDED)
    place = {"order": "O1", "line": "1", "sku": "S", "compareOnly": True}
    await desk.accept(
        fee("1", "GOODS", "10000", currency="JPY", **place),
        fee("2", "COMMISSION", "8.00", settlementEntity="LE2", **place),
        fee("3", "CHANNEL_FEE", "0.60", **place),
    )

    async with market.database.read(market.platform_id) as conn:
        (compared,) = await compare_orders(conn, span=TEN)

    names = {row["party_id"]: row["reference"] for row in await market.rows("SELECT party_id, reference FROM party")}
    found = {
        (each.key.item, names[each.key.book_id], each.key.currency): (each.own, each.submitted)
        for each in compared.differences
        if names[each.key.party_id] == "M1" and each.key.item in ("GOODS", "COMMISSION", "CHANNEL_FEE")
    }
    assert found == {
        ("GOODS", "LE", "CNY"): (10_000, None),
        ("GOODS", "LE", "JPY"): (None, 10_000),
        ("COMMISSION", "LE", "CNY"): (-800, None),
        ("COMMISSION", "LE2", "CNY"): (None, -800),
    }


async def test_what_one_entity_collects_and_another_owes_is_compared_with_what_that_one_owes(desk: Desk) -> None:
    market = desk.market = await Market.open(desk.market.database, parties=[*PARTIES, LE2])
    await market.accept(paid("100.00", settlingEntity="LE2"), SUCCEEDED)
    place = {"order": "O1", "line": "1", "sku": "S", "compareOnly": True, "settlementEntity": "LE2"}
    amounts = {"GOODS": "100.00", "COMMISSION": "8.00", "CHANNEL_FEE": "0.60"}
    await desk.accept(*(fee(item, item, amount, **place) for item, amount in amounts.items()))

    async with market.database.read(market.platform_id) as conn:
        (compared,) = await compare_orders(conn, span=TEN)

    assert not amounts.keys() & {each.key.item for each in compared.differences}


TEN = Span(10)


async def compare(desk: Desk, *, span: Span = TEN, **wanted: Any) -> list[ComparedOrder]:
    async with desk.market.database.read(desk.market.platform_id) as conn:
        return await compare_orders(conn, span=span, matching=ComparisonFilter(**wanted))


def march(day: int) -> datetime:
    return datetime(2025, 3, day, tzinfo=UTC)


async def sell_on_days(desk: Desk, *days: int) -> None:
    """An order of 100.00 on each of these days of March, its name after the day."""
    await sell(desk, {f"O{day}": f"2025-03-{day:02}T10:00:00Z" for day in days})


async def sell(desk: Desk, orders: dict[str, str]) -> None:
    """Orders of 100.00, by name, paid and done at these instants."""
    documents = [
        (
            paid("100.00", key=f"paid {order}", order=order, at=when),
            SUCCEEDED | {"id": f"done {order}", "order": order, "occurredAt": when},
        )
        for order, when in orders.items()
    ]
    await desk.market.accept(*(document for pair in documents for document in pair))


async def test_of_a_period_the_orders_that_nothing_was_submitted_of_are_listed_where_asked_for(desk: Desk) -> None:
    await sell_on_days(desk, 1, 2, 3, 4)
    await desk.market.accept(paid("7.00", key="unsplit", order="O2b", at="2025-03-02T11:00:00Z"))
    whole = {"order": "O3", "line": "1", "sku": "S", "compareOnly": True}
    amounts = {"GOODS": "100.00", "COMMISSION": "8.00", "CHANNEL_FEE": "0.60"}
    await desk.accept(
        fee("elsewhere", "COMMISSION", "8.00", order="XX", line="1", sku="S", compareOnly=True),  # on 5 March
        *(fee(f"3 {item}", item, amount, **whole) for item, amount in amounts.items()),
    )
    period: dict[str, Any] = {"paid_from": march(2), "paid_to": march(4)}

    assert [each.order for each in await compare(desk)] == ["O3", "XX"]
    assert [each.order for each in await compare(desk, **period)] == ["O3"]
    assert [each.order for each in await compare(desk, paid_from=march(5))] == ["XX"]
    second, third = await compare(desk, **period, include_unmatched=True)

    assert (second.order, third.order) == ("O2", "O3")
    assert {each.reason for each in second.differences} == {Reason.MISSING_SUBMITTED}
    own = {each.key.item: each.own for each in second.differences if each.own is not None}
    assert (own["GOODS"], own["COMMISSION"], own["CHANNEL_FEE"]) == (10_000, -800, -60)
    assert all(each.submitted is None for each in second.differences)
    assert not amounts.keys() & {each.key.item for each in third.differences}


async def test_unmatched_orders_are_turned_page_by_page_both_ways(desk: Desk) -> None:
    await sell_on_days(desk, 11, 2, 3, 4, 5)
    await desk.accept(
        fee("3", "COMMISSION", "8.00", order="O3", line="1", sku="S", compareOnly=True),
        # Not here: each is of the first of its lines in the period.
        fee("X", "COMMISSION", "8.00", **compared("X"), occurredAt="2025-03-03T10:00:00Z"),
        fee("X again", "COMMISSION", "8.00", **compared("X"), occurredAt="2025-03-12T10:00:00Z"),
        fee("A", "COMMISSION", "8.00", **compared("A"), occurredAt="2025-03-02T10:00:00Z"),
        fee("Z", "COMMISSION", "8.00", **compared("Z"), occurredAt="2025-03-20T10:00:00Z"),
    )
    period: dict[str, Any] = {"paid_from": march(1), "paid_to": march(13), "include_unmatched": True}
    whole = ["A", "O2", "O3", "X", "O4", "O5", "O11"]
    assert [each.order for each in await compare(desk, **period)] == whole

    for size in (1, 2, 3, 7):
        assert await turn(desk, Span(size), **period) == whole
        assert await turn(desk, Span(size, backward=True), **period) == whole[::-1]
    assert await turn(desk, Span(1), paid_from=march(3), paid_to=march(13)) == ["O3", "X"]
    assert await turn(desk, Span(1, backward=True), paid_from=march(4)) == ["Z", "X"]
    assert await turn(desk, Span(1), paid_to=march(3)) == ["A"]
    assert await turn(desk, Span(1)) == ["A", "O3", "X", "Z"]
    assert await turn(desk, Span(3, backward=True)) == ["Z", "X", "O3", "A"]


def compared(order: str) -> dict[str, Any]:
    """What a line of an order says that is to be compared."""
    return {"order": order, "line": "1", "sku": "S", "compareOnly": True}


async def turn(desk: Desk, span: Span, **wanted: Any) -> list[str]:
    """The orders of all pages, one after the other."""
    found: list[str] = []
    while page := await compare(desk, span=span, **wanted):
        found += [each.order for each in page]
        place = page[-1].position
        span = span._replace(before=place) if span.backward else span._replace(after=place)
    return found


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("wanted", [{"paid_from": march(1), "paid_to": march(9), "include_unmatched": True}, {}])
async def test_a_page_reads_about_what_it_shows_however_long_the_period(
    desk: Desk, wanted: dict[str, Any], backward: bool
) -> None:
    orders = {f"O{number:03}": f"2025-03-05T10:{number // 60:02}:{number % 60:02}Z" for number in range(150)}
    await sell(desk, orders)
    lines = [
        fee(order, "COMMISSION", "8.00", occurredAt=when, **compared(order))
        for order, when in list(orders.items())[::2]
    ]
    strange = [
        fee(
            f"X{number}",
            "COMMISSION",
            "8.00",
            occurredAt=f"2025-03-06T10:{number:02}:00Z",
            **compared(f"X{number}"),
        )
        for number in range(20)
    ]
    await desk.accept(*lines, *strange)

    async with desk.market.database.read(desk.market.platform_id) as conn:
        with gather_asked(conn) as asked:
            span = Span(5, backward=backward)
            assert len(await compare_orders(conn, span=span, matching=ComparisonFilter(**wanted))) == 5
        scans = list(chain.from_iterable(await list_scans(conn, asked)))

    assert {scan["Relation Name"] for scan in scans} <= {"order_head", "fee_line", "entry", "log_head"}
    assert "Seq Scan" not in {scan["Node Type"] for scan in scans}
    assert max(count_rows(scan) for scan in scans) <= 30


async def test_statements_do_not_grow_with_the_orders_compared(desk: Desk) -> None:
    await sell_on_days(desk, 1, 2, 3)

    async with desk.market.database.read(desk.market.platform_id) as conn:
        with gather_asked(conn) as statements:
            matching = ComparisonFilter(march(1), march(9), include_unmatched=True)
            assert len(await compare_orders(conn, span=Span(10), matching=matching)) == 3

    assert len(statements) == 3


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"include_unmatched": True}, ("filter", "include_unmatched")),
        ({"include_unmatched": True, "paid_from": march(1)}, ("filter", "include_unmatched")),
        ({"paid_from": march(2), "paid_to": march(2)}, ("filter", "paid_to")),
    ],
)
async def test_unmatched_orders_need_a_period(desk: Desk, wanted: dict[str, Any], field: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await compare(desk, **wanted)

    assert refusal.value.field == field


async def test_another_line_of_an_order_that_is_not_here_does_not_move_it_in_its_period(desk: Desk) -> None:
    period: dict[str, Any] = {"paid_from": march(1), "paid_to": march(13)}
    await desk.accept(
        *(
            fee(order, "COMMISSION", "8.00", **compared(order), occurredAt=f"2025-03-{day:02}T10:00:00Z")
            for order, day in (("A", 2), ("B", 4), ("C", 6))
        )
    )
    (_, b) = await compare(desk, span=Span(2), **period)

    await desk.accept(fee("C again", "GOODS", "8.00", **compared("C"), occurredAt="2025-03-01T10:00:00Z"))

    assert [each.order for each in await compare(desk, span=Span(9, after=b.position), **period)] == ["C"]
    assert [each.order for each in await compare(desk, **period)] == ["A", "B", "C"]


async def test_a_page_is_refused_where_an_order_that_was_not_here_has_passed_its_cursor(desk: Desk) -> None:
    period: dict[str, Any] = {"paid_from": march(1), "paid_to": march(13)}
    await desk.accept(
        *(
            fee(order, "COMMISSION", "8.00", **compared(order), occurredAt=f"2025-03-{day:02}T10:00:00Z")
            for order, day in (("A", 2), ("B", 4), ("C", 6))
        )
    )
    a, b, c = await compare(desk, **period)

    await sell(desk, {"A": "2025-03-05T10:00:00Z", "N": "2025-03-03T10:00:00Z"})

    for span in (Span(9, after=a.position), Span(9, after=b.position), Span(9, backward=True, before=b.position)):
        with pytest.raises(PlaceGone):
            await compare(desk, span=span, **period)
    assert await compare(desk, span=Span(9, after=c.position), **period) == []
    assert [each.order for each in await compare(desk, span=Span(9, after=a.position[:2]), **period)] == ["B", "A", "C"]
    assert await turn(desk, Span(1), **period) == ["B", "A", "C"]
