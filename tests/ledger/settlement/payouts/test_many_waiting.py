"""More payouts wait than one transaction looks at."""

from datetime import timedelta

import pytest

from ledger.reporting.payout_preview import preview_run
from ledger.reporting.payout_queue import find_waits
from ledger.settlement.payouts import submitting
from ledger.settlement.payouts.model import AnswerKind, Verdict
from ledger.settlement.payouts.planning import Reason
from tests.ledger.settlement.payouts.till import IBANS, TODAY, Till


async def test_payouts_of_an_account_without_money_keep_those_of_another_from_nothing(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submitting, "MOST_WAITING", 2)
    await till.fund(-9_999_00)
    for party, iban in zip(("M1", "D1", "A1"), IBANS, strict=True):
        await till.sheet(party, 50_00, due=TODAY - timedelta(days=9))
        await till.pay_to(party, iban=iban, reference=f"{party}-usd", currency="USD")
    poor = [each.payout_id for each in (await till.create()).created]
    await till.pay_from(currency="USD")
    await till.fund(100_00, currency="USD")
    await till.sheet("M1", 60_00, currency="USD")
    await till.sheet("D1", 60_00, currency="USD")
    rich = [each.payout_id for each in (await till.create()).created]

    sent = await till.submit()

    assert sent.payout_ids == (rich[0],)
    assert [(each.payout_id, each.reason) for each in sent.waiting] == [(poor[0], "BANK_BALANCE")]
    assert [(each.payout_id, each.reason) for each in (await till.submit()).waiting] == [
        (poor[0], "BANK_BALANCE"),
        (rich[1], "BANK_BALANCE"),
    ]


async def test_a_preview_passes_by_what_a_bank_says_was_paid_as_the_run_does(till: Till) -> None:
    await till.sheet("M1", 9_000_00, due=TODAY - timedelta(days=9))
    first = (await till.create_one()).payout_id
    await till.submit()
    await till.outcome(first, Verdict.REFUSED)
    second = (await till.retry(first)).payout_id
    await till.answer(AnswerKind.PAID, first)  # after its refusal, and after it was created again
    await till.sheet("D1", 9_000_00)

    async with till.database.read(till.platform_id) as conn:
        run = await preview_run(conn, through=TODAY, now=till.now)
    third = (await till.create_one()).payout_id
    async with till.database.read(till.platform_id) as conn:
        waits = await find_waits(conn, payout_ids=[second, third], now=till.now)
    sent = await till.submit()

    assert [each.draft.net for each in run.created] == [9_000_00]
    assert [(each.payout_id, each.reason) for each in run.waiting] == [(second, "BANK_SAYS_PAID")]
    assert waits == {second: Reason.BANK_SAYS_PAID}
    assert sent.payout_ids == (third,)
    assert [(each.payout_id, each.reason) for each in sent.waiting] == [(second, "BANK_SAYS_PAID")]
