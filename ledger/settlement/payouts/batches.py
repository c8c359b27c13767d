"""What banks say of a whole message of ours: one verdict, or one debit, for all payments in it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.fields import cut_text
from ledger.journal.log import lock_log
from ledger.journal.model import Refused
from ledger.settlement.payouts import sql, submission_sql
from ledger.settlement.payouts.answering import record_bank_answers
from ledger.settlement.payouts.loading import to_payout
from ledger.settlement.payouts.model import AnswerKind, Applied, BankAnswer, PayoutStatus

_RELEASED = frozenset({PayoutStatus.FAILED, PayoutStatus.CANCELLED})


async def record_answer_on_message(
    conn: Connection, *, answer: BankAnswer, message_id: str, besides: Collection[str], actor: Actor, now: datetime
) -> list[Applied | Refused]:
    """
    Record one answer on a message as one on each of its payouts but those `besides`, by key, which have a word of their
    own; outcomes and refusals as record_bank_answers. The answer lacks the key.

    Under the log's lock from the first look at the payouts: which of them a debit is of changes with what others say.
    """
    await lock_log(conn)
    if answer.kind is AnswerKind.PAID:
        answers = await _divide(conn, answer, message_id)
    else:
        keys = await submission_sql.find_keys_of_message(conn, message_id=message_id)
        answers = [replace(answer, key=key, reference=key) for key in keys if key not in besides]
        if not keys and not besides:
            name = cut_text(message_id)
            answers = [replace(answer, key=name, reference=name)]
    return await record_bank_answers(conn, answers=answers, actor=actor, now=now)


async def _divide(conn: Connection, answer: BankAnswer, message_id: str) -> list[BankAnswer]:
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
