"""More payouts wait than one transaction looks at."""

from datetime import timedelta

import pytest

from ledger.settlement.payouts import submitting
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
