"""Payments that a bank books together: one debit for a whole message of ours."""

from dataclasses import replace

from ledger.db.transacting import Connection
from ledger.settlement.payouts import sql, submission_sql
from ledger.settlement.payouts.loading import to_payout
from ledger.settlement.payouts.model import BankAnswer, PayoutStatus

_RELEASED = frozenset({PayoutStatus.FAILED, PayoutStatus.CANCELLED})


async def divide_batch(conn: Connection, *, answer: BankAnswer, message_id: str) -> list[BankAnswer]:
    """
    What a payment of a whole message says of each of its payouts, but of those that were refused; two statements.

    Only where it is the sum of them: of another amount or currency nobody knows whose it is, and it stays one answer
    under the message's name. What the bank took besides (`fee`) is said with the first.
    """
    keys = await submission_sql.find_keys_of_message(conn, message_id=message_id)
    rows = await sql.find_payouts_by_key(conn, keys=keys) if keys else []
    payouts = [payout for payout in map(to_payout, rows) if payout.status not in _RELEASED]
    total = sum(payout.net for payout in payouts)
    if not payouts or total != answer.amount or {payout.currency for payout in payouts} != {answer.currency}:
        return [replace(answer, key=message_id)]
    return [
        replace(answer, key=payout.channel_key, amount=payout.net, fee=0 if place else answer.fee)
        for place, payout in enumerate(payouts)
    ]
