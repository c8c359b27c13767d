"""
What became of answers: each is kept for good, with the reason where it was refused; read and written together.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.actor import Actor
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.keeping import keep_facts
from ledger.settlement.payouts import answer_sql as sql
from ledger.settlement.payouts import sql as payout_sql
from ledger.settlement.payouts.errors import AnswerConflict, AnswerRefused
from ledger.settlement.payouts.loading import to_payout
from ledger.settlement.payouts.model import AnswerKind, BankAnswer, Payout


@dataclass(slots=True)
class Fate:
    """
    What became of one answer. `mark` is the fingerprint of what was said, before anything was made of it; `answer_id`
    is 0 until it is written; a dismissed one is nobody's work.
    """

    answer: BankAnswer
    mark: bytes
    answer_id: int = 0
    payout: Payout | None = None
    refusal: LedgerError | None = None
    is_dismissed: bool = False

    @property
    def status(self) -> str:
        """APPLIED, UNMATCHED or DISMISSED."""
        if self.refusal is None:
            return "APPLIED"
        return "DISMISSED" if self.is_dismissed else "UNMATCHED"


# Who said something and under which name, of which payout, and whether it is of its way back.
Identity = tuple[str, str, str, bool]
# By identity, then by what was said: one identity may have come with several contents.
Known = dict[Identity, dict[bytes, Fate]]


def identify(answer: BankAnswer) -> Identity:
    """
    What an answer counts once by. Banks number the entries of each statement from one, and statements of each account
    likewise, and book a payment back under its own number: what is of another payout, or of the way back, is another
    answer.
    """
    return answer.source, answer.reference, answer.key, answer.kind is AnswerKind.RETURNED


async def find_known(conn: Connection, *, answers: Sequence[BankAnswer]) -> Known:
    """What came before under the names of these answers; two statements."""
    names = sorted({(answer.source, answer.reference) for answer in answers})
    if not names:
        return {}
    rows = await sql.find_answers(
        conn, sources=[source for source, _ in names], references=[reference for _, reference in names]
    )
    numbers = sorted({row["payout_id"] for row in rows if row["payout_id"]})
    found = await payout_sql.find_payouts(conn, payout_ids=numbers) if numbers else []
    payouts = {row["payout_id"]: to_payout(row) for row in found}
    known: Known = {}
    for row in rows:
        fate = to_fate(row, payouts=payouts)
        known.setdefault(identify(fate.answer), {})[row["fingerprint"]] = fate
    return known


def to_fate(row: sql.Row, *, payouts: Mapping[int, Payout]) -> Fate:
    """A row as a value; a refusal but that of a conflict is judged anew before anybody sees it."""
    answer = to_answer(row)
    fate = Fate(answer, row["fingerprint"], row["bank_answer_id"], payouts.get(row["payout_id"]))
    if row["refusal"] == AnswerConflict.code:
        fate.refusal = AnswerConflict(source=answer.source, reference=answer.reference)
    elif row["refusal"]:
        fate.refusal = AnswerRefused()
    fate.is_dismissed = row["status"] == "DISMISSED"
    return fate


def to_answer(row: sql.Row) -> BankAnswer:
    """What a bank said, of a row that keeps it."""
    return BankAnswer(
        source=row["source"],
        reference=row["reference"],
        kind=AnswerKind(row["kind"]),
        key=row["channel_key"],
        occurred_at=row["occurred_at"],
        amount=row["amount_minor"],
        currency=row["currency"],
        fee=row["fee_minor"],
        bank_reference=row["bank_reference"],
        reason=row["reason"],
    )


def name_subject(answer_id: int) -> str:
    """An answer as events and requests name it."""
    return f"bank-answer/{answer_id}"


async def write_fates(
    conn: Connection, *, fresh: Sequence[Fate], again: Sequence[Fate], actor: Actor, now: datetime
) -> None:
    """Keep new answers, and what became of those that had waited; two statements."""
    if fresh:
        rows = [_row(fate) for fate in fresh]
        columns = transpose(rows)
        numbers = await sql.insert_answers(conn, rows=columns, now=now, actor=actor.name)
        for fate, number in zip(fresh, numbers, strict=True):
            fate.answer_id = number
    if again:
        settled = [
            (fate.answer_id, fate.payout.payout_id if fate.payout else 0, fate.status, *_name_refusal(fate))
            for fate in again
        ]
        await sql.settle_answers(conn, rows=transpose(settled), now=now)


def _row(fate: Fate) -> tuple[object, ...]:
    answer = fate.answer
    return (
        fate.payout.payout_id if fate.payout else 0,
        answer.amount,
        answer.fee,
        answer.occurred_at,
        answer.source,
        answer.reference,
        answer.kind.value,
        answer.key,
        answer.currency,
        answer.bank_reference,
        answer.reason,
        fate.status,
        *_name_refusal(fate),
        fate.mark,
    )


def _name_refusal(fate: Fate) -> tuple[str, str, str | None]:
    refusal = fate.refusal
    return (refusal.code, str(refusal), keep_facts(refusal)) if refusal else ("", "", None)


def fingerprint(answer: BankAnswer) -> bytes:
    """SHA-256 of what an answer says, its identity left out."""
    said = [
        answer.kind.value,
        answer.key,
        answer.occurred_at.isoformat(),
        answer.amount,
        answer.currency,
        answer.fee,
        answer.bank_reference,
        answer.reason,
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).digest()
