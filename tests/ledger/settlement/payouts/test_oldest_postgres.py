"""Payouts on the oldest PostgreSQL that we support."""

from ledger.db.connecting import Database
from ledger.settlement.payouts.model import AnswerKind, Applied
from tests.ledger.outcomes import codes
from tests.ledger.settlement.payouts.till import Till, make_answer


async def test_a_payout_goes_to_the_bank_and_back_and_out_again(fresh_database_16: str):
    database = await Database.connect(fresh_database_16)
    try:
        till = await Till.open(database)
        sheet = await till.sheet("M1", 50_00)
        first = (await till.create_one()).payout_id
        await till.pay(first)
        assert isinstance(await till.answer(AnswerKind.RETURNED, first), Applied)
        second = (await till.retry(first)).payout_id
        await till.pay(second)
        unknown = await till.answers(make_answer(AnswerKind.PAID, "SB9-P9", amount=1))

        assert codes(unknown) == ["ANSWER_UNKNOWN_PAYOUT"]
        assert await till.sheet_figures(sheet) == ("PAID", 0, 50_00, 50_00, 0)
        assert await till.net("2015 M1, 2016 M1, 2190, 1010") == [0, 0, 0, -9_950_00]
    finally:
        await database.close()
