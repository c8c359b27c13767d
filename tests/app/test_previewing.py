"""What a preview says of payouts is what the run after it does, and says."""

from datetime import UTC, date, datetime

import pytest

from app.paying import sending
from app.previewing import preview_paying
from ledger.db.connecting import Database
from ledger.settlement.payouts.model import Run
from tests.ledger.settlement.payouts.till import ACTOR, Till

APRIL = datetime(2026, 4, 1, 9, tzinfo=UTC)


async def preview(till: Till) -> Run:
    return await preview_paying(till.database, platform_id=till.platform_id, actor=ACTOR, through=None, now=till.now)


async def run(till: Till) -> tuple[Run, sending.Sent]:
    created = await sending.create_due(till.database, till.platform_id, now=till.now, actor=ACTOR)
    sent = await sending.submit(till.database, till.platform_id, now=till.now, actor=ACTOR, channels={})
    return created, sent


def tell(told: Run) -> list[tuple[int | tuple[int, ...], int, str]]:
    """What is paid, by party, and what waits, by sheets."""
    paid = [(each.draft.party_id, each.draft.net, "") for each in told.created]
    return paid + [(each.sheet_ids, each.amount, each.reason) for each in told.waiting]


async def test_what_a_payout_leaves_of_a_sheet_waits_in_the_preview_and_in_the_run(database: Database):
    till = await Till.open(database, step_minor=1_00)
    sheet = await till.sheet("M1", 30_55)

    foretold = await preview(till)
    created, sent = await run(till)

    (party,) = {each.draft.party_id for each in created.created}
    assert tell(foretold) == tell(created) == [(party, 30_00, ""), ((sheet,), 55, "BELOW_STEP")]
    assert sent.waiting == ()
    # The next run makes nothing of it: while that payout is under way nobody takes anything of the sheet.
    assert tell(await preview(till)) == tell((await run(till))[0]) == [((sheet,), 55, "CLAIMED_MEANWHILE")]


@pytest.mark.parametrize("cash", [20_00, 2_000_00])
async def test_a_payout_that_its_tax_has_outdated_keeps_nobody_else_from_money(database: Database, cash: int):
    till = await Till.open(database, cash=cash)
    await till.pay_to("D1", iban="NL91ABNA0417164300", reference="D1-2", rule="CN-LABOUR")
    taxed = await till.sheet("D1", 3_500_00, role="DISTRIBUTOR")
    (outdated,) = (await till.create()).created
    assert [each.reason for each in (await till.submit()).waiting] == ["BANK_BALANCE"]
    till.now = APRIL
    sheet = await till.sheet("M1", 50_00, due=date(2026, 4, 1))

    foretold = await preview(till)
    created, sent = await run(till)

    late = [((taxed,), 2_960_00, "TAX_MONTH_PASSED")]
    short = [((sheet,), 50_00, "BANK_BALANCE")] if cash < 50_00 else []
    assert tell(foretold) == tell(created) + late + short
    waiting = {each.payout_id: each.reason for each in sent.waiting}
    assert waiting.pop(outdated.payout_id) == "TAX_MONTH_PASSED"
    assert list(waiting.values()) == [reason for _, _, reason in short]


async def test_the_sheets_of_what_would_wait_are_listed_as_the_payout_lists_them(database: Database):
    till = await Till.open(database, cash=10_00)
    late, early = await till.sheet("M1", 30_00), await till.sheet("M1", 20_00, due=date(2026, 2, 2))

    foretold = await preview(till)
    _, sent = await run(till)

    assert tell(foretold)[1:] == [((late, early), 50_00, "BANK_BALANCE")]
    assert [(each.sheet_ids, each.reason) for each in sent.waiting] == [((late, early), "BANK_BALANCE")]
