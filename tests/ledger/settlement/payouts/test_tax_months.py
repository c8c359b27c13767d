"""Tax is counted in the month of the entry that withholds it, wherever a payout was created."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ledger.approvals.model import Kind
from ledger.journal.closing import close_period
from ledger.parties.finding import find_parties
from ledger.reporting.payout_preview import preview_run
from ledger.settlement.payouts.model import Verdict
from tests.ledger.settlement.payouts.test_laws import SEND, go_round_the_code
from tests.ledger.settlement.payouts.till import ACTOR, Till
from tests.ledger.settlement.second_person import ask_a_second_person

# The book is in Shanghai: 31 March ends at 16:00 UTC.
LAST = datetime(2026, 3, 31, 15, 59, tzinfo=UTC)
FIRST = LAST + timedelta(minutes=1)


@pytest.fixture
async def taxed(till: Till) -> Till:
    """D1 has tax withheld by the month."""
    till.now = LAST
    await till.pay_to("D1", iban="NL91ABNA0417164300", reference="D1-2", rule="CN-LABOUR")
    return till


async def earn(till: Till, amount: int) -> int:
    return await till.sheet("D1", amount, due=date(2026, 3, 1), role="DISTRIBUTOR")


async def create(till: Till) -> tuple[int, int, int]:
    """The one payout that a run makes: its number, what is paid and what is withheld."""
    created = await till.create_one(date(2026, 4, 30))
    return created.payout_id, created.draft.net, created.draft.withheld


async def months(till: Till) -> list[tuple[str, str, int]]:
    """Every entry that withholds: the month of the payout's tax, its own business date, and the tax."""
    rows = await till.market.rows(
        """
        SELECT p.tax_month, e.business_date, l.amount FROM payout AS p
        INNER JOIN entry AS e ON e.document = 'payout/' || p.payout_id AND e.template = 'PAYOUT_SUBMITTED'
        INNER JOIN line AS l ON l.sequence = e.sequence
        INNER JOIN account AS a ON a.account_id = l.account_id AND a.code = '2110'
        ORDER BY e.sequence
        """
    )
    return [(row[0].isoformat()[:7], row[1].isoformat(), row[2]) for row in rows]


async def test_what_is_sent_in_the_last_minute_of_a_month_is_taxed_in_it(taxed: Till):
    await earn(taxed, 3_500_00)
    payout, net, withheld = await create(taxed)

    assert (await taxed.submit()).payout_ids == (payout,)

    assert (net, withheld) == (2_960_00, 540_00)
    assert await months(taxed) == [("2026-03", "2026-03-31", 540_00)]


async def test_what_is_not_sent_by_the_end_of_its_month_is_cancelled_and_counted_in_the_next(taxed: Till):
    await earn(taxed, 3_500_00)
    payout, *_ = await create(taxed)
    await taxed.submit()
    late = await earn(taxed, 1_500_00)
    second, net, withheld = await create(taxed)
    assert (net, withheld) == (1_240_00, 260_00)  # 5,000.00 in March: 800.00, less 540.00

    taxed.now = FIRST
    sent = await taxed.submit()

    assert (sent.payout_ids, [(each.payout_id, each.reason) for each in sent.waiting]) == (
        (),
        [(second, "TAX_MONTH_PASSED")],
    )
    assert [await taxed.status(payout), await taxed.status(second)] == ["SUBMITTED", "CANCELLED"]
    assert await taxed.sheet_figures(late) == ("PAYMENT_PENDING", 1_500_00, 0, 0, 0)
    third, net, withheld = await create(taxed)
    assert (net, withheld) == (1_360_00, 140_00)  # 1,500.00 in April
    assert (await taxed.submit()).payout_ids == (third,)
    assert await months(taxed) == [("2026-03", "2026-03-31", 540_00), ("2026-04", "2026-04-01", 140_00)]


async def test_a_day_that_is_closed_moves_the_tax_with_its_entry(taxed: Till):
    await earn(taxed, 3_500_00)
    early, *_ = await create(taxed)
    async with taxed.database.write(taxed.platform_id) as conn:
        book = (await find_parties(conn, references=["LE"]))["LE"].party_id
        await close_period(conn, book_id=book, through=LAST.date(), actor=ACTOR, now=LAST)

    assert [each.reason for each in (await taxed.submit()).waiting] == ["TAX_MONTH_PASSED"]
    payout, *_ = await create(taxed)
    await taxed.submit()

    assert [await taxed.status(early), await taxed.status(payout)] == ["CANCELLED", "SUBMITTED"]
    assert await months(taxed) == [("2026-04", "2026-04-01", 540_00)]


async def test_what_failed_does_not_count_and_is_taxed_in_the_month_it_is_paid_in(taxed: Till):
    await earn(taxed, 3_500_00)
    payout, *_ = await create(taxed)
    await taxed.submit()
    taxed.now = FIRST
    await taxed.outcome(payout, Verdict.REFUSED)

    again = await taxed.retry(payout)
    await taxed.submit()

    assert again.draft.withheld == 540_00
    assert await months(taxed) == [("2026-03", "2026-03-31", 540_00), ("2026-04", "2026-04-01", 540_00)]
    assert await taxed.net("2110 D1") == [540_00]


async def test_a_preview_counts_a_tax_beside_what_its_run_creates_first(taxed: Till):
    """What takes the place of the payout that came to nothing leaves the tax of the other as it was."""
    await earn(taxed, 800_00)
    first, *_ = await create(taxed)
    await earn(taxed, 2_700_00)
    second, *_ = await create(taxed)
    await taxed.cancel(first)

    async with taxed.database.read(taxed.platform_id) as conn:
        foretold = await preview_run(conn, through=date(2026, 4, 30), now=taxed.now)
    third, _, withheld = await create(taxed)
    sent = await taxed.submit()

    assert ([each.draft.net for each in foretold.created], foretold.waiting) == ([800_00], ())
    assert (set(sent.payout_ids), sent.waiting, withheld) == ({second, third}, (), 0)


async def test_what_was_counted_beside_a_payout_that_came_to_nothing_is_counted_anew(taxed: Till):
    await earn(taxed, 800_00)
    first, *_ = await create(taxed)
    await earn(taxed, 2_700_00)
    second, _, withheld = await create(taxed)
    assert withheld == 540_00  # on 3,500.00
    await taxed.cancel(first)

    waiting = (await taxed.submit(second)).waiting

    assert [(each.payout_id, each.reason) for each in waiting] == [(second, "TAX_CHANGED")]
    assert await taxed.status(second) == "CANCELLED"
    both, net, withheld = await create(taxed)
    assert (net, withheld) == (2_960_00, 540_00)
    assert (await taxed.submit()).payout_ids == (both,)


async def test_what_is_not_paid_in_a_month_bears_none_of_its_tax(taxed: Till):
    await earn(taxed, 800_00)
    first, *_ = await create(taxed)
    await taxed.submit()
    await earn(taxed, 2_700_00)
    await create(taxed)
    await taxed.outcome(first, Verdict.REFUSED)

    await taxed.submit()
    again, net, withheld = await create(taxed)
    assert (await taxed.submit()).payout_ids == (again,)

    assert (net, withheld) == (2_320_00, 380_00)  # (2,700.00 - 800.00) * 20 %
    taxed.now = FIRST
    assert (await taxed.retry(first)).draft.withheld == 0


async def test_what_was_counted_anew_in_the_same_month_keeps_its_tax(taxed: Till):
    await earn(taxed, 800_00)
    first, *_ = await create(taxed)
    await taxed.submit()
    await earn(taxed, 2_700_00)
    second, *_ = await create(taxed)
    await taxed.outcome(first, Verdict.REFUSED)
    again = await taxed.retry(first)

    sent = await taxed.submit()

    assert again.draft.withheld == 0  # 540.00 on 3,500.00 is withheld already
    assert sent.payout_ids == (second, again.payout_id)


async def test_an_approval_ends_with_the_month_that_it_was_asked_for(taxed: Till):
    await ask_a_second_person(taxed.market, Kind.PAYOUT)
    await earn(taxed, 3_500_00)
    await create(taxed)
    taxed.now = FIRST

    await taxed.submit()

    (row,) = await taxed.market.rows("SELECT status FROM approval")
    assert row["status"] == "STALE"


async def test_a_payout_without_tax_is_sent_in_any_month(till: Till):
    till.now = LAST
    await till.sheet("M1", 10_00)
    payout = (await till.create_one(date(2026, 3, 31))).payout_id
    till.now = FIRST

    assert (await till.submit()).payout_ids == (payout,)


async def test_the_database_lets_no_tax_of_another_month_be_withheld(taxed: Till):
    await taxed.sheet("M1", 10_00)
    first = (await taxed.create_one(date(2026, 3, 31))).payout_id
    await taxed.submit(first)
    await earn(taxed, 3_500_00)
    payout, *_ = await create(taxed)
    late = SEND.replace("submitted_at = created_at", "submitted_at = created_at + interval '1 minute'")

    with pytest.raises(Exception, match="TAX_MONTH_PASSED"):
        await go_round_the_code(taxed, late, payout)
