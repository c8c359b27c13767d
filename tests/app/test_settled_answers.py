"""Answers of a bank over real HTTP and files that need a person: other accounts, and less back than was paid."""

from pathlib import Path

import pytest

from app.channels.file.folders import FileChannel
from ledger.db.connecting import Database
from ledger.settlement.payouts.settling import settle_answer
from tests.app.channels.samples import pain002
from tests.app.channels.sandboxes import open_channel, open_sandbox
from tests.app.test_bank_files import hand_over, leave
from tests.app.test_paying import ask, due, read, send
from tests.ledger.settlement.payouts.till import ACTOR, Till

ELSEWHERE = "GB82WEST12345698765432"


async def test_what_came_back_less_a_charge_waits_with_its_reason_until_a_person_says_so(
    database: Database, tmp_path: Path
) -> None:
    till = await Till.open(database)
    await till.sheet("M1", 50_00)
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as sandbox:
        (payout,) = await due(till)
        await send(till, sandbox=sandbox)
        await bank.ask("/settle")
        await bank.ask("/statements")
        await bank.ask("/return", key=(await till.payout(payout)).channel_key, charge=2_00)
        await bank.ask("/statements")

        counts = await read(till, sandbox=sandbox)

    assert (counts.read, counts.applied, counts.unmatched) == (2, 1, 1)
    assert [refusal for _, refusal in await till.unmatched()] == ["ANSWER_AMOUNT_DIFFERS"]
    assert await till.net("2016 M1, 1010, 5010") == [0, -9_950_00, 0]
    (row,) = await till.market.rows("SELECT bank_answer_id FROM bank_answer WHERE status = 'UNMATCHED'")
    async with database.write(till.platform_id) as conn:
        await settle_answer(
            conn,
            answer_id=row["bank_answer_id"],
            charge=2_00,
            currency="CNY",
            reason="the bank's charge",
            actor=ACTOR,
            now=till.now,
        )
    assert await till.status(payout) == "RETURNED"
    assert await till.net("2016 M1, 1010, 5010") == [50_00, -9_998_00, -2_00]


async def test_a_transfer_that_goes_to_another_account_stays_unknown_and_its_answers_wait(
    database: Database, tmp_path: Path
) -> None:
    till = await Till.open(database)
    await till.sheet("M1", 50_00)
    async with open_sandbox(tmp_path) as bank, open_channel(bank) as sandbox:
        await bank.behave({"do": "accept", "account": ELSEWHERE})
        (payout,) = await due(till)
        await send(till, sandbox=sandbox)
        assert await ask(till, sandbox=sandbox) == 0
        await bank.ask("/settle")
        await ask(till, sandbox=sandbox)

    assert await till.status(payout) == "UNKNOWN"
    assert {refusal for _, refusal in await till.unmatched()} == {"ANSWER_ACCOUNT_DIFFERS"}
    assert await till.net("2190, 1010") == [50_00, -10_000_00]


@pytest.mark.parametrize("status", ["RJCT AC04", "ACSP", "ACSC"])
async def test_a_status_report_on_a_payment_to_another_account_moves_nothing(
    database: Database, tmp_path: Path, status: str
) -> None:
    till, payout, key = await hand_over(database, tmp_path)
    account = f"<OrgnlTxRef><CdtrAcct><Id><IBAN>{ELSEWHERE}</IBAN></Id></CdtrAcct></OrgnlTxRef></TxInfAndSts>"
    leave(tmp_path, "r.xml", pain002(f"{key} {status}").replace(b"</TxInfAndSts>", account.encode()))

    counts = await read(till, file=FileChannel(tmp_path))

    assert (counts.applied, counts.unmatched) == (0, 1)
    assert await till.status(payout) == "SUBMITTED"
    assert await till.unmatched() == [(f"S-{key}", "ANSWER_ACCOUNT_DIFFERS")]
    leave(tmp_path, "s.xml", pain002(f"{key} ACSP", message="R2"))
    assert (await read(till, file=FileChannel(tmp_path))).applied == 1
    assert await till.status(payout) == "ACCEPTED"
