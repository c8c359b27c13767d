"""
Payments that a bank told of late and that nobody books alone: of a payout that failed, between accounts of which one
was replaced since, to a party that is blocked by now, or where payouts need approval. A person asks; once a second one
agrees, a payout in the failed one's place, between the accounts of then, claims the sheets (or what came back of
another that was paid in its place) and is PAID without being sent.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.actor import Actor
from ledger.approvals.digests import digest_content, write_content
from ledger.approvals.errors import ApprovalStale
from ledger.approvals.finding import find_granted
from ledger.approvals.model import ApprovalRequest, Decided, Kind, Requested, Status
from ledger.approvals.requesting import request_approvals
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.log import lock_log
from ledger.journal.model import Refused
from ledger.money import format_amount
from ledger.parties.finding import find_parties_by_id
from ledger.parties.model import Party
from ledger.settlement.payouts import answer_sql
from ledger.settlement.payouts.answering import dismiss_answers, record_bank_answers
from ledger.settlement.payouts.comparing import compare_amount
from ledger.settlement.payouts.errors import AnswerNotLate, BankAnswerEnded, BankAnswerMissing, BankAnswerNotSettled
from ledger.settlement.payouts.fates import name_subject, to_answer
from ledger.settlement.payouts.loading import load_payouts
from ledger.settlement.payouts.model import AnswerKind, BankAnswer, Late, Payout, PayoutStatus
from ledger.settlement.payouts.settling import (
    SETTLED,
    check_charge,
    check_paid_once,
    find_returned,
    replace_failed,
    restate,
)


@dataclass(frozen=True, slots=True)
class _Told:
    """
    What a bank told, how that stands, the payout that failed and that it is of, and the one that was paid in its place
    and came back, whose money it then takes.
    """

    answer_id: int
    answer: BankAnswer
    status: str
    refusal: str
    failed: Payout
    returned: Payout | None
    parties: Mapping[int, Party]


async def request_late_payment(
    conn: Connection,
    *,
    answer_id: int,
    reason: str,
    actor: Actor,
    now: datetime,
    charge: int = 0,
    currency: str = "",
) -> Requested:
    """
    Ask for a payment to be booked that a bank told of after its payout had failed; a second person always decides.
    `charge`, in minor units of `currency`, is what the bank took inside the amount. Asked again once it was granted, it
    is a replay. The answer waits meanwhile, and keeps its sheets from being paid.

    Refusals, first match wins: BankAnswerMissing, AnswerNotLate, BankAnswerEnded, BankAnswerNotSettled,
        BankChargeRefused, those of an amount (compare_amount), AnswerRepeated, PaidTwice.
    """
    await lock_log(conn)
    told = await _find_told(conn, answer_id)
    content = _describe(told, charge=charge, reason=reason)
    subject, digest = name_subject(answer_id), digest_content(content)
    if told.status != "UNMATCHED":
        granted = await find_granted(conn, kind=Kind.LATE_PAYMENT, subject=subject, digest=digest)
        if granted is not None:
            return Requested(granted, Status.GRANTED, replayed=True)
    _check(told, charge=charge, currency=currency)
    failed = told.failed
    await check_paid_once(conn, failed)
    amount = format_amount(failed.net, currency=failed.currency)
    party = told.parties[failed.party_id].reference
    request = ApprovalRequest(
        kind=Kind.LATE_PAYMENT,
        subject=subject,
        digest=digest,
        amount_minor=failed.gross,
        currency=failed.currency,
        book_id=failed.book_id,
        party_id=failed.party_id,
        description=f"Book {amount} {failed.currency} to {party} as paid, of payout {failed.payout_id}: {reason}",
        content=content,
    )
    (requested,) = await request_approvals(conn, requests=[request], maker=actor, now=now)
    return requested


async def apply_late_payments(conn: Connection, *, decided: Sequence[Decided], actor: Actor, now: datetime) -> None:
    """
    Book what was agreed to.

    Refusals: ApprovalStale, raised, also for what is asked for again, where somebody has seen to the answer since, or
        it waits for another reason; those of replace_failed; those of an answer (record_bank_answers).
    """
    await lock_log(conn)
    for each in decided:
        if each.status not in (Status.GRANTED, Status.PENDING):
            continue
        asked = json.loads(each.content)
        told = await _find_told(conn, asked["answer"])
        charge = asked["chargeMinor"]
        try:
            _check(told, charge=charge, currency=told.answer.currency)
        except LedgerError as refusal:
            raise ApprovalStale(field=("approval",), approval=each.approval_id) from refusal
        if _describe(told, charge=charge, reason=asked["reason"]) != each.content:
            raise ApprovalStale(field=("digest",), approval=each.approval_id)
        if each.granted:
            await _book(conn, told, each, charge=charge, reason=asked["reason"], actor=actor, now=now)


async def _book(
    conn: Connection, told: _Told, decided: Decided, *, charge: int, reason: str, actor: Actor, now: datetime
) -> None:
    failed = told.failed
    late = Late(failed.paying_account_id, failed.payee_account_id, decided.approval_id)
    await dismiss_answers(conn, answer_ids=[told.answer_id], reason=reason, actor=actor, now=now)
    key = await replace_failed(conn, failed, told.answer, actor=actor, now=now, late=late)
    meant = restate(told.answer, told.answer_id, key=key, charge=charge)
    (outcome,) = await record_bank_answers(conn, answers=[meant], actor=actor, now=now)
    if isinstance(outcome, Refused):
        raise outcome.error


async def _find_told(conn: Connection, answer_id: int) -> _Told:
    """Refusals: BankAnswerMissing, AnswerNotLate."""
    rows = await answer_sql.find_answers_by_number(conn, answer_ids=[answer_id])
    if not rows:
        raise BankAnswerMissing(field=("answer",), answer=answer_id)
    (row,) = rows
    answer, number = to_answer(row), row["payout_id"]
    failed = (await load_payouts(conn, payout_ids=[number])).get(number) if number else None
    if failed is None or failed.status is not PayoutStatus.FAILED or answer.kind is not AnswerKind.PAID:
        raise AnswerNotLate(field=("answer",), answer=answer_id)
    parties = await find_parties_by_id(conn, party_ids={failed.party_id, failed.book_id})
    returned = await find_returned(conn, failed)
    return _Told(answer_id, answer, row["status"], row["refusal"], failed, returned, parties)


def _check(told: _Told, *, charge: int, currency: str) -> None:
    """Refusals: BankAnswerEnded, BankAnswerNotSettled, BankChargeRefused, those of compare_amount."""
    if told.status != "UNMATCHED":
        raise BankAnswerEnded(field=("answer",), answer=told.answer_id, status=told.status)
    if told.refusal not in SETTLED:
        raise BankAnswerNotSettled(field=("answer",), answer=told.answer_id, refusal=told.refusal)
    check_charge(told.answer, charge, currency)
    meant = restate(told.answer, told.answer_id, key=told.answer.key, charge=charge)
    differs = compare_amount(meant, told.failed)
    if differs is not None:
        raise differs


def _describe(told: _Told, *, charge: int, reason: str) -> str:
    """Exactly what will be booked, as the text that is approved; bank accounts by their numbers here."""
    answer, failed = told.answer, told.failed
    return write_content(
        {
            "action": "LATE_PAYMENT",
            "answer": told.answer_id,
            "source": answer.source,
            "reference": answer.reference,
            "bankReference": answer.bank_reference,
            "occurredAt": answer.occurred_at.isoformat(),
            "payout": failed.payout_id,
            "party": told.parties[failed.party_id].reference,
            "legalEntity": told.parties[failed.book_id].reference,
            "currency": failed.currency,
            "netMinor": failed.net,
            "chargeMinor": charge,
            "bankFeeMinor": answer.fee,
            "payeeAccount": failed.payee_account_id,
            "payingAccount": failed.paying_account_id,
            "takesFrom": failed.takes_from,
            "sheets": [[share.sheet_id, share.taken, share.withheld] for share in failed.shares],
            **({} if told.returned is None else {"takesReturnOf": told.returned.payout_id}),
            "reason": reason,
        }
    )
