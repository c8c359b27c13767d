"""Money that went to another account than the party's, whatever kind of number both have."""

from pathlib import Path

import pytest

from ledger.db.connecting import Database
from ledger.settlement.payouts.accounts import register_payee_accounts
from ledger.settlement.payouts.model import PayeeAccountDraft
from ledger.settlement.payouts.numbers import read_number
from tests.app.channels.sandboxes import open_channel, open_sandbox
from tests.app.test_paying import ask, due, read, send
from tests.ledger.settlement.payouts.till import ACTOR, IBANS, Till


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"number": "6217-0001"}, "9999-9999"),
        ({"iban": IBANS[0]}, IBANS[1]),
        ({"iban": IBANS[0]}, "9999-9999"),
    ],
)
async def test_a_payout_that_went_to_another_account_is_not_believed(
    database: Database, tmp_path: Path, ours: dict[str, str], theirs: str
) -> None:
    till = await Till.open(database)
    draft = PayeeAccountDraft("M1", "M1-2", "CNY", read_number(reference="M1-2", holder="M1", **ours))
    async with till.database.write(till.platform_id) as conn:
        await register_payee_accounts(conn, drafts=[draft], actor=ACTOR, now=till.now)
    await till.sheet("M1", 50_00)
    (payout,) = await due(till)
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as sandbox:
        await bank.behave({"do": "accept", "account": theirs})
        await send(till, sandbox=sandbox)
        known = await ask(till, sandbox=sandbox)
        await bank.ask("/settle")
        await bank.ask("/statements")
        counts = await read(till, sandbox=sandbox)

    assert (known, counts.applied, await till.status(payout)) == (0, 0, "UNKNOWN")
    assert {refusal for _, refusal in await till.unmatched()} == {"ANSWER_ACCOUNT_DIFFERS"}
    assert await till.net("2190, 1010") == [50_00, -10_000_00]
