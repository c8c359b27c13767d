"""Fee lines that were made elsewhere are booked on the same path, taken back at a frozen rate, and counted once."""

import json

from ledger.charging.fees.model import Submitted
from ledger.charging.fees.parsing import parse_fee_line
from ledger.charging.fees.submitting import submit_fee_lines
from ledger.journal.model import Refused
from tests.ledger.charging.fees.desk import OCCURRED, Desk, Document, back, fee
from tests.ledger.charging.market import ACTOR, NOW
from tests.ledger.outcomes import codes
from tests.oracle.small_world import SUCCEEDED, item, later, paid, refunded
from tests.statements import gather_asked

GOODS_ITEM = {
    "code": "SERVICE",
    "name": "Service",
    "direction": "CHARGE",
    "base": "GOODS",
    "tax": {"code": "VAT-6", "rate": "0.06"},
    "accounts": {"MERCHANT": "2010"},
    "contra": "4020",
}


async def test_a_charge_is_booked_with_the_tax_inside_it(desk: Desk) -> None:
    (line,) = await desk.accept(fee("L1", "STORAGE", "6.00"))

    assert await desk.lines("L1") == [("D", "2010", "M1", 600), ("C", "4020", "", 566), ("C", "2105", "", 34)]
    assert (line.amount, line.currency, line.replayed) == (600, "CNY", False)
    (entry,) = await desk.market.rows("SELECT * FROM entry")
    assert (entry["template"], entry["document"], entry["cause"]) == ("FEE_LINE", "fee-line/L1", "L1")
    assert (entry["sequence"], line.sequence) == (line.entry, line.entry + 1 if line.entry else 0)
    assert json.loads(entry["metadata"]) == {
        "fees": [
            {
                "amount": -600,
                "code": "2010",
                "item": "STORAGE",
                "party": (await desk.market.rows("SELECT party_id FROM party WHERE reference = 'M1'"))[0][0],
                "rule": "STORAGE/1",
                "tax": 34,
            }
        ]
    }
    (event,) = await desk.market.rows("SELECT * FROM log_event WHERE kind = 'fee_line.posted'")
    assert (event["sequence"], event["subject"], event["occurred_at"]) == (line.sequence, "fee-line/L1", OCCURRED)


def part(key: str, of: str, sku: str, rule: str, **more: str) -> Document:
    """What one thing of a bundle of 80.00 and a gift of 20.00 has of what was paid for both."""
    things = [{"sku": "A", "listPrice": "80.00"}, {"sku": "GIFT", "listPrice": "20.00", "gift": True}]
    return fee(key, of, order="X1", sku=sku, bundle={"rule": rule, "parts": things}, **more)


async def test_the_things_of_a_bundle_have_their_parts_of_its_price_and_of_what_is_charged_on_it(desk: Desk) -> None:
    await desk.accept(
        part("G1", "GOODS", "A", "LIST_PRICE", amount="100.00"),
        part("G2", "GOODS", "GIFT", "LIST_PRICE", amount="100.00"),
        part("C1", "COMMISSION", "A", "LIST_PRICE", base="100.00", rate="0.08"),
        part("C2", "COMMISSION", "GIFT", "LIST_PRICE", base="100.00", rate="0.08"),
    )

    rows = await desk.market.rows("SELECT amount_minor, base_minor FROM fee_line ORDER BY reference")
    assert [tuple(row) for row in rows] == [(640, 8_000), (160, 2_000), (8_000, None), (2_000, None)]


async def test_a_gift_may_have_no_part_and_then_nothing_is_booked_of_it(desk: Desk) -> None:
    whole, gift = await desk.submit(
        part("G1", "GOODS", "A", "GIFT_ZERO", amount="100.00"),
        part("G2", "GOODS", "GIFT", "GIFT_ZERO", amount="100.00"),
    )

    assert codes([whole, gift]) == ["", "FEE_IS_ZERO"]
    assert isinstance(whole, Submitted)
    assert whole.amount == 10_000


async def test_lines_of_an_invoice_bear_the_tax_of_its_total(desk: Desk) -> None:
    def line(number: int, **more: object) -> Document:
        said = {"amounts": ["1.00", "1.00", "1.00"], "line": number, **more}
        return fee(f"I{number}", "STORAGE", "1.00", invoice=said)

    await desk.accept(*(line(number) for number in (1, 2, 3)), fee("ALONE", "STORAGE", "1.00"))

    rows = await desk.market.rows("SELECT reference, tax_minor FROM fee_line ORDER BY reference")
    assert [tuple(row) for row in rows] == [("ALONE", 6), ("I1", 5), ("I2", 6), ("I3", 6)]
    assert [each.replayed for each in await desk.accept(line(1))] == [True]
    assert await desk.refuse(line(1, amounts=["1.00", "2.00"])) == "IDEMPOTENCY_CONFLICT"
    assert await desk.refuse(fee("I4", "STORAGE", "1.00", invoice={"amounts": ["1.01"], "line": 1})) == "INVALID_INPUT"


async def test_rebates_penalties_and_compensation_stand_on_their_accounts(desk: Desk) -> None:
    await desk.accept(
        fee("R", "REBATE_OFFSET", "175.00"), fee("P", "PENALTY", "30.00"), fee("C", "COMPENSATION", "12.50")
    )

    assert await desk.lines("R") == [("D", "2010", "M1", 17_500), ("C", "4050", "", 17_500)]
    assert await desk.lines("P") == [("D", "2010", "M1", 3_000), ("C", "4040", "", 3_000)]
    assert await desk.lines("C") == [("D", "5060", "", 1_250), ("C", "2010", "M1", 1_250)]


async def test_a_delivery_fee_bears_its_tax_inside(desk: Desk) -> None:
    await desk.accept(fee("J22", "DELIVERY", "6.00", order="X1"))

    assert await desk.lines("J22") == [("D", "2010", "M1", 600), ("C", "4020", "", 566), ("C", "2105", "", 34)]


async def test_goods_bought_at_the_supply_price_stand_on_the_purchase_account(desk: Desk) -> None:
    await desk.accept(fee("G", "PURCHASE_GOODS", "1500.00", order="X1", sku="S"))

    assert await desk.market.net("2080 M1, 5000, 2010 M1") == [150_000, -150_000, 0]


async def test_every_kind_of_party_has_its_own_account(desk: Desk) -> None:
    await desk.accept(
        fee("A", "PENALTY", "1.00", party="A1"),
        fee("D", "DISTRIBUTION_2", base="100.00", rate="0.03", party="D1", order="X1", sku="S"),
    )

    assert await desk.market.net("2020 A1, 2042 D1") == [-100, 300]


async def test_base_and_rate_make_the_amount_by_the_items_rounding(desk: Desk) -> None:
    # 0.6 % of 8.33 is 0.04998, of 0.84 it is 0.00504.
    first, second = await desk.accept(
        fee("1", "CHANNEL_FEE", base="8.33", rate="0.006", order="X1"),
        fee("2", "CHANNEL_FEE", "0.01", base="0.84", rate="0.006", order="X1"),
    )

    assert (first.amount, second.amount) == (5, 1)
    assert await desk.refuse(fee("3", "CHANNEL_FEE", base="0.83", rate="0.006", order="X1")) == "FEE_IS_ZERO"
    assert await desk.refuse(fee("4", "CHANNEL_FEE", "0.06", base="8.33", rate="0.006", order="X1")) == (
        "FEE_AMOUNT_MISMATCH"
    )
    metadata = json.loads((await desk.market.rows("SELECT metadata FROM entry ORDER BY sequence"))[0][0])
    (said,) = metadata["fees"]
    assert (said["base"], said["rate"], said["exact"], said["rounding"]) == (833, "0.006", "4.998", "HALF_UP")


async def test_the_same_line_counts_once_and_another_under_its_name_is_refused(desk: Desk) -> None:
    (first,) = await desk.accept(fee("L1", "STORAGE", "6.00"))
    (again,) = await desk.accept(fee("L1", "STORAGE", "6.0", source="PASSED_THROUGH"))
    (other,) = await desk.submit(fee("L1", "STORAGE", "6.01"))

    assert again == Submitted("L1", first.sequence, first.entry, 600, "CNY", True)
    assert isinstance(other, Refused)
    assert other.error.code == "IDEMPOTENCY_CONFLICT"
    assert await desk.market.net("2010 M1") == [-600]


async def test_a_line_that_comes_twice_in_one_batch_counts_once(desk: Desk) -> None:
    first, again = await desk.accept(fee("L1", "STORAGE", "6.00"), fee("L1", "STORAGE", "6.00"))

    assert (first.replayed, again.replayed, again.sequence) == (False, True, first.sequence)
    assert await desk.market.net("2010 M1") == [-600]


async def test_a_refused_line_leaves_its_neighbours_alone(desk: Desk) -> None:
    outcomes = await desk.submit(
        fee("1", "STORAGE", "1.00"), fee("2", "NOTHING", "1.00"), fee("3", "STORAGE", "-1"), fee("4", "STORAGE", "2.00")
    )

    assert codes(outcomes) == ["", "FEE_ITEM_MISSING", "AMOUNT_NOT_POSITIVE", ""]
    assert await desk.market.net("2010 M1") == [-300]


async def test_a_sale_and_its_full_return_item_by_item(desk: Desk) -> None:
    # The order is charged by another system; what never reverses stays.
    sale = {"order": "X1", "sku": "S"}
    await desk.accept(
        fee("goods", "GOODS", "100.00", **sale),
        fee("commission", "COMMISSION", base="100.00", rate="0.08", **sale),
        fee("delivery", "DELIVERY", "6.00", **sale),
        fee("payment", "CHANNEL_FEE", base="100.00", rate="0.006", **sale),
    )
    assert await desk.market.net("2010 M1") == [8_540]

    await desk.accept(
        back("goods back", "goods", "GOODS", "100.00"),
        back("commission back", "commission", "COMMISSION", base="100.00"),
        fee("return", "RETURN_SERVICE", "3.00", order="X1"),
    )

    assert await desk.market.net("2010 M1, 4000, 2105") == [-960, 0, 34 + 17]
    assert await desk.refuse(back("delivery back", "delivery", "DELIVERY", "6.00")) == "FEE_NOT_REVERSIBLE"
    assert await desk.refuse(back("payment back", "payment", "CHANNEL_FEE", "0.60")) == "FEE_NOT_REVERSIBLE"


async def test_a_reversal_keeps_the_rate_and_the_version_that_the_line_was_posted_with(desk: Desk) -> None:
    await desk.publish(GOODS_ITEM)
    await desk.accept(fee("L1", "SERVICE", base="100.00", rate="0.08"))
    await desk.publish({**GOODS_ITEM, "contra": "4040", "tax": {"code": "VAT-13", "rate": "0.13"}})

    steps = [
        await desk.accept(back(f"B{number}", "L1", "SERVICE", base=base))
        for number, base in enumerate(("33.33", "33.33", "33.34"))
    ]

    assert [line.amount for (line,) in steps] == [267, 266, 267]
    # Three parts of the tax of 0.45, all of it on the account of the version that it was posted with.
    assert await desk.market.net("2010 M1, 4020, 2105, 4040") == [0, 0, 0, 0]
    (row,) = await desk.market.rows(
        "SELECT reversed_minor, reversed_base_minor, reversed_tax_minor FROM fee_line WHERE reference = 'L1'"
    )
    assert tuple(row) == (800, 10_000, 45)
    assert await desk.refuse(back("B4", "L1", "SERVICE", "0.01")) == "FEE_REVERSAL_EXCEEDS"


async def test_a_line_and_its_reversal_may_come_in_one_batch(desk: Desk) -> None:
    outcomes = await desk.submit(
        fee("L1", "STORAGE", "10.00"), back("B1", "L1", "STORAGE", "4.00"), back("B2", "L1", "STORAGE", "6.01")
    )

    assert codes(outcomes) == ["", "", "FEE_REVERSAL_EXCEEDS"]
    assert await desk.market.net("2010 M1") == [-600]


async def test_a_reversal_is_of_what_it_takes_back(desk: Desk) -> None:
    await desk.accept(fee("L1", "STORAGE", "10.00", order="X1"), fee("N", "STORAGE", "1.00", compareOnly=True))
    await desk.accept(back("B1", "L1", "STORAGE", "4.00"))

    assert await desk.refuse(back("B", "L9", "STORAGE", "1.00")) == "FEE_LINE_MISSING"
    assert await desk.refuse(back("B", "L1", "PENALTY", "1.00")) == "FEE_LINE_MISMATCH"
    assert await desk.refuse(back("B", "L1", "STORAGE", "1.00", party="M2")) == "FEE_LINE_MISMATCH"
    assert await desk.refuse(back("B", "L1", "STORAGE", "1.00", currency="USD")) == "FEE_LINE_MISMATCH"
    assert await desk.refuse(back("B", "L1", "STORAGE", "1.00", order="X2")) == "FEE_LINE_MISMATCH"
    assert await desk.refuse(back("B", "N", "STORAGE", "1.00")) == "FEE_LINE_MISMATCH"
    assert await desk.refuse(back("B", "L1", "STORAGE", base="1.00")) == "FEE_LINE_MISMATCH"
    assert await desk.refuse(back("B", "B1", "STORAGE", "1.00")) == "FEE_NOT_REVERSIBLE"
    assert await desk.refuse(back("B", "L1", "STORAGE", "1.00", tax="0.99")) == "FEE_TAX_MISMATCH"


async def test_a_reversal_is_of_the_order_line_that_it_takes_back(desk: Desk) -> None:
    await desk.accept(fee("L1", "STORAGE", "10.00", order="X1", line="1"), fee("L2", "STORAGE", "10.00", order="X1"))

    assert await desk.refuse(back("B1", "L1", "STORAGE", "1.00", order="X1", line="2")) == "FEE_LINE_MISMATCH"
    await desk.accept(back("B1", "L1", "STORAGE", "1.00"), back("B2", "L1", "STORAGE", "1.00", order="X1", line="1"))
    # Of a fee of the whole order a part may be for one line.
    await desk.accept(back("B3", "L2", "STORAGE", "1.00", order="X1", line="2"))
    rows = await desk.market.rows("SELECT line_reference FROM fee_line WHERE reference LIKE 'B%' ORDER BY reference")
    assert [row["line_reference"] for row in rows] == ["1", "1", "2"]


async def test_what_is_computed_here_is_not_booked_a_second_time(desk: Desk) -> None:
    await desk.market.accept(paid("100.00"))

    line = fee("L1", "COMMISSION", "8.00", order="O1", line="1", sku="S")
    assert await desk.refuse(line) == "FEE_COMPUTED_HERE"
    assert await desk.refuse({**line, "line": "9", "compareOnly": True}) == "ORDER_LINE_MISSING"
    (noted,) = await desk.accept({**line, "compareOnly": True})
    await desk.accept(fee("L2", "PACKAGING", "1.00", order="O1", line="1", sku="S"))

    assert noted.entry is None
    assert await desk.lines("L1") == []
    (event,) = await desk.market.rows("SELECT sequence FROM log_event WHERE kind = 'fee_line.noted'")
    assert event["sequence"] == noted.sequence


async def test_what_another_system_has_booked_of_an_order_is_not_computed_here_as_well(desk: Desk) -> None:
    of_order = {"order": "O1", "line": "1", "sku": "S"}
    await desk.accept(
        fee("L1", "GOODS", "100.00", **of_order),
        fee("L2", "COMMISSION", "8.00", **of_order),
        fee("L3", "CHANNEL_FEE", "0.60", **of_order),
        fee("L4", "STORAGE", "1.00", **of_order),
        fee("L5", "DISTRIBUTION_FEE_1", "5.00", **of_order, compareOnly=True),
    )

    assert await desk.market.refuse(paid("100.00")) == "ORDER_CHARGED_ELSEWHERE"
    await desk.accept(back("B1", "L1", "GOODS", "40.00"), back("B2", "L2", "COMMISSION", "8.00"))
    assert await desk.market.refuse(paid("100.00")) == "ORDER_CHARGED_ELSEWHERE"
    await desk.accept(back("B3", "L1", "GOODS", "60.00"))

    # What is never given back keeps no order out: nobody could take it back.
    await desk.market.accept(paid("100.00"), SUCCEEDED)
    assert await desk.market.net("2010 M1, 1105") == [8_250 - 60 - 60 - 100, 0]
    assert await desk.refuse(fee("L6", "GOODS", "1.00", **of_order)) == "FEE_COMPUTED_HERE"


async def test_an_item_says_for_whom_it_is_and_what_its_lines_must_name(desk: Desk) -> None:
    assert await desk.refuse(fee("L", "STORAGE", "1.00", party="D1")) == "FEE_ITEM_NOT_FOR_PARTY"
    assert await desk.refuse(fee("L", "PACKAGING", "1.00", order="X1")) == "FEE_REFERENCE_MISSING"
    assert await desk.refuse(fee("L", "STORAGE", base="1.00", rate="0.5")) == "FEE_BASE_REFUSED"
    assert await desk.refuse(fee("L", "STORAGE", "1.00", party="M9")) == "PARTY_OF_KIND_MISSING"
    assert await desk.refuse(fee("L", "STORAGE", "1.00", party="LE")) == "PARTY_OF_KIND_MISSING"
    assert await desk.refuse(fee("L", "STORAGE", "1.00", settlementEntity="M1")) == "PARTY_OF_KIND_MISSING"


async def test_an_invoices_rounding_of_the_tax_counts_within_one_unit(desk: Desk) -> None:
    # Alone a line of 1.00 at 6 % has 0.06 inside; of an invoice of 3.00 one line has 0.05.
    await desk.accept(fee("L1", "STORAGE", "1.00", tax="0.05"), fee("L2", "STORAGE", "1.00", tax="0.06"))

    assert await desk.market.net("4020, 2105") == [189, 11]
    assert await desk.refuse(fee("L3", "STORAGE", "1.00", tax="0.04")) == "FEE_TAX_MISMATCH"
    assert await desk.refuse(fee("L3", "PENALTY", "1.00", tax="0.01")) == "FEE_TAX_MISMATCH"


async def test_a_closed_party_takes_no_new_lines_and_still_gives_and_gets_back(desk: Desk) -> None:
    await desk.accept(fee("L1", "STORAGE", "1.00", party="M2"))
    await desk.market.close("M2")

    assert await desk.refuse(fee("L2", "STORAGE", "1.00", party="M2")) == "PARTY_NOT_ACTIVE"
    await desk.accept(back("B1", "L1", "STORAGE", "1.00", party="M2"))


async def test_a_blocked_party_is_charged_and_not_credited(desk: Desk) -> None:
    await desk.market.block("M2")

    await desk.accept(fee("L1", "STORAGE", "1.00", party="M2"))
    assert await desk.refuse(fee("L2", "COMPENSATION", "1.00", party="M2")) == "PARTY_NOT_ACTIVE"


async def test_what_has_the_wrong_shape_is_refused_by_name(desk: Desk) -> None:
    good = fee("L1", "STORAGE", "1.00")
    for wrong in (
        {**good, "colour": "red"},
        {key: value for key, value in good.items() if key != "party"},
        {**good, "amount": 1},
        {**good, "base": "1.00"},
        {**good, "rate": "0.1"},
        {key: value for key, value in good.items() if key != "amount"},
        {**good, "line": "1"},
        {**good, "compareOnly": "yes"},
        {**good, "source": "GUESSED"},
        {**good, "reverses": "L0", "rate": "0.1"},
        {**good, "reverses": "L0", "base": "1.00"},
        {**good, "id": "a\u001fb"},
    ):
        (outcome,) = await desk.submit(wrong)
        assert isinstance(outcome, Refused)
        assert outcome.error.code in ("INVALID_INPUT", "AMOUNT_INVALID"), wrong


async def test_the_number_of_statements_does_not_depend_on_the_list(desk: Desk) -> None:
    async def count_statements(size: int) -> int:
        lines = [fee(f"{size}/{number}", "STORAGE", "1.00") for number in range(size)]
        lines += [back(f"{size}/B{number}", f"{size}/{number}", "STORAGE", "0.50") for number in range(size)]
        drafts = [parse_fee_line(line) for line in lines]
        async with desk.market.database.write(desk.market.platform_id) as conn:
            with gather_asked(conn) as statements:
                outcomes = await submit_fee_lines(conn, lines=drafts, actor=ACTOR, now=NOW)
        assert codes(outcomes) == [""] * len(drafts)
        return len(statements)

    await count_statements(1)

    assert await count_statements(2) == await count_statements(60)


async def test_the_refund_of_a_capture_takes_the_commission_of_its_capture(desk: Desk) -> None:
    # 10 % and 15 %: a blended rate would give 12.50 back.
    market = desk.market
    await market.accept(
        paid("100.00", item("100.00", category="ten"), referrer="D1"),
        {**paid("100.00", item("100.00", line="2", category="fifteen"), key="paid 2"), "channelTransaction": "t2"},
        later("order.succeeded"),
    )
    before = await market.net("4000, 2105")

    await market.accept(refunded("R1", "100.00"))

    after = await market.net("4000, 2105")
    assert sum(before) - sum(after) == 1_000


async def test_a_fee_of_years_ahead_is_refused(desk: Desk) -> None:
    late = fee("F1", "STORAGE", "1.00", occurredAt="2999-01-01T00:00:00Z")

    assert await desk.refuse(late) == "DATE_TOO_FAR_AHEAD"
    assert await desk.refuse({**late, "compareOnly": True}) == "DATE_TOO_FAR_AHEAD"
