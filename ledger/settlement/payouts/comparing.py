"""Whether what a bank says is of what was sent: the same accounts, currency and amount."""

from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.money import format_amount
from ledger.settlement.payouts import account_sql
from ledger.settlement.payouts.errors import AnswerAccountDiffers, AnswerAmountDiffers, AnswerCurrencyDiffers, Why
from ledger.settlement.payouts.model import AnswerKind, BankAnswer, Payout, Secret
from ledger.settlement.payouts.numbers import is_another


class Accounts(NamedTuple):
    """The accounts of a payout: the IBANs of both, where they are such, and the number where it goes."""

    from_iban: Secret | None = None
    to_iban: Secret | None = None
    to_number: Secret | None = None


async def find_accounts(conn: Connection, *, payouts: Collection[Payout]) -> dict[int, Accounts]:
    """The accounts of these payouts, by number; one statement. They are shown to nobody."""
    rows = await account_sql.find_numbers(conn, payout_ids=sorted(payout.payout_id for payout in payouts))
    return {
        row["payout_id"]: Accounts(
            *(None if row[name] is None else Secret(row[name]) for name in ("from_iban", "to_iban", "to_number"))
        )
        for row in rows
    }


def name_accounts(kept: BankAnswer, said: BankAnswer) -> BankAnswer:
    """An answer that was kept, with the accounts that it names now that it is said again; they are not kept."""
    return replace(kept, from_iban=said.from_iban, to_iban=said.to_iban, to_number=said.to_number)


def compare_accounts(answer: BankAnswer, number: int, known: Accounts | None) -> LedgerError | None:
    """What moved must have left and reached the accounts that it was sent from and to, as far as both sides say so."""
    ours = known or Accounts()
    for which, said, iban in (("PAYER", answer.from_iban, ours.from_iban), ("PAYEE", answer.to_iban, ours.to_iban)):
        if said is not None and iban is not None and said != iban:
            return AnswerAccountDiffers(payout=number, which=which)
    said, goes = answer.to_number, ours.to_number
    if said is not None and goes is not None and is_another(said.reveal(), goes.reveal()):
        return AnswerAccountDiffers(payout=number, which="PAYEE")
    return None


def compare_amount(answer: BankAnswer, payout: Payout) -> LedgerError | None:
    """What moved must be what was sent; an acceptance or refusal need not say how much."""
    number, currency = payout.payout_id, payout.currency
    expected = format_amount(payout.net, currency=currency)
    if answer.currency and answer.currency != currency:
        return AnswerCurrencyDiffers(payout=number, given=answer.currency, expected=currency)
    if answer.amount is None:
        if answer.kind in (AnswerKind.PAID, AnswerKind.RETURNED):
            return AnswerAmountDiffers(payout=number, given=Why.WITHOUT_AMOUNT, currency=currency, expected=expected)
        return None
    if answer.amount != payout.net:
        given = format_amount(answer.amount, currency=currency)
        return AnswerAmountDiffers(payout=number, given=given, currency=currency, expected=expected)
    return None
